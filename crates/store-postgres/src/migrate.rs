//! Migrations: embedded, checksummed, up and down. Each is applied in a transaction of its own that holds the
//! list of them, so that nodes which start at once do not both apply one; what is taken back goes in one
//! transaction for all, because a part of the way back is nobody's shape. A database whose applied
//! migrations differ from ours is refused rather than guessed at; one with more of them is refused when a
//! migration says that this program does not work beside it (docs/decisions/0012). The first one takes over a
//! database that holds the plan's tables already (`crate::adopt`), when an operator asks for it.

mod list;

use std::time::Duration;

use domain::failpoint::{self, Point};
use sha2::{Digest, Sha256};
use store::StoreError;
use store::migration::{Unknown, refuse_any, refuse_breaking};

pub use crate::adopt::{
    Adoption, Against, Entry, EntryState, Released, discard as discard_held,
    entries as held_entries, release as release_held,
};

use crate::adopt;
use crate::fault::{Done, Fault};
use crate::session::Address;
use crate::sql::{Line, Sql, params};
use list::{ALL, Migration};

/// How long a statement of a migration may take; the server ends it a little before.
const STATEMENT_MAX: Duration = Duration::from_mins(11);

/// The one that makes the tables of the plan, or finds them there.
const FIRST: i64 = 1;

/// The one that makes the table of holidays.
const PAUSES: i64 = 10;

/// One line of [`status`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// When it was applied, in UTC; `None` when it is still to come.
    pub applied_at: Option<String>,
}

/// What [`take_over`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// How many migrations were applied.
    pub count: u32,
    /// What was taken over, if the plan's tables were there.
    pub adopted: Option<Adoption>,
}

/// Applies what is missing and answers how many that were; refuses the plan's tables. Blocks.
pub fn up(address: &str) -> Result<u32, StoreError> {
    Ok(apply_missing(&open(address)?)?)
}

/// Applies what is missing, and takes the plan's tables over when they are there. Which texts of a member
/// leave no consent to take over is told by `against`. Blocks.
pub fn take_over(address: &str, against: Against) -> Result<Applied, StoreError> {
    Ok(apply(&open(address)?, ALL, Plans::TakenOver(against))?)
}

/// What taking back the newest `steps` would lose of a database that was taken over: each a sentence,
/// none when nothing would be. Blocks.
pub fn losses(address: &str, steps: u32) -> Result<Vec<String>, StoreError> {
    let sql = open(address)?;
    prepare(&sql)?;
    if !gives_back(&sql, &going(&sql, ALL, steps)?)? {
        return Ok(Vec::new());
    }
    Ok(adopt::losses(&sql)?)
}

/// Takes back the newest `steps` and answers how many that were: all of them, or none. Blocks.
pub fn down(address: &str, steps: u32) -> Result<u32, StoreError> {
    Ok(take_back(&open(address)?, ALL, steps)?)
}

/// What is applied and what is not. It may be asked beside a running service. Blocks.
pub fn status(address: &str) -> Result<Vec<MigrationStatus>, StoreError> {
    let sql = open(address)?;
    prepare(&sql)?;
    let mut lines = Vec::new();
    for migration in ALL {
        lines.push(MigrationStatus {
            version: migration.version,
            name: migration.name.into(),
            applied_at: applied(&sql, migration)?,
        });
    }
    Ok(lines)
}

pub(crate) fn open(address: &str) -> Result<Sql, StoreError> {
    let address = Address::parse(address)
        .map_err(|why| StoreError::Unavailable(format!("its address {why}")))?;
    Ok(Sql::connect(&Line::to(address))?)
}

/// Whether nothing is missing, and nothing is there that this program does not work beside.
pub(crate) fn is_current(sql: &Sql) -> Done<bool> {
    prepare(sql)?;
    refuse_breaking(&unknown(sql, ALL)?, newest(ALL))?;
    for migration in ALL {
        if applied(sql, migration)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is done with tables of the plan that are there before the first migration.
#[derive(Clone, Copy, Debug)]
enum Plans {
    /// They are taken over, with what speaks against consent.
    TakenOver(Against),
    /// Nothing: somebody has to ask for that.
    Left,
}

/// Applies what is missing on an open connection; takes nothing over.
pub(crate) fn apply_missing(sql: &Sql) -> Done<u32> {
    Ok(apply(sql, ALL, Plans::Left)?.count)
}

fn apply(sql: &Sql, all: &[Migration], plans: Plans) -> Done<Applied> {
    prepare(sql)?;
    let mut done = Applied::default();
    for migration in all {
        let adopted = &mut done.adopted;
        let is_new = alone(sql, || {
            let unknown = unknown(sql, all)?;
            refuse_breaking(&unknown, newest(all))?;
            if applied(sql, migration)?.is_some() {
                return Ok(false);
            }
            refuse_any(&unknown)?;
            refuse_beside_older(sql, migration)?;
            if migration.version == FIRST && adopt::is_needed(sql)? {
                let Plans::TakenOver(against) = plans else {
                    return Err(Fault::Found(StoreError::Unavailable(
                        "it holds tables of another service; `gymtext migrate up` takes them over \
                          (docs/ADOPTION.md says how)"
                            .into(),
                    )));
                };
                *adopted = Some(adopt::take(sql, migration.up, against)?);
            } else {
                sql.batch(migration.up)?;
            }
            if migration.version == PAUSES {
                adopt::pause_the_unread(sql)?;
            }
            sql.run(
                "INSERT INTO schema_migrations (version, name, checksum, oldest_program)
                 VALUES ($1, $2, $3, $4)",
                params![
                    migration.version,
                    migration.name,
                    checksum(migration),
                    migration.oldest_program
                ],
            )?;
            failpoint::pass(Point::Migration);
            Ok(true)
        })?;
        done.count += u32::from(is_new);
        failpoint::pass(Point::Migration);
    }
    Ok(done)
}

/// All of it or nothing: a refusal or a death anywhere leaves everything applied.
fn take_back(sql: &Sql, all: &[Migration], steps: u32) -> Done<u32> {
    prepare(sql)?;
    alone(sql, || {
        refuse_any(&unknown(sql, all)?)?;
        let going = going(sql, all, steps)?;
        let gives_back = gives_back(sql, &going)?;
        if gives_back {
            // What can be known before is told before: the way there takes its time.
            adopt::refuse_to_give_back(sql)?;
        }
        let mut count = 0;
        for migration in going {
            if gives_back && migration.version == FIRST {
                adopt::give_back(sql)?;
            } else {
                sql.batch(migration.down)?;
            }
            sql.run(
                "DELETE FROM schema_migrations WHERE version = $1",
                params![migration.version],
            )?;
            failpoint::pass(Point::Migration);
            count += 1;
        }
        Ok(count)
    })
}

/// The newest that are applied, the newest first.
fn going<'a>(sql: &Sql, all: &'a [Migration], steps: u32) -> Done<Vec<&'a Migration>> {
    let mut going = Vec::new();
    for migration in all.iter().rev() {
        if u32::try_from(going.len()).is_ok_and(|count| count >= steps) {
            break;
        }
        if applied(sql, migration)?.is_some() {
            going.push(migration);
        }
    }
    Ok(going)
}

