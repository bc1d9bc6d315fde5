//! Kill switches: what is stopped, by whom and why; stopped and let go here.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Role;
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::{html, refused, shown, trouble};
use crate::State;

/// The longest reason, in characters.
const REASON_MAX: usize = 200;

/// What is stopped most often, with its words.
const COMMON: [(&str, &str); 6] = [
    ("all", "Everything"),
    ("channel:sms", "All SMS"),
    ("channel:whatsapp", "All WhatsApp"),
    ("kind:broadcast", "Broadcasts"),
    ("kind:daily_workout", "Daily workouts"),
    ("kind:weekly_checkin", "Weekly questions"),
];

struct Switch {
    scope: String,
    label: String,
    reason: String,
    actor: String,
    since: String,
    utc: String,
}

#[derive(Template)]
#[template(path = "console-switches.html")]
struct Switches {
    page: Page,
    token: String,
    may: bool,
    on: Vec<Switch>,
    off: Vec<(&'static str, &'static str)>,
}

fn label(scope: &str) -> String {
    let known = COMMON.iter().find(|(word, _)| *word == scope);
    known.map_or_else(|| scope.to_owned(), |(_, label)| (*label).to_owned())
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty) -> Response {
    let on = match state.engine().switches().await {
        Ok(on) => on,
        Err(error) => return trouble(error, "/admin"),
    };
    let is_on = |scope: &str| on.iter().any(|one| one.scope == scope);
    html(&Switches {
        page: on_duty.page("Switches", "/admin/switches"),
        token: on_duty.token(),
        may: on_duty.may(Role::Owner),
        off: COMMON
            .into_iter()
            .filter(|(scope, _)| !is_on(scope))
            .collect(),
        on: on
            .iter()
            .map(|one| Switch {
                label: label(&one.scope),
                scope: one.scope.clone(),
                reason: one.reason.clone(),
                actor: one.actor.clone(),
                since: shown::machine(one.since),
                utc: shown::utc(one.since),
            })
            .collect(),
    })
}

/// What to stop or let go.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    scope: String,
    on: String,
    reason: String,
}

/// Turns one.
pub(super) async fn change(state: State, posted: Posted<Wanted>) -> Response {
    let back = "/admin/switches";
    if let Some(refused) = posted.refusal(Role::Owner, back) {
        return refused;
    }
    let wanted = &posted.form;
    let (scope, reason, on) = (
        wanted.scope.trim(),
        wanted.reason.trim(),
        wanted.on == "yes",
    );
    let words = reason.chars().count();
    if on && (words == 0 || words > REASON_MAX || reason.chars().any(char::is_control)) {
        return refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Say why, in 1 to 200 characters: whoever sees it next wants to know.",
            "Nothing was stopped.",
            back,
        );
    }
    let engine = posted.on_duty.engine(&state);
    let name = &posted.on_duty.operator().name;
    match engine.set_switch(scope, on, reason, name).await {
        Ok(()) => Redirect::to(back).into_response(),
        Err(error) => trouble(error, back),
    }
}
