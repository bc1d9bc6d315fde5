//! `POST /api/v1/messages/immediate`

use axum::response::Response;
use http::StatusCode;
use store::questions::MessageById;

use super::draft::MessageRequest;
use super::read::DetailAnswer;
use crate::State;
use crate::code::Code;
use crate::fault::in_body;
use crate::idempotency::{Posted, mark};
use crate::json::answer;
use crate::problem::Problem;

/// Send and wait
///
/// Hands in one message and waits until it was handed to the provider, held or suppressed. When
/// that takes longer than a provider may take, it answers with the message as it is, and the
/// message goes on by itself.
#[utoipa::path(
    post, path = "/api/v1/messages/immediate", tag = "Messages", operation_id = "create_message_and_wait",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    request_body = MessageRequest,
    responses(
        (status = 200, description = "The message after the provider's answer", body = DetailAnswer),
        (status = 422, description = "Something cannot be accepted", body = Problem),
        (status = 503, description = "Nothing was stored; try again", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn immediate(
    state: State,
    posted: Posted<MessageRequest>,
) -> Result<Response, Problem> {
    let draft = posted.body.into_draft()?;
    let asked_at = state.engine().clock().now();
    let accepted = state
        .engine()
        .accept_and_wait(draft, posted.key)
        .await
        .map_err(in_body)?;
    let detail = state
        .engine()
        .ask()
        .question(MessageById { id: accepted.id })
        .await?;
    let detail = detail.ok_or_else(|| Problem::of(Code::UnknownMessage))?;
    let replayed = detail.record.created_at < asked_at;
    Ok(mark(
        answer(StatusCode::OK, &DetailAnswer::new(&detail, &[], None)),
        replayed,
    ))
}
