//! What a message that stands in its lane waits for. What is held says so itself; what waits for an earlier one, or
//! for our own pace, is in nobody's record and is asked about as things stand.

use domain::{Direction, MessageId, PlaceState, Timestamp};
use policy::outbound::{Chain, Decision};
use store::questions::{FactsOf, Messages};
use store::records::MessageDetail;

use crate::pace::Pacing;
use crate::{Engine, EngineError};

/// So many messages before one are looked through for the one that goes first.
const LOOK_BACK: u32 = 50;

/// What goes before a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// An earlier message of its lane.
    Earlier(MessageId),
    /// The pace of our number to this member.
    PairPace(Timestamp),
    /// The pace of our number.
    SenderPace(Timestamp),
}

impl WaitsFor {
    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Earlier(_) => "earlier_message",
            Self::PairPace(_) => "pair_pace",
            Self::SenderPace(_) => "sender_pace",
        }
    }

    /// For people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Earlier(_) => "an earlier message of the same queue goes first",
            Self::PairPace(_) => {
                "WhatsApp takes one message to a member every few seconds, and others went just now"
            }
            Self::SenderPace(_) => "our number sends as fast as it may, and others are before it",
        }
    }

    /// The earliest that it may go, where that is known.
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Earlier(_) => None,
            Self::PairPace(until) | Self::SenderPace(until) => Some(until),
        }
    }
}

impl Engine {
    /// What a message that waits for its turn waits for, if anything does.
    pub async fn waits_for(&self, detail: &MessageDetail) -> Result<Option<WaitsFor>, EngineError> {
        let record = &detail.record;
        if record.place != Some(PlaceState::Waiting) {
            return Ok(None);
        }
        let earlier = Messages {
            member: Some(record.member),
            direction: Some(Direction::Outbound),
            before: Some(record.seq),
            limit: LOOK_BACK,
            ..Messages::default()
        };
        let earlier = self.ask().question(earlier).await?;
        // The oldest of them is the one whose turn it is.
        let first = earlier.iter().rfind(|other| {
            other.queue == record.queue
                && other.place.is_some_and(|place| place != PlaceState::Ended)
        });
        if let Some(first) = first {
            return Ok(Some(WaitsFor::Earlier(first.id)));
        }
        let seqs = vec![record.seq];
        let facts = self.ask().question(FactsOf { seqs }).await?;
        let standing = self.standing_for(&facts).await?;
        let Some(facts) = facts.into_iter().next().flatten() else {
            return Ok(None);
        };
        let now = self.now();
        let of = (facts.message.member, facts.message.kind);
        let used = self.used([of].into_iter(), now).await?;
        let around = self.surroundings(&standing, &used, now);
        let Decision::Send(plan) = self.judge(&facts, &around, Chain::default(), now).decision
        else {
            return Ok(None);
        };
        Ok(self
            .pace_ahead(&plan, now)
            .map(|(pacing, until)| match pacing {
                Pacing::Pair => WaitsFor::PairPace(until),
                Pacing::Sender => WaitsFor::SenderPace(until),
            }))
    }
}
