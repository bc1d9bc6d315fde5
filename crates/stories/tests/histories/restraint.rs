//! Judges whether a history kept its bounds: nights are quiet, nobody is written to more often than they may be, and no day
//! costs more than its budget (DESIGN 4.1; docs/decisions/0025 and 0026).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context as _;
use domain::{Seconds, Timestamp, UtcDay};
use jiff::tz::TimeZone;
use serde_json::Value;
use stories::world::text;

use crate::heard::list;
use crate::history::History;
use crate::judge::Request;

/// The bounds a history has; none of them where it is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounds {
    /// Nights are quiet, from nine in the evening to eight in the morning.
    pub(crate) night: bool,
    /// Whether messages of [`CAPPED`] are.
    pub(crate) cap: bool,
    /// What a day may cost, in ten thousandths of a dollar.
    pub(crate) budget: Option<u32>,
}

/// What is capped, to how many within how long.
pub(crate) const CAPPED: (&str, usize, Seconds) = ("daily_workout", 2, Seconds::new(86_400));

/// What waits for the morning.
const WAITS_FOR_MORNING: [&str; 5] = [
    "daily_workout",
    "weekly_checkin",
    "subscription_reminder",
    "broadcast",
    "knock",
];

/// What waits for tomorrow's money.
const WAITS_FOR_MONEY: [&str; 4] = [
    "daily_workout",
    "weekly_checkin",
    "subscription_reminder",
    "broadcast",
];

/// A request may be made so long after it was decided.
const SLACK: Seconds = Seconds::new(15);

