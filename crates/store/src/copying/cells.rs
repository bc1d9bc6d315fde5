//! One value of a row, as both stores can say it.

use sha2::{Digest as _, Sha256};

/// A value. Flags are 0 and 1, instants whole microseconds since 1970, ids their 16 bytes, JSON its
/// text with sorted keys and no spaces.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number, a flag or an instant.
    Number(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What it holds may be somebody's number.
        f.write_str(match self {
            Self::Null => "Null",
            Self::Number(_) => "Number",
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
        })
    }
}

impl Cell {
    /// JSON in its one form; `None` when it is none.
    pub fn json(text: &str) -> Option<Self> {
        // Objects of `serde_json` keep their keys sorted.
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(Self::Text(value.to_string()))
    }

    /// Adds itself to a hash so that no two rows of different cells read the same.
    pub(super) fn hash_into(&self, hash: &mut Sha256) {
        let (kind, bytes): (u8, &[u8]) = match self {
            Self::Null => (0, &[]),
            Self::Number(number) => {
                hash.update([1]);
                hash.update(number.to_be_bytes());
                return;
            }
            Self::Text(text) => (2, text.as_bytes()),
            Self::Bytes(bytes) => (3, bytes),
        };
        hash.update([kind]);
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_one_form_whatever_its_spaces_and_order() {
        let one = Cell::json(r#"{ "b": [1, 2],  "a": "x" }"#);
        assert_eq!(one, Cell::json(r#"{"a":"x","b":[1,2]}"#));
        assert_eq!(one, Some(Cell::Text(r#"{"a":"x","b":[1,2]}"#.into())));
        assert_eq!(Cell::json("{"), None);
    }

    #[test]
    fn a_cell_does_not_show_what_it_holds() {
        let cells = [Cell::Text("+14155550123".into()), Cell::Bytes(vec![7])];
        assert_eq!(format!("{cells:?}"), "[Text, Bytes]");
    }
}
