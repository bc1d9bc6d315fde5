//! Values of statements, as the operations have them, written by the type of their parameter.

use std::borrow::Cow;
use std::error::Error;
use std::num::TryFromIntError;

use bytes::{BufMut as _, BytesMut};
use postgres_protocol::IsNull;
use tokio_postgres::types::{Kind, Type};

use super::FROM_1970_TO_2000;

/// A value of ours: instants as microseconds since 1970, ids as their bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Ints(&'a [i64]),
    List(&'a [Value<'a>]),
}

/// Anything that is a value.
pub(crate) trait AsValue {
    fn value(&self) -> Value<'_>;
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl AsValue for $number {
            fn value(&self) -> Value<'_> {
                Value::Int(i64::from(*self))
            }
        }
    )+};
}
numbers!(i64, i32, u8, u16, u32);

impl AsValue for bool {
    fn value(&self) -> Value<'_> {
        Value::Bool(*self)
    }
}
impl AsValue for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}
impl AsValue for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}
impl AsValue for Box<str> {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}
impl AsValue for [i64] {
    fn value(&self) -> Value<'_> {
        Value::Ints(self)
    }
}
impl AsValue for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}
impl<const N: usize> AsValue for [u8; N] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}
impl AsValue for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}
impl<T: AsValue + ?Sized> AsValue for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}
impl<T: AsValue> AsValue for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, AsValue::value)
    }
}

/// Values of a statement, in its order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::AsValue::value(&$value)),*]
    };
}
pub(crate) use params;

/// What stands for a value on the way to the server, or why nothing can.
type Written = Result<IsNull, Box<dyn Error + Sync + Send>>;

impl Value<'_> {
    /// Writes it as PostgreSQL has this type in its binary form.
    pub(super) fn write(self, kind: &Type, out: &mut BytesMut) -> Written {
        match (self, kind) {
            (Value::Null, _) => return Ok(IsNull::Yes),
            (Value::Bool(value), &Type::BOOL) => out.put_u8(u8::from(value)),
            (Value::Int(value), &Type::INT8) => out.put_i64(value),
            (Value::Int(value), &Type::INT4) => out.put_i32(value.try_into()?),
            (Value::Int(value), &Type::INT2) => out.put_i16(value.try_into()?),
            (Value::Int(value), &Type::TIMESTAMPTZ) => out.put_i64(since_2000(value)),
            (Value::Text(value), &Type::JSONB) => {
                out.put_u8(1);
                out.put_slice(without_nul_in_json(value).as_bytes());
            }
            (Value::Text(value), &Type::TEXT | &Type::VARCHAR | &Type::NAME | &Type::UNKNOWN) => {
                out.put_slice(without_nul(value).as_bytes());
            }
            (Value::Bytes(value), &Type::UUID) if value.len() == 16 => out.put_slice(value),
            (Value::Bytes(value), &Type::BYTEA) => out.put_slice(value),
            (Value::Ints(values), &Type::INT8_ARRAY) => ints(values, out)?,
            (Value::List(values), kind) => list(values, kind, out)?,
            (value, _) => {
                let found = match value {
                    Value::Bool(_) => "a flag",
                    Value::Int(_) => "a number",
                    Value::Text(_) => "a text",
                    Value::Bytes(_) => "bytes",
                    Value::Ints(_) => "numbers",
                    Value::List(_) => "a list",
                    Value::Null => "nothing",
                };
                return Err(format!("{found} where the statement wants {kind}").into());
            }
        }
        Ok(IsNull::No)
    }
}

/// Where PostgreSQL's instants begin and end, in microseconds since 2000: 4713 BC, and far beyond any that
/// can be asked for.
const INSTANTS: std::ops::RangeInclusive<i64> =
    -211_813_488_000_000_000..=9_223_371_331_199_999_999;

/// One that PostgreSQL has no room for becomes its first or last.
fn since_2000(since_1970: i64) -> i64 {
    since_1970
        .saturating_sub(FROM_1970_TO_2000)
        .clamp(*INSTANTS.start(), *INSTANTS.end())
}

/// PostgreSQL's texts hold every character but one, which is replaced: what a provider sends must not be
/// refused for good because of it.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same where it is written as JSON writes it.
fn without_nul_in_json(json: &str) -> Cow<'_, str> {
    const NUL: &str = "\\u0000";
    if !json.contains(NUL) {
        return Cow::Borrowed(json);
    }
    let mut cleaned = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        cleaned.push_str(before);
        if let Some(after) = escape.strip_prefix(NUL) {
            cleaned.push_str("\\ufffd");
            rest = after;
            continue;
        }
        // A backslash and what it escapes, so that an escaped backslash escapes nothing.
        let length = escape.chars().take(2).map(char::len_utf8).sum();
        let (kept, after) = escape.split_at(length);
        cleaned.push_str(kept);
        rest = after;
    }
    cleaned.push_str(rest);
    Cow::Owned(cleaned)
}

/// The beginning of an array of one dimension: dimensions, whether there may be nulls, the elements' type,
/// their count, the first one's number. Each element follows with its length.
fn array(element: &Type, count: usize, out: &mut BytesMut) -> Result<(), TryFromIntError> {
    out.put_i32(1);
    out.put_i32(1);
    out.put_u32(element.oid());
    out.put_i32(count.try_into()?);
    out.put_i32(1);
    Ok(())
}

fn ints(values: &[i64], out: &mut BytesMut) -> Result<(), TryFromIntError> {
    array(&Type::INT8, values.len(), out)?;
    out.reserve(values.len() * 12);
    for value in values {
        out.put_i32(8);
        out.put_i64(*value);
    }
    Ok(())
}

fn list(
    values: &[Value<'_>],
    kind: &Type,
    out: &mut BytesMut,
) -> Result<(), Box<dyn Error + Sync + Send>> {
    let Kind::Array(element) = kind.kind() else {
        return Err(format!("a list where the statement wants {kind}").into());
    };
    array(element, values.len(), out)?;
    for value in values {
        let at = out.len();
        out.put_i32(-1);
        if let IsNull::No = value.write(element, out)? {
            let length: i32 = (out.len() - at - 4).try_into()?;
            if let Some(place) = out.get_mut(at..at + 4) {
                place.copy_from_slice(&length.to_be_bytes());
            }
        }
    }
    Ok(())
}
