//! Operations of a second factor, and of looking as a member.

use domain::{MemberId, OperatorId, Secret, Timestamp};

use super::OpenOperatorSession;
use crate::records::{FactorProof, SecondFactorRecord};

/// See [`Op::KeepSecondFactor`](super::Op::KeepSecondFactor).
#[derive(Clone, Debug)]
pub struct KeepSecondFactor {
    /// Whose.
    pub operator: OperatorId,
    /// What codes are made of.
    pub secret: Secret,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::ConfirmSecondFactor`](super::Op::ConfirmSecondFactor).
#[derive(Clone, Debug)]
pub struct ConfirmSecondFactor {
    /// Whose.
    pub operator: OperatorId,
    /// Of which draft a code was right.
    pub secret: Secret,
    /// The time step of that code.
    pub step: i64,
    /// Hashes of recovery codes.
    pub recovery: Vec<[u8; 32]>,
    /// The session that goes on; all others of theirs end.
    pub session: [u8; 32],
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::DropSecondFactor`](super::Op::DropSecondFactor).
#[derive(Clone, Copy, Debug)]
pub struct DropSecondFactor {
    /// Whose.
    pub operator: OperatorId,
    /// What proves it; `None` where somebody else takes it off.
    pub proof: Option<FactorProof>,
}

/// See [`Op::RenewRecovery`](super::Op::RenewRecovery).
#[derive(Clone, Debug)]
pub struct RenewRecovery {
    /// Whose.
    pub operator: OperatorId,
    /// What proves the factor.
    pub proof: FactorProof,
    /// Hashes of the codes there are from then on.
    pub recovery: Vec<[u8; 32]>,
}

/// See [`Op::SpendFactorTry`](super::Op::SpendFactorTry).
#[derive(Clone, Copy, Debug)]
pub struct SpendFactorTry {
    /// Whose.
    pub operator: OperatorId,
    /// How many there are.
    pub tries_max: u32,
    /// Tries up to then count no more.
    pub since: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`SpendFactorTry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpendFactorTryAnswer {
    /// It may be tried; this try is counted.
    Spent(SecondFactorRecord),
    /// There were too many.
    TooMany,
    /// They have none.
    None,
}

/// See [`Op::OpenOperatorEntry`](super::Op::OpenOperatorEntry).
#[derive(Clone, Copy, Debug)]
pub struct OpenOperatorEntry {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
    /// Who typed the texted code.
    pub operator: OperatorId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// See [`Op::EnterWithFactor`](super::Op::EnterWithFactor).
#[derive(Clone, Copy, Debug)]
pub struct EnterWithFactor {
    /// The key of the entry.
    pub entry: [u8; 32],
    /// What proves the factor.
    pub proof: FactorProof,
    /// The session that is opened.
    pub session: OpenOperatorSession,
}

/// See [`Op::OpenLook`](super::Op::OpenLook).
#[derive(Clone, Copy, Debug)]
pub struct OpenLook {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
    /// The session it belongs to.
    pub session: [u8; 32],
    /// As whom.
    pub member: MemberId,
    /// Until when.
    pub expires_at: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::EndLook`](super::Op::EndLook).
#[derive(Clone, Copy, Debug)]
pub struct EndLook {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
}
