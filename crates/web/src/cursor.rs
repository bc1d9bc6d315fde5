//! Where a list goes on. Opaque to callers: base64url of a letter for the list and the last key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{BroadcastId, MemberId};
use store::Seq;

/// Not a cursor of this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a cursor of this list; take it from `next_cursor` as it is, or leave it out to start over"
)]
pub(crate) struct CursorError;

/// A key a list is ordered by.
pub(crate) trait Key: Sized {
    const LIST: u8;
    fn bytes(&self) -> Vec<u8>;
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl Key for Seq {
    const LIST: u8 = b's';
    fn bytes(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes
            .try_into()
            .ok()
            .map(|bytes| Self(i64::from_be_bytes(bytes)))
    }
}

impl Key for MemberId {
    const LIST: u8 = b'm';
    fn bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }
}

impl Key for BroadcastId {
    const LIST: u8 = b'b';
    fn bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }
}

/// A line of the suppression list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line(pub(crate) i64);

impl Key for Line {
    const LIST: u8 = b'l';
    fn bytes(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes
            .try_into()
            .ok()
            .map(|bytes| Self(i64::from_be_bytes(bytes)))
    }
}

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event(pub(crate) i64);

impl Key for Event {
    const LIST: u8 = b'e';
    fn bytes(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes
            .try_into()
            .ok()
            .map(|bytes| Self(i64::from_be_bytes(bytes)))
    }
}

/// Where a list goes on that is ordered by something of members.
impl Key for (i64, MemberId) {
    const LIST: u8 = b'c';
    fn bytes(&self) -> Vec<u8> {
        [&self.0.to_be_bytes()[..], &self.1.as_bytes()[..]].concat()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, member) = bytes.split_at_checked(8)?;
        Some((
            i64::from_be_bytes(at.try_into().ok()?),
            MemberId::from_bytes(member.try_into().ok()?),
        ))
    }
}

/// Writes a cursor.
pub(crate) fn write<K: Key>(key: &K) -> String {
    let mut bytes = vec![K::LIST];
    bytes.extend(key.bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor.
pub(crate) fn read<K: Key>(text: &str) -> Result<K, CursorError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
    match bytes.split_first() {
        Some((list, key)) if *list == K::LIST => K::from_bytes(key).ok_or(CursorError),
        Some(_) | None => Err(CursorError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_belongs_to_its_list() {
        assert_eq!(read(&write(&Seq(77))), Ok(Seq(77)));
        let member = MemberId::from_bytes([7; 16]);
        assert_eq!(read(&write(&member)), Ok(member));
        assert_eq!(read::<Seq>(&write(&member)), Err(CursorError));
        assert_eq!(read(&write(&Line(77))), Ok(Line(77)));
        assert_eq!(read(&write(&(77, member))), Ok((77, member)));
        assert_eq!(read::<Seq>(&write(&Line(77))), Err(CursorError));
        for bad in ["", "!", "c2hvcnQ", "77"] {
            assert_eq!(read::<Seq>(bad), Err(CursorError), "{bad}");
        }
    }
}
