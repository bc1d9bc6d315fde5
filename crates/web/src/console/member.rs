//! Everything about one member, beginning with what became of today's workout.

mod changing;

use askama::Template;
use axum::response::Response;
use domain::{Channel, ConsentState, MemberId, Purpose, Role, Topic};
use engine::EngineError;
use engine::joining::Language;
use engine::recurring::outcome::Outcome;
use store::questions::{AuditLog, MessageById, Messages};
use store::records::{AuditRecord, Member};
use ui::Page;

use changing::Choices;
pub(super) use changing::{certificate, change as change_member};

use super::guard::OnDuty;
use super::members::name;
use super::notes::{self, NoteShown};
use super::thread::{Bubble, bubble};
use super::{html, shown, trouble};
use crate::State;
use crate::path::MemberInPath;
use crate::people::instant;

/// How many days ahead, messages, ended occurrences and changes are shown.
const DAYS_AHEAD: i32 = 7;
const MESSAGES_SHOWN: u32 = 15;
const ON_RECORD: u32 = 30;
const CHANGES_SHOWN: u32 = 20;

/// The answer to the first question: did they get today's workout, and if not, why.
struct Answered {
    tone: &'static str,
    what: String,
    why: Vec<String>,
    /// The message that tells the rest.
    message: Option<String>,
}

struct Day {
    day: String,
    what: String,
}

struct ConsentShown {
    channel: &'static str,
    tone: &'static str,
    state: &'static str,
    history: Vec<String>,
}

struct Change {
    at: String,
    utc: String,
    what: String,
}

#[derive(Template)]
#[template(path = "console-member.html")]
struct MemberPage {
    page: Page,
    id: String,
    name: String,
    answered: Option<Answered>,
    token: String,
    may: bool,
    notes: Vec<NoteShown>,
    choices: Choices,
    facts: Vec<(String, String)>,
    days: Vec<Day>,
    missed: Vec<Day>,
    consents: Vec<ConsentShown>,
    messages: Vec<Bubble>,
    changes: Vec<Change>,
}

/// One of them.
pub(super) async fn show(state: State, on_duty: OnDuty, id: MemberInPath) -> Response {
    match template(&state, &on_duty, id.0).await {
        Ok(template) => html(&template),
        Err(error) => trouble(error, "/admin/members"),
    }
}

async fn template(
    state: &State,
    on_duty: &OnDuty,
    id: MemberId,
) -> Result<MemberPage, EngineError> {
    let engine = state.engine();
    let member = engine.member(id).await?.member;
    let training = engine.training(id, DAYS_AHEAD, ON_RECORD).await?;
    let certificate = engine.certificate(id).await?;
    let zone = member.profile.time_zone.clone();
    let english = Language::English;
    let messages = engine
        .ask()
        .question(Messages {
            member: Some(id),
            limit: MESSAGES_SHOWN,
            ..Messages::default()
        })
        .await?;
    let changes = engine
        .audit_log(AuditLog {
            member: Some(id),
            before: None,
            limit: CHANGES_SHOWN,
        })
        .await?;
    Ok(MemberPage {
        page: on_duty.page(name(member.profile.name.as_str()), "/admin/members"),
        id: id.to_string(),
        name: name(member.profile.name.as_str()),
        answered: answered(state, &member, &training).await?,
        facts: facts(state, on_duty, &member, &training).await?,
        token: on_duty.token(),
        may: on_duty.may(Role::Coach),
        notes: notes::shown(&engine.notes(id).await?, &zone),
        choices: changing::choices(state, &member).await?,
        days: training
            .days
            .iter()
            .map(|ahead| Day {
                day: ahead.due_at.map_or_else(
                    || ahead.date.to_string(),
                    |due| instant(due, &zone, english),
                ),
                what: match (&ahead.today.workout, ahead.today.why_not()) {
                    (Some(workout), None) => workout.title.clone(),
                    (_, Some(why)) => none(why),
                    (None, None) => "no workout".to_owned(),
                },
            })
            .collect(),
        missed: training
            .record
            .occurrences
            .iter()
            .map(|end| Day {
                day: instant(end.due_at, &zone, english),
                what: none(&end.why),
            })
            .collect(),
        consents: Channel::ALL
            .iter()
            .filter_map(|channel| consent(*channel, &member, &certificate, &zone))
            .collect(),
        messages: messages.iter().map(|one| bubble(one, &zone, &[])).collect(),
        changes: changes.iter().map(change).collect(),
    })
}

/// Why a day has no workout.
pub(super) fn none(why: &str) -> String {
    match why {
        "rest_day" => "a day of rest in their programme".to_owned(),
        "paused" => "they are on a break".to_owned(),
        "not_begun" => "their programme has not begun yet".to_owned(),
        "programme_finished" => "their programme is finished".to_owned(),
        "no_subscription" => "no plan of theirs serves that day".to_owned(),
        "too_soon" => "the one before was less than 12 hours earlier".to_owned(),
        "before_takeover" => {
            "it was due before this service took over, and may have been sent before".to_owned()
        }
        "missed" => "its time passed while nobody could make it".to_owned(),
        "no_such_hour" => "their clock leaves that hour out".to_owned(),
        other => shown::words(other),
    }
}

