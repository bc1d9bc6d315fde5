//! Members: all, found by name, number or e-mail address, or those whom conditions mean.

pub(super) mod export;
pub(super) mod import;
mod newcomers;
mod uploaded;

use askama::Template;
use axum::response::Response;
use domain::audience::Filter;
use domain::{MemberId, PhoneNumber, Role};
use engine::EngineError;
use engine::audience::AudienceMember;
use http::StatusCode;
use serde::Deserialize;
use store::questions::{FindMembers, Members};
use store::records::Member;
use ui::Page;

use super::filters::{Fault, FilterForm, in_words};
use super::guard::OnDuty;
use super::{segments, shown, trouble};
use crate::State;
use crate::people::html_as;
use crate::query::Asked;

/// How many members a page has.
const LISTED: u32 = 50;

/// The longest text that is looked for.
const WORDS_MAX: usize = 80;

/// The list.
const HOME: &str = "/admin/members";

/// Whom to find: by words, or by conditions.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    before: Option<String>,
    after: Option<String>,
    #[serde(flatten)]
    filter: FilterForm,
}

struct Listed {
    id: String,
    name: String,
    phone: String,
    language: String,
    programme: String,
    zone: String,
    prefers: &'static str,
    window_open: bool,
    since: String,
}

/// What is listed, and where it goes on.
struct Listing {
    lines: Vec<Listed>,
    next: Option<String>,
    /// Whom conditions mean, in words; empty where there are none.
    meant: String,
}

#[derive(Template)]
#[template(path = "console-members.html")]
struct Found {
    page: Page,
    q: String,
    token: String,
    may: bool,
    list: Listing,
    segments: Vec<(String, String)>,
    filter: FilterForm,
    /// The conditions by name and value, for a form that saves them.
    said: Vec<(&'static str, String)>,
    programmes: String,
    faults: Vec<Fault>,
}

/// The list, those who were looked for, or those whom conditions mean.
pub(super) async fn find(state: State, on_duty: OnDuty, wanted: Asked<Wanted>) -> Response {
    let wanted = wanted.0;
    let (filter, faults) = match wanted.filter.read() {
        Ok(filter) => (filter, Vec::new()),
        Err(faults) => (Filter::default(), faults),
    };
    let q: String = wanted.q.trim().chars().take(WORDS_MAX).collect();
    let list = if filter.is_everybody() {
        let before = wanted.before.and_then(|id| id.parse().ok());
        found(&state, &on_duty, &q, before).await
    } else {
        let after = wanted.after.and_then(|id| id.parse().ok());
        meant(&state, &on_duty, &filter, &wanted.filter, after).await
    };
    let mut list = match list {
        Ok(list) => list,
        Err(error) => return trouble(error, HOME),
    };
    let all = match state.engine().segments().await {
        Ok(all) => all,
        Err(error) => return trouble(error, HOME),
    };
    let library = match state.engine().programmes().await {
        Ok(library) => library,
        Err(error) => return trouble(error.into(), HOME),
    };
    for line in &mut list.lines {
        line.programme = library.named(&line.programme).to_owned();
    }
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = Found {
        page: on_duty.page("Members", HOME),
        may: on_duty.may(Role::Coach),
        token: on_duty.token(),
        list,
        segments: all
            .into_iter()
            .map(|one| (one.id.to_string(), one.name))
            .collect(),
        said: wanted.filter.said(),
        filter: wanted.filter,
        programmes: segments::offered(&library),
        faults,
        q,
    };
    html_as(status, &page)
}

/// All, the newest first, or those who are called or reached like that.
async fn found(
    state: &State,
    on_duty: &OnDuty,
    q: &str,
    before: Option<MemberId>,
) -> Result<Listing, EngineError> {
    let ask = state.engine().ask();
    let limit = LISTED + 1;
    let listed_with = |phone| Members {
        phone,
        before,
        limit,
    };
    let text = as_kept(q);
    // Whoever sees only the ends of numbers finds somebody by a whole one, and nobody by a piece.
    let by_number = !on_duty.may(Role::Coach) && !q.is_empty() && is_number(q);
    let mut found = match text.parse::<PhoneNumber>() {
        Ok(phone) if by_number => ask.question(listed_with(Some(phone))).await?,
        Err(_) if by_number => Vec::new(),
        _ if q.is_empty() => ask.question(listed_with(None)).await?,
        _ => {
            let find = FindMembers {
                text,
                before,
                limit,
            };
            ask.question(find).await?
        }
    };
    let more = found.len() > LISTED as usize;
    found.truncate(LISTED as usize);
    let next = found.last().filter(|_| more).map(|last| {
        let last = last.profile.id.to_string();
        address(&[("q", q.to_owned()), ("before", last)])
    });
    Ok(Listing {
        lines: found.iter().map(|one| listed(on_duty, one)).collect(),
        next,
        meant: String::new(),
    })
}

/// Those whom conditions mean, in the order of their ids.
async fn meant(
    state: &State,
    on_duty: &OnDuty,
    filter: &Filter,
    form: &FilterForm,
    after: Option<MemberId>,
) -> Result<Listing, EngineError> {
    let found = state.engine().audience(filter, after, LISTED).await?;
    let next = found.next.map(|last| {
        let mut said = form.said();
        said.push(("after", last.to_string()));
        address(&said)
    });
    Ok(Listing {
        lines: found.members.iter().map(|one| line(on_duty, one)).collect(),
        next,
        meant: in_words(filter),
    })
}

fn address(query: &[(&'static str, String)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    format!("{HOME}?{query}")
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
        language: profile.locale.clone(),
        programme: profile.programme.clone(),
        zone: profile.time_zone.clone(),
        prefers: profile.preferred_channel.map_or("", shown::channel),
        window_open: false,
        since: shown::machine(member.created_at),
    }
}

fn line(on_duty: &OnDuty, one: &AudienceMember) -> Listed {
    Listed {
        id: one.id.to_string(),
        name: name(one.name.as_str()),
        phone: on_duty.number(&one.phone),
        language: one.locale.clone(),
        programme: one.programme.clone(),
        zone: one.time_zone.clone(),
        prefers: one.preferred_channel.map_or("", shown::channel),
        window_open: one.window_open,
        since: shown::machine(one.joined_at),
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
