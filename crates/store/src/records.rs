//! What the rows mean, in domain words. Each store converts at its edge.

use domain::{
    AttemptId, Channel, ConsentEvent, ConsentState, Content, DeliveryStatus, Direction, ErrorClass,
    Handle, Kind, MemberId, MessageId, PhoneNumber, PlaceState, ProviderName, Purpose, QueueName,
    Seconds, SessionWindow, Text, Timestamp,
};

use crate::lane::{LaneKey, Seq};

/// A member to be.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Its id, made by the caller.
    pub id: MemberId,
    /// Shown name, 1 to 200 characters.
    pub name: Text,
    /// The number, unique among members.
    pub phone: PhoneNumber,
    /// Country of the number, two letters, upper case.
    pub country: Option<String>,
    /// E-mail, if given.
    pub email: Option<String>,
    /// IANA time zone.
    pub time_zone: String,
    /// Language tag such as `en` or `pt-BR`.
    pub locale: String,
    /// Local hour of the daily message, 0 to 23.
    pub preferred_send_hour: u8,
    /// The channel they prefer.
    pub preferred_channel: Option<Channel>,
    /// The programme they follow.
    pub programme: String,
}

/// A member as stored.
#[derive(Clone, Debug)]
pub struct Member {
    /// What was given.
    pub profile: NewMember,
    /// An own number for WhatsApp, where it differs.
    pub whatsapp_number: Option<PhoneNumber>,
    /// When they joined.
    pub created_at: Timestamp,
    /// When anything of theirs changed last.
    pub updated_at: Timestamp,
}

impl Member {
    /// Their address on a channel, where they have one.
    pub fn handle(&self, channel: Channel) -> Option<Handle> {
        match channel {
            Channel::Sms => Some(Handle::Phone(self.profile.phone.clone())),
            Channel::Whatsapp => Some(Handle::Phone(
                self.whatsapp_number
                    .clone()
                    .unwrap_or_else(|| self.profile.phone.clone()),
            )),
            Channel::Email => self
                .profile
                .email
                .as_deref()
                .map(|email| Handle::Email(email.into())),
            Channel::Web => None,
        }
    }
}

/// What may change of a member; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct MemberChanges {
    /// A new name.
    pub name: Option<Text>,
    /// A new number.
    pub phone: Option<(PhoneNumber, Option<String>)>,
    /// A new e-mail; the inner `None` removes it.
    pub email: Option<Option<String>>,
    /// A new time zone.
    pub time_zone: Option<String>,
    /// A new language.
    pub locale: Option<String>,
    /// A new hour.
    pub preferred_send_hour: Option<u8>,
    /// A new preference; the inner `None` removes it.
    pub preferred_channel: Option<Option<Channel>>,
    /// A new programme.
    pub programme: Option<String>,
}

/// One entry for the consent ledger.
#[derive(Clone, Debug)]
pub struct ConsentEntry {
    /// The channel.
    pub channel: Channel,
    /// The address on it.
    pub handle: Handle,
    /// What for.
    pub purpose: Purpose,
    /// What happened.
    pub event: ConsentEvent,
    /// Whether the person did it themselves.
    pub own_act: bool,
    /// Where it came from: `join_page`, `api`, `sms_keyword`, `provider:21610`, …
    pub source: String,
    /// The exact wording shown, or the words written.
    pub wording: Option<Text>,
    /// Who entered it: `member`, `api:<key>`, `provider`, `operator:<name>`.
    pub actor: String,
}

/// The consent of an address now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// The channel.
    pub channel: Channel,
    /// The address.
    pub handle: Handle,
    /// What for.
    pub purpose: Purpose,
    /// The state.
    pub state: ConsentState,
    /// Counts every change; 0 when nothing was ever recorded.
    pub version: u32,
    /// When it changed last.
    pub changed_at: Option<Timestamp>,
    /// Source of the last entry.
    pub source: String,
    /// Wording of the last entry.
    pub wording: Option<Text>,
}

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

