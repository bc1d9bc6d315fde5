//! Kill -9 at random instants under load, and at each named point: nothing acknowledged is lost,
//! nothing is sent twice unless it was said beforehand, lanes stay in order, and the service is
//! back within two seconds (GUARANTEES 4).

use std::time::Duration;

use domain::failpoint::Point;
use serde_json::json;
use stories::chance::Chance;
use stories::load::{LANES, Load};
use stories::reckoning::reckon;
use stories::skips::setting;
use stories::{after, stopwatch, tell, tick};

/// Back within this, in nineteen of twenty starts.
const RECOVERY: Duration = Duration::from_secs(2);

/// And never later than this, however busy the machine is.
const RECOVERY_FLOOR: Duration = Duration::from_secs(5);

/// What waits when the first kill comes, of each caller.
const BACKLOG: usize = 100;

/// What no webhook brought is swept in within this.
const HEARING: Duration = Duration::from_secs(20);

/// Kills in CI and in a long run.
fn kills() -> u64 {
    setting("GYMTEXT_KILLS")
        .and_then(|count| count.parse().ok())
        .unwrap_or(100)
}

/// Who writes while the service is killed for the n-th time.
fn lane_of(round: u64) -> usize {
    usize::try_from(round).unwrap_or(0) % LANES
}

/// What members wrote is stored as often as they wrote it, whatever became of its webhook (G3, G24).
async fn everything_is_heard_once(load: &Load) -> anyhow::Result<()> {
    let mut said = vec![0; LANES];
    for round in 0..kills() {
        if let Some(count) = said.get_mut(lane_of(round)) {
            *count += 1;
        }
    }
    let since = stopwatch();
    for (lane, said) in said.into_iter().enumerate() {
        while load.heard(lane).await? < said && since.elapsed() < HEARING {
            tick().await;
        }
        let heard = load.heard(lane).await?;
        anyhow::ensure!(heard == said, "lane {lane}: {said} said, {heard} heard");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_kills_under_load_lose_nothing_and_repeat_nothing_unsaid() -> anyhow::Result<()> {
    let seed = setting("GYMTEXT_SEED")
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_261_122);
    tell(&format!("seed {seed}"));
    let (begun, mut chance) = (stopwatch(), Chance::seeded(seed));
    let (mut load, mut service) = Load::new().await?;
    // Enough to do that every kill hits open calls.
    load.carrier_fails(&json!({"latency_ms": 500})).await?;
    load.press(BACKLOG).await?;
    let mut restarts = Vec::new();
    for round in 0..kills() {
        let handset = load.handset(lane_of(round));
        let faults = json!({
            "latency_ms": chance.below(40), "http_5xx_before_rate": 0.01, "http_5xx_after_rate": 0.02,
            "cut_connection_before_rate": 0.01, "cut_connection_after_rate": 0.02,
            "drop_callback_rate": 0.02, "duplicate_callback_rate": 0.02,
            "reorder_callback_rate": 0.02, "callback_before_answer_rate": 0.02,
        });
        load.carrier_fails(&faults).await?;
        // The load goes on while the service is killed under it, and so do the members.
        let killing = async {
            after(Duration::from_millis(chance.below(70))).await;
            handset.says("Was that the last set?").await?;
            after(Duration::from_millis(chance.below(70))).await;
            service.kill().await
        };
        let (pressed, killed) = tokio::join!(load.press(usize::MAX), killing);
        pressed?;
        killed?;
        let started = stopwatch();
        service = load.setup.start().await?;
        restarts.push(started.elapsed());
    }
    load.carrier_fails(&json!({})).await?;
    // Whoever was not acknowledged asks once more, so that every message is somebody's.
    load.press(1).await?;
    tell(&format!("{} kills after {:?}", kills(), begun.elapsed()));
    // What is heard late is answered late: the ledgers are compared once nobody writes any more.
    everything_is_heard_once(&load).await?;
    load.is_quiet().await?;
    tell(&reckon(&load).await?.to_string());
    restarts.sort_unstable();
    let slowest = restarts.last().copied().unwrap_or_default();
    let most = restarts
        .get(restarts.len() * 19 / 20)
        .copied()
        .unwrap_or_default();
    tell(&format!(
        "restarts: 95 % within {most:?}, slowest {slowest:?}"
    ));
    assert!(most < RECOVERY, "recovery takes {most:?}");
    assert!(slowest < RECOVERY_FLOOR, "recovery took {slowest:?}");
    assert!(service.terminate().await?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_at_each_named_point_loses_nothing_and_repeats_nothing_unsaid() -> anyhow::Result<()>
{
    let times = setting("GYMTEXT_KILLS").map_or(2, |_| 20);
    // These are passed by sending; the others have stories of their own.
    let points = [
        Point::AcceptBeforeCommit,
        Point::AcceptAfterCommit,
        Point::Claimed,
        Point::Begun,
        Point::Connected,
        Point::Written,
        Point::Answered,
        Point::Settled,
        Point::WebhookBeforeCommit,
        Point::WebhookAfterCommit,
        Point::Sweep,
    ];
    let (mut load, mut service) = Load::new().await?;
    load.carrier_fails(&json!({"latency_ms": 5, "drop_callback_rate": 0.1}))
        .await?;
    for point in points {
        for time in 1..=times {
            assert!(service.terminate().await?.success());
            let count = if point == Point::Connected {
                time
            } else {
                time * 3
            };
            let armed = load
                .setup
                .clone()
                .with("GYMTEXT_ABORT_AT", &format!("{point}:{count}"));
            let mut dying = armed.launch()?;
            let deadline = stopwatch() + Duration::from_secs(20);
            while !dying.has_ended() {
                load.press(2).await?;
                tick().await;
                assert!(stopwatch() < deadline, "{point} was not passed");
            }
            let status = dying.ended().await?;
            assert!(!status.success(), "{point} ended the service in peace");
            service = load.setup.start().await?;
        }
    }
    load.carrier_fails(&json!({})).await?;
    load.press(1).await?;
    load.is_quiet().await?;
    tell(&reckon(&load).await?.to_string());
    assert!(service.terminate().await?.success());
    Ok(())
}
