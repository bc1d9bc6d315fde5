//! `GET /api/v1/suppressions`, `POST /api/v1/suppressions`: the list of addresses that are opted out,
//! to take along to another system, and the list of another system.

use axum::response::Response;
use domain::{Channel, ConsentEvent, Handle, PhoneNumber, Purpose, Timestamp};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::records::{ConsentEntry, Proof, Suppression};
use utoipa::{IntoParams, ToSchema};

use super::members::fields;
use crate::State;
use crate::auth::Caller;
use crate::cursor::{self, Line};
use crate::idempotency::{Posted, mark};
use crate::json::{JsonBody, answer};
use crate::problem::{Faults, Problem};
use crate::query::{Asked, limit};

/// The most lines of one call.
const LINES_MAX: usize = 10_000;

/// How many faults are told of one call.
const FAULTS_MAX: usize = 100;

/// An address that is opted out of everything.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuppressionAnswer {
    #[schema(example = "sms")]
    channel: &'static str,
    #[schema(example = "+14155550123")]
    address: String,
    /// Since when.
    since: String,
    /// Where that came from.
    #[schema(example = "sms_keyword")]
    source: String,
}

impl From<&Suppression> for SuppressionAnswer {
    fn from(line: &Suppression) -> Self {
        Self {
            channel: line.channel.as_str(),
            address: line.handle.as_str().to_owned(),
            since: line.since.to_string(),
            source: line.source.clone(),
        }
    }
}

/// A page of the list, in the order the addresses came onto it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuppressionPage {
    items: Vec<SuppressionAnswer>,
    /// Where the list goes on; `null` on the last page.
    next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// 1 to 200, 50 if missing.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A list of another system.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"items": [
    {"channel": "sms", "address": "+14155550123", "since": "2026-03-01T00:00:00Z", "source": "old_crm"}
]}))]
pub(crate) struct ImportSuppressions {
    /// 1 to 10,000 lines. One that cannot be read refuses all of them.
    items: Vec<LineRequest>,
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
}

impl JsonBody for ImportSuppressions {
    const BYTES_MAX: usize = 4 * 1024 * 1024;

    fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        crate::json::parse(bytes)
    }
}

/// A line of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineRequest {
    /// `sms`, `whatsapp` or `email`.
    #[schema(example = "sms")]
    channel: String,
    /// A number with its `+`, or an e-mail address.
    #[schema(example = "+14155550123")]
    address: String,
    /// Since when, RFC 3339; now if missing.
    since: Option<String>,
    /// Where that came from; `import` if missing.
    source: Option<String>,
}

/// What came of an import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportAnswer {
    /// Lines that were read.
    lines: usize,
    /// Addresses that are opted out now and were not before.
    added: usize,
    /// Addresses that were opted out already, or stand there twice.
    already: usize,
    /// Whether nothing was changed.
    dry_run: bool,
}

/// List who is opted out
///
/// In the order the addresses came onto the list. Members who were erased are kept as keyed
/// hashes: they stay opted out, and cannot be listed.
#[utoipa::path(
    get, path = "/api/v1/suppressions", tag = "Consent", operation_id = "list_suppressions",
    params(Which),
    responses((status = 200, description = "A page", body = SuppressionPage), (status = 422, body = Problem, description = "The cursor cannot be read")),
    security(("key" = [])),
)]
pub(crate) async fn list(
    state: State,
    _caller: Caller,
    which: Asked<Which>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let limit = limit(&mut faults, which.0.limit.as_deref());
    let after: Option<Line> = which
        .0
        .cursor
        .as_deref()
        .and_then(|text| faults.keep("cursor", cursor::read(text)));
    faults.into_result()?;
    let after = after.map_or(0, |line| line.0);
    let mut lines = state.engine().suppressions(after, limit + 1).await?;
    let more = lines.len() > limit as usize;
    lines.truncate(limit as usize);
    let next_cursor = lines
        .last()
        .filter(|_| more)
        .map(|last| cursor::write(&Line(last.id)));
    let page = SuppressionPage {
        items: lines.iter().map(Into::into).collect(),
        next_cursor,
    };
    Ok(answer(StatusCode::OK, &page))
}

