//! A PostgreSQL database as the source and as the target of a copy.

mod read;
mod write;

use std::time::Duration;

use store::StoreError;
use store::copying::tables::{TABLES, Table, Which, unknown};
use store::copying::{Cell, Cells, Marks, Progress, Tables, Target};
use store::home::Guard;

use crate::fault::{Done, Fault, corrupt};
use crate::migrate;
use crate::open::{check_server, hash_key};
use crate::presence;
use crate::session::Address;
use crate::sql::{Line, Sql, params};

/// How long the server may take for one statement of a copy, and a little more.
const ANSWER_MAX: Duration = Duration::from_mins(11);

/// A copy takes its time, and stands still while the other side is read.
const SETTINGS: &str = "SET statement_timeout = '10min'; SET lock_timeout = '30s';
    SET idle_in_transaction_session_timeout = 0";

/// A database that is read, in the state it had when it was opened for it.
#[derive(Debug)]
pub struct PostgresSource {
    sql: Sql,
}

impl PostgresSource {
    /// Opens a database that no node serves; `served` reads it beside nodes that go on writing. Blocks.
    pub fn open(address: &str, served: bool) -> Result<Self, StoreError> {
        let sql = connect(address)?;
        if !has_table(&sql, "schema_migrations")? || !migrate::is_current(&sql)? {
            return Err(StoreError::Unavailable(
                "its tables are not up to date; run `gymtext migrate up` on it first".into(),
            ));
        }
        if guard(&sql)? == Guard::Copying {
            return Err(StoreError::Unavailable(
                "a copy into it was begun and not finished".into(),
            ));
        }
        if !served {
            presence::be_alone(&sql)?;
            refuse_undecided(&sql)?;
        }
        sql.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        // From here on all that is read is of one state.
        guard(&sql)?;
        Ok(Self { sql })
    }
}

impl Tables for PostgresSource {
    fn count(&mut self, table: &'static Table) -> Result<u64, StoreError> {
        Ok(read::count(&self.sql, table)?)
    }

    fn rows(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Cells>, StoreError> {
        Ok(read::rows(&self.sql, table, after, limit)?)
    }

    fn marks(&mut self) -> Result<Marks, StoreError> {
        Ok(marks(&self.sql)?)
    }

    fn unknown(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(unknown(Which::Postgres, &read::schema(&self.sql)?))
    }
}

/// A database that is written.
#[derive(Debug)]
pub struct PostgresTarget {
    sql: Sql,
}

impl PostgresTarget {
    /// Opens it and makes its tables. It must hold nothing, or a copy that was not finished. Blocks.
    pub fn open(address: &str) -> Result<Self, StoreError> {
        let sql = connect(address)?;
        check_server(&sql)?;
        let schema = read::schema(&sql)?;
        let strangers = unknown(Which::Postgres, &schema);
        if !strangers.is_empty() {
            return Err(StoreError::Unavailable(format!(
                "it holds what is not ours ({}); name an empty database",
                strangers.join(", ")
            )));
        }
        if !schema.is_empty() && !has_table(&sql, "schema_migrations")? {
            return Err(StoreError::Unavailable(
                "it holds tables that no migration of ours made; name an empty database".into(),
            ));
        }
        presence::be_alone(&sql)?;
        migrate::apply_missing(&sql)?;
        Ok(Self { sql })
    }

    fn in_transaction<T>(&self, work: impl FnOnce(&Sql) -> Done<T>) -> Done<T> {
        self.sql.batch("BEGIN")?;
        let done = work(&self.sql);
        self.sql
            .batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done
    }
}

impl Tables for PostgresTarget {
    fn count(&mut self, table: &'static Table) -> Result<u64, StoreError> {
        Ok(read::count(&self.sql, table)?)
    }

