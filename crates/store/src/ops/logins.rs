//! Operations of people who prove whose phone it is, and stay logged in (G34, G35). What is secret comes here as
//! a hash: neither a code nor a cookie can be read from the tables that are written by these.

use domain::{CodeFor, MemberId, Timestamp};

use crate::records::{CodeCeilings, CodeToTry, NewCode, NewMessage, NewSession};

/// See [`Op::OpenCode`](super::Op::OpenCode).
#[derive(Clone, Debug)]
pub struct OpenCode {
    /// The code.
    pub code: NewCode,
    /// The message that brings it; its member is the code's own id, which is nobody's.
    pub message: NewMessage,
    /// How many there may be.
    pub ceilings: CodeCeilings,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`OpenCode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenCodeAnswer {
    /// It is on its way, and all earlier ones of that address are over.
    Opened,
    /// There were too many for that address.
    AddressCeiling,
    /// There were too many from that part of the network.
    NetworkCeiling,
    /// There were too many for that country today.
    CountryCeiling,
    /// There were too many today.
    Ceiling,
    /// Another node counts right now: to be asked again.
    Busy,
}

/// See [`Op::SpendTry`](super::Op::SpendTry).
#[derive(Clone, Copy, Debug)]
pub struct SpendTry {
    /// What is to be proved; a code for something else is none.
    pub purpose: CodeFor,
    /// The browser's hash.
    pub browser: [u8; 32],
    /// How many tries a code has.
    pub tries_max: u32,
    /// Now.
    pub at: Timestamp,
}

/// What [`SpendTry`] answers: the code to compare with, unless there is none that may be tried.
pub type SpendTryAnswer = Option<CodeToTry>;

/// See [`Op::UseCode`](super::Op::UseCode).
#[derive(Clone, Copy, Debug)]
pub struct UseCode {
    /// Which.
    pub id: MemberId,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::EndCodes`](super::Op::EndCodes).
#[derive(Clone, Debug)]
pub struct EndCodes {
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::OpenSession`](super::Op::OpenSession).
#[derive(Clone, Copy, Debug)]
pub struct OpenSession {
    /// The session.
    pub session: NewSession,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::UseSession`](super::Op::UseSession).
#[derive(Clone, Copy, Debug)]
pub struct UseSession {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::EndSessions`](super::Op::EndSessions).
#[derive(Clone, Copy, Debug)]
pub struct EndSessions {
    /// Whose.
    pub member: MemberId,
    /// Only this one.
    pub only: Option<[u8; 32]>,
}
