//! `gymtext demo`: the whole service and the sandbox on one port, with made-up members, their phones
//! and a mailbox. Product and sandbox are two sides of real sockets, and share one clock that can be moved.

mod actions;
mod banner;
mod browser;
mod explainer;
mod kept;
mod people;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use domain::{Clock, PhoneNumber, Seconds, Secret};
use policy::quiet_hours::QuietHours;
use providers::smtp::Server;
use simulator::page::{DemoAction, PageOptions};
use simulator::{Config, OwnNumber, Simulator, StripeConfig};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::clock::MovableClock;
use crate::settings::{Database, Keywords, Log, LogFormat, Settings};
use crate::wiring::{Core, bind_port, limits, until_stopped};
use crate::{chance, logging, runtime};

use explainer::Explainer;
use kept::Kept;

/// The key of the demo's API: its data is made up, and it listens on this machine only.
pub(crate) const API_KEY: &str = "demo-key";

/// The coach's numbers.
const SMS_NUMBER: &str = "+14155550199";
const WHATSAPP_NUMBER: &str = "+14155550198";

/// The phone of whoever works in the console.
const OPERATOR_NUMBER: &str = "+14155550190";

/// What its pretend Stripe takes, and the one price there is.
const STRIPE_KEY: &str = "sk_test_demo";
const STRIPE_PRICE: &str = "price_demo";

/// Long enough to look around with the clock moved; then a plan is needed, which is paid on the pretend Stripe.
const TRIAL_DAYS: u32 = 14;

/// Whom letters come from.
const EMAIL_FROM: &str = "GymText <coach@gymtext.example>";

const EXAMPLES: &str = "\
Examples:
  gymtext demo
  gymtext demo --port 9000 --data /tmp/try --no-browser

A fresh data directory starts with three made-up members; an existing one goes on where it was.
Nothing leaves this machine.";

/// Arguments of `gymtext demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where to listen, on this machine only
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where its database is kept
    #[arg(long, value_name = "DIR", default_value = "gymtext-data/demo")]
    data: PathBuf,
    /// Do not open the browser
    #[arg(long)]
    no_browser: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    logging::start(&Log {
        filter: "warn".into(),
        format: LogFormat::Text,
        traces: None,
    });
    runtime::for_service()?.block_on(async {
        let demo = Demo::start(args.port, &args.data).await?;
        banner::print(&demo, &args.data)?;
        if !args.no_browser {
            browser::open(&format!("{}/sandbox/", demo.url));
        }
        until_stopped().await?;
        demo.stop().await
    })
}

/// A running demo.
#[derive(Debug)]
pub struct Demo {
    /// Where it is reached.
    pub url: String,
    /// Whether its data directory was empty.
    pub fresh: bool,
    core: Core,
    clock: Arc<MovableClock>,
    kept: Kept,
    closing: CancellationToken,
    listeners: Vec<tokio::task::JoinHandle<()>>,
}

impl Demo {
    /// Starts it: it is ready when this returns. Port 0 takes a free one.
    pub async fn start(port: u16, data: &Path) -> anyhow::Result<Self> {
        let listener = bind_port(port, "gymtext demo").await?;
        let inner = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mail = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let url = format!("http://{addr}");
        std::fs::create_dir_all(data).with_context(|| {
            format!(
                "the directory {} cannot be made; --data names another",
                data.display()
            )
        })?;
        let kept = Kept::read_or_make(data)?;
        let clock = Arc::new(MovableClock::ahead_by(kept.ahead()));
        let explainer = Arc::new(Explainer::default());
        let simulator = Simulator::new(sandbox(&url, &kept, &clock, &explainer)?);
        let settings = settings(addr, mail.local_addr()?, data, &kept)?;
        let core = Core::start(
            &settings,
            Arc::clone(&clock) as Arc<dyn Clock>,
            chance::seed()?,
            |web, _| {
                web.has_sandbox = true;
                web.api_keys = vec![("demo".into(), Secret::new(API_KEY))];
            },
        )
        .await?;
        explainer.knows(core.engine().clone());
        let closing = CancellationToken::new();
        let router = web::public_router(core.web().clone())
            .merge(simulator.router())
            .merge(simulator::page::router(Arc::clone(&simulator), page()))
            .merge(actions::router(core.engine().clone()))
            .merge(ui::assets_router());
        let private = web::inner_router(core.web().clone());
        let stop = closing.clone();
        let carrier = Arc::clone(&simulator);
        let mailbox = Arc::clone(&simulator);
        let stop_mail = closing.clone();
        let listeners = vec![
            tokio::spawn(keep_time(Arc::clone(&clock), kept.clone(), closing.clone())),
            tokio::spawn(async move {
                if let Err(error) = carrier.serve_router(router, listener, stop).await {
                    tracing::error!(%error, "the demo's listener ended");
                }
            }),
            tokio::spawn(async move {
                if let Err(error) = mailbox.serve_mail(mail, stop_mail).await {
                    tracing::error!(%error, "the demo's mailbox ended");
                }
            }),
            tokio::spawn(web::serve(inner, private, closing.clone(), limits())),
        ];
        // As an operator does at Twilio: the sandbox reviews them by its rules, at once.
        core.engine().submit_templates(&[]).await?;
        let fresh = people::settle_in(core.engine(), &simulator, OPERATOR_NUMBER).await?;
        Ok(Self {
            url,
            fresh,
            core,
            clock,
            kept,
            closing,
            listeners,
        })
    }