/// Everything about a message that the planner needs, read in one go.
#[derive(Clone, Debug)]
pub struct MessageFacts {
    /// Its number.
    pub seq: Seq,
    /// Its lane.
    pub lane: LaneKey,
    /// The message as accepted.
    pub message: NewMessage,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// The state of its place.
    pub place: PlaceState,
    /// When a held place is due.
    pub due: Option<Timestamp>,
    /// Why it is held, as a code.
    pub held_why: Option<String>,
    /// Attempts begun so far.
    pub attempts_begun: u8,
    /// Attempts that count against the maximum.
    pub attempts_counted: u8,
    /// The last attempt's channel and whether it was a template.
    pub last_channel: Option<Channel>,
    /// Whether the next attempt may repeat an unconfirmed one (G6).
    pub possible_repeat: bool,
    /// A cancel was asked for.
    pub cancel_requested: bool,
    /// Whom it is for; `None` when erased.
    pub member: Option<Member>,
    /// Consent of each of the member's addresses, purpose `all` and `marketing`.
    pub consents: Vec<ConsentRecord>,
    /// The WhatsApp window of the member's address with each of our senders.
    pub windows: Vec<WindowRecord>,
    /// Channels found unreachable for this member, with when.
    pub unreachable: Vec<(Channel, Timestamp)>,
    /// The channel of the inbound message it answers.
    pub reply_channel: Option<Channel>,
    /// The version of the kill switches.
    pub switches_version: u32,
}

/// A session window as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRecord {
    /// Our sender.
    pub sender: Handle,
    /// The member's address.
    pub handle: Handle,
    /// When it ends.
    pub window: SessionWindow,
}

/// The facts a decision used, compared again when its attempt is begun (G13).
#[derive(Clone, Debug, Default)]
pub struct ExpectedFacts {
    /// Version of the consent of the address it goes to; 0 for none.
    pub consent_version: u32,
    /// For free text on WhatsApp: the window must still end at this instant or later.
    pub window_ends_at: Option<Timestamp>,
    /// Version of the kill switches.
    pub switches_version: u32,
}

/// An inbound message.
#[derive(Clone, Debug)]
pub struct NewInbound {
    /// Its id, made by the caller.
    pub id: MessageId,
    /// Which provider brought it.
    pub provider: ProviderName,
    /// The provider's account.
    pub account: String,
    /// The provider's id, unique with provider and account (G24).
    pub provider_message_id: String,
    /// The channel.
    pub channel: Channel,
    /// Who wrote.
    pub from: Handle,
    /// To which of our senders.
    pub to: Handle,
    /// What they wrote; a tapped button's title stands here too.
    pub text: Text,
    /// Media: address and type.
    pub media: Vec<(String, String)>,
    /// The payload of a tapped button or chosen list row.
    pub button: Option<String>,
    /// Everything else the provider told, as JSON, for people to look at.
    pub metadata: String,
    /// When we received it.
    pub received_at: Timestamp,
}

