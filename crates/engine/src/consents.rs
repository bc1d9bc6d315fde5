//! Consents: changing them, proving them, and deciding what may have been a stop.

use std::num::NonZeroUsize;

use domain::{
    Channel, ConsentEvent, Content, Handle, Kind, MemberId, MessageId, Purpose, Timestamp,
};
use policy::opt_in::needs_reply;
use store::ops::{ChangeConsent, ConsentChange, ImportSuppressions, ImportSuppressionsAnswer};
use store::questions::{Attentions, ConsentsOf, LedgerOf, MemberById, MessageById, Suppressions};
use store::records::{
    Attention, ConsentEntry, ConsentRecord, Idempotency, LedgerLine, Member, NewMember, NewMessage,
    Opens, Proof, Suppression,
};

use crate::audit::Note;
use crate::members::addresses_of;
use crate::{Draft, Engine, EngineError};

/// How many lines of a list are one transaction: a STOP that comes in meanwhile waits no longer than
/// that.
const IMPORT_AT_ONCE: NonZeroUsize = NonZeroUsize::new(100).unwrap();

/// A member with everything their consents rest on.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The member.
    pub member: Member,
    /// Their consents now.
    pub consents: Vec<ConsentRecord>,
    /// All that led there, in its order.
    pub lines: Vec<LedgerLine>,
    /// When this was read.
    pub at: Timestamp,
}

/// What a person decided about a message that may have meant stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It was a stop.
    Stop,
    /// It was none.
    NoStop,
}

/// What came of importing a suppression list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many addresses were not on it before.
    pub added: u32,
    /// Whether an earlier call with the same key did it.
    pub replayed: bool,
}

/// Whether a line is one of those that led to this state.
fn tells_of(state: &ConsentRecord, line: &LedgerLine) -> bool {
    let entry = &line.entry;
    (entry.channel, entry.purpose) == (state.channel, state.purpose)
        && entry.handle == state.handle
        && line.version <= state.version
}

impl Engine {
    /// Records a consent event of a member; after an opt-out nothing to that address starts any more
    /// (G14).
    pub async fn change_consent(
        &self,
        member: &Member,
        entry: ConsentEntry,
    ) -> Result<ConsentChange, EngineError> {
        let entry = self.asked_first(entry, &member.profile);
        self.record_consent(entry, member.profile.id).await
    }

    /// The same, as it is.
    pub(crate) async fn record_consent(
        &self,
        entry: ConsentEntry,
        member: MemberId,
    ) -> Result<ConsentChange, EngineError> {
        let after = format!("{} {}", entry.channel, entry.event);
        let note = || Note::of_member("consent.change", member).after(after);
        let at = self.now();
        let change = self.submit(ChangeConsent { entry, at }, note).await?;
        self.wait_for_begun(&change.begun).await;
        Ok(change)
    }

    /// An opt-in that somebody claims for a number of a country where its owner has to confirm it
    /// becomes the question whether they do.
    pub(crate) fn asked_first(&self, mut entry: ConsentEntry, member: &NewMember) -> ConsentEntry {
        let countries = &self.inner.settings.double_opt_in;
        if entry.event == ConsentEvent::OptIn
            && entry.purpose == Purpose::All
            && needs_reply(entry.channel, member.country.as_deref(), countries)
            && let Some(request) = self.opt_in_request(&entry, member.id, &member.locale)
        {
            entry.event = ConsentEvent::OptInAsked;
            entry.opens = Some(Opens::Request(Box::new(request)));
        }
        entry
    }

    /// The one message that asks; its occasion is the address, so that it is not sent twice.
    fn opt_in_request(
        &self,
        entry: &ConsentEntry,
        member: MemberId,
        locale: &str,
    ) -> Option<NewMessage> {
        let words = policy::conversation::opt_in_request(&self.inner.settings.service_name, locale);
        let content = match Content::text_only(&words) {
            Ok(content) => content,
            Err(error) => {
                tracing::error!(%error, "no question about a consent could be made");
                return None;
            }
        };
        let mut draft = Draft::new(member, content);
        draft.kind = Kind::ConsentRequest;
        draft.queue = "keywords".parse().unwrap_or_default();
        draft.channel = Some(entry.channel);
        draft.occasion = Some(format!(
            "opt_in:{}:{}",
            entry.channel,
            entry.handle.as_str()
        ));
        Some(self.new_message(draft))
    }

