//! Operations of conversations: taken by a person, handed back, answered by one.

use domain::{MemberId, MessageId, Timestamp};

use super::messages::Accepted;
use crate::records::{Idempotency, KeeperRecord, NewMessage};

/// See [`Op::TakeConversation`](super::Op::TakeConversation). Answers `None` when there is no such member.
#[derive(Clone, Debug)]
pub struct TakeConversation {
    /// Whose.
    pub member: MemberId,
    /// By whom.
    pub by: String,
    /// Until when, unless they say something.
    pub until: Timestamp,
    /// Whether it is taken from another person who keeps it.
    pub takes_over: bool,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`TakeConversation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakeAnswer {
    /// They keep it; it may be that they did before.
    Taken(KeeperRecord),
    /// Another person keeps it: nothing changed.
    KeptBy(KeeperRecord),
}

/// See [`Op::HandBack`](super::Op::HandBack). Answers `None` when there is no such member.
#[derive(Clone, Debug)]
pub struct HandBack {
    /// Whose.
    pub member: MemberId,
    /// By whom.
    pub by: String,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`HandBack`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandBackAnswer {
    /// Whether somebody kept it.
    pub was_kept: bool,
    /// How many messages are the rules' to answer again.
    pub to_rules: u32,
    /// Messages of which the rules had told the member that a person will look: they count as looked at.
    pub closed: Vec<MessageId>,
}

/// See [`Op::EndHandOvers`](super::Op::EndHandOvers). Answers how many ended.
#[derive(Clone, Copy, Debug)]
pub struct EndHandOvers {
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::AnswerByPerson`](super::Op::AnswerByPerson).
#[derive(Clone, Debug)]
pub struct AnswerByPerson {
    /// The inbound messages, all of one member.
    pub inbound: Vec<MessageId>,
    /// By whom.
    pub by: String,
    /// The answer; without one they are dismissed.
    pub reply: Option<NewMessage>,
    /// Why they are dismissed.
    pub why: Option<String>,
    /// Whether to go on where one of them was answered before.
    pub anyway: bool,
    /// Until when the conversation is kept, if it is theirs.
    pub until: Timestamp,
    /// The caller's key.
    pub idempotency: Option<Idempotency>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`AnswerByPerson`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerByPersonAnswer {
    /// Done.
    Done {
        /// The answer's message, where there is one.
        accepted: Option<Accepted>,
        /// Whether this is the answer of an earlier call with the same key.
        replayed: bool,
    },
    /// One was answered before, by this person or by the rules: nothing changed.
    AnsweredBefore {
        /// Which.
        inbound: MessageId,
        /// By whom; `None` is the rules.
        by: Option<String>,
    },
    /// Another person keeps the conversation: nothing changed.
    KeptBy(KeeperRecord),
    /// No such inbound message of this member.
    Unknown(MessageId),
    /// The key was used with another body: nothing changed.
    KeyReused,
}
