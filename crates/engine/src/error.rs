//! What can go wrong when the engine is asked for something.

use policy::admission::Refusal;
use store::StoreError;

/// Why a request to the engine was not done.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store cannot answer right now; nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The message cannot be accepted as it is.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No such member.
    #[error("there is no such member")]
    UnknownMember,
    /// No such message.
    #[error("there is no such message")]
    UnknownMessage,
    /// No such programme.
    #[error("there is no programme `{0}`; GET /api/v1/programmes lists those there are")]
    UnknownProgramme(String),
    /// Nobody has to decide about this message, or somebody has.
    #[error("this message waits for no decision")]
    NotInDoubt,
    /// Another person keeps the conversation.
    #[error("{} keeps this conversation", .0.name)]
    KeptBy(store::records::KeeperRecord),
    /// It was answered or dismissed before.
    #[error("{inbound} is already answered by {}", .by.as_deref().unwrap_or("the coach's rules"))]
    AnsweredBefore {
        /// Which.
        inbound: domain::MessageId,
        /// By whom; `None` is the rules.
        by: Option<String>,
    },
    /// No such message of that member.
    #[error("{0} is no message that this member wrote")]
    NotTheirs(domain::MessageId),
    /// No such saved audience.
    #[error("there is no such segment")]
    UnknownSegment,
    /// Another saved audience is called so.
    #[error("another segment is called so: {0}")]
    SegmentNameTaken(domain::SegmentId),
    /// No such broadcast.
    #[error("there is no such broadcast")]
    UnknownBroadcast,
    /// Somebody edited it since it was read.
    #[error("{by} has edited it since: it is at revision {revision}")]
    BroadcastChanged {
        /// Which one it is at.
        revision: u32,
        /// Who.
        by: String,
    },
    /// It stands in a way in which that cannot happen.
    #[error(transparent)]
    BroadcastState(#[from] policy::broadcast::Refused),
    /// The same key with another body.
    #[error("this Idempotency-Key was used with another body")]
    KeyReused,
    /// Another member has that number.
    #[error("another member has this phone number")]
    PhoneTaken(domain::MemberId),
    /// Not a time zone.
    #[error(transparent)]
    TimeZone(#[from] policy::schedule::UnknownZone),
    /// No kill switch of that scope.
    #[error("there is no kill switch of that scope; there are {known}")]
    UnknownScope {
        /// Those there are.
        known: String,
    },
    /// The provider could not do what was asked of it.
    #[error(transparent)]
    Provider(#[from] providers::FetchError),
    /// Whoever takes payments could not do what was asked.
    #[error(transparent)]
    Payment(#[from] providers::stripe::StripeError),
    /// Nobody pays here.
    #[error("there are no subscriptions here: everybody is served")]
    NoSubscriptions,
    /// They have a subscription already.
    #[error("they have a subscription already; it is changed where they manage it")]
    Subscribed,
    /// There is nobody there yet whose payments could be managed.
    #[error("they never had a subscription")]
    NeverSubscribed,
    /// It is shutting down.
    #[error("the service is shutting down; try again in a moment")]
    Draining,
    /// The database is not at home here (G33).
    #[error("{}", .0.sentence())]
    Held(store::home::Held),
}

impl EngineError {
    /// Whether trying again later can help.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Draining | Self::Store(StoreError::Busy | StoreError::Unavailable(_))
        )
    }
}
