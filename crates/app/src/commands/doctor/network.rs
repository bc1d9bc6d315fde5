//! Checks that need sockets: ports, provider, public address, clocks.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use domain::{Clock as _, Kind};
use http::header::DATE;
use http::{HeaderMap, Method};
use jiff::fmt::rfc2822;
use providers::http::{Body, Call, Exchange, Limits, Origin, Pool, Reach, Response};
use providers::templates::ApprovalStatus;
use providers::{FetchError, ListQuery, MayStart, Provider as _};
use tokio::net::TcpListener;

use super::Finding;
use crate::clock::SystemClock;
use crate::settings::{Carrier, Settings};
use crate::wiring::twilio;

/// How long an answer may take here.
const PATIENCE: Duration = Duration::from_secs(10);

/// A clock further off than this claims nothing (G28).
const CLOCK_OFF_MAX_SECONDS: i64 = 30;

/// Where the time is compared when Twilio's own API is used.
const TWILIO: &str = "https://api.twilio.com";

/// Whether the two listeners can stand, or the service stands there already.
pub(super) async fn ports(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, addr) in [
        ("GYMTEXT_ADDR", settings.web.addr),
        ("GYMTEXT_INNER_ADDR", settings.web.inner_addr),
    ] {
        findings.push(port(name, addr).await);
    }
    findings
}

async fn port(name: &'static str, addr: SocketAddr) -> Finding {
    const CHECK: &str = "port";
    match TcpListener::bind(addr).await {
        Ok(_) => Finding::ok(CHECK, format!("{addr} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let path = if name == "GYMTEXT_ADDR" {
                "/api/health"
            } else {
                "/inner/health"
            };
            let here = if addr.ip().is_unspecified() {
                format!("127.0.0.1:{}", addr.port())
            } else {
                addr.to_string()
            };
            match get(&format!("http://{here}{path}")).await {
                Ok(response) if response.status == 200 => {
                    Finding::ok(CHECK, format!("{addr}: a service is running there"))
                }
                _ => Finding::fail(
                    CHECK,
                    format!("{addr} is taken by another process"),
                    format!("Stop that one, or set {name} to another port."),
                ),
            }
        }
        Err(error) => Finding::fail(
            CHECK,
            format!("{addr}: {error}"),
            format!("{name} says where to listen."),
        ),
    }
}

/// The account and its templates, read only.
pub(super) async fn provider(settings: &Settings) -> Vec<Finding> {
    const CHECK: &str = "provider";
    if settings.twilio.carrier == Carrier::Local {
        return vec![Finding::warn(
            CHECK,
            "local: messages are written down and nobody gets them",
            "Set GYMTEXT_PROVIDER to twilio to send.",
        )];
    }
    let Ok(twilio) = twilio(settings) else {
        return vec![Finding::fail(
            CHECK,
            "Twilio cannot be asked with these settings",
            "See the lines about settings above.",
        )];
    };
    let mut findings = match twilio.check().await {
        Ok(account) if !account.is_active => vec![Finding::fail(
            CHECK,
            "Twilio says that the account is not active",
            "Look at the account in the Twilio console: it may be suspended or closed.",
        )],
        Ok(account) if account.is_trial => vec![Finding::warn(
            CHECK,
            "Twilio knows the account; it is a trial, which sends to verified numbers only",
            "Upgrade it in the Twilio console before you write to members.",
        )],
        Ok(_) => vec![Finding::ok(
            CHECK,
            "Twilio knows the account, and it is active",
        )],
        // What stands in for Twilio may not know accounts; its messages it must know.
        Err(FetchError::NoAnswer { .. }) if settings.twilio.api_url.is_some() => {
            let newest = ListQuery {
                page_size: Some(1),
                ..ListQuery::default()
            };
            match twilio.list(newest).await {
                Ok(_) => vec![Finding::ok(
                    CHECK,
                    "what stands at TWILIO_API_URL lets us in",
                )],
                Err(error) => return vec![refused(CHECK, &error)],
            }
        }
        Err(error) => return vec![refused(CHECK, &error)],
    };
    for (kind, sid) in &settings.whatsapp.templates {
        findings.push(match twilio.template(sid).await {
            Ok(Some(_)) => match twilio.approval(sid).await {
                Ok(approval) => approved(*kind, approval.as_ref().map(|approval| &approval.status)),
                Err(error) => refused("template", &error),
            },
            Ok(None) => Finding::fail(
                "template",
                format!("{kind}: the account has no template with this id"),
                format!(
                    "Copy its Content SID again to WHATSAPP_TEMPLATE_{}.",
                    kind.as_str().to_ascii_uppercase()
                ),
            ),
            Err(error) => refused("template", &error),
        });
    }
    findings
}

