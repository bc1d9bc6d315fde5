//! Giving a database back: what came since goes into the old shape as far as that holds it, values that
//! had to change return, and every step of the adoption is undone, the last one first. All of it happens in
//! the transaction that takes every newer migration back, so whatever is refused here leaves all applied.

use store::StoreError;

use super::examine::count;
use super::{TABLES, dependents, exists, ident, refused, undo};
use crate::fault::{Done, Fault};
use crate::sql::{Sql, params};

/// How every refusal begins.
const NOT_AS_IT_IS: &str = "it cannot be given back as it is; nothing was changed:";

/// What is lost, for whoever asks before it is: each a sentence.
pub(crate) fn losses(sql: &Sql) -> Done<Vec<String>> {
    let mut losses = Vec::new();
    let mut add = |query: &str, what: &str| -> Done<()> {
        let rows = count(sql, query)?;
        if rows > 0 {
            losses.push(format!("{rows} {what}"));
        }
        Ok(())
    };
    add(
        "SELECT count(*) FROM consents WHERE state = 'opted_out'",
        "addresses that said stop: the old tables have no place for that, and whoever sends next must \
         know it",
    )?;
    add(
        "SELECT count(*) FROM consents WHERE state = 'opted_in' AND source <> 'adopted'",
        "consents given since, with their evidence",
    )?;
    add(
        "SELECT count(*) FROM stranger_messages",
        "messages from numbers that are no member's",
    )?;
    add(
        "SELECT count(*) FROM attempts",
        "attempts with their receipts and reasons (the messages themselves stay)",
    )?;
    Ok(losses)
}

/// Everything that stands in the way and can be known before anything is done. From here to the end of the
/// transaction nobody else writes into the four tables, and no node joins.
pub(crate) fn refuse_to_give_back(sql: &Sql) -> Done<()> {
    // Asked before the tables are locked, so that a refusal is no burden on the nodes that run.
    refuse(&running(sql)?)?;
    sql.batch(
        "SET LOCAL statement_timeout = '1h'; SET LOCAL idle_in_transaction_session_timeout = '10min'",
    )?;
    sql.batch(&format!(
        "LOCK TABLE {}, nodes IN ACCESS EXCLUSIVE MODE",
        TABLES.join(", ")
    ))?;
    let mut problems = running(sql)?;
    problems.extend(too_long(sql)?);
    refuse(&problems)
}

/// Gives it back, inside the transaction that takes the first migration back and has asked before
/// whether it may.
pub(crate) fn give_back(sql: &Sql) -> Done<()> {
    let dependents = dependents::take_off(sql, &TABLES)?;
    entries(sql)?;
    words(sql)?;
    made_profiles(sql)?;
    undo::restore_values(sql)?;
    for statement in undo::statements(sql)? {
        sql.batch(&statement)
            .map_err(|fault| named(fault, &statement))?;
    }
    sql.batch(
        "DROP TABLE adopted_undo, adopted_values, adopted_widths, adopted_members, adopted_profiles,
           adopted_facts, adopted_dependents, adopted_new_places;
         DROP TABLE IF EXISTS adopted_message_queues",
    )?;
    dependents.put_back(sql)
}

fn refuse(problems: &[String]) -> Done<()> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(refused(NOT_AS_IT_IS, problems))
    }
}

/// A step back that what is there now does not allow: a check of theirs, a column that must not be empty.
fn named(fault: Fault, statement: &str) -> Fault {
    if fault.is_of_the_whole() || fault.code().is_none() || fault.is_a_foreign_lock() {
        return fault;
    }
    let why = StoreError::from(fault);
    refused(
        NOT_AS_IT_IS,
        &[format!(
            "the step `{statement}` fails: {why}; correct the rows it means, or what is missing for it"
        )],
    )
}

/// Nodes that are running.
fn running(sql: &Sql) -> Done<Vec<String>> {
    let nodes = count(
        sql,
        // One that has left in order has let go of its shards.
        "SELECT count(*) FROM nodes n WHERE n.lease_until > clock_timestamp()
           AND EXISTS (SELECT 1 FROM shards s WHERE s.owner = n.epoch)",
    )?;
    if nodes == 0 {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "{nodes} nodes are running on it: stop them (a node that was killed counts until its lease is \
         over)"
    )])
}