    /// The engine.
    pub fn engine(&self) -> &engine::Engine {
        self.core.engine()
    }

    /// Ends it and keeps how far its clock was moved.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.core.drain().await;
        self.closing.cancel();
        for listener in self.listeners {
            listener.await?;
        }
        self.kept.keep(self.clock.ahead())?;
        self.core.end().await;
        Ok(())
    }
}

/// Keeps how far the clock was moved, also for an end that nobody announces.
async fn keep_time(clock: Arc<MovableClock>, kept: Kept, stop: CancellationToken) {
    let mut last = kept.ahead();
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(500));
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        let ahead = clock.ahead();
        if ahead == last {
            continue;
        }
        last = ahead;
        if let Err(error) = kept.keep(ahead) {
            tracing::warn!(%error, "how far the clock was moved could not be kept");
        }
    }
}

fn page() -> PageOptions {
    let action = |label: &str, path: &str| DemoAction {
        label: label.into(),
        path: path.into(),
    };
    PageOptions {
        title: "GymText demo".into(),
        intro: "Three made-up members and their phones. Write as one of them, or let the coach send something. \
                Nothing leaves this machine."
            .into(),
        contact: "GymText".into(),
        demo_actions: vec![
            action("Send today's workout", actions::DAILY),
            action("Send the weekly check-in", actions::WEEKLY),
            action("Send something urgent", actions::URGENT),
        ],
        links: vec![
            ("Start".into(), "/".into()),
            ("Console".into(), "/admin".into()),
            ("API".into(), "/docs".into()),
        ],
    }
}

fn sandbox(
    url: &str,
    kept: &Kept,
    clock: &Arc<MovableClock>,
    explainer: &Arc<Explainer>,
) -> anyhow::Result<Config> {
    let mut config = Config::new(
        kept.account_sid.clone(),
        Secret::new(kept.auth_token.as_str()),
        Arc::clone(clock) as Arc<dyn Clock>,
    );
    // A new seed each time: ids of the last run are in the database already.
    config.seed = chance::seed()?;
    config.public_url = Some(url.to_owned());
    config.stripe = Some(StripeConfig {
        secret_key: Secret::new(STRIPE_KEY),
        price: STRIPE_PRICE.into(),
        webhook_url: Some(format!("{url}/api/stripe/webhook")),
        webhook_secret: Secret::new(kept.auth_token.as_str()),
    });
    config.explain = Some(Arc::clone(explainer) as Arc<dyn simulator::Explain>);
    let own = |number: &str| -> anyhow::Result<OwnNumber> {
        let mut own = OwnNumber::new(number.parse().context("a number of the demo is none")?);
        own.name = Some("GymText".into());
        Ok(own)
    };
    let mut sms = own(SMS_NUMBER)?;
    sms.whatsapp = false;
    sms.sms_url = Some(format!("{url}/api/twilio/sms"));
    let mut whatsapp = own(WHATSAPP_NUMBER)?;
    whatsapp.sms = false;
    whatsapp.whatsapp_url = Some(format!("{url}/api/whatsapp/webhook"));
    config.numbers = vec![sms, whatsapp];
    Ok(config)
}

fn settings(
    addr: SocketAddr,
    mail: SocketAddr,
    data: &Path,
    kept: &Kept,
) -> anyhow::Result<Settings> {
    let number = |text: &str| {
        text.parse::<PhoneNumber>()
            .context("a number of the demo is none")
    };
    let url = format!("http://{addr}");
    let mut settings = Settings::defaults();
    settings.web.webhook_reach = providers::http::Reach::PublicOrHere;
    settings.database = Database::Sqlite(data.join("gymtext.db"));
    settings.guarded = false;
    settings.web.addr = addr;
    settings.web.public_url = Some(url.clone());
    let countries = ["US", "BR", "CA", "DE", "ES", "FR", "GB", "IE", "MX", "PT"];
    settings.web.admins = vec![number(OPERATOR_NUMBER)?];
    settings.web.joining.countries = countries.map(Into::into).to_vec();
    settings.twilio.account_sid = Some(kept.account_sid.clone());
    settings.twilio.auth_token = Some(Secret::new(kept.auth_token.as_str()));
    settings.twilio.number = Some(number(SMS_NUMBER)?);
    settings.billing.enabled = true;
    settings.billing.trial = Seconds::new(TRIAL_DAYS * 86_400);
    settings.billing.secret_key = Some(Secret::new(STRIPE_KEY));
    settings.billing.webhook_secret = Some(Secret::new(kept.auth_token.as_str()));
    settings.billing.price_id = Some(STRIPE_PRICE.into());
    settings.billing.api_url = Some(url.clone());
    settings.twilio.api_url = Some(url);
    // Its clock is moved by hours: what is due then is not waited for.
    settings.times.sweep_every = Seconds::new(1);
    // What the last leg of a chain is written to: the sandbox is the members' mailbox, too.
    let mail = Secret::new(format!("smtp://{mail}"));
    settings.email = Some(Server::new(&mail, EMAIL_FROM)?);
    settings.whatsapp.enabled = true;
    settings.whatsapp.number = Some(number(WHATSAPP_NUMBER)?);
    // Whoever tries it at night wants to see it work.
    settings.sending.quiet_hours = QuietHours::OFF;
    // The sandbox answers STOP on both numbers, as Twilio does by default.
    settings.whatsapp.keywords = Keywords::Provider;
    Ok(settings)
}
