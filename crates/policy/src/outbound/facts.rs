//! What the planner has to know. Plain data, borrowed where it can be: gathering it for one message
//! allocates nothing.

use std::collections::HashSet;
use std::sync::Arc;

use domain::{
    Address, Channel, ConsentState, Content, FreeEntry, Handle, Kind, MemberId, Preferences,
    ProviderName, QueueName, Seconds, SessionWindow, Timestamp,
};

use crate::budget::Purse;
use crate::frequency::Caps;
use crate::pricing::RateCards;
use crate::quiet_hours::QuietHours;
use crate::templates::{Category, Variable};

/// Everything a decision may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The message.
    pub message: MessageFacts<'a>,
    /// Whom it is for.
    pub member: MemberFacts<'a>,
    /// Their addresses, at most one for each channel.
    pub addresses: &'a [AddressFacts<'a>],
    /// Our own numbers, at most one for each channel.
    pub senders: &'a [SenderFacts<'a>],
    /// The templates of this kind, and the one the caller named, in every language we know; of one
    /// language the newest wording first.
    pub templates: &'a [TemplateFacts<'a>],
    /// What an operator has switched off.
    pub switches: &'a KillSwitches,
    /// What is left of the budget; empty where there is none.
    pub purses: &'a [Purse],
    /// Settings of the service.
    pub settings: &'a Settings,
}

/// The message to be planned.
#[derive(Clone, Copy, Debug)]
pub struct MessageFacts<'a> {
    /// What it is for.
    pub kind: Kind,
    /// Its queue.
    pub queue: &'a QueueName,
    /// Whether it may fall back to every channel that has consent.
    pub critical: bool,
    /// The channel the caller asked for.
    pub channel_wish: Option<Channel>,
    /// What it says.
    pub content: &'a Content,
    /// Not earlier than this.
    pub not_before: Option<Timestamp>,
    /// Not later than this.
    pub expires_at: Option<Timestamp>,
    /// Somebody asked to take it back.
    pub cancel_requested: bool,
    /// The channel on which the member wrote what this answers.
    pub in_reply_to: Option<Channel>,
    /// What came before it, where it follows another message that did not arrive.
    pub chain: Chain<'a>,
    /// When others of its kind went to the member, as far back as a cap on its kind counts; in any order.
    pub counted: &'a [Timestamp],
    /// When a knock for this message was put on its way, if it was: it is not knocked twice.
    pub knocked_at: Option<Timestamp>,
    /// Attempts that were used up so far.
    pub attempts_used: u8,
    /// Attempts it has in all.
    pub attempts_max: u8,
}

/// The messages before this one that say the same on other channels (GUARANTEES 2.7).
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain<'a> {
    /// The channels they went on.
    pub tried: &'a [Channel],
    /// Whether one of them has arrived after all.
    pub arrived: bool,
}

/// The member it is for.
#[derive(Clone, Copy, Debug)]
pub struct MemberFacts<'a> {
    /// Decides, by a stable hash, who belongs to a rollout.
    pub id: MemberId,
    /// As templates address them; may be empty.
    pub name: &'a str,
    /// Asked to be forgotten.
    pub erased: bool,
    /// The channel they prefer.
    pub preferred_channel: Option<Channel>,
    /// The channels they prefer for some topics.
    pub preferences: Preferences,
    /// The group of a rollout they are in.
    pub cohort: Option<&'a str>,
    /// Language, and perhaps country: `es`, `pt-BR`.
    pub locale: &'a str,
    /// ISO 3166 country of their number, where known.
    pub country: Option<&'a str>,
    /// IANA name of their time zone, for the day a knock speaks of; unknown counts as UTC.
    pub time_zone: Option<&'a str>,
    /// The hour of the day they chose for their workout.
    pub chosen_hour: Option<u8>,
}

/// One address of the member.
#[derive(Clone, Copy, Debug)]
pub struct AddressFacts<'a> {
    /// The address.
    pub address: &'a Address,
    /// Their consent for it.
    pub consent: ConsentState,
    /// Whether they stopped marketing on it, and only that (63033).
    pub marketing_stopped: bool,
    /// What is open about their consent.
    pub open: OpenQuestion,
    /// Version of the consent; `begin` compares it (G13).
    pub consent_version: u64,
    /// The session window, as last known.
    pub window: Option<SessionWindow>,
    /// Version of the window.
    pub window_version: u64,
    /// Whether they came by an advertisement, and what follows from it for the price.
    pub free_entry: FreeEntry,
    /// Known not to be reachable there: no WhatsApp, a landline, an invalid number.
    pub unreachable: bool,
    /// What has to wait here, and why.
    pub limits: AddressLimits,
}

/// Limits of the provider that hold for one address, as they stand now.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddressLimits {
    /// Anything.
    pub anything: Option<Wait>,
    /// What goes outside a session window: people reached so are counted.
    pub outside_window: Option<Wait>,
    /// Marketing.
    pub marketing: Option<Wait>,
}

/// Something may go later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// When to look again.
    pub until: Timestamp,
    /// What it waits for.
    pub why: super::Reason,
}

/// What is open about a consent. A doubt counts where there is more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenQuestion {
    /// Nothing.
    Nothing,
    /// A reply that confirms it was asked for and has not come.
    Confirmation,
    /// They wrote what may mean stop, and nobody has decided yet.
    Doubt,
}

