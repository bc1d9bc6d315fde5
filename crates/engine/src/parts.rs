//! What an engine is made of, put together once by `app`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use domain::{Channel, Clock, Handle, Ids, ProviderName, Seconds};
use providers::{Provider, SenderHost, StatusCallback, TemplateHost};
use store::ops::BeatAnswer;
use store::{Ask, Committer, Notice, Ownership};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Engine;
use crate::in_flight::InFlight;
use crate::limits::Limits;
use crate::pace::Pace;
use crate::senders::Senders;
use crate::shapes::Shapes;
use crate::templates::Registry;

/// Times and limits of GUARANTEES; the defaults are those of its table.
#[derive(Clone, Debug)]
pub struct Settings {
    /// G: from the commit of *begun* to the first byte.
    pub start_grace: Seconds,
    /// L: how long a begun attempt may stay unsettled.
    pub lease: Seconds,
    /// V: validity of an SMS at the provider; `None` takes the kind's own (15 min, 5 for replies).
    pub validity: Option<Seconds>,
    /// Q: how long an unconfirmed attempt waits for evidence.
    pub quiet_period: Seconds,
    /// How long a lane waits for a receipt.
    pub receipt_wait: Seconds,
    /// How often sweeps run.
    pub sweep_every: Seconds,
    /// How long after an attempt its price is asked for first; zero never asks.
    pub price_wait: Seconds,
    /// How long a free entry point of WhatsApp lasts, from our answer on.
    pub free_entry: Seconds,
    /// How often the provider is asked how its templates stand.
    pub templates_every: Seconds,
    /// How many calls to providers may be open at once.
    pub calls_max: usize,
    /// How many attempts a message has.
    pub attempts_max: u8,
    /// How long more is waited for before members are answered.
    pub burst: policy::burst::Pace,
    /// How long a person keeps a conversation after their last word.
    pub hand_over: Seconds,
    /// The name the service gives itself in texts.
    pub service_name: String,
    /// The programme of members who were given none.
    pub programme: String,
    /// Countries whose people confirm an opt-in by a reply.
    pub double_opt_in: Vec<Box<str>>,
    /// Per-sender pace by channel: messages per second; absent means the provider's own queue does
    /// the pacing.
    pub rates: BTreeMap<Channel, policy::pacing::Rate>,
    /// One pair of numbers on WhatsApp (facts/whatsapp.md 1.7).
    pub whatsapp_pair: Option<policy::pacing::Rate>,
    /// How many people may be reached on WhatsApp outside a session window over a moving day, all numbers
    /// together; `None` leaves it to the provider to say.
    pub whatsapp_people: Option<u32>,
    /// How long events stay in the outbox that everybody has passed; `None` keeps them.
    pub events_kept: Option<Seconds>,
    /// How long the words of messages are kept.
    pub retention: policy::retention::Retention,
    /// Where codes that prove a phone may go, and how many.
    pub codes: crate::logins::CodeSettings,
    /// Numbers of the people who run this: owners in the console.
    pub admins: Vec<domain::PhoneNumber>,
    /// Whether everybody of the team has to have a second factor.
    pub factor_required: bool,
    /// What messages may cost.
    pub budget: policy::budget::Budget,
    /// How a language model is asked.
    pub coach: crate::coach::CoachSettings,
    /// Where endpoints of others may be.
    pub webhook_reach: providers::http::Reach,
    /// What the planner obeys.
    pub planner: policy::outbound::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            start_grace: Seconds::new(2),
            lease: Seconds::new(30),
            validity: None,
            quiet_period: Seconds::new(20 * 60),
            receipt_wait: Seconds::new(600),
            sweep_every: Seconds::new(60),
            price_wait: Seconds::new(900),
            free_entry: Seconds::new(72 * 3600),
            templates_every: Seconds::new(300),
            calls_max: 96,
            attempts_max: policy::retry::ATTEMPTS_MAX,
            burst: policy::burst::Pace::default(),
            hand_over: Seconds::new(12 * 3600),
            service_name: "GymText".into(),
            programme: policy::programme::shipped::DEFAULT.into(),
            double_opt_in: Vec::new(),
            rates: BTreeMap::new(),
            whatsapp_pair: None,
            whatsapp_people: None,
            events_kept: Some(Seconds::new(30 * 24 * 3600)),
            retention: policy::retention::Retention::default(),
            codes: crate::logins::CodeSettings::default(),
            admins: Vec::new(),
            factor_required: false,
            budget: policy::budget::Budget::OFF,
            coach: crate::coach::CoachSettings::default(),
            webhook_reach: providers::http::Reach::PublicOnly,
            planner: policy::outbound::Settings::default(),
        }
    }
}

