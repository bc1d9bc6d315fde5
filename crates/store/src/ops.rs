//! Everything that writes. Each operation is a whole unit of work with a typed answer; a store
//! applies many in one transaction, in order, and one that is refused does not fail its neighbours.

use domain::{
    AttemptId, Channel, DeliveryStatus, Handle, MemberId, MessageId, ProviderName, Purpose,
    Timestamp,
};

use crate::lane::{Epoch, Seq};
use crate::records::{
    ConsentEntry, ConsentRecord, ErrorNote, ExpectedFacts, Idempotency, InboundEffects, Member,
    MemberChanges, NewInbound, NewMember, NewMessage,
};

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident => $answer:ty;)+) => {
        /// Any operation.
        #[derive(Clone, Debug)]
        pub enum Op { $($(#[$doc])* $name(Box<$name>)),+ }

        /// The answer to any operation.
        #[derive(Clone, Debug)]
        pub enum Answer { $($(#[$doc])* $name(Box<$answer>)),+ }

        impl Op {
            /// The names of all operations, for the conformance suite.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// The name of this one.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
            }
        }

        $(
            impl Operation for $name {
                type Answer = $answer;
                fn into_op(self) -> Op {
                    Op::$name(Box::new(self))
                }
                fn from_answer(answer: Answer) -> Option<$answer> {
                    match answer {
                        Answer::$name(answer) => Some(*answer),
                        _ => None,
                    }
                }
            }
        )+
    };
}

/// An operation with its answer's type.
pub trait Operation {
    /// What comes back.
    type Answer;
    /// Into the enum the committer carries.
    fn into_op(self) -> Op;
    /// Out of the enum the store answered with; `None` when it answered something else, which is
    /// a bug of that store.
    fn from_answer(answer: Answer) -> Option<Self::Answer>;
}

operations! {
    /// Makes a member, with first consents.
    CreateMember => CreateMemberAnswer;
    /// Changes a member.
    UpdateMember => UpdateMemberAnswer;
    /// Erases a member: content and identity go, opted-out addresses stay as keyed hashes (G18, G39).
    EraseMember => bool;
    /// Records a consent event, and suppresses what waits when the address is opted out (G14).
    ChangeConsent => ConsentChange;
    /// Stores messages with their places and keys (G1, G2).
    Accept => AcceptAnswer;
    /// Marks an attempt as begun if nothing it relied on has moved (G13).
    Begin => BeginAnswer;
    /// Writes what came of an attempt.
    Settle => SettleAnswer;
    /// Holds a place, with its reasons; may put a knock into the lane beside it.
    Hold => bool;
    /// Ends a place that will not be sent, with its reasons.
    Suppress => bool;
    /// A place's timer has run out: look again.
    Elapse => ElapseAnswer;
    /// Applies a receipt (G7, G21, G23).
    Receipt => ReceiptAnswer;
    /// Stores an inbound message with its effects (G14, G24).
    RecordInbound => RecordInboundAnswer;
    /// Answers or dismisses an inbound message, once.
    AnswerInbound => bool;
    /// Cancels a message that has not left.
    Cancel => CancelAnswer;
    /// Puts a message that ended badly back into its lane, through the planner.
    Retry => RetryAnswer;
    /// Turns a kill switch on or off.
    SetSwitch => u32;
    /// Removes what is past keeping: parked receipts (7 days), idempotency keys (30 days).
    Tidy => u32;
}

/// See [`Op::CreateMember`].
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
        member: Member,
        /// Whether it was made by an earlier call with the same key.
        replayed: bool,
    },
    /// Another member has that number.
    PhoneTaken(MemberId),
    /// The key was used with another body.
    KeyReused,
}

/// See [`Op::UpdateMember`].
#[derive(Clone, Debug)]
pub struct UpdateMember {
    /// Whom.
    pub id: MemberId,
    /// What.
    pub changes: MemberChanges,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`UpdateMember`].
#[derive(Clone, Debug)]
pub enum UpdateMemberAnswer {
    /// As it is now.
    Updated(Member),
    /// Another member has that number.
    PhoneTaken(MemberId),
    /// No such member.
    Unknown,
}

/// See [`Op::EraseMember`].
#[derive(Clone, Debug)]
pub struct EraseMember {
    /// Whom.
    pub id: MemberId,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::ChangeConsent`].
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

/// See [`Op::Accept`].
#[derive(Clone, Debug)]
pub struct Accept {
    /// The messages, in the order of their places. Without any, an earlier answer to the key is
    /// looked up and nothing is stored, the key neither.
    pub messages: Vec<NewMessage>,
    /// The caller's key, for the whole call.
    pub idempotency: Option<Idempotency>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Accept`].
#[derive(Clone, Debug)]
pub enum AcceptAnswer {
    /// One result each.
    Accepted {
        /// In the order asked.
        results: Vec<Result<Accepted, AcceptRefusal>>,
        /// Whether this is the answer of an earlier call with the same key.
        replayed: bool,
    },
    /// The key was used with another body: nothing was stored.
    KeyReused,
}

/// A message that is stored and has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub id: MessageId,
    /// Its number.
    pub seq: Seq,
}

/// Why one message of a call was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptRefusal {
    /// No such member, or erased.
    UnknownMember,
    /// The same member has a message for this occasion already.
    OccasionTaken(MessageId),
}

