//! Looking as a member: somebody of the team sees the member's own pages for some minutes, and changes nothing there
//! (docs/decisions/0037).
//!
//! A look belongs to one session of one browser. It is no session of the member's: whatever notes that a member was there asks
//! for one.

use domain::{MemberId, Role, Seconds, Secret, Timestamp};
use store::ops::{EndLook, OpenLook};
use store::questions::{AuditLog, LookOf, MemberById};
use store::records::{AuditRecord, Member, OperatorRecord};

use crate::audit::Note;
use crate::logins::kept;
use crate::{Engine, EngineError};

/// How long a look lasts at most.
pub const LOOK_LASTS: Seconds = Seconds::new(15 * 60);

/// The longest reason, in characters.
pub const REASON_MAX: usize = 200;

/// How the log calls it.
const LOOKED: &str = "member.look";

/// Somebody of the team who looks as a member.
#[derive(Clone, Debug)]
pub struct Look {
    /// Who.
    pub operator: OperatorRecord,
    /// As whom.
    pub member: Member,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Engine {
    /// Begins to look as a member, for a reason that the log keeps: what the browser of this session is to keep. `None` where the
    /// session is over.
    pub async fn look_as(
        &self,
        session: &Secret,
        member: MemberId,
        reason: &str,
    ) -> Result<Option<Secret>, EngineError> {
        self.member(member).await?;
        let secret = self.browser_secret()?;
        let at = self.now();
        let open = OpenLook {
            key: kept(&secret),
            session: kept(session),
            member,
            expires_at: at + LOOK_LASTS,
            at,
        };
        let note = || Note::of_member(LOOKED, member).after(reason);
        Ok(self.submit(open, note).await?.then_some(secret))
    }

    /// Who looks with this browser, as whom. Both of its secrets are needed: the look's, and that of the session it belongs to.
    pub async fn look(&self, look: &Secret, session: &Secret) -> Result<Option<Look>, EngineError> {
        let asked = LookOf {
            key: kept(look),
            session: kept(session),
            at: self.now(),
        };
        let Some(found) = self.ask().question(asked).await? else {
            return Ok(None);
        };
        let operator = self
            .in_force(found.operator)
            .filter(|operator| operator.role.may(Role::Coach));
        let id = found.member;
        let member = self.ask().question(MemberById { id }).await?;
        Ok(operator.zip(member).map(|(operator, member)| Look {
            operator,
            member,
            opened_at: found.opened_at,
            expires_at: found.expires_at,
        }))
    }

    /// Who looked as a member, when and why: the newest first.
    pub async fn looks_at(&self, member: MemberId) -> Result<Vec<AuditRecord>, EngineError> {
        let page = AuditLog {
            member: Some(member),
            before: None,
            limit: u32::MAX,
        };
        let mut lines = self.audit_log(page).await?;
        lines.retain(|line| line.entry.action == LOOKED);
        Ok(lines)
    }

    /// Ends it: as whom it was, where there was one.
    pub async fn end_look(
        &self,
        look: &Secret,
        session: &Secret,
    ) -> Result<Option<MemberId>, EngineError> {
        let Some(found) = self.look(look, session).await? else {
            return Ok(None);
        };
        let member = found.member.profile.id;
        let end = EndLook { key: kept(look) };
        let note = || Note::of_member("member.look_end", member);
        self.submit(end, note).await?;
        Ok(Some(member))
    }
}
