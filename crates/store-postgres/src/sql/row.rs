//! Rows of answers, read by the type of their columns.

use std::sync::Arc;

use bytes::Bytes;
use postgres_protocol::message::backend::DataRowBody;
use tokio_postgres::types::Type;

use super::FROM_1970_TO_2000;
use crate::fault::{Done, Fault, corrupt};

/// What stands in a column.
enum Found<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Found<'a> {
    fn read(kind: &Type, raw: &'a [u8]) -> Option<Self> {
        Some(match *kind {
            Type::BOOL => Self::Bool(raw != [0]),
            Type::INT8 => Self::Int(i64::from_be_bytes(raw.try_into().ok()?)),
            Type::INT4 => Self::Int(i32::from_be_bytes(raw.try_into().ok()?).into()),
            Type::INT2 => Self::Int(i16::from_be_bytes(raw.try_into().ok()?).into()),
            Type::TIMESTAMPTZ => {
                let since_2000 = i64::from_be_bytes(raw.try_into().ok()?);
                Self::Int(since_2000.checked_add(FROM_1970_TO_2000)?)
            }
            Type::UUID | Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(std::str::from_utf8(raw).ok()?),
        })
    }
}

/// A column of an answer.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Type,
}

/// A row of an answer.
#[derive(Debug)]
pub(crate) struct Row {
    bytes: Bytes,
    /// Where each column stands in it: from where, and how long; less than nothing where nothing stands.
    places: Box<[(u32, i32)]>,
    columns: Arc<[Column]>,
}

/// A type a column can be read as.
pub(crate) trait FromColumn<'r>: Sized {
    fn from_column(row: &'r Row, at: usize) -> Done<Self>;
}

impl Row {
    /// The column at this place.
    pub(crate) fn get<'r, T: FromColumn<'r>>(&'r self, at: usize) -> Done<T> {
        T::from_column(self, at)
    }

    pub(super) fn read(row: &DataRowBody, columns: &Arc<[Column]>) -> Done<Self> {
        let bytes = row.buffer_bytes().clone();
        let mut places = Vec::with_capacity(columns.len());
        let mut at = 0;
        for column in columns.iter() {
            let torn = || corrupt(&column.name, "an answer that is torn");
            let length = bytes.get(at..at + 4).ok_or_else(torn)?;
            let length = i32::from_be_bytes(length.try_into().map_err(|_| torn())?);
            at += 4;
            places.push((u32::try_from(at).map_err(|_| torn())?, length));
            at += usize::try_from(length).unwrap_or(0);
        }
        Ok(Self {
            bytes,
            places: places.into(),
            columns: Arc::clone(columns),
        })
    }

    fn found(&self, at: usize) -> Done<Found<'_>> {
        let place = self.places.get(at).zip(self.columns.get(at));
        let Some((&(from, length), column)) = place else {
            return Err(corrupt("?", "a column that was not asked for"));
        };
        let Ok(length) = usize::try_from(length) else {
            return Ok(Found::Null);
        };
        let raw = usize::try_from(from)
            .ok()
            .and_then(|from| self.bytes.get(from..from.checked_add(length)?));
        raw.and_then(|raw| Found::read(&column.kind, raw))
            .ok_or_else(|| self.strange(at))
    }

    /// Whether nothing stands there.
    pub(crate) fn is_null(&self, at: usize) -> Done<bool> {
        Ok(matches!(self.found(at)?, Found::Null))
    }

    fn strange(&self, at: usize) -> Fault {
        let name = self.columns.get(at).map_or("?", |column| &column.name);
        corrupt(name, "of another kind than expected")
    }
}

macro_rules! number_columns {
    ($($number:ty),+) => {$(
        impl<'r> FromColumn<'r> for $number {
            fn from_column(row: &'r Row, at: usize) -> Done<Self> {
                match row.found(at)? {
                    Found::Int(value) => value.try_into().map_err(|_| row.strange(at)),
                    _ => Err(row.strange(at)),
                }
            }
        }
    )+};
}
number_columns!(i64, u8, u16, u32, u64);

impl<'r> FromColumn<'r> for bool {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        match row.found(at)? {
            Found::Bool(value) => Ok(value),
            _ => Err(row.strange(at)),
        }
    }
}

impl<'r> FromColumn<'r> for &'r str {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        match row.found(at)? {
            Found::Text(value) => Ok(value),
            _ => Err(row.strange(at)),
        }
    }
}

impl<'r> FromColumn<'r> for String {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        <&str>::from_column(row, at).map(str::to_owned)
    }
}

impl<'r> FromColumn<'r> for &'r [u8] {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        match row.found(at)? {
            Found::Bytes(value) => Ok(value),
            _ => Err(row.strange(at)),
        }
    }
}

impl<'r, T: FromColumn<'r>> FromColumn<'r> for Option<T> {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        match row.found(at)? {
            Found::Null => Ok(None),
            _ => T::from_column(row, at).map(Some),
        }
    }
}
