//! Two machines whose clocks disagree, and the database's, which decides (G28).

use std::time::Duration;

use domain::{Clock as _, MessageId, Seconds};
use serde_json::json;
use stories::fleet::{Fleet, share_of};
use stories::ledger;
use stories::load::LANES;
use stories::reckoning::reckon;
use stories::sandbox::SystemClock;
use stories::world::text;
use stories::{skips, stopwatch, tell, tick};

/// Until a due message is with the carrier.
const SOON: Duration = Duration::from_secs(3);

/// Longer than a node takes to see what time it is.
const PATIENCE: Duration = Duration::from_secs(20);

/// Two nodes; the clock of the second is so many seconds ahead, though its machine's uptime is not.
async fn with_a_clock_ahead(library: &str, seconds: u32) -> anyhow::Result<Fleet> {
    let mut fleet = Fleet::of(2).await?;
    if let Some(node) = fleet.nodes.get_mut(1) {
        *node = node
            .clone()
            .with("LD_PRELOAD", library)
            .with("FAKETIME", &format!("+{seconds}s"))
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
    Ok(fleet)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_off_by_forty_seconds_sends_nothing_and_says_so() -> anyhow::Result<()>
{
    let name = "a_node_whose_clock_is_off_by_forty_seconds_sends_nothing_and_says_so";
    let Some(library) = skips::tool(name, "GYMTEXT_TEST_FAKETIME") else {
        return Ok(());
    };
    let mut fleet = with_a_clock_ahead(&library, 40).await?;
    let (right, wrong) = (fleet.node(0)?.clone(), fleet.node(1)?.clone());
    let services = [right.start().await?, wrong.start().await?];
    let since = stopwatch();
    let off = loop {
        let share = share_of(&wrong).await?;
        if let Some(off) = share.clock_off {
            assert_eq!((share.status.as_str(), share.shards), ("clock_off", 0));
            break off;
        }
        anyhow::ensure!(since.elapsed() < PATIENCE, "it never said so: {share:?}");
        tick().await;
    };
    assert!((39.0..42.0).contains(&off), "{off}");
    let health = wrong.api().get("/api/health").await?;
    assert_eq!(health.status, 200);
    assert_eq!(text(&health.json(), "status"), "clock_off");
    // The other does all of the work, and this one goes on taking requests.
    fleet.share_out(&[0]).await?;
    fleet.load.let_them_join().await?;
    fleet.load.press_on(24).await?;
    fleet.load.is_quiet().await?;
    tell(&reckon(&fleet.load).await?.to_string());
    assert_eq!(fleet.share(1).await?.shards, 0);
    let log = std::fs::read_to_string(wrong.data.join("service.log"))?;
    let told = log
        .lines()
        .filter(|line| line.contains("this machine's clock differs"));
    assert_eq!(told.count(), 1, "{}", wrong.log_tail());
    Fleet::end(services.into()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_seconds_apart_both_work_and_go_by_the_databases_clock() -> anyhow::Result<()> {
    let name = "twenty_seconds_apart_both_work_and_go_by_the_databases_clock";
    let Some(library) = skips::tool(name, "GYMTEXT_TEST_FAKETIME") else {
        return Ok(());
    };
    let mut fleet = with_a_clock_ahead(&library, 20).await?;
    let services = fleet.start().await?;
    let before = fleet.share_out(&[0, 1]).await?;
    assert!(
        before.iter().all(|share| share.status == "ok"),
        "{before:?}"
    );
    fleet.load.let_them_join().await?;
    fleet.load.press_on(24).await?;
    fleet.load.is_quiet().await?;
    // Asked of either node, for members of both: due by the database's clock, which is the carrier's here.
    let due = SystemClock.now() + Seconds::from_millis(3_000);
    let mut asked = Vec::new();
    for lane in 0..LANES {
        let node = fleet.node(lane % 2)?;
        let body = json!({
            "member_id": fleet.load.member(lane)?, "kind": "system", "channel": "sms",
            "content": "In three seconds", "queue": "later", "not_before": due.to_string(),
        });
        let answer = node.api().json("POST", "/api/v1/messages", &body).await?;
        anyhow::ensure!(answer.status == 202, "{} {}", answer.status, answer.json());
        asked.push(text(&answer.json(), "message_id").parse::<MessageId>()?);
    }
    fleet.load.is_quiet().await?;
    let seen = ledger::seen(&fleet.load.sandbox.http()).await?;
    let mut latest = Duration::ZERO;
    for id in &asked {
        let one = seen.iter().find(|one| one.attempt.message == *id);
        let Some(one) = one else {
            anyhow::bail!("{id} never reached the carrier")
        };
        let late = one.arrived()?.since(due);
        assert!(late >= Seconds::ZERO, "{id} came {late:?} after it was due");
        latest = latest.max(late.to_duration());
    }
    tell(&format!(
        "the latest of {} came {latest:?} after it was due",
        asked.len()
    ));
    assert!(latest < SOON, "{latest:?}");
    // Twenty seconds are more than the lease: by its own clock the second would have outlived the first.
    let after = fleet.share_out(&[0, 1]).await?;
    assert_eq!(before, after);
    let list = ledger::made(&fleet.load.setup.inner_http()).await?;
    ledger::agree(&seen, &list)?;
    Fleet::end(services).await
}
