//! A node that reaches its carrier and no longer its database: a packet filter drops what is said between
//! them, both ways and without a word.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use stories::database::Database;
use stories::fleet::Fleet;
use stories::front::Front;
use stories::network::{self, Network};
use stories::ports::free_addr;
use stories::reckoning::reckon;
use stories::{after, skips, stopwatch, tell};

/// As short as the rules allow: G + D + 5 s.
const LEASE: Duration = Duration::from_secs(8);

/// G: what was begun before the cut may start for so long.
const GRACE: Duration = Duration::from_secs(1);

/// After the cut is mended it works again within this (G32).
const RESUMED: Duration = Duration::from_secs(5);

/// A node that sends says something to the carrier within this.
const BUSY: Duration = Duration::from_millis(400);

/// For each hundred kills.
const CUTS: u64 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_cut_off_from_its_database_starts_nothing_more() -> anyhow::Result<()> {
    let name = "a_node_cut_off_from_its_database_starts_nothing_more";
    if skips::tool(name, "GYMTEXT_TEST_NFT").is_none() {
        return Ok(());
    }
    if let Err(why) = network::may_be_made() {
        skips::note(name, why);
        return Ok(());
    }
    let network = Network::new()?;
    let ours = network.ours;
    let (server, address) = tokio::task::spawn_blocking(move || {
        let server = test_postgres::Cluster::start_at(ours)?;
        let address = server.database()?;
        anyhow::Ok((server, address))
    })
    .await??;
    let mut fleet = Fleet::on(Database::at(address), 1)
        .await?
        .with("GYMTEXT_START_GRACE", &GRACE.as_secs().to_string())
        .with("GYMTEXT_PROVIDER_DEADLINE", "2")
        .with("GYMTEXT_LEASE", &LEASE.as_secs().to_string());
    // The second node is on the other end of the wire; all it says to the carrier is heard in between.
    let carrier = Front::at(network.ours).await?;
    carrier.stands_before(fleet.load.sandbox.addr);
    network.leads_to(carrier.addr)?;
    let addr = SocketAddr::new(network.theirs, free_addr()?.port());
    let far = fleet.adds(addr, "far")?;
    far.database = Database::at(format!("postgres://postgres@{ours}/gymtext"));
    far.carrier = SocketAddr::new([127, 0, 0, 1].into(), carrier.addr.port());
    far.under = network.under();
    // It knows the server by another address: another home, until somebody says that it is one too (G33).
    fleet.node(0)?.json(&["migrate", "up", "--json"]).await?;
    for number in 0..2 {
        let confirm = ["home", "confirm", "--also", "--yes", "--json"];
        fleet.node(number)?.json(&confirm).await?;
    }
    let services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    fleet.load.carrier_fails(&json!({"latency_ms": 50})).await?;
    for _ in 0..crate::times(CUTS) {
        let before = fleet.share(1).await?;
        let (pressed, cut) = tokio::join!(fleet.load.press_on(100), async {
            after(Duration::from_millis(500)).await;
            network.cut_off_the_database()?;
            let silent = carrier.silent_for();
            anyhow::ensure!(silent < BUSY, "it was not sending: silent for {silent:?}");
            fleet.front.leave_out(addr, true);
            anyhow::Ok(stopwatch())
        });
        pressed?;
        let since = cut?;
        // The other takes over what it had, once it cannot be alive any more.
        fleet.share_out(&[0]).await?;
        let waited = since.elapsed();
        anyhow::ensure!(waited + Duration::from_secs(1) > LEASE, "after {waited:?}");
        fleet.load.press_on(6).await?;
        let (elapsed, silent) = (since.elapsed(), carrier.silent_for());
        tell(&format!(
            "cut off for {elapsed:?}, silent for the last {silent:?}, taken over after {waited:?}"
        ));
        let last = elapsed.saturating_sub(silent);
        assert!(
            last < GRACE + Duration::from_millis(500),
            "it said something to the carrier {last:?} after the cut"
        );
        network.mend()?;
        let mended = stopwatch();
        while fleet.share(1).await?.shards == 0 || fleet.share(1).await?.epoch == before.epoch {
            anyhow::ensure!(mended.elapsed() < LEASE * 4, "it does not come back");
            after(Duration::from_millis(20)).await;
        }
        let back = mended.elapsed();
        tell(&format!("back {back:?} after the cut was mended"));
        assert!(back < RESUMED, "{back:?}");
        fleet.front.leave_out(addr, false);
        fleet.share_out(&[0, 1]).await?;
    }
    fleet.load.press_on(6).await?;
    fleet.load.carrier_fails(&json!({})).await?;
    fleet.load.is_quiet().await?;
    tell(&reckon(&fleet.load).await?.to_string());
    Fleet::end(services).await?;
    drop(server);
    Ok(())
}
