//! Two ledgers of the same attempts: the pretend carrier's, of what it saw, and ours, of what we
//! did (`/inner/attempts`).

use std::collections::BTreeMap;

use anyhow::Context as _;
use domain::{AttemptId, DeliveryStatus, Timestamp};
use serde_json::Value;

use crate::http::Http;
use crate::world::text;

/// One request the carrier saw.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The attempt, from the status callback it carried.
    pub attempt: AttemptId,
    /// Whether it was accepted.
    pub accepted: bool,
    /// The carrier's id of what it made of it; empty where it made nothing.
    pub sid: String,
    /// To whom.
    pub to: String,
    /// When it arrived, by the carrier's clock; compares as text.
    pub at: String,
    /// In the order in which the carrier judged them.
    pub order: usize,
}

impl Seen {
    /// When it arrived.
    pub fn arrived(&self) -> anyhow::Result<Timestamp> {
        let at: jiff::Timestamp = self.at.parse().context("an instant")?;
        Ok(Timestamp::from_micros(at.as_microsecond()))
    }
}

/// One attempt of ours.
#[derive(Clone, Debug)]
pub struct Made {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its status.
    pub status: DeliveryStatus,
    /// Whether its message may have been received twice.
    pub possible_repeat: bool,
}

/// Reads the carrier's ledger.
pub async fn seen(sandbox: &Http) -> anyhow::Result<Vec<Seen>> {
    let mut seen = Vec::new();
    for (order, line) in lines(sandbox, "/sandbox/api/ledger")
        .await?
        .iter()
        .enumerate()
    {
        let Ok(attempt) = text(line, "attempt").parse() else {
            continue; // a request without a callback is none of ours
        };
        seen.push(Seen {
            attempt,
            accepted: text(line, "verdict") == "accepted",
            sid: text(line, "sid"),
            to: text(line, "to"),
            at: text(line, "at"),
            order,
        });
    }
    Ok(seen)
}

/// Reads ours, page by page, from the service's inner listener.
pub async fn made(inner: &Http) -> anyhow::Result<Vec<Made>> {
    let (mut made, mut after) = (Vec::new(), 0);
    loop {
        let page = lines(inner, &format!("/inner/attempts?after={after}&limit=1000")).await?;
        let Some(last) = page.last() else {
            return Ok(made);
        };
        after = last
            .get("cursor")
            .and_then(Value::as_i64)
            .context("a cursor")?;
        for line in &page {
            made.push(Made {
                attempt: text(line, "attempt").parse().context("an attempt")?,
                status: text(line, "status").parse().ok().context("a status")?,
                possible_repeat: line
                    .get("possible_repeat")
                    .and_then(Value::as_bool)
                    .context("a flag")?,
            });
        }
    }
}

async fn lines(http: &Http, path: &str) -> anyhow::Result<Vec<Value>> {
    let answer = http.get(path).await?;
    anyhow::ensure!(answer.status == 200, "{path} answered {}", answer.status);
    let body = std::str::from_utf8(&answer.body)?;
    body.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("a line of {path}")))
        .collect()
}

/// What both ledgers must agree on, whatever happened in between: each attempt made at most one
/// request (G5), nothing was sent that was not begun, nothing is left begun, and once nothing is
/// open the carrier's accepted attempts are ours (GUARANTEES 3, invariant 6).
pub fn agree(seen: &[Seen], made: &[Made]) -> anyhow::Result<()> {
    let mut arrived: BTreeMap<AttemptId, &Seen> = BTreeMap::new();
    for one in seen {
        let earlier = arrived.insert(one.attempt, one);
        anyhow::ensure!(earlier.is_none(), "{} made two requests", one.attempt);
    }
    let ours: BTreeMap<AttemptId, DeliveryStatus> = made
        .iter()
        .map(|attempt| (attempt.attempt, attempt.status))
        .collect();
    for attempt in arrived.keys() {
        anyhow::ensure!(ours.contains_key(attempt), "{attempt} was never begun");
    }
    for (attempt, status) in ours {
        let accepted = arrived.get(&attempt).is_some_and(|seen| seen.accepted);
        anyhow::ensure!(status != DeliveryStatus::Pending, "{attempt} is left begun");
        let agrees = match (status, accepted) {
            // Nothing was ever heard of it: either may be true, and that is what it says.
            (DeliveryStatus::Unconfirmed, _) => true,
            (status, accepted) => accepted != status.has_ended_badly(),
        };
        anyhow::ensure!(
            agrees,
            "{attempt} is {status} here, and the carrier {} it",
            if accepted {
                "accepted"
            } else {
                "has not accepted"
            }
        );
    }
    Ok(())
}
