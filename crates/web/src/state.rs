//! What every handler has at hand.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use domain::Secret;
use engine::Engine;
use http::request::Parts;
use providers::stripe::signature::WebhookKeys;
use providers::twilio::signature::SigningKeys;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::{Caller, KeyRing};
use crate::checkup::Checkup;
use crate::people::Doors;
use crate::settings::{InForce, MemberDefaults, WebSettings};
use crate::webhooks::heard::Heard;

/// The engine and what the web itself must know. Cheap to clone.
#[derive(Clone)]
pub struct State {
    inner: Arc<Inner>,
    /// The engine as whoever sent a request uses it, where what they change is to be kept with their name.
    acting: Option<Engine>,
}

struct Inner {
    engine: Engine,
    public_url: String,
    keys: KeyRing,
    cron: Option<KeyRing>,
    twilio: Option<Twilio>,
    stripe: WebhookKeys,
    defaults: MemberDefaults,
    has_sandbox: bool,
    streams: Arc<Semaphore>,
    heard: Heard,
    doors: Arc<Doors>,
    stopping: CancellationToken,
    client_header: Option<String>,
    privacy: Vec<(String, String)>,
    in_force: Vec<InForce>,
    checkup: Checkup,
}

/// Twilio's side of webhooks, ready to verify.
pub(crate) struct Twilio {
    pub(crate) account_sid: String,
    pub(crate) keys: SigningKeys,
}

impl State {
    /// Puts it together. When `stopping` is cancelled, streams of events end.
    pub fn new(engine: Engine, settings: WebSettings, stopping: CancellationToken) -> Self {
        let twilio = settings.twilio.map(|twilio| {
            let mut keys = SigningKeys::from_tokens(&twilio.auth_tokens);
            if let Some((name, secret)) = &twilio.shared_key {
                keys = keys.with_shared_key(name, secret);
            }
            Twilio {
                account_sid: twilio.account_sid,
                keys,
            }
        });
        let ring = |secret: Secret| KeyRing::new([("cron".to_owned(), secret)]);
        Self {
            inner: Arc::new(Inner {
                engine,
                public_url: settings.public_url.trim_end_matches('/').to_owned(),
                keys: KeyRing::new(settings.api_keys),
                cron: settings.cron_secret.map(ring),
                twilio,
                stripe: WebhookKeys::new(&settings.stripe_secrets),
                defaults: settings.defaults,
                has_sandbox: settings.has_sandbox,
                streams: Arc::new(Semaphore::new(settings.streams_max)),
                heard: Heard::default(),
                doors: Arc::new(Doors::default()),
                stopping,
                client_header: settings.client_header,
                privacy: settings.privacy,
                in_force: settings.in_force,
                checkup: Checkup::of(settings.checks),
            }),
            acting: None,
        }
    }

    /// The engine; in a request that changes something, as its caller uses it.
    pub fn engine(&self) -> &Engine {
        self.acting.as_ref().unwrap_or(&self.inner.engine)
    }

    /// The operator's own privacy page in a language.
    pub(crate) fn privacy(&self, language: &str) -> Option<&str> {
        let mut own = self.inner.privacy.iter();
        own.find(|(tag, _)| tag == language)
            .map(|(_, text)| text.as_str())
    }

    /// The public base without a slash at its end.
    pub(crate) fn public_url(&self) -> &str {
        &self.inner.public_url
    }

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.inner.keys
    }

    pub(crate) fn cron(&self) -> Option<&KeyRing> {
        self.inner.cron.as_ref()
    }

    pub(crate) fn twilio(&self) -> Option<&Twilio> {
        self.inner.twilio.as_ref()
    }

    pub(crate) fn stripe(&self) -> &WebhookKeys {
        &self.inner.stripe
    }

    pub(crate) fn defaults(&self) -> &MemberDefaults {
        &self.inner.defaults
    }

    pub(crate) fn has_sandbox(&self) -> bool {
        self.inner.has_sandbox
    }

    pub(crate) fn streams(&self) -> &Arc<Semaphore> {
        &self.inner.streams
    }

    /// When providers called here.
    pub(crate) fn heard(&self) -> &Heard {
        &self.inner.heard
    }

    /// Who has the web chat open here.
    pub(crate) fn doors(&self) -> &Arc<Doors> {
        &self.inner.doors
    }

    /// All settings as they may be shown.
    pub(crate) fn in_force(&self) -> &[InForce] {
        &self.inner.in_force
    }

    /// How the service looks at itself, and what it found last.
    pub(crate) fn checkup(&self) -> &Checkup {
        &self.inner.checkup
    }

    pub(crate) fn client_header(&self) -> Option<&str> {
        self.inner.client_header.as_deref()
    }

    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State")
    }
}

impl FromRequestParts<Self> for State {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Self) -> Result<Self, Infallible> {
        let actor = Caller::acting(parts, state).await;
        Ok(Self {
            inner: Arc::clone(&state.inner),
            acting: actor.map(|actor| state.engine().acting_as(actor)),
        })
    }
}
