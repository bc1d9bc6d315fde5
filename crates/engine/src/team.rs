//! The team that works in the console: who belongs to it, and who of it is logged in (docs/decisions/0031).
//!
//! Numbers of the settings are owners, for as long as they stand there; everybody else is asked in by an owner. A phone
//! is proved by a texted code, as a member's is. Whoever asks for a code hears the same of every number; one that is
//! nobody's gets a code that was over before it began.

use std::net::IpAddr;

use domain::{Channel, CodeFor, Handle, OperatorId, PhoneNumber, Role, Seconds, Secret};
pub use policy::login::CONSOLE_SESSION;
use policy::login::VALID;
use store::ops::{
    EndOperatorSessions, OpenOperatorSession, RemoveOperator, SaveOperator, SaveOperatorAnswer,
};
use store::questions::{OperatorSessionOf, Operators};

pub use crate::audit::Actor;
use crate::audit::Note;
use crate::logins::{CodeAnswer, CodeAsked, Tried, kept};
use crate::second_factor::Standing;
use crate::{Engine, EngineError};

pub use store::records::{AuditRecord, OperatorRecord, OperatorSession};

/// Why somebody's place in the team is not changed.
#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    /// The service cannot do it now.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is no such one.
    #[error("nobody of the team has this id")]
    Unknown,
    /// What the settings say of somebody is not changed here.
    #[error(
        "this number stands in ADMIN_PHONE_NUMBERS, which makes it an owner's; take it out there first"
    )]
    Listed,
    /// Somebody is called like that: conversations are kept by name.
    #[error("somebody of the team is called {0} already")]
    NameTaken(String),
    /// They have no second factor.
    #[error("they have no second factor that is asked for")]
    NoFactor,
    /// Somebody has that phone.
    #[error("{0} logs in with this number already")]
    PhoneTaken(String),
}

impl From<store::StoreError> for TeamError {
    fn from(error: store::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// What came of typing the texted code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// They are in: what their browser is to keep.
    In(Secret),
    /// Their second factor is to be asked for: what their browser is to keep meanwhile, which opens nothing.
    Halfway(Secret),
    /// It proves nothing.
    Refused,
}

/// Who asked in those whom the settings name.
pub const BY_SETTINGS: &str = "settings";

impl Engine {
    /// Whether anybody can work in the console.
    pub fn has_console(&self) -> bool {
        !self.inner.settings.admins.is_empty()
    }

    /// Whether the settings make somebody an owner.
    pub fn is_listed(&self, phone: &PhoneNumber) -> bool {
        self.inner.settings.admins.contains(phone)
    }

    /// The team, in the order they came.
    pub async fn team(&self) -> Result<Vec<OperatorRecord>, EngineError> {
        let all = self.ask().question(Operators).await?;
        Ok(all
            .into_iter()
            .filter_map(|one| self.in_force(one))
            .collect())
    }

    /// As the settings have them: a listed one is an owner; one who was is nobody.
    pub(crate) fn in_force(&self, operator: OperatorRecord) -> Option<OperatorRecord> {
        match (self.is_listed(&operator.phone), operator.made_by.as_str()) {
            (true, _) => Some(OperatorRecord {
                role: Role::Owner,
                ..operator
            }),
            (false, BY_SETTINGS) => None,
            (false, _) => Some(operator),
        }
    }

    async fn has_operator(&self, phone: &PhoneNumber) -> Result<bool, EngineError> {
        let team = self.team().await?;
        Ok(self.is_listed(phone) || team.iter().any(|one| one.phone == *phone))
    }

    /// Texts a code to somebody of the team; to everybody else nothing, by the same work and with the same answer.
    pub async fn ask_console_code(
        &self,
        phone: PhoneNumber,
        country: String,
        from: IpAddr,
        browser: Secret,
    ) -> Result<CodeAnswer, EngineError> {
        let holds = if self.has_operator(&phone).await? {
            VALID
        } else {
            Seconds::new(0)
        };
        let asked = CodeAsked {
            purpose: CodeFor::Console,
            member: None,
            channel: Channel::Sms,
            handle: Handle::Phone(phone),
            country,
            from,
            locale: "en".into(),
            browser,
            holds,
        };
        self.ask_code(asked).await
    }

    /// Logs in whoever types a code that their browser asked for, or goes on to their second factor.
    pub async fn enter_console(
        &self,
        browser: &Secret,
        code: &str,
    ) -> Result<Entered, EngineError> {
        let tried = self
            .try_code_for(CodeFor::Console, None, browser, code)
            .await?;
        let Tried::Proved {
            handle: Handle::Phone(phone),
            ..
        } = tried
        else {
            return Ok(Entered::Refused);
        };
        let Some(operator) = self.operator_with(phone).await? else {
            return Ok(Entered::Refused);
        };
        if let Standing::On(_) = self.second_factor(&operator).await? {
            return Ok(Entered::Halfway(self.stop_halfway(operator.id).await?));
        }
        let secret = self.browser_secret()?;
        let at = self.now();
        let open = OpenOperatorSession {
            key: kept(&secret),
            operator: operator.id,
            expires_at: at + CONSOLE_SESSION,
            at,
        };
        let theirs = self.acting_as(Actor::of(&operator));
        let note = || Note::of("console.login", operator.id.to_string());
        let opened = theirs.submit(open, note).await?;
        Ok(if opened {
            Entered::In(secret)
        } else {
            Entered::Refused
        })
    }

