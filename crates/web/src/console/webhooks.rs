//! Webhooks: endpoints of others that events are told to, how each stands and what it was told; and when providers called us.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Role, Secret, WebhookId};
use engine::webhooks::{DeliveryRecord, EndpointRecord, EndpointWishes, WebhookError};
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::{html, refused, shown, trouble};
use crate::State;
use crate::api::webhooks::deliveries::instant;
use crate::api::webhooks::description_of;
use crate::webhooks::heard::Source;

const BACK: &str = "/admin/webhooks";

/// How many deliveries a page shows.
const SHOWN: u32 = 50;

/// An endpoint in the list.
struct Line {
    id: String,
    url: String,
    description: String,
    events: String,
    badge: (&'static str, String),
    note: String,
}

/// A call that was refused.
struct Refused {
    who: &'static str,
    at: (String, String),
    seen: String,
    checked: String,
    why: String,
    times: u32,
}

/// A provider that calls us.
struct Caller {
    name: &'static str,
    last: Option<(String, String)>,
    refused: u64,
}

#[derive(Template)]
#[template(path = "console-webhooks.html")]
struct All {
    page: Page,
    token: String,
    lines: Vec<Line>,
    callers: Vec<Caller>,
    refused: Vec<Refused>,
}

/// What became of one event.
struct Told {
    event: i64,
    kind: String,
    state: &'static str,
    tone: &'static str,
    attempts: u32,
    code: String,
    why: String,
    took: u32,
    at: Option<(String, String)>,
    next: Option<(String, String)>,
    may_repeat: bool,
}

#[derive(Template)]
#[template(path = "console-webhook.html")]
struct One {
    page: Page,
    token: String,
    line: Line,
    is_stopped: bool,
    facts: Vec<(&'static str, String)>,
    filters: Vec<(&'static str, &'static str, bool)>,
    told: Vec<Told>,
}

#[derive(Template)]
#[template(path = "console-secret.html")]
struct Shown {
    page: Page,
    what: &'static str,
    secret: String,
    use_it: &'static str,
    back: &'static str,
}

/// A page that shows a secret, once.
pub(super) fn once(
    on_duty: &OnDuty,
    title: &str,
    secret: &Secret,
    (what, use_it, back): (&'static str, &'static str, &'static str),
) -> Response {
    html(&Shown {
        page: on_duty.page(title, back),
        what,
        secret: secret.expose().to_owned(),
        use_it,
        back,
    })
}

fn pair(at: domain::Timestamp) -> (String, String) {
    (shown::machine(at), shown::utc(at))
}

/// How an endpoint stands, in a word and in a sentence.
fn standing(state: &State, one: &EndpointRecord) -> ((&'static str, String), String) {
    let now = state.engine().clock().now();
    if let Some((why, at)) = one.stopped {
        let since = shown::ago(at, now);
        let (tone, note) = match why {
            domain::Stopped::Paused => ("warn", "Somebody paused it. What happens waits for it."),
            domain::Stopped::Gone => (
                "bad",
                "It answered 410, which says that it wants nothing any more. What happens waits for it.",
            ),
            domain::Stopped::Failing => (
                "bad",
                "It took nothing for five days. What happens waits for it.",
            ),
        };
        return (
            (tone, format!("{}, {since}", why.as_str())),
            note.to_owned(),
        );
    }
    match one.line.failing_since {
        Some(since) => (
            ("bad", format!("failing, {}", shown::ago(since, now))),
            format!(
                "Tried {} times. What is newer waits behind it, in order.",
                one.line.tries
            ),
        ),
        None => (("ok", "works".to_owned()), String::new()),
    }
}

fn line(state: &State, one: &EndpointRecord) -> Line {
    let (badge, note) = standing(state, one);
    Line {
        id: one.id.to_string(),
        // What stands behind the `?` may be a secret.
        url: one
            .url
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_owned(),
        description: one.description.clone(),
        events: one.events.join(", "),
        badge,
        note,
    }
}

const fn name_of(source: Source) -> &'static str {
    match source {
        Source::Sms => "SMS",
        Source::Whatsapp => "WhatsApp",
        Source::Stripe => "Stripe",
    }
}

/// The list.
pub(super) async fn list(state: State, on_duty: OnDuty) -> Response {
    if let Some(refused) = on_duty.refusal(Role::Owner, "/admin") {
        return refused;
    }
    let endpoints = match state.engine().endpoints().await {
        Ok(endpoints) => endpoints,
        Err(error) => return trouble(error, "/admin"),
    };
    let caller = |name, source| {
        let (last, refused) = state.heard().told(source);
        Caller {
            name,
            last: last.map(pair),
            refused,
        }
    };
    html(&All {
        page: on_duty.page("Webhooks", BACK),
        token: on_duty.token(),
        lines: endpoints.iter().map(|one| line(&state, one)).collect(),
        callers: vec![
            caller(name_of(Source::Sms), Source::Sms),
            caller(name_of(Source::Whatsapp), Source::Whatsapp),
            caller(name_of(Source::Stripe), Source::Stripe),
        ],
        refused: state
            .heard()
            .refusals()
            .into_iter()
            .map(|one| Refused {
                who: name_of(one.source),
                at: pair(one.at),
                seen: one.seen,
                checked: one.checked,
                why: one.why,
                times: one.times,
            })
            .collect(),
    })
}

/// An endpoint to be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Newcomer {
    url: String,
    description: String,
    events: String,
}

/// Makes one.
pub(super) async fn create(state: State, posted: Posted<Newcomer>) -> Response {
    if let Some(refused) = posted.refusal(Role::Owner, BACK) {
        return refused;
    }
    let form = &posted.form;
    let Ok(description) = description_of(&form.description) else {
        return unfit("A description has at most 200 characters.");
    };
    let events: Vec<String> = form
        .events
        .split([' ', ',', '\n', '\r'])
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let wishes = EndpointWishes {
        url: Some(form.url.trim().to_owned()),
        description: Some(description),
        events: (!events.is_empty()).then_some(events),
        enabled: None,
    };
    let engine = posted.on_duty.engine(&state);
    match engine.make_endpoint(wishes).await {
        Ok(made) => secret(&posted.on_duty, &made),
        Err(error) => failed(error),
    }
}

fn secret(on_duty: &OnDuty, one: &EndpointRecord) -> Response {
    let words = (
        "The secret of this endpoint",
        "Whoever receives the events checks their signatures with it. It is shown here and nowhere else.",
        BACK,
    );
    once(on_duty, "Secret", &one.secret, words)
}

fn unfit(what: &str) -> Response {
    refused(
        StatusCode::UNPROCESSABLE_ENTITY,
        what,
        "Nothing was changed.",
        BACK,
    )
}

fn failed(error: WebhookError) -> Response {
    let text = error.to_string();
    match error {
        WebhookError::Engine(error) => trouble(error, BACK),
        WebhookError::Unknown => refused(
            StatusCode::NOT_FOUND,
            "There is no such endpoint.",
            "Somebody may have removed it.",
            BACK,
        ),
        WebhookError::TooMany
        | WebhookError::AddressTaken(_)
        | WebhookError::Url(_)
        | WebhookError::UrlTooLong
        | WebhookError::Pattern(_)
        | WebhookError::Patterns
        | WebhookError::NotBehind
        | WebhookError::NotKept(_) => unfit(&format!("{text}.")),
    }
}

/// Which deliveries.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    state: Option<String>,
}

/// One endpoint.
pub(super) async fn show(
    state: State,
    on_duty: OnDuty,
    Path(id): Path<String>,
    which: crate::query::Asked<Which>,
) -> Response {
    if let Some(refused) = on_duty.refusal(Role::Owner, "/admin") {
        return refused;
    }
    match template(&state, &on_duty, &id, which.0).await {
        Ok(one) => html(&one),
        Err(error) => failed(error),
    }
}

async fn template(
    state: &State,
    on_duty: &OnDuty,
    id: &str,
    which: Which,
) -> Result<One, WebhookError> {
    let id: WebhookId = id.parse().map_err(|_| WebhookError::Unknown)?;
    let engine = state.engine();
    let one = engine.endpoint(id).await?;
    let wanted = which.state.unwrap_or_default();
    let deliveries = engine
        .deliveries(id, wanted.parse().ok(), None, SHOWN)
        .await?;
    let behind = engine.endpoint_behind(&one).await?;
    let waiting = match (behind.waiting, behind.more) {
        (0, false) => "nothing".to_owned(),
        (count, false) => format!("{count} events"),
        (count, true) => format!("more than {count} events"),
    };
    let mut facts = vec![
        ("Events", one.events.join(", ")),
        ("Waiting", waiting),
        (
            "Made",
            format!("{} by {}", shown::utc(one.made_at), one.made_by),
        ),
    ];
    if let Some(since) = behind.since {
        facts.push(("Behind since", shown::utc(since)));
    }
    if let Some(at) = one.line.next_at {
        facts.push(("Next try", shown::utc(at)));
    }
    let now = engine.clock().now();
    if let Some((_, until)) = one.previous.as_ref().filter(|(_, until)| now < *until) {
        facts.push(("Old secret signs until", shown::utc(*until)));
    }
    let filters = [
        ("", "All"),
        ("delivered", "Delivered"),
        ("waiting", "Waiting"),
        ("retrying", "Put aside"),
        ("failed", "Failed"),
    ];
    Ok(One {
        page: on_duty.page("Webhook", BACK),
        token: on_duty.token(),
        is_stopped: one.stopped.is_some(),
        line: line(state, &one),
        facts,
        filters: filters
            .map(|(word, label)| (word, label, word == wanted))
            .into(),
        told: deliveries.iter().map(told).collect(),
    })
}

fn told(one: &DeliveryRecord) -> Told {
    use domain::DeliveryState::{Delivered, Failed, Retrying, Waiting};
    let (state, tone) = match one.state {
        Delivered => ("delivered", "ok"),
        Waiting => ("waiting", "warn"),
        Retrying => ("put aside", "warn"),
        Failed => ("failed", "bad"),
    };
    Told {
        event: one.event,
        kind: one.kind.clone(),
        state,
        tone,
        attempts: one.attempts,
        code: one
            .code
            .map_or_else(|| "–".to_owned(), |code| code.to_string()),
        why: one.why.clone(),
        took: one.took_ms,
        at: one.tried_at.map(pair),
        next: one.next_at.map(pair),
        may_repeat: one.state != Waiting,
    }
}

/// What becomes of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    act: String,
    event: String,
    since: String,
}

