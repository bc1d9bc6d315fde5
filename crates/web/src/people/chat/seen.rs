//! `POST /me/chat/seen`: what a browser showed, and what somebody saw there. These are the receipts of channel `web`.

use axum::response::{IntoResponse as _, Response};
use domain::{DeliveryStatus, MessageId};
use http::StatusCode;
use serde::Deserialize;

use crate::State;
use crate::people::guard::{LoggedIn, Sent};
use crate::people::trouble;

/// How many ids one call names.
const IDS_MAX: usize = 100;

/// Ids of messages, separated by spaces.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    token: String,
    /// Shown, whether somebody looked or not.
    shown: String,
    /// Seen.
    seen: String,
}

/// Takes it down.
pub(crate) async fn seen(state: State, logged_in: LoggedIn, Sent(form): Sent<Told>) -> Response {
    if !logged_in.is_theirs(&form.token) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let member = logged_in.session.member.profile.id;
    for (text, status) in [
        (&form.seen, DeliveryStatus::Read),
        (&form.shown, DeliveryStatus::Delivered),
    ] {
        let ids = ids(text);
        if ids.is_empty() {
            continue;
        }
        if let Err(error) = state.engine().shown_in_chat(member, &ids, status).await {
            return trouble(&state, logged_in.language(), error);
        }
    }
    StatusCode::NO_CONTENT.into_response()
}

fn ids(text: &str) -> Vec<MessageId> {
    text.split_whitespace()
        .take(IDS_MAX)
        .filter_map(|id| id.parse().ok())
        .collect()
}
