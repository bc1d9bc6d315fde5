//! The send planner: may this message go out now, on which channel, in which form (DESIGN 4)?
//!
//! [`decide`] is a pure function of [`Facts`] and the present instant. It does not consider pace
//! (`pacing`), nor what a provider's answer means (`retry`).

mod channels;
mod decide;
mod decision;
mod facts;
mod form;
mod preview;
mod reason;
mod subject;

pub use channels::{by_itself, is_on};
pub use decide::decide;
pub use decision::{Considered, Decision, FactVersions, Finding, Form, Judgement, Knock, SendPlan};
pub use facts::{
    AddressFacts, AddressLimits, Chain, Facts, KillSwitches, MemberFacts, MessageFacts,
    OpenQuestion, SenderFacts, SenderState, Settings, TemplateFacts, Wait,
};
pub use form::template_words;
pub use preview::{Preview, preview};
pub use reason::{Choice, FormReason, Reason, Rollout};
pub use subject::{ending, subject};
