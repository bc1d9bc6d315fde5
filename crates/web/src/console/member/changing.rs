//! What the team changes of a member, with the checks of the API, and the certificate of what they agreed to.

use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Channel, Role};
use engine::EngineError;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::records::Member;

use crate::State;
use crate::api::members::certificate::printed;
use crate::api::members::update::{UpdateMember, apply};
use crate::console::choice::Choice;
use crate::console::guard::{OnDuty, Posted};
use crate::console::{refused, shown, trouble};
use crate::path::MemberInPath;

/// What there is to choose.
pub(super) struct Choices {
    pub(super) hours: Vec<Choice>,
    pub(super) channels: Vec<Choice>,
    pub(super) programmes: Vec<Choice>,
}

/// What there is to choose for somebody.
pub(super) async fn choices(state: &State, member: &Member) -> Result<Choices, EngineError> {
    let profile = &member.profile;
    let choice = |value: &str, label: String, chosen: bool| Choice {
        value: value.to_owned(),
        label,
        chosen,
    };
    let library = state.engine().programmes().await?;
    // Who was given none by name follows the default one.
    let own = library.named(&profile.programme);
    let offered = library.offered();
    let preferred = profile.preferred_channel;
    let channels = Channel::ALL.iter().map(|one| {
        let label = shown::channel(*one).to_owned();
        choice(one.as_str(), label, preferred == Some(*one))
    });
    let by_itself = choice("", "as the country has it".to_owned(), preferred.is_none());
    Ok(Choices {
        hours: (0..24)
            .map(|hour: u8| {
                let is_theirs = hour == profile.preferred_send_hour;
                choice(&hour.to_string(), format!("{hour}:00"), is_theirs)
            })
            .collect(),
        channels: std::iter::once(by_itself).chain(channels).collect(),
        programmes: offered
            .map(|one| {
                let slug = &one.programme.slug;
                choice(slug, slug.replace('-', " "), **slug == *own)
            })
            .collect(),
    })
}

/// What somebody chose.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Chosen {
    hour: String,
    channel: Option<String>,
    programme: String,
}

/// What of it differs from how it is, as the API takes it.
fn differing(chosen: &Chosen, member: &Member, programme: &str) -> Map<String, Value> {
    let profile = &member.profile;
    let mut changes = Map::new();
    if let Ok(hour) = chosen.hour.parse::<u8>()
        && hour != profile.preferred_send_hour
    {
        changes.insert("preferred_send_hour".into(), json!(hour));
    }
    let channel = chosen.channel.as_deref();
    let now = profile.preferred_channel.map_or("", Channel::as_str);
    if let Some(channel) = channel.filter(|channel| *channel != now) {
        let value = if channel.is_empty() {
            Value::Null
        } else {
            json!(channel)
        };
        changes.insert("preferred_channel".into(), value);
    }
    if !chosen.programme.is_empty() && chosen.programme != programme {
        changes.insert("programme".into(), json!(chosen.programme));
    }
    changes
}

/// Changes hour, channel or programme.
pub(in crate::console) async fn change(
    state: State,
    id: MemberInPath,
    posted: Posted<Chosen>,
) -> Response {
    let back = format!("/admin/members/{}", id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let member = match state.engine().member(id.0).await {
        Ok(view) => view.member,
        Err(error) => return trouble(error, "/admin/members"),
    };
    let library = match state.engine().programmes().await {
        Ok(library) => library,
        Err(error) => return trouble(error.into(), &back),
    };
    let programme = library.named(&member.profile.programme);
    let changes = differing(&posted.form, &member, programme);
    if changes.is_empty() {
        return Redirect::to(&back).into_response();
    }
    let Ok(body) = serde_json::from_value::<UpdateMember>(Value::Object(changes)) else {
        return cannot(
            "This is nothing that could be changed.",
            StatusCode::UNPROCESSABLE_ENTITY,
            &back,
        );
    };
    let engine = posted.on_duty.engine(&state);
    match apply(&state, &engine, id.0, body).await {
        Ok(()) => Redirect::to(&back).into_response(),
        Err(problem) => {
            let why = problem.errors().first().map(|one| one.message.clone());
            let why = why.unwrap_or_else(|| problem.detail().to_owned());
            cannot(&why, problem.status(), &back)
        }
    }
}

fn cannot(why: &str, status: StatusCode, back: &str) -> Response {
    refused(status, why, "Nothing was changed.", back)
}

/// What they agreed to, when, how and to which words, as a page to print.
pub(in crate::console) async fn certificate(
    state: State,
    on_duty: OnDuty,
    id: MemberInPath,
) -> Response {
    let back = format!("/admin/members/{}", id.0);
    if !on_duty.may(Role::Coach) {
        return cannot(
            "A certificate names whole addresses: it needs the role coach.",
            StatusCode::FORBIDDEN,
            &back,
        );
    }
    match printed(&state, id.0).await {
        Ok(page) => page,
        Err(error) => trouble(error, "/admin/members"),
    }
}
