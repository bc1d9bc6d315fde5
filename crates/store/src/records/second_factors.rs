//! The second factor of somebody of the team, and looking as a member.

use domain::{MemberId, Secret, Timestamp};

use super::OperatorRecord;

/// Somebody's second factor: what their app makes codes of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorRecord {
    /// What codes are made of, as the app was told it: base32.
    pub secret: Secret,
    /// Since when it is asked for; `None` while it is a draft.
    pub confirmed_at: Option<Timestamp>,
    /// The last time step a code was accepted of.
    pub last_step: i64,
    /// How many recovery codes are left.
    pub recovery_left: u32,
}

/// What proves a second factor. Each proves it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorProof {
    /// A code of this time step, or of a later one, was accepted last: none before is from then on.
    Step(i64),
    /// The hash of a recovery code.
    Recovery([u8; 32]),
}

/// Somebody of the team who looks as a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookRecord {
    /// Who.
    pub operator: OperatorRecord,
    /// As whom.
    pub member: MemberId,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}
