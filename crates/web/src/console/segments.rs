//! Segments: conditions on members under a name, and who they mean now.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{MemberId, Role};
use engine::audience::{AudienceMember, SegmentChanges, SegmentRecord};
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::filters::{Fault, FilterForm, in_words};
use super::guard::{OnDuty, Posted};
use super::{html, members, refused, shown, trouble};
use crate::State;
use crate::api::segments::{SegmentInPath, filter_of, name_of};
use crate::people::html_as;
use crate::problem::Faults;
use crate::query::Asked;

/// How many members a page has.
const LISTED: u32 = 50;

/// The list.
const HOME: &str = "/admin/segments";

struct Listed {
    id: String,
    name: String,
    meant: String,
}

#[derive(Template)]
#[template(path = "console-segments.html")]
struct Segments {
    page: Page,
    token: String,
    may: bool,
    list: Vec<Listed>,
    name: String,
    filter: FilterForm,
    programmes: String,
    faults: Vec<Fault>,
}

/// All of them, and the form of a new one.
pub(super) async fn list(state: State, on_duty: OnDuty) -> Response {
    match all(&state, &on_duty).await {
        Ok(page) => html(&page),
        Err(refused) => refused,
    }
}

async fn all(state: &State, on_duty: &OnDuty) -> Result<Segments, Response> {
    let segments = state.engine().segments().await;
    let segments = segments.map_err(|error| trouble(error, "/admin"))?;
    Ok(Segments {
        page: on_duty.page("Segments", "/admin/broadcasts"),
        token: on_duty.token(),
        may: on_duty.may(Role::Coach),
        list: segments
            .iter()
            .map(|one| Listed {
                id: one.id.to_string(),
                name: one.name.clone(),
                meant: in_words(&one.filter),
            })
            .collect(),
        name: String::new(),
        filter: FilterForm::default(),
        programmes: programmes(state).await?,
        faults: Vec::new(),
    })
}

/// What programmes there are, to be typed.
async fn programmes(state: &State) -> Result<String, Response> {
    let library = state.engine().programmes().await;
    let library = library.map_err(|error| trouble(error.into(), HOME))?;
    Ok(offered(&library))
}

/// Their names, to be typed.
pub(super) fn offered(library: &engine::programmes::Library) -> String {
    let names: Vec<&str> = library.offered().map(|one| &*one.programme.slug).collect();
    names.join(", ")
}

/// A segment as it is typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    #[serde(flatten)]
    filter: FilterForm,
}

impl Typed {
    fn read(&self) -> Result<(String, domain::audience::Filter), Vec<Fault>> {
        let mut faults = Faults::default();
        let name = name_of(&mut faults, &self.name);
        let filter = filter_of(&mut faults, &self.filter.to_json());
        match faults.into_result() {
            Ok(()) => Ok((name, filter)),
            Err(problem) => Err(problem
                .by_field()
                .into_iter()
                .map(|(field, message)| Fault {
                    field: shown::words(field.strip_prefix("filter.").unwrap_or(field)),
                    message: message.to_owned(),
                })
                .collect()),
        }
    }
}

/// Saves a new one.
pub(super) async fn create(state: State, posted: Posted<Typed>) -> Response {
    if let Some(refused) = posted.refusal(Role::Coach, HOME) {
        return refused;
    }
    let Posted { on_duty, form } = posted;
    let faults = match form.read() {
        Ok((name, filter)) => {
            match on_duty
                .engine(&state)
                .save_segment(name, filter, None)
                .await
            {
                Ok((segment, _)) => return to(&segment),
                Err(error) => vec![Fault::whole(super::sentence(&error))],
            }
        }
        Err(faults) => faults,
    };
    match all(&state, &on_duty).await {
        Ok(page) => html_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            &Segments {
                name: form.name,
                filter: form.filter,
                faults,
                ..page
            },
        ),
        Err(refused) => refused,
    }
}

fn to(segment: &SegmentRecord) -> Response {
    Redirect::to(&format!("{HOME}/{}", segment.id)).into_response()
}

struct Line {
    id: String,
    name: String,
    phone: String,
    locale: String,
    zone: String,
    channel: &'static str,
    window_open: bool,
    since: String,
}

