//! The rows, as far as the operations read and change them.

use domain::{Channel, DeliveryStatus, Kind, MemberId, MessageId, PlaceState};

use crate::columns::{instant_opt, lane_out, member_id, message_id, priority, word, word_opt};
use crate::fault::Done;
use crate::sql::Row;
use crate::write::place::Place;

/// Of `messages`.
#[derive(Clone, Debug)]
pub(crate) struct MessageRow {
    pub(crate) id: MessageId,
    pub(crate) member: MemberId,
    pub(crate) kind: Option<Kind>,
    pub(crate) status: DeliveryStatus,
    pub(crate) channel_used: Option<Channel>,
    pub(crate) attempts: u8,
    pub(crate) reason: Option<String>,
    pub(crate) possible_repeat: bool,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) provider: String,
    pub(crate) provider_message_id: Option<String>,
    pub(crate) segments: Option<u16>,
    pub(crate) last_attempt_at: Option<i64>,
    pub(crate) error_code: Option<u32>,
    pub(crate) error: Option<String>,
}

impl MessageRow {
    pub(crate) fn read(row: &Row) -> Done<(i64, Self)> {
        let message = Self {
            id: message_id(row, 1, "messages.id")?,
            member: member_id(row, 2, "messages.client_id")?,
            kind: word_opt(row, 3, "messages.kind")?,
            status: word(row, 4, "messages.delivery_status")?,
            channel_used: word_opt(row, 5, "messages.channel_used")?,
            attempts: row.get(6)?,
            reason: row.get(7)?,
            possible_repeat: row.get(8)?,
            from: row.get(9)?,
            to: row.get(10)?,
            provider: row.get(11)?,
            provider_message_id: row.get(12)?,
            segments: row.get(13)?,
            last_attempt_at: row.get(14)?,
            error_code: row.get(15)?,
            error: row.get(16)?,
        };
        Ok((row.get(0)?, message))
    }
}

/// Of `message_queues`.
#[derive(Clone, Debug)]
pub(crate) struct PlaceRow {
    pub(crate) place: Place,
    pub(crate) held_why: Option<String>,
    pub(crate) released_by_reply: bool,
}

impl PlaceRow {
    pub(crate) fn read(row: &Row) -> Done<Self> {
        Ok(Self {
            place: Place {
                seq: row.get(0)?,
                message: message_id(row, 1, "message_queues.message_id")?,
                member: member_id(row, 2, "message_queues.client_id")?,
                lane: lane_out(row.get(3)?),
                priority: priority(row, 4)?,
                state: word(row, 5, "message_queues.status")?,
                due: instant_opt(row, 6)?,
                begun: row.get(7)?,
                counted: row.get(8)?,
                max: row.get(9)?,
                epoch: row.get(10)?,
                cancel: row.get(11)?,
                possible_repeat: row.get(12)?,
            },
            held_why: row.get(13)?,
            released_by_reply: row.get(14)?,
        })
    }
}

/// Of `attempts`.
#[derive(Clone, Debug)]
pub(crate) struct AttemptRow {
    pub(crate) status: DeliveryStatus,
    pub(crate) channel: Channel,
    pub(crate) provider: String,
    pub(crate) sender: String,
    pub(crate) address: String,
    pub(crate) settled_at: Option<i64>,
    pub(crate) provider_message_id: Option<String>,
    pub(crate) segments: Option<u16>,
    pub(crate) error_code: Option<u32>,
    pub(crate) error: Option<String>,
    pub(crate) conflict: bool,
}

impl AttemptRow {
    pub(crate) fn read(row: &Row) -> Done<(i64, Self)> {
        let attempt = Self {
            status: word(row, 1, "attempts.status")?,
            channel: word(row, 2, "attempts.channel")?,
            provider: row.get(3)?,
            sender: row.get(4)?,
            address: row.get(5)?,
            settled_at: row.get(6)?,
            provider_message_id: row.get(7)?,
            segments: row.get(8)?,
            error_code: row.get(9)?,
            error: row.get(10)?,
            conflict: row.get(11)?,
        };
        Ok((row.get(0)?, attempt))
    }
}

