//! A month as pictures: what was sent and what it cost by channel and day, and what became of the last three days' messages. Under
//! each picture a table says the same.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::Response;
use domain::{Currency, DeliveryStatus, Seconds, UtcDay};
use engine::EngineError;
use store::questions::{CostsSince, StatusesSince};
use ui::Page;

use super::guard::OnDuty;
use super::volume::{Volume, spent, volume};
use super::{html, shown, trouble};
use crate::State;

/// How many days are shown, today included.
const DAYS: i64 = 30;

/// How far back messages are looked at one by one: with a million of them a month a week took 140 ms.
const LOOKED_AT: Seconds = Seconds::new(3 * 86_400);

/// How a part of the messages stands.
struct Part {
    label: String,
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
    parts: Vec<Part>,
    total: u64,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty) -> Response {
    match charts(&state, &on_duty).await {
        Ok(charts) => html(&charts),
        Err(error) => trouble(error, "/admin"),
    }
}

async fn charts(state: &State, on_duty: &OnDuty) -> Result<Charts, EngineError> {
    let engine = state.engine();
    let now = engine.clock().now();
    let today = UtcDay::of(now);
    let first = UtcDay::from_number(today.number() - (DAYS - 1));
    let costs = engine.ask().question(CostsSince { day: first }).await?;
    let currencies: BTreeSet<Currency> = costs.iter().filter_map(|(key, _)| key.currency).collect();
    let since = now - LOOKED_AT;
    let statuses = engine.ask().question(StatusesSince { since }).await?;
    let total = statuses.iter().map(|(_, count)| count).sum();
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
        parts: parts(&statuses, total),
        total,
    })
}

/// The largest part first.
fn parts(statuses: &[(DeliveryStatus, u64)], total: u64) -> Vec<Part> {
    let mut statuses: Vec<_> = statuses.iter().filter(|(_, count)| *count > 0).collect();
    statuses.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    statuses
        .into_iter()
        .map(|(status, count)| Part {
            label: shown::words(status.as_str()),
            tone: shown::tone(status.as_str()),
            count: *count,
            share: shown::share(*count, total),
        })
        .collect()
}