async fn answered(
    state: &State,
    member: &Member,
    training: &engine::training::Training,
) -> Result<Option<Answered>, EngineError> {
    let engine = state.engine();
    let Some(today) = engine.todays_outcome(member, training).await? else {
        return Ok(None);
    };
    let zone = &member.profile.time_zone;
    let at = |at| instant(at, zone, Language::English);
    let title = today.title.unwrap_or_default();
    let plain = |tone, what: String| Answered {
        tone,
        what,
        why: Vec::new(),
        message: None,
    };
    Ok(Some(match today.outcome {
        Outcome::None(why) => Answered {
            why: break_of(training)
                .filter(|_| why == "paused")
                .into_iter()
                .collect(),
            ..plain("warn", format!("No workout today: {}.", none(&why)))
        },
        Outcome::Due(due) => plain(
            "info",
            format!("Today’s workout, {title}, is due {}.", at(due)),
        ),
        Outcome::Late(due) => plain(
            "bad",
            format!(
                "Today’s workout, {title}, was due {} and is not made yet.",
                at(due)
            ),
        ),
        Outcome::Made(id) => {
            let detail = engine.ask().question(MessageById { id }).await?;
            let detail = detail.ok_or(EngineError::UnknownMessage)?;
            let record = &detail.record;
            let status = engine::explain::status_word(record.status, record.place);
            let explained = engine.explain(id).await?.unwrap_or_default();
            let reasons = explained
                .get("reasons")
                .and_then(serde_json::Value::as_array);
            let sentences = reasons.into_iter().flatten().filter_map(|reason| {
                let sentence = reason.get("sentence")?.as_str()?;
                Some(sentence.to_owned())
            });
            let (tone, what) = match status {
                "delivered" | "read" => ("ok", "arrived"),
                "held" => ("warn", "is held"),
                "queued" | "sending" => ("info", "is on its way"),
                "accepted" | "sent" => ("info", "was sent; the phone has not confirmed it yet"),
                "suppressed" => ("bad", "was not sent"),
                "expired" => ("bad", "was not sent in time"),
                "unconfirmed" => ("warn", "was sent without an answer of the provider"),
                _ => ("bad", "did not arrive"),
            };
            Answered {
                tone,
                what: format!("Today’s workout, {title}, {what}."),
                why: sentences.collect(),
                message: Some(id.to_string()),
            }
        }
    }))
}

/// When the break they are on ends.
fn break_of(training: &engine::training::Training) -> Option<String> {
    let today = training.days.first()?.date;
    let mut pauses = training.enrolment.pauses.iter();
    let pause = pauses
        .find(|pause| pause.from <= today && pause.until.is_none_or(|until| today < until))?;
    let since = pause.from;
    Some(match pause.until {
        Some(until) => format!("Since {since}; they go on on {until}, or when they text BACK."),
        None => format!("Since {since}, until they text BACK."),
    })
}

async fn facts(
    state: &State,
    on_duty: &OnDuty,
    member: &Member,
    training: &engine::training::Training,
) -> Result<Vec<(String, String)>, EngineError> {
    let engine = state.engine();
    let profile = &member.profile;
    let zone = &profile.time_zone;
    let english = Language::English;
    let now = engine.clock().now();
    let mut facts = vec![
        ("Phone".to_owned(), on_duty.number(&profile.phone)),
        ("Their time".to_owned(), instant(now, zone, english)),
        ("Time zone".to_owned(), zone.clone()),
        (
            "Hour".to_owned(),
            format!("{}:00", profile.preferred_send_hour),
        ),
        ("Language".to_owned(), profile.locale.clone()),
        ("Programme".to_owned(), training.name.clone()),
        (
            "Channel".to_owned(),
            profile
                .preferred_channel
                .map_or("as the country has it", shown::channel)
                .to_owned(),
        ),
    ];
    for topic in Topic::ALL {
        if let Some(channel) = profile.preferences.of(*topic) {
            facts.push((
                shown::words(topic.as_str()),
                shown::channel(channel).to_owned(),
            ));
        }
    }
    if let Some(own) = &member.whatsapp_number {
        facts.push(("WhatsApp number".to_owned(), on_duty.number(own)));
    }
    if let Some(email) = &profile.email {
        facts.push(("E-mail".to_owned(), email.clone()));
    }
    if let Some(standing) = engine.subscriptions_of(member).await?.standing {
        let serves = if standing.is_served(now) {
            "serves them"
        } else {
            "does not serve them"
        };
        let until = standing.at().map_or_else(String::new, |at| {
            format!(" until {}", instant(at, zone, english))
        });
        facts.push(("Plan".to_owned(), format!("{serves}{until}")));
    }
    facts.push((
        "Member since".to_owned(),
        instant(member.created_at, zone, english),
    ));
    Ok(facts)
}

fn consent(
    channel: Channel,
    member: &Member,
    certificate: &engine::consents::Certificate,
    zone: &str,
) -> Option<ConsentShown> {
    let handle = member.handle(channel)?;
    let record = certificate
        .consents
        .iter()
        .find(|one| one.channel == channel && one.purpose == Purpose::All && one.handle == handle);
    let word = |state| match state {
        ConsentState::OptedIn => ("ok", "agreed"),
        ConsentState::OptedOut => ("bad", "stopped"),
        ConsentState::Unknown => ("", "never asked"),
    };
    let (tone, state) = word(record.map_or(ConsentState::Unknown, |one| one.state));
    let lines = certificate.lines.iter().rev().filter(|line| {
        let entry = &line.entry;
        entry.channel == channel && entry.purpose == Purpose::All && entry.handle == handle
    });
    Some(ConsentShown {
        channel: shown::channel(channel),
        tone,
        state,
        history: lines
            .map(|line| {
                let at = instant(line.at, zone, Language::English);
                format!(
                    "{at}: {} ({})",
                    word(line.state).1,
                    shown::words(&line.entry.source)
                )
            })
            .collect(),
    })
}

fn change(record: &AuditRecord) -> Change {
    let entry = &record.entry;
    let after = if entry.after.is_empty() {
        String::new()
    } else {
        format!(": {}", entry.after)
    };
    Change {
        at: shown::machine(record.at),
        utc: shown::utc(record.at),
        what: format!("{} · {}{after}", entry.actor, shown::words(&entry.action)),
    }
}
