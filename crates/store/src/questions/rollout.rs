//! Questions about whom WhatsApp is on for, and about how far the outbox reaches back.

use domain::MemberId;

/// See [`Request::RolloutNow`](super::Request::RolloutNow).
#[derive(Clone, Copy, Debug)]
pub struct RolloutNow;

/// See [`Request::RolloutMembers`](super::Request::RolloutMembers).
#[derive(Clone, Copy, Debug)]
pub struct RolloutMembers {
    /// After this one.
    pub after: Option<MemberId>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::EventsPruned`](super::Request::EventsPruned).
#[derive(Clone, Copy, Debug)]
pub struct EventsPruned;
