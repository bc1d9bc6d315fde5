//! Messages that ended badly, as the team works through them; and what waits, and for what.

use domain::{DeliveryStatus, PlaceState, Timestamp};

use super::messages::MessageRecord;
use crate::lane::Seq;

/// What messages that ended badly have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadGroup {
    /// How they ended.
    pub status: DeliveryStatus,
    /// Why, as a code.
    pub reason: Option<String>,
    /// The provider's error, of what it refused or could not deliver.
    pub error_code: Option<u32>,
}

/// How many of a group there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadCount {
    /// Which.
    pub group: DeadGroup,
    /// How many.
    pub count: u64,
    /// When the newest ended.
    pub newest: Timestamp,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The message.
    pub message: MessageRecord,
    /// When it ended.
    pub ended_at: Timestamp,
}

/// What waits: how many places there are by state, and the oldest of them by what they wait for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Places by state, all of them.
    pub by_state: Vec<(PlaceState, u64)>,
    /// What the oldest wait for.
    pub groups: Vec<WaitingGroup>,
    /// How many places these groups were made of.
    pub looked_at: u64,
}

/// Places that wait for the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingGroup {
    /// Their state.
    pub state: PlaceState,
    /// Why, as a code.
    pub why: Option<String>,
    /// Whether they wait for a time that has not come.
    pub is_later: bool,
    /// How many.
    pub places: u64,
    /// How many lanes they stand in.
    pub lanes: u64,
    /// The first of them.
    pub first: Seq,
    /// Since when the oldest waits.
    pub since: Timestamp,
    /// When the first of them is looked at again by itself.
    pub due_first: Option<Timestamp>,
    /// When the last of them is.
    pub due_last: Option<Timestamp>,
}
