//! What a load came to: every acknowledged message against the carrier's ledger (GUARANTEES 3).

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use domain::MessageId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use crate::http::Http;
use crate::ledger::{self, Seen};
use crate::load::{CONTENT, Load};
use crate::world::text;

/// Messages asked for at once.
const AT_ONCE: usize = 8;

/// The figures of a run that kept its promises.
#[derive(Clone, Debug, Default)]
pub struct Reckoning {
    /// Messages acknowledged.
    pub acknowledged: usize,
    /// Requests the carrier saw.
    pub requests: usize,
    /// Messages that reached the carrier twice or more, all of them marked.
    pub repeats: usize,
    /// Messages marked as possible repeats.
    pub marked: usize,
}

impl fmt::Display for Reckoning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} acknowledged, {} requests, {} marked as possible repeats, {} of them repeats",
            self.acknowledged, self.requests, self.marked, self.repeats
        )
    }
}

/// Checks a load whose service is quiet again.
pub async fn reckon(load: &Load) -> anyhow::Result<Reckoning> {
    let seen = ledger::seen(&load.sandbox.http()).await?;
    let made = ledger::made(&load.setup.inner_http()).await?;
    ledger::agree(&seen, &made)?;
    let mut by_message: HashMap<MessageId, Vec<&Seen>> = HashMap::new();
    for one in &seen {
        by_message.entry(one.attempt.message).or_default().push(one);
    }
    let mut reckoning = Reckoning {
        requests: seen.len(),
        ..Reckoning::default()
    };
    let lanes = load.lanes();
    let told = told(&load.setup.api(), &lanes).await?;
    for (lane, ids) in &lanes {
        let mut last_of_earlier = None;
        for id in ids {
            let message = told.get(id).unwrap_or(&Value::Null);
            let (status, repeat) = (text(message, "status"), is_marked(message));
            let requests = by_message.remove(&id.parse()?).unwrap_or_default();
            let times = requests.iter().filter(|request| request.accepted).count();
            anyhow::ensure!(
                times > 0,
                "{id} was acknowledged, is {status}, and never reached the carrier"
            );
            anyhow::ensure!(
                times == 1 || repeat,
                "{id} reached the carrier {times} times without being marked"
            );
            anyhow::ensure!(
                status == "delivered",
                "{id} is {status}, and the carrier delivered it: {message:#}"
            );
            let first = requests.iter().map(|request| request.order).min();
            anyhow::ensure!(
                first > last_of_earlier,
                "{id} overtook an earlier message of lane {lane}"
            );
            last_of_earlier = requests.iter().map(|request| request.order).max();
            reckoning.acknowledged += 1;
            reckoning.marked += usize::from(repeat);
            reckoning.repeats += usize::from(times > 1);
        }
    }
    // The service's own: what recurs may fall due while it is under load.
    for (id, requests) in &by_message {
        let message = load
            .setup
            .api()
            .get(&format!("/api/v1/messages/{id}"))
            .await?;
        let message = message.json();
        anyhow::ensure!(
            !text(&message, "content").starts_with(CONTENT),
            "{id} reached the carrier and nobody was told of it"
        );
        let times = requests.iter().filter(|request| request.accepted).count();
        anyhow::ensure!(
            times <= 1 || is_marked(&message),
            "{id}, the service's own, reached the carrier {times} times without being marked"
        );
    }
    Ok(reckoning)
}

fn is_marked(message: &Value) -> bool {
    let marked = message.get("possible_repeat").and_then(Value::as_bool);
    marked.unwrap_or(false)
}

/// Every acknowledged message as the API tells it.
async fn told(
    api: &Http,
    lanes: &BTreeMap<usize, Vec<String>>,
) -> anyhow::Result<HashMap<String, Value>> {
    stream::iter(lanes.values().flatten())
        .map(|id| async move {
            let answer = api.get(&format!("/api/v1/messages/{id}")).await?;
            anyhow::ensure!(
                answer.status == 200,
                "{id} was acknowledged and is not there: {}",
                answer.status
            );
            anyhow::Ok((id.clone(), answer.json()))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
