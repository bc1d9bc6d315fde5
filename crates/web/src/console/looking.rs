//! Looking as a member, from their page in the console: with a reason, for some minutes (docs/decisions/0037).

use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Role;
use engine::looking::REASON_MAX;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::guard::Posted;
use super::{refused, trouble};
use crate::State;
use crate::path::MemberInPath;
use crate::people::{Cookie, LOOK_COOKIE_LASTS};

/// Why somebody wants to look.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reason {
    reason: String,
}

/// Begins it, and goes to the member's own page.
pub(super) async fn begin(state: State, id: MemberInPath, posted: Posted<Reason>) -> Response {
    let back = format!("/admin/members/{}", id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let reason = posted.form.reason.trim();
    let fits =
        (1..=REASON_MAX).contains(&reason.chars().count()) && !reason.chars().any(char::is_control);
    if !fits {
        return refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "A reason has 1 to 200 characters, on one line.",
            "The log keeps it. Write why you want to see what they see.",
            &back,
        );
    }
    let engine = posted.on_duty.engine(&state);
    let begun = engine.look_as(&posted.on_duty.secret, id.0, reason);
    match begun.await {
        Ok(Some(secret)) => {
            let mut response = Redirect::to("/me").into_response();
            let headers = response.headers_mut();
            Cookie::Looking.keep(&state, headers, &secret, LOOK_COOKIE_LASTS);
            response
        }
        Ok(None) => Redirect::to("/admin/login").into_response(),
        Err(error) => trouble(error, &back),
    }
}

/// Nothing to fill in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Nothing {}

/// Ends it, and goes back to their page in the console.
pub(super) async fn end(state: State, headers: HeaderMap, posted: Posted<Nothing>) -> Response {
    let engine = posted.on_duty.engine(&state);
    let ended = match Cookie::Looking.read(&state, &headers) {
        Some(look) => engine.end_look(&look, &posted.on_duty.secret).await,
        None => Ok(None),
    };
    let to = match ended {
        Ok(Some(member)) => format!("/admin/members/{member}"),
        Ok(None) => "/admin/members".to_owned(),
        Err(error) => return trouble(error, "/me"),
    };
    let mut response = Redirect::to(&to).into_response();
    Cookie::Looking.forget(&state, response.headers_mut());
    response
}
