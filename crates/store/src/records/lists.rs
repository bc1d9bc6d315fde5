//! How far the providers' lists of inbound messages were read.

use domain::{Channel, Handle, Timestamp};

/// Up to when one list was read: all that was written before is with us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMark {
    /// The channel.
    pub channel: Channel,
    /// Our own number on it.
    pub sender: Handle,
    /// Up to when.
    pub read_to: Timestamp,
}

/// How far all of them were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListsKept {
    /// Each that was ever read.
    pub marks: Vec<ListMark>,
    /// The homecoming for which not all of them were read to their ends yet; until they are, nothing is sent.
    pub unread_for: Option<u32>,
}
