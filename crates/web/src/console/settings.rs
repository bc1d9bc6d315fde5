//! What is in force: our numbers, whom WhatsApp is on for, nights and limits, all settings, and what the service finds when it
//! looks at itself. Whom WhatsApp is on for is changed here, by whoever has looked at what that would do.

mod rollout;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::sender::{SenderQuality, SenderStatus};
use domain::{Channel, Handle, Role};
use engine::limits::SenderLimits;
use engine::{Engine, EngineError};
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::{html, refused, shown, trouble};
use crate::State;
use crate::checkup::{Finding, FindingState};
use crate::webhooks::heard::Source;
use rollout::{Which, Whom, looked_at, roll_out, unfit, whom};

const BACK: &str = "/admin/settings";

/// How many addresses of the allow-list are shown.
const LISTED_MAX: usize = 20;

/// One of our numbers.
struct Number {
    channel: &'static str,
    handle: String,
    badge: (&'static str, String),
    facts: Vec<(&'static str, String)>,
    calls: Option<Calls>,
    scope: String,
}

/// When the provider of a number called us.
struct Calls {
    last: Option<(String, String)>,
    refused: u64,
}

/// The settings under one heading.
struct Group {
    name: &'static str,
    all: Vec<Setting>,
}

struct Setting {
    name: &'static str,
    value: String,
    from: &'static str,
    meaning: &'static str,
}

/// What the service found when it looked at itself.
struct Look {
    at: (String, String),
    asked_others: bool,
    findings: Vec<(&'static str, &'static str, Finding)>,
}

#[derive(Template)]
#[template(path = "console-settings.html")]
struct Shown {
    page: Page,
    token: String,
    owner: bool,
    numbers: Vec<Number>,
    whom: Whom,
    facts: Vec<(&'static str, String)>,
    groups: Vec<Group>,
    has_checks: bool,
    look: Option<Look>,
}

/// The page.
pub(super) async fn show(
    state: State,
    on_duty: OnDuty,
    which: crate::query::Asked<Which>,
) -> Response {
    match template(&state, &on_duty, &which.0).await {
        Ok(Some(page)) => html(&page),
        Ok(None) => unfit(),
        Err(error) => trouble(error, "/admin"),
    }
}

async fn template(
    state: &State,
    on_duty: &OnDuty,
    which: &Which,
) -> Result<Option<Shown>, EngineError> {
    let engine = state.engine();
    let standing = engine.rollout().await?;
    let Ok(change) = looked_at(engine, &standing, which).await? else {
        return Ok(None);
    };
    let owner = on_duty.may(Role::Owner);
    Ok(Some(Shown {
        page: on_duty.page("In force", BACK),
        token: on_duty.token(),
        owner,
        numbers: numbers(state).await?,
        whom: whom(&standing, change),
        facts: facts(engine, on_duty).await?,
        groups: if owner { groups(state) } else { Vec::new() },
        has_checks: state.checkup().is_there(),
        look: look(state),
    }))
}

async fn numbers(state: &State) -> Result<Vec<Number>, EngineError> {
    let engine = state.engine();
    let (limits, switches) = (engine.limits().await?, engine.switches().await?);
    let of = |one: &SenderLimits| {
        let stopped = switches.iter().find(|switch| switch.scope == one.scope);
        let source = match one.channel {
            Channel::Sms => Some(Source::Sms),
            Channel::Whatsapp => Some(Source::Whatsapp),
            Channel::Email | Channel::Web => None,
        };
        let calls = source.map(|source| {
            let (last, refused) = state.heard().told(source);
            let last = last.map(|at| (shown::machine(at), shown::utc(at)));
            Calls { last, refused }
        });
        Number {
            channel: shown::channel(one.channel),
            handle: one.sender.as_str().to_owned(),
            badge: match stopped {
                Some(switch) => ("bad", format!("stopped: {}", switch.reason)),
                None => badge(one),
            },
            facts: carries(one),
            calls,
            scope: one.scope.clone(),
        }
    };
    Ok(limits.iter().map(of).collect())
}

/// How a number stands, in a word.
fn badge(one: &SenderLimits) -> (&'static str, String) {
    match &one.standing {
        Some(standing) if standing.status == SenderStatus::Offline => {
            ("bad", "offline at its provider".to_owned())
        }
        Some(standing) if standing.quality == SenderQuality::Low => {
            ("warn", "quality low: half the pace".to_owned())
        }
        _ if !one.slowed_down.is_empty() => ("warn", "told to slow down".to_owned()),
        _ => ("ok", "sends".to_owned()),
    }
}

/// What it may carry.
fn carries(one: &SenderLimits) -> Vec<(&'static str, String)> {
    let pace = one.pace.map_or_else(
        || "as fast as the provider takes it".to_owned(),
        |pace| {
            let per_second = 1.0 / pace.every.as_f64();
            format!(
                "{per_second:.1} a second, {} at once after a pause",
                pace.burst
            )
        },
    );
    let mut facts = vec![("Pace", pace)];
    for slowed in &one.slowed_down {
        let until = shown::utc(slowed.until);
        facts.push((
            "Slowed down",
            format!("{} until {until}", slowed.limit.code()),
        ));
    }
    if one.people_slowed_down > 0 {
        facts.push((
            "People to be written to more slowly",
            one.people_slowed_down.to_string(),
        ));
    }
    if let Some(people) = &one.people {
        let left = people.max.saturating_sub(people.reached);
        facts.push((
            "People outside a window",
            format!("{left} of {} left over a moving day", people.max),
        ));
    }
    if let Some(standing) = &one.standing {
        facts.push(("Quality", standing.quality.as_str().to_owned()));
    }
    facts
}

/// Nights, caps, the budget, and who may be written to at all.
async fn facts(
    engine: &Engine,
    on_duty: &OnDuty,
) -> Result<Vec<(&'static str, String)>, EngineError> {
    let mut facts = vec![("Quiet hours", engine.quiet_hours())];
    let caps: Vec<String> = engine
        .frequency_caps()
        .into_iter()
        .map(|(kind, most, hours)| format!("{} {most} within {hours} h", shown::kind(Some(kind))))
        .collect();
    facts.push((
        "Caps for each member",
        if caps.is_empty() {
            "none".to_owned()
        } else {
            caps.join(", ")
        },
    ));
    let budget = engine.budget().await?;
    if budget.is_empty() {
        facts.push(("Budget", "none".to_owned()));
    }
    for one in &budget {
        facts.push(("Budget", format!("{}; {}", one.what(), one.effect())));
    }
    facts.push(("Allow-list", allowed(engine, on_duty)));
    Ok(facts)
}

fn allowed(engine: &Engine, on_duty: &OnDuty) -> String {
    let Some(list) = engine.allow_list() else {
        return "everybody may be written to".to_owned();
    };
    let count = list.len();
    let mut all: Vec<String> = list
        .iter()
        .take(LISTED_MAX)
        .map(|handle| match handle {
            Handle::Phone(number) => on_duty.number(number),
            other => other.as_str().to_owned(),
        })
        .collect();
    if count > LISTED_MAX {
        all.push(format!("and {} more", count - LISTED_MAX));
    }
    format!("only these {count} are written to: {}", all.join(", "))
}

fn groups(state: &State) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for one in state.in_force() {
        let setting = Setting {
            name: one.name,
            value: one.value.clone().unwrap_or_else(|| "–".to_owned()),
            from: one.from,
            meaning: one.meaning,
        };
        match groups.last_mut().filter(|group| group.name == one.group) {
            Some(group) => group.all.push(setting),
            None => groups.push(Group {
                name: one.group,
                all: vec![setting],
            }),
        }
    }
    groups
}

fn look(state: &State) -> Option<Look> {
    let found = state.checkup().last()?;
    let word = |state| match state {
        FindingState::Ok => ("ok", "ok"),
        FindingState::Warn => ("warn", "look at it"),
        FindingState::Fail => ("bad", "does not work"),
    };
    let mut findings: Vec<_> = found
        .findings
        .iter()
        .map(|finding| {
            let (tone, word) = word(finding.state);
            (tone, word, finding.clone())
        })
        .collect();
    // What needs somebody comes first; the rest stays as it is checked.
    findings.sort_by_key(|(_, _, finding)| match finding.state {
        FindingState::Fail => 0,
        FindingState::Warn => 1,
        FindingState::Ok => 2,
    });
    Some(Look {
        at: (shown::machine(found.at), shown::utc(found.at)),
        asked_others: found.asked_others,
        findings,
    })
}

/// What is to be done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    act: String,
    percent: String,
    cohorts: String,
    seen: String,
}

/// Does it.
pub(super) async fn change(state: State, posted: Posted<Wanted>) -> Response {
    if let Some(refused) = posted.refusal(Role::Owner, BACK) {
        return refused;
    }
    let form = &posted.form;
    match form.act.as_str() {
        "check" | "check_all" => {
            let now = state.engine().clock().now();
            state.checkup().look(form.act == "check_all", now).await;
            Redirect::to("/admin/settings#checks-title").into_response()
        }
        "rollout" | "as_settings" => roll_out(&state, &posted).await,
        _ => refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Nothing of this page was asked for.",
            "Nothing was changed.",
            BACK,
        ),
    }
}
