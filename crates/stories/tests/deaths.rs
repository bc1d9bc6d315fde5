//! Deaths that sending does not pass: while the database is made, and while somebody is erased. Each
//! leaves all of it or nothing, and the next start goes on (GUARANTEES 4).

use std::sync::Arc;

use domain::failpoint::Point;
use serde_json::json;
use simulator::Timing;
use stories::binary::{Setup, free_addr};
use stories::sandbox::{Sandbox, SystemClock};
use stories::world::text;

/// A service that was never started, its carrier, and the folder that must outlive both.
async fn fresh() -> anyhow::Result<(Setup, Sandbox, tempfile::TempDir)> {
    let data = tempfile::tempdir()?;
    let addr = free_addr()?;
    let clock = Arc::new(SystemClock);
    let sandbox = Sandbox::start(&format!("http://{addr}"), clock, Timing::instant()).await?;
    let setup = Setup::new(data.path(), addr, sandbox.addr)?;
    Ok((setup, sandbox, data))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_while_the_database_is_made_is_made_good_by_the_next_start() -> anyhow::Result<()> {
    for time in 1..=2 {
        let (setup, _sandbox, _data) = fresh().await?;
        let armed = setup
            .clone()
            .with("GYMTEXT_ABORT_AT", &format!("{}:{time}", Point::Migration));
        let status = armed.launch()?.ended().await?;
        assert!(
            !status.success(),
            "the migration was not passed: {}",
            setup.log_tail()
        );
        let service = setup.start().await?;
        let stats = setup.api().get("/api/v1/stats").await?;
        assert_eq!(stats.status, 200, "{}", stats.json());
        assert!(service.terminate().await?.success());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_while_somebody_is_erased_leaves_all_or_nothing_of_them() -> anyhow::Result<()> {
    for (time, still_there) in [(1, 200), (2, 404)] {
        let (setup, _sandbox, _data) = fresh().await?;
        let armed = setup
            .clone()
            .with("GYMTEXT_ABORT_AT", &format!("{}:{time}", Point::Erasure));
        let dying = armed.start().await?;
        let api = setup.api();
        let member = json!({"name": "Ana", "phone": "+14155550101", "time_zone": "UTC"});
        let made = api.json("POST", "/api/v1/members", &member).await?;
        assert_eq!(made.status, 201, "{}", made.json());
        let path = format!("/api/v1/members/{}", text(&made.json(), "id"));
        let erased = api.send("DELETE", &path, &[], "").await;
        assert!(erased.is_err(), "it answered and should have died");
        assert!(!dying.ended().await?.success());
        let service = setup.start().await?;
        assert_eq!(api.get(&path).await?.status, still_there);
        let again = api.send("DELETE", &path, &[], "").await?;
        assert!([204, 404].contains(&again.status), "{}", again.status);
        assert_eq!(api.get(&path).await?.status, 404);
        assert!(service.terminate().await?.success());
    }
    Ok(())
}
