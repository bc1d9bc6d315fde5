//! Migrations: embedded, checksummed, up and down, each in a transaction of its own that holds the list
//! of them, so that nodes which start at once do not both apply one. A database whose applied
//! migrations differ from ours is refused rather than guessed at.

use std::time::Duration;

use domain::failpoint::{self, Point};
use sha2::{Digest, Sha256};
use store::StoreError;

use crate::fault::{Done, Fault};
use crate::session::Address;
use crate::sql::{Line, Sql, params};

/// How long a statement of a migration may take; the server ends it a little before.
const STATEMENT_MAX: Duration = Duration::from_mins(11);

/// One migration as embedded.
struct Migration {
    version: i64,
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

/// All, in order.
const ALL: &[Migration] = &[Migration {
    version: 1,
    name: "first",
    up: include_str!("../migrations/0001_first.up.sql"),
    down: include_str!("../migrations/0001_first.down.sql"),
}];

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

/// Applies what is missing and answers how many that were. Blocks.
pub fn up(address: &str) -> Result<u32, StoreError> {
    Ok(apply_missing(&open(address)?)?)
}

/// Takes back the newest `steps` and answers how many that were. Blocks.
pub fn down(address: &str, steps: u32) -> Result<u32, StoreError> {
    Ok(take_back(&open(address)?, steps)?)
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

fn open(address: &str) -> Result<Sql, StoreError> {
    let address = Address::parse(address)
        .map_err(|why| StoreError::Unavailable(format!("its address {why}")))?;
    Ok(Sql::connect(&Line::to(address))?)
}

/// Whether nothing is missing.
pub(crate) fn is_current(sql: &Sql) -> Done<bool> {
    prepare(sql)?;
    for migration in ALL {
        if applied(sql, migration)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Applies what is missing on an open connection.
pub(crate) fn apply_missing(sql: &Sql) -> Done<u32> {
    prepare(sql)?;
    let mut count = 0;
    for migration in ALL {
        count += u32::from(alone(sql, || {
            refuse_newer(sql)?;
            if applied(sql, migration)?.is_some() {
                return Ok(false);
            }
            sql.batch(migration.up)?;
            sql.run(
                "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                params![migration.version, migration.name, checksum(migration)],
            )?;
            failpoint::pass(Point::Migration);
            Ok(true)
        })?);
        failpoint::pass(Point::Migration);
    }
    Ok(count)
}

fn take_back(sql: &Sql, steps: u32) -> Done<u32> {
    prepare(sql)?;
    let mut count = 0;
    for migration in ALL.iter().rev() {
        if count == steps {
            break;
        }
        count += u32::from(alone(sql, || {
            refuse_newer(sql)?;
            if applied(sql, migration)?.is_none() {
                return Ok(false);
            }
            sql.batch(migration.down)?;
            sql.run(
                "DELETE FROM schema_migrations WHERE version = $1",
                params![migration.version],
            )?;
            Ok(true)
        })?);
    }
    Ok(count)
}

/// Does something in a transaction in which nobody else migrates.
fn alone<T>(sql: &Sql, work: impl FnOnce() -> Done<T>) -> Done<T> {
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
           applied_at timestamptz NOT NULL DEFAULT now()
         )",
    );
    match made {
        // Another node was making it at the same moment, and has.
        Err(fault) if fault.is_a_lost_race() => Ok(()),
        other => other,
    }
}

/// A database of a newer version than this program must not be touched by it.
fn refuse_newer(sql: &Sql) -> Done<()> {
    let newest: Option<i64> = sql
        .one(
            "SELECT max(version) FROM schema_migrations",
            params![],
            |row| row.get(0),
        )?
        .flatten();
    let ours = ALL.last().map_or(0, |migration| migration.version);
    if newest.is_some_and(|newest| newest > ours) {
        return Err(Fault::Found(StoreError::Unavailable(format!(
            "it was migrated by a newer version of this program (migration {}); use that one",
            newest.unwrap_or(0)
        ))));
    }
    Ok(())
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

fn checksum(migration: &Migration) -> String {
    use std::fmt::Write as _;
    let mut sum = String::with_capacity(64);
    for byte in Sha256::digest(migration.up.as_bytes()) {
        let _ = write!(sum, "{byte:02x}");
    }
    sum
}
