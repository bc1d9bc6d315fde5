//! `GET /api/v1/messages`

use axum::response::Response;
use domain::{DeliveryStatus, MemberId, PlaceState};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Seq;
use store::questions::Messages;
use utoipa::{IntoParams, ToSchema};

use super::answer::MessageAnswer;
use crate::State;
use crate::auth::Caller;
use crate::cursor;
use crate::json::answer;
use crate::problem::{Faults, Problem};
use crate::query::{Asked, limit};

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only this member's, `mem_…`.
    member: Option<String>,
    /// Only with this status (`queued`, `held`, `delivered`, …).
    #[param(example = "held")]
    status: Option<String>,
    /// Only on this channel.
    #[param(example = "whatsapp")]
    channel: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
    /// `outbound` or `inbound`.
    direction: Option<String>,
    /// 1 to 200, 50 if missing.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of messages, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagePage {
    items: Vec<MessageAnswer>,
    /// Where the list goes on; `null` on the last page.
    next_cursor: Option<String>,
}

/// List messages
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/messages", tag = "Messages", operation_id = "list_messages",
    params(Which),
    responses(
        (status = 200, description = "A page", body = MessagePage),
        (status = 422, description = "A filter cannot be read", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list(
    state: State,
    _caller: Caller,
    which: Asked<Which>,
) -> Result<Response, Problem> {
    let which = which.0;
    let mut faults = Faults::default();
    let limit = limit(&mut faults, which.limit.as_deref());
    let question = Messages {
        member: faults.parse::<MemberId>("member", which.member.as_deref()),
        status: which
            .status
            .as_deref()
            .and_then(|word| faults.keep("status", status(word))),
        channel: faults.parse("channel", which.channel.as_deref()),
        kind: faults.parse("kind", which.kind.as_deref()),
        direction: faults.parse("direction", which.direction.as_deref()),
        before: which
            .cursor
            .as_deref()
            .and_then(|text| faults.keep::<Seq, _>("cursor", cursor::read(text))),
        reason: None,
        limit: limit + 1,
    };
    faults.into_result()?;
    let mut messages = state.engine().ask().question(question).await?;
    let more = messages.len() > limit as usize;
    messages.truncate(limit as usize);
    let next_cursor = messages
        .last()
        .filter(|_| more)
        .map(|last| cursor::write(&last.seq));
    let page = MessagePage {
        items: messages.iter().map(Into::into).collect(),
        next_cursor,
    };
    Ok(answer(StatusCode::OK, &page))
}

fn status(word: &str) -> Result<String, String> {
    let delivery = DeliveryStatus::ALL.iter().map(|status| status.as_str());
    let place = PlaceState::ALL.iter().map(|state| state.as_str());
    let mut known: Vec<_> = delivery.chain(place).chain(["queued", "sending"]).collect();
    known.sort_unstable();
    known.dedup();
    if known.contains(&word) {
        // Two words of the API are states of a place by another name.
        let kept = match word {
            "queued" => PlaceState::Waiting.as_str(),
            "sending" => PlaceState::Begun.as_str(),
            other => other,
        };
        Ok(kept.to_owned())
    } else {
        Err(format!("a status is one of: {}", known.join(", ")))
    }
}
