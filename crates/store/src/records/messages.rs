//! Messages: to be sent, as lists show them, with everything that happened.

use domain::{
    Channel, Content, DeliveryStatus, Direction, ErrorClass, Handle, Kind, MemberId, MessageId,
    PlaceState, ProviderName, QueueName, Rich, Text, Timestamp,
};

use super::attempts::AttemptRecord;
use super::attempts::ReceiptRecord;
use super::conversations::InboundStanding;
use crate::lane::Seq;

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Its id, made by the caller.
    pub id: MessageId,
    /// To whom.
    pub member: MemberId,
    /// What for.
    pub kind: Kind,
    /// In which queue.
    pub queue: QueueName,
    /// The channel the caller wants, if they insist.
    pub channel: Option<Channel>,
    /// Whether it must arrive somehow.
    pub critical: bool,
    /// What it says.
    pub content: Content,
    /// Not before.
    pub not_before: Option<Timestamp>,
    /// Not after.
    pub expires_at: Option<Timestamp>,
    /// The inbound message it answers.
    pub in_reply_to: Option<MessageId>,
    /// Unique per member: `daily_workout:2026-11-22`, `stop:<address>:<version>`, …
    pub occasion: Option<String>,
    /// For a knock: the message whose body it asks for.
    pub knocks_for: Option<MessageId>,
    /// The most attempts that count.
    pub attempts_max: u8,
}

/// A caller's idempotency key (G2).
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Whose key it is: another caller's same key is another key.
    pub scope: String,
    /// The key, 1 to 255 characters.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub fingerprint: [u8; 32],
}

/// A message as lists and pages show it.
#[derive(Clone, Debug)]
pub struct MessageRecord {
    /// Its number.
    pub seq: Seq,
    /// Its id.
    pub id: MessageId,
    /// Whose it is.
    pub member: MemberId,
    /// Which way it went.
    pub direction: Direction,
    /// What for; `None` for inbound.
    pub kind: Option<Kind>,
    /// Queue; `None` for inbound.
    pub queue: Option<QueueName>,
    /// The channel used, or wished for while none is used yet.
    pub channel: Option<Channel>,
    /// Text.
    pub text: Text,
    /// When text and media were taken out because of their age.
    pub redacted_at: Option<Timestamp>,
    /// Media addresses.
    pub media: Vec<String>,
    /// Choices, places, contacts and links, where there are any.
    pub blocks: Option<Rich>,
    /// Inbound: the id of the button or row that was tapped, or of the choice that was meant.
    pub button: Option<String>,
    /// The template's name, where one was asked for.
    pub template: Option<String>,
    /// Values of the template's variables.
    pub variables: Vec<(String, Text)>,
    /// From.
    pub from: Option<Handle>,
    /// To.
    pub to: Option<Handle>,
    /// Provider.
    pub provider: Option<ProviderName>,
    /// The provider's id.
    pub provider_message_id: Option<String>,
    /// Delivery status.
    pub status: DeliveryStatus,
    /// State of its place, while it has one.
    pub place: Option<PlaceState>,
    /// Why it is held or how it ended, as a code.
    pub reason: Option<String>,
    /// When a held place is due.
    pub due: Option<Timestamp>,
    /// The provider's error code.
    pub error_code: Option<u32>,
    /// SMS segments, where counted.
    pub segments: Option<u16>,
    /// Attempts begun.
    pub attempts: u8,
    /// Whether it may have been received twice (G6).
    pub possible_repeat: bool,
    /// The inbound message it answers.
    pub in_reply_to: Option<MessageId>,
    /// Accepted or received at.
    pub created_at: Timestamp,
    /// Not before.
    pub not_before: Option<Timestamp>,
    /// Not after.
    pub expires_at: Option<Timestamp>,
}

/// A decision that sent nothing, kept with its reasons.
#[derive(Clone, Debug)]
pub struct DecisionRecord {
    /// Decided at.
    pub at: Timestamp,
    /// The decision as JSON.
    pub decision: String,
}

/// A message with everything that happened to it.
#[derive(Clone, Debug)]
pub struct MessageDetail {
    /// The message.
    pub record: MessageRecord,
    /// Attempts, first to last.
    pub attempts: Vec<AttemptRecord>,
    /// Receipts, in the order heard.
    pub receipts: Vec<ReceiptRecord>,
    /// Decisions that sent nothing, first to last.
    pub decisions: Vec<DecisionRecord>,
    /// Linked messages: the knock of a held body, the body a knock asks for, a reply.
    pub linked: Vec<MessageId>,
    /// How it stands, where a member wrote it.
    pub standing: Option<InboundStanding>,
}

/// A provider's error as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorNote {
    /// Its number.
    pub code: Option<u32>,
    /// Its class.
    pub class: Option<ErrorClass>,
    /// In our words.
    pub meaning: String,
}
