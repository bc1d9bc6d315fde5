//! A message: why it went as it did, and everything that happened to it, on a line of time.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Direction, MessageId, Role, Timestamp};
use engine::EngineError;
use engine::explain::{readable, status_word};
use serde_json::Value;
use store::ops::{CancelAnswer, RetryAnswer};
use store::questions::MessageById;
use store::records::MessageDetail;
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::thread::Nothing;
use super::{html, refused, shown, trouble};
use crate::State;
use crate::path::MessageInPath;

/// A channel that was considered.
pub(super) struct Considered {
    pub(super) channel: String,
    pub(super) verdict: &'static str,
    pub(super) tone: &'static str,
    pub(super) why: String,
    pub(super) price: String,
}

/// Something that happened.
struct Happened {
    at: String,
    utc: String,
    what: String,
    tone: &'static str,
}

/// Another message that belongs to it.
struct Leg {
    id: String,
    what: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "console-message.html")]
struct Message {
    page: Page,
    token: String,
    id: String,
    member: String,
    ours: bool,
    text: String,
    headline: String,
    tone: &'static str,
    status: String,
    facts: Vec<(String, String)>,
    reasons: Vec<String>,
    considered: Vec<Considered>,
    line: Vec<Happened>,
    legs: Vec<Leg>,
    onward: String,
    may_retry: bool,
    may_cancel: bool,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty, id: MessageInPath) -> Response {
    match template(&state, &on_duty, id.0).await {
        Ok(template) => html(&template),
        Err(error) => trouble(error, "/admin/conversations"),
    }
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

async fn template(state: &State, on_duty: &OnDuty, id: MessageId) -> Result<Message, EngineError> {
    let engine = state.engine();
    let found = engine.ask().question(MessageById { id }).await?;
    let detail = found.ok_or(EngineError::UnknownMessage)?;
    let why = engine.explain(id).await?.unwrap_or_default();
    let record = &detail.record;
    let ours = record.direction == Direction::Outbound;
    let status = if ours {
        status_word(record.status, record.place)
    } else {
        "received"
    };
    let reasons: Vec<String> = list(&why, "reasons").map(reason).collect();
    let may = on_duty.may(Role::Coach) && ours;
    Ok(Message {
        page: on_duty.page("Why this message", "/admin/conversations"),
        token: on_duty.token(),
        id: id.to_string(),
        member: record.member.to_string(),
        ours,
        text: record.text.as_str().to_owned(),
        headline: headline(&detail, &why),
        tone: shown::tone(status),
        status: shown::words(status),
        facts: facts(&detail, &why),
        considered: list(&why, "considered").map(considered).collect(),
        line: line(&detail),
        legs: legs(&why, &id.to_string()),
        onward: onward(&why),
        may_retry: may
            && matches!(
                status,
                "failed" | "undelivered" | "expired" | "suppressed" | "cancelled"
            ),
        may_cancel: may && matches!(status, "queued" | "held"),
        reasons,
    })
}

pub(super) fn reason(value: &Value) -> String {
    let sentence = text(value, "sentence");
    if sentence.is_empty() {
        shown::words(text(value, "code"))
    } else {
        sentence.to_owned()
    }
}

/// The answer in a line.
fn headline(detail: &MessageDetail, why: &Value) -> String {
    let record = &detail.record;
    if record.direction == Direction::Inbound {
        let channel = record.channel.map_or("a channel", shown::channel);
        return format!("They wrote this by {channel}.");
    }
    let channel = detail
        .attempts
        .last()
        .map(|attempt| shown::channel(attempt.channel));
    match (text(why, "decision"), channel) {
        ("hold", _) => "It is held.".to_owned(),
        ("suppress", _) => "It was not sent.".to_owned(),
        (_, Some(channel)) => format!("It went by {channel}."),
        _ => "It waits for its turn.".to_owned(),
    }
}

fn facts(detail: &MessageDetail, why: &Value) -> Vec<(String, String)> {
    let record = &detail.record;
    let mut facts = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            facts.push((name.to_owned(), value));
        }
    };
    add("Kind", shown::kind(record.kind));
    add("Asked for", shown::utc(record.created_at));
    add(
        "Not before",
        record.not_before.map_or_else(String::new, shown::utc),
    );
    add(
        "Not after",
        record.expires_at.map_or_else(String::new, shown::utc),
    );
    add(
        "Held until",
        record.due.map_or_else(String::new, shown::utc),
    );
    add("Template", record.template.clone().unwrap_or_default());
    add(
        "SMS segments",
        record
            .segments
            .map_or_else(String::new, |count| count.to_string()),
    );
    add("Price", why.get("price").map_or_else(String::new, price));
    if let Some(code) = record.error_code {
        add("Provider’s error", code.to_string());
    }
    if record.possible_repeat {
        add("Repeat", "It may have arrived twice.".to_owned());
    }
    if let Some(standing) = &detail.standing {
        let by = standing
            .answered_by
            .clone()
            .unwrap_or_else(|| "the coach’s rules".to_owned());
        match standing.answered_at {
            Some(at) => add("Answered", format!("{} by {by}", shown::utc(at))),
            None if standing.waits => add("Answered", "not yet".to_owned()),
            None => {}
        }
    }
    facts
}

pub(super) fn price(price: &Value) -> String {
    match (text(price, "amount"), text(price, "currency")) {
        ("", _) | (_, "") => "not known".to_owned(),
        (amount, currency) => format!("{amount} {currency}"),
    }
}

