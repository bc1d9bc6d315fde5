//! Four nodes race over thousands of lanes while they are killed and started again.

use std::time::Duration;

use serde_json::json;
use stories::binary::Service;
use stories::chance::Chance;
use stories::fleet::Fleet;
use stories::reckoning::reckon;
use stories::{after, stopwatch, tell};

const NODES: usize = 4;

/// Of each of the 192 members, at the most: 9,984 lanes. A third of them where it is no long run.
const LANES_EACH: u64 = 52;

/// Further messages of each caller, into lanes in which one waits already.
const FURTHER: usize = 40;

/// Kills, for each hundred that a run wants in all.
const KILLS: u64 = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_killed_at_random_lose_nothing_and_repeat_nothing_unsaid() -> anyhow::Result<()> {
    tell(&format!("seed {}", crate::seed()));
    let (begun, mut chance) = (stopwatch(), Chance::seeded(crate::seed()));
    // A carrier that shares two processors with four nodes and their database takes seconds to deliver.
    // No more calls at once than it answers within the start grace, or attempts are begun in vain.
    let mut fleet = Fleet::of(NODES)
        .await?
        .with("GYMTEXT_RECEIPT_WAIT", "8")
        .with("GYMTEXT_CALLS_MAX", "12");
    let lanes = crate::times(LANES_EACH).min(LANES_EACH);
    fleet.load = fleet.load.with_lanes(usize::try_from(lanes)?);
    let mut services: Vec<Option<Service>> = fleet.start().await?.into_iter().map(Some).collect();
    fleet.load.let_them_join().await?;
    tell(&format!("all have joined after {:?}", begun.elapsed()));
    // Rare enough that among ten thousand none fails thrice, and then rests for a minute.
    let faults = json!({
        "latency_ms": 5, "http_5xx_before_rate": 0.003, "http_5xx_after_rate": 0.003,
        "cut_connection_before_rate": 0.003, "cut_connection_after_rate": 0.003,
        "drop_callback_rate": 0.003, "duplicate_callback_rate": 0.02,
        "reorder_callback_rate": 0.02, "callback_before_answer_rate": 0.02,
    });
    fleet.load.carrier_fails(&faults).await?;
    let (load, nodes, front) = (&mut fleet.load, &fleet.nodes, &fleet.front);
    let pressing = async {
        load.fill().await?;
        tell(&format!("all lanes are filled after {:?}", begun.elapsed()));
        load.press_on(FURTHER).await
    };
    let killing = async {
        for _ in 0..crate::times(KILLS) {
            after(Duration::from_millis(300 + chance.below(1_200))).await;
            let victim = usize::try_from(chance.below(NODES as u64))?;
            let (Some(slot), Some(node)) = (services.get_mut(victim), nodes.get(victim)) else {
                continue;
            };
            if let Some(service) = slot.take() {
                service.kill().await?;
            }
            // What was open there is cut; who comes next is sent elsewhere until it answers again.
            front.leave_out(node.addr, true);
            // Sometimes it is gone for a moment.
            after(Duration::from_millis(chance.below(2) * chance.below(1_500))).await;
            *slot = Some(node.start().await?);
            front.leave_out(node.addr, false);
        }
        anyhow::Ok(())
    };
    let (pressed, killed) = tokio::join!(pressing, killing);
    pressed?;
    killed?;
    tell(&format!(
        "{} kills after {:?}",
        crate::times(KILLS),
        begun.elapsed()
    ));
    fleet.load.carrier_fails(&json!({})).await?;
    fleet.load.is_quiet().await?;
    tell(&format!("quiet after {:?}", begun.elapsed()));
    tell(&reckon(&fleet.load).await?.to_string());
    tell(&format!("reckoned after {:?}", begun.elapsed()));
    Fleet::end(services.into_iter().flatten().collect()).await
}
