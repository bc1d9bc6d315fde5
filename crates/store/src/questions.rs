//! Everything that reads. Questions go to connections of their own, beside the writer.

mod audience;
mod broadcasts;
mod desk;
mod editing;
mod integrations;
mod messages;
mod owners;
mod recurring;
mod rollout;
mod team;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use domain::{
    Channel, Handle, Kind, MemberId, MessageId, OperatorId, PhoneNumber, Text, Timestamp, UtcDay,
};

pub use audience::{CountMatching, MembersMatching, Segments};
pub use broadcasts::{
    BroadcastById, BroadcastMembers, BroadcastNext, BroadcastPlaces, BroadcastProgress, Broadcasts,
};
pub use desk::{DeadCounts, DeadLetters, NotesOf, WaitingNow};
pub use editing::{
    FollowerCounts, FollowersOf, ProgrammeOfVersion, ProgrammeVersions, TemplateEvents,
};
pub use integrations::{ApiKeys, Deliveries, DeliveriesDue, Endpoints, EventBefore};
pub use messages::{
    AsAccepted, AttemptsAfter, ByOccasion, DueWatches, FactsOf, MadeAt, MessageById, Messages,
    Places, ReceiptsAfter,
};
pub use owners::OwnersOf;
pub use recurring::{CheckedTo, DueMembers, RecursFrom, TimeZones};
pub use rollout::{EventsPruned, RolloutMembers, RolloutNow};
pub use team::{
    AuditLog, FindMembers, LookOf, OperatorEntryOf, OperatorSessionOf, Operators, SecondFactorOf,
    SecondFactors,
};

