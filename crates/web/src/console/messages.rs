//! The message log: all messages, the newest first, by how they stand, channel and kind.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::response::Response;
use domain::{Channel, Direction, Kind, MemberId, PlaceState};
use engine::explain::status_word;
use serde::Deserialize;
use store::Seq;
use store::StoreError;
use store::questions::{Messages, NamesOf};
use store::records::MessageRecord;
use ui::Page;

use super::choice::{Choice, choices};
use super::guard::OnDuty;
use super::members::name;
use super::{html, shown, trouble};
use crate::State;
use crate::query::Asked;

/// How many a page has.
const LISTED: u32 = 100;

/// How many letters of a text are shown.
const WORDS_MAX: usize = 90;

/// How messages can stand, with the word the store keeps and what it is called here.
const STATUSES: [(&str, &str); 13] = [
    ("", "any state"),
    ("waiting", "queued"),
    ("held", "held"),
    ("begun", "sending"),
    ("awaiting_receipt", "waiting for a receipt"),
    ("sent", "sent"),
    ("delivered", "delivered"),
    ("read", "read"),
    ("failed", "failed"),
    ("undelivered", "undelivered"),
    ("suppressed", "suppressed"),
    ("expired", "expired"),
    ("unconfirmed", "unconfirmed"),
];

/// Which messages.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    status: Option<String>,
    channel: Option<String>,
    kind: Option<String>,
    reason: Option<String>,
    before: Option<String>,
}

struct Line {
    id: String,
    member: String,
    who: String,
    at: String,
    utc: String,
    ours: bool,
    channel: &'static str,
    kind: String,
    text: String,
    status: String,
    tone: &'static str,
    reason: String,
}

#[derive(Template)]
#[template(path = "console-messages.html")]
struct Log {
    page: Page,
    statuses: Vec<Choice>,
    channels: Vec<Choice>,
    kinds: Vec<Choice>,
    /// The reason that is looked for, as a code and in words.
    reason: Option<(String, String)>,
    lines: Vec<Line>,
    next: Option<String>,
}

/// The page. A filter that is none is none.
pub(super) async fn show(state: State, on_duty: OnDuty, which: Asked<Which>) -> Response {
    let which = which.0;
    let status = which.status.unwrap_or_default();
    let known = STATUSES.iter().any(|(word, _)| *word == status);
    let channel = which.channel.and_then(|word| word.parse::<Channel>().ok());
    let kind = which.kind.and_then(|word| word.parse::<Kind>().ok());
    let reason = which.reason.filter(|reason| !reason.is_empty());
    let asked = Messages {
        status: Some(status.clone()).filter(|word| known && !word.is_empty()),
        channel,
        kind,
        reason: reason.clone(),
        before: which.before.and_then(|text| text.parse().ok()).map(Seq),
        limit: LISTED + 1,
        ..Messages::default()
    };
    let mut found = match state.engine().ask().question(asked).await {
        Ok(found) => found,
        Err(error) => return trouble(error.into(), "/admin/messages"),
    };
    let more = found.len() > LISTED as usize;
    found.truncate(LISTED as usize);
    let next = found.last().filter(|_| more).map(|last| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("status", &status)
            .append_pair("channel", channel.map_or("", Channel::as_str))
            .append_pair("kind", kind.map_or("", Kind::as_str))
            .append_pair("reason", reason.as_deref().unwrap_or_default())
            .append_pair("before", &last.seq.0.to_string())
            .finish();
        format!("/admin/messages?{query}")
    });
    let names = match names_of(&state, &found).await {
        Ok(names) => names,
        Err(error) => return trouble(error.into(), "/admin/messages"),
    };
    let [(_, any_status), statuses @ ..] = STATUSES;
    let statuses = statuses.map(|(word, label)| (word.to_owned(), label.to_owned()));
    let channels = Channel::ALL.iter();
    let channels = channels.map(|one| (one.as_str().to_owned(), shown::channel(*one).to_owned()));
    let kinds = Kind::ALL.iter();
    let kinds = kinds.map(|one| (one.as_str().to_owned(), shown::words(one.as_str())));
    html(&Log {
        page: on_duty.page("Messages", "/admin/messages"),
        statuses: choices(any_status, statuses, &status),
        channels: choices("any channel", channels, channel.map_or("", Channel::as_str)),
        kinds: choices("any kind", kinds, kind.map_or("", Kind::as_str)),
        reason: reason.map(|code| {
            let words = shown::words(&code);
            (code, words)
        }),
        lines: found.iter().map(|one| line(one, &names)).collect(),
        next,
    })
}

/// What the members of some messages are called.
async fn names_of(
    state: &State,
    messages: &[MessageRecord],
) -> Result<BTreeMap<MemberId, String>, StoreError> {
    let members: BTreeSet<MemberId> = messages.iter().map(|one| one.member).collect();
    let members: Vec<MemberId> = members.into_iter().collect();
    let asked = NamesOf {
        members: members.clone(),
    };
    let names = state.engine().ask().question(asked).await?;
    let names = names
        .into_iter()
        .map(|called| called.map_or_else(String::new, |called| name(called.as_str())));
    Ok(members.into_iter().zip(names).collect())
}

fn line(record: &MessageRecord, names: &BTreeMap<MemberId, String>) -> Line {
    let ours = record.direction == Direction::Outbound;
    let status = if ours {
        status_word(record.status, record.place)
    } else {
        "received"
    };
    let hides = record.kind == Some(Kind::LoginCode);
    let text = record.text.as_str().replace('\n', " ");
    let mut words: String = text.chars().take(WORDS_MAX).collect();
    if words.len() < text.len() {
        words.push('…');
    }
    // A reason says why it is held or ended; of what went on it is history.
    let tells = record.place == Some(PlaceState::Held) || shown::tone(status) != "ok";
    Line {
        id: record.id.to_string(),
        member: record.member.to_string(),
        who: names.get(&record.member).cloned().unwrap_or_default(),
        at: shown::machine(record.created_at),
        utc: shown::utc(record.created_at),
        ours,
        channel: record.channel.map_or("", shown::channel),
        kind: shown::kind(record.kind),
        text: if hides {
            "A code to log in.".to_owned()
        } else {
            words
        },
        status: shown::words(status),
        tone: shown::tone(status),
        reason: record
            .reason
            .as_deref()
            .filter(|_| tells)
            .map_or_else(String::new, shown::words),
    }
}
