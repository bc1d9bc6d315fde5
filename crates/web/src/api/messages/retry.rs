//! `POST /api/v1/messages/{id}/retry`

use axum::response::Response;
use http::StatusCode;
use store::ops::RetryAnswer;

use super::answer::AcceptedAnswer;
use super::cancel::too_late;
use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::json::answer;
use crate::path::MessageInPath;
use crate::problem::Problem;

/// Try a message again
///
/// Puts one that ended badly back into its lane: a new attempt through the same planner, with
/// consent, window and hours as they are then.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/retry", tag = "Messages", operation_id = "retry_message",
    params(("id" = String, Path, description = "`msg_…`")),
    responses(
        (status = 202, description = "It waits in its lane again", body = AcceptedAnswer),
        (status = 404, description = "No such message", body = Problem),
        (status = 409, description = "It has not ended badly", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn retry(
    state: State,
    _caller: Caller,
    id: MessageInPath,
) -> Result<Response, Problem> {
    match state.engine().retry(id.0).await? {
        RetryAnswer::Waiting => Ok(answer(StatusCode::ACCEPTED, &AcceptedAnswer::new(id.0))),
        RetryAnswer::TooLate(status) => Err(too_late(
            "Only a message that ended badly can be tried again",
            status,
        )),
        RetryAnswer::Unknown => Err(Problem::of(Code::UnknownMessage)),
    }
}
