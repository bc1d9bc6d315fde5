//! What came of a broadcast for each member of its audience.

use askama::Template;
use axum::response::Response;
use domain::MemberId;
use engine::broadcasts::{BroadcastMemberRecord, PASSED_OVER, TO_COME};
use serde::Deserialize;
use store::questions::BroadcastMembers;
use ui::Page;

use super::HOME;
use crate::State;
use crate::api::broadcasts::BroadcastInPath;
use crate::console::guard::OnDuty;
use crate::console::{html, shown, trouble};
use crate::query::Asked;

/// How many a page has.
const LISTED: u32 = 100;

/// How they can stand.
const STATES: [&str; 14] = [
    TO_COME,
    PASSED_OVER,
    "waiting",
    "held",
    "pending",
    "accepted",
    "sent",
    "delivered",
    "read",
    "failed",
    "undelivered",
    "suppressed",
    "expired",
    "cancelled",
];

/// Which of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Which {
    state: Option<String>,
    after: Option<String>,
}

struct Line {
    member: String,
    message: Option<String>,
    status: String,
    tone: &'static str,
    reason: String,
    channel: &'static str,
    stage: String,
}

#[derive(Template)]
#[template(path = "console-broadcast-members.html")]
struct Members {
    page: Page,
    id: String,
    name: String,
    states: Vec<(&'static str, String, bool)>,
    lines: Vec<Line>,
    next: Option<String>,
}

/// The list.
pub(in crate::console) async fn show(
    state: State,
    on_duty: OnDuty,
    id: BroadcastInPath,
    which: Asked<Which>,
) -> Response {
    let wanted = which.0.state.unwrap_or_default();
    let status = STATES.into_iter().find(|one| *one == wanted);
    let after = which.0.after.as_deref().and_then(place);
    let question = BroadcastMembers {
        id: id.0,
        status: status.map(ToOwned::to_owned),
        after,
        limit: LISTED + 1,
    };
    let engine = state.engine();
    let record = match engine.broadcast(id.0).await {
        Ok(record) => record,
        Err(error) => return trouble(error, HOME),
    };
    let mut found = match engine.broadcast_members(question).await {
        Ok(found) => found,
        Err(error) => return trouble(error, HOME),
    };
    let more = found.len() > LISTED as usize;
    found.truncate(LISTED as usize);
    let next = found.last().filter(|_| more).map(|last| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("state", status.unwrap_or(""))
            .append_pair("after", &format!("{}.{}", last.position, last.member))
            .finish();
        format!("{HOME}/{}/members?{query}", id.0)
    });
    html(&Members {
        page: on_duty.page(record.plan.name.clone(), HOME),
        id: record.id.to_string(),
        name: record.plan.name,
        states: std::iter::once(("", "everybody".to_owned(), status.is_none()))
            .chain(
                STATES
                    .into_iter()
                    .map(|one| (one, shown::words(one), status == Some(one))),
            )
            .collect(),
        lines: found.iter().map(line).collect(),
        next,
    })
}

/// A place in the order, as a link says it.
fn place(text: &str) -> Option<(i64, MemberId)> {
    let (position, member) = text.split_once('.')?;
    Some((position.parse().ok()?, member.parse().ok()?))
}

fn line(one: &BroadcastMemberRecord) -> Line {
    Line {
        member: one.member.to_string(),
        message: one.message.map(|id| id.to_string()),
        status: shown::words(&one.status),
        tone: match one.status.as_str() {
            PASSED_OVER => "warn",
            other => shown::tone(other),
        },
        reason: one.reason.as_deref().map_or_else(String::new, shown::words),
        channel: one.channel.map_or("", shown::channel),
        stage: one
            .stage
            .map_or_else(String::new, |stage| (stage.saturating_add(1)).to_string()),
    }
}
