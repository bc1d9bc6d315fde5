//! How a sandbox is set up: the account, its numbers, the pace and the bounds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, PhoneNumber, Seconds, Secret};
use futures_util::future::BoxFuture;

/// Everything a sandbox is made with. Start from [`Config::new`] and change what matters.
#[derive(Clone)]
pub struct Config {
    /// The account's sid (`AC…`), which is part of most paths.
    pub account_sid: String,
    /// The account's auth token: the password of requests and the key of signatures.
    pub auth_token: Secret,
    /// API keys (`SK…`) and their secrets that are let in besides.
    pub api_keys: Vec<(String, Secret)>,
    /// The clock of windows, schedules, dates and approvals. Pauses between callbacks are real time.
    pub clock: Arc<dyn Clock>,
    /// Decides every id and every fault.
    pub seed: u64,
    /// The account's own numbers.
    pub numbers: Vec<OwnNumber>,
    /// How long a message takes.
    pub timing: Timing,
    /// STOP as Advanced Opt-Out has it: a send after it is accepted and then failed with 21610, and
    /// the webhook carries `OptOutType`. Otherwise the send is refused with 400 and 21610.
    pub advanced_opt_out: bool,
    /// Whether STOP, START and HELP are answered on behalf of the number. Without this and Advanced
    /// Opt-Out they are the project's own business, as on a short code: nothing is blocked either.
    pub auto_reply_keywords: bool,
    /// What becomes of templates that are submitted.
    pub approval: Approval,
    /// More REST requests than this at once get 429 and 20429.
    pub requests_at_once_max: Option<usize>,
    /// How many webhooks are under way at once.
    pub webhooks_at_once_max: usize,
    /// How many messages may wait for their webhooks before new ones get 429.
    pub messages_under_way_max: usize,
    /// How many messages are remembered; the oldest are forgotten first.
    pub messages_max: usize,
    /// How many handsets there may be. A message to a number beyond them arrives unseen.
    pub phones_max: usize,
    /// How many requests, alerts and events are remembered.
    pub recent_max: usize,
    /// How many lines the ledger keeps.
    pub ledger_max: usize,
    /// How long after its end a message gets its price.
    pub price_after: Seconds,
    /// Where this sandbox is reached, for the links in its answers (`http://127.0.0.1:8090`). When it
    /// is absent, [`crate::Simulator::serve`] takes its listener's address.
    pub public_url: Option<String>,
    /// Serve the control API whatever the `Host` header says. Otherwise only loopback names are served, so
    /// that a page on the internet cannot reach it by a name that points here.
    pub any_host: bool,
    /// Tells why a message was sent this way, where somebody knows.
    pub explain: Option<Arc<dyn Explain>>,
    /// A pretend Stripe beside the pretend Twilio.
    pub stripe: Option<crate::stripe::StripeConfig>,
}

impl Config {
    /// A sandbox for this account, without numbers, at the pace of people.
    pub fn new(account_sid: impl Into<String>, auth_token: Secret, clock: Arc<dyn Clock>) -> Self {
        Self {
            account_sid: account_sid.into(),
            auth_token,
            api_keys: Vec::new(),
            clock,
            seed: 1,
            numbers: Vec::new(),
            timing: Timing::human(),
            advanced_opt_out: false,
            auto_reply_keywords: true,
            approval: Approval::After(Seconds::ZERO),
            requests_at_once_max: None,
            webhooks_at_once_max: 256,
            messages_under_way_max: 200_000,
            messages_max: 100_000,
            phones_max: 10_000,
            recent_max: 2_000,
            ledger_max: 200_000,
            price_after: Seconds::new(60),
            public_url: None,
            any_host: false,
            explain: None,
            stripe: None,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("account_sid", &self.account_sid)
            .field("seed", &self.seed)
            .field("numbers", &self.numbers.len())
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}

/// A number of the account: what it can do, and where its inbound messages go.
#[derive(Clone, Debug)]
pub struct OwnNumber {
    /// The number.
    pub number: PhoneNumber,
    /// Whether it sends and receives SMS.
    pub sms: bool,
    /// Whether it is a WhatsApp sender.
    pub whatsapp: bool,
    /// Where inbound SMS go; they go nowhere without it.
    pub sms_url: Option<String>,
    /// By which method.
    pub sms_method: HookMethod,
    /// Where they go when that fails.
    pub sms_fallback_url: Option<String>,
    /// Where inbound WhatsApp messages go.
    pub whatsapp_url: Option<String>,
    /// By which method.
    pub whatsapp_method: HookMethod,
    /// Where they go when that fails.
    pub whatsapp_fallback_url: Option<String>,
    /// Where receipts of WhatsApp messages go that name no `StatusCallback` themselves.
    pub whatsapp_status_url: Option<String>,
    /// The sender's name on the handset.
    pub name: Option<String>,
}

impl OwnNumber {
    /// A number for SMS and WhatsApp, without webhooks.
    pub fn new(number: PhoneNumber) -> Self {
        Self {
            number,
            sms: true,
            whatsapp: true,
            sms_url: None,
            sms_method: HookMethod::Post,
            sms_fallback_url: None,
            whatsapp_url: None,
            whatsapp_method: HookMethod::Post,
            whatsapp_fallback_url: None,
            whatsapp_status_url: None,
            name: None,
        }
    }
}

/// How a webhook is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum HookMethod {
    /// The parameters stand in the query.
    Get,
    /// The parameters are a form.
    #[default]
    Post,
}

impl HookMethod {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl std::str::FromStr for HookMethod {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            _ => Err(()),
        }
    }
}

/// The pauses of a message's way, each counted from the step before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Until the carrier has it.
    pub sent: Duration,
    /// Until the handset has it.
    pub delivered: Duration,
    /// Until it has been read (WhatsApp, with read receipts).
    pub read: Duration,
}

impl Timing {
    /// No pauses: for load.
    pub const fn instant() -> Self {
        Self {
            sent: Duration::ZERO,
            delivered: Duration::ZERO,
            read: Duration::ZERO,
        }
    }

    /// A pace people can follow: 150 ms, 400 ms, 2 s.
    pub const fn human() -> Self {
        Self {
            sent: Duration::from_millis(150),
            delivered: Duration::from_millis(400),
            read: Duration::from_secs(2),
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self::human()
    }
}

/// What becomes of a template that is submitted for approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Approved after this long by the clock; at once when it is zero.
    After(Seconds),
    /// Pending until the control API says otherwise.
    ByHand,
}

/// By what the product knows a message again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The `StatusCallback` it came with.
    StatusCallback(String),
    /// A letter's `Message-ID`, without its brackets.
    MessageId(String),
}

/// Tells why a message was sent this way. The demo asks the product, by the attempt id that stands
/// in the sign.
pub trait Explain: Send + Sync {
    /// The explanation of the message with this sign, as JSON to be shown.
    fn explain<'a>(&'a self, sign: &'a Sign) -> BoxFuture<'a, Option<serde_json::Value>>;
}