fn approved(kind: Kind, status: Option<&ApprovalStatus>) -> Finding {
    if status.is_some_and(ApprovalStatus::is_sendable) {
        return Finding::ok("template", format!("{kind} is approved"));
    }
    Finding::warn(
        "template",
        format!("{kind} is not approved ({})", word(status)),
        "It cannot be sent until WhatsApp has approved it; submit it in the Content Template Builder.",
    )
}

fn word(status: Option<&ApprovalStatus>) -> String {
    match status {
        None | Some(ApprovalStatus::Unsubmitted) => "never submitted".into(),
        Some(ApprovalStatus::Unknown(word)) => format!("`{word}`"),
        Some(known) => format!("{known:?}").to_lowercase(),
    }
}

fn refused(check: &'static str, error: &FetchError) -> Finding {
    let remedy = match error {
        FetchError::Refused { status: 401, .. } => {
            "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN do not belong together; copy both again."
        }
        FetchError::Unreachable { .. } => {
            "Is there a way to the internet, and is TWILIO_API_URL right?"
        }
        _ => "Try again; if it stays, look at status.twilio.com.",
    };
    Finding::fail(check, error.to_string(), remedy)
}

/// Whether the world's way to us ends at us.
pub(super) async fn public_url(settings: &Settings) -> Option<Finding> {
    const CHECK: &str = "public url";
    let url = settings.web.public_url.as_deref()?;
    Some(match get(&format!("{url}/api/health")).await {
        Ok(response) if response.status == 200 => {
            Finding::ok(CHECK, format!("{url} leads to a running service"))
        }
        Ok(response) => Finding::warn(
            CHECK,
            format!("{url}/api/health answers {}", response.status),
            "Is the service running, and does the proxy hand the whole path on?",
        ),
        Err(why) => Finding::warn(
            CHECK,
            format!("{url} cannot be reached from here: {why}"),
            "Start the service and try again; from inside some networks the public address does not work.",
        ),
    })
}

/// Compares the clock with the provider's.
pub(super) async fn clock(settings: &Settings) -> Finding {
    const CHECK: &str = "clock";
    let url = settings.twilio.api_url.as_deref().unwrap_or(TWILIO);
    let answer = get(&format!("{url}/")).await;
    let now = SystemClock.now();
    let theirs = answer
        .ok()
        .and_then(|response| response.header(DATE).map(ToOwned::to_owned))
        .and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
    match theirs {
        Some(theirs) => {
            let off = now.as_seconds() - theirs.as_second();
            if off.abs() > CLOCK_OFF_MAX_SECONDS {
                Finding::fail(
                    CHECK,
                    format!("this machine's clock is {off} seconds off"),
                    "Turn time synchronisation on (chrony, systemd-timesyncd): windows and schedules depend on it.",
                )
            } else {
                Finding::ok(
                    CHECK,
                    format!("{now}, within {CLOCK_OFF_MAX_SECONDS} s of the provider's"),
                )
            }
        }
        None => Finding::warn(
            CHECK,
            format!("{now}, compared with nobody"),
            "The provider did not tell its time.",
        ),
    }
}

async fn get(url: &str) -> Result<Response, String> {
    let (origin, path) = Origin::of_url(url).map_err(|error| error.to_string())?;
    let limits = Limits {
        deadline: PATIENCE,
        connections_max: 1,
        ..Limits::default()
    };
    let call = Call {
        method: Method::GET,
        path: path.parse().map_err(|_| "not a path".to_owned())?,
        headers: HeaderMap::new(),
        body: Bytes::new(),
        answer_bytes_max: 1 << 20,
    };
    match Pool::new(origin, Reach::Anywhere, limits)
        .call(call, &MayStart::Always)
        .await
    {
        Exchange::Response(Response {
            body: Body::Cut, ..
        }) => Err("the answer was cut".into()),
        Exchange::Response(response) => Ok(response),
        Exchange::NotStarted { why } | Exchange::NoAnswer { why } => Err(why.into()),
    }
}
