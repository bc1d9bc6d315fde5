//! The settings: read once, typed, and judged together, with everything that is wrong said at once.
//!
//! Defaults, then `gymtext.toml`, then the environment. Each setting is declared in
//! [`declared::SETTINGS`]; nothing else in the service reads the environment.

pub mod declared;
pub mod document;
mod events;
pub mod group;
mod judge;
mod problem;
mod reader;
mod shown;
mod sources;
mod traces;
mod typed;

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use domain::{Channel, Kind, PhoneNumber, Seconds, Secret};
use policy::quiet_hours::QuietHours;

pub use problem::{Problem, Problems};
pub use shown::ShownSetting;
pub use sources::{FILE_NAME, Origin};

/// All settings, understood.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `DATABASE_URL`.
    pub database: Database,
    /// Whether a copy of the database sends nothing (G33). It does not: only the demo, which can reach
    /// nobody, may stand anywhere.
    pub guarded: bool,
    /// How the service is reached.
    pub web: Web,
    /// Twilio.
    pub twilio: Twilio,
    /// WhatsApp.
    pub whatsapp: Whatsapp,
    /// How messages are sent.
    pub sending: Sending,
    /// E-mail, where there is a mail server.
    pub email: Option<providers::smtp::Server>,
    /// The times of the guarantees.
    pub times: Times,
    /// The log.
    pub log: Log,
    /// The coach's second engine.
    pub answers: Answers,
    /// Payments.
    pub billing: Billing,
    /// All of them as they may be shown.
    pub shown: Vec<ShownSetting>,
}

/// Where everything is kept.
#[derive(Clone, Debug)]
pub enum Database {
    /// In a SQLite file, which one process owns.
    Sqlite(PathBuf),
    /// In PostgreSQL, which many nodes share; its address may hold a password.
    Postgres(Secret),
}

/// How the service is reached.
#[derive(Clone, Debug)]
pub struct Web {
    /// `PUBLIC_URL` without a slash at its end.
    pub public_url: Option<String>,
    /// `GYMTEXT_ADDR`.
    pub addr: SocketAddr,
    /// `GYMTEXT_INNER_ADDR`.
    pub inner_addr: SocketAddr,
    /// `GYMTEXT_API_KEY`.
    pub api_key: Option<Secret>,
    /// `CRON_SECRET`.
    pub cron_secret: Option<Secret>,
    /// `GYMTEXT_WEBHOOKS_PRIVATE`.
    pub webhook_reach: providers::http::Reach,
    /// `ADMIN_PHONE_NUMBERS`.
    pub admins: Vec<PhoneNumber>,
    /// `ADMIN_TOTP`: whether everybody of the team has to have a second factor.
    pub factor_required: bool,
    /// `ADMIN_TOTP_RESET`.
    pub factor_reset: Vec<PhoneNumber>,
    /// `GYMTEXT_SERVICE_NAME`.
    pub service_name: String,
    /// The programme of members who were given none.
    pub programme: String,
    /// Who may join and log in by themselves.
    pub joining: Joining,
}

/// Who may join and log in by themselves.
#[derive(Clone, Debug)]
pub struct Joining {
    /// `GYMTEXT_JOIN_COUNTRIES`, two letters each; none closes the pages.
    pub countries: Vec<Box<str>>,
    /// `GYMTEXT_CODES_PER_DAY`.
    pub codes_per_day: u32,
    /// `GYMTEXT_CODES_PER_COUNTRY`.
    pub codes_per_country: u32,
    /// `GYMTEXT_CLIENT_ADDRESS_HEADER`.
    pub client_header: Option<String>,
    /// `GYMTEXT_PRIVACY_FOLDER`: the operator's own privacy page, a file for each language.
    pub privacy_folder: Option<PathBuf>,
}

/// Who carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Twilio, or what stands in for it.
    Twilio,
    /// Nobody: they are written down.
    Local,
}

/// Who answers STOP, START and HELP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keywords {
    /// The provider.
    Provider,
    /// We.
    Service,
}

