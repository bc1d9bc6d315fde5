//! Members, found by name, number or e-mail address.

pub(super) mod export;
pub(super) mod import;
mod uploaded;

use askama::Template;
use axum::response::Response;
use domain::{MemberId, PhoneNumber, Role};
use serde::Deserialize;
use store::questions::{FindMembers, Members};
use store::records::Member;
use ui::Page;

use super::guard::OnDuty;
use super::{html, shown, trouble};
use crate::State;
use crate::query::Asked;

/// How many members a page has.
const LISTED: u32 = 50;

/// The longest text that is looked for.
const WORDS_MAX: usize = 80;

/// Whom to find.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: Option<String>,
    before: Option<String>,
}

struct Listed {
    id: String,
    name: String,
    phone: String,
    programme: String,
    zone: String,
    since: String,
}

#[derive(Template)]
#[template(path = "console-members.html")]
struct Found {
    page: Page,
    q: String,
    token: String,
    may: bool,
    list: Vec<Listed>,
    next: Option<String>,
}

/// The list, or those who were looked for.
pub(super) async fn find(state: State, on_duty: OnDuty, wanted: Asked<Wanted>) -> Response {
    let wanted = wanted.0;
    let q: String = wanted
        .q
        .unwrap_or_default()
        .trim()
        .chars()
        .take(WORDS_MAX)
        .collect();
    let before = wanted.before.and_then(|id| id.parse::<MemberId>().ok());
    let ask = state.engine().ask();
    let limit = LISTED + 1;
    let listed_with = |phone| Members {
        phone,
        before,
        limit,
    };
    let text = as_kept(&q);
    // Whoever sees only the ends of numbers finds somebody by a whole one, and nobody by a piece.
    let by_number = !on_duty.may(Role::Coach) && !q.is_empty() && is_number(&q);
    let found = match text.parse::<PhoneNumber>() {
        Ok(phone) if by_number => ask.question(listed_with(Some(phone))).await,
        Err(_) if by_number => Ok(Vec::new()),
        _ if q.is_empty() => ask.question(listed_with(None)).await,
        _ => {
            let find = FindMembers {
                text,
                before,
                limit,
            };
            ask.question(find).await
        }
    };
    let mut found = match found {
        Ok(found) => found,
        Err(error) => return trouble(error.into(), "/admin/members"),
    };
    let more = found.len() > LISTED as usize;
    found.truncate(LISTED as usize);
    let next = found.last().filter(|_| more).map(|last| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &q)
            .append_pair("before", &last.profile.id.to_string())
            .finish();
        format!("/admin/members?{query}")
    });
    html(&Found {
        page: on_duty.page("Members", "/admin/members"),
        list: found.iter().map(|one| listed(&on_duty, one)).collect(),
        may: on_duty.may(Role::Coach),
        token: on_duty.token(),
        q,
        next,
    })
}

/// A number is kept without what people write between its digits.
fn as_kept(q: &str) -> String {
    if is_number(q) {
        q.chars()
            .filter(|c| c.is_ascii_digit() || *c == '+')
            .collect()
    } else {
        q.to_owned()
    }
}

fn is_number(q: &str) -> bool {
    q.chars()
        .all(|c| c.is_ascii_digit() || " +-().".contains(c))
}

fn listed(on_duty: &OnDuty, member: &Member) -> Listed {
    let profile = &member.profile;
    Listed {
        id: profile.id.to_string(),
        name: name(profile.name.as_str()),
        phone: on_duty.number(&profile.phone),
        programme: profile.programme.clone(),
        zone: profile.time_zone.clone(),
        since: shown::machine(member.created_at),
    }
}

/// What somebody is called; some gave no name.
pub(super) fn name(name: &str) -> String {
    if name.trim().is_empty() {
        "(no name)".to_owned()
    } else {
        name.to_owned()
    }
}
