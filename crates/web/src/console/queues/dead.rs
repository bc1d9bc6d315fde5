//! Messages that ended badly in the same way: what the planner would do with them now, and trying them again or leaving them.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Role, Timestamp};
use engine::EngineError;
use engine::dead_letters::{DeadGroup, DeadLetter, DeadWork, Lot, days_before, meaning};
use http::StatusCode;
use serde::Deserialize;
use store::Seq;
use ui::Page;

use super::super::guard::{OnDuty, Posted};
use super::super::{html, refused, shown, trouble};
use super::{error_words, grouped};
use crate::State;
use crate::query::Asked;

/// How many of a group a page has.
const LISTED: u32 = 50;

/// The longest span, in days.
const DAYS_MAX: u32 = 60;

/// Which group, and what of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Asks {
    status: String,
    reason: String,
    code: String,
    days: String,
    /// When somebody looked, in microseconds; what ended later is not meant.
    until: String,
    /// From where on it is listed.
    before: String,
    /// What is done: `retry` or `leave`.
    what: String,
    /// Before which number it goes on, and how many it was done with.
    onward: String,
    done: String,
}

impl Asks {
    fn group(&self) -> Option<DeadGroup> {
        Some(DeadGroup {
            status: self.status.parse().ok()?,
            reason: Some(self.reason.clone()).filter(|reason| !reason.is_empty()),
            error_code: self.code.parse().ok(),
        })
    }

    fn days(&self) -> u32 {
        let days = self.days.parse().unwrap_or(7);
        days.clamp(1, DAYS_MAX)
    }

    fn lot(&self, now: Timestamp) -> Option<Lot> {
        let until = self.until.parse().map(Timestamp::from_micros);
        let until = until.unwrap_or(now).min(now);
        Some(Lot {
            group: self.group()?,
            since: days_before(until, self.days()),
            until,
        })
    }

    fn work(&self) -> Option<DeadWork> {
        match self.what.as_str() {
            "retry" => Some(DeadWork::Retry),
            "leave" => Some(DeadWork::Leave),
            _ => None,
        }
    }

    fn onward(&self) -> Option<Seq> {
        self.onward.parse().ok().map(Seq)
    }
}

/// Where a group is shown.
pub(super) fn href(group: &DeadGroup, days: u32) -> String {
    let code = group
        .error_code
        .map_or_else(String::new, |code| code.to_string());
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("status", group.status.as_str())
        .append_pair("reason", group.reason.as_deref().unwrap_or_default())
        .append_pair("code", &code)
        .append_pair("days", &days.to_string())
        .finish();
    format!("/admin/queues/dead?{query}")
}

struct Line {
    id: String,
    member: String,
    at: String,
    utc: String,
    kind: String,
    channel: &'static str,
}

/// What the planner would do, in words.
struct Told {
    tone: &'static str,
    count: u32,
    what: String,
}

#[derive(Template)]
#[template(path = "console-dead.html")]
struct Group {
    page: Page,
    token: String,
    may: bool,
    what: String,
    todo: &'static str,
    may_help: bool,
    status: String,
    tone: &'static str,
    reason: String,
    code: String,
    days: u32,
    until: i64,
    count: u64,
    told_count: String,
    asked: u32,
    outlook: Vec<Told>,
    lines: Vec<Line>,
    next: Option<String>,
    /// What was done, and where it goes on.
    done: Option<String>,
    done_count: u64,
    onward: Option<i64>,
    goes_on: &'static str,
}

/// The page of a group.
pub(in super::super) async fn show(state: State, on_duty: OnDuty, asks: Asked<Asks>) -> Response {
    match template(&state, &on_duty, &asks.0).await {
        Ok(Some(template)) => html(&template),
        Ok(None) => unknown(),
        Err(error) => trouble(error, "/admin/queues"),
    }
}

fn unknown() -> Response {
    refused(
        StatusCode::NOT_FOUND,
        "There is no such group of messages.",
        "Nothing was changed.",
        "/admin/queues",
    )
}