/// Of `receipts`.
#[derive(Clone, Debug)]
pub(crate) struct ReceiptRow {
    pub(crate) id: i64,
    pub(crate) word: String,
    pub(crate) status: Option<DeliveryStatus>,
    pub(crate) error_code: Option<u32>,
    pub(crate) at: i64,
}

/// A new outbound message.
#[derive(Debug)]
pub(crate) struct NewOutbound {
    pub(crate) seq: i64,
    pub(crate) id: MessageId,
    pub(crate) member: MemberId,
    pub(crate) kind: Kind,
    pub(crate) queue: String,
    pub(crate) channel: Option<Channel>,
    pub(crate) created_at: i64,
    pub(crate) critical: bool,
    pub(crate) attempts_max: u8,
    pub(crate) not_before: Option<i64>,
    pub(crate) expires_at: Option<i64>,
    pub(crate) in_reply_to: Option<MessageId>,
    pub(crate) knocks_for: Option<MessageId>,
    pub(crate) occasion: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) variables: Option<String>,
    pub(crate) media: Option<String>,
    pub(crate) blocks: Option<String>,
    pub(crate) content: String,
}

impl NewOutbound {
    /// Its row as the table's defaults make it.
    pub(super) fn row(&self) -> MessageRow {
        MessageRow {
            id: self.id,
            member: self.member,
            kind: Some(self.kind),
            status: DeliveryStatus::Pending,
            channel_used: None,
            attempts: 0,
            reason: None,
            possible_repeat: false,
            from: None,
            to: None,
            provider: "twilio".into(),
            provider_message_id: None,
            segments: None,
            last_attempt_at: None,
            error_code: None,
            error: None,
        }
    }
}

/// A new place.
#[derive(Debug)]
pub(crate) struct NewPlace {
    pub(crate) place: Place,
    pub(crate) created_at: i64,
    pub(crate) queue: String,
}

impl NewPlace {
    pub(super) fn row(&self) -> PlaceRow {
        debug_assert_eq!(self.place.state, PlaceState::Waiting);
        PlaceRow {
            place: self.place.clone(),
            held_why: None,
            released_by_reply: false,
        }
    }
}

/// A new attempt.
#[derive(Debug)]
pub(crate) struct NewAttempt {
    pub(crate) key: i64,
    pub(crate) channel: Channel,
    pub(crate) provider: &'static str,
    pub(crate) sender: String,
    pub(crate) address: String,
    pub(crate) template: Option<String>,
    pub(crate) segments: Option<u16>,
    pub(crate) begun_at: i64,
    pub(crate) decision: String,
    /// As what it is counted among the costs.
    pub(crate) estimate: (Option<i64>, String),
}

impl NewAttempt {
    pub(super) fn row(&self) -> AttemptRow {
        AttemptRow {
            status: DeliveryStatus::Pending,
            channel: self.channel,
            provider: self.provider.to_owned(),
            sender: self.sender.clone(),
            address: self.address.clone(),
            settled_at: None,
            provider_message_id: None,
            segments: self.segments,
            error_code: None,
            error: None,
            conflict: false,
        }
    }
}

/// A new row of `events`.
#[derive(Clone, Debug)]
pub(crate) struct EventRow {
    /// Its place in the transaction.
    pub(crate) number: i64,
    pub(crate) at: i64,
    pub(crate) kind: String,
    pub(crate) member: Option<MemberId>,
    pub(crate) message: Option<MessageId>,
    pub(crate) detail: String,
}

/// A new row of `lane_notices`.
#[derive(Debug)]
pub(crate) struct LaneNoticeRow {
    pub(crate) shard: u8,
    pub(crate) what: &'static str,
    pub(crate) lane: i64,
    pub(crate) seq: i64,
    pub(crate) priority: u8,
    pub(crate) due: Option<i64>,
}
