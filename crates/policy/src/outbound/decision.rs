//! What the planner answers.

use std::collections::BTreeMap;

use domain::content::{Choices, Location};
use domain::segments::Segments;
use domain::{
    Address, Channel, DeliveryStatus, Handle, MediaUrl, ProviderName, TemplateUse, Text, Timestamp,
};

use super::reason::{Choice, Reason, Rollout};
use crate::pricing::Estimate;

/// A decision and the way to it, which is kept with the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What to do.
    pub decision: Decision,
    /// Every channel that was looked at, in order; empty when the message could not go at all.
    pub considered: Vec<Considered>,
    /// For a message that may go: whether there is another channel that could take over from this one.
    pub goes_on: bool,
}

impl Judgement {
    /// What the chosen channel is estimated to cost.
    pub fn price(&self) -> Option<Estimate> {
        let chosen = |one: &&Considered| one.finding == Finding::Chosen;
        self.considered.iter().find(chosen)?.price
    }
}

/// What to do with a message now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it, exactly like this.
    Send(SendPlan),
    /// Not now.
    Hold {
        /// When to decide again; a change of the facts may bring it earlier.
        until: Timestamp,
        /// Why.
        why: Reason,
        /// The template that asks the member to open the window, to be put on its way as a message
        /// of kind `knock` together with the hold. `None` when there is nothing to ask, or when it
        /// has been asked already.
        knock: Option<Knock>,
    },
    /// Not ever.
    Suppress {
        /// Why.
        why: Reason,
        /// How the message ends: `Suppressed`, `Expired`, `Cancelled`, or `Failed` when its
        /// attempts are used up.
        status: DeliveryStatus,
    },
}

/// How a message is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendPlan {
    /// The channel.
    pub channel: Channel,
    /// Who carries it.
    pub provider: ProviderName,
    /// Our own number.
    pub sender: Handle,
    /// The member's address.
    pub to: Address,
    /// The words.
    pub form: Form,
    /// Encoding and segments, for SMS without media.
    pub segments: Option<Segments>,
    /// Versions of the facts that were used: `begin` refuses when one has moved (G13).
    pub versions: FactVersions,
}

/// What goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text, media, or both.
    Text {
        /// The text as it will be sent; may be empty when there is media.
        text: Text,
        /// The media.
        media: Vec<MediaUrl>,
    },
    /// An approved template.
    Template {
        /// The provider's id for it.
        provider_template_id: Box<str>,
        /// Our name for it: that of the backup, where one is used.
        name: Box<str>,
        /// Its language.
        language: Box<str>,
        /// Which wording it is; empty where only its id is known.
        edition: Box<str>,
        /// Values by variable.
        variables: BTreeMap<Box<str>, Text>,
    },
    /// A text with buttons or a list below it.
    Interactive {
        /// The text.
        body: Text,
        /// What there is to choose.
        choices: Choices,
        /// Text and choices as words alone, for when the provider does not take the buttons.
        numbered: Text,
    },
    /// A place on the map.
    Location {
        /// The place.
        place: Location,
        /// What it is called; may be empty.
        words: Text,
    },
}

impl Form {
    /// Whether it may go within the session window only.
    pub const fn is_free(&self) -> bool {
        match self {
            Self::Text { .. } | Self::Interactive { .. } | Self::Location { .. } => true,
            Self::Template { .. } => false,
        }
    }

    /// Its stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Template { .. } => "template",
            Self::Interactive { choices, .. } if choices.list_button().is_some() => "list",
            Self::Interactive { .. } => "buttons",
            Self::Location { .. } => "location",
        }
    }
}

/// Versions of the facts a plan rests on; `None` where the plan does not depend on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FactVersions {
    /// Of the consent of the address.
    pub consent: u64,
    /// Of the sender's state.
    pub sender: u64,
    /// Of the session window: free-form WhatsApp only.
    pub window: Option<u64>,
    /// Of the template: templates only.
    pub template: Option<u64>,
}

/// A template to be sent so that the member opens the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knock {
    /// The channel to knock on.
    pub channel: Channel,
    /// The template, ready to become the content of a message of kind `knock`.
    pub template: TemplateUse,
}

/// One channel that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The channel.
    pub channel: Channel,
    /// Why it was looked at, in its order.
    pub because: Choice,
    /// Why it is on for the member, where it is not on for all.
    pub rollout: Option<Rollout>,
    /// What came of it.
    pub finding: Finding,
    /// What the message would cost there; behind a knock, what the knock costs. `None` where it did not
    /// get as far as a form.
    pub price: Option<Estimate>,
}

/// What came of looking at a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It carries the message.
    Chosen,
    /// It would carry the message, but not now.
    Later(Reason),
    /// It does not carry this message.
    Passed(Reason),
}
