//! Whoever else writes for long in the same server keeps endpoints from being told; what waits is known all the same, and
//! who it is.

use std::time::Duration;

use serde_json::{Value, json};
use stories::database::Database;
use stories::fleet::Fleet;
use stories::integrator::Integrator;
use stories::world::text;
use stories::{stopwatch, tick};

/// Longer than somebody has to write until the doctor speaks of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until something is so.
async fn until<T>(
    what: &str,
    mut is_so: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let since = stopwatch();
    loop {
        if let Some(found) = is_so().await? {
            return Ok(found);
        }
        anyhow::ensure!(since.elapsed() < PATIENCE, "in vain: {what}");
        tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_holds_up_is_counted_and_the_doctor_names_them() -> anyhow::Result<()> {
    let (server, address, other) = tokio::task::spawn_blocking(|| {
        let server = test_postgres::Cluster::start()?;
        let address = server.database()?;
        let other = test_postgres::database_on(&server.server())?;
        anyhow::Ok((server, address, other))
    })
    .await??;
    let fleet = Fleet::on(Database::at(address), 1)
        .await?
        .with("GYMTEXT_WEBHOOKS_PRIVATE", "loopback");
    let services = fleet.start().await?;
    let node = fleet.node(0)?;
    let crm = Integrator::start().await?;
    let body = json!({"url": crm.url(), "events": ["switch.changed"]});
    let made = node.api().json("POST", "/api/v1/webhooks", &body).await?;
    assert_eq!(made.status, 201, "{}", made.json());
    let path = format!("/api/v1/webhooks/{}", text(&made.json(), "id"));
    let etl = test_postgres::connect(&other).await?;
    etl.batch_execute("SET application_name = 'etl'; BEGIN; CREATE TABLE reports (id int)")
        .await?;

    let switch = json!({"on": true, "reason": "a story"});
    let api = node.api();
    let turned = api.json("PUT", "/api/v1/switches/kind:broadcast", &switch);
    assert_eq!(turned.await?.status, 200);
    let endpoint = node.api().get(&path).await?.json();
    assert_eq!(endpoint.get("waiting"), Some(&json!(1)), "{endpoint:#}");
    let gauge = until("it has waited", async || {
        let metrics = node.inner_http().get("/inner/metrics").await?;
        let metrics = String::from_utf8(metrics.body.to_vec())?;
        let value = metrics
            .lines()
            .find_map(|line| line.strip_prefix("gymtext_webhook_oldest_waiting_seconds "));
        let seconds: f64 = value.unwrap_or_default().parse()?;
        Ok((seconds > 0.0).then_some(seconds))
    });
    gauge.await?;
    let named = until("the doctor names it", async || {
        let said = node.command(&["doctor", "--offline", "--json"]).await?;
        let said: Vec<Value> = serde_json::from_slice(&said.stdout)?;
        let of = |one: &Value| text(one, "what").contains("has been writing since");
        Ok(said.into_iter().find(of))
    })
    .await?;
    assert!(text(&named, "what").contains("\"etl\""), "{named:#}");
    assert!(text(&named, "remedy").contains("pg_terminate_backend"));
    assert!(crm.all().is_empty(), "and nothing was told");

    etl.batch_execute("ROLLBACK").await?;
    until("it is told", async || {
        Ok((crm.all().len() == 1).then_some(()))
    })
    .await?;
    Fleet::end(services).await?;
    drop(server);
    Ok(())
}
