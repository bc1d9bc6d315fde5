//! How long lanes wait when their node goes: in order, killed and started again, killed for good.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use domain::{Clock as _, Timestamp};
use stories::fleet::Fleet;
use stories::ledger;
use stories::reckoning::reckon;
use stories::sandbox::SystemClock;
use stories::{after, stopwatch, tell};

/// As short as the rules allow: G + D + 5 s.
const LEASE: Duration = Duration::from_secs(8);

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(40);

/// How long messages waited that were asked for as the node went.
struct Waits(Vec<Duration>);

impl Waits {
    fn at(&self, percent: usize) -> Duration {
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).copied().unwrap_or_default()
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (half, most, all) = (self.at(50), self.at(95), self.at(100));
        write!(f, "median {half:?}, 95 % {most:?}, longest {all:?}")
    }
}

/// A message to everybody, asked of those that are left; how long each took to reach the carrier.
async fn waits(fleet: &mut Fleet, from: Timestamp) -> anyhow::Result<Waits> {
    let known: HashMap<_, _> = ids(fleet);
    fleet.load.fill().await?;
    let new: Vec<String> = ids(fleet)
        .into_keys()
        .filter(|id| !known.contains_key(id))
        .collect();
    let since = stopwatch();
    loop {
        let mut arrived: HashMap<String, Timestamp> = HashMap::new();
        for one in ledger::seen(&fleet.load.sandbox.http()).await? {
            let at = one.arrived()?;
            arrived.entry(one.attempt.message.to_string()).or_insert(at);
        }
        let all: Option<Vec<Duration>> = new
            .iter()
            .map(|id| Some(arrived.get(id)?.since(from).to_duration()))
            .collect();
        if let Some(mut all) = all {
            all.sort_unstable();
            return Ok(Waits(all));
        }
        anyhow::ensure!(since.elapsed() < PATIENCE, "some never arrived");
        // The whole ledger is read each time; its own instants are what counts.
        after(Duration::from_millis(100)).await;
    }
}

fn ids(fleet: &Fleet) -> HashMap<String, usize> {
    let lanes = fleet.load.lanes();
    lanes
        .into_iter()
        .flat_map(|(lane, ids)| ids.into_iter().map(move |id| (id, lane)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lanes_wait_no_longer_than_their_node_takes_to_be_replaced() -> anyhow::Result<()> {
    let mut fleet = Fleet::of(2)
        .await?
        .with("GYMTEXT_START_GRACE", "1")
        .with("GYMTEXT_PROVIDER_DEADLINE", "2")
        .with("GYMTEXT_LEASE", &LEASE.as_secs().to_string());
    let mut services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    let leaving = fleet.node(1)?.clone();

    let undisturbed = waits(&mut fleet, SystemClock.now()).await?;
    fleet.load.is_quiet().await?;

    // It leaves in order.
    let node = services.pop().context("the second node")?;
    fleet.front.leave_out(leaving.addr, true);
    let from = SystemClock.now();
    node.ask_to_stop().await?;
    let in_order = waits(&mut fleet, from).await?;
    assert!(node.ended().await?.success());
    fleet.load.is_quiet().await?;

    // It is killed, and started again under its name.
    let node = leaving.start().await?;
    fleet.share_out(&[0, 1]).await?;
    let from = SystemClock.now();
    node.kill().await?;
    let (waited, node) = tokio::join!(waits(&mut fleet, from), leaving.start());
    let (restarted, node) = (waited?, node?);
    fleet.share_out(&[0, 1]).await?;
    fleet.load.is_quiet().await?;

    // It is killed, and stays dead.
    let from = SystemClock.now();
    node.kill().await?;
    let dead = waits(&mut fleet, from).await?;
    fleet.load.is_quiet().await?;

    tell(&format!("undisturbed: {undisturbed}"));
    tell(&format!("it leaves in order: {in_order}"));
    tell(&format!(
        "killed, started again under its name: {restarted}"
    ));
    tell(&format!("killed for good, lease {LEASE:?}: {dead}"));
    tell(&reckon(&fleet.load).await?.to_string());
    let (in_order, restarted, dead) = (in_order.at(100), restarted.at(100), dead.at(100));
    assert!(in_order < Duration::from_secs(5), "{in_order:?}");
    assert!(restarted < Duration::from_secs(6), "{restarted:?}");
    // Not sooner either: until then it could have been alive.
    assert!(dead > LEASE - Duration::from_secs(1), "{dead:?}");
    assert!(dead < LEASE + Duration::from_secs(5), "{dead:?}");
    Fleet::end(services).await
}