    /// What a member agreed to, with all that proves it.
    pub async fn certificate(&self, id: MemberId) -> Result<Certificate, EngineError> {
        let member = self
            .ask()
            .question(MemberById { id })
            .await?
            .ok_or(EngineError::UnknownMember)?;
        let mut addresses = addresses_of(&member);
        let former = self.account(id).await?.former;
        // What is from the time when an address was theirs; whoever has it since is none of theirs.
        let until = |channel: Channel, handle: &Handle| {
            let is_theirs = addresses_of(&member).contains(&(channel, handle.clone()));
            let mut left = former.iter();
            let left = left.find(|one| one.channel == channel && one.handle == *handle);
            left.filter(|_| !is_theirs).map(|one| one.left_at)
        };
        for one in &former {
            let address = (one.channel, one.handle.clone());
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        let consents = ConsentsOf {
            addresses: addresses.clone(),
        };
        let mut consents = self.ask().question(consents).await?;
        consents.retain(|state| {
            let left = until(state.channel, &state.handle);
            left.is_none_or(|left| state.changed_at.is_none_or(|at| at <= left))
        });
        let mut lines = self.ask().question(LedgerOf { addresses }).await?;
        lines.retain(|line| {
            let left = until(line.entry.channel, &line.entry.handle);
            left.is_none_or(|left| line.at <= left)
        });
        // A line may have come since the states were asked for: it is for the next certificate.
        lines.retain(|line| consents.iter().any(|state| tells_of(state, line)));
        Ok(Certificate {
            member,
            consents,
            lines,
            at: self.now(),
        })
    }

    /// Opts out everybody on a list, in steps; each is done once for a key, so a call that was cut off is
    /// finished by repeating it.
    pub async fn import_suppressions(
        &self,
        lines: Vec<(ConsentEntry, Timestamp)>,
        key: Option<Idempotency>,
    ) -> Result<Imported, EngineError> {
        self.refuse_while_draining()?;
        let mut all = Imported {
            added: 0,
            replayed: key.is_some(),
        };
        let mut waiting = Vec::new();
        for (step, lines) in lines.chunks(IMPORT_AT_ONCE.get()).enumerate() {
            let idempotency = key.clone().map(|key| Idempotency {
                key: if step == 0 {
                    key.key
                } else {
                    format!("{}#{step}", key.key)
                },
                ..key
            });
            let import = ImportSuppressions {
                lines: lines.to_vec(),
                idempotency,
                at: self.now(),
            };
            let count = lines.len();
            let note = || Note::of("suppressions.import", format!("{count} addresses"));
            match self.submit(import, note).await? {
                ImportSuppressionsAnswer::Listed {
                    added,
                    begun,
                    replayed,
                } => {
                    all.added += added;
                    all.replayed &= replayed;
                    waiting.extend(begun);
                }
                ImportSuppressionsAnswer::KeyReused => return Err(EngineError::KeyReused),
            }
        }
        self.wait_for_begun(&waiting).await;
        Ok(all)
    }

    /// How many of these addresses are opted out already.
    pub async fn suppressed_among(
        &self,
        addresses: Vec<(Channel, Handle)>,
    ) -> Result<usize, EngineError> {
        let consents = self.ask().question(ConsentsOf { addresses }).await?;
        let is_out = |record: &&ConsentRecord| {
            record.purpose == Purpose::All && record.state == domain::ConsentState::OptedOut
        };
        Ok(consents.iter().filter(is_out).count())
    }

    /// The suppression list after a line.
    pub async fn suppressions(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Suppression>, EngineError> {
        Ok(self.ask().question(Suppressions { after, limit }).await?)
    }

    /// What waits for a person to decide.
    pub async fn attention(&self, limit: u32) -> Result<Vec<Attention>, EngineError> {
        Ok(self.ask().question(Attentions { limit }).await?)
    }

    /// Decides about a message that may have meant stop. Nobody is told: the one confirmation of a stop
    /// goes within minutes of it or not at all (47 CFR 64.1200(a)(12)).
    pub async fn decide_doubt(
        &self,
        id: MessageId,
        decided: Decided,
        actor: String,
    ) -> Result<ConsentRecord, EngineError> {
        let message = self.ask().question(MessageById { id }).await?;
        let record = message.ok_or(EngineError::UnknownMessage)?.record;
        let (Some(channel), Some(handle)) = (record.channel, record.from) else {
            return Err(EngineError::NotInDoubt);
        };
        let addresses = vec![(channel, handle.clone())];
        let consents = self.ask().question(ConsentsOf { addresses }).await?;
        let in_doubt = consents.iter().any(|consent| {
            let doubt = consent.open.doubt.as_ref();
            doubt.is_some_and(|doubt| doubt.message == Some(id))
        });
        if !in_doubt {
            return Err(EngineError::NotInDoubt);
        }
        let entry = ConsentEntry {
            channel,
            handle,
            purpose: Purpose::All,
            event: match decided {
                Decided::Stop => ConsentEvent::OptOut,
                Decided::NoStop => ConsentEvent::NoStop,
            },
            own_act: false,
            source: "operator_decision".into(),
            wording: Some(record.text),
            actor,
            proof: Proof {
                evidence: Some(id.to_string()),
                ..Proof::default()
            },
            opens: None,
        };
        Ok(self.record_consent(entry, record.member).await?.record)
    }
}
