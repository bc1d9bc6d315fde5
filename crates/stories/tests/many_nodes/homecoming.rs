//! After a home was confirmed every node waits until one of them has read the carrier's list to its end.

use std::time::Duration;

use serde_json::{Value, json};
use stories::binary::Setup;
use stories::fleet::Fleet;
use stories::world::text;
use stories::{stopwatch, tick};

const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until a node tells this about why it is held; nothing, once it is not.
async fn until_held(node: &Setup, why: &str) -> anyhow::Result<()> {
    let since = stopwatch();
    loop {
        let health = node.api().get("/api/health").await?.json();
        let told = text(&health, "why");
        if told.contains(why) && told.is_empty() == why.is_empty() {
            return Ok(());
        }
        anyhow::ensure!(since.elapsed() < PATIENCE, "not held as `{why}`: {health}");
        tick().await;
    }
}

/// How often the carrier was asked for its list since.
async fn lists_asked_for(fleet: &Fleet) -> anyhow::Result<usize> {
    let carrier = fleet.load.sandbox.http();
    let asked = carrier.get("/sandbox/api/requests").await?.json();
    let asked = asked.as_array().cloned().unwrap_or_default();
    let is_list = |request: &&Value| {
        text(request, "method") == "GET" && text(request, "path").contains("/Messages.json")
    };
    Ok(asked.iter().filter(is_list).count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_node_waits_until_one_of_them_has_read_the_list() -> anyhow::Result<()> {
    let fleet = Fleet::of(2).await?;
    let services = fleet.start().await?;
    let fails = json!({"http_5xx_before_rate": 1.0});
    fleet.load.carrier_fails(&fails).await?;
    fleet
        .node(0)?
        .json(&["home", "forget", "--yes", "--json"])
        .await?;
    for number in 0..2 {
        until_held(fleet.node(number)?, "gymtext home confirm").await?;
    }
    let before = lists_asked_for(&fleet).await?;
    let confirm = ["home", "confirm", "--yes", "--json"];
    fleet.node(0)?.json(&confirm).await?;
    for number in 0..2 {
        until_held(fleet.node(number)?, "not read to its end").await?;
    }
    // They have their lanes again, and one of them asks the carrier.
    fleet.share_out(&[0, 1]).await?;
    let since = stopwatch();
    while lists_asked_for(&fleet).await? == before {
        anyhow::ensure!(since.elapsed() < PATIENCE, "nobody reads the list");
        tick().await;
    }
    for number in 0..2 {
        until_held(fleet.node(number)?, "not read to its end").await?;
    }
    fleet.load.carrier_fails(&json!({})).await?;
    for number in 0..2 {
        until_held(fleet.node(number)?, "").await?;
    }
    Fleet::end(services).await
}
