//! Queues: what waits and for what, what ended badly, and what went out without an answer.

pub(super) mod dead;

use askama::Template;
use axum::response::Response;
use domain::{PlaceState, Timestamp};
use engine::EngineError;
use engine::dead_letters::{
    DeadCount, LOOKED_AT, Waiting, WaitingGroup, capital, days_before, meaning,
};
use engine::explain::sentence_of;
use serde::Deserialize;
use store::questions::{MessageById, Messages};
use store::records::MessageDetail;
use ui::Page;

use super::guard::OnDuty;
use super::{html, shown, trouble};
use crate::State;
use crate::query::Asked;

/// The spans one can look at what ended badly over, in days.
const SPANS: [u32; 2] = [7, 30];

/// How many that went out without an answer are shown with their evidence.
const UNCONFIRMED_SHOWN: u32 = 20;

/// Over which days.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    days: Option<String>,
}

/// What waits for the same thing.
struct Group {
    what: String,
    todo: &'static str,
    places: String,
    lanes: u64,
    since: String,
    age: String,
    until: Option<(String, String)>,
    href: String,
}

/// What ended badly in the same way.
struct Dead {
    what: String,
    todo: &'static str,
    status: String,
    tone: &'static str,
    code: String,
    count: String,
    at: String,
    age: String,
    href: String,
}

/// A message of which nobody knows whether it went.
struct Unconfirmed {
    id: String,
    member: String,
    kind: String,
    begun: String,
    begun_utc: String,
    heard: String,
    decided: String,
    decided_utc: String,
    after: &'static str,
}

struct Span {
    days: u32,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "console-queues.html")]
struct Queues {
    page: Page,
    states: Vec<(&'static str, String)>,
    groups: Vec<Group>,
    /// How many places the groups were made of, where there are more.
    cut_at: Option<String>,
    left: u64,
    spans: Vec<Span>,
    days: u32,
    dead: Vec<Dead>,
    dead_cut_at: Option<String>,
    unconfirmed: Vec<Unconfirmed>,
    more_unconfirmed: u64,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty, which: Asked<Which>) -> Response {
    match template(&state, &on_duty, days_of(which.0.days.as_deref())).await {
        Ok(template) => html(&template),
        Err(error) => trouble(error, "/admin"),
    }
}

fn days_of(text: Option<&str>) -> u32 {
    let days = text.and_then(|text| text.parse().ok());
    days.filter(|days| SPANS.contains(days)).unwrap_or(SPANS[0])
}

async fn template(state: &State, on_duty: &OnDuty, days: u32) -> Result<Queues, EngineError> {
    let engine = state.engine();
    let now = engine.clock().now();
    let waiting = engine.waiting_now().await?;
    let stats = engine.stats().await?;
    let since = days_before(now, days);
    let counts = engine.dead_counts(since).await?;
    let seen: u64 = counts.iter().map(|one| one.count).sum();
    let open = in_state(&waiting, PlaceState::Unconfirmed);
    let unconfirmed = if open == 0 {
        Vec::new()
    } else {
        unconfirmed(state).await?
    };
    let all: u64 = waiting.by_state.iter().map(|(_, count)| count).sum();
    Ok(Queues {
        page: on_duty.page("Queues", "/admin/queues"),
        states: waiting
            .by_state
            .iter()
            .map(|(state, count)| (state_word(*state), grouped(*count)))
            .collect(),
        groups: waiting.groups.iter().map(|one| group(one, now)).collect(),
        cut_at: (waiting.looked_at < all).then(|| grouped(waiting.looked_at)),
        left: stats.left_to_people,
        spans: SPANS
            .iter()
            .map(|span| Span {
                days: *span,
                chosen: *span == days,
            })
            .collect(),
        days,
        dead: counts.iter().map(|one| dead(one, days, now)).collect(),
        dead_cut_at: (seen >= u64::from(LOOKED_AT)).then(|| grouped(u64::from(LOOKED_AT))),
        more_unconfirmed: open.saturating_sub(unconfirmed.len() as u64),
        unconfirmed,
    })
}

fn in_state(waiting: &Waiting, state: PlaceState) -> u64 {
    let found = waiting.by_state.iter().find(|(known, _)| *known == state);
    found.map_or(0, |(_, count)| *count)
}

const fn state_word(state: PlaceState) -> &'static str {
    match state {
        PlaceState::Waiting => "wait for their turn",
        PlaceState::Held => "are held",
        PlaceState::Begun => "are being sent",
        PlaceState::AwaitingReceipt => "wait for a receipt",
        PlaceState::Unconfirmed => "went out without an answer",
        PlaceState::Ended => "are over",
    }
}

/// What a group waits for, and what somebody can do about it.
fn what(group: &WaitingGroup) -> (String, &'static str) {
    let why = group.why.as_deref().unwrap_or_default();
    match group.state {
        PlaceState::Begun => (
            "the provider is being asked right now".to_owned(),
            "Nothing: this takes seconds.",
        ),
        PlaceState::AwaitingReceipt => (
            "the phone has not confirmed the one before".to_owned(),
            "Nothing: a lane keeps its order, and goes on when the receipt comes or its patience is over.",
        ),
        PlaceState::Unconfirmed => (
            "the provider gave no answer".to_owned(),
            "Nothing: evidence is asked for. It is not sent again blindly.",
        ),
        PlaceState::Ended => ("it is over".to_owned(), "Nothing."),
        PlaceState::Waiting => match (why, group.is_later) {
            ("", false) => (
                "their turn".to_owned(),
                "Nothing, unless the oldest is old: then more is asked for than our pace or the provider takes.",
            ),
            ("", true) => (
                "the time they are to go at".to_owned(),
                "Nothing: it was asked for like that.",
            ),
            ("unconfirmed", _) => (
                "a second try: the first had no answer".to_owned(),
                "Nothing: their kind says that a repeat does less harm than silence.",
            ),
            (_, true) => (
                "the next try, after one that failed for now".to_owned(),
                "Nothing to do, unless there are many: then look how the provider is.",
            ),
            (_, false) => (
                "their turn, after a try that failed for now".to_owned(),
                "Nothing to do.",
            ),
        },
        PlaceState::Held => {
            let sentence = sentence_of(why).unwrap_or_else(|| shown::words(why));
            (sentence, held_todo(why))
        }
    }
}

