//! Receipts that come to a node which has not sent their messages, and do not say which attempt they are about.

use std::time::Duration;

use domain::MessageId;
use serde_json::json;
use stories::fleet::Fleet;
use stories::sandbox::OUR_NUMBER;
use stories::world::text;
use stories::{calls, ledger, stopwatch, tick};

/// Nodes beat twice a second.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_that_names_no_attempt_finds_the_node_that_knows_it() -> anyhow::Result<()> {
    // Nobody asks the carrier what became of a message: only the receipt tells.
    let mut fleet = Fleet::of(2).await?.with("GYMTEXT_RECEIPT_WAIT", "600");
    let services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    let silent = json!({"drop_callback_rate": 1.0});
    fleet.load.carrier_fails(&silent).await?;
    let front = fleet.load.setup.api();
    let mut messages: Vec<MessageId> = Vec::new();
    for lane in 0..8 {
        let body = json!({
            "member_id": fleet.load.member(lane)?, "content": "Who heard of it?", "channel": "sms",
        });
        let answer = front.json("POST", "/api/v1/messages", &body).await?.json();
        messages.push(text(&answer, "message_id").parse()?);
    }
    let since = stopwatch();
    let seen = loop {
        let seen = ledger::seen(&fleet.load.sandbox.http()).await?;
        if seen.len() == messages.len() && are(&fleet, &messages, "accepted").await? {
            break seen;
        }
        anyhow::ensure!(since.elapsed() < PATIENCE, "in vain: all are sent");
        tick().await;
    };
    // All receipts come to the first node, which has sent some of these.
    for one in &seen {
        let receipt = calls::delivered(&front, "/api/twilio/status", &one.sid, &one.to, OUR_NUMBER);
        let (answer, _) = receipt.make(&fleet.node(0)?.api()).await?;
        anyhow::ensure!(answer.status < 300, "{}", answer.status);
    }
    let since = stopwatch();
    while !are(&fleet, &messages, "delivered").await? {
        anyhow::ensure!(since.elapsed() < PATIENCE, "in vain: all are delivered");
        tick().await;
    }
    Fleet::end(services).await
}

/// Whether all of these have this status.
async fn are(fleet: &Fleet, messages: &[MessageId], status: &str) -> anyhow::Result<bool> {
    for id in messages {
        let path = format!("/api/v1/messages/{id}");
        let message = fleet.node(0)?.api().get(&path).await?.json();
        if text(&message, "status") != status {
            return Ok(false);
        }
    }
    Ok(true)
}
