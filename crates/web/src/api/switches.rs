//! `GET /api/v1/switches`, `PUT /api/v1/switches/{scope}`: stop something, and let it go on.

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use store::records::SwitchRecord;
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::json::{Sent, answer, json_body};
use crate::path::parameter;
use crate::problem::Problem;

/// The longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// A kill switch that is on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SwitchAnswer {
    /// What it stops.
    #[schema(example = "channel:whatsapp")]
    scope: String,
    /// Why.
    reason: String,
    /// Who turned it on: `provider` when an answer of theirs did.
    actor: String,
    /// Since when.
    since: String,
}

impl From<SwitchRecord> for SwitchAnswer {
    fn from(record: SwitchRecord) -> Self {
        Self {
            scope: record.scope,
            reason: record.reason,
            actor: record.actor,
            since: record.since.to_string(),
        }
    }
}

/// The switches that are on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SwitchesAnswer {
    items: Vec<SwitchAnswer>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
}

/// On or off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"on": true, "reason": "Templates are being reviewed"}))]
pub(crate) struct ChangeSwitch {
    /// Whether it stops its scope.
    on: bool,
    /// Why; shown to whoever asks why nothing is sent. Needed to turn one on.
    #[serde(default)]
    reason: String,
}
json_body!(ChangeSwitch);

/// The scope in the path.
#[derive(Debug)]
pub(crate) struct ScopeInPath(String);

impl FromRequestParts<State> for ScopeInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        Ok(Self(parameter(parts, state, "scope").await))
    }
}

/// List kill switches
///
/// What is stopped at the moment, by an operator or by a provider's answer. What they hold waits.
#[utoipa::path(
    get, path = "/api/v1/switches", tag = "Service", operation_id = "list_switches",
    responses((status = 200, description = "The switches that are on", body = SwitchesAnswer)),
    security(("key" = [])),
)]
pub(crate) async fn list(state: State, _caller: Caller) -> Result<Response, Problem> {
    let items = state
        .engine()
        .switches()
        .await?
        .into_iter()
        .map(SwitchAnswer::from)
        .collect();
    Ok(answer(
        StatusCode::OK,
        &SwitchesAnswer {
            items,
            next_cursor: None,
        },
    ))
}

/// Turn a kill switch on or off
///
/// Stops everything, a channel, a kind, a queue or one of our numbers; what waits stays where it is
/// and goes on once the switch is off.
#[utoipa::path(
    put, path = "/api/v1/switches/{scope}", tag = "Service", operation_id = "change_switch",
    params((
        "scope" = String, Path,
        description = "`all`, `channel:whatsapp`, `kind:broadcast`, `queue:news`, `sender:sms:+…` or `rollback:sms`",
    )),
    request_body = ChangeSwitch,
    responses(
        (status = 200, description = "The switches that are on now", body = SwitchesAnswer),
        (status = 422, description = "No such scope, or no reason", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn change(
    state: State,
    caller: Caller,
    scope: ScopeInPath,
    sent: Sent<ChangeSwitch>,
) -> Result<Response, Problem> {
    let reason = reason_of(&sent.body.reason, sent.body.on)?;
    state
        .engine()
        .set_switch(&scope.0, sent.body.on, reason, &caller.actor())
        .await?;
    list(state, caller).await
}

/// Why something is turned on, or off.
pub(super) fn reason_of(text: &str, needed: bool) -> Result<&str, Problem> {
    let reason = text.trim();
    if needed && reason.is_empty() {
        return Err(Problem::field(
            "reason",
            "say why, for whoever asks why nothing is sent",
        ));
    }
    if reason.chars().count() > REASON_CHARS_MAX || reason.contains('\0') {
        return Err(Problem::field(
            "reason",
            format!("a reason has at most {REASON_CHARS_MAX} characters"),
        ));
    }
    Ok(reason)
}