/// The Twilio account.
#[derive(Clone, Debug)]
pub struct Twilio {
    /// `GYMTEXT_PROVIDER`.
    pub carrier: Carrier,
    /// `TWILIO_ACCOUNT_SID`.
    pub account_sid: Option<String>,
    /// `TWILIO_AUTH_TOKEN`.
    pub auth_token: Option<Secret>,
    /// `TWILIO_AUTH_TOKEN_SECONDARY`.
    pub auth_token_secondary: Option<Secret>,
    /// `TWILIO_PHONE_NUMBER`.
    pub number: Option<PhoneNumber>,
    /// `TWILIO_API_URL` without a slash at its end.
    pub api_url: Option<String>,
    /// `GYMTEXT_KEYWORDS_SMS`.
    pub keywords: Keywords,
}

/// WhatsApp.
#[derive(Clone, Debug)]
pub struct Whatsapp {
    /// `WHATSAPP_ENABLED`.
    pub enabled: bool,
    /// `WHATSAPP_PHONE_NUMBER`.
    pub number: Option<PhoneNumber>,
    /// The four templates that are set, by the kind they knock for.
    pub templates: Vec<(Kind, String)>,
    /// `GYMTEXT_TEMPLATE_LANGUAGE`.
    pub template_language: String,
    /// `GYMTEXT_TEMPLATES`: a folder of templates beside those that are shipped.
    pub template_folder: Option<PathBuf>,
    /// `GYMTEXT_TEMPLATES_EVERY`.
    pub templates_every: Seconds,
    /// `GYMTEXT_WHATSAPP_ROLLOUT`.
    pub rollout_percent: u8,
    /// `GYMTEXT_WHATSAPP_COHORTS`: groups that have it whatever the percentage.
    pub cohorts: Vec<Box<str>>,
    /// `GYMTEXT_KEYWORDS_WHATSAPP`.
    pub keywords: Keywords,
    /// `GYMTEXT_WHATSAPP_PAIR_EVERY`; `None` for 0.
    pub pair_every: Option<Seconds>,
    /// `GYMTEXT_WHATSAPP_PER_SECOND`, as one every so long; `None` for 0.
    pub every: Option<Seconds>,
    /// `GYMTEXT_WHATSAPP_PEOPLE`; `None` where nobody counts.
    pub people: Option<u32>,
}

/// How messages are sent.
#[derive(Clone, Debug)]
pub struct Sending {
    /// `GYMTEXT_DEFAULT_CHANNEL`.
    pub default_channel: Channel,
    /// `GYMTEXT_COUNTRY_CHANNELS`: countries, two letters each, with another default.
    pub country_channels: Vec<(Box<str>, Channel)>,
    /// `GYMTEXT_QUIET_HOURS`: when nothing is sent that was not asked for just now.
    pub quiet_hours: QuietHours,
    /// `GYMTEXT_FREQUENCY_CAPS`: how many messages of a kind a member gets.
    pub caps: policy::frequency::Caps,
    /// `GYMTEXT_BUDGET`: what messages may cost.
    pub budget: policy::budget::Budget,
    /// `GYMTEXT_DEFAULT_LOCALE`.
    pub default_locale: String,
    /// `GYMTEXT_ALLOW_LIST`; `None` is everybody.
    pub allow_list: Option<Vec<PhoneNumber>>,
    /// `GYMTEXT_CALLS_MAX`.
    pub calls_max: usize,
    /// `GYMTEXT_ATTEMPTS_MAX`.
    pub attempts_max: u8,
    /// One every this long: `GYMTEXT_SMS_PER_SECOND` turned over.
    pub sms_every: Option<Seconds>,
    /// `GYMTEXT_FALLBACK`.
    pub fallback: policy::fallback::Rules,
    /// `GYMTEXT_SMART_ENCODING`.
    pub smart_encoding: bool,
    /// `GYMTEXT_RATES`: rate cards in place of those that are shipped.
    pub rates_file: Option<PathBuf>,
    /// `GYMTEXT_DOUBLE_OPT_IN`: countries, two letters each.
    pub double_opt_in: Vec<Box<str>>,
    /// `GYMTEXT_RETAIN_BODIES`.
    pub retention: policy::retention::Retention,
    /// `GYMTEXT_RETAIN_EVENTS_DAYS`; `None` keeps them.
    pub events_kept: Option<Seconds>,
}