pub(super) fn considered(value: &Value) -> Considered {
    let channel = text(value, "channel");
    let (verdict, tone) = match text(value, "verdict") {
        "chosen" => ("chosen", "ok"),
        "later" => ("not now", "warn"),
        _ => ("passed over", ""),
    };
    Considered {
        channel: channel
            .parse()
            .map_or_else(|_| channel.to_owned(), |one| shown::channel(one).to_owned()),
        verdict,
        tone,
        why: text(value, "sentence").to_owned(),
        price: value.get("price").map_or_else(String::new, price),
    }
}

/// Everything that happened, in its order.
fn line(detail: &MessageDetail) -> Vec<Happened> {
    let mut all: Vec<(Timestamp, u8, String, &'static str)> = Vec::new();
    let record = &detail.record;
    let first = if record.direction == Direction::Inbound {
        "It was heard and kept."
    } else {
        "It was asked for and kept."
    };
    all.push((record.created_at, 0, first.to_owned(), ""));
    for decided in &detail.decisions {
        let value = readable(&decided.decision);
        let reasons: Vec<String> = list(&value, "reasons").map(reason).collect();
        let what = match text(&value, "decision") {
            "hold" => "Held",
            _ => "Not sent",
        };
        all.push((
            decided.at,
            1,
            format!("{what}: {}", reasons.join("; ")),
            "warn",
        ));
    }
    for attempt in &detail.attempts {
        let channel = shown::channel(attempt.channel);
        let what = format!("Attempt {} by {channel} was begun.", attempt.number);
        all.push((attempt.begun_at, 2, what, ""));
        if let Some(at) = attempt.settled_at {
            let (what, tone) = match (&attempt.provider_message_id, &attempt.error) {
                (Some(id), _) => (format!("The provider took it as {id}."), ""),
                (None, Some(error)) => {
                    let code = attempt
                        .error_code
                        .map_or_else(String::new, |code| format!(" ({code})"));
                    (format!("Not taken{code}: {error}"), "bad")
                }
                (None, None) => ("The provider did not answer.".to_owned(), "warn"),
            };
            all.push((at, 3, what, tone));
        }
    }
    for receipt in &detail.receipts {
        let code = receipt
            .error_code
            .map_or_else(String::new, |code| format!(", error {code}"));
        let tone = receipt
            .status
            .map_or("", |status| shown::tone(status.as_str()));
        all.push((
            receipt.received_at,
            4,
            format!("Receipt: {}{code}.", receipt.word),
            tone,
        ));
    }
    all.sort_by_key(|(at, order, ..)| (*at, *order));
    all.into_iter()
        .map(|(at, _, what, tone)| Happened {
            at: shown::machine(at),
            utc: shown::utc(at),
            what,
            tone,
        })
        .collect()
}

fn legs(why: &Value, own: &str) -> Vec<Leg> {
    let chain = list(why, "chain");
    chain
        .map(|leg| {
            let id = text(leg, "message_id");
            let because = match text(leg, "sentence") {
                "" => String::new(),
                sentence => format!(", because {sentence}"),
            };
            let channel = text(leg, "channel");
            let channel = channel.parse().map_or("no channel yet", shown::channel);
            Leg {
                what: format!("{channel}: {}{because}", text(leg, "status")),
                is_this: id == own,
                id: id.to_owned(),
            }
        })
        .collect()
}

/// What would follow it.
fn onward(why: &Value) -> String {
    let Some(onward) = why.get("onward").filter(|onward| onward.is_object()) else {
        return String::new();
    };
    match text(onward, "state") {
        "stays" => text(onward, "sentence").to_owned(),
        "nowhere" => "Nothing follows it by another channel.".to_owned(),
        "waits" => "If nothing tells that it arrived, another channel takes over.".to_owned(),
        _ => "Another channel could take it.".to_owned(),
    }
}

fn back(id: MessageId) -> String {
    format!("/admin/messages/{id}")
}

/// Sends it again, through the planner.
pub(super) async fn retry(state: State, id: MessageInPath, posted: Posted<Nothing>) -> Response {
    let back = back(id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    match posted.on_duty.engine(&state).retry(id.0).await {
        Ok(RetryAnswer::Waiting) => Redirect::to(&back).into_response(),
        Ok(RetryAnswer::TooLate(status)) => too_late(status.as_str(), &back),
        Ok(RetryAnswer::Unknown) => trouble(EngineError::UnknownMessage, &back),
        Err(error) => trouble(error, &back),
    }
}

/// Calls it back, if it has not left.
pub(super) async fn cancel(state: State, id: MessageInPath, posted: Posted<Nothing>) -> Response {
    let back = back(id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    match posted.on_duty.engine(&state).cancel(id.0).await {
        Ok(CancelAnswer::Cancelled) => Redirect::to(&back).into_response(),
        Ok(CancelAnswer::TooLate(status)) => too_late(status.as_str(), &back),
        Ok(CancelAnswer::Unknown) => trouble(EngineError::UnknownMessage, &back),
        Err(error) => trouble(error, &back),
    }
}

fn too_late(status: &str, back: &str) -> Response {
    refused(
        http::StatusCode::CONFLICT,
        &format!(
            "It is too late for that: the message is {}.",
            shown::words(status)
        ),
        "Nothing was changed.",
        back,
    )
}
