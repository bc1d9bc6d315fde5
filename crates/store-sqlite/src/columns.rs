//! Between columns and words of the domain. A value that does not parse is named by its table and
//! column, never shown: it may be somebody's number.

use std::str::FromStr;

use domain::{Channel, Handle, MemberId, MessageId, Money, Priority, Text, Timestamp};
use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::fault::{Done, corrupt};

/// What stands in an address column once its member is erased.
pub(crate) const ERASED: &str = "erased";

/// A column as a word.
pub(crate) fn word<T: FromStr>(row: &Row<'_>, at: usize, place: &str) -> Done<T> {
    text(row, at, place)?
        .parse()
        .map_err(|_| corrupt(place, "an unknown word"))
}

/// A column as a word, or nothing.
pub(crate) fn word_opt<T: FromStr>(row: &Row<'_>, at: usize, place: &str) -> Done<Option<T>> {
    match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        _ => word(row, at, place).map(Some),
    }
}

/// A column's text without copying it.
pub(crate) fn text<'r>(row: &'r Row<'_>, at: usize, place: &str) -> Done<&'r str> {
    row.get_ref(at)?
        .as_str()
        .map_err(|_| corrupt(place, "no text"))
}

/// A private text.
pub(crate) fn private(row: &Row<'_>, at: usize, place: &str) -> Done<Text> {
    Ok(Text::new(text(row, at, place)?))
}

/// A private text, or nothing.
pub(crate) fn private_opt(row: &Row<'_>, at: usize) -> Done<Option<Text>> {
    Ok(row.get::<_, Option<String>>(at)?.map(Text::from))
}

/// An id's 16 bytes.
pub(crate) fn bytes(row: &Row<'_>, at: usize, place: &str) -> Done<[u8; 16]> {
    row.get_ref(at)?
        .as_blob()
        .ok()
        .and_then(|blob| <[u8; 16]>::try_from(blob).ok())
        .ok_or_else(|| corrupt(place, "not 16 bytes"))
}

/// A member's id.
pub(crate) fn member_id(row: &Row<'_>, at: usize, place: &str) -> Done<MemberId> {
    bytes(row, at, place).map(MemberId::from_bytes)
}

/// A message's id.
pub(crate) fn message_id(row: &Row<'_>, at: usize, place: &str) -> Done<MessageId> {
    bytes(row, at, place).map(MessageId::from_bytes)
}

/// A message's id, or nothing.
pub(crate) fn message_id_opt(row: &Row<'_>, at: usize, place: &str) -> Done<Option<MessageId>> {
    match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        _ => message_id(row, at, place).map(Some),
    }
}

/// An instant.
pub(crate) fn instant(row: &Row<'_>, at: usize) -> Done<Timestamp> {
    Ok(Timestamp::from_micros(row.get(at)?))
}

/// An instant, or nothing.
pub(crate) fn instant_opt(row: &Row<'_>, at: usize) -> Done<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(at)?.map(Timestamp::from_micros))
}

/// An address as kept; an erased one reads as a handle that nobody has.
pub(crate) fn handle(row: &Row<'_>, at: usize, place: &str) -> Done<Handle> {
    let text = text(row, at, place)?;
    if text == ERASED {
        return Ok(Handle::ScopedUser(ERASED.into()));
    }
    text.parse().map_err(|_| corrupt(place, "not an address"))
}

/// An address, or nothing.
pub(crate) fn handle_opt(row: &Row<'_>, at: usize, place: &str) -> Done<Option<Handle>> {
    match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        _ => handle(row, at, place).map(Some),
    }
}

/// A count, which is never negative.
pub(crate) fn count(row: &Row<'_>, at: usize) -> Done<u64> {
    Ok(row.get::<_, i64>(at)?.unsigned_abs())
}

/// A priority.
pub(crate) fn priority(row: &Row<'_>, at: usize) -> Done<Priority> {
    Ok(match row.get::<_, i64>(at)? {
        0 => Priority::High,
        1 => Priority::Normal,
        2 => Priority::Low,
        _ => {
            return Err(corrupt("message_queues.priority", "not a priority"));
        }
    })
}

/// Microseconds of an instant that may be missing.
pub(crate) fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_micros)
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

/// A lane as SQLite keeps it: the same 64 bits, signed.
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

/// Millionths and a currency as money; both or neither are there.
pub(crate) fn money_opt(amount: Option<i64>, currency: Option<&str>) -> Done<Option<Money>> {
    let (Some(amount), Some(currency)) = (amount, currency) else {
        return Ok(None);
    };
    let currency = currency
        .parse()
        .map_err(|_| corrupt("attempt_prices.currency", "not a currency"))?;
    Ok(Some(Money::from_micros(amount, currency)))
}