/// The times of the guarantees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// G.
    pub start_grace: Seconds,
    /// D.
    pub provider_deadline: Seconds,
    /// L.
    pub lease: Seconds,
    /// V; `None` is the kind's own.
    pub validity: Option<Seconds>,
    /// Q.
    pub quiet_period: Seconds,
    /// How long a lane waits for a receipt.
    pub receipt_wait: Seconds,
    /// How early the window counts as closed.
    pub window_margin: Seconds,
    /// How long more is waited for before members are answered: after each message, and after the first.
    pub burst: (Seconds, Seconds),
    /// How long a person keeps a conversation after their last word.
    pub hand_over: Seconds,
    /// How often sweeps run.
    pub sweep_every: Seconds,
    /// How long after an attempt its price is asked for first; zero never asks.
    pub price_wait: Seconds,
    /// How long a free entry point of WhatsApp lasts.
    pub free_entry: Seconds,
}

/// The log's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// Text.
    Text,
    /// JSON lines.
    Json,
}

/// The log.
#[derive(Clone, Debug)]
pub struct Log {
    /// `GYMTEXT_LOG`.
    pub filter: String,
    /// `GYMTEXT_LOG_FORMAT`.
    pub format: LogFormat,
    /// Where traces go, if anywhere.
    pub traces: Option<Traces>,
}

/// A collector of traces.
#[derive(Clone, Debug)]
pub struct Traces {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub endpoint: String,
    /// `OTEL_EXPORTER_OTLP_HEADERS`.
    pub headers: Option<Secret>,
    /// `OTEL_SERVICE_NAME`.
    pub service_name: String,
    /// `OTEL_TRACES_SAMPLER_ARG`, from 0 to 1.
    pub share: f64,
}

/// Who answers what the coach's rules do not understand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CoachEngine {
    /// A person.
    #[default]
    Rules,
    /// A language model, and then a person.
    Model,
}

/// The coach's second engine.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// `GYMTEXT_COACH`.
    pub engine: CoachEngine,
    /// `OPENAI_API_KEY`.
    pub api_key: Option<Secret>,
    /// `OPENAI_BASE_URL`.
    pub base_url: Option<String>,
    /// `GYMTEXT_COACH_MODEL`.
    pub model: Option<String>,
    /// `GYMTEXT_COACH_PROMPT`.
    pub prompt_file: Option<PathBuf>,
    /// `GYMTEXT_COACH_TIMEOUT`.
    pub patience: Seconds,
    /// `GYMTEXT_COACH_BUDGET`.
    pub budget: u32,
    /// `GYMTEXT_COACH_CALLS`.
    pub calls_max: usize,
}

/// Payments.
#[derive(Clone, Debug, Default)]
pub struct Billing {
    /// `GYMTEXT_SUBSCRIPTIONS`.
    pub enabled: bool,
    /// `STRIPE_SECRET_KEY`.
    pub secret_key: Option<Secret>,
    /// `STRIPE_WEBHOOK_SECRET`.
    pub webhook_secret: Option<Secret>,
    /// `STRIPE_WEBHOOK_SECRET_SECONDARY`.
    pub webhook_secret_secondary: Option<Secret>,
    /// `STRIPE_PRICE_ID`.
    pub price_id: Option<String>,
    /// `STRIPE_API_URL` without a slash at its end.
    pub api_url: Option<String>,
    /// `GYMTEXT_SUBSCRIPTION_GRACE_DAYS`.
    pub grace: Seconds,
    /// `GYMTEXT_TRIAL_DAYS`.
    pub trial: Seconds,
    /// `GYMTEXT_RENEWAL_REMINDER_DAYS`.
    pub remind: Seconds,
}