#[derive(Template)]
#[template(path = "console-segment.html")]
struct One {
    page: Page,
    token: String,
    may: bool,
    id: String,
    name: String,
    meant: String,
    by: String,
    total: u64,
    by_channel: Vec<(&'static str, u64)>,
    by_language: Vec<(String, u64)>,
    windows_open: u64,
    lines: Vec<Line>,
    next: Option<String>,
    filter: FilterForm,
    programmes: String,
    faults: Vec<Fault>,
}

/// Which part of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    after: Option<String>,
}

/// One of them: whom it means now.
pub(super) async fn show(
    state: State,
    on_duty: OnDuty,
    id: SegmentInPath,
    which: Asked<Which>,
) -> Response {
    let after = which.0.after.and_then(|id| id.parse::<MemberId>().ok());
    match one(&state, &on_duty, id.0, after).await {
        Ok(page) => html(&page),
        Err(refused) => refused,
    }
}

async fn one(
    state: &State,
    on_duty: &OnDuty,
    id: domain::SegmentId,
    after: Option<MemberId>,
) -> Result<One, Response> {
    let engine = state.engine();
    let refused = |error| trouble(error, HOME);
    let segment = engine.segment(id).await.map_err(refused)?;
    let count = engine
        .audience_count(&segment.filter)
        .await
        .map_err(refused)?;
    let found = engine.audience(&segment.filter, after, LISTED).await;
    let found = found.map_err(refused)?;
    let channels = count.by_channel.iter();
    Ok(One {
        page: on_duty.page(segment.name.clone(), "/admin/broadcasts"),
        token: on_duty.token(),
        may: on_duty.may(Role::Coach),
        id: segment.id.to_string(),
        name: segment.name.clone(),
        meant: in_words(&segment.filter),
        by: segment.created_by.clone(),
        total: count.total,
        by_channel: channels
            .map(|(channel, count)| (channel.map_or("no preference", shown::channel), *count))
            .collect(),
        by_language: count
            .by_language
            .iter()
            .map(|(language, count)| (language.clone(), *count))
            .collect(),
        windows_open: count.windows_open,
        lines: found.members.iter().map(|one| line(on_duty, one)).collect(),
        next: found
            .next
            .map(|last| format!("{HOME}/{}?after={last}", segment.id)),
        filter: FilterForm::of(&segment.filter),
        programmes: programmes(state).await?,
        faults: Vec::new(),
    })
}

fn line(on_duty: &OnDuty, one: &AudienceMember) -> Line {
    Line {
        id: one.id.to_string(),
        name: members::name(one.name.as_str()),
        phone: on_duty.number(&one.phone),
        locale: one.locale.clone(),
        zone: one.time_zone.clone(),
        channel: one.preferred_channel.map_or("", shown::channel),
        window_open: one.window_open,
        since: shown::machine(one.joined_at),
    }
}

/// Changes one.
pub(super) async fn change(state: State, id: SegmentInPath, posted: Posted<Typed>) -> Response {
    let back = format!("{HOME}/{}", id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let Posted { on_duty, form } = posted;
    let faults = match form.read() {
        Ok((name, filter)) => {
            let changes = SegmentChanges {
                name: Some(name),
                filter: Some(filter),
            };
            match on_duty.engine(&state).change_segment(id.0, changes).await {
                Ok(segment) => return to(&segment),
                Err(error) => vec![Fault::whole(super::sentence(&error))],
            }
        }
        Err(faults) => faults,
    };
    match one(&state, &on_duty, id.0, None).await {
        Ok(page) => html_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            &One {
                filter: form.filter,
                faults,
                ..page
            },
        ),
        Err(refused) => refused,
    }
}

/// Nothing but the token, and that it is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sure {
    sure: String,
}

/// Deletes one. Broadcasts have a copy of their own.
pub(super) async fn remove(state: State, id: SegmentInPath, posted: Posted<Sure>) -> Response {
    let back = format!("{HOME}/{}", id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    if posted.form.sure != "yes" {
        return refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Say that you are sure.",
            "The segment is still there.",
            &back,
        );
    }
    match posted.on_duty.engine(&state).delete_segment(id.0).await {
        Ok(()) => Redirect::to(HOME).into_response(),
        Err(error) => trouble(error, &back),
    }
}
