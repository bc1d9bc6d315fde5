//! Everything that writes. Each operation is a whole unit of work with a typed answer; a store
//! applies many in one transaction, in order, and one that is refused does not fail its neighbours.

mod attempts;
mod audience;
mod broadcasts;
mod coach_turns;
mod conversations;
mod copies;
mod dead_letters;
mod inbound;
mod integrations;
mod joining;
mod limits;
mod lists;
mod logins;
mod members;
mod messages;
mod notes;
mod operators;
mod places;
mod prices;
mod programmes;
mod second_factors;
mod subscriptions;
mod upkeep;

pub use attempts::{
    AddressEffects, Begin, BeginAnswer, MovedFact, OnFailure, Outcome, Receipt, ReceiptAnswer,
    Settle, SettleAnswer,
};
pub use audience::{DeleteSegment, SaveSegment, SaveSegmentAnswer};
pub use broadcasts::{
    Made, MakeBroadcast, MoveBroadcast, MoveBroadcastAnswer, SaveBroadcast, SaveBroadcastAnswer,
    TakeAudience,
};
pub use coach_turns::{ASKED_MAX, BeginTurn, BeginTurnAnswer, KeepTurn};
pub use conversations::{
    AnswerByPerson, AnswerByPersonAnswer, EndHandOvers, HandBack, HandBackAnswer, TakeAnswer,
    TakeConversation,
};
pub use copies::{CopyTold, RecordCopies};
pub use dead_letters::{DeadWork, WorkDeadLetters};
pub use inbound::{
    Act, ActWhat, AnswerInbound, AnswerTo, Chosen, ForAnswer, ForAnswerAs, Left, RecordInbound,
    RecordInboundAnswer,
};
pub use integrations::{
    MoveEndpoint, NoteDeliveries, RemoveEndpoint, RepeatDelivery, RevokeKey, SaveEndpoint, SaveKey,
    UseKey,
};
pub use joining::{CreateMembers, CreateMembersAnswer, Joined};
pub use limits::{CountSends, ReachPeople, Send, SlowDown};
pub use lists::NoteListsRead;
pub use logins::{
    EndCodes, EndSessions, OpenCode, OpenCodeAnswer, OpenSession, SpendTry, SpendTryAnswer,
    UseCode, UseSession,
};
pub use members::{
    ChangeConsent, ConsentChange, CreateMember, CreateMemberAnswer, EraseMember,
    ImportSuppressions, ImportSuppressionsAnswer, MoveMember, Proved, UpdateMember,
    UpdateMemberAnswer,
};
pub use messages::{
    Accept, AcceptAnswer, AcceptRefusal, Accepted, Cancel, CancelAnswer, Retry, RetryAnswer,
    WatchDelivery,
};
pub use notes::{KeepNote, RemoveNote};
pub use operators::{
    Audited, AuditedAs, EndOperatorSessions, OpenOperatorSession, RemoveOperator, SaveOperator,
    SaveOperatorAnswer,
};
pub use places::{Elapse, ElapseAnswer, Hold, Replan, Replanned, Suppress};
pub use prices::{PriceTold, RecordPrices};
pub use programmes::{
    Enrol, LogWork, NoteChecked, NoteOccurrences, SaveProgramme, SaveProgrammeAnswer, SetPauses,
};
pub use second_factors::{
    ConfirmSecondFactor, DropSecondFactor, EndLook, EnterWithFactor, KeepSecondFactor, OpenLook,
    OpenOperatorEntry, RenewRecovery, SpendFactorTry, SpendFactorTryAnswer,
};
pub use subscriptions::{
    HearBilling, KeepCheckout, KeepSubscription, KeepSubscriptionAnswer, OpenCheckout,
    RemindRenewal, SettleBilling,
};
pub use upkeep::{
    Beat, BeatAnswer, PruneEvents, Pruned, RecordSenders, RecordTemplates, Redact, Redacted,
    SetRollout, SetSwitch, Tidy,
};

