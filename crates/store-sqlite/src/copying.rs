//! A SQLite file as the source and as the target of a copy.

mod read;

use std::path::{Path, PathBuf};

use domain::Timestamp;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, ToSql, params, params_from_iter};
use store::StoreError;
use store::copying::tables::{TABLES, Table, Which, unknown};
use store::copying::{Cell, Cells, Marks, Progress, Tables, Target};
use store::home::Guard;

use crate::fault::{Done, Fault};
use crate::home;
use crate::migrate;
use crate::open::{self, Lock};

/// A file that is read, in the state it had when it was opened for it.
#[derive(Debug)]
pub struct SqliteSource {
    connection: Connection,
    hash_key: [u8; 32],
    _lock: Option<Lock>,
}

impl SqliteSource {
    /// Opens a file that nobody serves; `served` reads it beside a service that goes on writing.
    pub fn open(path: &Path, hash_key: [u8; 32], served: bool) -> Result<Self, StoreError> {
        let lock = if served {
            None
        } else {
            Some(Lock::take(path)?)
        };
        let connection = open::connect_read_only(path)?;
        if !has_table(&connection, "schema_migrations")? || !migrate::is_current(&connection)? {
            return Err(StoreError::Unavailable(
                "its tables are not up to date; run `gymtext migrate up` on it first".into(),
            ));
        }
        if guard(&connection)? == Guard::Copying {
            return Err(StoreError::Unavailable(
                "a copy into it was begun and not finished".into(),
            ));
        }
        // All that is read is of one state.
        let begin = || -> Done<()> {
            connection.execute_batch("BEGIN")?;
            connection.query_row("SELECT epoch FROM instance", [], |_| Ok(()))?;
            Ok(())
        };
        begin()?;
        Ok(Self {
            connection,
            hash_key,
            _lock: lock,
        })
    }
}

impl Tables for SqliteSource {
    fn count(&mut self, table: &'static Table) -> Result<u64, StoreError> {
        Ok(read::count(&self.connection, table)?)
    }

    fn rows(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Cells>, StoreError> {
        Ok(read::rows(&self.connection, table, after, limit)?)
    }

    fn marks(&mut self) -> Result<Marks, StoreError> {
        Ok(marks(&self.connection, self.hash_key)?)
    }

    fn unknown(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(unknown(Which::Sqlite, &read::schema(&self.connection)?))
    }
}

/// A file that is written.
#[derive(Debug)]
pub struct SqliteTarget {
    connection: Connection,
    path: PathBuf,
    _lock: Lock,
}

impl SqliteTarget {
    /// Opens or makes it, with its tables. It must hold nothing, or a copy that was not finished.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = Lock::take(path)?;
        let mut connection = open::connect(path)?;
        let strangers = unknown(Which::Sqlite, &read::schema(&connection)?);
        let has_tables = !read::schema(&connection)?.is_empty();
        if !strangers.is_empty() || has_tables && !has_table(&connection, "schema_migrations")? {
            return Err(StoreError::Unavailable(
                "it holds tables that are not ours; name another file".into(),
            ));
        }
        migrate::apply_missing(&mut connection)?;
        Ok(Self {
            connection,
            path: path.into(),
            _lock: lock,
        })
    }

    /// For a file that is thrown away unless it comes to its end: it is flushed once, then.
    pub fn in_a_hurry(self) -> Result<Self, StoreError> {
        let hurry =
            || -> Done<()> { Ok(self.connection.execute_batch("PRAGMA synchronous = OFF")?) };
        hurry()?;
        Ok(self)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn in_transaction<T>(&mut self, work: impl FnOnce(&Connection) -> Done<T>) -> Done<T> {
        let tx = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }
}

impl Tables for SqliteTarget {
    fn count(&mut self, table: &'static Table) -> Result<u64, StoreError> {
        Ok(read::count(&self.connection, table)?)
    }

