//! The web chat: a member writes on their own page, and their browser tells what it showed (docs/decisions/0030).
//!
//! What is written there is an inbound message like any other, and what is told is a receipt like any other. Absent on
//! purpose: connections, which are the web's, and anything that only a connection knows.

use domain::{
    Address, AttemptId, Channel, ConsentState, DeliveryStatus, Direction, Handle, Kind, MemberId,
    MessageId, ProviderName, Purpose, Seconds, Text,
};
use policy::outbound::template_words;
use providers::webhook::Button;
use providers::{Inbound, Party, Receipt, ReceiptStatus};
use store::questions::{ConsentsOf, MemberById, Messages};
use store::records::{Member, MessageRecord};

use crate::members::addresses_of;
use crate::receive::Received;
use crate::{Engine, EngineError};

/// The longest message, in characters.
pub const LETTERS_MAX: usize = 1_600;

/// The longest key of a message, in bytes.
pub const KEY_BYTES_MAX: usize = 64;

/// How many messages a member writes within [`WRITTEN_WITHIN`]; one more is refused.
pub const WRITTEN_MAX: u32 = 20;

/// See [`WRITTEN_MAX`].
pub const WRITTEN_WITHIN: Seconds = Seconds::new(60);

/// How many messages of a conversation are looked at for what was shown.
const SHOWN_MAX: u32 = 100;

/// What a member writes.
#[derive(Clone, Debug)]
pub struct Written {
    /// Made by their browser: the same key again is the same message.
    pub key: String,
    /// The text, or the title of what they tapped.
    pub text: Text,
    /// The id of what they tapped.
    pub choice: Option<Text>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// It is in the conversation, now or since before.
    Stored,
    /// They wrote too much within a minute.
    TooMany,
}

impl Engine {
    /// Takes in what a member wrote on their page. Who they are was proved by their session.
    pub async fn write_in_chat(
        &self,
        member: MemberId,
        written: Written,
    ) -> Result<Wrote, EngineError> {
        let newest = Messages {
            member: Some(member),
            channel: Some(Channel::Web),
            direction: Some(Direction::Inbound),
            limit: WRITTEN_MAX,
            ..Messages::default()
        };
        let newest = self.ask().question(newest).await?;
        let is_known =
            |one: &MessageRecord| one.provider_message_id.as_deref() == Some(written.key.as_str());
        if newest.iter().any(is_known) {
            return Ok(Wrote::Stored);
        }
        let since = self.now() - WRITTEN_WITHIN;
        let lately = newest.iter().filter(|one| one.created_at > since).count();
        if lately >= usize::try_from(WRITTEN_MAX).unwrap_or(usize::MAX) {
            return Ok(Wrote::TooMany);
        }
        let account = member.to_string();
        let from = Party::Known(Address::web(member));
        let to = Party::Known(Address {
            channel: Channel::Web,
            handle: Handle::Service,
        });
        let mut inbound = Inbound::bare(written.key.into(), account.into(), from, to);
        inbound.button = written.choice.map(|id| Button {
            payload: Some(id),
            text: Some(written.text.clone()),
            kind: None,
        });
        inbound.text = written.text;
        let received = self
            .receive_inbound(ProviderName::Websocket, inbound, None)
            .await?;
        match received {
            Received::Stored | Received::Repeated => Ok(Wrote::Stored),
            Received::Ignored { .. } => Err(EngineError::UnknownMember),
        }
    }

    /// The newest messages of a conversation that the member has or was sent, on all channels, the newest first.
    pub async fn chat_of(
        &self,
        member: MemberId,
        limit: u32,
    ) -> Result<Vec<MessageRecord>, EngineError> {
        let asked = Messages {
            member: Some(member),
            limit,
            ..Messages::default()
        };
        let mut all = self.ask().question(asked).await?;
        all.retain(was_said);
        Ok(all)
    }

