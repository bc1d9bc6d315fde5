//! Programmes: all there are, and what their pages have in common.

mod day;
mod diff;
pub(super) mod editor;
mod findings;
pub(super) mod followers;
pub(super) mod publish;
pub(super) mod versions;

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Role;
use engine::EngineError;
use engine::programmes::{Course, Programme, is_slug};
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::guard::OnDuty;
use super::{html, refused, shown, trouble};
use crate::State;
use crate::query::Asked;

/// The list.
pub(super) const HOME: &str = "/admin/programmes";

/// What those call their programme who were given none.
const UNNAMED: &str = "default";

/// Where the pages of one are.
fn home_of(slug: &str) -> String {
    format!("{HOME}/{slug}")
}

struct Listed {
    slug: String,
    name: String,
    summary: String,
    version: String,
    draft: Option<String>,
    followers: u64,
    length: String,
    languages: String,
    is_default: bool,
}

#[derive(Template)]
#[template(path = "console-programmes.html")]
struct Programmes {
    page: Page,
    may: bool,
    list: Vec<Listed>,
}

/// The list, by name.
pub(super) async fn list(state: State, on_duty: OnDuty) -> Response {
    match listed(&state).await {
        Ok(list) => html(&Programmes {
            page: on_duty.page("Programmes", HOME),
            may: on_duty.may(Role::Coach),
            list,
        }),
        Err(error) => trouble(error, "/admin"),
    }
}

async fn listed(state: &State) -> Result<Vec<Listed>, EngineError> {
    let library = state.engine().programmes().await?;
    let counts = state.engine().follower_counts().await?;
    let default = library.named(UNNAMED).to_owned();
    let mut all: BTreeMap<&str, Listed> = BTreeMap::new();
    for offered in library.offered() {
        let programme = &offered.programme;
        let course = programme.course("en").map(|(_, course)| course);
        let told = |what: fn(&Course) -> &String| course.map(what).cloned().unwrap_or_default();
        let languages: Vec<&str> = programme.courses.keys().map(|one| &**one).collect();
        let one = Listed {
            slug: programme.slug.clone(),
            name: told(|course| &course.name),
            summary: told(|course| &course.summary),
            version: version(offered.version),
            draft: None,
            followers: counts.get(&programme.slug).copied().unwrap_or(0),
            length: length(programme),
            languages: languages.join(", "),
            is_default: programme.slug == default,
        };
        all.insert(&programme.slug, one);
    }
    for draft in library.drafts() {
        let one = all.entry(&draft.slug).or_insert_with(|| Listed {
            slug: draft.slug.clone(),
            name: draft.slug.replace('-', " "),
            summary: String::new(),
            version: String::new(),
            draft: None,
            followers: 0,
            length: String::new(),
            languages: String::new(),
            is_default: false,
        });
        one.draft = Some(format!("{} by {}", draft.version, draft.saved_by));
    }
    Ok(all.into_values().collect())
}

/// What a version is called.
fn version(version: u32) -> String {
    if version == 0 {
        "as it comes with the service".to_owned()
    } else {
        format!("version {version}")
    }
}

fn length(programme: &Programme) -> String {
    let first = programme.courses.values().next();
    let weeks = first.map_or(&[][..], |course| &course.weeks);
    let sessions = weeks.iter().flat_map(|week| week.days.iter().flatten());
    let counted = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    let sessions = counted(sessions.count(), "session");
    format!("{}, {sessions}", counted(weeks.len(), "week"))
}

/// What a new programme begins with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Begin {
    slug: String,
    from: String,
}

/// Leads to the editor of one that is to be.
pub(super) async fn new(state: State, on_duty: OnDuty, begin: Asked<Begin>) -> Response {
    if let Some(refused) = on_duty.refusal(Role::Coach, HOME) {
        return refused;
    }
    let slug = begin.0.slug.trim().to_ascii_lowercase().replace(' ', "-");
    if !is_slug(&slug) || slug == "new" || slug == UNNAMED {
        return refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "A programme is called by 1 to 60 lower-case letters, digits and dashes.",
            "Nothing was made.",
            HOME,
        );
    }
    match state.engine().programme_text(&slug).await {
        Ok(None) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("new", "yes")
                .append_pair("from", begin.0.from.trim())
                .finish();
            Redirect::to(&format!("{}?{query}", home_of(&slug))).into_response()
        }
        Ok(Some(_)) => refused(
            StatusCode::CONFLICT,
            "There is a programme of this name.",
            "Nothing was made. Open it, or choose another name.",
            &home_of(&slug),
        ),
        Err(error) => trouble(error.into(), HOME),
    }
}

fn unknown() -> Response {
    refused(
        StatusCode::NOT_FOUND,
        "There is no such programme, or no such version of it.",
        "Look for it in the list.",
        HOME,
    )
}

/// The instant and who, as pages tell it.
struct Saved {
    by: String,
    at: String,
    utc: String,
}

impl Saved {
    fn of((by, at): &(String, domain::Timestamp)) -> Self {
        Self {
            by: by.clone(),
            at: shown::machine(*at),
            utc: shown::utc(*at),
        }
    }
}
