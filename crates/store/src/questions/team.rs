//! Questions about the team that works in the console, and what it asks.

use domain::{MemberId, OperatorId, Timestamp};

/// See [`Request::Operators`](super::Request::Operators).
#[derive(Clone, Copy, Debug)]
pub struct Operators;

/// See [`Request::OperatorSessionOf`](super::Request::OperatorSessionOf).
#[derive(Clone, Copy, Debug)]
pub struct OperatorSessionOf {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
    /// Now.
    pub at: Timestamp,
}

/// See [`Request::SecondFactorOf`](super::Request::SecondFactorOf).
#[derive(Clone, Copy, Debug)]
pub struct SecondFactorOf {
    /// Whose.
    pub operator: OperatorId,
}

/// See [`Request::SecondFactors`](super::Request::SecondFactors).
#[derive(Clone, Copy, Debug)]
pub struct SecondFactors;

/// See [`Request::OperatorEntryOf`](super::Request::OperatorEntryOf).
#[derive(Clone, Copy, Debug)]
pub struct OperatorEntryOf {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
    /// Now.
    pub at: Timestamp,
}

/// See [`Request::LookOf`](super::Request::LookOf).
#[derive(Clone, Copy, Debug)]
pub struct LookOf {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
    /// The session it has to belong to.
    pub session: [u8; 32],
    /// Now.
    pub at: Timestamp,
}

/// See [`Request::AuditLog`](super::Request::AuditLog).
#[derive(Clone, Copy, Debug)]
pub struct AuditLog {
    /// Of what concerns one member.
    pub member: Option<MemberId>,
    /// Older than this number.
    pub before: Option<i64>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::FindMembers`](super::Request::FindMembers).
#[derive(Clone, Debug)]
pub struct FindMembers {
    /// What their name, phone or e-mail address holds, in any case. Letters beyond ASCII are compared as they are.
    pub text: String,
    /// Before this id (newest first).
    pub before: Option<MemberId>,
    /// At most this many.
    pub limit: u32,
}
