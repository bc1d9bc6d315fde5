//! Questions about the same words to many.

use domain::{BroadcastId, MemberId};

/// See [`Request::Broadcasts`](super::Request::Broadcasts).
#[derive(Clone, Copy, Debug)]
pub struct Broadcasts {
    /// Only those that have something to do by themselves.
    pub active: bool,
    /// Older than this one.
    pub before: Option<BroadcastId>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::BroadcastById`](super::Request::BroadcastById).
#[derive(Clone, Copy, Debug)]
pub struct BroadcastById {
    /// Which.
    pub id: BroadcastId,
}

/// See [`Request::BroadcastNext`](super::Request::BroadcastNext).
#[derive(Clone, Copy, Debug)]
pub struct BroadcastNext {
    /// Of which.
    pub id: BroadcastId,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::BroadcastMembers`](super::Request::BroadcastMembers).
#[derive(Clone, Debug)]
pub struct BroadcastMembers {
    /// Of which.
    pub id: BroadcastId,
    /// Only those who stand so, by the words of [`BroadcastMemberRecord`](crate::records::BroadcastMemberRecord).
    pub status: Option<String>,
    /// After this place.
    pub after: Option<(i64, MemberId)>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::BroadcastProgress`](super::Request::BroadcastProgress).
#[derive(Clone, Copy, Debug)]
pub struct BroadcastProgress {
    /// Of which.
    pub id: BroadcastId,
    /// Of one stage, from 0.
    pub stage: Option<u8>,
}

/// See [`Request::BroadcastPlaces`](super::Request::BroadcastPlaces).
#[derive(Clone, Copy, Debug)]
pub struct BroadcastPlaces {
    /// Of which.
    pub id: BroadcastId,
    /// Only those that can still be called back.
    pub not_left: bool,
    /// At most this many.
    pub limit: u32,
}