/// Changes one.
pub(super) async fn change(
    state: State,
    Path(id): Path<String>,
    posted: Posted<Wanted>,
) -> Response {
    if let Some(refused) = posted.refusal(Role::Owner, BACK) {
        return refused;
    }
    match act(&state, &id, &posted).await {
        Ok(response) => response,
        Err(error) => failed(error),
    }
}

async fn act(state: &State, id: &str, posted: &Posted<Wanted>) -> Result<Response, WebhookError> {
    let id: WebhookId = id.parse().map_err(|_| WebhookError::Unknown)?;
    let engine = posted.on_duty.engine(state);
    let enabled = |enabled| EndpointWishes {
        enabled: Some(enabled),
        ..EndpointWishes::default()
    };
    match posted.form.act.as_str() {
        "pause" => drop(engine.change_endpoint(id, enabled(false)).await?),
        "resume" => drop(engine.change_endpoint(id, enabled(true)).await?),
        "rotate" => {
            let rotated = engine.rotate_endpoint(id).await?;
            return Ok(secret(&posted.on_duty, &rotated));
        }
        "remove" => {
            engine.remove_endpoint(id).await?;
            return Ok(Redirect::to(BACK).into_response());
        }
        "test" => {
            let tried = engine.test_endpoint(id).await?;
            let why = tried.why();
            if !why.is_empty() {
                return Ok(refused(
                    StatusCode::OK,
                    &format!("The test was not taken: {why}."),
                    "Nothing was changed; what it was told is not counted.",
                    BACK,
                ));
            }
        }
        "replay" => {
            if let Ok(event) = posted.form.event.parse() {
                engine.repeat_delivery(id, event).await?;
            } else if let Ok(since) = instant(&posted.form.since) {
                engine.repeat_since(id, since).await?;
            } else {
                return Ok(unfit("Write an instant such as 2026-11-18T00:00:00Z."));
            }
        }
        _ => return Ok(unfit("Nothing of this page was asked for.")),
    }
    Ok(Redirect::to(&format!("{BACK}/{id}")).into_response())
}
