//! A broadcast on two nodes of which each dies once while its messages are made.

use std::time::Duration;

use serde_json::{Value, json};
use stories::fleet::Fleet;
use stories::load::{LANES, number};
use stories::world::text;
use stories::{stopwatch, tick};

/// Longer than a node's shards take to be taken over, and the messages to be made.
const PATIENCE: Duration = Duration::from_mins(1);

const WORDS: &str = "The gym is closed on Friday.";

async fn until(fleet: &Fleet, id: &str, state: &str) -> anyhow::Result<Value> {
    let since = stopwatch();
    loop {
        let path = format!("/api/v1/broadcasts/{id}");
        if let Ok(answer) = fleet.load.setup.api().get(&path).await {
            let found = answer.json();
            if text(&found, "state") == state {
                return Ok(found);
            }
            anyhow::ensure!(since.elapsed() < PATIENCE, "not {state}: {found:#}");
        }
        tick().await;
    }
}

/// Asks either node until one does it: the front may still know one that is gone.
async fn does(fleet: &Fleet, path: &str, body: &Value) -> anyhow::Result<Value> {
    let since = stopwatch();
    loop {
        match fleet.load.setup.api().json("POST", path, body).await {
            Ok(answer) if answer.status < 300 => return Ok(answer.json()),
            Ok(answer) if answer.status < 500 => anyhow::bail!("{path}: {}", answer.json()),
            _ => anyhow::ensure!(since.elapsed() < PATIENCE, "in vain: {path}"),
        }
        tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_outlives_the_node_that_makes_it_and_comes_once() -> anyhow::Result<()> {
    let mut fleet = Fleet::of(2)
        .await?
        .with("GYMTEXT_SWEEP_EVERY", "0.1")
        .with("GYMTEXT_QUIET_HOURS", "off")
        .with("GYMTEXT_FREQUENCY_CAPS", "off");
    let mut services: Vec<_> = fleet.start().await?.into_iter().map(Some).collect();
    fleet.load.let_them_join().await?;
    fleet.share_out(&[0, 1]).await?;
    let body = json!({
        "name": "Closed", "content": WORDS, "filter": {}, "stages": {"percents": [50, 100]},
    });
    let made = does(&fleet, "/api/v1/broadcasts", &body).await?;
    let id = text(&made, "id");
    let acts = [("start", json!({"revision": 1})), ("next-stage", json!({}))];
    for (victim, (act, body)) in acts.iter().enumerate() {
        does(&fleet, &format!("/api/v1/broadcasts/{id}/{act}"), body).await?;
        let node = fleet.node(victim)?;
        if let Some(service) = services.get_mut(victim).and_then(Option::take) {
            service.kill().await?;
        }
        fleet.front.leave_out(node.addr, true);
        let state = if victim == 0 { "waiting" } else { "finished" };
        let found = until(&fleet, &id, state).await?;
        if victim == 0 {
            assert_eq!(found["taken"], json!(LANES / 2), "{found:#}");
        }
        if let Some(slot) = services.get_mut(victim) {
            *slot = Some(node.start().await?);
        }
        fleet.front.leave_out(node.addr, false);
    }
    fleet.load.is_quiet().await?;
    let carrier = fleet.load.sandbox.http();
    let mut arrived = 0;
    for lane in 0..LANES {
        let phone = number(lane).replace('+', "%2B");
        let path = format!("/sandbox/api/phones/{phone}/messages");
        let inbox = carrier.get(&path).await?.json();
        let inbox = inbox["items"].as_array().or_else(|| inbox.as_array());
        let times = inbox.into_iter().flatten();
        let times = times
            .filter(|one| text(one, "body").contains(WORDS))
            .count();
        assert!(times <= 1, "{times} times on {phone}");
        arrived += times;
    }
    // What was under way when a node died may never have left it: it says so, and is not sent again.
    let found = until(&fleet, &id, "finished").await?;
    let rows = found["progress"]["by_status"].as_array();
    let unsure: u64 = rows
        .into_iter()
        .flatten()
        .filter(|row| text(row, "status") == "unconfirmed")
        .filter_map(|row| row["count"].as_u64())
        .sum();
    assert!(arrived + usize::try_from(unsure)? >= LANES, "{found:#}");
    assert_eq!(found["taken"], json!(LANES), "{found:#}");
    Fleet::end(services.into_iter().flatten().collect()).await
}
