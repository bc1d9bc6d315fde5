//! What the sandbox has seen: requests, alerts, the ledger, counts, and why a message was sent.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::config::Sign;
use crate::control::problem::Problem;
use crate::record::Status;
use crate::sid::Sid;
use crate::simulator::Simulator;

/// Most entries of one answer; ask on with `after`.
const ENTRIES_MAX: usize = 10_000;

#[derive(Deserialize)]
pub(crate) struct After {
    /// Only entries with a higher number.
    #[serde(default)]
    after: u64,
}

/// `GET /requests`, oldest first.
pub(crate) async fn requests(
    State(simulator): State<Arc<Simulator>>,
    Query(After { after }): Query<After>,
) -> Json<Vec<Value>> {
    let state = simulator.state();
    let all = state.requests.after(after);
    Json(
        all.take(ENTRIES_MAX)
            .map(|(number, request)| request.show(number))
            .collect(),
    )
}

/// `GET /alerts`, oldest first.
pub(crate) async fn alerts(State(simulator): State<Arc<Simulator>>) -> Json<Vec<Value>> {
    let state = simulator.state();
    Json(
        state
            .alerts
            .after(0)
            .map(|(_, alert)| json!(alert))
            .collect(),
    )
}

/// `GET /ledger`: JSON lines, oldest first. `x-ledger-forgotten` says how many lines are gone.
pub(crate) async fn ledger(
    State(simulator): State<Arc<Simulator>>,
    Query(After { after }): Query<After>,
) -> Response {
    let (lines, forgotten) = {
        let state = simulator.state();
        let mut lines = String::new();
        for (number, line) in state.ledger.after(after) {
            lines.push_str(&line.show(number));
            lines.push('\n');
        }
        (lines, state.ledger.forgotten())
    };
    let mut response = lines.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-ndjson"),
    );
    headers.insert(
        HeaderName::from_static("x-ledger-forgotten"),
        HeaderValue::from(forgotten),
    );
    response
}

/// `GET /stats`.
pub(crate) async fn stats(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    let state = simulator.state();
    let mut by_status = Map::new();
    for seq in state.log.base()..state.log.next() {
        if let Some(record) = state.log.get(seq) {
            let count = by_status
                .entry(record.status.as_str())
                .or_insert_with(|| json!(0));
            *count = json!(count.as_u64().unwrap_or(0) + 1);
        }
    }
    debug_assert!(by_status.len() <= Status::ALL.len(), "statuses are known");
    let mut shown = json!(state.counts);
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("by_status".into(), by_status.into());
        fields.insert("messages".into(), json!(state.log.len()));
        fields.insert("phones".into(), json!(state.phones.len()));
        fields.insert("scheduled".into(), json!(state.schedule.len()));
        fields.insert(
            "under_way".into(),
            json!(simulator.under_way.load(Ordering::Relaxed)),
        );
    }
    Json(shown)
}

/// `GET /why/{sid}`: why a message was sent this way, where somebody knows.
pub(crate) async fn why(
    State(simulator): State<Arc<Simulator>>,
    Path(sid): Path<String>,
) -> Result<Json<Value>, Problem> {
    let unknown = || Problem::missing("not_known", "nobody here knows why");
    let sid: Sid = sid.parse().map_err(|_| unknown())?;
    let sign = {
        let state = simulator.state();
        if let Some(letter) = state.letters.find(sid) {
            Sign::MessageId(letter.message_id().ok_or_else(unknown)?.to_owned())
        } else {
            let record = state.log.find(sid).ok_or_else(unknown)?;
            let hook = record.hook.as_ref().ok_or_else(unknown)?;
            Sign::StatusCallback(hook.given.to_string())
        }
    };
    let explain = simulator.config.explain.as_ref().ok_or_else(unknown)?;
    explain.explain(&sign).await.map(Json).ok_or_else(unknown)
}
