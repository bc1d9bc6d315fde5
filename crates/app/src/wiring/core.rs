//! The service without its listeners: store, engine, and what the routes are made of.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use domain::{Clock, Ids, ProviderName};
use engine::{Engine, Parts};
use providers::Local;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::{TwilioInbound, WebSettings};

use super::sending::Sending;
use super::{billing, coach, database, privacy, recurring, senders, traces};
use crate::rates;
use crate::settings::{Carrier, Settings, ShownSetting};
use crate::templates;

/// How long open calls get to end when it stops, besides the provider's own deadline (G31).
const DRAIN_SPARE: Duration = Duration::from_secs(8);

/// How long the writing thread gets to end: what was acknowledged is durable already.
const WRITER_WAIT: Duration = Duration::from_secs(3);

/// How long open calls get to end when it stops.
fn drain_of(settings: &Settings) -> Duration {
    settings.times.provider_deadline.to_duration() + DRAIN_SPARE
}

/// A service that runs and is not listening.
#[derive(Debug)]
pub struct Core {
    engine: Engine,
    web: web::State,
    stopping: CancellationToken,
    tasks: TaskTracker,
    /// Stops the export of traces, which outlives the engine's last words.
    told: CancellationToken,
    writer: JoinHandle<()>,
    /// Where messages are sent from, if not from here.
    sending: Option<Sending>,
    drain: Duration,
}

impl Core {
    /// Opens the store, starts the engine and the built-in scheduler. `adjust` may change what the
    /// routes are given.
    pub async fn start(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        seed: u64,
        adjust: impl FnOnce(&mut WebSettings, &mut Parts),
    ) -> anyhow::Result<Self> {
        let catalog = templates::fit(settings.whatsapp.template_folder.as_deref())?;
        let mut engine_settings = senders::engine_settings(settings);
        engine_settings.planner.rate_cards =
            rates::in_force(settings.sending.rates_file.as_deref())?;
        let (sink, notices) = engine::notices();
        let opening = settings.clone();
        let database::Open {
            committer,
            writer,
            ask,
            ownership,
        } = tokio::task::spawn_blocking(move || database::open(&opening, sink)).await??;
        let carriers = senders::carriers(settings, &clock)?;
        let export = settings
            .log
            .traces
            .as_ref()
            .map(|set| traces::Export::new(set, seed))
            .transpose()?;
        let mut parts = Parts {
            committer,
            ask,
            ownership,
            notices,
            ids: Ids::new(Arc::clone(&clock), seed),
            clock,
            // Ids and jitter must not run side by side.
            seed: seed.rotate_left(32) ^ 0x5bd1_e995,
            random: crate::chance::fill,
            settings: engine_settings,
            senders: carriers.senders,
            templates: senders::templates(settings),
            catalog,
            template_host: carriers.template_host,
            sender_host: carriers.sender_host,
            coach: coach::engine(settings)?,
            billing: billing::billing(settings)?,
            spans: export
                .as_ref()
                .map(traces::Export::spans)
                .unwrap_or_default(),
        };
        let mut web_settings = web_settings(settings)?;
        adjust(&mut web_settings, &mut parts);
        let engine = Engine::new(parts);
        let sending = Sending::of(settings).context("no thread to send from")?;
        engine
            .start_with(sending.as_ref().map(Sending::handle))
            .await
            .context("the waiting messages could not be read")?;
        let stopping = CancellationToken::new();
        let tasks = TaskTracker::new();
        let told = CancellationToken::new();
        if let Some(export) = export {
            tasks.spawn(export.run(told.clone()));
        }
        tasks.spawn(recurring::run(engine.clone(), stopping.clone()));
        if let Some(local) = carriers.local {
            tasks.spawn(hand_over_receipts(local, engine.clone(), stopping.clone()));
        }
        let web = web::State::new(engine.clone(), web_settings, stopping.clone());
        let drain = drain_of(settings);
        Ok(Self {
            engine,
            web,
            stopping,
            tasks,
            told,
            writer,
            sending,
            drain,
        })
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What the routes are made of.
    pub fn web(&self) -> &web::State {
        &self.web
    }

    /// Stops taking new work and lets open calls end and settle; `true` when nothing is left begun.
    /// Listeners may still answer: health says that it is draining.
    pub async fn drain(&self) -> bool {
        self.stopping.cancel();
        let quiet = self.engine.shutdown(self.drain).await;
        self.told.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        quiet
    }

    /// Ends the writing thread. Nothing else may hold the engine any more, or it is left to the end
    /// of the process.
    pub async fn end(self) {
        let Self {
            engine,
            web,
            writer,
            sending,
            ..
        } = self;
        drop((engine, web, sending));
        let ended = async {
            while !writer.is_finished() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(WRITER_WAIT, ended).await.is_err() {
            tracing::debug!("the writing thread is left to the end of the process");
        }
    }
}

/// The local provider has no callbacks: its receipts are fetched.
async fn hand_over_receipts(local: Arc<Local>, engine: Engine, stop: CancellationToken) {
    while let Some(receipts) = stop.run_until_cancelled(local.receipts()).await {
        for receipt in receipts {
            if let Err(error) = engine.receive_receipt(ProviderName::Local, receipt).await {
                tracing::warn!(%error, "a receipt of the local provider could not be stored");
            }
        }
    }
}

fn in_force(one: &ShownSetting) -> web::InForce {
    web::InForce {
        group: one.declared.group.as_str(),
        name: one.declared.name,
        value: one.value.clone(),
        from: one.origin.as_str(),
        meaning: one.declared.meaning,
    }
}

fn web_settings(settings: &Settings) -> anyhow::Result<WebSettings> {
    let twilio = &settings.twilio;
    let mut web = WebSettings::new(settings.public_url());
    web.api_keys = settings
        .web
        .api_key
        .iter()
        .map(|key| ("settings".to_owned(), key.clone()))
        .collect();
    web.cron_secret.clone_from(&settings.web.cron_secret);
    web.twilio = match (twilio.carrier, &twilio.account_sid, &twilio.auth_token) {
        (Carrier::Twilio, Some(account_sid), Some(token)) => Some(TwilioInbound {
            account_sid: account_sid.clone(),
            auth_tokens: std::iter::once(token)
                .chain(&twilio.auth_token_secondary)
                .cloned()
                .collect(),
            shared_key: None,
        }),
        _ => None,
    };
    web.in_force = settings.shown.iter().map(in_force).collect();
    let own = settings.clone();
    web.checks = Some(web::Checks::new(move |ask_others| {
        let settings = own.clone();
        Box::pin(async move { crate::commands::doctor::inside(settings, ask_others).await })
    }));
    web.stripe_secrets = billing::webhook_secrets(settings);
    web.client_header
        .clone_from(&settings.web.joining.client_header);
    web.privacy = privacy::own(settings.web.joining.privacy_folder.as_deref())?;
    web.defaults
        .locale
        .clone_from(&settings.sending.default_locale);
    Ok(web)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Loaded;

    #[test]
    fn the_unit_of_systemd_gives_it_the_time_to_end_in_order() {
        let unit = include_str!("../../../../deploy/gymtext.service");
        let given = unit
            .lines()
            .find_map(|line| line.strip_prefix("TimeoutStopSec="));
        let given = Duration::from_secs(given.unwrap().parse().unwrap());
        let needed = drain_of(Loaded::from(None, Vec::new()).settings()) + WRITER_WAIT;
        assert!(given > needed, "{given:?} for {needed:?}");
    }
}
