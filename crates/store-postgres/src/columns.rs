//! Between columns and words of the domain. A value that does not parse is named by its table and
//! column, never shown: it may be somebody's number.

use std::error::Error;
use std::str::FromStr;

use bytes::BytesMut;
use domain::{Channel, Handle, MemberId, MessageId, Priority, Text, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use crate::fault::{Done, corrupt};

/// What stands in an address column once its member is erased.
pub(crate) const ERASED: &str = "erased";

/// Microseconds from 1970 to 2000, where PostgreSQL counts from.
const FROM_1970_TO_2000: i64 = 946_684_800_000_000;

/// An instant as a `timestamptz`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At(pub(crate) Timestamp);

impl ToSql for At {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let micros = self.0.as_micros() - FROM_1970_TO_2000;
        out.extend_from_slice(&micros.to_be_bytes());
        Ok(IsNull::No)
    }
    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for At {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let micros = i64::from_be_bytes(raw.try_into()?);
        Ok(Self(Timestamp::from_micros(micros + FROM_1970_TO_2000)))
    }
    accepts!(TIMESTAMPTZ);
}

/// 16 bytes as a `uuid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(pub(crate) [u8; 16]);

impl From<MemberId> for Id {
    fn from(id: MemberId) -> Self {
        Self(*id.as_bytes())
    }
}

impl From<MessageId> for Id {
    fn from(id: MessageId) -> Self {
        Self(*id.as_bytes())
    }
}

impl ToSql for Id {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
    accepts!(UUID);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Id {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.try_into()?))
    }
    accepts!(UUID);
}

/// A column's text without copying it.
pub(crate) fn text<'r>(row: &'r Row, at: usize, place: &str) -> Done<&'r str> {
    row.try_get(at).map_err(|_| corrupt(place, "no text"))
}

/// A column as a word.
pub(crate) fn word<T: FromStr>(row: &Row, at: usize, place: &str) -> Done<T> {
    text(row, at, place)?
        .parse()
        .map_err(|_| corrupt(place, "an unknown word"))
}

/// A column as a word, or nothing.
pub(crate) fn word_opt<T: FromStr>(row: &Row, at: usize, place: &str) -> Done<Option<T>> {
    match row.try_get::<_, Option<&str>>(at)? {
        None => Ok(None),
        Some(found) => found
            .parse()
            .map(Some)
            .map_err(|_| corrupt(place, "an unknown word")),
    }
}

/// A private text.
pub(crate) fn private(row: &Row, at: usize, place: &str) -> Done<Text> {
    Ok(Text::new(text(row, at, place)?))
}

/// A private text, or nothing.
pub(crate) fn private_opt(row: &Row, at: usize) -> Done<Option<Text>> {
    Ok(row.try_get::<_, Option<String>>(at)?.map(Text::from))
}

/// A member's id.
pub(crate) fn member_id(row: &Row, at: usize) -> Done<MemberId> {
    Ok(MemberId::from_bytes(row.try_get::<_, Id>(at)?.0))
}

/// A message's id.
pub(crate) fn message_id(row: &Row, at: usize) -> Done<MessageId> {
    Ok(MessageId::from_bytes(row.try_get::<_, Id>(at)?.0))
}

/// A message's id, or nothing.
pub(crate) fn message_id_opt(row: &Row, at: usize) -> Done<Option<MessageId>> {
    let id: Option<Id> = row.try_get(at)?;
    Ok(id.map(|id| MessageId::from_bytes(id.0)))
}

/// An instant.
pub(crate) fn instant(row: &Row, at: usize) -> Done<Timestamp> {
    Ok(row.try_get::<_, At>(at)?.0)
}

/// An instant, or nothing.
pub(crate) fn instant_opt(row: &Row, at: usize) -> Done<Option<Timestamp>> {
    Ok(row.try_get::<_, Option<At>>(at)?.map(|at| at.0))
}

/// A small number, kept as an `integer`.
pub(crate) fn small<T: TryFrom<i32>>(row: &Row, at: usize, place: &str) -> Done<T> {
    let found: i32 = row.try_get(at)?;
    T::try_from(found).map_err(|_| corrupt(place, "a number out of range"))
}

/// A small number, or nothing.
pub(crate) fn small_opt<T: TryFrom<i32>>(row: &Row, at: usize, place: &str) -> Done<Option<T>> {
    let found: Option<i32> = row.try_get(at)?;
    found
        .map(|found| T::try_from(found).map_err(|_| corrupt(place, "a number out of range")))
        .transpose()
}

/// An address as kept; an erased one reads as a handle that nobody has.
pub(crate) fn handle(row: &Row, at: usize, place: &str) -> Done<Handle> {
    let text = text(row, at, place)?;
    if text == ERASED {
        return Ok(Handle::ScopedUser(ERASED.into()));
    }
    text.parse().map_err(|_| corrupt(place, "not an address"))
}

/// An address, or nothing.
pub(crate) fn handle_opt(row: &Row, at: usize, place: &str) -> Done<Option<Handle>> {
    match row.try_get::<_, Option<&str>>(at)? {
        None => Ok(None),
        Some(_) => handle(row, at, place).map(Some),
    }
}

/// A priority.
pub(crate) fn priority(row: &Row, at: usize) -> Done<Priority> {
    Ok(match row.try_get::<_, i32>(at)? {
        0 => Priority::High,
        1 => Priority::Normal,
        2 => Priority::Low,
        _ => return Err(corrupt("message_queues.priority", "not a priority")),
    })
}

/// A preferred channel in the plan's words for providers.
pub(crate) const fn preference_word(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "twilio",
        Channel::Whatsapp => "whatsapp",
        Channel::Email => "email",
        Channel::Web => "websocket",
    }
}

/// And back.
pub(crate) fn preference(word: &str) -> Option<Channel> {
    Channel::ALL
        .iter()
        .copied()
        .find(|channel| preference_word(*channel) == word)
}

/// A lane as PostgreSQL keeps it: the same 64 bits, signed.
#[expect(clippy::cast_possible_wrap, reason = "the same bits, both ways")]
pub(crate) const fn lane_in(lane: store::LaneKey) -> i64 {
    lane.0 as i64
}

/// And back.
#[expect(clippy::cast_sign_loss, reason = "the same bits, both ways")]
pub(crate) const fn lane_out(lane: i64) -> store::LaneKey {
    store::LaneKey(lane as u64)
}

/// The number of an attempt's row.
pub(crate) const fn attempt_key(seq: i64, number: u8) -> i64 {
    seq * 256 + number as i64
}

/// The attempt's number out of its row's.
pub(crate) fn attempt_number(key: i64) -> u8 {
    u8::try_from(key & 255).unwrap_or(0)
}
