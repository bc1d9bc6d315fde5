//! SIGTERM under load: no new work, open calls end and are settled, nothing is left begun, and the
//! next process goes on where this one stopped (G31).

use std::time::Duration;

use domain::DeliveryStatus;
use serde_json::json;
use stories::ledger;
use stories::load::Load;
use stories::reckoning::reckon;
use stories::world::text;
use stories::{after, stopwatch, tell, tick};

/// G31: D + 15 s, with the D of this load.
const ALLOWED: Duration = Duration::from_secs(5 + 15);

/// Stops and starts in one run.
const ROUNDS: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_under_load_settles_everything_that_was_begun() -> anyhow::Result<()> {
    let (mut load, mut service) = Load::new().await?;
    // Slow enough that calls are open whenever the signal comes.
    load.carrier_fails(&json!({"latency_ms": 300})).await?;
    let mut slowest = Duration::ZERO;
    for _ in 0..ROUNDS {
        let api = load.setup.api();
        let stopping = async {
            after(Duration::from_millis(250)).await;
            let started = stopwatch();
            service.ask_to_stop().await?;
            let mut said_so = false;
            while !service.has_ended() {
                let Ok(health) = api.get("/api/health").await else {
                    break;
                };
                said_so |= health.status == 503 && text(&health.json(), "status") == "draining";
                tick().await;
            }
            let status = service.ended().await?;
            anyhow::ensure!(status.success(), "it ended with {status}");
            anyhow::ensure!(said_so, "health never said that it is draining");
            anyhow::Ok(started.elapsed())
        };
        let (pressed, stopped) = tokio::join!(load.press(usize::MAX), stopping);
        pressed?;
        slowest = slowest.max(stopped?);
        service = load.setup.start().await?;
    }
    load.carrier_fails(&json!({})).await?;
    load.press(1).await?;
    load.is_quiet().await?;
    // Had one been left begun, the next process would have called it unconfirmed.
    for made in ledger::made(&load.setup.inner_http()).await? {
        assert_ne!(made.status, DeliveryStatus::Unconfirmed, "{}", made.attempt);
    }
    let reckoning = reckon(&load).await?;
    assert_eq!(reckoning.marked, 0);
    tell(&format!("{reckoning}; slowest stop {slowest:?}"));
    assert!(slowest < ALLOWED, "a stop took {slowest:?}");
    assert!(service.terminate().await?.success());
    Ok(())
}
