//! Whose phone it is, proved by a texted code, and who is logged in (G34, G35; docs/decisions/0023).
//!
//! Known and unknown numbers go the same way: nothing here asks whether a number is a member's before it is
//! proved. What is secret leaves this module as a hash only, but for the code itself, in the message that brings it.

mod hashing;

pub(crate) use hashing::Hashing;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use domain::{
    Channel, CodeFor, Content, Handle, Kind, MemberId, PhoneNumber, QueueName, Seconds, Secret,
};
use policy::login::{Ceilings, TRIES_MAX, digits, network_of, typed};
pub use policy::login::{SESSION, VALID};
use sha2::{Digest as _, Sha256};
use store::StoreError;
use store::ops::{
    EndCodes, EndSessions, OpenCode, OpenCodeAnswer, OpenSession, SpendTry, UseCode, UseSession,
};
use store::questions::{AccountOf, Members, SessionOf};
use store::records::{AccountRecord, CodeCeilings, Member, NewCode, NewSession, SessionRecord};

use crate::{Draft, Engine, EngineError};

/// How often it is tried again while another node counts, and how long after.
const TURNS: u32 = 20;
const TURN_WAIT: Duration = Duration::from_millis(25);

/// How exactly it is kept when a session was used last.
const USED_NOTED: Seconds = Seconds::new(3_600);

/// What stands for the country of an e-mail address: codes by letter are counted together.
pub const BY_LETTER: &str = "@";

/// Where codes may go, and how many.
#[derive(Clone, Debug, Default)]
pub struct CodeSettings {
    /// Countries, two letters each; none means that nobody can log in.
    pub countries: Vec<Box<str>>,
    /// How many.
    pub ceilings: Ceilings,
}

/// Who asks for a code.
#[derive(Clone, Debug)]
pub struct CodeAsked {
    /// What it is to prove.
    pub purpose: CodeFor,
    /// The member who asks, where it is to prove something of theirs.
    pub member: Option<MemberId>,
    /// How it goes.
    pub channel: Channel,
    /// For which address.
    pub handle: Handle,
    /// The country of that number; [`BY_LETTER`] for an e-mail address.
    pub country: String,
    /// From where.
    pub from: IpAddr,
    /// The language to write in.
    pub locale: String,
    /// What their browser keeps; a code is good in this browser only.
    pub browser: Secret,
    /// How long it holds. Nothing is sent of one that holds no time at all.
    pub holds: Seconds,
}

impl CodeAsked {
    /// By somebody who wants to join or to log in.
    pub fn to_log_in(
        phone: PhoneNumber,
        country: String,
        from: IpAddr,
        locale: &str,
        browser: Secret,
    ) -> Self {
        Self {
            purpose: CodeFor::Login,
            member: None,
            channel: Channel::Sms,
            handle: Handle::Phone(phone),
            country,
            from,
            locale: locale.to_owned(),
            browser,
            holds: VALID,
        }
    }
}

/// What came of asking for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAnswer {
    /// It is on its way, if nothing speaks against writing there; which of the two is not told.
    OnItsWay,
    /// No codes go to that country.
    NotThere,
    /// There were too many; some time later there may be one.
    TooMany,
}

/// What came of typing a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The address is theirs.
    Proved {
        /// Which.
        handle: Handle,
        /// Its country.
        country: String,
        /// What proves it, for the ledger of consents.
        evidence: String,
    },
    /// It is another code; this many tries are left.
    Wrong {
        /// Tries left.
        left: u32,
    },
    /// What was typed is no code.
    Malformed,
    /// There is no code that this browser could try: it is over, used up, or followed by a newer one.
    NoCode,
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Session {
    /// The member.
    pub member: Member,
    /// Since when and until when.
    pub record: SessionRecord,
}