impl Settings {
    /// What is in force when nothing is set.
    pub fn defaults() -> Self {
        Loaded::read(sources::Found::default()).settings
    }

    /// The address at which this service is reached: the public one, else the listener's own, which
    /// is right for a stand-in provider on the same machine.
    pub fn public_url(&self) -> String {
        self.web
            .public_url
            .clone()
            .unwrap_or_else(|| self.own_url())
    }

    /// What is wrong with them together, and what is odd.
    pub(crate) fn judge(&self, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) {
        judge::together(self, problems, warnings);
    }

    /// Where the outer listener answers on this machine.
    pub fn own_url(&self) -> String {
        let mut addr = self.web.addr;
        if addr.ip().is_unspecified() {
            addr.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{addr}")
    }
}

/// The settings with what is wrong with them.
#[derive(Clone, Debug)]
pub struct Loaded {
    settings: Settings,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    file: Option<PathBuf>,
}

impl Loaded {
    /// From the file (this one, or `gymtext.toml` if it exists) and the process's environment.
    pub fn from_process(file: Option<&Path>) -> Self {
        Self::from(file, std::env::vars_os())
    }

    /// From the file and any environment.
    pub fn from(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        Self::read(sources::Found::gather(file, environment.into_iter()))
    }

    fn read(found: sources::Found) -> Self {
        let mut reader = reader::Reader { found };
        let mut settings = typed::read(&mut reader);
        settings.shown = shown::all(&reader, &settings);
        let found = reader.found;
        Self {
            settings,
            problems: found.problems,
            warnings: found.warnings,
            file: found.file,
        }
    }

    /// For the whole service: everything must be right, by itself and together.
    pub fn for_service(self) -> Result<(Settings, Vec<Problem>), Problems> {
        let (problems, warnings) = self.judged();
        if problems.is_empty() {
            Ok((self.settings, warnings))
        } else {
            Err(Problems(problems))
        }
    }

    /// For what needs the database only: other settings may be wrong or missing.
    pub fn for_database(self) -> Result<Settings, Problems> {
        self.for_only(&["DATABASE_URL"])
    }

    /// For what must know where the database is at home: that, and the provider's account.
    pub fn for_home(self) -> Result<Settings, Problems> {
        self.for_only(&["DATABASE_URL", "TWILIO_ACCOUNT_SID", "GYMTEXT_PROVIDER"])
    }

    /// For trying the coach's engines: the database, and what answers.
    pub fn for_coach(self) -> Result<Settings, Problems> {
        self.for_only(&[
            "DATABASE_URL",
            "GYMTEXT_COACH",
            "GYMTEXT_COACH_TIMEOUT",
            "GYMTEXT_COACH_CALLS",
            "OPENAI_API_KEY",
            "OPENAI_BASE_URL",
        ])
    }

    /// For a client of a running service.
    pub fn for_client(self) -> Result<Settings, Problems> {
        self.for_only(&["GYMTEXT_ADDR", "GYMTEXT_API_KEY", "PUBLIC_URL"])
    }

    fn for_only(self, names: &[&str]) -> Result<Settings, Problems> {
        let problems: Vec<_> = self
            .problems
            .into_iter()
            .filter(|problem| problem.setting.is_none_or(|name| names.contains(&name)))
            .collect();
        if problems.is_empty() {
            Ok(self.settings)
        } else {
            Err(Problems(problems))
        }
    }

    /// What is wrong, and what is odd, for the whole service.
    pub fn judged(&self) -> (Vec<Problem>, Vec<Problem>) {
        let mut problems = self.problems.clone();
        let mut warnings = self.warnings.clone();
        judge::together(&self.settings, &mut problems, &mut warnings);
        (problems, warnings)
    }

    /// The settings as far as they could be understood.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Each setting as it may be shown.
    pub fn shown(&self) -> &[ShownSetting] {
        &self.settings.shown
    }

    /// The file that was read.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

#[cfg(test)]
mod tests;
