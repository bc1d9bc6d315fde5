//! Its part of the control API, for tests: what it knows, what goes wrong, and what people do on its pages.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Stripe;
use super::books::Faults;
use super::time::Act;
use crate::control::problem::{Problem, read};
use crate::simulator::Simulator;

/// How many events are shown.
const EVENTS_SHOWN: usize = 500;

fn stripe(simulator: &Simulator) -> Result<&Stripe, Problem> {
    simulator
        .stripe
        .as_ref()
        .ok_or_else(|| Problem::conflict("no_stripe", "this sandbox has no Stripe"))
}

/// `GET /stripe`
pub(super) async fn show(State(simulator): State<Arc<Simulator>>) -> Result<Json<Value>, Problem> {
    let books = stripe(&simulator)?.books();
    let now = simulator.now();
    let subscriptions: Vec<Value> = books
        .subscriptions
        .values()
        .map(|one| {
            json!({
                "id": one.id, "customer": one.customer, "status": one.status, "metadata": one.metadata,
                "period_start": one.start, "period_end": one.end, "cancels": one.cancels,
                "ended_at": one.ended_at, "card_fails": one.card_fails,
            })
        })
        .collect();
    let sessions: Vec<Value> = books
        .sessions
        .values()
        .map(|one| json!({"id": one.id, "member": one.member, "status": one.status(now)}))
        .collect();
    let skipped = books.events.len().saturating_sub(EVENTS_SHOWN);
    let events: Vec<Value> = books
        .events
        .iter()
        .skip(skipped)
        .map(|(id, event)| {
            json!({
                "id": id, "type": event.kind, "subscription": event.subscription,
                "sent": event.sent, "answer": event.answer,
            })
        })
        .collect();
    Ok(Json(json!({
        "subscriptions": subscriptions, "sessions": sessions, "events": events, "faults": books.faults,
    })))
}

/// `PUT /stripe/faults`: what is absent is off.
pub(super) async fn set_faults(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Faults>, Problem> {
    let faults: Faults = read(&headers, &body)?;
    stripe(&simulator)?.books().faults = faults;
    Ok(Json(faults))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    #[serde(default)]
    signed_seconds_ago: u32,
}

/// `POST /stripe/events/{id}` {`signed_seconds_ago`?}: sends it now, whatever was before.
pub(super) async fn send(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let asked: Send = read(&headers, &body)?;
    let ago = i64::from(asked.signed_seconds_ago);
    match simulator.send_event(&id, ago).await {
        Some(answer) => Ok(Json(json!({"answer": answer}))),
        None => Err(Problem::invalid("no_event", "there is no such event")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(rename = "do")]
    act: String,
}

/// `POST /stripe/subscriptions/{id}` {`do`}: what somebody does on the portal page.
pub(super) async fn act(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let asked: Asked = read(&headers, &body)?;
    let act = Act::of(&asked.act).ok_or_else(|| {
        Problem::invalid(
            "invalid_act",
            "`do` is cancel, resume, card_fails, card_works or end_now",
        )
    })?;
    if simulator.act_on(&id, act) {
        Ok(Json(json!({"done": true})))
    } else {
        Err(Problem::conflict(
            "over",
            "there is no such subscription, or it is over",
        ))
    }
}
