//! `gymtext sandbox`: a pretend Twilio with handsets, on loopback, for any Twilio project.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use domain::{PhoneNumber, Secret};
use serde_json::json;
use simulator::page::{PageOptions, standalone_router};
use simulator::{Config, OwnNumber, Simulator, StripeConfig, Timing};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::clock::MovableClock;
use crate::failure::bad_input;
use crate::output::{Colour, Out};
use crate::wiring::{bind_port, until_stopped};
use crate::{chance, runtime};

/// The account of a sandbox that was given none: the same each time, so that projects can keep it
/// in their settings.
const ACCOUNT_SID: &str = "AC5a4db0c5a4db0c5a4db0c5a4db0c5a4d";
const AUTH_TOKEN: &str = "5a4db0c5a4db0c5a4db0c5a4db0c5a4d";
const NUMBER: &str = "+15005550006";
/// Where letters are taken if nothing else is said.
const MAIL_PORT: u16 = 8025;

/// What its pretend Stripe takes and signs with, the same each time.
const STRIPE_KEY: &str = "sk_test_sandbox";
const STRIPE_WEBHOOK_SECRET: &str = "whsec_sandbox";
const STRIPE_PRICE: &str = "price_sandbox";

const EXAMPLES: &str = "\
Examples:
  gymtext sandbox
  gymtext sandbox --sms-url http://127.0.0.1:3000/sms --whatsapp-url http://127.0.0.1:3000/whatsapp
  gymtext sandbox --number +14155550199 --number +442071838750 --instant

Point your project's Twilio client at the address printed: the SDKs take a base URL or a custom HTTP client,
GymText takes TWILIO_API_URL. The handsets are a page at /sandbox/, their API is under /sandbox/api.";

/// Arguments of `gymtext sandbox`.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where to listen, on this machine only; 0 takes a free port
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// Where letters are taken (SMTP), on this machine only; 0 takes a free port [default: 8025, or a free one]
    #[arg(long, value_name = "PORT")]
    mail_port: Option<u16>,
    /// The account's sid
    #[arg(long, default_value = ACCOUNT_SID)]
    account_sid: String,
    /// The account's auth token: the password of calls, and the key of signatures
    #[arg(long, default_value = AUTH_TOKEN, hide_default_value = true)]
    auth_token: String,
    /// A number of the account, for SMS and WhatsApp; as often as needed
    #[arg(long = "number", value_name = "+NUMBER", default_value = NUMBER, allow_hyphen_values = true)]
    numbers: Vec<PhoneNumber>,
    /// Where inbound SMS are sent
    #[arg(long, value_name = "URL")]
    sms_url: Option<String>,
    /// Where inbound WhatsApp messages are sent
    #[arg(long, value_name = "URL")]
    whatsapp_url: Option<String>,
    /// Where receipts of WhatsApp messages are sent that name no `StatusCallback`
    #[arg(long, value_name = "URL")]
    whatsapp_status_url: Option<String>,
    /// No pauses between accepted, sent and delivered: for load
    #[arg(long)]
    instant: bool,
    /// Decides every id and every fault [default: random]
    #[arg(long)]
    seed: Option<u64>,
    /// Accept a message after STOP and fail it later with 21610, as Advanced Opt-Out does
    #[arg(long)]
    advanced_opt_out: bool,
    /// Leave STOP, START and HELP to your project
    #[arg(long)]
    no_keyword_replies: bool,
    /// How many messages are remembered
    #[arg(long, default_value_t = 100_000)]
    keep: usize,
    /// How many seconds after its end a message shows its price; `null` before, as at Twilio
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    price_after: u32,
    /// Where events of the pretend Stripe are sent
    #[arg(long, value_name = "URL")]
    stripe_webhook_url: Option<String>,
    /// The secret key of the pretend Stripe
    #[arg(long, default_value = STRIPE_KEY, hide_default_value = true)]
    stripe_key: String,
    /// What signs its events
    #[arg(long, default_value = STRIPE_WEBHOOK_SECRET, hide_default_value = true)]
    stripe_webhook_secret: String,
    /// The price there is
    #[arg(long, default_value = STRIPE_PRICE)]
    stripe_price: String,
    /// One line of JSON when it is ready: `{url, smtp_url, account_sid, auth_token, numbers}`
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let is_sid = args.account_sid.strip_prefix("AC").is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    if !is_sid {
        return Err(bad_input(
            "--account-sid is `AC` and 32 digits of 0-9 and a-f",
        ));
    }
    if args.auth_token.is_empty() {
        return Err(bad_input("--auth-token is empty"));
    }
    runtime::for_service()?.block_on(serve(args))
}