    /// The words of a message as a page shows them: those of its template where it has none of its own.
    pub fn chat_words(&self, record: &MessageRecord, locale: &str) -> String {
        let own = record.text.as_str();
        let Some(template) = record.template.as_deref().filter(|_| own.trim().is_empty()) else {
            return own.to_owned();
        };
        let value = |name: &str| {
            let mut values = record.variables.iter();
            values
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        let registry = self.registry();
        let default = &self.inner.settings.planner.default_locale;
        template_words(&registry.facts(), template, value, (locale, default)).unwrap_or_default()
    }

    /// A browser showed these messages, or somebody saw them there. What is not theirs, or not of the web chat, is
    /// passed over.
    pub async fn shown_in_chat(
        &self,
        member: MemberId,
        shown: &[MessageId],
        status: DeliveryStatus,
    ) -> Result<(), EngineError> {
        let asked = Messages {
            member: Some(member),
            channel: Some(Channel::Web),
            direction: Some(Direction::Outbound),
            limit: SHOWN_MAX,
            ..Messages::default()
        };
        for record in self.ask().question(asked).await? {
            let is_news = record.status.rank() < status.rank() && shown.contains(&record.id);
            if !is_news || record.attempts == 0 {
                continue;
            }
            let attempt = AttemptId {
                message: record.id,
                number: record.attempts,
            };
            let receipt = Receipt {
                attempt: Some(attempt),
                provider_message_id: format!("web-{attempt}").into(),
                account: member.to_string().into(),
                status: ReceiptStatus::Known(status),
                error: None,
                channel: Channel::Web,
                to: None,
                from: None,
                at: None,
                carrier_time: None,
            };
            self.receive_receipt(ProviderName::Websocket, receipt)
                .await?;
        }
        Ok(())
    }

    /// Where else a STOP holds. By text it is about the number it came from. On their own page people see one
    /// conversation and mean all of it: it ends every channel that they get messages on.
    pub(crate) async fn stops_with(
        &self,
        from: &Address,
    ) -> Result<Vec<(Channel, Handle)>, EngineError> {
        let Handle::Member(id) = &from.handle else {
            return Ok(Vec::new());
        };
        let Ok(id) = id.parse() else {
            return Ok(Vec::new());
        };
        let Some(member) = self.ask().question(MemberById { id }).await? else {
            return Ok(Vec::new());
        };
        let consents = self.consents_of(&member).await?;
        Ok(consents
            .into_iter()
            .filter(|one| one.channel != Channel::Web && one.purpose == Purpose::All)
            .filter(|one| one.state == ConsentState::OptedIn)
            .map(|one| (one.channel, one.handle))
            .collect())
    }

    /// Whether a member said stop in the web chat.
    pub async fn is_chat_stopped(&self, member: &Member) -> Result<bool, EngineError> {
        Ok(self.chat_consent(member).await? == ConsentState::OptedOut)
    }

    /// Whether a member agreed to messages there that answer nothing.
    pub async fn is_chat_agreed(&self, member: &Member) -> Result<bool, EngineError> {
        Ok(self.chat_consent(member).await? == ConsentState::OptedIn)
    }

    async fn chat_consent(&self, member: &Member) -> Result<ConsentState, EngineError> {
        let consents = self.consents_of(member).await?;
        let of_chat = consents
            .iter()
            .find(|one| one.channel == Channel::Web && one.purpose == Purpose::All);
        Ok(of_chat.map_or(ConsentState::Unknown, |one| one.state))
    }

    async fn consents_of(
        &self,
        member: &Member,
    ) -> Result<Vec<store::records::ConsentRecord>, EngineError> {
        let addresses = addresses_of(member);
        Ok(self.ask().question(ConsentsOf { addresses }).await?)
    }
}

/// Whether the member wrote it, or it was on its way to them: neither what waits nor what was never to be sent, and
/// no codes.
fn was_said(record: &MessageRecord) -> bool {
    if record.direction == Direction::Inbound {
        return true;
    }
    let never_left = matches!(
        record.status,
        DeliveryStatus::Suppressed | DeliveryStatus::Cancelled | DeliveryStatus::Expired
    );
    record.attempts > 0 && !never_left && record.kind != Some(Kind::LoginCode)
}
