//! The same words to many.

use domain::audience::Filter;
use domain::broadcast::{Stages, When};
use domain::{
    BroadcastId, BroadcastState, Channel, Content, DeliveryStatus, MemberId, MessageId, Money,
    Timestamp,
};

/// What a broadcast is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct BroadcastPlan {
    /// What it is called.
    pub name: String,
    /// What it says.
    pub content: Content,
    /// The channel it insists on.
    pub channel: Option<Channel>,
    /// Who is meant: a copy, whatever becomes of the segment it was taken from.
    pub filter: Filter,
    /// When it goes.
    pub when: When,
    /// In which steps.
    pub stages: Stages,
}

/// How a broadcast stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroadcastStanding {
    /// Where it is.
    pub state: BroadcastState,
    /// When it starts by itself.
    pub starts_at: Option<Timestamp>,
    /// Since when its audience is taken.
    pub started_at: Option<Timestamp>,
    /// Which stage, from 0.
    pub stage: u8,
    /// Since when that stage is made.
    pub stage_at: Option<Timestamp>,
    /// What a pause goes back to.
    pub held: Option<BroadcastState>,
    /// Why it is paused.
    pub why: Option<String>,
    /// Whether what waits of a cancelled one is still being called back.
    pub winds_up: bool,
    /// When it was finished or cancelled.
    pub ended_at: Option<Timestamp>,
}

impl BroadcastStanding {
    /// A draft's.
    pub const DRAFT: Self = Self {
        state: BroadcastState::Draft,
        starts_at: None,
        started_at: None,
        stage: 0,
        stage_at: None,
        held: None,
        why: None,
        winds_up: false,
        ended_at: None,
    };
}

/// A broadcast.
#[derive(Clone, Debug, PartialEq)]
pub struct BroadcastRecord {
    /// Its id.
    pub id: BroadcastId,
    /// What it is to be.
    pub plan: BroadcastPlan,
    /// Which edit of it this is, from 1.
    pub revision: u32,
    /// How it stands.
    pub standing: BroadcastStanding,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it was edited last.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: String,
    /// The last member that was taken into its audience.
    pub audience_after: Option<MemberId>,
    /// Since when its audience is whole.
    pub audience_at: Option<Timestamp>,
    /// How many its audience has.
    pub audience: u64,
    /// How many of them have a message, or were passed over.
    pub taken: u64,
}

/// The next one of an audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextMember {
    /// Who.
    pub member: MemberId,
    /// Where they live; `None` when they were erased since.
    pub time_zone: Option<String>,
}

/// What came of a broadcast for one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroadcastMemberRecord {
    /// Who.
    pub member: MemberId,
    /// Their place in its order.
    pub position: i64,
    /// The stage that reached them, from 0.
    pub stage: Option<u8>,
    /// Their message.
    pub message: Option<MessageId>,
    /// How that stands: `to_come`, `passed_over`, `waiting`, `held`, or a delivery status.
    pub status: String,
    /// Why, as a code.
    pub reason: Option<String>,
    /// The channel it went by.
    pub channel: Option<Channel>,
}

/// What came of a broadcast, or of a stage of it, so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BroadcastCounts {
    /// Members by how their message stands, as in [`BroadcastMemberRecord::status`], and why.
    pub by_status: Vec<(String, Option<String>, u64)>,
    /// Members who wrote within a day of their message.
    pub replies: u64,
    /// Members who said stop within a day of it.
    pub stops: u64,
    /// What it cost: what was charged, or is estimated where nothing was told yet.
    pub costs: Vec<Money>,
}

impl BroadcastCounts {
    /// How many stand like this.
    pub fn of(&self, statuses: &[DeliveryStatus]) -> u64 {
        let is_one = |word: &str| statuses.iter().any(|status| status.as_str() == word);
        let rows = self.by_status.iter();
        rows.filter(|(word, ..)| is_one(word))
            .map(|(.., count)| count)
            .sum()
    }

    /// How many have this word.
    pub fn with_word(&self, word: &str) -> u64 {
        let rows = self.by_status.iter();
        rows.filter(|(known, ..)| known == word)
            .map(|(.., count)| count)
            .sum()
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.by_status.iter().map(|(.., count)| count).sum()
    }
}

/// For members without a message yet.
pub const TO_COME: &str = "to_come";

/// For members who get none.
pub const PASSED_OVER: &str = "passed_over";
