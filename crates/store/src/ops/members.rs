//! Operations on members and their consents.

use domain::{AttemptId, Channel, MemberId, MessageId, Timestamp};

use crate::records::{
    ConsentEntry, ConsentRecord, Idempotency, Member, MemberChanges, NewCode, NewMember, NewMessage,
};

/// See [`Op::CreateMember`](super::Op::CreateMember).
#[derive(Clone, Debug)]
pub struct CreateMember {
    /// The member.
    pub member: NewMember,
    /// First consents.
    pub consents: Vec<ConsentEntry>,
    /// The caller's key.
    pub idempotency: Option<Idempotency>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`CreateMember`].
#[derive(Clone, Debug)]
pub enum CreateMemberAnswer {
    /// Made, or made before with the same key.
    Created {
        /// The member.
        member: Box<Member>,
        /// Whether it was made by an earlier call with the same key.
        replayed: bool,
    },
    /// Another member has that number.
    PhoneTaken(MemberId),
    /// The key was used with another body.
    KeyReused,
}

/// See [`Op::UpdateMember`](super::Op::UpdateMember).
#[derive(Clone, Debug)]
pub struct UpdateMember {
    /// Whom.
    pub id: MemberId,
    /// What.
    pub changes: MemberChanges,
    /// Where they proved an address themselves: what goes with it.
    pub proved: Option<Box<Proved>>,
    /// Now.
    pub at: Timestamp,
}

/// What goes with an address that a member has proved, in the same transaction.
#[derive(Clone, Debug, Default)]
pub struct Proved {
    /// What they agreed to for it.
    pub consents: Vec<ConsentEntry>,
    /// Tells the address they leave, unless it said stop: the message, and to whom it goes.
    pub farewell: Option<(NewCode, NewMessage)>,
}

/// Answer to [`UpdateMember`].
#[derive(Clone, Debug)]
pub enum UpdateMemberAnswer {
    /// As it is now.
    Updated(Box<Member>),
    /// Another member has that number.
    PhoneTaken(MemberId),
    /// No such member.
    Unknown,
}

/// See [`Op::MoveMember`](super::Op::MoveMember).
#[derive(Clone, Debug)]
pub struct MoveMember {
    /// Whom.
    pub member: MemberId,
    /// From now on by this channel first, whatever the topic.
    pub to: Channel,
    /// Why, as a code.
    pub why: String,
    /// Tells them of it; stored only when something changed.
    pub notice: Option<Box<NewMessage>>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::EraseMember`](super::Op::EraseMember).
#[derive(Clone, Debug)]
pub struct EraseMember {
    /// Whom.
    pub id: MemberId,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::ChangeConsent`](super::Op::ChangeConsent).
#[derive(Clone, Debug)]
pub struct ChangeConsent {
    /// The entry.
    pub entry: ConsentEntry,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`ChangeConsent`].
#[derive(Clone, Debug)]
pub struct ConsentChange {
    /// The consent now.
    pub record: ConsentRecord,
    /// Messages that ended as suppressed by it.
    pub suppressed: Vec<MessageId>,
    /// Attempts to that address that are begun and not settled (G14): the answer to STOP waits for
    /// them.
    pub begun: Vec<AttemptId>,
}

/// See [`Op::ImportSuppressions`](super::Op::ImportSuppressions).
#[derive(Clone, Debug)]
pub struct ImportSuppressions {
    /// The lines: an opt-out each, and since when it holds.
    pub lines: Vec<(ConsentEntry, Timestamp)>,
    /// The caller's key.
    pub idempotency: Option<Idempotency>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`ImportSuppressions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportSuppressionsAnswer {
    /// They are on the list.
    Listed {
        /// How many of them were not before.
        added: u32,
        /// Attempts to those addresses that are begun and not settled.
        begun: Vec<AttemptId>,
        /// Whether an earlier call with the same key did it.
        replayed: bool,
    },
    /// The key was used with other lines.
    KeyReused,
}
