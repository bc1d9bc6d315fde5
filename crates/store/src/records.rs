//! What the rows mean, in domain words. Each store converts at its edge.

mod attempts;
mod audience;
mod broadcasts;
mod consents;
mod conversations;
mod copies;
mod dead_letters;
mod facts;
mod inbound;
mod integrations;
mod limits;
mod lists;
mod logins;
mod members;
mod messages;
mod notes;
mod operators;
mod prices;
mod programmes;
mod second_factors;
mod service;
mod standing;
mod subscriptions;
mod templates;

pub use attempts::{AttemptLine, AttemptRecord, ReceiptLine, ReceiptRecord};
pub use audience::{AudienceCount, AudienceMember, SegmentRecord};
pub use broadcasts::{
    BroadcastCounts, BroadcastMemberRecord, BroadcastPlan, BroadcastRecord, BroadcastStanding,
    NextMember, PASSED_OVER, TO_COME,
};
pub use consents::{
    Attention, ConsentEntry, ConsentRecord, Doubt, LedgerLine, OpenQuestions, Opens, Proof,
    Suppression, last_against,
};
pub use conversations::{
    AnswersDue, ConversationFilter, ConversationRecord, ConversationState, ConversationsPage,
    InboundStanding, KeeperRecord, LEFT_WAITING, LOOKED_AT, LeftRecord, NeedRecord, TurnRecord,
    WITH_PERSON,
};
pub use copies::{CopyId, ProviderCopy};
pub use dead_letters::{DeadCount, DeadGroup, DeadLetter, Waiting, WaitingGroup};
pub use facts::{ExpectedFacts, MessageFacts, PlaceRecord, WindowRecord};
pub use inbound::{InboundEffects, NewInbound, OfferRecord, UnansweredInbound};
pub use integrations::{DeliveryRecord, EndpointLine, EndpointRecord, KeyRecord, WaitingEndpoint};
pub use limits::{CountedSend, LimitsTold, Slowdown};
pub use lists::{ListMark, ListsKept};
pub use logins::{
    AccountRecord, CodeCeilings, CodeToTry, FormerAddress, NewCode, NewSession, SessionRecord,
};
pub use members::{Member, MemberChanges, NewMember};
pub use messages::{
    DecisionRecord, ErrorNote, Idempotency, MessageDetail, MessageRecord, NewMessage,
};
pub use notes::MemberNote;
pub use operators::{AuditEntry, AuditRecord, OperatorRecord, OperatorSession};
pub use prices::{PriceDue, PricesDue};
pub use programmes::{
    DuePage, EnrolmentRecord, LoggedWork, OccurrenceEnd, ProgrammeRecord, ProgrammeVersion,
    ProgrammesKept, Rhythm, TrainingRecord,
};
pub use second_factors::{FactorProof, LookRecord, SecondFactorRecord};
pub use service::{EventRecord, PrunedTo, RolloutMember, RolloutRecord, Stats, SwitchRecord};
pub use standing::SenderStanding;
pub use subscriptions::{BillingDue, BillingNeed, BillingTask, CheckoutRecord, SubscriptionRecord};
pub use templates::{TemplateChange, TemplateEvent, TemplateFact, TemplateRecord};
