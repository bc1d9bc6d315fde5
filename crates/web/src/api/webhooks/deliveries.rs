//! What an endpoint was told, and telling it again.

use axum::response::{IntoResponse as _, Response};
use domain::{DeliveryState, Timestamp};
use engine::webhooks::DeliveryRecord;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{WebhookInPath, refused};
use crate::State;
use crate::auth::Caller;
use crate::cursor::{self, Event};
use crate::json::{Sent, answer, json_body};
use crate::problem::{Faults, Problem};
use crate::query::{Asked, limit};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// `waiting`, `retrying`, `delivered` or `failed`.
    #[param(value_type = Option<String>)]
    state: Option<String>,
    /// From `next_cursor`.
    cursor: Option<String>,
    /// At most this many, 1 to 200.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// What became of one event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryAnswer {
    /// The event's number, as in its `data`.
    event_id: i64,
    /// The same at each try: the header `webhook-id`.
    #[schema(example = "evt_4711")]
    webhook_id: String,
    #[serde(rename = "type")]
    #[schema(example = "message.status")]
    kind: String,
    /// `waiting`: the first of the line, which waits for it; `retrying`: tried again alone while the line goes on;
    /// `delivered`; `failed`: given up.
    #[schema(example = "delivered")]
    state: &'static str,
    attempts: u32,
    /// The status of the last answer; null when none came.
    code: Option<u16>,
    /// Why it was not taken.
    why: String,
    took_ms: u32,
    answer_bytes: u32,
    tried_at: Option<String>,
    next_try_at: Option<String>,
}

impl From<&DeliveryRecord> for DeliveryAnswer {
    fn from(one: &DeliveryRecord) -> Self {
        Self {
            event_id: one.event,
            webhook_id: format!("evt_{}", one.event),
            kind: one.kind.clone(),
            state: one.state.as_str(),
            attempts: one.attempts,
            code: one.code,
            why: one.why.clone(),
            took_ms: one.took_ms,
            answer_bytes: one.answer_bytes,
            tried_at: one.tried_at.map(|at| at.to_string()),
            next_try_at: one.next_at.map(|at| at.to_string()),
        }
    }
}

/// Deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveriesAnswer {
    items: Vec<DeliveryAnswer>,
    next_cursor: Option<String>,
}

/// What an endpoint answered to a test.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestAnswer {
    /// Whether it took the event.
    taken: bool,
    /// The status of its answer; null when none came.
    code: Option<u16>,
    /// Why it was not taken.
    why: String,
    took_ms: u32,
    answer_bytes: u32,
}

/// What is to be told again: one event, or everything since an instant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"since": "2026-11-18T00:00:00Z"}))]
pub(crate) struct Replay {
    /// The number of one event.
    #[serde(default)]
    event_id: Option<i64>,
    /// Everything that happened from then on, in its order.
    #[serde(default)]
    since: Option<String>,
}
json_body!(Replay);

/// List deliveries
///
/// The newest event first. Those that are over are kept for seven days.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", tag = "Webhooks", operation_id = "list_deliveries",
    params(("id" = String, Path), Which),
    responses(
        (status = 200, description = "Deliveries", body = DeliveriesAnswer),
        (status = 404, description = "There is no such endpoint", body = Problem),
        (status = 422, description = "Some fields cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list(
    state: State,
    _caller: Caller,
    id: WebhookInPath,
    which: Asked<Which>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let wanted = faults.parse::<DeliveryState>("state", which.0.state.as_deref());
    let from = which.0.cursor.as_deref();
    let before = from.and_then(|text| faults.keep("cursor", cursor::read::<Event>(text)));
    let limit = limit(&mut faults, which.0.limit.as_deref());
    faults.into_result()?;
    let before = before.map(|Event(id)| id);
    let found = state.engine().deliveries(id.0, wanted, before, limit + 1);
    let mut found = found.await.map_err(refused)?;
    let more = u32::try_from(found.len()).is_ok_and(|count| count > limit);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let last = found.last().filter(|_| more);
    Ok(answer(
        StatusCode::OK,
        &DeliveriesAnswer {
            items: found.iter().map(DeliveryAnswer::from).collect(),
            next_cursor: last.map(|last| cursor::write(&Event(last.event))),
        },
    ))
}

/// Test an endpoint
///
/// Tells it an event `webhook.test` now, once, signed like any other, and answers what it answered. It is no event of the
/// outbox, so it stands in no list.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = "Webhooks", operation_id = "test_webhook",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "What it answered", body = TestAnswer),
        (status = 404, description = "There is no such endpoint", body = Problem),
        (status = 422, description = "Its address is not allowed any more", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn test(
    state: State,
    _caller: Caller,
    id: WebhookInPath,
) -> Result<Response, Problem> {
    let tried = state.engine().test_endpoint(id.0).await.map_err(refused)?;
    let why = tried.why();
    Ok(answer(
        StatusCode::OK,
        &TestAnswer {
            taken: why.is_empty(),
            code: tried.told.status,
            why,
            took_ms: tried.took_ms,
            answer_bytes: tried.told.answer_bytes,
        },
    ))
}

/// Tell an endpoint again
///
/// One event that it was told or that was given up, or everything that happened since an instant. What is told again has
/// the `webhook-id` it had.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/replay", tag = "Webhooks", operation_id = "replay_webhook",
    params(("id" = String, Path)),
    request_body = Replay,
    responses(
        (status = 202, description = "It is told"),
        (status = 404, description = "There is no such endpoint", body = Problem),
        (status = 409, description = "There is no such event, or it is told in its turn anyway", body = Problem),
        (status = 410, description = "It is no longer kept", body = Problem),
        (status = 422, description = "Neither an event nor an instant, or both", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn replay(
    state: State,
    id: WebhookInPath,
    sent: Sent<Replay>,
) -> Result<Response, Problem> {
    let engine = state.engine();
    match (sent.body.event_id, sent.body.since.as_deref()) {
        (Some(event), None) => {
            let repeated = engine.repeat_delivery(id.0, event).await;
            repeated.map_err(refused)?;
        }
        (None, Some(text)) => {
            let since = instant(text).map_err(|why| Problem::field("since", why))?;
            let repeated = engine.repeat_since(id.0, since).await;
            repeated.map_err(refused)?;
        }
        (None, None) | (Some(_), Some(_)) => {
            return Err(Problem::field(
                "event_id",
                "name one event, or an instant in `since`",
            ));
        }
    }
    Ok(StatusCode::ACCEPTED.into_response())
}

/// An instant as people write it.
pub(crate) fn instant(text: &str) -> Result<Timestamp, &'static str> {
    let parsed = text.trim().parse().map(Timestamp::from_jiff);
    parsed.map_err(|_| "write an instant such as `2026-11-18T00:00:00Z`")
}
