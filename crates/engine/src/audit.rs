//! Who changes something, and what is kept of it: in the same transaction as the change, or not at all.

use std::sync::Arc;

use domain::{MemberId, OperatorId};
use store::StoreError;
use store::ops::{AuditedAs, Operation};
use store::questions::AuditLog;
use store::records::{AuditEntry, AuditRecord, OperatorRecord};

use crate::{Engine, EngineError};

/// Who changes something through a handle of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Somebody of the team, where it is one.
    pub operator: Option<OperatorId>,
    /// Their name, as others see it.
    pub name: String,
}

impl Actor {
    /// Somebody of the team.
    pub fn of(operator: &OperatorRecord) -> Self {
        Self {
            operator: Some(operator.id),
            name: operator.name.clone(),
        }
    }
}

/// What is kept of a change, besides who did it and when.
#[derive(Debug)]
pub(crate) struct Note {
    /// A stable code.
    pub(crate) action: &'static str,
    /// Of what.
    pub(crate) subject: String,
    /// The member it concerns.
    pub(crate) member: Option<MemberId>,
    /// How it was.
    pub(crate) before: String,
    /// How it is.
    pub(crate) after: String,
}

impl Note {
    /// Of something that concerns no member.
    pub(crate) fn of(action: &'static str, subject: impl Into<String>) -> Self {
        Self {
            action,
            subject: subject.into(),
            member: None,
            before: String::new(),
            after: String::new(),
        }
    }

    /// Of a member.
    pub(crate) fn of_member(action: &'static str, member: MemberId) -> Self {
        Self {
            member: Some(member),
            ..Self::of(action, member.to_string())
        }
    }

    /// With how it is from then on.
    pub(crate) fn after(self, after: impl Into<String>) -> Self {
        Self {
            after: after.into(),
            ..self
        }
    }

    /// With how it was.
    pub(crate) fn before(self, before: impl Into<String>) -> Self {
        Self {
            before: before.into(),
            ..self
        }
    }
}

impl Engine {
    /// The same engine for somebody: what they change through this handle is kept with their name.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            actor: Some(Arc::new(actor)),
            answering: None,
        }
    }

    /// Submits a change, with what is kept of it where somebody acts.
    pub(crate) async fn submit<O: Operation>(
        &self,
        operation: O,
        note: impl FnOnce() -> Note,
    ) -> Result<O::Answer, StoreError> {
        let Some(actor) = &self.actor else {
            return self.inner.committer.submit(operation).await;
        };
        let note = note();
        let entry = AuditEntry {
            operator: actor.operator,
            actor: actor.name.clone(),
            action: note.action.into(),
            subject: note.subject,
            member: note.member,
            before: note.before,
            after: note.after,
        };
        let audited = AuditedAs {
            operation,
            entry,
            at: self.now(),
        };
        self.inner.committer.submit(audited).await
    }

    /// What was changed, by whom: the newest first.
    pub async fn audit_log(&self, page: AuditLog) -> Result<Vec<AuditRecord>, EngineError> {
        Ok(self.ask().question(page).await?)
    }
}
