//! The log: who changed what, the newest first.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use store::questions::AuditLog;
use store::records::AuditRecord;
use ui::Page;

use super::guard::OnDuty;
use super::{html, shown, trouble};
use crate::State;
use crate::query::Asked;

/// How many a page has.
const LISTED: u32 = 100;

/// From where on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct From {
    before: Option<String>,
}

struct Line {
    at: String,
    utc: String,
    actor: String,
    action: String,
    subject: String,
    /// Where the subject is shown; empty for nowhere.
    href: String,
    before: String,
    after: String,
}

#[derive(Template)]
#[template(path = "console-audit.html")]
struct Log {
    page: Page,
    lines: Vec<Line>,
    next: Option<String>,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty, from: Asked<From>) -> Response {
    let before = from.0.before.and_then(|id| id.parse().ok());
    let asked = AuditLog {
        member: None,
        before,
        limit: LISTED + 1,
    };
    let mut found = match state.engine().audit_log(asked).await {
        Ok(found) => found,
        Err(error) => return trouble(error, "/admin"),
    };
    let more = found.len() > LISTED as usize;
    found.truncate(LISTED as usize);
    html(&Log {
        page: on_duty.page("Log", "/admin/audit"),
        next: found
            .last()
            .filter(|_| more)
            .map(|last| format!("/admin/audit?before={}", last.id)),
        lines: found.iter().map(line).collect(),
    })
}

fn line(record: &AuditRecord) -> Line {
    let entry = &record.entry;
    let subject = entry.subject.clone();
    let first = subject.split(' ').next().unwrap_or_default();
    let href = match first.split_once('_') {
        Some(("mem", _)) => format!("/admin/members/{first}"),
        Some(("msg", _)) => format!("/admin/messages/{first}"),
        _ => String::new(),
    };
    Line {
        at: shown::machine(record.at),
        utc: shown::utc(record.at),
        actor: entry.actor.clone(),
        action: shown::words(&entry.action),
        subject,
        href,
        before: entry.before.clone(),
        after: entry.after.clone(),
    }
}
