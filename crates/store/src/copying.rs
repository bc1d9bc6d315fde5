//! Copying a database into another one, of the same kind or of the other: table by table in the
//! order of their keys, a batch in a transaction, so that a copy that broke off goes on where it
//! was; then both sides are read again, each by itself, and compared.
//!
//! Deliberately not here: SQL. A store reads and writes what [`tables`] declares.

mod cells;
mod digest;
mod run;
pub mod tables;

pub use cells::Cell;
pub use digest::Digest;
pub use run::{Report, Step, TableReport, run};
pub use tables::{Column, Kind, LeftOut, Which};

use domain::Timestamp;

use crate::error::StoreError;
use tables::Table;

/// One row, in the order of its table's columns.
pub type Cells = Vec<Cell>;

/// A database that is read, in one state of it.
pub trait Tables: Send {
    /// How many rows a table has.
    fn count(&mut self, table: &'static Table) -> Result<u64, StoreError>;

    /// The next rows by the table's key, after the one with these values of it.
    fn rows(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Cells>, StoreError>;

    /// What of the instance is copied.
    fn marks(&mut self) -> Result<Marks, StoreError>;

    /// Tables and columns that are neither copied nor known: `table` or `table.column`.
    fn unknown(&mut self) -> Result<Vec<String>, StoreError>;
}

/// A database that is written.
pub trait Target: Tables {
    /// Begins a copy, or goes on with one of the same source; answers how far each table has come. From
    /// now on it is not served.
    fn begin(&mut self, marks: &Marks) -> Result<Vec<(String, Progress)>, StoreError>;

    /// Stores rows and how far that is, in one transaction.
    fn write(
        &mut self,
        table: &'static Table,
        rows: &[Cells],
        progress: &Progress,
    ) -> Result<(), StoreError>;

    /// Brings in order what follows from the rows: sequences, keys, marks. It may be repeated.
    fn settle(&mut self, marks: &Marks) -> Result<(), StoreError>;

    /// Both sides are the same: from now on it may be served, and sends nothing before an operator
    /// confirms it.
    fn finish(&mut self) -> Result<(), StoreError>;
}

/// What of the instance is copied.
#[derive(Clone, PartialEq, Eq)]
pub struct Marks {
    /// The key of the hashes of erased addresses (G18). It also tells one source from another.
    pub hash_key: [u8; 32],
    /// Version of the kill switches.
    pub switches_version: u32,
    /// Since when what recurs is this history's own.
    pub recurs_from: Option<Timestamp>,
}

impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Marks")
            .field("switches_version", &self.switches_version)
            .finish_non_exhaustive()
    }
}

/// How far a table has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// Rows stored.
    pub rows: u64,
    /// The key of the last one.
    pub after: Option<Vec<Cell>>,
}