/// Who answers STOP, START and HELP on a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeywordOwner {
    /// The provider, for the exact words it knows (facts/twilio.md 6.1); we answer the rest.
    Provider,
    /// We do.
    Service,
}

/// One of our own numbers.
#[derive(Clone, Debug)]
pub struct SenderSetting {
    /// The channel it serves.
    pub channel: Channel,
    /// Which provider carries it, as the column says.
    pub provider: ProviderName,
    /// The number.
    pub handle: Handle,
    /// Who answers keywords on it.
    pub keywords: KeywordOwner,
    /// Carries it.
    pub carrier: Arc<dyn Provider>,
    /// Where its receipts go.
    pub callback: Option<StatusCallback>,
}

/// A template known from the settings by its id.
#[derive(Clone, Debug)]
pub struct TemplateSetting {
    /// Our name for it; that of a kind carries the kind's word.
    pub name: String,
    /// The provider's id: `HX…`.
    pub provider_template_id: String,
    /// Its language.
    pub language: String,
    /// Whether it may be sent, as long as the provider has not said how it stands.
    pub approved: bool,
    /// Names of its variables.
    pub variables: Vec<Box<str>>,
    /// Its text with `{{1}}` for variables.
    pub body: Option<String>,
}

/// Everything an engine needs.
#[derive(Debug)]
pub struct Parts {
    /// Writes.
    pub committer: Committer,
    /// Reads.
    pub ask: Arc<dyn Ask>,
    /// The fence of this process and what lanes are its own.
    pub ownership: Arc<Ownership>,
    /// Commits tell of themselves here; the other end of [`notices`].
    pub notices: mpsc::UnboundedReceiver<Vec<Notice>>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Ids,
    /// 64 random bits, for jitter.
    pub seed: u64,
    /// Fills with bytes that nobody can guess, for codes and sessions; `false` when the system has none.
    pub random: fn(&mut [u8]) -> bool,
    /// Times and limits.
    pub settings: Settings,
    /// Our numbers, one for each channel.
    pub senders: Vec<SenderSetting>,
    /// Templates whose ids are set.
    pub templates: Vec<TemplateSetting>,
    /// Templates whose wordings are ours, judged before.
    pub catalog: Vec<policy::templates::Template>,
    /// Keeps templates and has them approved.
    pub template_host: Arc<dyn TemplateHost>,
    /// Knows how our numbers stand.
    pub sender_host: Arc<dyn SenderHost>,
    /// Answers what the rules do not understand.
    pub coach: Arc<dyn crate::coach::Coach>,
    /// Takes payments; `None` serves everybody.
    pub billing: Option<crate::subscriptions::Billing>,
    /// Where spans of traces go.
    pub spans: providers::otlp::Spans,
}

/// The two ends between a committer and an engine: hand the first to [`Committer::start`], the
/// second to [`Parts`].
pub fn notices() -> (
    store::committer::NoticeSink,
    mpsc::UnboundedReceiver<Vec<Notice>>,
) {
    let (sender, receiver) = mpsc::unbounded_channel();
    // The engine may be gone while the last commits finish: then nobody needs to know.
    let sink = Arc::new(move |notices: &[Notice]| drop(sender.send(notices.to_vec())));
    (sink, receiver)
}

