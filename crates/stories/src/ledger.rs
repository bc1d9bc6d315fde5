//! The second observer: what the pretend carrier saw, read from its own ledger, compared with what
//! we promised (GUARANTEES 3).

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use domain::AttemptId;
use serde_json::Value;

use crate::http::Http;

/// One request the carrier saw.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The attempt, from the status callback it carried.
    pub attempt: AttemptId,
    /// Whether it was accepted.
    pub accepted: bool,
    /// To whom.
    pub to: String,
    /// In the order of arrival.
    pub order: usize,
}

/// Reads the carrier's ledger.
pub async fn read(sandbox: &Http) -> anyhow::Result<Vec<Seen>> {
    let response = sandbox.get("/sandbox/api/ledger").await?;
    anyhow::ensure!(
        response.status == 200,
        "the ledger answered {}",
        response.status
    );
    let text = std::str::from_utf8(&response.body)?;
    let mut seen = Vec::new();
    for (order, line) in text.lines().enumerate() {
        let line: Value = serde_json::from_str(line).context("a line of the ledger")?;
        let field = |name: &str| {
            line.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let Ok(attempt) = field("attempt").parse() else {
            continue;
        };
        seen.push(Seen {
            attempt,
            accepted: field("verdict") == "accepted",
            to: field("to"),
            order,
        });
    }
    Ok(seen)
}

/// What the carrier accepted, by message: how often, and the place of the first.
pub fn acceptances(seen: &[Seen]) -> HashMap<String, (usize, usize)> {
    let mut by_message: HashMap<String, (usize, usize)> = HashMap::new();
    for one in seen.iter().filter(|one| one.accepted) {
        let entry = by_message
            .entry(one.attempt.message.to_string())
            .or_insert((0, one.order));
        entry.0 += 1;
    }
    by_message
}

/// The requests of one attempt: more than one breaks G5.
pub fn requests_per_attempt(seen: &[Seen]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for one in seen {
        *counts.entry(one.attempt.to_string()).or_insert(0) += 1;
    }
    counts
}
