//! `POST /api/v1/broadcasts/{id}/start`, `next-stage`, `pause`, `resume`, `cancel` and `test`.

use axum::response::Response;
use domain::MemberId;
use engine::broadcasts::BroadcastRecord;
use http::StatusCode;

use super::BroadcastInPath;
use super::answer::BroadcastAnswer;
use super::body::{PauseBroadcast, StartBroadcast, TestBroadcast};
use crate::State;
use crate::api::messages::answer::AcceptedAnswer;
use crate::api::switches::reason_of;
use crate::auth::Caller;
use crate::code::Code;
use crate::fault::in_body;
use crate::idempotency::Posted;
use crate::json::{Sent, answer};
use crate::problem::{Faults, Problem};

fn told(record: &BroadcastRecord) -> Response {
    answer(StatusCode::OK, &BroadcastAnswer::from(record))
}

/// Start a broadcast
///
/// Now, or when its time comes. Its audience is taken when it starts: who joins later is not in it. Every message is
/// planned like any other: consent, nights, caps, budget and switches hold.
#[utoipa::path(
    post, path = "/api/v1/broadcasts/{id}/start", tag = "Broadcasts", operation_id = "start_broadcast",
    params(("id" = String, Path, description = "`bct_…`")),
    request_body = StartBroadcast,
    responses(
        (status = 200, description = "It is scheduled, or runs", body = BroadcastAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
        (status = 409, description = "Somebody edited it since, or it is no draft any more", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn start(
    state: State,
    id: BroadcastInPath,
    sent: Sent<StartBroadcast>,
) -> Result<Response, Problem> {
    let engine = state.engine();
    let record = engine.start_broadcast(id.0, sent.body.revision).await?;
    Ok(told(&record))
}

/// Go on with the next stage
///
/// Of a broadcast that waits after a stage.
#[utoipa::path(
    post, path = "/api/v1/broadcasts/{id}/next-stage", tag = "Broadcasts", operation_id = "next_stage_of_broadcast",
    params(("id" = String, Path, description = "`bct_…`")),
    responses(
        (status = 200, description = "It runs", body = BroadcastAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
        (status = 409, description = "It does not wait for one", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn next_stage(
    state: State,
    _caller: Caller,
    id: BroadcastInPath,
) -> Result<Response, Problem> {
    let engine = state.engine();
    Ok(told(&engine.next_stage(id.0).await?))
}

/// Pause a broadcast
///
/// Nothing more is made of it, and what waits is held: its queue is switched off.
#[utoipa::path(
    post, path = "/api/v1/broadcasts/{id}/pause", tag = "Broadcasts", operation_id = "pause_broadcast",
    params(("id" = String, Path, description = "`bct_…`")),
    request_body = PauseBroadcast,
    responses(
        (status = 200, description = "It is paused", body = BroadcastAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
        (status = 409, description = "It does not run", body = Problem),
        (status = 422, description = "No reason", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn pause(
    state: State,
    id: BroadcastInPath,
    sent: Sent<PauseBroadcast>,
) -> Result<Response, Problem> {
    let reason = reason_of(&sent.body.reason, true)?;
    let engine = state.engine();
    Ok(told(&engine.pause_broadcast(id.0, reason).await?))
}

/// Resume a broadcast
///
/// It goes on where it was; so does what waits.
#[utoipa::path(
    post, path = "/api/v1/broadcasts/{id}/resume", tag = "Broadcasts", operation_id = "resume_broadcast",
    params(("id" = String, Path, description = "`bct_…`")),
    responses(
        (status = 200, description = "It goes on", body = BroadcastAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
        (status = 409, description = "It is not paused", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn resume(
    state: State,
    _caller: Caller,
    id: BroadcastInPath,
) -> Result<Response, Problem> {
    let engine = state.engine();
    Ok(told(&engine.resume_broadcast(id.0).await?))
}

/// Cancel a broadcast
///
/// For good: what has not left is cancelled soon after, what left stays on record.
#[utoipa::path(
    post, path = "/api/v1/broadcasts/{id}/cancel", tag = "Broadcasts", operation_id = "cancel_broadcast",
    params(("id" = String, Path, description = "`bct_…`")),
    responses(
        (status = 200, description = "It is cancelled", body = BroadcastAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
        (status = 409, description = "It is over", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn cancel(
    state: State,
    _caller: Caller,
    id: BroadcastInPath,
) -> Result<Response, Problem> {
    let engine = state.engine();
    Ok(told(&engine.cancel_broadcast(id.0).await?))
}

/// Try a broadcast out
///
/// Sends what it says to one member now, as a message of kind `broadcast` in the queue `broadcast-test`. It is no part of
/// the broadcast: they get that too.
#[utoipa::path(
    post, path = "/api/v1/broadcasts/{id}/test", tag = "Broadcasts", operation_id = "test_broadcast",
    params(
        ("id" = String, Path, description = "`bct_…`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat"),
    ),
    request_body = TestBroadcast,
    responses(
        (status = 202, description = "Stored, with its place", body = AcceptedAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
        (status = 422, description = "No such member", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn test(
    state: State,
    id: BroadcastInPath,
    posted: Posted<TestBroadcast>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let member = faults.keep("member_id", posted.body.member_id.parse::<MemberId>());
    faults.into_result()?;
    let member = member.ok_or_else(|| Problem::of(Code::InvalidRequest))?;
    let engine = state.engine();
    let sent = engine.test_broadcast(id.0, member, posted.key).await;
    let sent = sent.map_err(in_body)?;
    let accepted =
        AcceptedAnswer::of_each(&[], &[sent.id]).ok_or_else(|| Problem::of(Code::Internal))?;
    Ok(answer(StatusCode::ACCEPTED, &accepted))
}
