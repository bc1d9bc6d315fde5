//! `GET /api/v1/members/{id}/plan`

use std::collections::BTreeMap;

use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::State;
use crate::api::messages::draft::MessageRequest;
use crate::auth::Caller;
use crate::json::answer;
use crate::path::MemberInPath;
use crate::problem::Problem;
use crate::query::Asked;

/// What would be said.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Proposed {
    /// `system` if missing.
    #[param(example = "daily_workout")]
    kind: Option<String>,
    /// The text.
    #[param(example = "Today: 5 rounds of 10 squats")]
    content: Option<String>,
    /// Blocks as a JSON array, as `POST /messages` takes them, instead of `content`.
    blocks: Option<String>,
    /// A template's name, instead of or beside a text.
    template: Option<String>,
    /// The template's variables as a JSON object.
    variables: Option<String>,
    /// The channel to insist on.
    channel: Option<String>,
    /// The queue.
    queue: Option<String>,
}

/// Plan a message
///
/// A dry run: what would be sent now, how, and why. Nothing is stored, nothing is sent.
#[utoipa::path(
    get, path = "/api/v1/members/{id}/plan", tag = "Members", operation_id = "plan_message",
    params(("id" = String, Path, description = "`mem_…`"), Proposed),
    responses(
        (status = 200, description = "The decision, with every reason and alternative", body = serde_json::Value),
        (status = 404, description = "No such member", body = Problem),
        (status = 422, description = "Something cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn plan(
    state: State,
    _caller: Caller,
    id: MemberInPath,
    proposed: Asked<Proposed>,
) -> Result<Response, Problem> {
    let proposed = proposed.0;
    let variables: Option<BTreeMap<String, String>> =
        match proposed.variables.as_deref().map(serde_json::from_str) {
            None => None,
            Some(Ok(variables)) => Some(variables),
            Some(Err(_)) => {
                return Err(Problem::field(
                    "variables",
                    "variables are a JSON object of texts",
                ));
            }
        };
    let blocks = match proposed.blocks.as_deref().map(serde_json::from_str) {
        None => None,
        Some(Ok(blocks)) => Some(blocks),
        Some(Err(_)) => {
            return Err(Problem::field(
                "blocks",
                "blocks are a JSON array of blocks",
            ));
        }
    };
    let request = MessageRequest {
        member_id: id.0.to_string(),
        content: proposed.content,
        blocks,
        template: proposed.template,
        variables,
        queue: proposed.queue,
        kind: proposed.kind,
        channel: proposed.channel,
        ..MessageRequest::default()
    };
    let plan = state.engine().plan(id.0, request.into_draft()?).await?;
    Ok(answer(StatusCode::OK, &plan))
}
