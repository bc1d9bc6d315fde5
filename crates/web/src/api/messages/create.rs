//! `POST /api/v1/messages`

use axum::response::Response;
use http::StatusCode;

use super::answer::AcceptedAnswer;
use super::draft::MessageRequest;
use crate::State;
use crate::fault::in_body;
use crate::idempotency::{Posted, mark};
use crate::json::answer;
use crate::problem::Problem;

/// Send a message
///
/// It is durable when this answers; it is sent as soon as its turn comes.
#[utoipa::path(
    post, path = "/api/v1/messages", tag = "Messages", operation_id = "create_message",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    request_body = MessageRequest,
    responses(
        (status = 202, description = "Stored, with its place", body = AcceptedAnswer),
        (status = 409, description = "What it answers is answered already, or another person keeps the conversation", body = Problem),
        (status = 422, description = "Something cannot be accepted", body = Problem),
        (status = 503, description = "Nothing was stored; try again", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create(
    state: State,
    mut posted: Posted<MessageRequest>,
) -> Result<Response, Problem> {
    if let Some(answers) = posted.body.answers()? {
        let draft = posted.body.into_draft()?;
        let channels: Vec<_> = draft.channel.into_iter().collect();
        let (accepted, replayed) = state
            .engine()
            .answer_as_person(draft, answers, posted.key)
            .await
            .map_err(in_body)?;
        let accepted = AcceptedAnswer::of_each(&channels, &[accepted.id])
            .ok_or_else(|| Problem::of(crate::code::Code::Internal))?;
        return Ok(mark(answer(StatusCode::ACCEPTED, &accepted), replayed));
    }
    let drafts = posted.body.into_drafts()?;
    let channels: Vec<_> = drafts.iter().filter_map(|draft| draft.channel).collect();
    let acceptance = state
        .engine()
        .accept_together(drafts, posted.key)
        .await
        .map_err(in_body)?;
    let mut ids = Vec::with_capacity(acceptance.results.len());
    for result in acceptance.results {
        ids.push(result.map_err(in_body)?.id);
    }
    let accepted = AcceptedAnswer::of_each(&channels, &ids)
        .ok_or_else(|| Problem::of(crate::code::Code::Internal))?;
    Ok(mark(
        answer(StatusCode::ACCEPTED, &accepted),
        acceptance.replayed,
    ))
}
