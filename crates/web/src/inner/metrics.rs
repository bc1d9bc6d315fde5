//! `GET /inner/metrics` in Prometheus' text format: counts only, nobody's data (G38).

use std::fmt::Write as _;

use axum::response::{IntoResponse, Response};
use domain::BroadcastState;
use domain::sender::{SenderQuality, SenderStatus};
use engine::broadcasts::BroadcastRecord;
use engine::coach::Counts;
use engine::limits::BudgetNow;
use engine::webhooks::WebhooksNow;
use engine::{Health, Node};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use store::records::{SenderStanding, Stats};

use crate::State;
use crate::problem::Problem;

pub(super) async fn metrics(state: State) -> Result<Response, Problem> {
    let stats = state.engine().stats().await?;
    let engine = state.engine();
    let standings = engine.standings();
    let budget = engine.budget().await?;
    let mut text = render(&stats, engine.health(), engine.node(), &standings, &budget);
    broadcasts(&mut text, &engine.broadcasts(None, BROADCASTS_LAST).await?);
    webhooks(&mut text, &engine.webhooks_now().await?);
    if let Some(counts) = engine.coach_counts() {
        model(&mut text, counts);
    }
    if let Some(told) = engine.spans_told() {
        text.gauge(
            "gymtext_spans_exported",
            "Spans of traces the collector took",
            told.exported,
        );
        text.gauge(
            "gymtext_spans_dropped",
            "Spans of traces the collector never took",
            told.dropped,
        );
    }
    let mut response = text.0.into_response();
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
    );
    Ok(response)
}

fn render(
    stats: &Stats,
    health: Health,
    node: Option<Node>,
    standings: &[SenderStanding],
    budget: &[BudgetNow],
) -> Page {
    let mut text = Page::default();
    text.gauge(
        "gymtext_ready",
        "1 while the service takes requests",
        u64::from(matches!(
            health,
            Health::Ready | Health::ClockOff | Health::Held
        )),
    );
    if let Some(node) = node {
        text.gauge(
            "gymtext_shards",
            "Of the 64 shards of members, how many this node sends for",
            node.shards,
        );
        text.gauge("gymtext_nodes", "Nodes that share the database", node.nodes);
        text.gauge(
            "gymtext_clock_off_seconds",
            "How far this machine's clock is ahead of the database's, when that is too much to send; else 0",
            node.clock_off.map_or(0.0, domain::Seconds::as_f64),
        );
    }
    text.gauge(
        "gymtext_held",
        "1 while nothing is sent because the database is not at home here",
        u64::from(health == Health::Held),
    );
    numbers(&mut text, standings);
    text.family("gymtext_messages", "Outbound messages by delivery status");
    for (status, count) in &stats.by_status {
        text.labelled("gymtext_messages", "status", status.as_str(), *count);
    }
    text.family(
        "gymtext_messages_by_channel",
        "Outbound messages by the channel used",
    );
    for (channel, count) in &stats.by_channel {
        text.labelled(
            "gymtext_messages_by_channel",
            "channel",
            channel.as_str(),
            *count,
        );
    }
    text.family("gymtext_messages_by_kind", "Outbound messages by kind");
    for (kind, count) in &stats.by_kind {
        text.labelled("gymtext_messages_by_kind", "kind", kind.as_str(), *count);
    }
    costs(&mut text, stats);
    spent(&mut text, budget);
    text.gauge(
        "gymtext_places_waiting",
        "Places that wait for their turn",
        stats.waiting,
    );
    text.gauge(
        "gymtext_places_held",
        "Places held for a reason",
        stats.held,
    );
    text.gauge(
        "gymtext_places_unconfirmed",
        "Attempts without an answer",
        stats.unconfirmed,
    );
    text.gauge(
        "gymtext_oldest_waiting_seconds",
        "How long the oldest waiting place has waited",
        stats.oldest_waiting.map_or(0.0, domain::Seconds::as_f64),
    );
    text.gauge("gymtext_members", "Members", stats.members);
    text.gauge(
        "gymtext_inbound_unanswered",
        "Inbound messages that wait for an answer",
        stats.unanswered,
    );
    text.gauge(
        "gymtext_provider_copies",
        "Copies of messages of erased members that providers have not deleted yet",
        stats.provider_copies,
    );
    text
}

