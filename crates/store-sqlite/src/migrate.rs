//! Migrations: embedded, checksummed, up and down: each is applied in a transaction of its own, and what is
//! taken back goes in one for all. A database whose applied migrations differ from ours is refused rather than guessed at; one with more of them is
//! refused when a migration says that this program does not work on it (docs/decisions/0012).

mod list;

use domain::failpoint::{self, Point};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use store::StoreError;
use store::migration::{Unknown, refuse_any, refuse_breaking};

use crate::fault::{Done, Fault};
use crate::open::{self, Lock};
use list::{ALL, Migration};

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

/// Applies what is missing and answers how many that were.
pub fn up(path: &Path) -> Result<u32, StoreError> {
    let _lock = Lock::take(path)?;
    let mut connection = open::connect(path)?;
    Ok(apply_missing(&mut connection)?)
}

/// Takes back the newest `steps` and answers how many that were: all of them, or none.
pub fn down(path: &Path, steps: u32) -> Result<u32, StoreError> {
    let _lock = Lock::take(path)?;
    let mut connection = open::connect(path)?;
    Ok(take_back(&mut connection, ALL, steps)?)
}

/// What is applied and what is not. Takes no lock: it may be asked beside a running service.
pub fn status(path: &Path) -> Result<Vec<MigrationStatus>, StoreError> {
    let connection = open::connect(path)?;
    prepare(&connection)?;
    let mut lines = Vec::new();
    for migration in ALL {
        lines.push(MigrationStatus {
            version: migration.version,
            name: migration.name.into(),
            applied_at: applied(&connection, migration)?,
        });
    }
    Ok(lines)
}

/// Whether nothing is missing, and nothing is there that this program does not work on.
pub(crate) fn is_current(connection: &Connection) -> Done<bool> {
    prepare(connection)?;
    refuse_breaking(&unknown(connection, ALL)?, newest(ALL))?;
    for migration in ALL {
        if applied(connection, migration)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Applies what is missing on an open connection.
pub(crate) fn apply_missing(connection: &mut Connection) -> Done<u32> {
    apply(connection, ALL)
}

fn apply(connection: &mut Connection, all: &[Migration]) -> Done<u32> {
    prepare(connection)?;
    let unknown = unknown(connection, all)?;
    refuse_breaking(&unknown, newest(all))?;
    let mut count = 0;
    for migration in all {
        if applied(connection, migration)?.is_some() {
            continue;
        }
        refuse_any(&unknown)?;
        let tx = connection.transaction()?;
        tx.execute_batch(migration.up)?;
        tx.execute(
            "INSERT INTO schema_migrations (version, name, checksum, oldest_program)
             VALUES (?1, ?2, ?3, ?4)",
            params![
                migration.version,
                migration.name,
                checksum(migration),
                migration.oldest_program
            ],
        )?;
        failpoint::pass(Point::Migration);
        tx.commit()?;
        failpoint::pass(Point::Migration);
        count += 1;
    }
    Ok(count)
}

/// All of it or nothing: a refusal or a death anywhere leaves everything applied.
fn take_back(connection: &mut Connection, all: &[Migration], steps: u32) -> Done<u32> {
    prepare(connection)?;
    refuse_any(&unknown(connection, all)?)?;
    let tx = connection.transaction()?;
    let mut count = 0;
    for migration in all.iter().rev() {
        if count == steps {
            break;
        }
        if applied(&tx, migration)?.is_none() {
            continue;
        }
        tx.execute_batch(migration.down)?;
        tx.execute(
            "DELETE FROM schema_migrations WHERE version = ?1",
            [migration.version],
        )?;
        count += 1;
    }
    tx.commit()?;
    Ok(count)
}

fn prepare(connection: &Connection) -> Done<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
           version INTEGER PRIMARY KEY,
           name TEXT NOT NULL,
           checksum TEXT NOT NULL,
           applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
           oldest_program INTEGER
         )",
    )?;
    let has_column: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM pragma_table_info('schema_migrations')
           WHERE name = 'oldest_program')",
        [],
        |row| row.get(0),
    )?;
    if !has_column {
        connection
            .execute_batch("ALTER TABLE schema_migrations ADD COLUMN oldest_program INTEGER")?;
    }
    Ok(())
}

/// Applied migrations that are none of ours, in order.
fn unknown(connection: &Connection, all: &[Migration]) -> Done<Vec<Unknown>> {
    let mut statement = connection.prepare(
        "SELECT version, name, coalesce(oldest_program, version) FROM schema_migrations ORDER BY version",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Unknown {
            version: row.get(0)?,
            name: row.get(1)?,
            oldest_program: row.get(2)?,
        })
    })?;
    let mut unknown = Vec::new();
    for row in rows {
        let row = row?;
        if all.iter().all(|migration| migration.version != row.version) {
            unknown.push(row);
        }
    }
    Ok(unknown)
}

/// When it was applied; an error when what was applied is not what we have under that number.
fn applied(connection: &Connection, migration: &Migration) -> Done<Option<String>> {
    let found: Option<(String, String)> = connection
        .query_row(
            "SELECT checksum, applied_at FROM schema_migrations WHERE version = ?1",
            [migration.version],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
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
