//! What the page knows before the first event: the phones, the end of their threads, our senders, the clock.

use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::dates::iso_8601_millis;

/// How many phones it holds; the page shows no more either (`PHONES_MAX` in `main.js`).
const PHONES_MAX: usize = 24;

/// How many of each phone's last messages it holds.
const MESSAGES_MAX: usize = 100;

/// In the words of the control API, so that the page reads both alike.
pub(super) fn first_state(simulator: &Simulator) -> Map<String, Value> {
    let now = simulator.now();
    let state = simulator.state();
    let mut phones = Vec::new();
    let mut messages = Map::new();
    for phone in state.phones.iter().take(PHONES_MAX) {
        let mut all = state.on(phone);
        all.sort_by_key(|(at, _)| *at);
        let skipped = all.len().saturating_sub(MESSAGES_MAX);
        let last = all.into_iter().skip(skipped).map(|(_, message)| message);
        messages.insert(phone.number.to_string(), last.collect());
        phones.push(phone.show(now));
    }
    let senders: Vec<Value> = state
        .numbers
        .list
        .iter()
        .map(|own| json!({"number": &*own.number, "name": own.set.name}))
        .collect();
    let mut first = Map::new();
    first.insert("clock".to_owned(), json!({"now": iso_8601_millis(now)}));
    first.insert("phones".to_owned(), Value::Array(phones));
    first.insert("phone_count".to_owned(), json!(state.phones.len()));
    first.insert("messages".to_owned(), Value::Object(messages));
    first.insert("senders".to_owned(), Value::Array(senders));
    first
}
