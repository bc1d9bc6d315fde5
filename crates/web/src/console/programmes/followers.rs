//! Who follows a programme, and where they stand in it.

use askama::Template;
use axum::response::Response;
use domain::MemberId;
use engine::EngineError;
use engine::training::{DayOf, Today};
use serde::Deserialize;
use ui::Page;

use super::{HOME, home_of, unknown};
use crate::State;
use crate::api::programmes::ProgrammeInPath;
use crate::console::guard::OnDuty;
use crate::console::members::name;
use crate::console::{html, trouble};
use crate::query::Asked;

/// How many a page has.
const LISTED: u32 = 50;

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asks {
    after: Option<String>,
}

struct Line {
    id: String,
    name: String,
    phone: String,
    language: String,
    started_on: String,
    stands: String,
}

#[derive(Template)]
#[template(path = "console-programme-members.html")]
struct Following {
    page: Page,
    slug: String,
    tab: &'static str,
    followers: u64,
    list: Vec<Line>,
    next: Option<String>,
}

/// The list, in the order they came.
pub(in crate::console) async fn show(
    state: State,
    on_duty: OnDuty,
    slug: ProgrammeInPath,
    asks: Asked<Asks>,
) -> Response {
    let after = asks.0.after.and_then(|id| id.parse::<MemberId>().ok());
    match followers(&state, &on_duty, &slug.0, after).await {
        Ok(Some(page)) => html(&page),
        Ok(None) => unknown(),
        Err(error) => trouble(error, HOME),
    }
}

async fn followers(
    state: &State,
    on_duty: &OnDuty,
    slug: &str,
    after: Option<MemberId>,
) -> Result<Option<Following>, EngineError> {
    let engine = state.engine();
    if engine.programme_text(slug).await?.is_none() {
        return Ok(None);
    }
    let counts = engine.follower_counts().await?;
    let mut found = engine.followers(slug, after, LISTED + 1).await?;
    let more = found.len() > LISTED as usize;
    found.truncate(LISTED as usize);
    let last = found.last().filter(|_| more);
    let next = last.map(|last| {
        let id = last.member.profile.id;
        format!("{}/members?after={id}", home_of(slug))
    });
    let list = found.iter().map(|one| {
        let profile = &one.member.profile;
        Line {
            id: profile.id.to_string(),
            name: name(profile.name.as_str()),
            phone: on_duty.number(&profile.phone),
            language: profile.locale.clone(),
            started_on: one.started_on.to_string(),
            stands: one.today.as_ref().map(stands).unwrap_or_default(),
        }
    });
    Ok(Some(Following {
        page: on_duty.page(format!("Who follows {slug}"), HOME),
        tab: "members",
        followers: counts.get(slug).copied().unwrap_or(0),
        list: list.collect(),
        next,
        slug: slug.to_owned(),
    }))
}

/// What a day brings, in a few words.
pub(super) fn stands(today: &Today) -> String {
    match (&today.day, &today.workout) {
        (DayOf::Session { week, day }, Some(workout)) => {
            format!("week {week}, day {day}: {}", workout.title)
        }
        (DayOf::Session { week, day }, None) => format!("week {week}, day {day}"),
        (DayOf::Rest { week, day }, _) => format!("week {week}, day {day}: rest"),
        (DayOf::Paused { until: Some(until) }, _) => format!("on a break until {until}"),
        (DayOf::Paused { until: None }, _) => "on a break".to_owned(),
        (DayOf::Finished, _) => "finished".to_owned(),
        (DayOf::NotBegun, _) => "not begun".to_owned(),
    }
}