/// Import who is opted out
///
/// Opts every address out, whether or not it is a member's: who signs up with it later stays opted
/// out until they opt in by an act of their own. A line that cannot be read refuses all of them.
#[utoipa::path(
    post, path = "/api/v1/suppressions", tag = "Consent", operation_id = "import_suppressions",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    request_body = ImportSuppressions,
    responses(
        (status = 200, description = "What came of it", body = ImportAnswer),
        (status = 422, description = "Some lines cannot be read; nothing was changed", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn import(
    state: State,
    posted: Posted<ImportSuppressions>,
) -> Result<Response, Problem> {
    let (body, now) = (posted.body, state.engine().clock().now());
    if !(1..=LINES_MAX).contains(&body.items.len()) {
        return Err(Problem::field(
            "items",
            format!("a list has 1 to {LINES_MAX} lines"),
        ));
    }
    let mut faults = Faults::default();
    let mut lines = Vec::with_capacity(body.items.len());
    let mut refused = 0;
    for (at, line) in body.items.iter().enumerate() {
        match entry(&mut faults, at, line, &posted.caller, now) {
            Some(line) => lines.push(line),
            None => refused += 1,
        }
        if refused == FAULTS_MAX {
            break;
        }
    }
    faults.into_result()?;
    let count = lines.len();
    let (added, replayed) = if body.dry_run {
        let mut addresses: Vec<_> = lines
            .into_iter()
            .map(|(entry, _)| (entry.channel, entry.handle))
            .collect();
        addresses.sort_unstable_by(|(a, x), (b, y)| {
            (a.as_str(), x.as_str()).cmp(&(b.as_str(), y.as_str()))
        });
        addresses.dedup();
        let distinct = addresses.len();
        let already = state.engine().suppressed_among(addresses).await?;
        (distinct - already.min(distinct), false)
    } else {
        let imported = state
            .engine()
            .import_suppressions(lines, posted.key)
            .await?;
        (imported.added as usize, imported.replayed)
    };
    let body = ImportAnswer {
        lines: count,
        added,
        already: count - added.min(count),
        dry_run: body.dry_run,
    };
    Ok(mark(answer(StatusCode::OK, &body), replayed))
}

/// One line understood, or its faults noted.
fn entry(
    faults: &mut Faults,
    at: usize,
    line: &LineRequest,
    caller: &Caller,
    now: Timestamp,
) -> Option<(ConsentEntry, Timestamp)> {
    let field = |name: &str| format!("items[{at}].{name}");
    let channel = faults.parse::<Channel>(&field("channel"), Some(&line.channel))?;
    let handle = faults.keep(&field("address"), address(channel, line.address.trim()));
    let source = line.source.as_deref().unwrap_or("import");
    let source = faults.keep(&field("source"), fields::source(source));
    let since = match line.since.as_deref() {
        None => Some(now),
        Some(text) => faults.keep(&field("since"), since(text, now)),
    };
    let since = since?;
    let entry = ConsentEntry {
        channel,
        handle: handle?,
        purpose: Purpose::All,
        event: ConsentEvent::OptOut,
        own_act: false,
        source: source?,
        wording: None,
        actor: caller.actor(),
        proof: Proof {
            wording_version: None,
            evidence: Some(format!("listed since {since}")),
            said_at: None,
        },
        opens: None,
    };
    Some((entry, since))
}

fn address(channel: Channel, text: &str) -> Result<Handle, String> {
    match channel {
        Channel::Sms => fields::phone(text, None).map(|phone| Handle::Phone(phone.number)),
        Channel::Whatsapp => match text.parse() {
            Ok(Handle::ScopedUser(id)) => Ok(Handle::ScopedUser(id)),
            Ok(Handle::Phone(_) | Handle::Email(_) | Handle::Member(_) | Handle::Service)
            | Err(_) => PhoneNumber::from_input(text, None)
                .map(|phone| Handle::Phone(phone.number))
                .map_err(|error| error.to_string()),
        },
        Channel::Email => fields::email(text)
            .map(|email| Handle::Email(email.into()))
            .map_err(str::to_owned),
        Channel::Web => Err("a suppression list names phones and e-mail addresses".to_owned()),
    }
}

fn since(text: &str, now: Timestamp) -> Result<Timestamp, &'static str> {
    match text.trim().parse().map(Timestamp::from_jiff) {
        Ok(at) if at <= now => Ok(at),
        Ok(_) => Err("this lies in the future"),
        Err(_) => Err("write an instant such as `2026-03-01T00:00:00Z`"),
    }
}
