//! The team, and what it changed.

use domain::{MemberId, OperatorId, PhoneNumber, Role, Timestamp};

/// Somebody of the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRecord {
    /// Their id.
    pub id: OperatorId,
    /// The phone they log in with.
    pub phone: PhoneNumber,
    /// As others see them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Since when they belong to the team.
    pub made_at: Timestamp,
    /// Who asked them in: a name, or `settings`.
    pub made_by: String,
}

/// Somebody of the team, logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSession {
    /// Who.
    pub operator: OperatorRecord,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// Whether they have a second factor that is asked for.
    pub has_factor: bool,
}

/// A change that is to be kept in the audit log, together with the change itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Who did it, where it was somebody of the team.
    pub operator: Option<OperatorId>,
    /// Their name then.
    pub actor: String,
    /// What they did, as a stable code: `conversation.take`.
    pub action: String,
    /// To what: `mem_…`, `msg_…`, `opr_…`, the scope of a switch.
    pub subject: String,
    /// The member it concerns. When they are erased, `before` and `after` go.
    pub member: Option<MemberId>,
    /// How it was, in words; empty where nothing was.
    pub before: String,
    /// How it is from then on.
    pub after: String,
}

/// A change as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number; later ones are greater.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub entry: AuditEntry,
}