use crate::lane::Shards;

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
    /// Makes many members: each stands or falls for itself, and who has the number already is named.
    CreateMembers => CreateMembersAnswer;
    /// Changes a member.
    UpdateMember => UpdateMemberAnswer;
    /// Moves a member to another channel and tells them, once: answers `false` when they were there before.
    MoveMember => bool;
    /// Erases a member: content and identity go, opted-out addresses stay as keyed hashes (G18, G39).
    EraseMember => bool;
    /// Records a consent event, and suppresses what waits when the address is opted out (G14).
    ChangeConsent => ConsentChange;
    /// Opts out addresses that others say are opted out, of members or of nobody we know. One that is
    /// opted out already is left as it is.
    ImportSuppressions => ImportSuppressionsAnswer;
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
    /// Puts back into their lanes, in their order, places that are held for certain reasons.
    Replan => Replanned;
    /// A place's timer has run out: look again.
    Elapse => ElapseAnswer;
    /// Applies a receipt (G7, G21, G23).
    Receipt => ReceiptAnswer;
    /// Stores an inbound message with its effects (G14, G24).
    RecordInbound => RecordInboundAnswer;
    /// Answers or dismisses an inbound message, once.
    AnswerInbound => bool;
    /// Does something that goes with the answer to an inbound message, before it: answers `None`, and does nothing, when that message does
    /// not wait for the rules any more, or its member's lanes are another process's by now.
    ForAnswer => Option<Answer>;
    /// Says that a model is being asked about what a member wrote, within the budget of their day: nobody else asks
    /// meanwhile.
    BeginTurn => BeginTurnAnswer;
    /// Keeps what is to be done and said by what a model answered, before it is: answers `false` when it is too late for
    /// that.
    KeepTurn => bool;
    /// Gives a conversation to a person: the rules are silent from then on.
    TakeConversation => Option<TakeAnswer>;
    /// Gives a conversation back to the rules.
    HandBack => Option<HandBackAnswer>;
    /// Ends hand-overs whose time is over: what was written meanwhile goes on waiting for a person.
    EndHandOvers => u32;
    /// Answers inbound messages as a person, or dismisses them, once.
    AnswerByPerson => AnswerByPersonAnswer;
    /// Cancels a message that has not left.
    Cancel => CancelAnswer;
    /// Puts a message that ended badly back into its lane, through the planner.
    Retry => RetryAnswer;
    /// Does the same with many that ended badly and still stand so, or takes them off the list of those; answers with how many.
    WorkDeadLetters => u32;
    /// Keeps a note of the team about a member; answers `false` when there is no such member.
    KeepNote => bool;
    /// Takes the words out of a note; answers `false` when there is no such one.
    RemoveNote => bool;
    /// Notes when to look whether a message has been delivered, or that nobody needs to.
    WatchDelivery => ();
    /// Turns a kill switch on or off.
    SetSwitch => u32;
    /// Changes whom WhatsApp is on for, or goes back to what the settings say.
    SetRollout => u32;
    /// Keeps how templates stand at the provider, and answers what changed.
    RecordTemplates => Vec<crate::records::TemplateChange>;
    /// Keeps how our own numbers stand at their provider, and answers which changed.
    RecordSenders => Vec<crate::records::SenderStanding>;
    /// Keeps what providers charged, and when to ask for what they have not told.
    RecordPrices => u32;
    /// Keeps what came of asking providers to delete what they have of erased members.
    RecordCopies => u32;
    /// Keeps that something had to slow down.
    SlowDown => ();
    /// Takes room for people who are to be reached outside a session window, which providers count over a
    /// moving day, all our numbers together.
    ReachPeople => Vec<bool>;
    /// Counts what is about to be sent to members, where caps leave room for it.
    CountSends => Vec<bool>;
    /// Saves a programme, as a draft or for members to follow.
    SaveProgramme => SaveProgrammeAnswer;
    /// Enrols a member in a programme, in place of the one they followed: answers `false` when there is no such
    /// member.
    Enrol => bool;
    /// Says when a member is on holiday: answers `false` when there is no such member.
    SetPauses => bool;
    /// Keeps the sets a member logged by a message: answers `false` when there is no such member.
    LogWork => bool;
    /// Keeps why occurrences have no message (G26); answers how many had no end before.
    NoteOccurrences => u32;
    /// Keeps up to when the occurrences of shards were looked through; answers for which of them: those that are this
    /// process's still.
    NoteChecked => Shards;
    /// Keeps how far the providers' lists of inbound messages were read (G3).
    NoteListsRead => ();
    /// Keeps a code and the message that brings it, and ends all earlier codes of that address (G34).
    OpenCode => OpenCodeAnswer;
    /// Counts a try of the newest code a browser asked for, before it is compared.
    SpendTry => SpendTryAnswer;
    /// Uses a code up: answers `true` to one caller only.
    UseCode => bool;
    /// Ends codes whose time is over, and empties their messages; answers how many.
    EndCodes => u32;
    /// Logs a member in: answers `false` when there is no such member.
    OpenSession => bool;
    /// Notes that a session was used; answers `false` where there is none.
    UseSession => bool;
    /// Logs a member out, here or everywhere; answers from how many browsers.
    EndSessions => u32;
    /// Makes somebody one of the team, or changes what is kept of them.
    SaveOperator => SaveOperatorAnswer;
    /// Takes somebody out of the team and logs them out everywhere; answers `false` when there is no such one.
    RemoveOperator => bool;
    /// Logs somebody of the team in: answers `false` when there is no such one, or their second factor is to be asked for.
    OpenOperatorSession => bool;
    /// Logs somebody of the team out, here or everywhere; answers from how many browsers.
    EndOperatorSessions => u32;
    /// Keeps a draft of a second factor, in place of the one before; answers `false` when one is asked for already.
    KeepSecondFactor => bool;
    /// Has a second factor asked for from now on, and ends their other sessions; answers `false` when it is no draft any more.
    ConfirmSecondFactor => bool;
    /// Takes a second factor off, with its recovery codes; answers `false` when it is not proved, or there is none.
    DropSecondFactor => bool;
    /// Makes new recovery codes in place of all before; answers `false` when the factor is not proved.
    RenewRecovery => bool;
    /// Counts a try of a second factor, before it is compared.
    SpendFactorTry => SpendFactorTryAnswer;
    /// Notes that somebody of the team typed the texted code; it opens nothing yet.
    OpenOperatorEntry => bool;
    /// Logs in whoever typed the texted code and proves their second factor; answers `true` to one caller for each proof.
    EnterWithFactor => bool;
    /// Lets somebody of the team look as a member, in place of the one before; answers `false` when their session is over, or there is no
    /// such member.
    OpenLook => bool;
    /// Ends that; answers `false` where there is none.
    EndLook => bool;
    /// Makes an endpoint that events are told to, or changes one; answers `false` when it is not there.
    SaveEndpoint => bool;
    /// Takes an endpoint out, with what is kept of its deliveries; answers `false` when it is not there.
    RemoveEndpoint => bool;
    /// Lets the line of an endpoint go on after another event: what is newer is told again.
    MoveEndpoint => bool;
    /// Tells an event that is behind the line once more; answers `false` when it is not behind it.
    RepeatDelivery => bool;
    /// Keeps what became of deliveries and how far the line is; answers `false`, and keeps nothing, when the line was
    /// moved meanwhile, or is to be moved and the endpoint is stopped, or the endpoint is gone.
    NoteDeliveries => bool;
    /// Makes a key of the API; answers `false` when one that holds is called so.
    SaveKey => bool;
    /// Ends a key of the API; answers `false` when there is no such one.
    RevokeKey => bool;
    /// Notes when a key of the API was used.
    UseKey => ();
    /// Does something and keeps who did it, both or neither.
    Audited => Answer;
    /// Saves an audience, or changes it.
    SaveSegment => SaveSegmentAnswer;
    /// Deletes a saved audience; answers `false` when there is no such one.
    DeleteSegment => bool;
    /// Saves a broadcast, or edits one that is a draft still.
    SaveBroadcast => SaveBroadcastAnswer;
    /// Moves a broadcast on from how it was seen to stand, and turns the switch of its queue with it.
    MoveBroadcast => MoveBroadcastAnswer;
    /// Takes some members into the audience of a broadcast; answers `false` when others were taken meanwhile.
    TakeAudience => bool;
    /// Makes messages of a broadcast, one for each of its members ever; answers `None` when it does not run that stage.
    MakeBroadcast => Option<Made>;
    /// Hears an event of whoever takes payments, once by its id, and notes that the subscription is to be asked about;
    /// answers whether it was new.
    HearBilling => bool;
    /// Keeps how a subscription stands, with what its member is written about it.
    KeepSubscription => KeepSubscriptionAnswer;
    /// Keeps what came of asking: it is over, or it is asked again.
    SettleBilling => ();
    /// Opens a page on which a member can be paid for, or finds the one that holds: answers `None` when there is no such
    /// member.
    OpenCheckout => Option<crate::records::CheckoutRecord>;
    /// Keeps the address of such a page; answers `false` when another turn has begun.
    KeepCheckout => bool;
    /// Reminds a member of their renewal, once for each period.
    RemindRenewal => bool;
    /// Removes what is past keeping: parked receipts (7 days), idempotency keys (30 days), limits that are
    /// over (2 days), occurrences without a message (60 days), codes (25 hours), sessions that are over, events of
    /// payments (60 days), deliveries that are over (7 days).
    Tidy => u32;
    /// Takes the words out of some messages that are older; never out of what still waits, may go on by another channel, is not
    /// answered, or waits for a person to decide. To be repeated while there is more.
    Redact => Redacted;
    /// Removes the oldest of the outbox that are older, and that every endpoint that is told something has passed. The
    /// newest stays, so that no number is given twice. To be repeated while there is more.
    PruneEvents => Pruned;
    /// Says that this process is alive: keeps its lease, takes up and gives back shards, and learns
    /// what others wrote into its lanes.
    Beat => BeatAnswer;
}