/// The engine's inside.
pub(crate) struct Inner {
    pub(crate) committer: Committer,
    pub(crate) ask: Arc<dyn Ask>,
    pub(crate) ownership: Arc<Ownership>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    pub(crate) seed: AtomicU64,
    pub(crate) random: fn(&mut [u8]) -> bool,
    pub(crate) hashing: crate::logins::Hashing,
    pub(crate) settings: Settings,
    pub(crate) senders: Senders,
    pub(crate) templates: Vec<TemplateSetting>,
    pub(crate) catalog: Vec<policy::templates::Template>,
    pub(crate) template_host: Arc<dyn TemplateHost>,
    pub(crate) sender_host: Arc<dyn SenderHost>,
    pub(crate) coach: Arc<dyn crate::coach::Coach>,
    pub(crate) coach_counts: crate::coach::Counts,
    /// One permit for each turn that may be considered.
    pub(crate) turns: Arc<tokio::sync::Semaphore>,
    pub(crate) billing: Option<crate::subscriptions::Billing>,
    pub(crate) spans: providers::otlp::Spans,
    /// How our numbers stand, as last read.
    pub(crate) standings: std::sync::RwLock<Arc<Vec<store::records::SenderStanding>>>,
    pub(crate) registry: std::sync::RwLock<Arc<Registry>>,
    /// Held by whoever reads switches and templates into memory: one at a time.
    pub(crate) loading: tokio::sync::Mutex<()>,
    /// Held by whoever asks the provider about templates: one at a time.
    pub(crate) template_work: tokio::sync::Mutex<()>,
    /// The provider refused a template: how they stand is asked at once.
    pub(crate) template_trouble: Notify,
    pub(crate) pace: Pace,
    pub(crate) limits: Limits,
    pub(crate) shelf: crate::programmes::Shelf,
    pub(crate) checked: std::sync::Mutex<crate::recurring::checked::Checked>,
    pub(crate) keys: crate::keys::KeyShelf,
    pub(crate) targets: Arc<crate::webhooks::Targets>,
    pub(crate) in_flight: InFlight,
    pub(crate) shapes: Shapes,
    pub(crate) outbox: watch::Sender<u64>,
    pub(crate) in_force: std::sync::RwLock<crate::facts::InForce>,
    /// Internal messages to the worker.
    pub(crate) to_worker: mpsc::UnboundedSender<crate::worker::Word>,
    /// Taken by [`Engine::start`].
    pub(crate) from_parts: std::sync::Mutex<Option<crate::worker::Inbox>>,
    pub(crate) answering: Notify,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) draining: AtomicBool,
    pub(crate) started: AtomicBool,
    /// What the last beat told.
    pub(crate) beat: std::sync::RwLock<Option<BeatAnswer>>,
    /// Whether the database is at home here again, and what was said meanwhile is being asked for, or waited for.
    pub(crate) coming_home: AtomicBool,
    /// Held by whoever reads the providers' lists: one at a time.
    pub(crate) lists: tokio::sync::Mutex<crate::lists::Lists>,
}

impl Engine {
    /// Puts the parts together. Nothing runs before [`Engine::start`].
    pub fn new(parts: Parts) -> Self {
        let (to_worker, words) = mpsc::unbounded_channel();
        let in_force = crate::facts::InForce::of(&parts.settings.planner);
        let inner = Inner {
            committer: parts.committer,
            ask: parts.ask,
            ownership: parts.ownership,
            clock: parts.clock,
            ids: parts.ids,
            seed: AtomicU64::new(parts.seed),
            random: parts.random,
            hashing: crate::logins::Hashing::default(),
            pace: Pace::default(),
            limits: Limits::new(parts.settings.whatsapp_people),
            shelf: crate::programmes::Shelf::default(),
            checked: std::sync::Mutex::default(),
            settings: parts.settings,
            senders: Senders::new(parts.senders),
            registry: std::sync::RwLock::new(Arc::new(Registry::of(
                &parts.templates,
                &parts.catalog,
                &[],
            ))),
            templates: parts.templates,
            catalog: parts.catalog,
            template_host: parts.template_host,
            sender_host: parts.sender_host,
            coach: parts.coach,
            coach_counts: crate::coach::Counts::default(),
            turns: Arc::new(tokio::sync::Semaphore::new(crate::coach::TURNS_MAX)),
            billing: parts.billing,
            spans: parts.spans,
            standings: std::sync::RwLock::default(),
            loading: tokio::sync::Mutex::default(),
            template_work: tokio::sync::Mutex::default(),
            template_trouble: Notify::new(),
            keys: crate::keys::KeyShelf::default(),
            targets: Arc::default(),
            in_flight: InFlight::default(),
            shapes: Shapes::default(),
            outbox: watch::Sender::new(0),
            in_force: std::sync::RwLock::new(in_force),
            to_worker,
            from_parts: std::sync::Mutex::new(Some(crate::worker::Inbox {
                notices: parts.notices,
                words,
            })),
            answering: Notify::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            draining: AtomicBool::new(false),
            started: AtomicBool::new(false),
            beat: std::sync::RwLock::default(),
            coming_home: AtomicBool::new(false),
            lists: tokio::sync::Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
            actor: None,
            answering: None,
        }
    }
}

impl Inner {
    /// 64 random bits for jitter (`SplitMix64`; needs spread, not secrecy).
    pub(crate) fn jitter(&self) -> u64 {
        use std::sync::atomic::Ordering::Relaxed;
        let mut random = self.seed.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
        random = (random ^ (random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        random = (random ^ (random >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        random ^ (random >> 31)
    }
}