/// Whether to take these back is to give back a database that was taken over.
fn gives_back(sql: &Sql, going: &[&Migration]) -> Done<bool> {
    let reaches_first = going.iter().any(|migration| migration.version == FIRST);
    Ok(reaches_first && adopt::is_adopted(sql)?)
}

/// Does something in a transaction in which nobody else migrates.
pub(crate) fn alone<T>(sql: &Sql, work: impl FnOnce() -> Done<T>) -> Done<T> {
    sql.batch("BEGIN; SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '10min'")?;
    let done = sql.patiently(STATEMENT_MAX, || {
        sql.batch("LOCK TABLE schema_migrations IN EXCLUSIVE MODE")
            .and_then(|()| work())
    });
    sql.batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn prepare(sql: &Sql) -> Done<()> {
    let made = sql.batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
           version bigint PRIMARY KEY,
           name text NOT NULL,
           checksum text NOT NULL,
           applied_at timestamptz NOT NULL DEFAULT now(),
           oldest_program bigint
         )",
    );
    match made {
        // Another node was making it at the same moment, and has.
        Err(fault) if fault.is_made_already() => {}
        other => other?,
    }
    // Asked first, because to add it locks the table even where it is there.
    let has_column = sql.one(
        "SELECT 1 FROM pg_attribute WHERE attrelid = 'schema_migrations'::regclass
           AND attname = 'oldest_program'",
        params![],
        |_| Ok(()),
    )?;
    if has_column.is_none() {
        sql.batch("ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS oldest_program bigint")?;
    }
    Ok(())
}

/// Applied migrations that are none of ours, in order.
fn unknown(sql: &Sql, all: &[Migration]) -> Done<Vec<Unknown>> {
    let ours: Vec<i64> = all.iter().map(|migration| migration.version).collect();
    sql.all(
        "SELECT version, name, coalesce(oldest_program, version) FROM schema_migrations
         WHERE version <> ALL($1::bigint[]) ORDER BY version",
        params![ours.as_slice()],
        |row| {
            Ok(Unknown {
                version: row.get(0)?,
                name: row.get(1)?,
                oldest_program: row.get(2)?,
            })
        },
    )
}

/// Nodes that run know no more migrations than are applied: those that a migration breaks must be gone
/// before it.
fn refuse_beside_older(sql: &Sql, migration: &Migration) -> Done<()> {
    let applied = sql.one(
        "SELECT coalesce(max(version), 0) FROM schema_migrations",
        params![],
        |row| row.get::<i64>(0),
    )?;
    let applied = applied.unwrap_or(0);
    if applied == 0 || migration.oldest_program <= applied {
        return Ok(());
    }
    let living: i64 = sql
        .one(
            "SELECT count(*) FROM nodes WHERE lease_until >= clock_timestamp()",
            params![],
            |row| row.get(0),
        )?
        .unwrap_or(0);
    if living == 0 {
        return Ok(());
    }
    Err(Fault::Found(StoreError::Unavailable(format!(
        "migration {} `{}` cannot be applied while nodes of an older version run, and {living} do; stop them \
         first (one that was killed counts until its lease ends)",
        migration.version, migration.name
    ))))
}

/// When it was applied; an error when what was applied is not what we have under that number.
fn applied(sql: &Sql, migration: &Migration) -> Done<Option<String>> {
    let found: Option<(String, String)> = sql.one(
        "SELECT checksum, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
         FROM schema_migrations WHERE version = $1",
        params![migration.version],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match found {
        None => Ok(None),
        Some((sum, at)) if sum == checksum(migration) => Ok(Some(at)),
        Some(_) => Err(Fault::Found(StoreError::Corrupt(format!(
            "schema_migrations.checksum, version {}: the applied migration `{}` is not the one in \
             this program",
            migration.version, migration.name
        )))),
    }
}

/// What this program calls itself among migrations.
fn newest(all: &[Migration]) -> i64 {
    all.last().map_or(0, |migration| migration.version)
}

fn checksum(migration: &Migration) -> String {
    use std::fmt::Write as _;
    let mut sum = String::with_capacity(64);
    for byte in Sha256::digest(migration.up.as_bytes()) {
        let _ = write!(sum, "{byte:02x}");
    }
    sum
}

#[cfg(test)]
mod tests;
