//! A node stands still for longer than its lease and the quiet period, and goes on as if nothing had been.

use std::time::Duration;

use serde_json::json;
use stories::fleet::Fleet;
use stories::reckoning::reckon;
use stories::{stopwatch, tell, tick};

/// How long others wait before they take over: as short as the rules allow, G + D + 5 s.
const LEASE: Duration = Duration::from_secs(8);

/// The quiet period.
const QUIET: Duration = Duration::from_secs(1);

/// For each hundred kills; two of three nodes each time.
const FREEZES: u64 = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_frozen_past_its_lease_comes_back_as_another() -> anyhow::Result<()> {
    let mut fleet = Fleet::of(3)
        .await?
        .with("GYMTEXT_START_GRACE", "1")
        .with("GYMTEXT_PROVIDER_DEADLINE", "2")
        .with("GYMTEXT_LEASE", &LEASE.as_secs().to_string())
        .with("GYMTEXT_QUIET_PERIOD", &QUIET.as_secs().to_string());
    let services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    // Slow enough that a frozen node has calls open.
    fleet
        .load
        .carrier_fails(&json!({"latency_ms": 200}))
        .await?;
    for _ in 0..crate::times(FREEZES) {
        let before = fleet.share_out(&[0, 1, 2]).await?;
        fleet.load.press_on(12).await?;
        let frozen = [1, 2];
        for number in frozen {
            if let Some(service) = services.get(number) {
                service.freeze().await?;
            }
            fleet.front.leave_out(fleet.node(number)?.addr, true);
        }
        let since = stopwatch();
        fleet.load.press_on(6).await?;
        // The one that is left takes all over, and finishes what the others had begun.
        let taken = fleet.share_out(&[0]).await?;
        let waited = since.elapsed();
        anyhow::ensure!(waited + Duration::from_secs(1) > LEASE, "after {waited:?}");
        fleet.load.press_on(6).await?;
        while since.elapsed() < LEASE + QUIET + Duration::from_secs(2) {
            tick().await;
        }
        for number in frozen {
            if let Some(service) = services.get(number) {
                service.thaw().await?;
            }
            fleet.front.leave_out(fleet.node(number)?.addr, false);
        }
        let after = fleet.share_out(&[0, 1, 2]).await?;
        let epochs = |shares: &[stories::fleet::Share]| {
            shares.iter().map(|share| share.epoch).collect::<Vec<_>>()
        };
        let (before, taken, after) = (epochs(&before), epochs(&taken), epochs(&after));
        assert_eq!(before.first(), after.first(), "the one that went on");
        assert_eq!(before.first(), taken.first());
        for number in frozen {
            assert_ne!(before.get(number), after.get(number), "node {number}");
        }
        tell(&format!("taken over after {waited:?}"));
    }
    fleet.load.press_on(6).await?;
    fleet.load.carrier_fails(&json!({})).await?;
    fleet.load.is_quiet().await?;
    tell(&reckon(&fleet.load).await?.to_string());
    Fleet::end(services).await
}