fn held_todo(why: &str) -> &'static str {
    match why {
        "everything_switched_off"
        | "kind_switched_off"
        | "queue_switched_off"
        | "channel_switched_off"
        | "rolled_back" => "Turn the switch under Switches when the cause is gone.",
        "sender_stopped" => {
            "Mend the cause that Today names, then let our number go on under Switches."
        }
        "budget_spent" => "Raise GYMTEXT_BUDGET, or wait for the next period.",
        "template_not_approved" | "no_template" | "template_variables" => {
            "See Templates: it goes when the template is approved."
        }
        "consent_in_doubt" => "Decide on Today whether they meant stop.",
        "behind_knock" | "window_closed" => {
            "Nothing to do: it goes when they answer, or ends with its day."
        }
        _ => "Nothing to do: it goes by itself.",
    }
}

/// Where messages of a state are listed.
const fn listed(state: PlaceState) -> &'static str {
    match state {
        PlaceState::Waiting => "waiting",
        PlaceState::Held => "held",
        PlaceState::Begun => "begun",
        PlaceState::AwaitingReceipt => "awaiting_receipt",
        PlaceState::Unconfirmed | PlaceState::Ended => "unconfirmed",
    }
}

fn group(group: &WaitingGroup, now: Timestamp) -> Group {
    let (what, todo) = what(group);
    let due = match (group.due_first, group.due_last) {
        (Some(first), Some(last)) if first > now || last > now => {
            Some((shown::machine(first.max(now)), shown::utc(first.max(now))))
        }
        _ => None,
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("status", listed(group.state))
        .append_pair("reason", group.why.as_deref().unwrap_or_default())
        .finish();
    Group {
        what: capital(&what),
        todo,
        places: grouped(group.places),
        lanes: group.lanes,
        since: shown::machine(group.since),
        age: shown::ago(group.since, now),
        until: due,
        href: format!("/admin/messages?{query}"),
    }
}

fn dead(count: &DeadCount, days: u32, now: Timestamp) -> Dead {
    let group = &count.group;
    let meant = meaning(group, group.error_code.and_then(error_words));
    Dead {
        what: meant.what,
        todo: meant.todo,
        status: group.status.to_string(),
        tone: shown::tone(group.status.as_str()),
        code: group
            .error_code
            .map_or_else(String::new, |code| code.to_string()),
        count: grouped(count.count),
        at: shown::machine(count.newest),
        age: shown::ago(count.newest, now),
        href: dead::href(group, days),
    }
}

/// What a provider's code means, in our words.
pub(super) fn error_words(code: u32) -> Option<&'static str> {
    providers::twilio::errors::row(code).map(|row| row.meaning)
}

/// A number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// Those that went out without an answer, with what is known of each.
async fn unconfirmed(state: &State) -> Result<Vec<Unconfirmed>, EngineError> {
    let engine = state.engine();
    let asked = Messages {
        status: Some("awaiting_evidence".into()),
        limit: UNCONFIRMED_SHOWN,
        ..Messages::default()
    };
    let found = engine.ask().question(asked).await?;
    let mut all = Vec::with_capacity(found.len());
    for record in found {
        let id = record.id;
        if let Some(detail) = engine.ask().question(MessageById { id }).await? {
            all.extend(evidence(state, &detail));
        }
    }
    Ok(all)
}

fn evidence(state: &State, detail: &MessageDetail) -> Option<Unconfirmed> {
    let record = &detail.record;
    let attempt = detail.attempts.last()?;
    let decided =
        attempt.settled_at.unwrap_or(attempt.begun_at) + state.engine().settings().quiet_period;
    let silence = attempt.error.as_deref().unwrap_or("no usable answer came");
    let mut heard = vec![format!(
        "attempt {} by {}: {silence}",
        attempt.number,
        shown::channel(attempt.channel)
    )];
    let receipts: Vec<&str> = detail
        .receipts
        .iter()
        .map(|one| one.word.as_str())
        .collect();
    heard.push(match (receipts.is_empty(), &attempt.provider_message_id) {
        (false, _) => format!("receipts heard: {}", receipts.join(", ")),
        (true, Some(id)) => format!("the provider is asked about {id}; no receipt yet"),
        (true, None) => "no receipt; the provider’s own list is looked through for it".to_owned(),
    });
    let resends = record
        .kind
        .is_some_and(domain::Kind::resends_when_unconfirmed);
    Some(Unconfirmed {
        id: record.id.to_string(),
        member: record.member.to_string(),
        kind: shown::kind(record.kind),
        begun: shown::machine(attempt.begun_at),
        begun_utc: shown::utc(attempt.begun_at),
        heard: heard.join("; "),
        decided: shown::machine(decided),
        decided_utc: shown::utc(decided),
        after: if resends {
            "Not sent again before: the member may have it. After that this kind goes once more, marked as a possible repeat."
        } else {
            "Not sent again: the member may have it, and for this kind twice is worse than not at all."
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn the_span_is_one_of_those_there_are() {
        assert_eq!(days_of(Some("30")), 30);
        assert_eq!(days_of(Some("9000")), 7);
        assert_eq!(days_of(None), 7);
    }
}