/// Our own number on a channel.
#[derive(Clone, Copy, Debug)]
pub struct SenderFacts<'a> {
    /// The channel it serves.
    pub channel: Channel,
    /// Who carries it.
    pub provider: ProviderName,
    /// The number.
    pub handle: &'a Handle,
    /// Whether it can be used.
    pub state: SenderState<'a>,
    /// Version of the state; `begin` compares it (G13).
    pub version: u64,
}

/// State of a sender (GUARANTEES 2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderState<'a> {
    /// Usable.
    Ready,
    /// Too fast: not before `until`.
    Throttled {
        /// When it may go on.
        until: Timestamp,
    },
    /// Not usable until a person has acted. What waits stays.
    Stopped {
        /// Why, for people.
        why: &'a str,
    },
}

/// One template in one language.
#[derive(Clone, Copy, Debug)]
pub struct TemplateFacts<'a> {
    /// Our name: `daily_workout`, `weekly_checkin`, `welcome`, `subscription_reminder`, or another.
    /// The template of a kind carries the kind's word as its name.
    pub name: &'a str,
    /// The provider's id, e.g. `HX…`.
    pub provider_template_id: &'a str,
    /// Its language: `en`, `en_US`, `pt-BR`.
    pub language: &'a str,
    /// Which wording it is; empty where only its id is known.
    pub edition: &'a str,
    /// Whether it may be sent now (GUARANTEES 2.8: approved only).
    pub approved: bool,
    /// What the provider counts it as, where it has told.
    pub category: Option<Category>,
    /// Names of its variables: `1`, `2`, …
    pub variables: &'a [Box<str>],
    /// What they hold, in order; empty where only its id is known.
    pub declared: &'a [Variable],
    /// The template that takes its place while it may not be sent.
    pub backup: Option<&'a str>,
    /// Its text with `{{1}}` for variables, where we have it: lets SMS carry the same words.
    pub body: Option<&'a str>,
    /// Version of its state; `begin` compares it (G13, G20).
    pub version: u64,
}

/// What an operator has switched off. A sender is switched off by [`SenderState::Stopped`].
#[derive(Clone, Debug, Default)]
pub struct KillSwitches {
    /// Everything.
    pub everything: bool,
    /// WhatsApp, in favour of SMS: what would go there goes by SMS, and what cannot waits for the way back.
    pub rolled_back: bool,
    /// Channels.
    pub channels: Vec<Channel>,
    /// Kinds.
    pub kinds: Vec<Kind>,
    /// Queues.
    pub queues: Vec<QueueName>,
}

/// Settings the planner obeys.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `WHATSAPP_ENABLED`.
    pub whatsapp_enabled: bool,
    /// Percentage of members, 0 to 100, for whom WhatsApp is on; always the same members.
    pub whatsapp_rollout_percent: u8,
    /// Groups for whose members WhatsApp is on whatever the percentage.
    pub whatsapp_cohorts: Vec<Box<str>>,
    /// The channels of members without a preference, by the country of their number.
    pub country_channels: Vec<(Box<str>, Channel)>,
    /// The channel of everybody else without a preference.
    pub default_channel: Channel,
    /// The language of members whose own has no template.
    pub default_locale: Box<str>,
    /// D of GUARANTEES: the longest a provider call takes.
    pub provider_deadline: Seconds,
    /// The session window counts as closed this early.
    pub window_margin: Seconds,
    /// How long a body without an expiry waits behind its knock.
    pub knock_patience: Seconds,
    /// When to look again at what waits for a person: a switch, a stopped sender.
    pub recheck_every: Seconds,
    /// When another channel takes over.
    pub fallback: crate::fallback::Rules,
    /// Whether look-alikes may be folded to GSM-7 ([`domain::segments::fold_smart`]).
    pub smart_encoding: bool,
    /// Staging: the only handles that may be written to. `None` is everybody.
    pub allow_list: Option<HashSet<Handle>>,
    /// When nothing goes out that was not asked for a moment ago.
    pub quiet_hours: QuietHours,
    /// How many messages of a kind a member gets.
    pub caps: Caps,
    /// What messages cost.
    pub rate_cards: Arc<RateCards>,
}

impl Default for Settings {
    /// WhatsApp off, SMS, English, D 10 s, margin 120 s, knocks 24 h, rechecks every 5 min, smart encoding, everybody
    /// at any hour and as often as they are written to, the rate cards that are shipped.
    fn default() -> Self {
        Self {
            whatsapp_enabled: false,
            whatsapp_rollout_percent: 100,
            whatsapp_cohorts: Vec::new(),
            country_channels: Vec::new(),
            default_channel: Channel::Sms,
            default_locale: "en".into(),
            provider_deadline: Seconds::new(10),
            window_margin: Seconds::new(120),
            knock_patience: Seconds::new(24 * 3600),
            recheck_every: Seconds::new(300),
            fallback: crate::fallback::Rules::default(),
            smart_encoding: true,
            allow_list: None,
            quiet_hours: QuietHours::OFF,
            caps: Caps::OFF,
            rate_cards: RateCards::shipped(),
        }
    }
}
