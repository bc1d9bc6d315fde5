//! The copy itself, and the comparison after it.

use std::sync::mpsc::sync_channel;
use std::thread;

use domain::failpoint::{self, Point};

use super::tables::{TABLES, Table};
use super::{Cells, Digest, Progress, Tables, Target};
use crate::error::StoreError;

/// Rows of one transaction: what it costs is shared by many, and a copy that broke off repeats few.
const BATCH: u32 = 5_000;

/// Batches that are read ahead of the writing.
const AHEAD: usize = 2;

/// What happens, for whoever shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// This many rows will be copied, of which some were before.
    Rows {
        /// In all.
        all: u64,
        /// Already.
        before: u64,
    },
    /// Rows of a table were stored.
    Copied {
        /// Its name.
        table: &'static str,
        /// How many.
        rows: u64,
    },
    /// Now both sides are compared.
    Comparing,
    /// Rows of a table were read on both sides and are the same.
    Same {
        /// Its name.
        table: &'static str,
        /// How many.
        rows: u64,
    },
}

/// What a copy came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// Each table.
    pub tables: Vec<TableReport>,
    /// What the source holds besides, and was left behind.
    pub left_behind: Vec<String>,
    /// Rows that an earlier run had stored.
    pub resumed_rows: u64,
}

/// A table that was copied.
#[derive(Clone, Debug)]
pub struct TableReport {
    /// Its name.
    pub table: &'static str,
    /// What it holds, the same on both sides.
    pub digest: Digest,
}

/// Copies everything and compares it. Whenever it fails, or the process dies, the same call goes on
/// where it was, as long as the source has not changed.
pub fn run(
    source: &mut dyn Tables,
    target: &mut dyn Target,
    tell: &mut dyn FnMut(Step),
) -> Result<Report, StoreError> {
    let marks = source.marks()?;
    let left_behind = source.unknown()?;
    let begun = target.begin(&marks)?;
    let mut plan: Vec<(&'static Table, Progress)> = Vec::with_capacity(TABLES.len());
    let (mut all, mut before) = (0, 0);
    for table in TABLES {
        let found = begun.iter().find(|(name, _)| name == table.name);
        let progress = found.map(|(_, progress)| progress.clone());
        let progress = progress.unwrap_or_default();
        all += source.count(table)?;
        before += progress.rows;
        plan.push((table, progress));
    }
    tell(Step::Rows { all, before });
    copy(source, target, plan, tell)?;
    target.settle(&marks)?;
    tell(Step::Comparing);
    let tables = compare(source, target, tell)?;
    target.finish()?;
    Ok(Report {
        tables,
        left_behind,
        resumed_rows: before,
    })
}

/// Reads ahead on a thread of its own while this one writes.
fn copy(
    source: &mut dyn Tables,
    target: &mut dyn Target,
    plan: Vec<(&'static Table, Progress)>,
    tell: &mut dyn FnMut(Step),
) -> Result<(), StoreError> {
    thread::scope(|scope| {
        let (batches, read) = sync_channel(AHEAD);
        let reading = scope.spawn(move || -> Result<(), StoreError> {
            for (table, progress) in plan {
                let mut progress = progress;
                loop {
                    let rows = source.rows(table, progress.after.as_deref(), BATCH)?;
                    let Some(last) = rows.last() else { break };
                    progress.after = Some(table.key_of(last));
                    progress.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
                    let batch: (&'static Table, Vec<Cells>, Progress) =
                        (table, rows, progress.clone());
                    if batches.send(batch).is_err() {
                        return Ok(()); // the writing failed and says so itself
                    }
                }
            }
            Ok(())
        });
        for (table, rows, progress) in read {
            failpoint::pass(Point::Copy);
            target.write(table, &rows, &progress)?;
            failpoint::pass(Point::Copy);
            tell(Step::Copied {
                table: table.name,
                rows: u64::try_from(rows.len()).unwrap_or(u64::MAX),
            });
        }
        reading
            .join()
            .map_err(|_| StoreError::Unavailable("the reading thread panicked".into()))?
    })
}

/// Reads both sides, each by itself.
fn compare(
    source: &mut dyn Tables,
    target: &mut dyn Target,
    tell: &mut dyn FnMut(Step),
) -> Result<Vec<TableReport>, StoreError> {
    let mut reports = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let (theirs, ours) = thread::scope(|scope| {
            let reading = scope.spawn(|| Digest::of(source, table, |_| ()));
            let ours = Digest::of(target, table, |_| ());
            let theirs = reading
                .join()
                .map_err(|_| StoreError::Unavailable("the reading thread panicked".into()))?;
            Ok::<_, StoreError>((theirs?, ours?))
        })?;
        if theirs != ours {
            return Err(StoreError::Corrupt(format!(
                "{}: {} rows in the source, {} in the copy, and not the same: did the source change \
                 meanwhile? Begin again with an empty target",
                table.name, theirs.rows, ours.rows
            )));
        }
        tell(Step::Same {
            table: table.name,
            rows: ours.rows,
        });
        reports.push(TableReport {
            table: table.name,
            digest: ours,
        });
    }
    Ok(reports)
}
