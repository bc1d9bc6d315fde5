//! What one node is told to slow down, all do.

use std::time::Duration;

use domain::MessageId;
use serde_json::{Value, json};
use stories::fleet::Fleet;
use stories::{ledger, stopwatch, tell, tick};

/// Nodes look once a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a node has to slow down on SMS.
async fn slowed(fleet: &Fleet, number: usize) -> anyhow::Result<Vec<Value>> {
    let limits = fleet.node(number)?.api().get("/api/v1/limits").await?;
    let limits = limits.json();
    let items = limits.pointer("/items").and_then(Value::as_array);
    let sms = items.and_then(|items| {
        items
            .iter()
            .find(|one| one.get("channel") == Some(&json!("sms")))
    });
    let slowed = sms.and_then(|sms| sms.pointer("/slowed_down")?.as_array());
    Ok(slowed.cloned().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_is_told_to_slow_down_the_other_does_too() -> anyhow::Result<()> {
    let mut fleet = Fleet::of(2).await?;
    let services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    let faults = json!({"http_429_rate": 1.0, "retry_after_seconds": 600});
    fleet.load.carrier_fails(&faults).await?;
    let body = json!({"member_id": fleet.load.member(0)?, "content": "Patience", "channel": "sms"});
    let answer = fleet
        .load
        .setup
        .api()
        .json("POST", "/api/v1/messages", &body)
        .await?;
    anyhow::ensure!(answer.status == 202, "{}", answer.json());
    let since = stopwatch();
    while slowed(&fleet, 0).await?.is_empty() || slowed(&fleet, 1).await?.is_empty() {
        anyhow::ensure!(since.elapsed() < PATIENCE, "in vain: both nodes slow down");
        tick().await;
    }
    tell(&format!("both nodes knew after {:?}", since.elapsed()));
    // Whoever owns a lane: nobody calls any more, though the carrier would take it now.
    fleet.load.carrier_fails(&json!({})).await?;
    let before = ledger::seen(&fleet.load.sandbox.http()).await?.len();
    for lane in 0..8 {
        let body = json!({
            "member_id": fleet.load.member(lane)?, "content": "Not yet", "channel": "sms", "queue": "later",
        });
        let answer = fleet
            .node(lane % 2)?
            .api()
            .json("POST", "/api/v1/messages", &body)
            .await?;
        anyhow::ensure!(answer.status == 202, "{}", answer.json());
        let id: MessageId = stories::world::text(&answer.json(), "message_id").parse()?;
        let path = format!("/api/v1/messages/{id}");
        let since = stopwatch();
        loop {
            let message = fleet.node(0)?.api().get(&path).await?.json();
            if message.pointer("/decision/reasons/0/code") == Some(&json!("sender_throttled")) {
                break;
            }
            anyhow::ensure!(since.elapsed() < PATIENCE, "{message}");
            tick().await;
        }
    }
    let after = ledger::seen(&fleet.load.sandbox.http()).await?.len();
    assert_eq!(before, after);
    Fleet::end(services).await
}
