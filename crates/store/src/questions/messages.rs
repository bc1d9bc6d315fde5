//! Questions about messages, their places, and what became of them.

use domain::{Channel, Direction, Kind, MemberId, MessageId, Timestamp};

use crate::lane::Seq;

/// See [`Request::FactsOf`](super::Request::FactsOf).
#[derive(Clone, Debug)]
pub struct FactsOf {
    /// Which places.
    pub seqs: Vec<Seq>,
}

/// See [`Request::Places`](super::Request::Places).
#[derive(Clone, Debug)]
pub struct Places {
    /// After this number.
    pub after: Seq,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::MessageById`](super::Request::MessageById).
#[derive(Clone, Debug)]
pub struct MessageById {
    /// Which.
    pub id: MessageId,
}

/// See [`Request::AsAccepted`](super::Request::AsAccepted).
#[derive(Clone, Copy, Debug)]
pub struct AsAccepted {
    /// Which.
    pub id: MessageId,
}

/// See [`Request::ByOccasion`](super::Request::ByOccasion).
#[derive(Clone, Debug)]
pub struct ByOccasion {
    /// Whose.
    pub member: MemberId,
    /// Which.
    pub occasions: Vec<String>,
}

/// See [`Request::MadeAt`](super::Request::MadeAt).
#[derive(Clone, Debug)]
pub struct MadeAt {
    /// Whose.
    pub members: Vec<MemberId>,
    /// Which.
    pub occasion: String,
}

/// See [`Request::DueWatches`](super::Request::DueWatches).
#[derive(Clone, Copy, Debug)]
pub struct DueWatches {
    /// Now.
    pub at: Timestamp,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::Messages`](super::Request::Messages).
#[derive(Clone, Debug, Default)]
pub struct Messages {
    /// Of one member.
    pub member: Option<MemberId>,
    /// With this status word of the API (delivery status or place state).
    pub status: Option<String>,
    /// On this channel.
    pub channel: Option<Channel>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// For this reason of its place, or of its end.
    pub reason: Option<String>,
    /// In this direction.
    pub direction: Option<Direction>,
    /// Older than this number.
    pub before: Option<Seq>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::AttemptsAfter`](super::Request::AttemptsAfter). Pages one standing ledger: a further attempt of an older message
/// stands beside its first one, not at the end.
#[derive(Clone, Copy, Debug)]
pub struct AttemptsAfter {
    /// After this cursor; 0 is from the beginning.
    pub after: i64,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::ReceiptsAfter`](super::Request::ReceiptsAfter). In the order of attempts, then of hearing.
#[derive(Clone, Copy, Debug)]
pub struct ReceiptsAfter {
    /// After this cursor; 0 is from the beginning.
    pub after: i64,
    /// At most this many.
    pub limit: u32,
}
