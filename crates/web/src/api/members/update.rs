//! `PATCH /api/v1/members/{id}`

use axum::response::Response;
use domain::MemberId;
use engine::Engine;
use http::StatusCode;
use serde::{Deserialize, Deserializer};
use store::records::MemberChanges;
use utoipa::ToSchema;

use super::answer::MemberAnswer;
use super::fields;
use super::preferences::Wishes;
use crate::State;
use crate::json::{Sent, answer, json_body};
use crate::path::MemberInPath;
use crate::problem::{Faults, Problem};

#[expect(
    clippy::option_option,
    reason = "missing, null and given are three things"
)]
/// What changes; a field that is not there stays, `null` removes where something may be missing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"preferred_send_hour": 6, "preferred_channel": null}))]
pub(crate) struct UpdateMember {
    name: Option<String>,
    phone: Option<String>,
    /// For a new number without `+`.
    country: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    time_zone: Option<String>,
    locale: Option<String>,
    preferred_send_hour: Option<u8>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    preferred_channel: Option<Option<String>>,
    /// Those that change.
    #[serde(default)]
    preferences: Wishes,
    /// The group of a rollout they are in.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    cohort: Option<Option<String>>,
    programme: Option<String>,
}
json_body!(UpdateMember);

/// Tells `null` from a missing field.
#[expect(
    clippy::option_option,
    reason = "missing, null and given are three things"
)]
pub(super) fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Change a member
///
/// Consent belongs to the address: a new number starts without any. A new programme begins today.
#[utoipa::path(
    patch, path = "/api/v1/members/{id}", tag = "Members", operation_id = "update_member",
    params(("id" = String, Path, description = "`mem_…`")),
    request_body = UpdateMember,
    responses(
        (status = 200, description = "The member as it is now", body = MemberAnswer),
        (status = 404, description = "No such member", body = Problem),
        (status = 409, description = "Another member has the number", body = Problem),
        (status = 422, description = "Some fields cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn update(
    state: State,
    id: MemberInPath,
    sent: Sent<UpdateMember>,
) -> Result<Response, Problem> {
    apply(&state, state.engine(), id.0, sent.body).await?;
    let view = state.engine().member(id.0).await?;
    Ok(answer(StatusCode::OK, &MemberAnswer::from(&view)))
}

/// Checks what changes and does it, through an engine that may act for somebody.
pub(crate) async fn apply(
    state: &State,
    engine: &Engine,
    id: MemberId,
    body: UpdateMember,
) -> Result<(), Problem> {
    let mut changes = read(state, body)?;
    let programme = changes.programme.take();
    if let Some(slug) = &programme {
        engine.known_programme(slug).await?;
    }
    engine.update_member(id, changes).await?;
    if let Some(slug) = &programme {
        engine.enrol(id, slug, None).await?;
    }
    Ok(())
}

fn read(state: &State, body: UpdateMember) -> Result<MemberChanges, Problem> {
    let mut faults = Faults::default();
    let country = body
        .country
        .as_deref()
        .and_then(|text| faults.keep("country", fields::country(text)));
    if country.is_some() && body.phone.is_none() {
        faults.add(
            "country",
            "a country tells how to read a number: send `phone` with it",
        );
    }
    let region = country.as_deref().or(state.defaults().country.as_deref());
    let phone = body
        .phone
        .as_deref()
        .and_then(|text| faults.keep("phone", fields::phone(text, region)));
    let changes = MemberChanges {
        name: body
            .name
            .as_deref()
            .and_then(|text| faults.keep("name", fields::name(text))),
        phone: phone.map(|phone| (phone.number, phone.country.map(String::from))),
        email: body
            .email
            .map(|email| email.and_then(|text| faults.keep("email", fields::email(&text)))),
        // They prove it themselves, on their page.
        whatsapp_number: None,
        time_zone: body.time_zone,
        locale: body
            .locale
            .as_deref()
            .and_then(|text| faults.keep("locale", fields::locale(text))),
        preferred_send_hour: body
            .preferred_send_hour
            .and_then(|hour| faults.keep("preferred_send_hour", fields::hour(hour))),
        preferred_channel: body
            .preferred_channel
            .map(|channel| channel.and_then(|text| faults.parse("preferred_channel", Some(&text)))),
        preferences: body.preferences.read(&mut faults),
        cohort: body
            .cohort
            .map(|cohort| cohort.and_then(|text| faults.keep("cohort", fields::cohort(&text)))),
        programme: body
            .programme
            .as_deref()
            .and_then(|text| faults.keep("programme", fields::programme(text))),
    };
    faults.into_result()?;
    Ok(changes)
}
