//! Messages as the API shows them.

use domain::MessageId;
use engine::explain::status_word;
use serde::Serialize;
use store::records::{AttemptRecord, MessageRecord, ReceiptRecord};
use utoipa::ToSchema;

use super::blocks::shown;

/// A message that is stored and has its place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcceptedAnswer {
    /// `msg_…`
    #[schema(example = "msg_01kat50b5x2e8r5w3n6q1c9d0f")]
    message_id: String,
    /// Its place in its lane, `plc_…`.
    #[schema(example = "plc_01kat50b5x2e8r5w3n6q1c9d0f")]
    queue_entry_id: String,
    /// `queued`: it waits for its turn.
    #[schema(example = "queued")]
    status: &'static str,
    /// With `channels`: the message of each channel, the first of them the one above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<OnChannel>,
}

/// The message that goes by one of several channels.
#[derive(Debug, Serialize, ToSchema)]
struct OnChannel {
    #[schema(example = "sms")]
    channel: &'static str,
    /// `msg_…`
    message_id: String,
}

impl AcceptedAnswer {
    /// For what was just accepted: one message, or one for each of these channels; `None` for nothing.
    pub(crate) fn of_each(channels: &[domain::Channel], ids: &[MessageId]) -> Option<Self> {
        let mut answer = Self::new(*ids.first()?);
        if ids.len() > 1 {
            let each = channels.iter().zip(ids).map(|(channel, id)| OnChannel {
                channel: channel.as_str(),
                message_id: id.to_string(),
            });
            answer.messages = each.collect();
        }
        Some(answer)
    }

    /// For a message just accepted.
    pub(crate) fn new(id: MessageId) -> Self {
        Self {
            message_id: id.to_string(),
            queue_entry_id: id.place().to_string(),
            status: status_word(
                domain::DeliveryStatus::Pending,
                Some(domain::PlaceState::Waiting),
            ),
            messages: Vec::new(),
        }
    }
}

/// A message, in or out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageAnswer {
    /// `msg_…`
    #[schema(example = "msg_01kat50b5x2e8r5w3n6q1c9d0f")]
    id: String,
    /// Its place in its lane, `plc_…`; `null` for inbound messages.
    queue_entry_id: Option<String>,
    member_id: String,
    /// `outbound` or `inbound`
    direction: &'static str,
    kind: Option<&'static str>,
    queue: Option<String>,
    /// The channel used, or wished for while none is used yet.
    channel: Option<&'static str>,
    /// The text; empty for a code that proves whose phone it is, and where it was removed because of its age.
    content: String,
    /// When text and media were removed because of their age.
    redacted_at: Option<String>,
    media_urls: Vec<String>,
    /// Choices, places, contacts and links, as they are written in `blocks`.
    #[schema(value_type = Vec<Object>)]
    blocks: Vec<serde_json::Value>,
    /// Inbound: the id of what was chosen, whether tapped, or answered by number or word.
    choice: Option<String>,
    template: Option<String>,
    variables: std::collections::BTreeMap<String, String>,
    from: Option<String>,
    to: Option<String>,
    provider: Option<&'static str>,
    provider_message_id: Option<String>,
    /// How far it has come: `queued`, `held`, `sending`, `unconfirmed`, `accepted`, `sent`,
    /// `delivered`, `read`, `played`, or ended as `undelivered`, `failed`, `cancelled`, `suppressed`, `expired`.
    #[schema(example = "delivered")]
    status: &'static str,
    /// Where it stands in its lane: `waiting`, `held`, `begun`, `unconfirmed`,
    /// `awaiting_receipt`, `ended`.
    place: Option<&'static str>,
    /// Why it is held or how it ended, as a code.
    reason: Option<String>,
    /// Until when it is held.
    held_until: Option<String>,
    /// The provider's error code.
    error_code: Option<u32>,
    /// SMS segments, where counted.
    segments: Option<u16>,
    /// How many attempts were begun.
    attempt_count: u8,
    /// Whether it may have been received twice.
    possible_repeat: bool,
    /// The inbound message it answers.
    in_reply_to: Option<String>,
    created_at: String,
    not_before: Option<String>,
    expires_at: Option<String>,
}

