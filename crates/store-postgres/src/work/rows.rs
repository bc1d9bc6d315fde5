//! The rows, as far as the operations read and change them.

use domain::{Channel, DeliveryStatus, Kind, MemberId, MessageId, PlaceState};

use super::MessageRow;
use crate::columns::{instant_opt, lane_out, member_id, message_id, priority, word};
use crate::fault::Done;
use crate::sql::Row;
use crate::write::place::Place;

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
    /// Whether it has nothing that few messages have.
    pub(super) fn is_plain(&self) -> bool {
        let linked = self.in_reply_to.is_some() || self.knocks_for.is_some();
        let worded = self.template.is_some() || self.variables.is_some() || self.media.is_some();
        !linked && !worded && self.not_before.is_none() && self.occasion.is_none()
    }

    /// Its row as the table's defaults make it.
    pub(super) fn row(&self) -> MessageRow {
        MessageRow::new(self.id, self.member, self.kind)
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
    pub(crate) id: i64,
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
