//! Keys of the API: who has one, what it may be used for, when it was used; made and revoked here.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{KeyId, Role, Scope, Seconds};
use engine::keys::{KeyError, KeyRecord};
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::webhooks::once;
use super::{html, refused, shown, trouble};
use crate::State;
use crate::api::keys::{name_of, scopes_of};

const BACK: &str = "/admin/keys";

/// What each scope is for.
const SCOPES: [(Scope, &str); 4] = [
    (Scope::Read, "look at members, messages and events"),
    (Scope::Send, "send, cancel and retry messages"),
    (
        Scope::Members,
        "make, change and erase members, their consent and training",
    ),
    (
        Scope::Settings,
        "switches, programmes, templates, webhooks and keys",
    ),
];

struct Key {
    id: String,
    name: String,
    scopes: Vec<&'static str>,
    by: String,
    made: (String, String),
    used: Option<(String, String)>,
    ends: Option<(String, String)>,
    is_over: bool,
}

#[derive(Template)]
#[template(path = "console-keys.html")]
struct Keys {
    page: Page,
    token: String,
    all: Vec<Key>,
    scopes: Vec<(&'static str, &'static str)>,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty) -> Response {
    if let Some(refused) = on_duty.refusal(Role::Owner, "/admin") {
        return refused;
    }
    let keys = match state.engine().keys().await {
        Ok(keys) => keys,
        Err(error) => return trouble(error, "/admin"),
    };
    let now = state.engine().clock().now();
    let pair = |at| (shown::machine(at), shown::utc(at));
    let key = |one: &KeyRecord| Key {
        id: one.id.to_string(),
        name: one.name.clone(),
        scopes: one.scopes.iter().copied().map(Scope::as_str).collect(),
        by: one.made_by.clone(),
        made: pair(one.made_at),
        used: one.used_at.map(pair),
        ends: one.expires_at.map(pair),
        is_over: one.expires_at.is_some_and(|end| end <= now),
    };
    html(&Keys {
        page: on_duty.page("API keys", BACK),
        token: on_duty.token(),
        all: keys.iter().map(key).collect(),
        scopes: SCOPES.map(|(scope, about)| (scope.as_str(), about)).into(),
    })
}

/// A key to be. A box that is not ticked is not sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Newcomer {
    name: String,
    days: String,
    read: String,
    send: String,
    members: String,
    settings: String,
}

/// Makes one.
pub(super) async fn create(state: State, posted: Posted<Newcomer>) -> Response {
    if let Some(refused) = posted.refusal(Role::Owner, BACK) {
        return refused;
    }
    let form = &posted.form;
    let name = match name_of(&form.name) {
        Ok(name) => name,
        Err(why) => return unfit(&why),
    };
    let ticked = [&form.read, &form.send, &form.members, &form.settings];
    let words = Scope::ALL
        .iter()
        .zip(ticked)
        .filter(|(_, ticked)| !ticked.is_empty())
        .map(|(scope, _)| scope.as_str());
    let scopes = match scopes_of(words) {
        Ok(scopes) => scopes,
        Err(why) => return unfit(&why),
    };
    let days: u32 = form.days.trim().parse().unwrap_or(0);
    let now = state.engine().clock().now();
    let end = (days > 0).then(|| now + Seconds::new(days.min(3_650) * 86_400));
    let engine = posted.on_duty.engine(&state);
    match engine.make_key(name, scopes, end).await {
        Ok((_, key)) => {
            let words = (
                "The new key",
                "Send it as Authorization: Bearer with each request. It is shown here and nowhere else.",
                BACK,
            );
            once(&posted.on_duty, "Key", &key, words)
        }
        Err(error) => failed(error),
    }
}

/// Revokes one.
pub(super) async fn revoke(
    state: State,
    Path(id): Path<String>,
    posted: Posted<Revoked>,
) -> Response {
    if let Some(refused) = posted.refusal(Role::Owner, BACK) {
        return refused;
    }
    let Ok(id) = id.parse::<KeyId>() else {
        return failed(KeyError::Unknown);
    };
    match posted.on_duty.engine(&state).revoke_key(id).await {
        Ok(()) => Redirect::to(BACK).into_response(),
        Err(error) => failed(error),
    }
}

/// Nothing but the token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Revoked {}

fn unfit(what: &str) -> Response {
    refused(
        StatusCode::UNPROCESSABLE_ENTITY,
        &format!("This cannot be done: {what}."),
        "Nothing was changed.",
        BACK,
    )
}

fn failed(error: KeyError) -> Response {
    match error {
        KeyError::Engine(error) => trouble(error, BACK),
        other => unfit(&other.to_string()),
    }
}
