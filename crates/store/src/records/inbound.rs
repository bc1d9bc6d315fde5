//! What members write.

use domain::{
    Channel, Choices, ConsentEvent, DeliveryStatus, Handle, MessageId, ProviderName, SessionWindow,
    Text, Timestamp,
};

use super::conversations::{KeeperRecord, LeftRecord};
use super::members::Member;
use crate::lane::Seq;

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
    /// Where else an opt-out by it holds: the same event for each of these addresses, in the same transaction.
    pub also_stops: Vec<(Channel, Handle)>,
    /// What it may mean, as a code, where somebody has to decide whether it is a stop. It is put before a
    /// person only where a member wrote it.
    pub doubt: Option<String>,
    /// Whether it says yes: it then confirms what was asked at this instant or later.
    pub confirms_since: Option<Timestamp>,
    /// Opens or moves the session window to this end.
    pub window: Option<SessionWindow>,
    /// It came by an advertisement: an answer before this instant opens a free entry point.
    pub free_entry: Option<Timestamp>,
    /// Whether somebody (the coach agent) must answer it.
    pub needs_answer: bool,
    /// From when on the coach's rules look at it; at once, where there is none.
    pub answer_from: Option<Timestamp>,
    /// Whether what it releases is answer enough: a plain yes to a knock gets what waited, and no
    /// second message that thanks for it.
    pub release_answers: bool,
    /// Whether what is held for a reply stays held: the member asked for something else than that
    /// it be sent now, which is done when they are answered.
    pub keeps_held: bool,
    /// When it was said, where its provider tells: an old START changes nothing of a newer stop.
    pub said_at: Option<Timestamp>,
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
    /// The newest choices they were offered on this channel before.
    pub offer: Option<OfferRecord>,
    /// The person who keeps the conversation, while one does.
    pub keeper: Option<KeeperRecord>,
    /// What of this member was left to a person, by why.
    pub left: Vec<LeftRecord>,
}

/// Choices that were offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRecord {
    /// By which message.
    pub message: MessageId,
    /// The choices.
    pub choices: Choices,
    /// How far that message has come.
    pub status: DeliveryStatus,
    /// When the provider had it.
    pub offered_at: Timestamp,
    /// Whether nothing else was sent on the channel since.
    pub is_last_said: bool,
}