/// Values that are longer than their old columns.
fn too_long(sql: &Sql) -> Done<Vec<String>> {
    let mut problems = Vec::new();
    let widths = sql.all(
        "SELECT relation, column_name, characters::bigint FROM adopted_widths
         ORDER BY relation, column_name",
        params![],
        |row| {
            Ok((
                row.get::<String>(0)?,
                row.get::<String>(1)?,
                row.get::<i64>(2)?,
            ))
        },
    )?;
    for (table, column, characters) in widths {
        // Rows of the queue are set aside as they were.
        let name = ident(&column);
        let key = undo::key_of(&table);
        let long = sql.all(
            &format!(
                "SELECT {key}::text FROM {table} WHERE length({name}) > $1
                   AND NOT EXISTS (SELECT 1 FROM adopted_values v WHERE v.relation = '{table}'
                     AND v.column_name = '{column}' AND v.row_id = {table}.{key}
                     AND v.became IS NOT DISTINCT FROM {table}.{name})
                 ORDER BY 1 LIMIT 10"
            ),
            params![characters],
            |row| row.get::<String>(0),
        )?;
        if !long.is_empty() {
            problems.push(format!(
                "{table}.{column} held {characters} characters, and these rows have more (up to ten \
                 are named): {}: shorten or remove what stands there",
                long.join(", ")
            ));
        }
    }
    Ok(problems)
}

/// Open places become entries of the old queue. One that may be with the provider is `sent`, which
/// nobody sends again.
fn entries(sql: &Sql) -> Done<()> {
    let adopted = exists(sql, "adopted_message_queues")?;
    if adopted {
        // What operators did with their entries, and what became of it.
        sql.batch(
            "UPDATE adopted_message_queues SET status = 'failed' WHERE adopted_state = 'discarded';
             UPDATE adopted_message_queues a SET status = CASE
               WHEN q.status IN ('waiting', 'held') THEN 'pending'
               WHEN q.status IS NOT NULL OR m.delivery_status IN ('accepted', 'sent', 'unconfirmed')
                 THEN 'sent'
               WHEN m.delivery_status IN ('delivered', 'read', 'played') THEN 'delivered'
               ELSE 'failed' END
             FROM messages m LEFT JOIN message_queues q ON q.sequence_number = m.seq
             WHERE m.id = a.message_id AND a.adopted_state = 'released'",
        )?;
    }
    let (theirs, highest) = if adopted {
        (
            "AND NOT EXISTS (SELECT 1 FROM adopted_message_queues a
               WHERE a.message_id = q.message_id AND a.adopted_state = 'released')",
            "coalesce((SELECT max(a.sequence_number) FROM adopted_message_queues a
               WHERE a.client_id = q.client_id AND a.queue_name = q.queue_name), 0)",
        )
    } else {
        ("", "0")
    };
    sql.batch(&format!(
        "CREATE TABLE adopted_new_places AS
         SELECT q.id, q.client_id, q.queue_name,
           ({highest} + row_number() OVER (PARTITION BY q.client_id, q.queue_name
             ORDER BY q.sequence_number))::integer AS sequence_number,
           q.message_id,
           CASE WHEN q.status IN ('waiting', 'held') THEN 'pending' ELSE 'sent' END AS status,
           q.retry_count, q.max_retries, q.error_message, q.created_at
         FROM message_queues q WHERE true {theirs};
         DELETE FROM message_queues"
    ))
}

/// Words for statuses that are ours alone, on messages that came or went since: those have newer numbers,
/// or a reason why they ended, which none had that was there before.
fn words(sql: &Sql) -> Done<()> {
    let newest = count(
        sql,
        "SELECT value FROM adopted_facts WHERE name = 'newest_message'",
    )?;
    sql.run(
        "UPDATE messages SET
           delivery_error = CASE
             WHEN delivery_status IN ('cancelled', 'suppressed', 'expired')
               THEN coalesce(delivery_error, delivery_status || coalesce(': ' || reason, ''))
             ELSE delivery_error END,
           delivery_status = CASE delivery_status
             WHEN 'accepted' THEN 'queued'
             WHEN 'unconfirmed' THEN 'sent'
             WHEN 'undelivered' THEN 'failed'
             WHEN 'cancelled' THEN 'failed'
             WHEN 'suppressed' THEN 'failed'
             WHEN 'expired' THEN 'failed'
             WHEN 'read' THEN 'delivered'
             WHEN 'played' THEN 'delivered'
             ELSE delivery_status END
         WHERE direction = 'outbound' AND (seq > $1 OR reason IS NOT NULL)",
        params![newest],
    )?;
    Ok(())
}

/// Profiles that were made go, unless somebody has said something in them that the old shape holds.
fn made_profiles(sql: &Sql) -> Done<()> {
    sql.batch(
        "DELETE FROM user_profiles p USING adopted_profiles a WHERE p.user_id = a.user_id
           AND NOT p.whatsapp_opt_in AND p.whatsapp_number IS NULL
           AND p.preferred_messaging_provider IS NOT DISTINCT FROM 'twilio'",
    )
}
