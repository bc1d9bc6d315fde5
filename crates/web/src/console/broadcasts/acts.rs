//! What is done to a broadcast: tried out, started, gone on with, paused, resumed, cancelled.

use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{BroadcastId, MemberId, PhoneNumber, Role};
use engine::{Engine, EngineError};
use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use store::questions::Members;
use store::records::Idempotency;

use super::HOME;
use crate::State;
use crate::api::broadcasts::BroadcastInPath;
use crate::console::guard::Posted;
use crate::console::{refused, trouble};

/// The longest reason, in characters.
const REASON_MAX: usize = 200;

/// The longest id of a form.
const ONCE_MAX: usize = 64;

/// What a form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Wanted {
    /// What is to be done.
    act: String,
    /// The draft that was looked at.
    revision: String,
    /// Why it is to stop.
    reason: String,
    /// On whom it is tried out: an id or a number.
    member: String,
    /// The form's own id: the same form sent twice is one message.
    once: String,
}

/// Does it.
pub(in crate::console) async fn act(
    state: State,
    id: BroadcastInPath,
    posted: Posted<Wanted>,
) -> Response {
    let back = format!("{HOME}/{}", id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let engine = posted.on_duty.engine(&state);
    let wanted = &posted.form;
    let reason = wanted.reason.trim();
    let moved = match wanted.act.as_str() {
        "start" => {
            let revision = wanted.revision.parse().unwrap_or(0);
            engine.start_broadcast(id.0, revision).await
        }
        "go-on" => engine.next_stage(id.0).await,
        "pause" => {
            let letters = reason.chars().count();
            if letters == 0 || letters > REASON_MAX || reason.chars().any(char::is_control) {
                return refused(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Say why, in 1 to 200 characters: whoever sees it next wants to know.",
                    "It was not paused.",
                    &back,
                );
            }
            engine.pause_broadcast(id.0, reason).await
        }
        "resume" => engine.resume_broadcast(id.0).await,
        "cancel" => engine.cancel_broadcast(id.0).await,
        "test" => return test(&engine, id.0, wanted, &back).await,
        _ => {
            return refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "That cannot be done to a broadcast.",
                "Nothing was changed.",
                &back,
            );
        }
    };
    match moved {
        Ok(_) => Redirect::to(&back).into_response(),
        Err(error) => trouble(error, &back),
    }
}

/// Sends it to one member now.
async fn test(engine: &Engine, id: BroadcastId, wanted: &Wanted, back: &str) -> Response {
    let member = match meant(engine, wanted.member.trim()).await {
        Ok(Some(member)) => member,
        Ok(None) => {
            return refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "There is no member with that number.",
                "Nothing was sent. Write the number with its country, such as +14155550123.",
                back,
            );
        }
        Err(error) => return trouble(error, back),
    };
    let key = Some(wanted.once.trim()).filter(|once| !once.is_empty());
    let key = key.map(|once| Idempotency {
        scope: "console".to_owned(),
        key: format!(
            "test:{id}:{}",
            once.chars().take(ONCE_MAX).collect::<String>()
        ),
        fingerprint: Sha256::digest(member.to_string().as_bytes()).into(),
    });
    match engine.test_broadcast(id, member, key).await {
        Ok(accepted) => Redirect::to(&format!("{back}?tested={}", accepted.id)).into_response(),
        Err(error) => trouble(error, back),
    }
}

/// The member somebody names by id or number.
async fn meant(engine: &Engine, text: &str) -> Result<Option<MemberId>, EngineError> {
    if let Ok(id) = text.parse::<MemberId>() {
        return Ok(Some(id));
    }
    let digits: String = text
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect();
    let Ok(phone) = digits.parse::<PhoneNumber>() else {
        return Ok(None);
    };
    let question = Members {
        before: None,
        limit: 1,
        phone: Some(phone),
    };
    let found = engine.ask().question(question).await?;
    Ok(found.first().map(|member| member.profile.id))
}
