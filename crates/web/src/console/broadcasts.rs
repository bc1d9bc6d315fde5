//! Broadcasts: all of them, and what their pages have in common.

pub(super) mod acts;
pub(super) mod draft;
pub(super) mod members;
pub(super) mod one;

use askama::Template;
use axum::response::Response;
use domain::broadcast::{Past, When};
use domain::{BroadcastId, BroadcastState, Role};
use engine::broadcasts::BroadcastRecord;
use serde::Deserialize;
use ui::Page;

use super::guard::OnDuty;
use super::{html, shown, trouble};
use crate::State;
use crate::query::Asked;

/// How many a page has.
const LISTED: u32 = 50;

/// The list.
pub(super) const HOME: &str = "/admin/broadcasts";

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    before: Option<String>,
}

struct Listed {
    id: String,
    name: String,
    state: &'static str,
    tone: &'static str,
    about: String,
    taken: u64,
    audience: u64,
    by: String,
    at: String,
    utc: String,
}

#[derive(Template)]
#[template(path = "console-broadcasts.html")]
struct Broadcasts {
    page: Page,
    may: bool,
    list: Vec<Listed>,
    next: Option<String>,
}

/// The list, the newest first.
pub(super) async fn list(state: State, on_duty: OnDuty, which: Asked<Which>) -> Response {
    let before = which.0.before.and_then(|id| id.parse::<BroadcastId>().ok());
    let mut found = match state.engine().broadcasts(before, LISTED + 1).await {
        Ok(found) => found,
        Err(error) => return trouble(error, "/admin"),
    };
    let more = found.len() > LISTED as usize;
    found.truncate(LISTED as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| format!("{HOME}?before={}", last.id));
    html(&Broadcasts {
        page: on_duty.page("Broadcasts", HOME),
        may: on_duty.may(Role::Coach),
        list: found.iter().map(listed).collect(),
        next,
    })
}

fn listed(record: &BroadcastRecord) -> Listed {
    Listed {
        id: record.id.to_string(),
        name: record.plan.name.clone(),
        state: state_word(record.standing.state),
        tone: tone(record.standing.state),
        about: about(record),
        taken: record.taken,
        audience: record.audience,
        by: record.created_by.clone(),
        at: shown::machine(record.created_at),
        utc: shown::utc(record.created_at),
    }
}

/// How it stands, in a word.
const fn state_word(state: BroadcastState) -> &'static str {
    match state {
        BroadcastState::Draft => "draft",
        BroadcastState::Scheduled => "scheduled",
        BroadcastState::Running => "running",
        BroadcastState::Waiting => "waits for the next stage",
        BroadcastState::Paused => "paused",
        BroadcastState::Finished => "finished",
        BroadcastState::Cancelled => "cancelled",
    }
}

const fn tone(state: BroadcastState) -> &'static str {
    match state {
        BroadcastState::Running | BroadcastState::Finished => "ok",
        BroadcastState::Waiting | BroadcastState::Paused => "warn",
        BroadcastState::Draft | BroadcastState::Scheduled | BroadcastState::Cancelled => "",
    }
}

/// What is to be known of it in the list.
fn about(record: &BroadcastRecord) -> String {
    let standing = &record.standing;
    match standing.state {
        BroadcastState::Draft => goes(&record.plan.when),
        BroadcastState::Scheduled => standing
            .starts_at
            .map_or_else(String::new, |at| format!("starts {}", shown::utc(at))),
        BroadcastState::Paused => standing.why.clone().unwrap_or_default(),
        BroadcastState::Running | BroadcastState::Waiting => {
            let stages = record.plan.stages.percents.len();
            format!("stage {} of {stages}", standing.stage.saturating_add(1))
        }
        BroadcastState::Finished | BroadcastState::Cancelled => String::new(),
    }
}

/// When it goes, as a sentence.
fn goes(when: &When) -> String {
    match when {
        When::Now => "goes when it is started".to_owned(),
        When::At(at) => format!("goes at {}", shown::utc(*at)),
        When::Local { time, past } => {
            let over = match past {
                Past::Send => "at once",
                Past::Skip => "not at all",
            };
            format!(
                "goes at {} of each member’s own day; where that is over, {over}",
                time.strftime("%Y-%m-%d %H:%M")
            )
        }
    }
}
