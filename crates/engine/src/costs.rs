//! What messages cost: estimated when they were planned, and what the provider charged, once it told.
//! Of a message both are shown, and the difference; what is not known is `null` with a reason, never 0.

use std::collections::BTreeMap;

use domain::{Channel, Currency, Money, UtcDay};
use policy::pricing::Estimate;
use serde_json::{Value, json};
use store::costs::{CostKey, CostSums};
use store::records::{AttemptRecord, MessageDetail, Stats};

/// What was counted for one channel and currency over some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The channel.
    pub channel: Channel,
    /// The currency; `None` for messages whose cost nobody could estimate.
    pub currency: Option<Currency>,
    /// The sums.
    pub sums: CostSums,
}

/// What messages cost that were begun today, in UTC.
pub fn today(stats: &Stats) -> Vec<Line> {
    let today = UtcDay::of(stats.at);
    lines(stats.costs.iter().filter(|(key, _)| key.day == today))
}

/// What messages cost that were begun since the first of the month, in UTC.
pub fn month(stats: &Stats) -> Vec<Line> {
    lines(stats.costs.iter())
}

fn lines<'a>(counted: impl Iterator<Item = &'a (CostKey, CostSums)>) -> Vec<Line> {
    let mut lines: BTreeMap<_, CostSums> = BTreeMap::new();
    for (key, sums) in counted {
        let line = lines.entry((key.channel, key.currency)).or_default();
        line.add(*sums);
    }
    let shown = lines
        .into_iter()
        .filter(|(_, sums)| *sums != CostSums::default());
    shown
        .map(|((channel, currency), sums)| Line {
            channel,
            currency,
            sums,
        })
        .collect()
}

/// A stored estimate, readable: amount, currency and the date of its card, or why it is not known.
pub(crate) fn readable(price: &str) -> Value {
    match price.parse() {
        Ok(Estimate::Known { amount, as_of }) => json!({
            "amount": amount.amount(),
            "currency": amount.currency().as_str(),
            "as_of": as_of.to_jiff().strftime("%Y-%m-%d").to_string(),
        }),
        Ok(Estimate::Unknown(why)) => json!({
            "amount": null,
            "unknown": { "code": why.code(), "sentence": why.to_string() },
        }),
        Err(_) => json!({ "amount": null }),
    }
}

/// The estimate that was kept with an attempt's decision; `None` where it was decided before there
/// were estimates.
pub fn estimate(attempt: &AttemptRecord) -> Option<Estimate> {
    let decision: Value = serde_json::from_str(&attempt.decision).ok()?;
    let considered = decision.get("considered")?.as_array()?;
    let chosen = considered
        .iter()
        .find(|one| one.get("verdict").and_then(Value::as_str) == Some("chosen"))?;
    chosen.get("price")?.as_str()?.parse().ok()
}

/// What one attempt cost.
pub fn of_attempt(attempt: &AttemptRecord) -> Value {
    shown(&Sums::of(attempt))
}

/// What a message cost: all its attempts that the provider has, or may have, together. `null` while
/// there is none.
pub fn of(detail: &MessageDetail) -> Value {
    let mut counted = detail
        .attempts
        .iter()
        .filter(|attempt| may_cost(attempt))
        .peekable();
    if counted.peek().is_none() {
        return Value::Null;
    }
    let mut sums: Option<Sums> = None;
    for attempt in counted {
        let one = Sums::of(attempt);
        sums = Some(match sums {
            None => one,
            Some(before) => Sums {
                estimated: both(before.estimated, one.estimated),
                actual: both(before.actual, one.actual),
                unknown: before.unknown.or(one.unknown),
            },
        });
    }
    sums.as_ref().map_or(Value::Null, shown)
}

/// Whether the provider has it, or may have it: what it refused is not charged for.
fn may_cost(attempt: &AttemptRecord) -> bool {
    attempt.provider_message_id.is_some()
        || attempt.price.is_some()
        || !attempt.status.has_ended_badly()
}

struct Sums {
    estimated: Option<Money>,
    actual: Option<Money>,
    unknown: Option<policy::pricing::NoPrice>,
}

impl Sums {
    fn of(attempt: &AttemptRecord) -> Self {
        let (estimated, unknown) = match estimate(attempt) {
            Some(Estimate::Known { amount, .. }) => (Some(amount), None),
            Some(Estimate::Unknown(why)) => (None, Some(why)),
            None => (None, None),
        };
        Self {
            estimated,
            actual: attempt.price,
            unknown,
        }
    }
}

/// A sum is known when all of it is.
fn both(one: Option<Money>, other: Option<Money>) -> Option<Money> {
    one?.plus(other?)
}

fn shown(sums: &Sums) -> Value {
    let difference = sums
        .actual
        .zip(sums.estimated)
        .and_then(|(actual, estimated)| actual.minus(estimated));
    let currency = sums.actual.or(sums.estimated).map(Money::currency);
    // Two currencies are not mixed under one heading.
    let estimated = sums
        .estimated
        .filter(|money| Some(money.currency()) == currency);
    json!({
        "currency": currency.map(|currency| currency.as_str().to_owned()),
        "estimated": estimated.map(Money::amount),
        "actual": sums.actual.map(Money::amount),
        "difference": difference.map(Money::amount),
        "unknown": sums.unknown.map(|why| json!({ "code": why.code(), "sentence": why.to_string() })),
    })
}
