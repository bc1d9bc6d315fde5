//! Operations on what members write.

use domain::{Channel, Kind, MemberId, MessageId, Timestamp};

use super::members::ConsentChange;
use crate::records::{InboundEffects, NewInbound, NewMessage};

/// See [`Op::RecordInbound`](super::Op::RecordInbound).
#[derive(Clone, Debug)]
pub struct RecordInbound {
    /// The message.
    pub inbound: NewInbound,
    /// What it does.
    pub effects: InboundEffects,
}

/// Answer to [`RecordInbound`].
#[derive(Clone, Debug)]
pub enum RecordInboundAnswer {
    /// Stored.
    Recorded {
        /// Who wrote, when it is a member.
        member: Option<MemberId>,
        /// The consent change, when there was one.
        consent: Option<Box<ConsentChange>>,
        /// How many held places were released.
        released: u32,
    },
    /// It was stored before: nothing changed (G24).
    Repeated,
}

/// See [`Op::AnswerInbound`](super::Op::AnswerInbound). Answers `false` when it was answered or dismissed before.
#[derive(Clone, Debug)]
pub struct AnswerInbound {
    /// The inbound message.
    pub inbound: MessageId,
    /// The replies, each a message of its own.
    pub replies: Vec<NewMessage>,
    /// Why there is no reply, when there is none.
    pub dismissed: Option<String>,
    /// The choice it meant, kept with it as if it had been tapped.
    pub chosen: Option<Chosen>,
    /// The channel they asked to be written to on from now on, first for everything.
    pub prefers: Option<Channel>,
    /// What to do with the messages that wait for this member.
    pub act: Option<Act>,
    /// The replies where `act` found nothing to do it to.
    pub otherwise: Vec<NewMessage>,
    /// Now.
    pub at: Timestamp,
}

impl AnswerInbound {
    /// Plain replies.
    pub fn with(inbound: MessageId, replies: Vec<NewMessage>, at: Timestamp) -> Self {
        Self {
            inbound,
            replies,
            dismissed: None,
            chosen: None,
            prefers: None,
            act: None,
            otherwise: Vec::new(),
            at,
        }
    }
}

/// A choice that was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its id.
    pub id: String,
    /// The message that offered it, where it is known.
    pub offer: Option<MessageId>,
}

/// What a member's choice does to their messages of one kind that wait or are held. What is begun is
/// past it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Of this kind.
    pub kind: Kind,
    /// Only those that may be sent before this.
    pub before: Timestamp,
    /// What is done.
    pub what: ActWhat,
}

/// See [`Act`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActWhat {
    /// They end as suppressed, for this reason.
    Skip {
        /// A code.
        why: String,
    },
    /// They go as soon as their turn comes.
    Release,
    /// They go at this time, for this reason, and do not expire before it.
    Move {
        /// When.
        to: Timestamp,
        /// How long they are worth sending at least.
        until: Timestamp,
        /// A code.
        why: String,
    },
}