    fn rows(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Cells>, StoreError> {
        Ok(read::rows(&self.sql, table, after, limit)?)
    }

    fn marks(&mut self) -> Result<Marks, StoreError> {
        Ok(marks(&self.sql)?)
    }

    fn unknown(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(unknown(Which::Postgres, &read::schema(&self.sql)?))
    }
}

impl Target for PostgresTarget {
    fn begin(&mut self, marks: &Marks) -> Result<Vec<(String, Progress)>, StoreError> {
        let key = marks.hash_key;
        Ok(self.in_transaction(|sql| {
            if guard(sql)? == Guard::Copying {
                if hash_key(sql)? != key {
                    return Err(refused(
                        "a copy of another database into it was begun; name an empty one",
                    ));
                }
                return progress(sql);
            }
            for table in TABLES {
                if read::count(sql, table)? > 0 {
                    return Err(refused(&format!(
                        "it holds something already ({}); name an empty one",
                        table.name
                    )));
                }
            }
            sql.run("DELETE FROM homes", params![])?;
            sql.run(
                "UPDATE instance SET guard = 'copying', hash_key = $1",
                params![key],
            )?;
            sql.batch("CREATE TABLE copying (name text PRIMARY KEY, progress text NOT NULL)")?;
            Ok(Vec::new())
        })?)
    }

    fn write(
        &mut self,
        table: &'static Table,
        rows: &[Cells],
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let progress = serde_json::to_string(progress)
            .map_err(|error| StoreError::Corrupt(format!("copying.progress: {error}")))?;
        Ok(self.in_transaction(|sql| {
            write::insert(sql, table, rows)?;
            sql.run(
                "INSERT INTO copying (name, progress) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET progress = excluded.progress",
                params![table.name, progress],
            )?;
            Ok(())
        })?)
    }

    fn settle(&mut self, marks: &Marks) -> Result<(), StoreError> {
        Ok(self.in_transaction(|sql| write::settle(sql, marks))?)
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        self.in_transaction(|sql| {
            sql.batch("DROP TABLE copying")?;
            sql.run("UPDATE instance SET guard = 'copied'", params![])
        })?;
        // Nobody has looked at these tables before: how large they are decides how they are read.
        Ok(self.sql.batch("ANALYZE")?)
    }
}

fn connect(address: &str) -> Result<Sql, StoreError> {
    let address = Address::parse(address)
        .map_err(|why| StoreError::Unavailable(format!("its address {why}")))?;
    let sql = Sql::connect(&Line::to(address))?;
    sql.answers_within(ANSWER_MAX);
    sql.batch(SETTINGS)?;
    Ok(sql)
}

fn marks(sql: &Sql) -> Done<Marks> {
    let version = sql.one("SELECT switches_version FROM instance", params![], |row| {
        row.get(0)
    })?;
    Ok(Marks {
        hash_key: hash_key(sql)?,
        switches_version: version.unwrap_or(0),
        recurs_from: crate::read::recurring::recurs_from(sql)?,
    })
}

fn guard(sql: &Sql) -> Done<Guard> {
    let guard = sql.one("SELECT guard FROM instance", params![], |row| {
        Guard::of(row.get(0)?).ok_or_else(|| corrupt("instance.guard", "an unknown word"))
    })?;
    guard.ok_or_else(|| corrupt("instance", "no row"))
}

/// What stood in the plan's queue and is held still would be left behind without a word.
fn refuse_undecided(sql: &Sql) -> Done<()> {
    if !has_table(sql, "adopted_message_queues")? {
        return Ok(());
    }
    let held: i64 = sql
        .one(
            "SELECT count(*) FROM adopted_message_queues WHERE adopted_state = 'held'",
            params![],
            |row| row.get(0),
        )?
        .unwrap_or(0);
    if held == 0 {
        return Ok(());
    }
    Err(refused(&format!(
        "{held} entries of the queue it was taken over with are held still; decide about them first: \
         `gymtext migrate adopt`"
    )))
}

fn progress(sql: &Sql) -> Done<Vec<(String, Progress)>> {
    sql.all("SELECT name, progress FROM copying", params![], |row| {
        let progress = serde_json::from_str(row.get::<&str>(1)?)
            .map_err(|_| corrupt("copying.progress", "cannot be read"))?;
        Ok((row.get(0)?, progress))
    })
}

fn has_table(sql: &Sql, name: &str) -> Done<bool> {
    let found = sql.one("SELECT to_regclass($1) IS NOT NULL", params![name], |row| {
        row.get(0)
    })?;
    Ok(found.unwrap_or(false))
}

fn refused(why: &str) -> Fault {
    Fault::Found(StoreError::Unavailable(why.into()))
}