impl Bounds {
    /// As settings.
    pub(crate) fn settings(self) -> [(&'static str, String); 3] {
        let (kind, times, within) = CAPPED;
        let hours = within.as_micros() / 3_600_000_000;
        let or_off = |is: bool, value: String| if is { value } else { "off".to_owned() };
        let budget = self.budget.unwrap_or_default();
        let amount = format!("{}.{:04} USD/day", budget / 10_000, budget % 10_000);
        [
            ("GYMTEXT_QUIET_HOURS", or_off(self.night, "21-8".to_owned())),
            (
                "GYMTEXT_FREQUENCY_CAPS",
                or_off(self.cap, format!("{kind}:{times}/{hours}h")),
            ),
            ("GYMTEXT_BUDGET", or_off(self.budget.is_some(), amount)),
        ]
    }
}

/// Judges the requests of a history by its bounds.
pub(crate) async fn kept(
    history: &History,
    requests: &[Request],
    messages: &HashMap<String, Value>,
) -> anyhow::Result<()> {
    let bounds = history.bounds;
    if bounds.night {
        nights(history, requests, messages).await?;
    }
    if bounds.cap {
        caps(history, requests, messages)?;
    }
    if let Some(budget) = bounds.budget {
        budgets(history, requests, messages, budget)?;
    }
    Ok(())
}

/// The first message that says what this one says; of a knock, that of what it knocks for.
fn first_of(messages: &HashMap<String, Value>, request: &Request) -> anyhow::Result<String> {
    let own = request.attempt.message.to_string();
    let message = messages.get(&own).context("a message")?;
    let behind = message.pointer("/linked/0").and_then(Value::as_str);
    let own = match behind {
        Some(body) if request.kind == "knock" => body.to_owned(),
        Some(_) | None => own,
    };
    let message = messages.get(&own).context("what it knocks for")?;
    let first = list(message, "chain").next();
    Ok(first.map_or(own, |leg| text(leg, "message_id")))
}

/// Nothing that waits for the morning goes by night, but the workout in the hour its member chose, and from then on who chose
/// one of the morning.
async fn nights(
    history: &History,
    requests: &[Request],
    messages: &HashMap<String, Value>,
) -> anyhow::Result<()> {
    let mut chosen = Vec::new();
    for (_, person) in &history.people {
        let path = format!("/api/v1/members/{}", person.id);
        let hour = history.world.api.get(&path).await?.json();
        let hour = hour.get("preferred_send_hour").and_then(Value::as_i64);
        chosen.push(hour.context("an hour")?);
    }
    for request in requests {
        if !WAITS_FOR_MORNING.contains(&request.kind.as_str())
            || history.critical.contains(&first_of(messages, request)?)
        {
            continue;
        }
        let (who, _) = history.people.get(request.person).context("a person")?;
        let zone = TimeZone::get(who.zone)?;
        let hour = |at: Timestamp| i64::from(zone.to_datetime(at.to_jiff()).hour());
        let is_night = |hour: i64| !(8..21).contains(&hour);
        let of_workouts = ["daily_workout", "knock"].contains(&request.kind.as_str());
        let own = chosen.get(request.person).copied().unwrap_or(0);
        let is_theirs = |hour: i64| {
            of_workouts && (hour == own || (4..8).contains(&own) && (own..8).contains(&hour))
        };
        let (decided, made) = (hour(request.at - SLACK), hour(request.at));
        let breaks = [decided, made]
            .iter()
            .all(|hour| is_night(*hour) && !is_theirs(*hour));
        anyhow::ensure!(
            !breaks,
            "it is {made} o'clock in {}, and their hour is {own}: {request:?}",
            who.zone
        );
    }
    Ok(())
}

/// When what was said to somebody first went, whether it came to something, and whether it had to keep to the cap.
struct Said {
    at: Timestamp,
    person: usize,
    failed: bool,
    is_critical: bool,
}

/// Whoever got as many as they may within the span gets no other.
fn caps(
    history: &History,
    requests: &[Request],
    messages: &HashMap<String, Value>,
) -> anyhow::Result<()> {
    let (kind, times, within) = CAPPED;
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    for request in requests.iter().filter(|request| request.kind == kind) {
        let first = first_of(messages, request)?;
        let is_critical = history.critical.contains(&first);
        let one = said.entry(first).or_insert(Said {
            at: request.at,
            person: request.person,
            failed: true,
            is_critical,
        });
        let status = messages
            .get(&request.attempt.message.to_string())
            .map(|message| text(message, "status"));
        one.failed &= status.is_some_and(|status| {
            [
                "failed",
                "undelivered",
                "expired",
                "suppressed",
                "cancelled",
            ]
            .contains(&&*status)
        });
    }
    for (id, one) in said.iter().filter(|(_, one)| !one.is_critical) {
        let earlier = said.iter().filter(|(other, before)| {
            *other != id
                && before.person == one.person
                && !before.failed
                && before.at <= one.at
                && one.at < before.at + within - SLACK
        });
        let earlier: Vec<_> = earlier.map(|(id, before)| (id, before.at)).collect();
        anyhow::ensure!(
            earlier.len() < times,
            "{id} at {} after {earlier:?}, and {times} are all that may",
            one.at
        );
    }
    Ok(())
}

/// What waits for money goes only while the day has some: what the carrier took that day, at the lower of what was estimated and
/// what was told, and this one.
fn budgets(
    history: &History,
    requests: &[Request],
    messages: &HashMap<String, Value>,
    budget: u32,
) -> anyhow::Result<()> {
    let budget = f64::from(budget) / 10_000.0;
    let mut spent: BTreeMap<UtcDay, f64> = BTreeMap::new();
    let mut counted = BTreeSet::new();
    for request in requests {
        let message = messages.get(&request.attempt.message.to_string());
        let own = u64::from(request.attempt.number);
        let attempt = list(message.context("a message")?, "attempts")
            .find(|one| one.get("number").and_then(Value::as_u64) == Some(own))
            .context("its attempt")?;
        let amount = |what: &str| {
            let told = attempt.pointer(&format!("/cost/{what}"))?.as_str()?;
            told.parse::<f64>().ok()
        };
        let estimated = amount("estimated").unwrap_or(0.0);
        let day = spent.entry(UtcDay::of(request.at)).or_default();
        let waits = WAITS_FOR_MONEY.contains(&request.kind.as_str())
            && !history.critical.contains(&first_of(messages, request)?);
        anyhow::ensure!(
            !waits || *day + estimated <= budget + 1e-9,
            "the day has cost {day} of {budget}, and this {estimated}: {request:?}"
        );
        if request.sid.is_some() && counted.insert(request.attempt) {
            *day += amount("actual").map_or(estimated, |actual| actual.min(estimated));
        }
    }
    Ok(())
}
