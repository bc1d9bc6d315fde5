//! Operations on what members write.

use domain::{MemberId, MessageId, Timestamp};

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
        consent: Option<ConsentChange>,
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
    /// Now.
    pub at: Timestamp,
}
