//! What the web needs to know from the settings; read and judged in `app`.

use domain::Secret;

use crate::checkup::Checks;

/// Settings of the two listeners' routes.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// The address the world reaches us at, e.g. `https://coach.example`; what providers sign.
    pub public_url: String,
    /// API keys with the names they go by. None means that nobody can use the API.
    pub api_keys: Vec<(String, Secret)>,
    /// The secret of the cron routes; without one they refuse everybody.
    pub cron_secret: Option<Secret>,
    /// Twilio's webhooks; without this every one is refused.
    pub twilio: Option<TwilioInbound>,
    /// What may have signed Stripe's webhooks; none refuses them all.
    pub stripe_secrets: Vec<Secret>,
    /// What a new member gets when the caller does not say.
    pub defaults: MemberDefaults,
    /// Whether a sandbox is served under `/sandbox/`, for the links of the first page.
    pub has_sandbox: bool,
    /// How many streams of events may be open at once.
    pub streams_max: usize,
    /// The header in which our own proxy writes where a request came from.
    pub client_header: Option<String>,
    /// The operator's own privacy page, by language; a language that is missing has the one that is shipped.
    pub privacy: Vec<(String, String)>,
    /// All settings as they may be shown, for the page that shows them.
    pub in_force: Vec<InForce>,
    /// How the service looks at itself, where somebody asks it to.
    pub checks: Option<Checks>,
}

/// A setting as it is in force.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Its heading.
    pub group: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its value, safe to show; `None` when it is not set.
    pub value: Option<String>,
    /// Where it came from.
    pub from: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

impl WebSettings {
    /// Settings without keys and providers: everything that needs one is refused.
    pub fn new(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            api_keys: Vec::new(),
            cron_secret: None,
            twilio: None,
            stripe_secrets: Vec::new(),
            defaults: MemberDefaults::default(),
            has_sandbox: false,
            streams_max: 256,
            client_header: None,
            privacy: Vec::new(),
            in_force: Vec::new(),
            checks: None,
        }
    }
}

/// Who may call as Twilio.
#[derive(Clone, Debug)]
pub struct TwilioInbound {
    /// Our account there: webhooks of another one are refused.
    pub account_sid: String,
    /// The auth token, and during rotation the next one.
    pub auth_tokens: Vec<Secret>,
    /// A shared signing key by its name (public beta, facts/twilio.md 5.4).
    pub shared_key: Option<(String, Secret)>,
}

/// What a new member gets when the caller does not say.
#[derive(Clone, Debug)]
pub struct MemberDefaults {
    /// Country for numbers written without `+`, two letters.
    pub country: Option<String>,
    /// IANA time zone.
    pub time_zone: String,
    /// Language tag.
    pub locale: String,
    /// Local hour of the daily message.
    pub preferred_send_hour: u8,
    /// The programme.
    pub programme: String,
}

impl Default for MemberDefaults {
    fn default() -> Self {
        Self {
            country: None,
            time_zone: "UTC".into(),
            locale: "en".into(),
            preferred_send_hour: 8,
            programme: "default".into(),
        }
    }
}
