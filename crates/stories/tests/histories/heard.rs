//! What the carrier told of people, as the service itself says it has heard: that they stopped, or are not on
//! WhatsApp. Used only against the service.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use domain::{Channel, Seconds, Timestamp};
use serde_json::Value;
use stories::world::text;

use crate::history::{Fact, History};

/// An answer of the carrier's is known by then.
pub(crate) const PATIENCE_OF_THE_CARRIER: Seconds = Seconds::new(3);

/// Codes that say: they stopped (facts/twilio.md 7.1).
const STOPPED: [u64; 3] = [21_610, 30_630, 63_014];

/// Codes that say: not on WhatsApp.
const NOT_THERE: [u64; 2] = [63_003, 63_024];

/// All of it, each with the instant from which on it was known.
pub(crate) fn heard(
    history: &History,
    messages: &HashMap<String, Value>,
) -> anyhow::Result<Vec<(Timestamp, Fact)>> {
    let mut facts = Vec::new();
    for message in messages.values() {
        let person = history
            .people
            .iter()
            .position(|(_, person)| person.id == text(message, "member_id"))
            .context("whose it is")?;
        // Of an attempt that was told twice the first word counts.
        let mut known = BTreeSet::new();
        for told in list(message, "receipts") {
            let number = told.get("attempt").and_then(Value::as_u64);
            if known.insert(number)
                && let Some(fact) = fact_of(person, message, number, told)?
            {
                facts.push((instant(told, "received_at")?, fact));
            }
        }
        for attempt in list(message, "attempts") {
            let number = attempt.get("number").and_then(Value::as_u64);
            // Without a receipt it was the answer itself.
            if !known.contains(&number)
                && !text(attempt, "settled_at").is_empty()
                && let Some(fact) = fact_of(person, message, number, attempt)?
            {
                facts.push((instant(attempt, "settled_at")?, fact));
            }
        }
    }
    Ok(facts)
}

/// What an error tells of a person, if it tells something.
fn fact_of(
    person: usize,
    message: &Value,
    number: Option<u64>,
    told: &Value,
) -> anyhow::Result<Option<Fact>> {
    let Some(code) = told.get("error_code").and_then(Value::as_u64) else {
        return Ok(None);
    };
    let attempt = list(message, "attempts")
        .find(|attempt| attempt.get("number").and_then(Value::as_u64) == number)
        .context("the attempt of a receipt")?;
    let channel: Channel = text(attempt, "channel").parse().ok().context("a channel")?;
    Ok(if STOPPED.contains(&code) {
        Some(Fact::SaidStop(person, channel))
    } else if NOT_THERE.contains(&code) {
        Some(Fact::NotThere(person, text(message, "id")))
    } else {
        None
    })
}

pub(crate) fn list<'a>(
    message: &'a Value,
    name: &str,
) -> impl Iterator<Item = &'a Value> + use<'a> {
    let list = message.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn instant(value: &Value, name: &str) -> anyhow::Result<Timestamp> {
    let at: jiff::Timestamp = text(value, name).parse()?;
    Ok(Timestamp::from_micros(at.as_microsecond()))
}