/// What is kept of a secret of a browser.
pub(crate) fn kept(secret: &Secret) -> [u8; 32] {
    Sha256::digest(secret.expose().as_bytes()).into()
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Engine {
    /// Whether somebody can prove a phone here.
    pub fn sends_codes(&self) -> bool {
        !self.inner.settings.codes.countries.is_empty()
    }

    /// Countries codes may go to.
    pub fn code_countries(&self) -> &[Box<str>] {
        &self.inner.settings.codes.countries
    }

    /// A new secret for a browser: 256 bits of the system's, as 64 hexadecimal digits.
    pub fn browser_secret(&self) -> Result<Secret, EngineError> {
        let bytes: [u8; 32] = self.random()?;
        Ok(Secret::new(hex(&bytes)))
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], EngineError> {
        let mut bytes = [0; N];
        if (self.inner.random)(&mut bytes) {
            Ok(bytes)
        } else {
            Err(StoreError::Unavailable("the system gives no random numbers".into()).into())
        }
    }

    /// Sends a code.
    pub async fn ask_code(&self, asked: CodeAsked) -> Result<CodeAnswer, EngineError> {
        self.refuse_while_draining()?;
        let settings = &self.inner.settings.codes;
        let mut allowed = settings.countries.iter();
        let is_letter = asked.country == BY_LETTER && asked.channel == Channel::Email;
        let is_team = asked.purpose == CodeFor::Console;
        if !is_letter && !is_team && !allowed.any(|one| one.eq_ignore_ascii_case(&asked.country)) {
            return Ok(CodeAnswer::NotThere);
        }
        let code = Secret::new(digits(u64::from_be_bytes(self.random()?)));
        let salt: [u8; 16] = self.random()?;
        let hash = self.hash(&code, salt).await?;
        for _ in 0..TURNS {
            let open = self.code_to_open(&asked, &code, salt, hash)?;
            match self.inner.committer.submit(open).await? {
                OpenCodeAnswer::Opened => return Ok(CodeAnswer::OnItsWay),
                OpenCodeAnswer::Busy => tokio::time::sleep(TURN_WAIT).await,
                OpenCodeAnswer::AddressCeiling | OpenCodeAnswer::NetworkCeiling => {
                    return Ok(CodeAnswer::TooMany);
                }
                OpenCodeAnswer::CountryCeiling | OpenCodeAnswer::Ceiling => {
                    tracing::warn!("no more codes are texted today: a daily ceiling is reached");
                    return Ok(CodeAnswer::TooMany);
                }
            }
        }
        Err(StoreError::Busy.into())
    }

    fn code_to_open(
        &self,
        asked: &CodeAsked,
        code: &Secret,
        salt: [u8; 16],
        hash: [u8; 32],
    ) -> Result<OpenCode, EngineError> {
        let now = self.now();
        let id = self.inner.ids.member();
        let service = &self.inner.settings.service_name;
        let words = policy::letters::login_code(code.expose(), service, &asked.locale);
        let content = Content::text_only(&words)
            .map_err(|error| StoreError::Unavailable(format!("no message with a code: {error}")))?;
        let mut draft = Draft::new(id, content);
        draft.kind = Kind::LoginCode;
        draft.queue = "codes".parse().unwrap_or_else(|_| QueueName::default());
        draft.channel = Some(asked.channel);
        draft.expires_at = Some(now + asked.holds);
        let Ceilings {
            address_per_hour,
            network_per_hour,
            country_per_day,
            per_day,
        } = self.inner.settings.codes.ceilings;
        Ok(OpenCode {
            code: NewCode {
                id,
                purpose: asked.purpose,
                member: asked.member,
                channel: asked.channel,
                handle: asked.handle.clone(),
                country: asked.country.to_ascii_uppercase(),
                network: network_of(asked.from),
                locale: asked.locale.clone(),
                browser: kept(&asked.browser),
                salt,
                hash,
                expires_at: now + asked.holds,
            },
            message: self.new_message(draft),
            ceilings: CodeCeilings {
                hour_from: now - Seconds::new(3_600),
                day_from: now - Seconds::new(24 * 3_600),
                address_per_hour,
                network_per_hour,
                country_per_day,
                per_day,
            },
            at: now,
        })
    }

    /// Compares what somebody typed with the code their browser asked for. A right one is used up.
    pub async fn try_code(&self, browser: &Secret, text: &str) -> Result<Tried, EngineError> {
        self.try_code_for(CodeFor::Login, None, browser, text).await
    }

    /// The same for a code that is to prove something else, asked for by this member.
    pub async fn try_code_for(
        &self,
        purpose: CodeFor,
        member: Option<MemberId>,
        browser: &Secret,
        text: &str,
    ) -> Result<Tried, EngineError> {
        self.refuse_while_draining()?;
        let spend = SpendTry {
            purpose,
            browser: kept(browser),
            tries_max: TRIES_MAX,
            at: self.now(),
        };
        // What is no code is no try: a slip of the finger costs nothing, and tells nothing.
        let Some(code) = typed(text) else {
            return Ok(Tried::Malformed);
        };
        let Some(found) = self.inner.committer.submit(spend).await? else {
            return Ok(Tried::NoCode);
        };
        if found.member != member {
            return Ok(Tried::NoCode);
        }
        let hash = self.hash(&Secret::new(code), found.salt).await?;
        if !hashing::same(&hash, &found.hash) {
            return Ok(Tried::Wrong { left: found.left });
        }
        let used = UseCode {
            id: found.id,
            at: self.now(),
        };
        if self.inner.committer.submit(used).await? {
            Ok(Tried::Proved {
                handle: found.handle,
                country: found.country,
                evidence: format!("code:{}", found.id),
            })
        } else {
            Ok(Tried::NoCode)
        }
    }

    /// The member who has this number.
    pub async fn member_with(&self, phone: &PhoneNumber) -> Result<Option<Member>, EngineError> {
        let members = Members {
            phone: Some(phone.clone()),
            limit: 1,
            ..Members::default()
        };
        Ok(self.ask().question(members).await?.pop())
    }

    /// Logs in whoever proved their phone: what their browser is to keep, new each time.
    pub async fn log_in(&self, member: MemberId) -> Result<Secret, EngineError> {
        let secret = self.browser_secret()?;
        let now = self.now();
        let open = OpenSession {
            session: NewSession {
                key: kept(&secret),
                member,
                expires_at: now + SESSION,
            },
            at: now,
        };
        if self.inner.committer.submit(open).await? {
            Ok(secret)
        } else {
            Err(EngineError::UnknownMember)
        }
    }

    /// Who is logged in with this browser.
    pub async fn session(&self, browser: &Secret) -> Result<Option<Session>, EngineError> {
        let asked = SessionOf {
            key: kept(browser),
            at: self.now(),
        };
        let Some(record) = self.ask().question(asked).await? else {
            return Ok(None);
        };
        if record.used_at + USED_NOTED < self.now() {
            self.note_use(asked.key);
        }
        let id = record.member;
        let member = self
            .ask()
            .question(store::questions::MemberById { id })
            .await?;
        Ok(member.map(|member| Session { member, record }))
    }

    /// Beside what is being answered: a session whose use is not noted now is noted with the next.
    fn note_use(&self, key: [u8; 32]) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            let at = engine.now();
            if let Err(error) = engine.inner.committer.submit(UseSession { key, at }).await {
                tracing::debug!(%error, "the use of a session is not noted yet");
            }
        });
    }

    /// Where a member is logged in, and which addresses were theirs.
    pub async fn account(&self, member: MemberId) -> Result<AccountRecord, EngineError> {
        let at = self.now();
        Ok(self.ask().question(AccountOf { member, at }).await?)
    }

    /// Logs out: this browser, or all.
    pub async fn log_out(
        &self,
        member: MemberId,
        only: Option<&Secret>,
    ) -> Result<u32, EngineError> {
        let end = EndSessions {
            member,
            only: only.map(kept),
        };
        Ok(self.inner.committer.submit(end).await?)
    }

    /// Codes whose time is over stand nowhere any more.
    pub(crate) async fn end_codes(&self) {
        let end = EndCodes { at: self.now() };
        if let Err(error) = self.inner.committer.submit(end).await {
            tracing::warn!(%error, "codes that are over could not be taken out of their messages yet");
        }
    }

    async fn hash(&self, code: &Secret, salt: [u8; 16]) -> Result<[u8; 32], EngineError> {
        let hashed = self.inner.hashing.hash(code.clone(), salt).await;
        hashed.map_err(|why| StoreError::Unavailable(why).into())
    }
}
