//! Today: whether all is well, and what needs somebody, on one screen.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Role, Timestamp, UtcDay};
use engine::EngineError;
use engine::consents::Decided;
use engine::conversations::{ConversationFilter, ConversationState};
use engine::limits::BudgetNow;
use serde::Deserialize;
use store::activity::Happening;
use store::costs::{CostKey, CostSums};
use store::questions::{ActivitySince, CostsSince};
use store::records::{Attention, ConversationRecord};
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::volume::{DAYS, Volume, volume};
use super::{html, shown, trouble};
use crate::State;
use crate::path::MessageInPath;

/// How many conversations and doubts are shown; the rest is a link away.
const WAITING_SHOWN: u32 = 8;

/// Over how many days a usual day is told.
const USUAL_DAYS: i64 = 7;

/// How many templates are named.
const NAMED_MAX: usize = 3;

/// A queue that waits longer than this is told of.
const WAITS_LONG: f64 = 300.0;

/// Something that is not as it should be.
struct Alert {
    tone: &'static str,
    what: String,
    todo: String,
    link: Option<(&'static str, String)>,
}

/// A number with what it is compared to.
struct Figure {
    label: &'static str,
    value: String,
    beside: String,
    /// Where it is told at length.
    href: &'static str,
}

/// Somebody who waits for a person.
struct Waits {
    id: String,
    name: String,
    why: String,
    age: String,
    since: String,
}

/// A message that may mean stop.
struct DoubtShown {
    id: String,
    member: String,
    text: String,
    why: String,
    channel: &'static str,
    age: String,
}

#[derive(Template)]
#[template(path = "console-today.html")]
struct Today {
    page: Page,
    token: String,
    name: String,
    may_decide: bool,
    alerts: Vec<Alert>,
    figures: Vec<Figure>,
    volume: Volume,
    waits: Vec<Waits>,
    /// How many messages wait for a person.
    left: u64,
    doubts: Vec<DoubtShown>,
    money: Vec<(String, String)>,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty) -> Response {
    match template(&state, &on_duty).await {
        Ok(template) => html(&template),
        Err(error) => trouble(error, "/admin"),
    }
}

async fn template(state: &State, on_duty: &OnDuty) -> Result<Today, EngineError> {
    let engine = state.engine();
    let now = engine.clock().now();
    let stats = engine.stats().await?;
    let today = UtcDay::of(now);
    let costs = engine
        .ask()
        .question(CostsSince {
            day: UtcDay::from_number(today.number() - DAYS),
        })
        .await?;
    let waiting = engine
        .conversations(
            ConversationState::NeedsPerson,
            ConversationFilter::default(),
            None,
            WAITING_SHOWN,
        )
        .await?
        .found;
    let doubts = engine.attention(WAITING_SHOWN).await?;
    let budgets = engine.budget().await.map_err(EngineError::from)?;
    Ok(Today {
        page: on_duty.page("Today", "/admin"),
        token: on_duty.token(),
        name: on_duty.operator().name.clone(),
        may_decide: on_duty.may(Role::Coach),
        alerts: alerts(state, &stats, &budgets).await?,
        figures: figures(state, &stats, &costs, now).await?,
        volume: volume(&costs, today, DAYS),
        left: stats.left_to_people,
        waits: waiting.iter().map(|one| waits(one, now)).collect(),
        doubts: doubts.iter().map(|one| doubt(one, now)).collect(),
        money: money(&stats, &budgets),
    })
}

fn waits(record: &ConversationRecord, now: Timestamp) -> Waits {
    let need = record.needs.first();
    let since = need.map_or(now, |need| need.since);
    Waits {
        id: record.member.profile.id.to_string(),
        name: record.member.profile.name.as_str().to_owned(),
        why: need.map_or_else(String::new, |need| shown::need(&need.why).to_owned()),
        age: shown::ago(since, now),
        since: shown::machine(since),
    }
}

fn doubt(item: &Attention, now: Timestamp) -> DoubtShown {
    DoubtShown {
        id: item
            .doubt
            .message
            .map_or_else(String::new, |id| id.to_string()),
        member: item.member.to_string(),
        text: item.text.as_str().to_owned(),
        why: shown::words(&item.doubt.why),
        channel: shown::channel(item.channel),
        age: shown::ago(item.doubt.since, now),
    }
}

/// What is not as it should be, the worst first.
async fn alerts(
    state: &State,
    stats: &store::records::Stats,
    budgets: &[BudgetNow],
) -> Result<Vec<Alert>, EngineError> {
    let engine = state.engine();
    let mut alerts = Vec::new();
    for switch in engine.switches().await? {
        let what = if switch.scope == "all" {
            "Nothing is sent: everything is switched off.".to_owned()
        } else if switch.scope == "rollback:sms" {
            "WhatsApp is rolled back: everything goes by SMS.".to_owned()
        } else {
            format!("Switched off: {}.", switch.scope)
        };
        alerts.push(Alert {
            tone: if switch.scope == "all" { "bad" } else { "warn" },
            what,
            todo: format!("{} by {}.", switch.reason, switch.actor),
            link: Some(("Switches", "/admin/switches".to_owned())),
        });
    }
    for number in engine
        .numbers_in_trouble()
        .await
        .map_err(EngineError::from)?
    {
        alerts.push(Alert {
            tone: "bad",
            what: number.what(),
            todo: format!("{} {}", number.effect(), number.remedy()),
            link: None,
        });
    }
    for budget in budgets {
        if let Some(code) = budget.trouble() {
            alerts.push(Alert {
                tone: if code == "budget_spent" { "bad" } else { "warn" },
                what: budget.what(),
                todo: "What is not critical waits until the next one begins, or GYMTEXT_BUDGET is raised.".into(),
                link: None,
            });
        }
    }
    alerts.extend(endpoint_alerts(&engine.endpoints().await?));
    alerts.extend(template_alerts(&engine.templates().await?));
    if stats.unconfirmed > 0 {
        alerts.push(Alert {
            tone: "warn",
            what: format!(
                "{} sent without an answer of the provider.",
                stats.unconfirmed
            ),
            todo: "They wait for evidence and are not sent again blindly.".into(),
            link: Some(("Queues", "/admin/queues".to_owned())),
        });
    }
    let oldest = stats.oldest_waiting.map_or(0.0, domain::Seconds::as_f64);
    if oldest > WAITS_LONG {
        alerts.push(Alert {
            tone: "warn",
            what: format!("The oldest message has waited for {:.0} minutes.", oldest / 60.0),
            todo: "More is asked for than our pace or the provider takes; answers go before broadcasts.".into(),
            link: Some(("Queues", "/admin/queues".to_owned())),
        });
    }
    alerts.sort_by_key(|alert| alert.tone != "bad");
    Ok(alerts)
}

/// Endpoints that are told nothing any more, though nobody paused them.
fn endpoint_alerts(all: &[engine::webhooks::EndpointRecord]) -> Vec<Alert> {
    let stopped = all.iter().filter_map(|one| {
        let (why, _) = one.stopped.filter(|(why, _)| why.is_trouble())?;
        Some(Alert {
            tone: "warn",
            what: match why {
                domain::Stopped::Gone => "A webhook answered 410 and is told nothing any more.",
                domain::Stopped::Paused | domain::Stopped::Failing => {
                    "A webhook took nothing for five days and is told nothing any more."
                }
            }
            .to_owned(),
            todo: "What happens waits for it; an owner lets it go on.".to_owned(),
            link: Some(("Which", format!("/admin/webhooks/{}", one.id))),
        })
    });
    stopped.collect()
}

/// Templates that somebody misses, together by how they stand.
fn template_alerts(all: &[engine::templates::TemplateView]) -> Vec<Alert> {
    let missed =
        |one: &&engine::templates::TemplateView| !one.may_be_sent && !one.dependents.is_empty();
    let mut by_status: std::collections::BTreeMap<&str, Vec<String>> =
        std::collections::BTreeMap::new();
    for view in all.iter().filter(missed) {
        let named = format!("{} ({})", view.entry.name, view.entry.language);
        by_status.entry(&view.entry.status).or_default().push(named);
    }
    let alert = |(status, mut names): (&str, Vec<String>)| {
        let more = names.len().saturating_sub(NAMED_MAX);
        names.truncate(NAMED_MAX);
        let and = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        Alert {
            tone: "warn",
            what: format!(
                "Templates that are {status} and missed: {}{and}.",
                names.join(", ")
            ),
            todo: "What needs one goes by another channel or waits.".into(),
            link: Some(("Templates", "/admin/templates".to_owned())),
        }
    };
    by_status.into_iter().map(alert).collect()
}

/// Today's messages beside those of a usual day.
async fn figures(
    state: &State,
    stats: &store::records::Stats,
    costs: &[(CostKey, CostSums)],
    now: Timestamp,
) -> Result<Vec<Figure>, EngineError> {
    let engine = state.engine();
    let today = UtcDay::of(now);
    let from = UtcDay::from_number(today.number() - USUAL_DAYS);
    let of = |is_today: bool| -> i64 {
        let days = costs
            .iter()
            .filter(|(key, _)| key.day >= from && (key.day == today) == is_today);
        days.map(|(_, sums)| sums.attempts()).sum()
    };
    let usual = of(false) / USUAL_DAYS;
    let hour = today.number() * 24;
    let activity = engine.ask().question(ActivitySince { hour }).await?;
    let count = |what: Happening| -> i64 {
        let own = activity.iter().filter(|(key, _)| key.what == what);
        own.map(|(_, count)| count).sum()
    };
    Ok(vec![
        Figure {
            label: "Sent today",
            value: of(true).to_string(),
            beside: format!("a usual day has {usual}"),
            href: "/admin/messages",
        },
        Figure {
            label: "Arrived today",
            value: count(Happening::Arrived).to_string(),
            beside: format!("{} read", count(Happening::Read)),
            href: "/admin/charts",
        },
        Figure {
            label: "Failed today",
            value: count(Happening::Failed).to_string(),
            beside: format!("{} not sent for a reason", count(Happening::Withheld)),
            href: "/admin/conversations?state=failed",
        },
        Figure {
            label: "Waiting",
            value: stats.waiting.to_string(),
            beside: "for our pace, or their turn".to_owned(),
            href: "/admin/queues",
        },
        Figure {
            label: "Held",
            value: stats.held.to_string(),
            beside: "for an answer, a night, a switch".to_owned(),
            href: "/admin/messages?status=held",
        },
        Figure {
            label: "Members",
            value: stats.members.to_string(),
            beside: format!("waiting for a person: {}", stats.left_to_people),
            href: "/admin/members",
        },
    ])
}

/// What today cost, by currency, and the budgets.
fn money(stats: &store::records::Stats, budgets: &[BudgetNow]) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (label, all) in [
        ("Today", engine::costs::today(stats)),
        ("This month", engine::costs::month(stats)),
    ] {
        let mut by_currency: std::collections::BTreeMap<domain::Currency, store::costs::CostSums> =
            std::collections::BTreeMap::new();
        for line in all {
            if let Some(currency) = line.currency {
                by_currency.entry(currency).or_default().add(line.sums);
            }
        }
        for (currency, sums) in by_currency {
            let total =
                domain::Money::from_micros(sums.charged.saturating_add(sums.awaiting), currency);
            lines.push((label.to_owned(), format!("{} {currency}", total.amount())));
        }
    }
    for budget in budgets {
        lines.push(("Budget".to_owned(), budget.what()));
    }
    lines
}

/// What somebody decides about a message that may mean stop.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Decision {
    decision: String,
}

/// Decides.
pub(super) async fn decide(state: State, id: MessageInPath, posted: Posted<Decision>) -> Response {
    if let Some(refused) = posted.refusal(Role::Coach, "/admin") {
        return refused;
    }
    let decided = if posted.form.decision == "stop" {
        Decided::Stop
    } else {
        Decided::NoStop
    };
    let engine = posted.on_duty.engine(&state);
    let by = posted.on_duty.operator().name.clone();
    match engine.decide_doubt(id.0, decided, by).await {
        Ok(_) => Redirect::to("/admin").into_response(),
        Err(error) => trouble(error, "/admin"),
    }
}
