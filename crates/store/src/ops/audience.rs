//! Audiences that were saved.

use domain::{SegmentId, Timestamp};

use crate::records::{Idempotency, SegmentRecord};

/// See [`Op::SaveSegment`](super::Op::SaveSegment).
#[derive(Clone, Debug)]
pub struct SaveSegment {
    /// As it is to be; one with this id is changed, and stays made by whoever made it.
    pub segment: SegmentRecord,
    /// The caller's key.
    pub idempotency: Option<Idempotency>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`SaveSegment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveSegmentAnswer {
    /// It is saved.
    Saved {
        /// As it is now.
        segment: Box<SegmentRecord>,
        /// Whether an earlier call with the same key is answered again.
        replayed: bool,
    },
    /// Another one is called so.
    NameTaken(SegmentId),
    /// The key was used with another body.
    KeyReused,
}

/// See [`Op::DeleteSegment`](super::Op::DeleteSegment).
#[derive(Clone, Copy, Debug)]
pub struct DeleteSegment {
    /// Which.
    pub id: SegmentId,
}
