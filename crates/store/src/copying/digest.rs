//! What a table holds, in 32 bytes: the sum of the SHA-256 of its rows. In any order, because the two
//! databases sort texts differently; the keys make every row another one.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{Cell, Tables};
use crate::copying::tables::Table;
use crate::error::StoreError;

/// Rows read at once for it.
const BATCH: u32 = 5_000;

/// The sum and the count of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// How many rows.
    pub rows: u64,
    sum: [u64; 4],
}

impl Digest {
    /// Adds a row.
    pub fn add(&mut self, row: &[Cell]) {
        let mut hash = Sha256::new();
        for cell in row {
            cell.hash_into(&mut hash);
        }
        let hash = hash.finalize();
        for (sum, part) in self.sum.iter_mut().zip(hash.chunks_exact(8)) {
            let part = part.try_into().map_or(0, u64::from_be_bytes);
            *sum = sum.wrapping_add(part);
        }
        self.rows += 1;
    }

    /// Of all rows of a table; `tell` hears of rows as they are read.
    pub fn of(
        database: &mut dyn Tables,
        table: &'static Table,
        mut tell: impl FnMut(u64),
    ) -> Result<Self, StoreError> {
        let (mut digest, mut after) = (Self::default(), None);
        loop {
            let rows = database.rows(table, after.as_deref(), BATCH)?;
            let Some(last) = rows.last() else {
                return Ok(digest);
            };
            after = Some(table.key_of(last));
            for row in &rows {
                digest.add(row);
            }
            tell(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sum
            .iter()
            .try_for_each(|part| write!(f, "{part:016x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[&[Cell]]) -> Digest {
        let mut digest = Digest::default();
        for row in rows {
            digest.add(row);
        }
        digest
    }

    #[test]
    fn order_does_not_matter_and_everything_else_does() {
        let text = |text: &str| Cell::Text(text.into());
        let one = [Cell::Number(1), text("a"), text("b")];
        let two = [Cell::Number(2), text("ab"), Cell::Null];
        let both = digest(&[&one, &two]);
        assert_eq!(both, digest(&[&two, &one]));
        for other in [
            [Cell::Number(2), text("a"), text("b")],
            [Cell::Number(2), text("ab"), text("")],
            [Cell::Number(2), Cell::Bytes(b"ab".to_vec()), Cell::Null],
        ] {
            assert_ne!(both, digest(&[&one, &other]));
        }
        assert_ne!(digest(&[&one]), digest(&[&one, &one]), "counted");
        assert_eq!(both.to_string().len(), 64);
    }
}
