//! Questions about who is meant when the same words go to many.

use domain::audience::Filter;
use domain::{MemberId, Timestamp};

/// See [`Request::Segments`](super::Request::Segments).
#[derive(Clone, Copy, Debug)]
pub struct Segments;

/// See [`Request::MembersMatching`](super::Request::MembersMatching).
#[derive(Clone, Debug)]
pub struct MembersMatching {
    /// Which; whether their plan serves them is not asked here.
    pub filter: Filter,
    /// Now.
    pub at: Timestamp,
    /// After this member.
    pub after: Option<MemberId>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::CountMatching`](super::Request::CountMatching).
#[derive(Clone, Debug)]
pub struct CountMatching {
    /// Which; whether their plan serves them is not asked here.
    pub filter: Filter,
    /// Now.
    pub at: Timestamp,
}