/// See [`Op::Begin`].
#[derive(Clone, Debug)]
pub struct Begin {
    /// The place.
    pub seq: Seq,
    /// The attempt: its number must be one more than the attempts begun.
    pub attempt: AttemptId,
    /// The fence.
    pub epoch: Epoch,
    /// On which channel.
    pub channel: Channel,
    /// By which provider.
    pub provider: ProviderName,
    /// From.
    pub from: Handle,
    /// To.
    pub to: Handle,
    /// The template's name, where one is used.
    pub template: Option<String>,
    /// SMS segments.
    pub segments: Option<u16>,
    /// The facts the decision used.
    pub expected: ExpectedFacts,
    /// The decision with its reasons, as JSON.
    pub decision: String,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Begin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginAnswer {
    /// Go.
    Begun,
    /// A fact moved: decide again.
    FactsMoved(MovedFact),
    /// The place is not to be sent any more (ended, or begun by somebody else).
    Gone,
}

/// Which fact moved between decision and begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovedFact {
    /// Consent of the address.
    Consent,
    /// The session window.
    Window,
    /// A kill switch.
    Switches,
    /// A cancel was asked for.
    Cancelled,
}

/// See [`Op::Settle`].
#[derive(Clone, Debug)]
pub struct Settle {
    /// The place.
    pub seq: Seq,
    /// The attempt.
    pub attempt: AttemptId,
    /// The fence.
    pub epoch: Epoch,
    /// What came of it.
    pub outcome: Outcome,
    /// What it tells about the address.
    pub effects: AddressEffects,
    /// Now.
    pub at: Timestamp,
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The provider has it.
    Accepted {
        /// Its id there.
        provider_message_id: String,
        /// The status it gave.
        status: DeliveryStatus,
        /// Segments it counted.
        segments: Option<u16>,
        /// How long the lane waits for a receipt.
        lane_waits_until: Timestamp,
    },
    /// Certainly not with the provider; try again.
    Again {
        /// When.
        at: Timestamp,
        /// Whether the attempt counts against the maximum.
        counts: bool,
        /// Why.
        error: ErrorNote,
        /// A code for the hold shown meanwhile.
        why: String,
    },
    /// Certainly not with the provider, and over.
    Ended {
        /// As what: failed, undelivered or suppressed.
        status: DeliveryStatus,
        /// Why.
        error: ErrorNote,
        /// A code for the outcome.
        why: String,
        /// The provider's id, where it gave one.
        provider_message_id: Option<String>,
    },
    /// No usable answer.
    Unconfirmed {
        /// How long it waits for evidence (Q).
        until: Timestamp,
        /// For people.
        why: String,
    },
}

/// What an answer or receipt tells about the address it concerned.
#[derive(Clone, Debug, Default)]
pub struct AddressEffects {
    /// The provider says the person opted out, for this purpose; the source is kept.
    pub opted_out: Option<(Purpose, String)>,
    /// The provider says the session window is closed.
    pub window_closed: bool,
    /// The address cannot be reached on this channel.
    pub unreachable: bool,
}

