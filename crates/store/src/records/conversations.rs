//! Conversations: who answers a member, and what waits for whom.

use domain::{Channel, MemberId, MessageId, Timestamp};

use super::members::Member;

/// Why something waits: it was written while a person keeps the conversation.
pub const WITH_PERSON: &str = "with_person";

/// Why something waits: a hand-over ended by itself before the person had answered.
pub const LEFT_WAITING: &str = "left_waiting";

/// The person who keeps a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeeperRecord {
    /// Who, as they call themselves.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when, unless they say something meanwhile or hand it back.
    pub until: Timestamp,
}

/// What of a member was left to a person, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftRecord {
    /// Why: a code.
    pub why: String,
    /// Whether a person has still to look.
    pub is_open: bool,
    /// When the member last wrote something of it that was replied to by rule.
    pub replied_at: Option<Timestamp>,
}

/// Something a person has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedRecord {
    /// Why: a code.
    pub why: String,
    /// What the member wrote.
    pub message: MessageId,
    /// When.
    pub since: Timestamp,
}

/// Which conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationState {
    /// In which something waits for an answer, whoever is to give it; the longest waiting first.
    Unanswered,
    /// In which something waits for a person and nobody keeps them; the longest waiting first.
    NeedsPerson,
    /// That a person keeps; the longest kept first.
    WithPerson,
    /// In which something we sent did not arrive and nobody set it aside; the newest failure first.
    Failed,
    /// All in which a member ever wrote, the newest words first.
    All,
}

/// Which of them: what is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// The channel of what the list goes by: their words; of those a person keeps, their last words; of what did not
    /// arrive, its own.
    pub channel: Option<Channel>,
    /// They speak this ([`domain::audience::speaks`]).
    pub language: Option<String>,
    /// They follow one of these programmes, by their names as members have them; empty asks nothing.
    pub programmes: Vec<String>,
}

impl ConversationFilter {
    /// Whether all are meant.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether one is meant, by what stores know of it.
    pub fn means(&self, channel: Option<Channel>, locale: &str, programme: &str) -> bool {
        let speaks = |language: &str| domain::audience::speaks(locale, language);
        self.channel.is_none_or(|wanted| Some(wanted) == channel)
            && self.language.as_deref().is_none_or(speaks)
            && (self.programmes.is_empty() || self.programmes.iter().any(|one| one == programme))
    }
}

/// A page of conversations.
#[derive(Clone, Debug)]
pub struct ConversationsPage {
    /// Those found.
    pub found: Vec<ConversationRecord>,
    /// Where to look on, when so many were looked at that it ends here ([`LOOKED_AT`]), though fewer were found than asked for.
    pub further: Option<(i64, MemberId)>,
}

/// How many conversations a store looks at for one page of filtered ones.
pub const LOOKED_AT: u32 = 2_000;

/// A conversation as lists show it.
#[derive(Clone, Debug)]
pub struct ConversationRecord {
    /// With whom.
    pub member: Member,
    /// When they last wrote.
    pub heard_at: Option<Timestamp>,
    /// When they were last written to.
    pub said_at: Option<Timestamp>,
    /// How many of their messages wait for an answer.
    pub waiting: u32,
    /// The oldest of these.
    pub waiting_since: Option<Timestamp>,
    /// What waits for a person, the oldest first, at most 20.
    pub needs: Vec<NeedRecord>,
    /// The person who keeps it, while one does.
    pub keeper: Option<KeeperRecord>,
    /// Where its list goes on after it.
    pub cursor: (i64, MemberId),
}

/// What the coach's rules have to look at next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnswersDue {
    /// When something that waits for an answer is due.
    pub answer: Option<Timestamp>,
    /// When a hand-over ends by itself.
    pub hand_over_end: Option<Timestamp>,
}

/// How an inbound message stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundStanding {
    /// Whether it waits for an answer.
    pub waits: bool,
    /// Why it was left to a person, where it was.
    pub left_to: Option<String>,
    /// When it was answered or dismissed.
    pub answered_at: Option<Timestamp>,
    /// The person who did; none where the rules did.
    pub answered_by: Option<String>,
    /// The reply it got.
    pub answer: Option<MessageId>,
}

/// How a model was asked about what a member wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnRecord {
    /// The first message of the burst.
    pub message: MessageId,
    /// When it was asked last.
    pub began_at: Timestamp,
    /// How often: more than once only where a process ended meanwhile.
    pub asked: u32,
    /// What came of it, as a code, once it is known.
    pub outcome: Option<String>,
    /// The version of the prompt.
    pub prompt: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// Tokens it read.
    pub tokens_in: u64,
    /// Tokens it wrote.
    pub tokens_out: u64,
    /// How long it took.
    pub millis: u64,
}
