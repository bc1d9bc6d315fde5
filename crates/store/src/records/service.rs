//! What those who run the service look at: counts, the outbox, switches.

use domain::{Channel, DeliveryStatus, Kind, MemberId, MessageId, Seconds, Timestamp};

use crate::costs::{CostKey, CostSums};

/// How full things are, for `/stats` and health.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// When this was so.
    pub at: Timestamp,
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
    /// Inbound messages that wait for an answer by rule.
    pub unanswered: u64,
    /// Inbound messages that wait for a person.
    pub left_to_people: u64,
    /// Copies of messages of erased members that providers are still to delete.
    pub provider_copies: u64,
    /// What messages cost since the first of this month, by day, channel and currency, in that order.
    pub costs: Vec<(CostKey, CostSums)>,
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

/// A kill switch that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchRecord {
    /// What it stops: `all`, `channel:sms`, `kind:broadcast`, `queue:x`, `sender:+1…`;
    /// `rollback:sms` stops nothing, and sends by SMS what would go by WhatsApp.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// Since when.
    pub since: Timestamp,
}

/// Whom WhatsApp is on for, where somebody has changed it since the service was set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutRecord {
    /// Percentage of members, 0 to 100.
    pub percent: u8,
    /// Groups that have it whatever the percentage.
    pub cohorts: Vec<Box<str>>,
    /// Who changed it.
    pub actor: String,
    /// When.
    pub since: Timestamp,
}

/// Somebody who agreed to WhatsApp, as far as a rollout asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutMember {
    /// Who.
    pub member: MemberId,
    /// The group they are in.
    pub cohort: Option<String>,
    /// The channel they prefer.
    pub preferred: Option<Channel>,
    /// The country of their number.
    pub country: Option<String>,
    /// Whether they agreed to SMS, too.
    pub sms: bool,
}

/// How far the outbox was pruned: the last event that went, and when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrunedTo {
    /// Its number.
    pub event: i64,
    /// When it happened.
    pub at: Timestamp,
}