use crate::activity::ActivityKey;
use crate::costs::{CostKey, CostSums};
use crate::error::StoreError;
use crate::lane::{Shard, Shards};
use crate::records::{
    AccountRecord, AnswersDue, AttemptLine, Attention, AudienceCount, AudienceMember, AuditRecord,
    BillingDue, BroadcastCounts, BroadcastMemberRecord, BroadcastRecord, CheckoutRecord,
    ConsentRecord, ConversationFilter, ConversationRecord, ConversationState, ConversationsPage,
    CountedSend, DeadCount, DeadLetter, DeliveryRecord, DuePage, EndpointRecord, EventRecord,
    KeyRecord, LedgerLine, LimitsTold, ListsKept, LookRecord, Member, MemberNote, MessageDetail,
    MessageFacts, MessageRecord, NewMessage, NextMember, OperatorRecord, OperatorSession,
    PlaceRecord, PricesDue, ProgrammeRecord, ProgrammeVersion, ProgrammesKept, ProviderCopy,
    PrunedTo, ReceiptLine, Rhythm, RolloutMember, RolloutRecord, SecondFactorRecord, SegmentRecord,
    SenderStanding, SessionRecord, Stats, SubscriptionRecord, Suppression, SwitchRecord,
    TemplateEvent, TemplateRecord, TrainingRecord, TurnRecord, UnansweredInbound, Waiting,
    WindowRecord,
};

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident => $reply:ty;)+) => {
        /// Any question.
        #[derive(Clone, Debug)]
        pub enum Request { $($(#[$doc])* $name($name)),+ }

        /// The reply to any question.
        #[derive(Clone, Debug)]
        pub enum Reply { $($(#[$doc])* $name(Box<$reply>)),+ }

        impl Request {
            /// The names of all questions, for the conformance suite.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// The name of this one.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
            }
        }

        $(
            impl Question for $name {
                type Reply = $reply;
                fn into_request(self) -> Request {
                    Request::$name(self)
                }
                fn from_reply(reply: Reply) -> Option<$reply> {
                    match reply {
                        Reply::$name(reply) => Some(*reply),
                        _ => None,
                    }
                }
            }
        )+
    };
}

/// A question with its reply's type.
pub trait Question {
    /// What comes back.
    type Reply;
    /// Into the enum a store takes.
    fn into_request(self) -> Request;
    /// Out of the enum a store gave.
    fn from_reply(reply: Reply) -> Option<Self::Reply>;
}

questions! {
    /// Facts for the planner, in the order asked; `None` where the place is gone.
    FactsOf => Vec<Option<MessageFacts>>;
    /// Places in order, for the scheduler's first scan.
    Places => Vec<PlaceRecord>;
    /// One message with everything.
    MessageById => Option<MessageDetail>;
    /// An outbound message as it was accepted.
    AsAccepted => Option<NewMessage>;
    /// The messages of a member that took certain occasions, in the order asked.
    ByOccasion => Vec<Option<MessageId>>;
    /// When the messages of an occasion were made, for each member in the order asked.
    MadeAt => Vec<Option<Timestamp>>;
    /// Messages whose delivery is to be looked at by now, the longest due first.
    DueWatches => Vec<MessageId>;
    /// A list of messages, newest first.
    Messages => Vec<MessageRecord>;
    /// One member.
    MemberById => Option<Member>;
    /// What members are called, in the order asked; `None` where one is unknown or erased.
    NamesOf => Vec<Option<Text>>;
    /// Who has these numbers, in the order asked.
    OwnersOf => Vec<Option<MemberId>>;
    /// A list of members, newest first.
    Members => Vec<Member>;
    /// Consents of a member's addresses.
    ConsentsOf => Vec<ConsentRecord>;
    /// The ledger of a member's addresses, in the order it was written.
    LedgerOf => Vec<LedgerLine>;
    /// Addresses that are opted out of everything, in the order they came to be.
    Suppressions => Vec<Suppression>;
    /// Messages that may mean stop and wait for a person to decide, oldest first.
    Attentions => Vec<Attention>;
    /// Windows of a member's addresses.
    WindowsOf => Vec<WindowRecord>;
    /// Counts.
    StatsNow => Stats;
    /// The outbox after an id.
    EventsAfter => Vec<EventRecord>;
    /// What waits in the outbox after an id, whether it may be told yet or not.
    EventsWaiting => Vec<EventRecord>;
    /// Inbound messages that wait for an answer by rule: all of each member of whom one is due, in their order.
    Unanswered => Vec<UnansweredInbound>;
    /// How a model was asked about a message, or about what a message answers.
    TurnOf => Option<TurnRecord>;
    /// When the coach's rules have to look at something next.
    AnswerDue => AnswersDue;
    /// A list of conversations.
    Conversations => ConversationsPage;
    /// One conversation; `None` when there is no such member.
    ConversationOf => Option<ConversationRecord>;
    /// Kill switches that are on, and the version.
    Switches => (u32, Vec<SwitchRecord>);
    /// Whom WhatsApp is on for, where somebody has changed it.
    RolloutNow => Option<RolloutRecord>;
    /// Members who agreed to WhatsApp, in the order of their ids.
    RolloutMembers => Vec<RolloutMember>;
    /// How far the outbox was pruned, if it ever was.
    EventsPruned => Option<PrunedTo>;
    /// Templates as the provider has them, the newest first.
    Templates => Vec<TemplateRecord>;
    /// What became of a template, the newest change first.
    TemplateEvents => Vec<TemplateEvent>;
    /// How our own numbers stand at their provider.
    SenderStandings => Vec<SenderStanding>;
    /// Members in one time zone whose daily hour lies in a span and for whom the occasion has no end
    /// yet, in the order of their ids.
    DueMembers => DuePage;
    /// The time zones members live in.
    TimeZones => Vec<String>;
    /// Up to when the occurrences of shards were looked through, of those that ever were.
    CheckedTo => Vec<(Shard, Timestamp)>;
    /// Since when what recurs is this home's: an occurrence that was due before may have been sent by whoever served this
    /// history then. `None` from its beginning.
    RecursFrom => Option<Timestamp>;
    /// The instant of the newest inbound message of a provider, for the sweep over its list (G3).
    LastInbound => Option<Timestamp>;
    /// How far the providers' lists of inbound messages were read.
    ListsRead => ListsKept;
    /// Attempts of all messages, for whoever compares our ledger with the provider's.
    AttemptsAfter => Vec<AttemptLine>;
    /// Receipts of all attempts, for the same reader.
    ReceiptsAfter => Vec<ReceiptLine>;
    /// Attempts whose price is to be asked for again, and how far all have been asked about.
    PricesToAsk => PricesDue;
    /// What providers are to be asked to delete by now, the longest due first.
    CopiesToDelete => Vec<ProviderCopy>;
    /// Who is logged in with a browser.
    SessionOf => Option<SessionRecord>;
    /// Where a member is logged in, and which addresses were theirs.
    AccountOf => AccountRecord;
    /// The team, in the order they came.
    Operators => Vec<OperatorRecord>;
    /// Who of the team is logged in with a browser.
    OperatorSessionOf => Option<OperatorSession>;
    /// Somebody's second factor.
    SecondFactorOf => Option<SecondFactorRecord>;
    /// Who of the team is asked for a second factor.
    SecondFactors => Vec<OperatorId>;
    /// Who of the team typed the texted code in a browser, and not yet the second.
    OperatorEntryOf => Option<OperatorRecord>;
    /// Who looks as a member with a browser.
    LookOf => Option<LookRecord>;
    /// What the team changed, the newest first.
    AuditLog => Vec<AuditRecord>;
    /// Endpoints that events are told to, in the order they were made.
    Endpoints => Vec<EndpointRecord>;
    /// What an endpoint was told, the newest event first.
    Deliveries => Vec<DeliveryRecord>;
    /// What was put aside and is to be tried again by now, the longest due first.
    DeliveriesDue => Vec<DeliveryRecord>;
    /// The last event before an instant.
    EventBefore => Option<i64>;
    /// Keys of the API that were not revoked, in the order they were made.
    ApiKeys => Vec<KeyRecord>;
    /// Members whose name or address holds some words, the newest first.
    FindMembers => Vec<Member>;
    /// What was told of limits from an instant on.
    LimitsSince => LimitsTold;
    /// What was counted as sent to members, chain by chain, the oldest first.
    CountedSends => Vec<CountedSend>;
    /// What messages cost that were begun from a day on.
    CostsSince => Vec<(CostKey, CostSums)>;
    /// What happened in each hour from one on.
    ActivitySince => Vec<(ActivityKey, i64)>;
    /// Programmes, unless the asker has them as they are.
    Programmes => ProgrammesKept;
    /// Versions of a programme, the newest first.
    ProgrammeVersions => Vec<ProgrammeVersion>;
    /// One of them with its words.
    ProgrammeOfVersion => Option<ProgrammeRecord>;
    /// How many members follow what, by the name their profiles have.
    FollowerCounts => Vec<(String, u64)>;
    /// Who follows some programmes, in the order of ids.
    FollowersOf => Vec<Member>;
    /// What members follow, and when they are on holiday, in the order asked.
    RhythmsOf => Vec<Rhythm>;
    /// Everything about one member's programmes.
    TrainingOf => TrainingRecord;
    /// Subscriptions of members, in the order asked, each member's by when they were made.
    SubscriptionsOf => Vec<Vec<SubscriptionRecord>>;
    /// What is to be asked of whoever takes payments, and who is to be reminded.
    BillingToDo => BillingDue;
    /// Saved audiences, by name.
    Segments => Vec<SegmentRecord>;
    /// An audience, in the order of ids.
    MembersMatching => Vec<AudienceMember>;
    /// How many an audience has.
    CountMatching => AudienceCount;
    /// Broadcasts, the newest first.
    Broadcasts => Vec<BroadcastRecord>;
    /// One broadcast.
    BroadcastById => Option<BroadcastRecord>;
    /// The next members of a broadcast's audience, in its order.
    BroadcastNext => Vec<NextMember>;
    /// What came of a broadcast for each member, in its order.
    BroadcastMembers => Vec<BroadcastMemberRecord>;
    /// What came of a broadcast so far.
    BroadcastProgress => BroadcastCounts;
    /// Messages of a broadcast that have a place still.
    BroadcastPlaces => Vec<MessageId>;
    /// What waits, and for what.
    WaitingNow => Waiting;
    /// What ended badly and nobody has seen to, together by how and why.
    DeadCounts => Vec<DeadCount>;
    /// The messages of such a group, the newest first.
    DeadLetters => Vec<DeadLetter>;
    /// Notes of the team about a member, the newest first.
    NotesOf => Vec<MemberNote>;
    /// The page that a token opens.
    CheckoutOf => Option<CheckoutRecord>;
}

/// See [`Request::MemberById`].
#[derive(Clone, Debug)]
pub struct MemberById {
    /// Which.
    pub id: MemberId,
}

/// See [`Request::NamesOf`].
#[derive(Clone, Debug)]
pub struct NamesOf {
    /// Whose.
    pub members: Vec<MemberId>,
}

/// See [`Request::Members`].
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// With this number.
    pub phone: Option<PhoneNumber>,
    /// Before this id (newest first).
    pub before: Option<MemberId>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::ConsentsOf`].
#[derive(Clone, Debug)]
pub struct ConsentsOf {
    /// The addresses.
    pub addresses: Vec<(Channel, Handle)>,
}

/// See [`Request::LedgerOf`].
#[derive(Clone, Debug)]
pub struct LedgerOf {
    /// The addresses.
    pub addresses: Vec<(Channel, Handle)>,
}

/// See [`Request::Suppressions`].
#[derive(Clone, Copy, Debug)]
pub struct Suppressions {
    /// After this line; 0 is from the beginning.
    pub after: i64,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::Attentions`].
#[derive(Clone, Copy, Debug)]
pub struct Attentions {
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::WindowsOf`].
#[derive(Clone, Debug)]
pub struct WindowsOf {
    /// The addresses.
    pub handles: Vec<Handle>,
}

/// See [`Request::StatsNow`].
#[derive(Clone, Debug)]
pub struct StatsNow {
    /// Now.
    pub at: Timestamp,
}

/// See [`Request::EventsAfter`].
#[derive(Clone, Debug)]
pub struct EventsAfter {
    /// After this id; `None` asks for the newest one only, to start from.
    pub after: Option<i64>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::EventsWaiting`]. Only to say what waits: where many write, one that commits later may have a smaller id,
/// so nobody goes on from one of these.
#[derive(Clone, Copy, Debug)]
pub struct EventsWaiting {
    /// After this id.
    pub after: i64,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::Unanswered`].
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// Now.
    pub at: Timestamp,
    /// Of at most this many that are due, and at most 32 of each member.
    pub limit: u32,
    /// Of members in these shards.
    pub shards: Shards,
}

/// See [`Request::TurnOf`].
#[derive(Clone, Copy, Debug)]
pub struct TurnOf {
    /// The first message of a burst, or the answer to it.
    pub message: MessageId,
}

/// See [`Request::AnswerDue`].
#[derive(Clone, Copy, Debug)]
pub struct AnswerDue {
    /// Of members in these shards; hand-overs end for all together.
    pub shards: Shards,
}

/// See [`Request::Conversations`].
#[derive(Clone, Debug)]
pub struct Conversations {
    /// How they stand.
    pub state: ConversationState,
    /// Which of these.
    pub only: ConversationFilter,
    /// After this one.
    pub after: Option<(i64, MemberId)>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::ConversationOf`].
#[derive(Clone, Copy, Debug)]
pub struct ConversationOf {
    /// Whose.
    pub member: MemberId,
}

/// See [`Request::Switches`].
#[derive(Clone, Copy, Debug)]
pub struct Switches;

/// See [`Request::CopiesToDelete`].
#[derive(Clone, Copy, Debug)]
pub struct CopiesToDelete {
    /// Now.
    pub at: Timestamp,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::SenderStandings`].
#[derive(Clone, Copy, Debug)]
pub struct SenderStandings;

/// See [`Request::Templates`].
#[derive(Clone, Copy, Debug)]
pub struct Templates;

/// See [`Request::LastInbound`].
#[derive(Clone, Copy, Debug)]
pub struct LastInbound {
    /// On this channel.
    pub channel: Channel,
}

/// See [`Request::ListsRead`].
#[derive(Clone, Copy, Debug)]
pub struct ListsRead;

/// See [`Request::PricesToAsk`].
#[derive(Clone, Copy, Debug)]
pub struct PricesToAsk {
    /// Now: those that are due.
    pub at: Timestamp,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::LimitsSince`].
#[derive(Clone, Copy, Debug)]
pub struct LimitsSince {
    /// From this instant on.
    pub since: Timestamp,
}

/// See [`Request::CountedSends`].
#[derive(Clone, Debug)]
pub struct CountedSends {
    /// Of whom, and of which kind.
    pub of: Vec<(MemberId, Kind)>,
    /// Later than this.
    pub since: Timestamp,
}

/// See [`Request::ActivitySince`].
#[derive(Clone, Copy, Debug)]
pub struct ActivitySince {
    /// This one and later ones: hours since 1 January 1970, 0:00 UTC.
    pub hour: i64,
}

/// See [`Request::CostsSince`].
#[derive(Clone, Copy, Debug)]
pub struct CostsSince {
    /// The first day.
    pub day: UtcDay,
}

/// See [`Request::SessionOf`].
#[derive(Clone, Copy, Debug)]
pub struct SessionOf {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
    /// Now: one that is over is none.
    pub at: Timestamp,
}

/// See [`Request::AccountOf`].
#[derive(Clone, Copy, Debug)]
pub struct AccountOf {
    /// Whose.
    pub member: MemberId,
    /// Now: a session that is over is none.
    pub at: Timestamp,
}

/// See [`Request::Programmes`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Programmes {
    /// The stamp of what the asker has.
    pub known: Option<i64>,
}

/// See [`Request::RhythmsOf`].
#[derive(Clone, Debug)]
pub struct RhythmsOf {
    /// Whose.
    pub members: Vec<MemberId>,
}

/// See [`Request::TrainingOf`].
#[derive(Clone, Copy, Debug)]
pub struct TrainingOf {
    /// Whose.
    pub member: MemberId,
    /// At most this many occurrences.
    pub limit: u32,
}

/// See [`Request::SubscriptionsOf`].
#[derive(Clone, Debug)]
pub struct SubscriptionsOf {
    /// Whose.
    pub members: Vec<MemberId>,
}

/// See [`Request::BillingToDo`].
#[derive(Clone, Copy, Debug)]
pub struct BillingToDo {
    /// Now.
    pub at: Timestamp,
    /// Who renews before this instant is reminded.
    pub remind_before: Timestamp,
    /// At most this many of each.
    pub limit: u32,
}

/// See [`Request::CheckoutOf`].
#[derive(Clone, Debug)]
pub struct CheckoutOf {
    /// What opens it.
    pub token: String,
}

/// A future on the heap, as object-safe traits need.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Answers questions.
pub trait Ask: Send + Sync + Debug {
    /// Answers one.
    fn ask(&self, request: Request) -> BoxFuture<'_, Result<Reply, StoreError>>;
}

impl dyn Ask {
    /// Answers one, typed.
    pub async fn question<Q: Question + Send>(&self, question: Q) -> Result<Q::Reply, StoreError> {
        let request = question.into_request();
        let name = request.name();
        tracing::trace!(name, "asked");
        let reply = self.ask(request).await?;
        Q::from_reply(reply)
            .ok_or_else(|| StoreError::Corrupt(format!("a reply of another kind to {name}")))
    }
}