/// What an inbound message does besides being stored; judged before, done in the same transaction.
#[derive(Clone, Debug, Default)]
pub struct InboundEffects {
    /// A keyword's consent event.
    pub consent: Option<ConsentEvent>,
    /// Opens or moves the session window to this end.
    pub window: Option<SessionWindow>,
    /// Whether somebody (the coach agent) must answer it.
    pub needs_answer: bool,
    /// Whether what it releases is answer enough: a plain yes to a knock gets what waited, and no
    /// second message that thanks for it.
    pub release_answers: bool,
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
    /// Media addresses.
    pub media: Vec<String>,
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

/// One attempt of a message.
#[derive(Clone, Debug)]
pub struct AttemptRecord {
    /// Which try, from 1.
    pub number: u8,
    /// On which channel.
    pub channel: Channel,
    /// By which provider.
    pub provider: ProviderName,
    /// From which sender.
    pub from: Handle,
    /// To which address.
    pub to: Handle,
    /// The template used, if one.
    pub template: Option<String>,
    /// Begun at.
    pub begun_at: Timestamp,
    /// Settled at.
    pub settled_at: Option<Timestamp>,
    /// Its status: the highest rank heard.
    pub status: DeliveryStatus,
    /// The provider's id.
    pub provider_message_id: Option<String>,
    /// The provider's first error code.
    pub error_code: Option<u32>,
    /// Its meaning, or why there was no answer.
    pub error: Option<String>,
    /// SMS segments.
    pub segments: Option<u16>,
    /// Positive and negative proof were both received.
    pub conflict: bool,
    /// The decision behind it, as JSON.
    pub decision: String,
}

/// One receipt as heard.
#[derive(Clone, Debug)]
pub struct ReceiptRecord {
    /// Of which attempt.
    pub number: u8,
    /// The provider's word.
    pub word: String,
    /// What it means, where known.
    pub status: Option<DeliveryStatus>,
    /// Error code.
    pub error_code: Option<u32>,
    /// Heard at.
    pub received_at: Timestamp,
}

/// An attempt as the ledger lists it: nobody's number, nobody's words (G38).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptLine {
    /// Where the next page goes on.
    pub cursor: i64,
    /// The attempt.
    pub attempt: AttemptId,
    /// Its status: the highest rank heard.
    pub status: DeliveryStatus,
    /// On which channel.
    pub channel: Channel,
    /// By which provider.
    pub provider: ProviderName,
    /// The provider's id.
    pub provider_message_id: Option<String>,
    /// The provider's first error code.
    pub error_code: Option<u32>,
    /// Begun at.
    pub begun_at: Timestamp,
    /// Settled at.
    pub settled_at: Option<Timestamp>,
    /// Whether its message may have been received twice (G6).
    pub possible_repeat: bool,
}

/// A receipt as the ledger lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// Where the next page goes on.
    pub cursor: i64,
    /// Of which attempt.
    pub attempt: AttemptId,
    /// The provider's word.
    pub word: String,
    /// What it means, where known.
    pub status: Option<DeliveryStatus>,
    /// Error code.
    pub error_code: Option<u32>,
    /// Heard at.
    pub received_at: Timestamp,
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

/// How full things are, for `/stats` and health.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Outbound messages by delivery status.
    pub by_status: Vec<(DeliveryStatus, u64)>,
    /// Outbound messages by channel used.
    pub by_channel: Vec<(Channel, u64)>,
    /// Outbound messages by kind.
    pub by_kind: Vec<(Kind, u64)>,
    /// Places waiting.
    pub waiting: u64,
    /// Places held.
    pub held: u64,
    /// Places unconfirmed.
    pub unconfirmed: u64,
    /// How long the oldest waiting place has waited.
    pub oldest_waiting: Option<Seconds>,
    /// Members.
    pub members: u64,
    /// Inbound messages that wait for an answer.
    pub unanswered: u64,
}

/// A row of the outbox.
#[derive(Clone, Debug)]
pub struct EventRecord {
    /// Its number: grows, has no gaps a reader could lose.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What: `message.accepted`, `message.status`, `consent.changed`, …
    pub kind: String,
    /// Of whom.
    pub member: Option<MemberId>,
    /// Of which message.
    pub message: Option<MessageId>,
    /// A word more: the new status, the channel, the reason.
    pub detail: String,
}

/// A place as the scheduler's first scan finds it.
#[derive(Clone, Debug)]
pub struct PlaceRecord {
    /// Its number.
    pub seq: Seq,
    /// Its message.
    pub message: MessageId,
    /// Its lane.
    pub lane: LaneKey,
    /// Its priority, from its kind.
    pub priority: domain::Priority,
    /// Its state.
    pub state: PlaceState,
    /// When it is due, or when its timer runs out.
    pub due: Option<Timestamp>,
    /// Attempts begun.
    pub attempts_begun: u8,
}

/// An inbound message that waits for an answer.
#[derive(Clone, Debug)]
pub struct UnansweredInbound {
    /// Its number.
    pub seq: Seq,
    /// The message.
    pub id: MessageId,
    /// Who wrote.
    pub member: Member,
    /// On which channel.
    pub channel: Channel,
    /// What.
    pub text: Text,
    /// The tapped button.
    pub button: Option<String>,
    /// When.
    pub received_at: Timestamp,
}

/// A kill switch that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchRecord {
    /// What it stops: `all`, `channel:sms`, `kind:broadcast`, `queue:x`, `sender:+1…`.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// Since when.
    pub since: Timestamp,
}
