//! `POST /api/v1/messages/{id}/cancel`

use axum::response::Response;
use domain::DeliveryStatus;
use http::StatusCode;
use serde::Serialize;
use store::ops::CancelAnswer;
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::json::answer;
use crate::path::MessageInPath;
use crate::problem::Problem;

/// A message that will not be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CancelledAnswer {
    message_id: String,
    #[schema(example = "cancelled")]
    status: &'static str,
}

/// Cancel a message
///
/// Takes it back, if it has not left.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/cancel", tag = "Messages", operation_id = "cancel_message",
    params(("id" = String, Path, description = "`msg_…`")),
    responses(
        (status = 200, description = "It will not be sent", body = CancelledAnswer),
        (status = 404, description = "No such message", body = Problem),
        (status = 409, description = "Too late: it has left, or may have", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn cancel(
    state: State,
    _caller: Caller,
    id: MessageInPath,
) -> Result<Response, Problem> {
    match state.engine().cancel(id.0).await? {
        CancelAnswer::Cancelled => Ok(answer(
            StatusCode::OK,
            &CancelledAnswer {
                message_id: id.0.to_string(),
                status: DeliveryStatus::Cancelled.as_str(),
            },
        )),
        CancelAnswer::TooLate(status) => Err(too_late("It cannot be taken back", status)),
        CancelAnswer::Unknown => Err(Problem::of(Code::UnknownMessage)),
    }
}

/// A 409 that tells how far the message is.
pub(super) fn too_late(what: &str, status: DeliveryStatus) -> Problem {
    let how_far = match status {
        DeliveryStatus::Pending => "it is being sent right now".to_owned(),
        DeliveryStatus::Unconfirmed => {
            "it went out and no answer came, so the person may have it".to_owned()
        }
        other => format!("it is {other}"),
    };
    Problem::new(Code::TooLate, format!("Too late. {what}: {how_far}."))
        .with("message_status", status.as_str())
}