    /// Somebody of the team by their phone; one whom the settings name becomes one of it.
    async fn operator_with(
        &self,
        phone: PhoneNumber,
    ) -> Result<Option<OperatorRecord>, EngineError> {
        let team = self.team().await?;
        if let Some(known) = team.into_iter().find(|one| one.phone == phone) {
            return Ok(Some(known));
        }
        if !self.is_listed(&phone) {
            return Ok(None);
        }
        let digits = phone.as_e164();
        let end = digits
            .get(digits.len().saturating_sub(4)..)
            .unwrap_or_default();
        let operator = OperatorRecord {
            id: self.inner.ids.operator(),
            name: format!("Owner …{end}"),
            phone,
            role: Role::Owner,
            made_at: self.now(),
            made_by: BY_SETTINGS.into(),
        };
        let saved = self.inner.committer.submit(SaveOperator { operator });
        match saved.await? {
            SaveOperatorAnswer::Saved(operator) | SaveOperatorAnswer::PhoneTaken(operator) => {
                Ok(self.in_force(operator))
            }
        }
    }

    /// Who is logged in with this browser.
    pub async fn console_session(
        &self,
        browser: &Secret,
    ) -> Result<Option<OperatorSession>, EngineError> {
        let asked = OperatorSessionOf {
            key: kept(browser),
            at: self.now(),
        };
        let found = self.ask().question(asked).await?;
        Ok(found.and_then(|session| {
            let operator = self.in_force(session.operator)?;
            Some(OperatorSession {
                operator,
                ..session
            })
        }))
    }

    /// Logs somebody of the team out: this browser, or all.
    pub async fn leave_console(
        &self,
        operator: OperatorId,
        only: Option<&Secret>,
    ) -> Result<u32, EngineError> {
        let end = EndOperatorSessions {
            operator,
            only: only.map(kept),
        };
        let note = || Note::of("console.logout", operator.to_string());
        Ok(self.submit(end, note).await?)
    }

    /// Asks somebody into the team.
    pub async fn ask_in(
        &self,
        name: String,
        phone: PhoneNumber,
        role: Role,
    ) -> Result<OperatorRecord, TeamError> {
        let by = self.actor.as_ref().map_or("", |actor| actor.name.as_str());
        let operator = OperatorRecord {
            id: self.inner.ids.operator(),
            phone,
            name,
            role,
            made_at: self.now(),
            made_by: by.to_owned(),
        };
        self.save_operator(operator, "team.ask_in", String::new())
            .await
    }

    /// Changes what somebody is called, or may do.
    pub async fn change_operator(
        &self,
        id: OperatorId,
        name: Option<String>,
        role: Option<Role>,
    ) -> Result<OperatorRecord, TeamError> {
        let team = self.team().await?;
        let known = team.into_iter().find(|one| one.id == id);
        let known = known.ok_or(TeamError::Unknown)?;
        if role.is_some_and(|role| role != known.role) && self.is_listed(&known.phone) {
            return Err(TeamError::Listed);
        }
        let before = format!("{}, {}", known.name, known.role);
        let operator = OperatorRecord {
            name: name.unwrap_or(known.name),
            role: role.unwrap_or(known.role),
            ..known
        };
        self.save_operator(operator, "team.change", before).await
    }

    async fn save_operator(
        &self,
        operator: OperatorRecord,
        action: &'static str,
        before: String,
    ) -> Result<OperatorRecord, TeamError> {
        let team = self.team().await?;
        let mut others = team.iter().filter(|one| one.id != operator.id);
        if others.any(|one| one.name.to_lowercase() == operator.name.to_lowercase()) {
            return Err(TeamError::NameTaken(operator.name));
        }
        let subject = operator.id.to_string();
        let after = format!("{}, {}", operator.name, operator.role);
        let note = || Note::of(action, subject).before(before).after(after);
        match self.submit(SaveOperator { operator }, note).await? {
            SaveOperatorAnswer::Saved(operator) => Ok(operator),
            SaveOperatorAnswer::PhoneTaken(other) => Err(TeamError::PhoneTaken(other.name)),
        }
    }

    /// Takes somebody out of the team, and logs them out everywhere.
    pub async fn remove_operator(&self, id: OperatorId) -> Result<(), TeamError> {
        let team = self.team().await?;
        let known = team.into_iter().find(|one| one.id == id);
        let known = known.ok_or(TeamError::Unknown)?;
        if self.is_listed(&known.phone) {
            return Err(TeamError::Listed);
        }
        let remove = RemoveOperator { id, at: self.now() };
        let before = format!("{}, {}", known.name, known.role);
        let note = || Note::of("team.remove", id.to_string()).before(before);
        if self.submit(remove, note).await? {
            Ok(())
        } else {
            Err(TeamError::Unknown)
        }
    }
}
