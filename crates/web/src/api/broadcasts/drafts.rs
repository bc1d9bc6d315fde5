//! `GET|POST /api/v1/broadcasts`, `GET|PATCH …/{id}`: making, listing, reading and editing them.

use axum::response::Response;
use domain::BroadcastId;
use http::StatusCode;
use serde::Deserialize;

use super::BroadcastInPath;
use super::answer::{BroadcastAnswer, BroadcastDetailAnswer, BroadcastsAnswer};
use super::body::{PatchBroadcast, PostBroadcast};
use crate::State;
use crate::auth::Caller;
use crate::cursor;
use crate::idempotency::{Posted, mark};
use crate::json::{Sent, answer};
use crate::problem::{Faults, Problem};
use crate::query::{self, Asked};

/// Where the list goes on, and how much of it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    limit: Option<String>,
    cursor: Option<String>,
}

/// List broadcasts
///
/// The newest first.
#[utoipa::path(
    get, path = "/api/v1/broadcasts", tag = "Broadcasts", operation_id = "list_broadcasts",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 200; 50 when left out"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "Some of them", body = BroadcastsAnswer)),
    security(("key" = [])),
)]
pub(crate) async fn list(
    state: State,
    _caller: Caller,
    asked: Asked<Page>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let limit = query::limit(&mut faults, asked.0.limit.as_deref());
    let before: Option<BroadcastId> = asked
        .0
        .cursor
        .as_deref()
        .and_then(|text| faults.keep("cursor", cursor::read(text)));
    faults.into_result()?;
    let records = state.engine().broadcasts(before, limit).await?;
    let is_full = u32::try_from(records.len()).is_ok_and(|length| length == limit);
    let list = BroadcastsAnswer {
        items: records.iter().map(BroadcastAnswer::from).collect(),
        next_cursor: records
            .last()
            .filter(|_| is_full)
            .map(|last| cursor::write(&last.id)),
    };
    Ok(answer(StatusCode::OK, &list))
}

/// Make a broadcast
///
/// As a draft: nothing is sent before it is started. Try it out with `…/test`, and ask what would come of it with
/// `…/estimate`.
#[utoipa::path(
    post, path = "/api/v1/broadcasts", tag = "Broadcasts", operation_id = "create_broadcast",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    request_body = PostBroadcast,
    responses(
        (status = 201, description = "It is a draft", body = BroadcastAnswer),
        (status = 422, description = "Something cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create(
    state: State,
    posted: Posted<PostBroadcast>,
) -> Result<Response, Problem> {
    let plan = posted.body.into_plan()?;
    let engine = state.engine();
    let (record, replayed) = engine.make_broadcast(plan, posted.key).await?;
    let response = answer(StatusCode::CREATED, &BroadcastAnswer::from(&record));
    Ok(mark(response, replayed))
}

/// Read a broadcast
///
/// With what came of it so far.
#[utoipa::path(
    get, path = "/api/v1/broadcasts/{id}", tag = "Broadcasts", operation_id = "read_broadcast",
    params(("id" = String, Path, description = "`bct_…`")),
    responses(
        (status = 200, description = "It, and its progress", body = BroadcastDetailAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn read(
    state: State,
    _caller: Caller,
    id: BroadcastInPath,
) -> Result<Response, Problem> {
    let record = state.engine().broadcast(id.0).await?;
    let counts = state.engine().broadcast_progress(id.0, None).await?;
    let detail = BroadcastDetailAnswer::of(&record, counts);
    Ok(answer(StatusCode::OK, &detail))
}

/// Edit a broadcast
///
/// While it is a draft, and nobody else edited it since `revision`. What is sent takes the place of all it was.
#[utoipa::path(
    patch, path = "/api/v1/broadcasts/{id}", tag = "Broadcasts", operation_id = "edit_broadcast",
    params(("id" = String, Path, description = "`bct_…`")),
    request_body = PatchBroadcast,
    responses(
        (status = 200, description = "As it is now", body = BroadcastAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
        (status = 409, description = "Somebody edited it since, or it is no draft any more", body = Problem),
        (status = 422, description = "Something cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn edit(
    state: State,
    id: BroadcastInPath,
    sent: Sent<PatchBroadcast>,
) -> Result<Response, Problem> {
    let PatchBroadcast {
        revision,
        broadcast,
    } = sent.body;
    let plan = broadcast.into_plan()?;
    let engine = state.engine();
    let record = engine.edit_broadcast(id.0, plan, revision).await?;
    Ok(answer(StatusCode::OK, &BroadcastAnswer::from(&record)))
}
