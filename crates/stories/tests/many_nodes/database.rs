//! The server is shut down as by a power cut, under load, and comes back.

use std::time::Duration;

use serde_json::json;
use stories::binary::Setup;
use stories::chance::Chance;
use stories::database::Database;
use stories::fleet::Fleet;
use stories::reckoning::reckon;
use stories::{after, stopwatch, tell, tick};

/// Restarts, for each hundred kills.
const RESTARTS: u64 = 8;

/// After the server is back, work goes on within this (G32).
const RESUMED: Duration = Duration::from_secs(5);

/// Longer than a node takes to come back.
const PATIENCE: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_immediate_restart_of_the_server_loses_nothing() -> anyhow::Result<()> {
    tell(&format!("seed {}", crate::seed()));
    let mut chance = Chance::seeded(crate::seed());
    let (mut server, address) = tokio::task::spawn_blocking(|| {
        let server = test_postgres::Cluster::start()?;
        let address = server.database()?;
        anyhow::Ok((server, address))
    })
    .await??;
    let mut fleet = Fleet::on(Database::at(address), 2).await?;
    let services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    fleet
        .load
        .carrier_fails(&json!({"latency_ms": 20, "drop_callback_rate": 0.02}))
        .await?;
    let (nodes, member) = (fleet.nodes.clone(), fleet.load.member(0)?.to_owned());
    let mut slowest = Duration::ZERO;
    for _ in 0..crate::times(RESTARTS) {
        let (before, down) = (chance.below(900), chance.below(1_500));
        let restarting = async {
            after(Duration::from_millis(before)).await;
            server = tokio::task::spawn_blocking(move || {
                server.stop(test_postgres::Stop::Immediate)?;
                anyhow::Ok(server)
            })
            .await??;
            after(Duration::from_millis(down)).await;
            server = tokio::task::spawn_blocking(move || {
                server.run()?;
                anyhow::Ok(server)
            })
            .await??;
            let since = stopwatch();
            for node in &nodes {
                acknowledges(node, &member).await?;
            }
            anyhow::Ok((server, since.elapsed()))
        };
        // Long enough to be under way when the server goes.
        let (pressed, restarted) = tokio::join!(fleet.load.press_on(40), restarting);
        pressed?;
        let (back, resumed) = restarted?;
        server = back;
        slowest = slowest.max(resumed);
    }
    fleet.load.carrier_fails(&json!({})).await?;
    fleet.share_out(&[0, 1]).await?;
    fleet.load.is_quiet().await?;
    tell(&reckon(&fleet.load).await?.to_string());
    tell(&format!("both acknowledged again within {slowest:?}"));
    assert!(slowest < RESUMED, "it took {slowest:?}");
    Fleet::end(services).await
}

/// Asks a node for a message of its own until it has one.
async fn acknowledges(node: &Setup, member: &str) -> anyhow::Result<()> {
    let since = stopwatch();
    let body = json!({
        "member_id": member, "kind": "system", "channel": "sms", "queue": "back", "content": "Back again",
    });
    loop {
        let asked = node.api().json("POST", "/api/v1/messages", &body).await;
        if asked.is_ok_and(|answer| answer.status == 202) {
            return Ok(());
        }
        anyhow::ensure!(since.elapsed() < PATIENCE, "it does not come back");
        tick().await;
    }
}