async fn serve(args: Args) -> anyhow::Result<()> {
    let listener = bind_port(args.port, "gymtext sandbox").await?;
    let addr = listener.local_addr()?;
    let mail = mail_listener(args.mail_port).await?;
    let mail_addr = mail.local_addr()?;
    let simulator = Simulator::new(config(&args)?);
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    // Listening already: whoever reads the line below may call at once.
    say(&args, addr, mail_addr)?;
    tokio::spawn(async move {
        if until_stopped().await.is_ok() {
            stopping.cancel();
        }
    });
    let options = PageOptions {
        intro: "A pretend Twilio on this machine. Write as one of the phones; what your project sends arrives here.".into(),
        ..PageOptions::default()
    };
    let router = simulator
        .router()
        .merge(standalone_router(Arc::clone(&simulator), options));
    let mailbox = simulator.serve_mail(mail, stop.clone());
    tokio::try_join!(mailbox, simulator.serve_router(router, listener, stop))?;
    Ok(())
}

/// The usual port if it is free; one that was asked for, or none at all.
async fn mail_listener(asked: Option<u16>) -> anyhow::Result<TcpListener> {
    if let Some(port) = asked {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        return listener.with_context(|| {
            format!("--mail-port {port} cannot be listened on; 0 takes a free port")
        });
    }
    let usual = TcpListener::bind((Ipv4Addr::LOCALHOST, MAIL_PORT)).await;
    match usual {
        Ok(listener) => Ok(listener),
        Err(_) => Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?),
    }
}

fn config(args: &Args) -> anyhow::Result<Config> {
    let clock = Arc::new(MovableClock::default());
    let mut config = Config::new(
        args.account_sid.clone(),
        Secret::new(args.auth_token.as_str()),
        clock,
    );
    config.seed = args.seed.map_or_else(chance::seed, Ok)?;
    config.numbers = args
        .numbers
        .iter()
        .map(|number| OwnNumber {
            sms_url: args.sms_url.clone(),
            whatsapp_url: args.whatsapp_url.clone(),
            whatsapp_status_url: args.whatsapp_status_url.clone(),
            ..OwnNumber::new(number.clone())
        })
        .collect();
    config.timing = if args.instant {
        Timing::instant()
    } else {
        Timing::human()
    };
    config.advanced_opt_out = args.advanced_opt_out;
    config.auto_reply_keywords = !args.no_keyword_replies;
    config.messages_max = args.keep.max(1);
    config.price_after = domain::Seconds::new(args.price_after);
    config.ledger_max = config.ledger_max.max(args.keep);
    config.stripe = Some(StripeConfig {
        secret_key: Secret::new(args.stripe_key.as_str()),
        price: args.stripe_price.clone(),
        webhook_url: args.stripe_webhook_url.clone(),
        webhook_secret: Secret::new(args.stripe_webhook_secret.as_str()),
    });
    Ok(config)
}

fn say(args: &Args, addr: SocketAddr, mail: SocketAddr) -> anyhow::Result<()> {
    let mut out = Out::new();
    let url = format!("http://{addr}");
    let smtp_url = format!("smtp://{mail}");
    let numbers: Vec<&str> = args.numbers.iter().map(PhoneNumber::as_e164).collect();
    if args.json {
        let ready = json!({
            "url": url, "smtp_url": smtp_url, "account_sid": args.account_sid, "auth_token": args.auth_token, "numbers": numbers,
        });
        out.json(&ready)?;
        out.flush()?;
        return Ok(());
    }
    let heading = out.coloured(Colour::Bold, "GymText sandbox");
    out.line(format!(
        "{heading}: a pretend Twilio on this machine. Nothing leaves it."
    ))?;
    out.line("")?;
    out.line(format!("  Phones    {url}/sandbox/"))?;
    out.line(format!(
        "  API       {url}   in place of https://api.twilio.com, content and messaging"
    ))?;
    out.line(format!(
        "  Letters   {smtp_url}   (SMTP, no login), shown on the phone that has their address"
    ))?;
    out.line(format!(
        "  Model     {url}/sandbox/openai/v1   in place of https://api.openai.com/v1"
    ))?;
    out.line("")?;
    out.line(format!("  export TWILIO_API_URL={url}"))?;
    out.line(format!("  export TWILIO_ACCOUNT_SID={}", args.account_sid))?;
    out.line(format!("  export TWILIO_AUTH_TOKEN={}", args.auth_token))?;
    out.line(format!(
        "  export TWILIO_PHONE_NUMBER={}",
        numbers.first().copied().unwrap_or_default()
    ))?;
    if args.sms_url.is_none() && args.whatsapp_url.is_none() {
        out.line("")?;
        out.line("What the phones say goes nowhere yet: --sms-url and --whatsapp-url name your webhooks.")?;
    }
    out.line("")?;
    out.line("Ctrl-C ends it.")?;
    out.flush()?;
    Ok(())
}
