//! Taking over a database that already holds the plan's tables, and giving it back
//! (docs/decisions/0010).
//!
//! Their four tables are altered where they stand, so that columns, triggers, views and indexes we
//! know nothing of stay. The shape to reach is read from our own first migration, run aside; each step
//! leaves the statement that undoes it in `adopted_undo`, each value that had to change leaves the old
//! one in `adopted_values`, and what stood in their queue stands in `adopted_message_queues`: not in
//! any lane, so nothing of it is sent until an operator releases it.

mod catalog;
mod columns;
mod consent;
mod constraints;
mod days;
mod dependents;
mod entries;
mod enums;
mod examine;
mod give_back;
mod losses;
mod messages;
mod old_words;
mod people;
mod release;
mod undo;
mod wanted;
mod written;

use domain::MemberId;

use crate::fault::{Done, Fault};
use crate::sql::{Sql, params};
use store::StoreError;

pub use consent::Against;
pub use entries::{Entry, EntryState, entries};
pub use release::{Released, discard, release};

pub(crate) use days::pause_the_unread;
pub(crate) use give_back::{give_back, refuse_to_give_back};
pub(crate) use losses::losses;

/// The tables of the plan.
pub(crate) const TABLES: [&str; 4] = ["users", "user_profiles", "messages", "message_queues"];

/// How a refusal to take a database over begins.
const NOT_TAKEN: &str =
    "it holds tables of the plan that cannot be taken over as they are; nothing was changed:";

/// What was taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adoption {
    /// Rows of `users`.
    pub users: u64,
    /// Rows of `user_profiles`.
    pub profiles: u64,
    /// Profiles made for members who had none.
    pub profiles_made: u64,
    /// Rows of `messages`.
    pub messages: u64,
    /// Rows of `message_queues`.
    pub entries: u64,
    /// Entries that wait for an operator's word.
    pub held: u64,
    /// Entries that may be with the provider, or may have been.
    pub unconfirmed: u64,
    /// Numbers that were written in another way and are E.164 now.
    pub numbers_rewritten: u64,
    /// Members who agreed to WhatsApp, with the date that proves it.
    pub opted_in: u64,
    /// Members whose WhatsApp flag has no date, or is for a number that cannot be read, or who wrote since what
    /// is or may be a stop: not known to agree.
    pub opt_ins_without_proof: u64,
    /// Members whose number on WhatsApp is there and cannot be read: nothing is written to it, and what they
    /// agreed to there counts for no other number. With the reason.
    pub unread_whatsapp: Vec<(MemberId, String)>,
    /// Members whose time zone is not said, or cannot be read: they have UTC, and are on holiday from what recurs until
    /// somebody ends that. With the reason.
    pub unread_zones: Vec<(MemberId, String)>,
    /// Members without a number that can be read: kept, and not written to. With the reason.
    pub without_number: Vec<(MemberId, String)>,
}

/// Whether any of the plan's tables stands in this database.
pub(crate) fn is_needed(sql: &Sql) -> Done<bool> {
    Ok(!present(sql)?.is_empty())
}

/// Whether this database was taken over.
pub(crate) fn is_adopted(sql: &Sql) -> Done<bool> {
    exists(sql, "adopted_undo")
}

/// Takes it over, inside the transaction that applies the first migration.
pub(crate) fn take(sql: &Sql, first: &str, against: Against) -> Done<Adoption> {
    let present = present(sql)?;
    sql.batch(
        "SET LOCAL statement_timeout = '1h'; SET LOCAL idle_in_transaction_session_timeout = '10min'",
    )?;
    sql.batch(&format!(
        "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
        present.join(", ")
    ))?;
    let wanted = wanted::make(sql, first)?;
    let problems = examine::problems(sql, &present, &wanted)?;
    if !problems.is_empty() {
        return Err(refused(NOT_TAKEN, &problems));
    }
    undo::prepare(sql)?;
    wanted::settle(sql, &present)?;
    let kinds = enums::kinds(sql, &present, &wanted)?;
    let dependents = dependents::take_off(sql, &present, &kinds)?;
    constraints::take_off(sql, &present, &wanted)?;
    let mut adoption = Adoption {
        entries: entries::set_aside(sql, &present)?,
        ..Adoption::default()
    };
    columns::align(sql, &present, &wanted)?;
    messages::take(sql, &mut adoption)?;
    people::take(sql, &present, &mut adoption)?;
    consent::take(sql, against, &mut adoption)?;
    columns::tighten(sql, &present, &wanted)?;
    dependents.put_back(sql, NOT_TAKEN)?;
    constraints::put_on(sql, &present, &wanted)?;
    dependents.remember(sql)?;
    (adoption.held, adoption.unconfirmed) = entries::counts(sql)?;
    Ok(adoption)
}

/// Removes what is kept beside of a member who is erased (G39).
pub(crate) fn forget(sql: &Sql, member: MemberId) -> Done<()> {
    if !is_adopted(sql)? {
        return Ok(());
    }
    let id = member.as_bytes();
    sql.run(
        "DELETE FROM adopted_values WHERE row_id = $1
           OR row_id IN (SELECT id FROM messages WHERE client_id = $1)",
        params![id],
    )?;
    if exists(sql, "adopted_zones")? {
        sql.run("DELETE FROM adopted_zones WHERE user_id = $1", params![id])?;
    }
    let queue = "adopted_message_queues";
    if exists(sql, queue)?
        && catalog::columns(sql, queue)?
            .iter()
            .any(|column| column.name == "error_message")
    {
        // A provider's words may hold a number.
        sql.run(
            "UPDATE adopted_message_queues SET error_message = NULL WHERE client_id = $1",
            params![id],
        )?;
    }
    Ok(())
}

fn present(sql: &Sql) -> Done<Vec<&'static str>> {
    let mut found = Vec::new();
    for table in TABLES {
        if exists(sql, table)? {
            found.push(table);
        }
    }
    Ok(found)
}

/// Whether something of this name stands in our schema.
fn exists(sql: &Sql, name: &str) -> Done<bool> {
    let found = sql.one(
        "SELECT 1 FROM pg_class WHERE relname = $1::text
           AND relnamespace = current_schema()::regnamespace",
        params![name],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// A refusal that lists what stands in the way.
fn refused(why: &str, problems: &[String]) -> Fault {
    let mut text = why.to_owned();
    for problem in problems {
        text.push_str("\n  - ");
        text.push_str(problem);
    }
    Fault::Found(StoreError::Unavailable(text))
}

/// A refusal because of a step that what is there does not allow: a check of theirs, a column that must not be
/// empty, a view that does not read ours. What stops the server itself stays what it is.
fn failed(fault: Fault, why: &str, step: &str) -> Fault {
    if fault.is_of_the_whole() || fault.code().is_none() || fault.is_a_foreign_lock() {
        return fault;
    }
    let fault = StoreError::from(fault);
    refused(
        why,
        &[format!(
            "`{step}` fails: {fault}; correct the rows it means, or take off what it makes and make it again \
             afterwards"
        )],
    )
}

/// A name as an identifier.
fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