/// How many broadcasts are looked at, the newest first.
const BROADCASTS_LAST: u32 = 100;

/// How the newest broadcasts stand.
fn broadcasts(text: &mut Page, records: &[BroadcastRecord]) {
    text.family(
        "gymtext_broadcasts",
        "Of the newest 100 broadcasts, how many stand how",
    );
    for state in BroadcastState::ALL {
        let count = records.iter().filter(|one| one.standing.state == *state);
        let count = u64::try_from(count.count()).unwrap_or(u64::MAX);
        text.labelled("gymtext_broadcasts", "state", state.as_str(), count);
    }
    let is_open = |one: &&BroadcastRecord| one.standing.ended_at.is_none();
    let to_come = records.iter().filter(is_open);
    text.gauge(
        "gymtext_broadcast_members_to_come",
        "Members of open broadcasts who have no message of it yet",
        to_come
            .map(|one| one.audience.saturating_sub(one.taken))
            .sum::<u64>(),
    );
}

/// How endpoints that events are told to stand.
fn webhooks(text: &mut Page, now: &WebhooksNow) {
    let family = "gymtext_webhook_deliveries_total";
    let help = "Requests to endpoints since this process began, by what came of them: taken, refused, unanswered";
    text.counter(family, help);
    for (outcome, count) in now.deliveries {
        text.labelled(family, "outcome", outcome, count);
    }
    text.gauge(
        "gymtext_webhook_endpoints_failing",
        "Endpoints that took nothing when they were last asked",
        now.failing,
    );
    text.gauge(
        "gymtext_webhook_endpoints_stopped",
        "Endpoints that are told nothing until somebody enables them",
        now.stopped,
    );
    text.gauge(
        "gymtext_webhook_oldest_waiting_seconds",
        "How long the oldest event has waited for an endpoint that is told something",
        now.oldest_waiting.map_or(0.0, domain::Seconds::as_f64),
    );
}

/// How a language model was asked by this process.
fn model(text: &mut Page, counts: &Counts) {
    text.family(
        "gymtext_model_turns",
        "Turns of a language model since this process began, by what came of them",
    );
    for (outcome, count) in counts.outcomes() {
        text.labelled("gymtext_model_turns", "outcome", outcome.code(), count);
    }
    let (read, wrote) = counts.tokens();
    text.family(
        "gymtext_model_tokens",
        "Tokens that language models read and wrote since this process began",
    );
    text.labelled("gymtext_model_tokens", "what", "read", read);
    text.labelled("gymtext_model_tokens", "what", "wrote", wrote);
    text.gauge(
        "gymtext_model_milliseconds",
        "How long these turns took, all together",
        counts.millis(),
    );
}

/// What of the budget is spent.
fn spent(text: &mut Page, budget: &[BudgetNow]) {
    if budget.is_empty() {
        return;
    }
    text.family(
        "gymtext_budget_spent_percent",
        "What of the budget of this day or month, in UTC, is spent",
    );
    for one in budget {
        let percent = u64::from(one.percent());
        text.labelled(
            "gymtext_budget_spent_percent",
            "period",
            one.period.as_str(),
            percent,
        );
    }
}

/// How our numbers stand at their provider, where that has told; by channel, since a number is nobody's business here.
fn numbers(text: &mut Page, standings: &[SenderStanding]) {
    if standings.is_empty() {
        return;
    }
    let mut family = |name: &str, help: &str, value: &dyn Fn(&SenderStanding) -> Option<u64>| {
        text.family(name, help);
        for standing in standings {
            if let Some(value) = value(standing) {
                text.labelled(name, "channel", standing.channel.as_str(), value);
            }
        }
    };
    family(
        "gymtext_number_offline",
        "1 while the provider has our number offline: its messages wait",
        &|one| Some(u64::from(one.status == SenderStatus::Offline)),
    );
    family(
        "gymtext_number_low_quality",
        "1 while the quality of our number is low: it sends at half its pace",
        &|one| Some(u64::from(one.quality == SenderQuality::Low)),
    );
    family(
        "gymtext_number_people_per_day",
        "How many people a day the provider lets our number reach, where it tells",
        &|one| one.people.map(u64::from),
    );
}

