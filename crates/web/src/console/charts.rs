//! A month as pictures: what was sent, what it cost and what became of it by day, at which hours members write and read, and what
//! became of the last week's messages. Under each picture a table says the same.

mod heat;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::response::Response;
use domain::{Currency, UtcDay};
use engine::EngineError;
use jiff::tz::TimeZone;
use serde::Deserialize;
use store::activity::{ActivityKey, Happening};
use store::questions::{ActivitySince, CostsSince, Members};
use ui::Page;

use self::heat::Map;
use super::guard::OnDuty;
use super::volume::{Volume, heard, outcomes, spent, volume};
use super::{html, shown, trouble};
use crate::State;
use crate::query::Asked;

/// How many days are shown, today included.
const DAYS: i64 = 30;

/// How many of these are summed up.
const WEEK: i64 = 7;

/// How many of the newest members say which time zones there are, and how many of these are offered.
const NEWEST: u32 = 200;
const ZONES_MAX: usize = 6;

/// What became of some messages.
struct Part {
    label: &'static str,
    tone: &'static str,
    count: u64,
    share: String,
}

#[derive(Template)]
#[template(path = "console-charts.html")]
struct Charts {
    page: Page,
    sent: Volume,
    /// By currency.
    costs: Vec<(String, Volume)>,
    outcomes: Volume,
    heard: Volume,
    maps: [Map; 2],
    /// The zone of the hours, and those that may be chosen.
    zone: String,
    zones: Vec<String>,
    parts: Vec<Part>,
    total: u64,
}

/// Whose hours.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    zone: Option<String>,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty, which: Asked<Which>) -> Response {
    match charts(&state, &on_duty, which.0.zone).await {
        Ok(charts) => html(&charts),
        Err(error) => trouble(error, "/admin"),
    }
}

async fn charts(
    state: &State,
    on_duty: &OnDuty,
    zone: Option<String>,
) -> Result<Charts, EngineError> {
    let engine = state.engine();
    let now = engine.clock().now();
    let today = UtcDay::of(now);
    let first = UtcDay::from_number(today.number() - (DAYS - 1));
    let costs = engine.ask().question(CostsSince { day: first }).await?;
    let currencies: BTreeSet<Currency> = costs.iter().filter_map(|(key, _)| key.currency).collect();
    let hour = first.number() * 24;
    let activity = engine.ask().question(ActivitySince { hour }).await?;
    let zones = zones(state).await?;
    let (zone, hours_of) = zone
        .as_deref()
        .into_iter()
        .chain(zones.first().map(String::as_str))
        .find_map(|name| Some((name.to_owned(), TimeZone::get(name).ok()?)))
        .unwrap_or_else(|| ("UTC".to_owned(), TimeZone::UTC));
    let week = UtcDay::from_number(today.number() - (WEEK - 1));
    let sent = costs.iter().filter(|(key, _)| key.day >= week);
    let sent: i64 = sent.map(|(_, sums)| sums.attempts()).sum();
    let (parts, total) = parts(&activity, week, sent);
    Ok(Charts {
        page: on_duty.page("Charts", "/admin"),
        sent: volume(&costs, today, DAYS),
        costs: currencies
            .into_iter()
            .map(|currency| {
                let picture = spent(&costs, currency, today, DAYS);
                (currency.to_string(), picture)
            })
            .filter(|(_, picture)| picture.most > 0)
            .collect(),
        outcomes: outcomes(&activity, today, DAYS),
        heard: heard(&activity, today, DAYS),
        maps: [
            heat::map(&activity, Happening::Heard, "heard-hours", now, &hours_of),
            heat::map(&activity, Happening::Read, "read-hours", now, &hours_of),
        ],
        zone,
        zones,
        parts,
        total,
    })
}

/// The time zones most of the newest members live in.
async fn zones(state: &State) -> Result<Vec<String>, EngineError> {
    let newest = Members {
        phone: None,
        before: None,
        limit: NEWEST,
    };
    let newest = state.engine().ask().question(newest).await?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for member in &newest {
        *counts.entry(&member.profile.time_zone).or_default() += 1;
    }
    let mut zones: Vec<_> = counts.into_iter().collect();
    zones.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let names = zones.into_iter().take(ZONES_MAX);
    Ok(names.map(|(name, _)| name.to_owned()).collect())
}

/// What became of what was sent since a day, as counts, and the largest of these.
fn parts(activity: &[(ActivityKey, i64)], since: UtcDay, sent: i64) -> (Vec<Part>, u64) {
    let first = since.number() * 24;
    let count = |what: Happening| -> i64 {
        let all = activity.iter();
        let own = all.filter(|(key, _)| key.what == what && key.hour >= first);
        own.map(|(_, count)| count).sum()
    };
    let counts = [
        ("Sent", "info", sent, false),
        ("Arrived", "ok", count(Happening::Arrived), true),
        ("Read", "ok", count(Happening::Read), true),
        ("Failed", "bad", count(Happening::Failed), true),
        (
            "Not sent, for a reason",
            "warn",
            count(Happening::Withheld),
            false,
        ),
    ];
    let of = u64::try_from(sent).unwrap_or(0);
    let parts: Vec<Part> = counts
        .into_iter()
        .filter(|(_, _, count, _)| *count > 0)
        .map(|(label, tone, count, is_of_sent)| {
            let count = u64::try_from(count).unwrap_or(0);
            Part {
                label,
                tone,
                count,
                share: if is_of_sent {
                    shown::share(count, of)
                } else {
                    String::new()
                },
            }
        })
        .collect();
    let most = parts.iter().map(|part| part.count).max().unwrap_or(0);
    (parts, most)
}
