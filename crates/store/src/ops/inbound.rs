//! Operations on what members write.

use domain::{Channel, Kind, MemberId, MessageId, Timestamp};

use super::members::ConsentChange;
use super::{Answer, Op, Operation};
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

/// See [`Op::AnswerInbound`](super::Op::AnswerInbound). Answers `false`, and changes nothing, when one of them was
/// answered, dismissed or left before, or a person keeps the conversation by now.
#[derive(Clone, Debug)]
pub struct AnswerInbound {
    /// The inbound message.
    pub inbound: MessageId,
    /// Those before it that are answered with it: all of them, or none.
    pub also: Vec<MessageId>,
    /// Why they are left to a person, where they are; the replies then only tell the member so.
    pub left: Option<Left>,
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
    /// The turn of a model that this ends, by its message, whether it is answered now or was before.
    pub turn: Option<MessageId>,
    /// Now.
    pub at: Timestamp,
}

impl AnswerInbound {
    /// Plain replies.
    pub fn with(inbound: MessageId, replies: Vec<NewMessage>, at: Timestamp) -> Self {
        Self {
            inbound,
            also: Vec::new(),
            left: None,
            replies,
            dismissed: None,
            chosen: None,
            prefers: None,
            act: None,
            otherwise: Vec::new(),
            turn: None,
            at,
        }
    }
}

/// See [`Op::ForAnswer`].
#[derive(Clone, Debug)]
pub struct ForAnswer {
    /// What is done.
    pub operation: Op,
    /// Whom it is done for.
    pub whose: AnswerTo,
}

/// An inbound message that is being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerTo {
    /// Who wrote it: what is done for them is done by the process whose their lanes are.
    pub member: MemberId,
    /// The message.
    pub inbound: MessageId,
}

/// Something done for the answer to an inbound message, with its own answer.
#[derive(Clone, Debug)]
pub struct ForAnswerAs<O> {
    /// What is done.
    pub operation: O,
    /// Whom it is done for.
    pub whose: AnswerTo,
}

impl<O: Operation> Operation for ForAnswerAs<O> {
    type Answer = Option<O::Answer>;

    fn into_op(self) -> Op {
        Op::ForAnswer(Box::new(ForAnswer {
            operation: self.operation.into_op(),
            whose: self.whose,
        }))
    }

    fn from_answer(answer: Answer) -> Option<Self::Answer> {
        match answer {
            Answer::ForAnswer(answer) => match *answer {
                Some(answer) => O::from_answer(answer).map(Some),
                None => Some(None),
            },
            _ => None,
        }
    }
}

/// What is left to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Why: a code.
    pub why: String,
    /// Only these of them, and the others are answered; all, where none is named.
    pub only: Vec<MessageId>,
    /// With replies: refused when something of the same member was left for the same reason, and replied to,
    /// that was written after this instant.
    pub unless_replied_since: Option<Timestamp>,
}

impl Left {
    /// Whether this one is.
    pub fn holds(&self, message: MessageId) -> bool {
        self.only.is_empty() || self.only.contains(&message)
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
