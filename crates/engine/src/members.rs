//! Members.

pub mod many;

use domain::{Channel, ConsentEvent, MemberId, MessageId, Purpose, Timestamp};
use store::ops::{
    Accept, CreateMember, CreateMemberAnswer, EraseMember, UpdateMember, UpdateMemberAnswer,
};
use store::questions::{ConsentsOf, MemberById, MessageById, WindowsOf};
use store::records::{
    ConsentEntry, ConsentRecord, Idempotency, Member, MemberChanges, NewMember, Proof, WindowRecord,
};

use crate::audit::Note;
use crate::{Engine, EngineError};

/// A member with what we may do.
#[derive(Clone, Debug)]
pub struct MemberView {
    /// The member.
    pub member: Member,
    /// Consents of their addresses.
    pub consents: Vec<ConsentRecord>,
    /// Session windows of their WhatsApp address.
    pub windows: Vec<WindowRecord>,
    /// When this was so.
    pub at: Timestamp,
}

impl Engine {
    /// Makes a member; the flag says that an earlier call with the same key is answered again.
    pub async fn create_member(
        &self,
        member: NewMember,
        consents: Vec<ConsentEntry>,
        key: Option<Idempotency>,
    ) -> Result<(Member, bool), EngineError> {
        self.refuse_while_draining()?;
        policy::schedule::zone(&member.time_zone)?;
        self.known_programme(&member.programme).await?;
        let consents = consents
            .into_iter()
            .map(|entry| self.asked_first(entry, &member))
            .collect();
        let id = member.id;
        let operation = CreateMember {
            member,
            consents,
            idempotency: key,
            at: self.now(),
        };
        let note = || Note::of_member("member.create", id);
        match self.submit(operation, note).await? {
            CreateMemberAnswer::Created { member, replayed } => Ok((*member, replayed)),
            CreateMemberAnswer::PhoneTaken(id) => Err(EngineError::PhoneTaken(id)),
            CreateMemberAnswer::KeyReused => Err(EngineError::KeyReused),
        }
    }

    /// Changes a member.
    pub async fn update_member(
        &self,
        id: MemberId,
        changes: MemberChanges,
    ) -> Result<Member, EngineError> {
        self.refuse_while_draining()?;
        if let Some(zone) = &changes.time_zone {
            policy::schedule::zone(zone)?;
        }
        let changed = named(&changes);
        let update = UpdateMember {
            id,
            changes,
            proved: None,
            at: self.now(),
        };
        let note = || Note::of_member("member.change", id).after(changed);
        match self.submit(update, note).await? {
            UpdateMemberAnswer::Updated(member) => Ok(*member),
            UpdateMemberAnswer::PhoneTaken(id) => Err(EngineError::PhoneTaken(id)),
            UpdateMemberAnswer::Unknown => Err(EngineError::UnknownMember),
        }
    }

    /// Writes down that somebody takes all members along in a file. Nothing else changes: a call that accepts no message
    /// carries the line.
    pub async fn note_export(&self) -> Result<(), EngineError> {
        let nothing = Accept {
            messages: Vec::new(),
            idempotency: None,
            at: self.now(),
        };
        self.submit(nothing, || Note::of("members.export", "all members"))
            .await?;
        Ok(())
    }

    /// Erases a member (G18, G39).
    pub async fn erase_member(&self, id: MemberId) -> Result<(), EngineError> {
        let erase = EraseMember { id, at: self.now() };
        let note = || Note::of_member("member.erase", id);
        if self.submit(erase, note).await? {
            Ok(())
        } else {
            Err(EngineError::UnknownMember)
        }
    }

    /// Ends e-mail to the address that got this message: the way that stands in every letter (RFC 8058). Whoever
    /// has the letter knows the message's id, and nobody else can guess it. `false` when nothing was
    /// sent by e-mail under this id.
    pub async fn unsubscribe(&self, message: MessageId) -> Result<bool, EngineError> {
        let detail = self.ask().question(MessageById { id: message }).await?;
        let letter = detail.as_ref().and_then(|detail| {
            let mut attempts = detail.attempts.iter().rev();
            attempts.find(|attempt| attempt.channel == Channel::Email)
        });
        let (Some(letter), Some(member)) = (letter, detail.as_ref().map(|one| one.record.member))
        else {
            return Ok(false);
        };
        let entry = ConsentEntry {
            channel: Channel::Email,
            handle: letter.to.clone(),
            purpose: Purpose::All,
            event: ConsentEvent::OptOut,
            own_act: true,
            source: format!("email_link:{message}"),
            wording: None,
            actor: "member".into(),
            proof: Proof {
                wording_version: None,
                evidence: Some(message.to_string()),
                said_at: None,
            },
            opens: None,
        };
        self.record_consent(entry, member).await?;
        Ok(true)
    }

    /// One member with consents and windows.
    pub async fn member(&self, id: MemberId) -> Result<MemberView, EngineError> {
        let member = self
            .ask()
            .question(MemberById { id })
            .await?
            .ok_or(EngineError::UnknownMember)?;
        let addresses = addresses_of(&member);
        let handles = member
            .handle(domain::Channel::Whatsapp)
            .into_iter()
            .collect();
        let consents = self.ask().question(ConsentsOf { addresses }).await?;
        let windows = self.ask().question(WindowsOf { handles }).await?;
        Ok(MemberView {
            member,
            consents,
            windows,
            at: self.now(),
        })
    }
}

/// What changes, in words; of names and addresses only that they do.
fn named(changes: &MemberChanges) -> String {
    let or_none =
        |channel: Option<Channel>| channel.map_or("as the country has it", Channel::as_str);
    let mut words: Vec<String> = Vec::new();
    let mut add = |is_changed: bool, word: &str| {
        if is_changed {
            words.push(word.to_owned());
        }
    };
    add(changes.name.is_some(), "name");
    add(changes.phone.is_some(), "phone number");
    add(changes.email.is_some(), "e-mail address");
    add(changes.whatsapp_number.is_some(), "WhatsApp number");
    add(changes.cohort.is_some(), "group");
    words.extend(
        changes
            .time_zone
            .iter()
            .map(|zone| format!("time zone {zone}")),
    );
    words.extend(
        changes
            .locale
            .iter()
            .map(|locale| format!("language {locale}")),
    );
    let hour = changes.preferred_send_hour;
    words.extend(hour.map(|hour| format!("hour {hour}:00")));
    let channel = changes.preferred_channel;
    words.extend(channel.map(|channel| format!("channel {}", or_none(channel))));
    for (topic, channel) in &changes.preferences {
        words.push(format!("{topic} {}", or_none(*channel)));
    }
    words.join(", ")
}

/// All addresses of a member.
pub(crate) fn addresses_of(member: &Member) -> Vec<(domain::Channel, domain::Handle)> {
    domain::Channel::ALL
        .iter()
        .filter_map(|channel| Some((*channel, member.handle(*channel)?)))
        .collect()
}
