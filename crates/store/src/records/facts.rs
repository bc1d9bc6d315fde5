//! What the planner and the scheduler need to know of a message.

use domain::{Channel, FreeEntry, Handle, MessageId, PlaceState, SessionWindow, Timestamp};

use super::consents::ConsentRecord;
use super::members::Member;
use super::messages::NewMessage;
use crate::lane::{LaneKey, Seq};

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
    /// Whether they came by an advertisement.
    pub free_entry: FreeEntry,
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
