//! Its part of the control API, for tests: what it says, how it fails, and what it was asked.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::script::Told;
use crate::control::problem::{Problem, read};
use crate::simulator::Simulator;

/// `PUT /model`: what it says from now on, in place of what was set before; what is absent is off.
pub(super) async fn set(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let told: Told = read(&headers, &body)?;
    simulator.model.script().told = told;
    Ok(show(State(simulator)).await)
}

/// `GET /model`: what it was told, and how often it was asked.
pub(super) async fn show(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    let script = simulator.model.script();
    Json(json!({"told": script.told, "asked": script.count}))
}

/// `GET /model/requests`: what it was asked, oldest first.
pub(super) async fn requests(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    Json(json!({"items": simulator.model.script().asked}))
}
