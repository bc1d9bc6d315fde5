//! Questions of whoever works through what waits, what ended badly, and notes.

use domain::{MemberId, Timestamp};

use crate::lane::Seq;
use crate::records::DeadGroup;

/// See [`Request::WaitingNow`](super::Request::WaitingNow).
#[derive(Clone, Copy, Debug)]
pub struct WaitingNow {
    /// Now.
    pub at: Timestamp,
    /// At most this many places are looked at, the oldest first.
    pub limit: u32,
}

/// See [`Request::DeadCounts`](super::Request::DeadCounts).
#[derive(Clone, Copy, Debug)]
pub struct DeadCounts {
    /// Ended from this instant on.
    pub since: Timestamp,
    /// At most this many messages are looked at, the newest first.
    pub limit: u32,
}

/// See [`Request::DeadLetters`](super::Request::DeadLetters).
#[derive(Clone, Debug)]
pub struct DeadLetters {
    /// Which.
    pub group: DeadGroup,
    /// Ended from this instant on.
    pub since: Timestamp,
    /// Ended until this instant.
    pub until: Timestamp,
    /// Older than this number.
    pub before: Option<Seq>,
    /// At most this many messages are looked at, those that ended last, of whatever group.
    pub look_at: u32,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::NotesOf`](super::Request::NotesOf).
#[derive(Clone, Copy, Debug)]
pub struct NotesOf {
    /// About whom.
    pub member: MemberId,
    /// At most this many.
    pub limit: u32,
}