    fn rows(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Cells>, StoreError> {
        Ok(read::rows(&self.connection, table, after, limit)?)
    }

    fn marks(&mut self) -> Result<Marks, StoreError> {
        let key: Option<[u8; 32]> = travelling_key_of(&self.connection)?;
        Ok(marks(&self.connection, key.unwrap_or_default())?)
    }

    fn unknown(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(unknown(Which::Sqlite, &read::schema(&self.connection)?))
    }
}

impl Target for SqliteTarget {
    fn begin(&mut self, marks: &Marks) -> Result<Vec<(String, Progress)>, StoreError> {
        let key = marks.hash_key;
        Ok(self.in_transaction(|tx| {
            if guard(tx)? == Guard::Copying {
                if travelling_key_of(tx)? != Some(key) {
                    return Err(refused(
                        "a copy of another database into it was begun; name an empty one",
                    ));
                }
                return progress(tx);
            }
            for table in TABLES {
                if read::count(tx, table)? > 0 {
                    return Err(refused(&format!(
                        "it holds something already ({}); name an empty one",
                        table.name
                    )));
                }
            }
            home::forget_all(tx, Guard::Copying)?;
            tx.execute("UPDATE instance SET hash_key = ?1", [key])?;
            tx.execute_batch(
                "CREATE TABLE copying (name TEXT PRIMARY KEY, progress TEXT NOT NULL)",
            )?;
            Ok(Vec::new())
        })?)
    }

    fn write(
        &mut self,
        table: &'static Table,
        rows: &[Cells],
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let marks = vec!["?"; table.columns.len()].join(", ");
        let insert = format!(
            "INSERT INTO {} ({}) VALUES ({marks})",
            table.name,
            table.list()
        );
        let progress = serde_json::to_string(progress)
            .map_err(|error| StoreError::Corrupt(format!("copying.progress: {error}")))?;
        Ok(self.in_transaction(|tx| {
            let mut statement = tx.prepare_cached(&insert)?;
            for row in rows {
                statement.execute(params_from_iter(row.iter().map(Bound)))?;
            }
            tx.execute(
                "INSERT INTO copying (name, progress) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET progress = excluded.progress",
                params![table.name, progress],
            )?;
            Ok(())
        })?)
    }

    fn settle(&mut self, marks: &Marks) -> Result<(), StoreError> {
        Ok(self.in_transaction(|tx| {
            tx.execute(
                "UPDATE instance SET switches_version = ?1, recurs_from = ?2",
                params![
                    marks.switches_version,
                    marks.recurs_from.map(Timestamp::as_micros)
                ],
            )?;
            Ok(())
        })?)
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        Ok(self.in_transaction(|tx| {
            tx.execute_batch("DROP TABLE copying")?;
            home::forget_all(tx, Guard::Copied)
        })?)
    }
}

/// The key that travels inside a file: a backup's, a copy's. `None` where it stands beside it only, or
/// where there is no database.
pub fn travelling_key(path: &Path) -> Result<Option<[u8; 32]>, StoreError> {
    let connection = open::connect_read_only(path)?;
    let has_column = || -> Done<bool> {
        Ok(connection.query_row(
            "SELECT count(*) FROM pragma_table_info('instance') WHERE name = 'hash_key'",
            [],
            |row| Ok(row.get::<_, i64>(0)? > 0),
        )?)
    };
    if !has_column()? {
        return Ok(None);
    }
    Ok(travelling_key_of(&connection)?)
}

pub(crate) fn travelling_key_of(connection: &Connection) -> Done<Option<[u8; 32]>> {
    Ok(connection.query_row("SELECT hash_key FROM instance", [], |row| row.get(0))?)
}

fn marks(connection: &Connection, hash_key: [u8; 32]) -> Done<Marks> {
    Ok(Marks {
        hash_key,
        switches_version: connection.query_row(
            "SELECT switches_version FROM instance",
            [],
            |row| row.get(0),
        )?,
        recurs_from: crate::read::recurring::recurs_from(connection)?,
    })
}

fn guard(connection: &Connection) -> Done<Guard> {
    let word: String = connection.query_row("SELECT guard FROM instance", [], |row| row.get(0))?;
    Guard::of(&word).ok_or_else(|| refused("its guard is an unknown word"))
}

fn progress(connection: &Connection) -> Done<Vec<(String, Progress)>> {
    let mut statement = connection.prepare("SELECT name, progress FROM copying")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let progress = serde_json::from_str(&row.get::<_, String>(1)?)
            .map_err(|error| refused(&format!("copying.progress cannot be read: {error}")))?;
        found.push((row.get(0)?, progress));
    }
    Ok(found)
}

fn has_table(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    let look = || -> Done<bool> {
        Ok(connection
            .query_row(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
                [name],
                |_| Ok(()),
            )
            .optional()?
            .is_some())
    };
    Ok(look()?)
}

fn refused(why: &str) -> Fault {
    Fault::Found(StoreError::Unavailable(why.into()))
}

/// A cell as a parameter.
struct Bound<'a>(&'a Cell);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Cell::Null => ToSqlOutput::Owned(Value::Null),
            Cell::Number(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Cell::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}
