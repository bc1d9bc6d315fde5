//! What is copied: one declaration of tables, columns and kinds for both stores. A test of each store
//! compares it with its real schema, so that no later migration can be forgotten here: a column is
//! copied, or named as left out with the reason.

mod declared;
mod left_out;

use super::{Cell, Cells};

pub use declared::TABLES;
pub use left_out::{LEFT_OUT, LeftOut, Which, is_left_out};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 16 bytes; `uuid` on PostgreSQL.
    Id,
    /// Whole microseconds since 1970; `timestamptz` on PostgreSQL.
    Instant,
    /// Yes or no; 0 and 1 on SQLite.
    Flag,
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// JSON; text on SQLite, `jsonb` on PostgreSQL.
    Json,
    /// Bytes.
    Bytes,
}

/// A column that is copied.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name, the same in both stores.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

/// A table that is copied.
#[derive(Debug)]
pub struct Table {
    /// Its name, the same in both stores.
    pub name: &'static str,
    /// The columns that order it and that no two rows have the same.
    pub key: &'static [&'static str],
    /// What is copied of it.
    pub columns: &'static [Column],
}

impl Table {
    /// The key of a row.
    pub fn key_of(&self, row: &Cells) -> Vec<Cell> {
        self.columns
            .iter()
            .zip(row)
            .filter(|(column, _)| self.key.contains(&column.name))
            .map(|(_, cell)| cell.clone())
            .collect()
    }

    /// The names of its columns, as a statement lists them.
    pub fn list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }

    /// The place of a column among those that are copied.
    pub fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// What of a real schema is neither declared nor left out: `(table, column)` pairs in, names out. A
/// table that is not known is named once.
pub fn unknown(which: Which, schema: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (table, column) in schema {
        if is_left_out(which, table) {
            continue;
        }
        let full = format!("{table}.{column}");
        let name = match TABLES.iter().find(|known| known.name == table) {
            None => table.clone(),
            Some(known) if known.at(column).is_some() || is_left_out(which, &full) => continue,
            Some(_) => full,
        };
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}
