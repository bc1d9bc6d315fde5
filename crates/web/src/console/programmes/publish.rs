//! Before a version is followed: by how many, what differs, and what tomorrow becomes for a few of them.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Role;
use engine::EngineError;
use engine::programmes::{NextDay, Saving};
use engine::training::Today;
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::diff::{Became, Differs, of_files};
use super::findings::{self, Found};
use super::followers::stands;
use super::{HOME, home_of, unknown, version};
use crate::State;
use crate::api::programmes::ProgrammeInPath;
use crate::console::guard::{OnDuty, Posted};
use crate::console::members::name;
use crate::console::{html, refused, trouble};
use crate::query::Asked;

/// For how many the next day is told.
const FEW: u32 = 5;

/// Which version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asks {
    version: Option<u32>,
}

/// What was looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Wanted {
    version: String,
    revision: String,
}

/// Tomorrow of somebody.
struct Tomorrow {
    id: String,
    name: String,
    date: String,
    now: String,
    then: String,
    differs: bool,
}

#[derive(Template)]
#[template(path = "console-programme-publish.html")]
struct Publish {
    page: Page,
    token: String,
    may: bool,
    slug: String,
    tab: &'static str,
    version: u32,
    title: String,
    /// A draft that is newer stays as it is.
    draft: Option<u32>,
    revision: i64,
    followers: u64,
    is_usable: bool,
    found: Vec<Found>,
    tomorrow: Vec<Tomorrow>,
    differs: Vec<Differs>,
}

/// The page.
pub(in crate::console) async fn show(
    state: State,
    on_duty: OnDuty,
    slug: ProgrammeInPath,
    asks: Asked<Asks>,
) -> Response {
    match publish(&state, &on_duty, &slug.0, asks.0.version).await {
        Ok(Some(page)) => html(&page),
        Ok(None) => unknown(),
        Err(error) => trouble(error, HOME),
    }
}

async fn publish(
    state: &State,
    on_duty: &OnDuty,
    slug: &str,
    wanted: Option<u32>,
) -> Result<Option<Publish>, EngineError> {
    let engine = state.engine();
    let Some(newest) = engine.programme_text(slug).await? else {
        return Ok(None);
    };
    let number = wanted.unwrap_or(newest.version);
    let Some(text) = engine.programme_of_version(slug, number).await? else {
        return Ok(None);
    };
    let force = engine.programme_in_force(slug).await?;
    let counts = engine.follower_counts().await?;
    let tomorrow = match &text.reading.programme {
        Some(programme) => engine.next_days(programme, FEW).await?,
        None => Vec::new(),
    };
    let followed = force.map(|text| text.files).unwrap_or_default();
    let findings = &text.reading.findings;
    let all = text
        .files
        .iter()
        .flat_map(|(language, words)| findings::of(language, words, findings));
    Ok(Some(Publish {
        page: on_duty.page(format!("Publish {slug}"), HOME),
        token: on_duty.token(),
        may: on_duty.may(Role::Coach),
        tab: "publish",
        version: number,
        title: version(number),
        draft: (!newest.is_published && newest.version != number).then_some(newest.version),
        revision: newest.revision,
        followers: counts.get(slug).copied().unwrap_or(0),
        is_usable: text.reading.programme.is_some(),
        found: findings::of("", "", findings)
            .into_iter()
            .chain(all)
            .collect(),
        tomorrow: tomorrow.iter().map(told).collect(),
        differs: of_files(&followed, &text.files),
        slug: slug.to_owned(),
    }))
}

fn told(day: &NextDay) -> Tomorrow {
    let words = |today: &Option<Today>| today.as_ref().map(stands).unwrap_or_default();
    let text = |today: &Option<Today>| {
        let workout = today.as_ref().and_then(|today| today.workout.as_ref());
        workout.map(|workout| workout.text.clone())
    };
    Tomorrow {
        id: day.member.profile.id.to_string(),
        name: name(day.member.profile.name.as_str()),
        date: day.date.to_string(),
        now: words(&day.now),
        then: words(&day.then),
        differs: text(&day.now) != text(&day.then),
    }
}

/// Makes it what is followed.
pub(in crate::console) async fn act(
    state: State,
    slug: ProgrammeInPath,
    posted: Posted<Wanted>,
) -> Response {
    let slug = slug.0;
    let back = format!("{}/publish", home_of(&slug));
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let engine = posted.on_duty.engine(&state);
    let form = &posted.form;
    let (Ok(number), Ok(seen)) = (form.version.parse(), form.revision.parse()) else {
        return unknown();
    };
    match engine.publish_programme(&slug, number, seen).await {
        Ok(Saving::Saved { version, .. }) => {
            let to = format!("{}/versions?published={version}", home_of(&slug));
            Redirect::to(&to).into_response()
        }
        Ok(Saving::Stale { .. }) => refused(
            StatusCode::CONFLICT,
            "Somebody saved this programme since you looked.",
            "Nothing was published. Look at what it is now.",
            &back,
        ),
        Ok(Saving::Refused(_)) => refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This version cannot be used as it is.",
            "Nothing was published. Open it in the editor and mend what it says.",
            &home_of(&slug),
        ),
        Err(error) => trouble(error, &back),
    }
}
