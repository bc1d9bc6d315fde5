//! A backup of a file that is being served: its pages as they are at one moment, checked, with the key
//! of the database inside, and at home nowhere.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use store::StoreError;
use store::copying::tables::TABLES;
use store::home::Guard;

use crate::fault::{Done, Fault, corrupt};
use crate::home;
use crate::migrate;
use crate::open::{self, Lock};

/// Pages copied between two looks at how far it is.
const PAGES: i32 = 2_048;

/// Rows of each table.
pub type Counts = Vec<(&'static str, u64)>;

/// Copies the pages of `source` into the empty file `target`; `tell` hears how many of how many are
/// copied. The service goes on meanwhile; what it writes is not in the backup.
pub fn pages(
    source: &Path,
    target: &Path,
    hash_key: &[u8; 32],
    mut tell: impl FnMut(u64, u64),
) -> Result<(), StoreError> {
    let _lock = Lock::take(target)?;
    let source = open::connect_read_only(source)?;
    let mut copy = || -> Done<()> {
        if !migrate::is_current(&source)? {
            return Err(Fault::Found(StoreError::Unavailable(
                "its tables are not up to date; run `gymtext migrate up`".into(),
            )));
        }
        // One state, for the pages and for what they are compared with.
        source.execute_batch("BEGIN")?;
        let before = counts(&source)?;
        let mut target = Connection::open(target)?;
        let backup = Backup::new(&source, &mut target)?;
        loop {
            let step = backup.step(PAGES)?;
            let progress = backup.progress();
            let all = u64::try_from(progress.pagecount).unwrap_or(0);
            let left = u64::try_from(progress.remaining).unwrap_or(0);
            tell(all.saturating_sub(left), all);
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => return Err(corrupt("the backup", "its file is used by somebody else")),
            }
        }
        drop(backup);
        if counts(&target)? != before {
            return Err(corrupt(
                "the backup",
                "it holds other rows than the database",
            ));
        }
        // One file, not three.
        target.execute_batch("PRAGMA journal_mode = DELETE")?;
        home::forget_all(&target, Guard::Copied)?;
        target.execute("UPDATE instance SET hash_key = ?1", [hash_key])?;
        Ok(())
    };
    Ok(copy()?)
}

/// Makes one file of a backup and what SQLite keeps beside it, reads all of it, and answers the rows of
/// each table.
pub fn check(path: &Path) -> Result<Counts, StoreError> {
    let _lock = Lock::take(path)?;
    let connection = open::connect(path)?;
    let check = || -> Done<Counts> {
        connection.execute_batch("PRAGMA journal_mode = DELETE")?;
        let verdict: String =
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(corrupt("the backup", &verdict));
        }
        let strays: i64 =
            connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
                row.get(0)
            })?;
        if strays > 0 {
            return Err(corrupt(
                "the backup",
                "rows refer to rows that are not there",
            ));
        }
        counts(&connection)
    };
    Ok(check()?)
}

fn counts(connection: &Connection) -> Done<Counts> {
    TABLES
        .iter()
        .map(|table| {
            let count = format!("SELECT count(*) FROM {}", table.name);
            let rows: i64 = connection.query_row(&count, [], |row| row.get(0))?;
            Ok((table.name, u64::try_from(rows).unwrap_or(0)))
        })
        .collect()
}
