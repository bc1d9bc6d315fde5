//! The versions of a programme: who wrote each and when, and what differs from the one in force.

use askama::Template;
use axum::response::Response;
use domain::Role;
use engine::EngineError;
use serde::Deserialize;
use ui::Page;

use super::diff::{Became, Differs, of_files};
use super::{HOME, Saved, unknown, version};
use crate::State;
use crate::api::programmes::ProgrammeInPath;
use crate::console::guard::OnDuty;
use crate::console::{html, trouble};
use crate::query::Asked;

/// How many a page has.
const LISTED: u32 = 30;

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asks {
    /// The one that is compared.
    version: Option<u32>,
    before: Option<u32>,
    published: Option<u32>,
}

struct Line {
    version: u32,
    title: String,
    state: &'static str,
    tone: &'static str,
    saved: Option<Saved>,
}

#[derive(Template)]
#[template(path = "console-programme-versions.html")]
struct Versions {
    page: Page,
    may: bool,
    slug: String,
    tab: &'static str,
    published: Option<u32>,
    list: Vec<Line>,
    next: Option<u32>,
    /// The one that is compared with what is in force, and what differs.
    compared: Option<(String, Vec<Differs>)>,
}

/// The page.
pub(in crate::console) async fn show(
    state: State,
    on_duty: OnDuty,
    slug: ProgrammeInPath,
    asks: Asked<Asks>,
) -> Response {
    match versions(&state, &on_duty, &slug.0, &asks.0).await {
        Ok(Some(page)) => html(&page),
        Ok(None) => unknown(),
        Err(error) => trouble(error, HOME),
    }
}

async fn versions(
    state: &State,
    on_duty: &OnDuty,
    slug: &str,
    asks: &Asks,
) -> Result<Option<Versions>, EngineError> {
    let engine = state.engine();
    if engine.programme_text(slug).await?.is_none() {
        return Ok(None);
    }
    let library = engine.programmes().await?;
    let in_force = library.get(slug).map(|one| one.version);
    let mut found = engine
        .programme_versions(slug, asks.before, LISTED + 1)
        .await?;
    let more = found.len() > LISTED as usize;
    found.truncate(LISTED as usize);
    let next = found.last().filter(|_| more).map(|one| one.version);
    let mut list: Vec<Line> = found
        .iter()
        .map(|one| {
            let (state, tone) = match one.published_at {
                _ if Some(one.version) == in_force => ("in force", "ok"),
                Some(_) => ("earlier", ""),
                None => ("draft", "warn"),
            };
            Line {
                version: one.version,
                title: version(one.version),
                state,
                tone,
                saved: Some(Saved::of(&(one.saved_by.clone(), one.saved_at))),
            }
        })
        .collect();
    let shipped = engine.programme_of_version(slug, 0).await?;
    if next.is_none() && shipped.is_some() {
        let is_followed = in_force == Some(0);
        list.push(Line {
            version: 0,
            title: version(0),
            state: if is_followed { "in force" } else { "earlier" },
            tone: if is_followed { "ok" } else { "" },
            saved: None,
        });
    }
    let compared = match asks.version {
        None => None,
        Some(number) => {
            let Some(other) = engine.programme_of_version(slug, number).await? else {
                return Ok(None);
            };
            let force = engine.programme_in_force(slug).await?;
            let files = force.map(|text| text.files).unwrap_or_default();
            Some((version(number), of_files(&files, &other.files)))
        }
    };
    Ok(Some(Versions {
        page: on_duty.page(format!("Versions of {slug}"), HOME),
        may: on_duty.may(Role::Coach),
        tab: "versions",
        published: asks.published,
        list,
        next,
        compared,
        slug: slug.to_owned(),
    }))
}