/// What this month's messages cost, in units of the currency.
fn costs(text: &mut Page, stats: &Stats) {
    let family = "gymtext_cost_this_month";
    let help = "What messages cost since the first of the month in UTC: estimated for all; charged, as providers told; awaiting, the estimates of those not told of yet";
    text.family(family, help);
    for line in engine::costs::month(stats) {
        let Some(currency) = line.currency else {
            continue;
        };
        for (what, micros) in [
            ("estimated", line.sums.estimated),
            ("charged", line.sums.charged),
            ("awaiting", line.sums.awaiting),
        ] {
            let amount = domain::Money::from_micros(micros, currency).amount();
            let channel = line.channel;
            let _ = writeln!(
                text.0,
                "{family}{{channel=\"{channel}\",currency=\"{currency}\",what=\"{what}\"}} {amount}"
            );
        }
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge");
    }

    fn counter(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} counter");
    }

    fn labelled(&mut self, name: &str, label: &str, value: &str, count: u64) {
        let _ = writeln!(self.0, "{name}{{{label}=\"{value}\"}} {count}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, help);
        let _ = writeln!(self.0, "{name} {value}");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(text: &str) -> BTreeSet<&str> {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        words
            .filter(|word| word.starts_with("gymtext_") && *word != "gymtext_")
            .collect()
    }

    #[test]
    fn the_guide_names_every_metric_and_the_dashboard_none_that_is_not_there() {
        let source = include_str!("metrics.rs");
        let source = source.split("#[cfg(test)]").next().unwrap();
        let there = names(source);
        let guide = names(include_str!("../../../../docs/MONITORING.md"));
        assert_eq!(guide, there);
        let dashboard = names(include_str!("../../../../docs/grafana/gymtext.json"));
        let unknown: Vec<_> = dashboard.difference(&there).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(dashboard.len() > 15);
    }

    #[test]
    fn counts_are_written_with_their_labels() {
        let stats = Stats {
            by_status: vec![(domain::DeliveryStatus::Delivered, 12)],
            waiting: 3,
            at: domain::Timestamp::from_seconds(1_795_000_000),
            costs: vec![(
                store::costs::CostKey {
                    day: domain::UtcDay::of(domain::Timestamp::from_seconds(1_795_000_000)),
                    channel: domain::Channel::Sms,
                    currency: Some(domain::Currency::USD),
                },
                store::costs::CostSums {
                    charged: 1_250_000,
                    ..store::costs::CostSums::default()
                },
            )],
            oldest_waiting: Some(domain::Seconds::from_millis(1_500)),
            ..Stats::default()
        };
        let node = Node {
            epoch: store::Epoch(7),
            shards: 16,
            nodes: 4,
            clock_off: None,
        };
        let standing = SenderStanding {
            channel: domain::Channel::Whatsapp,
            sender: domain::Handle::Phone("+14155550100".parse().unwrap()),
            status: SenderStatus::Offline,
            quality: SenderQuality::High,
            people: Some(250),
            reason: String::new(),
            changed_at: stats.at,
        };
        let text = render(&stats, Health::Ready, Some(node), &[standing], &[]).0;
        for line in [
            "\ngymtext_number_offline{channel=\"whatsapp\"} 1\n",
            "\ngymtext_number_low_quality{channel=\"whatsapp\"} 0\n",
            "\ngymtext_number_people_per_day{channel=\"whatsapp\"} 250\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("4155550100"), "{text}");
        assert!(text.contains("\ngymtext_shards 16\n"), "{text}");
        assert!(text.contains("\ngymtext_clock_off_seconds 0\n"), "{text}");
        assert!(
            text.contains("\ngymtext_messages{status=\"delivered\"} 12\n"),
            "{text}"
        );
        assert!(text.contains("\ngymtext_places_waiting 3\n"), "{text}");
        let cost =
            "\ngymtext_cost_this_month{channel=\"sms\",currency=\"USD\",what=\"charged\"} 1.2500\n";
        assert!(text.contains(cost), "{text}");
        assert!(
            text.contains("\ngymtext_oldest_waiting_seconds 1.5\n"),
            "{text}"
        );
        assert!(text.contains("gymtext_ready 1\n"), "{text}");
    }
}
