//! Members who change where they are written to, on their own page: by a code to the new address, from a browser that is
//! logged in. Until it is proved the old one stays in force; nothing they agreed to travels along
//! (docs/decisions/0028).

use domain::{
    Channel, CodeFor, ConsentState, Content, Handle, Kind, PhoneNumber, Purpose, Seconds,
};
use store::ops::{Proved, UpdateMember, UpdateMemberAnswer};
use store::records::{ConsentEntry, Member, MemberChanges, NewCode, NewMessage};

use crate::{Draft, Engine, EngineError};

/// How long the word to the old address may take.
const FAREWELL_VALID: Seconds = Seconds::new(24 * 3_600);

/// An address somebody has proved.
#[derive(Clone, Debug)]
pub enum NewAddress {
    /// A phone, and its country.
    Phone(PhoneNumber, String),
    /// A number on WhatsApp.
    Whatsapp(PhoneNumber),
    /// An e-mail address.
    Email(String),
}

impl NewAddress {
    const fn purpose(&self) -> CodeFor {
        match self {
            Self::Phone(..) => CodeFor::Phone,
            Self::Whatsapp(_) => CodeFor::Whatsapp,
            Self::Email(_) => CodeFor::Email,
        }
    }

    fn changes(&self, member: &Member) -> MemberChanges {
        let none = MemberChanges::default();
        match self {
            Self::Phone(phone, country) => MemberChanges {
                phone: Some((phone.clone(), Some(country.clone()))),
                ..none
            },
            Self::Whatsapp(number) => MemberChanges {
                // The phone itself needs no number beside it.
                whatsapp_number: Some(Some(number.clone()).filter(|n| *n != member.profile.phone)),
                ..none
            },
            Self::Email(email) => MemberChanges {
                email: Some(Some(email.clone())),
                ..none
            },
        }
    }
}

/// An address beside the phone, which a member can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spare {
    /// A number of its own for WhatsApp.
    Whatsapp,
    /// The e-mail address.
    Email,
}

impl Engine {
    /// Puts an address that a member has proved in force, with what they agreed to for it, and tells the old one.
    /// Another phone ends all their sessions.
    pub async fn change_address(
        &self,
        member: &Member,
        new: NewAddress,
        consents: Vec<ConsentEntry>,
    ) -> Result<Member, EngineError> {
        self.refuse_while_draining()?;
        let changes = new.changes(member);
        let mut profile = member.profile.clone();
        if let NewAddress::Phone(phone, country) = &new {
            (profile.phone, profile.country) = (phone.clone(), Some(country.clone()));
        }
        let consents = consents.into_iter();
        let proved = Proved {
            consents: consents
                .map(|entry| self.asked_first(entry, &profile))
                .collect(),
            farewell: self.farewell(member, new.purpose()).await?,
        };
        self.update_proved(member, changes, proved).await
    }

    /// Takes an address away from a member who does without it.
    pub async fn drop_address(&self, member: &Member, which: Spare) -> Result<Member, EngineError> {
        self.refuse_while_draining()?;
        let none = MemberChanges::default();
        let changes = match which {
            Spare::Whatsapp => MemberChanges {
                whatsapp_number: Some(None),
                ..none
            },
            Spare::Email => MemberChanges {
                email: Some(None),
                ..none
            },
        };
        self.update_proved(member, changes, Proved::default()).await
    }

    async fn update_proved(
        &self,
        member: &Member,
        changes: MemberChanges,
        proved: Proved,
    ) -> Result<Member, EngineError> {
        let update = UpdateMember {
            id: member.profile.id,
            changes,
            proved: Some(Box::new(proved)),
            at: self.now(),
        };
        match self.inner.committer.submit(update).await? {
            UpdateMemberAnswer::Updated(member) => Ok(*member),
            UpdateMemberAnswer::PhoneTaken(id) => Err(EngineError::PhoneTaken(id)),
            UpdateMemberAnswer::Unknown => Err(EngineError::UnknownMember),
        }
    }

    /// What the old address is told, where it may be written to. Its message is nobody's, as that of a code.
    async fn farewell(
        &self,
        member: &Member,
        purpose: CodeFor,
    ) -> Result<Option<(NewCode, NewMessage)>, EngineError> {
        let left: &[Channel] = match purpose {
            CodeFor::Phone if member.whatsapp_number.is_none() => {
                &[Channel::Sms, Channel::Whatsapp]
            }
            CodeFor::Phone => &[Channel::Sms],
            CodeFor::Whatsapp => &[Channel::Whatsapp],
            CodeFor::Email => &[Channel::Email],
            CodeFor::Login | CodeFor::Console | CodeFor::Farewell => &[],
        };
        let view = self.member(member.profile.id).await?;
        let agreed = |channel: &Channel| {
            view.consents.iter().any(|one| {
                one.channel == *channel
                    && one.purpose == Purpose::All
                    && one.state == ConsentState::OptedIn
            })
        };
        let Some(channel) = left.iter().copied().find(agreed) else {
            return Ok(None);
        };
        let Some(handle) = member.handle(channel) else {
            return Ok(None);
        };
        self.farewell_to(member, channel, handle).map(Some)
    }

    fn farewell_to(
        &self,
        member: &Member,
        channel: Channel,
        handle: Handle,
    ) -> Result<(NewCode, NewMessage), EngineError> {
        let (id, now) = (self.inner.ids.member(), self.now());
        let profile = &member.profile;
        let words = policy::letters::farewell(&self.inner.settings.service_name, &profile.locale);
        let content = Content::text_only(&words).map_err(|error| {
            store::StoreError::Unavailable(format!("no word to an old address: {error}"))
        })?;
        let mut draft = Draft::new(id, content);
        draft.kind = Kind::LoginCode;
        draft.queue = "codes".parse().unwrap_or_default();
        draft.channel = Some(channel);
        draft.expires_at = Some(now + FAREWELL_VALID);
        let code = NewCode {
            id,
            purpose: CodeFor::Farewell,
            member: Some(profile.id),
            channel,
            handle,
            country: profile.country.clone().unwrap_or_default(),
            network: String::new(),
            locale: profile.locale.clone(),
            // No browser can try it, and nobody knows what it would be.
            browser: self.random()?,
            salt: self.random()?,
            hash: self.random()?,
            expires_at: now + FAREWELL_VALID,
        };
        Ok((code, self.new_message(draft)))
    }
}