impl From<&MessageRecord> for MessageAnswer {
    fn from(record: &MessageRecord) -> Self {
        let outbound = record.direction == domain::Direction::Outbound;
        Self {
            id: record.id.to_string(),
            queue_entry_id: outbound.then(|| record.id.place().to_string()),
            member_id: record.member.to_string(),
            direction: record.direction.as_str(),
            kind: record.kind.map(domain::Kind::as_str),
            queue: record.queue.as_ref().map(ToString::to_string),
            channel: record.channel.map(domain::Channel::as_str),
            // Whoever may read messages may not log in as somebody else.
            content: if record.kind == Some(domain::Kind::LoginCode) {
                String::new()
            } else {
                record.text.as_str().to_owned()
            },
            redacted_at: record.redacted_at.map(|at| at.to_string()),
            media_urls: record.media.clone(),
            blocks: record.blocks.as_ref().map(shown).unwrap_or_default(),
            choice: record.button.clone(),
            template: record.template.clone(),
            variables: record
                .variables
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().to_owned()))
                .collect(),
            from: record
                .from
                .as_ref()
                .map(|handle| handle.as_str().to_owned()),
            to: record.to.as_ref().map(|handle| handle.as_str().to_owned()),
            provider: record.provider.map(domain::ProviderName::as_str),
            provider_message_id: record.provider_message_id.clone(),
            status: status_word(record.status, record.place),
            place: record.place.map(domain::PlaceState::as_str),
            reason: record.reason.clone(),
            held_until: record.due.map(|at| at.to_string()),
            error_code: record.error_code,
            segments: record.segments,
            attempt_count: record.attempts,
            possible_repeat: record.possible_repeat,
            in_reply_to: record.in_reply_to.map(|id| id.to_string()),
            created_at: record.created_at.to_string(),
            not_before: record.not_before.map(|at| at.to_string()),
            expires_at: record.expires_at.map(|at| at.to_string()),
        }
    }
}

/// One try at sending a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptAnswer {
    /// `att_…`, which travels to the provider and comes back in receipts.
    id: String,
    /// From 1.
    number: u8,
    channel: &'static str,
    provider: &'static str,
    from: String,
    to: String,
    template: Option<String>,
    begun_at: String,
    settled_at: Option<String>,
    /// The furthest that was heard of it.
    status: &'static str,
    provider_message_id: Option<String>,
    error_code: Option<u32>,
    /// What the error means, or why there was no answer.
    error: Option<String>,
    segments: Option<u16>,
    /// Proof of arrival and of failure were both received.
    conflict: bool,
    /// What it cost: `estimated`, `actual`, `difference`, `currency`.
    #[schema(value_type = Object)]
    cost: serde_json::Value,
    /// Why it was sent this way.
    #[schema(value_type = Object)]
    decision: serde_json::Value,
}

impl AttemptAnswer {
    /// Of one message's attempt.
    pub(crate) fn new(message: MessageId, record: &AttemptRecord) -> Self {
        Self {
            id: domain::AttemptId {
                message,
                number: record.number,
            }
            .to_string(),
            number: record.number,
            channel: record.channel.as_str(),
            provider: record.provider.as_str(),
            from: record.from.as_str().to_owned(),
            to: record.to.as_str().to_owned(),
            template: record.template.clone(),
            begun_at: record.begun_at.to_string(),
            settled_at: record.settled_at.map(|at| at.to_string()),
            status: record.status.as_str(),
            provider_message_id: record.provider_message_id.clone(),
            error_code: record.error_code,
            error: record.error.clone(),
            segments: record.segments,
            conflict: record.conflict,
            cost: engine::costs::of_attempt(record),
            decision: engine::explain::readable(&record.decision),
        }
    }
}

/// What a provider told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptAnswer {
    /// Of which attempt.
    attempt: u8,
    /// The provider's word.
    #[schema(example = "delivered")]
    word: String,
    /// What it means; `null` for a word that is not known.
    status: Option<&'static str>,
    error_code: Option<u32>,
    received_at: String,
}

impl From<&ReceiptRecord> for ReceiptAnswer {
    fn from(record: &ReceiptRecord) -> Self {
        Self {
            attempt: record.number,
            word: record.word.clone(),
            status: record.status.map(domain::DeliveryStatus::as_str),
            error_code: record.error_code,
            received_at: record.received_at.to_string(),
        }
    }
}
