//! The words: plain types and rules of shape, without IO.
//!
//! Nothing here reads a clock, a socket or a file, and nothing here is serialised: each edge
//! (wire, database, page) has structs of its own and converts. Values are parsed once, where they
//! enter, and stay valid from then on.

pub mod address;
pub mod answer;
pub mod audience;
pub mod broadcast;
pub mod channel;
pub mod code;
pub mod consent;
pub mod content;
pub mod day;
pub mod error_class;
pub mod failpoint;
pub mod ids;
pub mod integration;
pub mod message;
pub mod money;
pub mod operator;
pub mod phone;
pub mod place;
pub mod preferences;
pub mod private;
pub mod segments;
pub mod sender;
pub mod status;
pub mod subscription;
pub mod time;
pub mod window;
pub mod work;

pub use address::{Address, Handle};
pub use answer::{ProviderAnswer, ProviderError};
pub use broadcast::BroadcastState;
pub use channel::{Channel, ProviderName};
pub use code::CodeFor;
pub use consent::{ConsentEvent, ConsentState, Purpose};
pub use content::{Choice, Choices, Content, Media, MediaKind, MediaUrl, Rich, TemplateUse};
pub use day::UtcDay;
pub use error_class::ErrorClass;
pub use ids::{
    AttemptId, BroadcastId, Ids, InboundId, KeyId, MemberId, MessageId, NoteId, OperatorId,
    SegmentId, WebhookId,
};
pub use integration::{DeliveryState, Scope, Stopped};
pub use message::{Direction, Kind, Priority, QueueName};
pub use money::{Currency, Money, MoneyError};
pub use operator::Role;
pub use phone::{ParsedPhone, PhoneInputError, PhoneKind, PhoneNumber};
pub use place::PlaceState;
pub use preferences::{Preferences, Topic};
pub use private::{Secret, Text};
pub use segments::{Encoding, Segments};
pub use status::DeliveryStatus;
pub use subscription::SubscriptionState;
pub use time::{Clock, ManualClock, Seconds, Timestamp};
pub use window::{FreeEntry, SessionWindow};