async fn template(
    state: &State,
    on_duty: &OnDuty,
    asks: &Asks,
) -> Result<Option<Group>, EngineError> {
    let engine = state.engine();
    let now = engine.clock().now();
    let Some(lot) = asks.lot(now) else {
        return Ok(None);
    };
    let group = &lot.group;
    let counts = engine.dead_counts(lot.since).await?;
    let count = counts.iter().find(|one| one.group == *group);
    let count = count.map_or(0, |one| one.count);
    let before = asks.before.parse().ok().map(Seq);
    let mut letters = engine.dead_letters(&lot, before, LISTED + 1).await?;
    let more = letters.len() > LISTED as usize;
    letters.truncate(LISTED as usize);
    let next = letters.last().filter(|_| more).map(|last| {
        let base = href(group, asks.days());
        format!("{base}&before={}", last.message.seq.0)
    });
    let (asked, outlook) = engine.outlook(&lot).await?;
    let meant = meaning(group, group.error_code.and_then(error_words));
    let done: Option<u64> = asks.done.parse().ok();
    let onward = asks.onward().map(|seq| seq.0);
    let verb = match asks.work() {
        Some(DeadWork::Leave) => "left as they are",
        _ => "back in their lanes",
    };
    Ok(Some(Group {
        page: on_duty.page("What ended badly", "/admin/queues"),
        token: on_duty.token(),
        may: on_duty.may(Role::Coach),
        what: meant.what,
        todo: meant.todo,
        may_help: meant.may_help,
        tone: shown::tone(group.status.as_str()),
        status: group.status.to_string(),
        reason: group.reason.clone().unwrap_or_default(),
        code: group
            .error_code
            .map_or_else(String::new, |code| code.to_string()),
        days: asks.days(),
        until: lot.until.as_micros(),
        told_count: grouped(count),
        count,
        asked,
        outlook: outlook
            .iter()
            .map(|one| {
                let (tone, what) = match one.decision.as_str() {
                    "send" => ("ok", "would be sent now".to_owned()),
                    "hold" => ("warn", format!("would be held: {}", one.why)),
                    _ => ("bad", format!("would not be sent again: {}", one.why)),
                };
                Told {
                    tone,
                    count: one.count,
                    what,
                }
            })
            .collect(),
        lines: letters.iter().map(line).collect(),
        next,
        done: done.map(|done| match (done, onward) {
            (0, _) => "Nothing was left to do: somebody was there before.".to_owned(),
            (_, Some(_)) => format!("{} are {verb}; there are more.", grouped(done)),
            (1, None) => format!("One is {verb}."),
            (_, None) => format!("{} are {verb}.", grouped(done)),
        }),
        done_count: done.unwrap_or(0),
        onward,
        goes_on: match asks.work() {
            Some(DeadWork::Leave) => "leave",
            _ => "retry",
        },
    }))
}

fn line(letter: &DeadLetter) -> Line {
    let record = &letter.message;
    Line {
        id: record.id.to_string(),
        member: record.member.to_string(),
        at: shown::machine(letter.ended_at),
        utc: shown::utc(letter.ended_at),
        kind: shown::kind(record.kind),
        channel: record.channel.map_or("", shown::channel),
    }
}

/// Tries a group again, or leaves it: one press does some thousand at most, and says where it goes on.
pub(in super::super) async fn work(state: State, posted: Posted<Asks>) -> Response {
    let asks = &posted.form;
    let engine = posted.on_duty.engine(&state);
    let Some(lot) = asks.lot(engine.clock().now()) else {
        return unknown();
    };
    let back = href(&lot.group, asks.days());
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let Some(what) = asks.work() else {
        return unknown();
    };
    match engine.work_dead_letters(&lot, what, asks.onward()).await {
        Ok(pressed) => {
            let before: u64 = asks.done.parse().unwrap_or(0);
            let mut query = form_urlencoded::Serializer::new(String::new());
            query
                .append_pair("what", &asks.what)
                .append_pair("done", &(before + u64::from(pressed.done)).to_string());
            if let Some(before) = pressed.before {
                query
                    .append_pair("onward", &before.0.to_string())
                    .append_pair("until", &lot.until.as_micros().to_string());
            }
            Redirect::to(&format!("{back}&{}", query.finish())).into_response()
        }
        Err(error) => trouble(error, &back),
    }
}