/// Answer to [`Settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettleAnswer {
    /// Written; the message's status now.
    Settled(DeliveryStatus),
    /// The fence is old or the attempt is settled: a positive answer was kept as evidence, a
    /// negative one changed nothing (G8).
    Fenced,
}

/// See [`Op::Hold`].
#[derive(Clone, Debug)]
pub struct Hold {
    /// The place.
    pub seq: Seq,
    /// The fence.
    pub epoch: Epoch,
    /// Until when; a release may come earlier.
    pub until: Timestamp,
    /// The reason as a code.
    pub why: String,
    /// Whether the next inbound message from the member releases it.
    pub released_by_reply: bool,
    /// The decision, as JSON.
    pub decision: String,
    /// A template that asks the member to open the window.
    pub knock: Option<NewMessage>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::Suppress`].
#[derive(Clone, Debug)]
pub struct Suppress {
    /// The place.
    pub seq: Seq,
    /// The fence.
    pub epoch: Epoch,
    /// As what: suppressed, expired, cancelled or failed.
    pub status: DeliveryStatus,
    /// The reason as a code.
    pub why: String,
    /// The decision, as JSON.
    pub decision: String,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::Elapse`].
#[derive(Clone, Debug)]
pub struct Elapse {
    /// The place.
    pub seq: Seq,
    /// The fence.
    pub epoch: Epoch,
    /// For a place that an earlier process left begun: how long it waits for evidence from now.
    pub quiet_until: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Elapse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElapseAnswer {
    /// Nothing to do: the place has moved on.
    Unchanged,
    /// The lane goes on.
    Freed,
    /// The place waits to be sent (again).
    Waiting,
    /// It is now unconfirmed.
    Unconfirmed,
}

/// See [`Op::Receipt`].
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The attempt, where the receipt carried its id.
    pub attempt: Option<AttemptId>,
    /// The provider's id for the message.
    pub provider_message_id: String,
    /// The provider.
    pub provider: ProviderName,
    /// The provider's word.
    pub word: String,
    /// What it means; `None` for an unknown word, which is kept and changes nothing.
    pub status: Option<DeliveryStatus>,
    /// The error it carried.
    pub error: Option<ErrorNote>,
    /// What it tells about the address.
    pub effects: AddressEffects,
    /// What to do when it says the message failed.
    pub on_failure: OnFailure,
    /// Now.
    pub at: Timestamp,
}

/// What follows a failure heard by receipt; judged before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// It ends there.
    #[default]
    End,
    /// The place goes back into its lane at this time; whether the attempt counts.
    Again {
        /// When.
        at: Timestamp,
        /// Counts against the maximum.
        counts: bool,
    },
}

/// Answer to [`Receipt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptAnswer {
    /// Applied: the message and its status now.
    Applied(MessageId, DeliveryStatus),
    /// The same was heard before.
    Repeated,
    /// Kept until its message is known (G23).
    Parked,
}

/// See [`Op::RecordInbound`].
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

/// See [`Op::AnswerInbound`]. Answers `false` when it was answered or dismissed before.
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

/// See [`Op::Cancel`].
#[derive(Clone, Debug)]
pub struct Cancel {
    /// Which.
    pub id: MessageId,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Cancel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelAnswer {
    /// It will not be sent.
    Cancelled,
    /// It has left, or may have.
    TooLate(DeliveryStatus),
    /// No such message.
    Unknown,
}

/// See [`Op::Retry`].
#[derive(Clone, Debug)]
pub struct Retry {
    /// Which.
    pub id: MessageId,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Retry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAnswer {
    /// It waits in its lane again.
    Waiting,
    /// It is not a message that ended badly.
    TooLate(DeliveryStatus),
    /// No such message.
    Unknown,
}

/// See [`Op::SetSwitch`]. Answers the version of the switches.
#[derive(Clone, Debug)]
pub struct SetSwitch {
    /// What it stops; see [`SwitchRecord`](crate::records::SwitchRecord).
    pub scope: String,
    /// On or off.
    pub on: bool,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::Tidy`]. Answers how many rows went.
#[derive(Clone, Debug)]
pub struct Tidy {
    /// Now.
    pub at: Timestamp,
}
