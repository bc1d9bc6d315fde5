//! Migrations: embedded, checksummed, up and down: each is applied in a transaction of its own, and what is
//! taken back goes in one for all. A database whose applied migrations differ from ours is refused rather than guessed at; one with more of them is
//! refused when a migration says that this program does not work on it (docs/decisions/0012).

use domain::failpoint::{self, Point};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use store::StoreError;
use store::migration::{Unknown, refuse_any, refuse_breaking};

use crate::fault::{Done, Fault};
use crate::open::{self, Lock};

/// One migration as embedded.
struct Migration {
    version: i64,
    name: &'static str,
    /// The oldest program that goes on working beside it, by the newest migration that program knows: 1
    /// where it only adds, its own number where every older program must be stopped first
    /// (docs/decisions/0012).
    oldest_program: i64,
    up: &'static str,
    down: &'static str,
}

/// All, in order.
const ALL: &[Migration] = &[
    Migration {
        version: 1,
        name: "first",
        oldest_program: 1,
        up: include_str!("../migrations/0001_first.up.sql"),
        down: include_str!("../migrations/0001_first.down.sql"),
    },
    Migration {
        version: 2,
        name: "guard",
        oldest_program: 1,
        up: include_str!("../migrations/0002_guard.up.sql"),
        down: include_str!("../migrations/0002_guard.down.sql"),
    },
    Migration {
        version: 3,
        name: "templates",
        oldest_program: 1,
        up: include_str!("../migrations/0003_templates.up.sql"),
        down: include_str!("../migrations/0003_templates.down.sql"),
    },
    Migration {
        version: 4,
        name: "blocks",
        oldest_program: 1,
        up: include_str!("../migrations/0004_blocks.up.sql"),
        down: include_str!("../migrations/0004_blocks.down.sql"),
    },
    Migration {
        version: 5,
        name: "checks",
        oldest_program: 1,
        up: include_str!("../migrations/0005_checks.up.sql"),
        down: include_str!("../migrations/0005_checks.down.sql"),
    },
    Migration {
        version: 6,
        name: "watches",
        oldest_program: 1,
        up: include_str!("../migrations/0006_watches.up.sql"),
        down: include_str!("../migrations/0006_watches.down.sql"),
    },
    Migration {
        version: 7,
        name: "prices",
        oldest_program: 1,
        up: include_str!("../migrations/0007_prices.up.sql"),
        down: include_str!("../migrations/0007_prices.down.sql"),
    },
    Migration {
        version: 8,
        name: "consents",
        oldest_program: 1,
        up: include_str!("../migrations/0008_consents.up.sql"),
        down: include_str!("../migrations/0008_consents.down.sql"),
    },
    Migration {
        version: 9,
        name: "limits",
        oldest_program: 1,
        up: include_str!("../migrations/0009_limits.up.sql"),
        down: include_str!("../migrations/0009_limits.down.sql"),
    },
    Migration {
        version: 10,
        name: "preferences",
        oldest_program: 1,
        up: include_str!("../migrations/0010_preferences.up.sql"),
        down: include_str!("../migrations/0010_preferences.down.sql"),
    },
    Migration {
        version: 11,
        name: "programmes",
        oldest_program: 1,
        up: include_str!("../migrations/0011_programmes.up.sql"),
        down: include_str!("../migrations/0011_programmes.down.sql"),
    },
    Migration {
        version: 12,
        name: "costs",
        oldest_program: 1,
        up: include_str!("../migrations/0012_costs.up.sql"),
        down: include_str!("../migrations/0012_costs.down.sql"),
    },
    Migration {
        version: 13,
        name: "entries",
        oldest_program: 1,
        up: include_str!("../migrations/0013_entries.up.sql"),
        down: include_str!("../migrations/0013_entries.down.sql"),
    },
    Migration {
        version: 14,
        name: "standings",
        oldest_program: 1,
        up: include_str!("../migrations/0014_standings.up.sql"),
        down: include_str!("../migrations/0014_standings.down.sql"),
    },
    Migration {
        version: 15,
        name: "logins",
        oldest_program: 1,
        up: include_str!("../migrations/0015_logins.up.sql"),
        down: include_str!("../migrations/0015_logins.down.sql"),
    },
    Migration {
        version: 16,
        name: "copies",
        oldest_program: 1,
        up: include_str!("../migrations/0016_copies.up.sql"),
        down: include_str!("../migrations/0016_copies.down.sql"),
    },
    Migration {
        version: 17,
        name: "logged_sets",
        oldest_program: 1,
        up: include_str!("../migrations/0017_logged_sets.up.sql"),
        down: include_str!("../migrations/0017_logged_sets.down.sql"),
    },
    Migration {
        version: 18,
        name: "subscriptions",
        oldest_program: 1,
        up: include_str!("../migrations/0018_subscriptions.up.sql"),
        down: include_str!("../migrations/0018_subscriptions.down.sql"),
    },
    Migration {
        version: 19,
        name: "counted_sends",
        oldest_program: 1,
        up: include_str!("../migrations/0019_counted_sends.up.sql"),
        down: include_str!("../migrations/0019_counted_sends.down.sql"),
    },
    Migration {
        version: 20,
        name: "conversations",
        oldest_program: 1,
        up: include_str!("../migrations/0020_conversations.up.sql"),
        down: include_str!("../migrations/0020_conversations.down.sql"),
    },
    Migration {
        version: 21,
        name: "addresses",
        oldest_program: 1,
        up: include_str!("../migrations/0021_addresses.up.sql"),
        down: include_str!("../migrations/0021_addresses.down.sql"),
    },
    Migration {
        version: 22,
        name: "redactions",
        oldest_program: 1,
        up: include_str!("../migrations/0022_redactions.up.sql"),
        down: include_str!("../migrations/0022_redactions.down.sql"),
    },
    Migration {
        version: 23,
        name: "coach_turns",
        oldest_program: 1,
        up: include_str!("../migrations/0023_coach_turns.up.sql"),
        down: include_str!("../migrations/0023_coach_turns.down.sql"),
    },
    Migration {
        version: 24,
        name: "operators",
        oldest_program: 1,
        up: include_str!("../migrations/0024_operators.up.sql"),
        down: include_str!("../migrations/0024_operators.down.sql"),
    },
    Migration {
        version: 25,
        name: "broadcasts",
        oldest_program: 1,
        up: include_str!("../migrations/0025_broadcasts.up.sql"),
        down: include_str!("../migrations/0025_broadcasts.down.sql"),
    },
    Migration {
        version: 26,
        name: "integrations",
        oldest_program: 1,
        up: include_str!("../migrations/0026_integrations.up.sql"),
        down: include_str!("../migrations/0026_integrations.down.sql"),
    },
    Migration {
        version: 27,
        name: "desk",
        oldest_program: 1,
        up: include_str!("../migrations/0027_desk.up.sql"),
        down: include_str!("../migrations/0027_desk.down.sql"),
    },
    Migration {
        version: 28,
        name: "second_factors",
        oldest_program: 1,
        up: include_str!("../migrations/0028_second_factors.up.sql"),
        down: include_str!("../migrations/0028_second_factors.down.sql"),
    },
    Migration {
        version: 29,
        name: "editing",
        oldest_program: 1,
        up: include_str!("../migrations/0029_editing.up.sql"),
        down: include_str!("../migrations/0029_editing.down.sql"),
    },
    Migration {
        version: 30,
        name: "rollout",
        oldest_program: 1,
        up: include_str!("../migrations/0030_rollout.up.sql"),
        down: include_str!("../migrations/0030_rollout.down.sql"),
    },
    Migration {
        version: 31,
        name: "activity",
        oldest_program: 1,
        up: include_str!("../migrations/0031_activity.up.sql"),
        down: include_str!("../migrations/0031_activity.down.sql"),
    },
    Migration {
        version: 32,
        name: "checked_occurrences",
        oldest_program: 1,
        up: include_str!("../migrations/0032_checked_occurrences.up.sql"),
        down: include_str!("../migrations/0032_checked_occurrences.down.sql"),
    },
    Migration {
        version: 33,
        name: "recurs_from",
        oldest_program: 1,
        up: include_str!("../migrations/0033_recurs_from.up.sql"),
        down: include_str!("../migrations/0033_recurs_from.down.sql"),
    },
    Migration {
        version: 34,
        name: "said_at",
        oldest_program: 1,
        up: include_str!("../migrations/0034_said_at.up.sql"),
        down: include_str!("../migrations/0034_said_at.down.sql"),
    },
    Migration {
        version: 35,
        name: "lists_read",
        oldest_program: 1,
        up: include_str!("../migrations/0035_lists_read.up.sql"),
        down: include_str!("../migrations/0035_lists_read.down.sql"),
    },
];

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
