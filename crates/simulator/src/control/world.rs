//! What holds for the whole sandbox: its numbers, the clock, faults, templates, and starting over.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use domain::Seconds;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::phones::number_in_path;
use crate::control::problem::{Problem, read};
use crate::faults::Faults;
use crate::limits::Limits;
use crate::numbers::Standing;
use crate::sid::Sid;
use crate::simulator::Simulator;

/// The states of an approval that can be set. `reinstated` is the way back from a pause: it is
/// fetched as `approved`.
const APPROVALS: [&str; 7] = [
    "received",
    "pending",
    "approved",
    "rejected",
    "paused",
    "disabled",
    "reinstated",
];

/// The categories a template can be moved to.
const CATEGORIES: [&str; 3] = ["UTILITY", "MARKETING", "AUTHENTICATION"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetApproval {
    status: Option<String>,
    #[serde(default)]
    rejection_reason: String,
    category: Option<String>,
}

/// `GET /numbers`: the account's own numbers.
pub(crate) async fn numbers(State(simulator): State<Arc<Simulator>>) -> Json<Vec<Value>> {
    let state = simulator.state();
    let all = state.numbers.list.iter().map(|own| {
        json!({
            "number": &*own.number,
            "name": own.set.name,
            "sms": own.set.sms,
            "whatsapp": own.set.whatsapp,
            "sms_url": own.set.sms_url,
            "whatsapp_url": own.set.whatsapp_url,
        })
    });
    Json(all.collect())
}

/// `GET /clock`.
pub(crate) async fn clock(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    Json(shown_clock(&simulator))
}

fn shown_clock(simulator: &Simulator) -> Value {
    json!({"now": crate::dates::iso_8601_millis(simulator.now())})
}

/// `POST /clock` {`advance_seconds`}.
pub(crate) async fn advance(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let asked: Advance = read(&headers, &body)?;
    let span = Seconds::from_f64(asked.advance_seconds).ok_or_else(|| {
        Problem::invalid(
            "invalid_span",
            "`advance_seconds` is a number of seconds that is not negative: clocks go forward",
        )
    })?;
    if !simulator.advance_clock(span) {
        return Err(Problem::conflict(
            "clock_stands",
            "this clock is the system's and cannot be moved",
        ));
    }
    Ok(Json(shown_clock(&simulator)))
}

/// `GET /faults`.
pub(crate) async fn faults(State(simulator): State<Arc<Simulator>>) -> Json<Faults> {
    Json(simulator.state().faults.clone())
}

/// `PUT /faults`: what is absent is off.
pub(crate) async fn set_faults(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Faults>, Problem> {
    let faults: Faults = read(&headers, &body)?;
    if let Some(problem) = faults.problem() {
        return Err(Problem::invalid("invalid_faults", problem));
    }
    simulator.state().faults = faults.clone();
    Ok(Json(faults))
}

/// `GET /limits`.
pub(crate) async fn limits(State(simulator): State<Arc<Simulator>>) -> Json<Limits> {
    Json(simulator.state().meter.limits)
}

/// `PUT /limits`: what is absent is as at first. What was counted stays counted.
pub(crate) async fn set_limits(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Limits>, Problem> {
    let limits: Limits = read(&headers, &body)?;
    simulator.state().meter.limits = limits;
    Ok(Json(limits))
}

/// `GET /senders/{number}`: how a number stands on WhatsApp.
pub(crate) async fn sender(
    State(simulator): State<Arc<Simulator>>,
    Path(number): Path<String>,
) -> Result<Json<Standing>, Problem> {
    let number = number_in_path(&number)?;
    let state = simulator.state();
    let own = state.numbers.by_number(&number).ok_or_else(no_sender)?;
    Ok(Json(own.standing.clone()))
}

/// `PUT /senders/{number}` {status?, `quality_rating`?, `messaging_limit`?, `offline_reason`?}: what people's blocks and
/// reports, or WhatsApp, make of a number. What is absent is as at first.
pub(crate) async fn set_sender(
    State(simulator): State<Arc<Simulator>>,
    Path(number): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Standing>, Problem> {
    let standing: Standing = read(&headers, &body)?;
    let number = number_in_path(&number)?;
    let mut state = simulator.state();
    let own = state
        .numbers
        .list
        .iter_mut()
        .find(|own| own.set.whatsapp && *own.number == *number)
        .ok_or_else(no_sender)?;
    own.standing = standing.clone();
    Ok(Json(standing))
}

fn no_sender() -> Problem {
    Problem::missing(
        "no_such_sender",
        "the account has no such number on WhatsApp",
    )
}

/// `POST /reset`.
pub(crate) async fn reset(State(simulator): State<Arc<Simulator>>) -> StatusCode {
    simulator.reset();
    StatusCode::NO_CONTENT
}

/// `GET /templates`: all templates with their approvals.
pub(crate) async fn templates(State(simulator): State<Arc<Simulator>>) -> Json<Vec<Value>> {
    let now = simulator.now();
    let state = simulator.state();
    let all = state.contents.list.iter().map(|content| {
        json!({
            "sid": content.sid.to_string(),
            "friendly_name": content.friendly_name,
            "language": content.language,
            "types": content.types,
            "approval": content.show_approval(now),
        })
    });
    Json(all.collect())
}

/// `PUT /templates/{sid}/approval` {status?, `rejection_reason`?, category?}: what a reviewer, or
/// members' feedback, does to a template.
pub(crate) async fn set_approval(
    State(simulator): State<Arc<Simulator>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let asked: SetApproval = read(&headers, &body)?;
    if asked
        .status
        .as_deref()
        .is_some_and(|status| !APPROVALS.contains(&status))
    {
        return Err(Problem::invalid(
            "unknown_status",
            format!("the status is one of: {}", APPROVALS.join(", ")),
        ));
    }
    if asked
        .category
        .as_deref()
        .is_some_and(|category| !CATEGORIES.contains(&category))
    {
        return Err(Problem::invalid(
            "unknown_category",
            format!("the category is one of: {}", CATEGORIES.join(", ")),
        ));
    }
    if asked.status.is_none() && asked.category.is_none() {
        return Err(Problem::invalid(
            "nothing_asked",
            "give a status, a category, or both",
        ));
    }
    let missing = || Problem::missing("no_such_template", "there is no template with this sid");
    let sid: Sid = sid.parse().map_err(|_| missing())?;
    let now = simulator.now();
    let mut state = simulator.state();
    let content = state.contents.get_mut(sid).ok_or_else(missing)?;
    let Some(submitted) = &mut content.submitted else {
        return Err(Problem::conflict(
            "not_submitted",
            "this template was not submitted for approval",
        ));
    };
    if let Some(status) = asked.status {
        let shown = if status == "reinstated" {
            "approved".to_owned()
        } else {
            status
        };
        submitted.by_hand = Some(shown);
        submitted.rejection_reason = asked.rejection_reason;
    }
    if asked.category.is_some() {
        submitted.category_by_hand = asked.category;
    }
    Ok(Json(content.show_approval(now)))
}
