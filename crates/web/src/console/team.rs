//! The team: who works here, and what each may do.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{OperatorId, PhoneNumber, Role};
use engine::team::{BY_SETTINGS, TeamError};
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::{html, refused, shown, trouble};
use crate::State;

/// The longest name, in characters.
const NAME_MAX: usize = 60;

const BACK: &str = "/admin/team";

struct Person {
    id: String,
    name: String,
    phone: String,
    role: &'static str,
    roles: Vec<(&'static str, bool)>,
    since: String,
    utc: String,
    by: String,
    is_listed: bool,
    has_factor: bool,
    is_me: bool,
}

#[derive(Template)]
#[template(path = "console-team.html")]
struct Team {
    page: Page,
    token: String,
    may: bool,
    people: Vec<Person>,
    until: String,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty) -> Response {
    let team = match state.engine().team().await {
        Ok(team) => team,
        Err(error) => return trouble(error, "/admin"),
    };
    let factors = match state.engine().second_factors().await {
        Ok(factors) => factors,
        Err(error) => return trouble(error, "/admin"),
    };
    let may = on_duty.may(Role::Owner);
    html(&Team {
        page: on_duty.page("Team", BACK),
        token: on_duty.token(),
        may,
        until: shown::machine(on_duty.session.expires_at),
        people: team
            .iter()
            .map(|one| Person {
                id: one.id.to_string(),
                name: one.name.clone(),
                phone: if may {
                    one.phone.as_e164().to_owned()
                } else {
                    one.phone.masked()
                },
                role: one.role.as_str(),
                roles: Role::ALL
                    .iter()
                    .map(|role| (role.as_str(), *role == one.role))
                    .collect(),
                since: shown::machine(one.made_at),
                utc: shown::utc(one.made_at),
                by: if one.made_by == BY_SETTINGS {
                    "ADMIN_PHONE_NUMBERS".to_owned()
                } else {
                    one.made_by.clone()
                },
                is_listed: state.engine().is_listed(&one.phone),
                has_factor: factors.contains(&one.id),
                is_me: one.id == on_duty.operator().id,
            })
            .collect(),
    })
}

/// Somebody to be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Newcomer {
    name: String,
    phone: String,
    role: String,
}

fn unfit(what: &str) -> Response {
    refused(
        StatusCode::UNPROCESSABLE_ENTITY,
        what,
        "Nothing was changed.",
        BACK,
    )
}

fn named(name: &str) -> Option<String> {
    let name = name.trim();
    let fits =
        (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned())
}

fn answer<T>(done: Result<T, TeamError>) -> Response {
    match done {
        Ok(_) => Redirect::to(BACK).into_response(),
        Err(TeamError::Engine(error)) => trouble(error, BACK),
        Err(error) => {
            let text = error.to_string();
            refused(
                StatusCode::CONFLICT,
                &format!("{text}."),
                "Nothing was changed.",
                BACK,
            )
        }
    }
}

/// Asks somebody in.
pub(super) async fn ask_in(state: State, posted: Posted<Newcomer>) -> Response {
    if let Some(refused) = posted.refusal(Role::Owner, BACK) {
        return refused;
    }
    let form = &posted.form;
    let Some(name) = named(&form.name) else {
        return unfit("A name has 1 to 60 characters.");
    };
    let Ok(phone) = PhoneNumber::from_input(&form.phone, None) else {
        return unfit("Write the number with its country code: +1 415 555 0100.");
    };
    let Ok(role) = form.role.parse::<Role>() else {
        return unfit("A role is owner, coach or viewer.");
    };
    let engine = posted.on_duty.engine(&state);
    answer(engine.ask_in(name, phone.number, role).await)
}

/// What becomes of somebody.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    name: String,
    role: String,
    remove: String,
    reset_factor: String,
}

/// Changes what somebody is called or may do, or takes them out.
pub(super) async fn change(
    state: State,
    Path(id): Path<String>,
    posted: Posted<Wanted>,
) -> Response {
    let Ok(id) = id.parse::<OperatorId>() else {
        return answer::<()>(Err(TeamError::Unknown));
    };
    let form = &posted.form;
    let engine = posted.on_duty.engine(&state);
    // Everybody names themselves.
    let is_me = id == posted.on_duty.operator().id;
    let is_own_name =
        is_me && form.role.is_empty() && form.remove.is_empty() && form.reset_factor.is_empty();
    if !is_own_name && let Some(refused) = posted.refusal(Role::Owner, BACK) {
        return refused;
    }
    if form.reset_factor == "yes" {
        // One's own goes by a code of it: a session that was left open is not enough.
        if is_me {
            return unfit("Your own second factor is taken off under Second factor, by a code.");
        }
        return answer(engine.reset_factor(id).await);
    }
    if form.remove == "yes" {
        return answer(engine.remove_operator(id).await);
    }
    let name = match form.name.trim() {
        "" => None,
        name => match named(name) {
            Some(name) => Some(name),
            None => return unfit("A name has 1 to 60 characters."),
        },
    };
    let role = match form.role.as_str() {
        "" => None,
        word => match word.parse::<Role>() {
            Ok(role) => Some(role),
            Err(_) => return unfit("A role is owner, coach or viewer."),
        },
    };
    answer(engine.change_operator(id, name, role).await)
}
