//! Deaths that sending does not pass: while the database is made, while somebody is erased, and before
//! an occurrence is stored. Each leaves all of it or nothing, and the next start goes on (GUARANTEES 4).

use std::sync::Arc;
use std::time::Duration;

use domain::failpoint::Point;
use domain::{Clock as _, Seconds};
use serde_json::{Value, json};
use simulator::Timing;
use stories::binary::Setup;
use stories::ports::free_addr;
use stories::sandbox::{Sandbox, SystemClock};
use stories::world::text;
use stories::{stopwatch, tick};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_before_the_days_workout_is_stored_brings_it_once_all_the_same()
-> anyhow::Result<()> {
    for time in 1..=2 {
        let (setup, sandbox, _data) = fresh().await?;
        let (phone, time_zone) = ("+14155550101", where_it_is_about_noon());
        let handset = json!({"number": phone, "whatsapp": false, "sms": true});
        let carrier = sandbox.http();
        let added = carrier
            .json("POST", "/sandbox/api/phones", &handset)
            .await?;
        assert!(added.status < 300, "{}", added.json());
        // Ana joined the day before, so that this morning's workout is hers.
        let yesterday = SystemClock.now() - Seconds::new(24 * 3600);
        let earlier = setup.start_at(yesterday).await?;
        let member = json!({
            "name": "Ana", "phone": phone, "time_zone": time_zone, "preferred_send_hour": 11,
            "consents": [{"channel": "sms", "state": "opted_in", "source": "story", "wording": "Yes."}],
        });
        let api = setup.api();
        let made = api.json("POST", "/api/v1/members", &member).await?;
        assert_eq!(made.status, 201, "{}", made.json());
        let id = text(&made.json(), "id");
        assert!(earlier.stop().await);
        let armed = setup
            .clone()
            .with("GYMTEXT_ABORT_AT", &format!("{}:1", Point::Occurrence));
        for _ in 0..time {
            assert!(!armed.launch()?.ended().await?.success());
        }
        let service = setup.start().await?;
        let path = format!("/api/v1/messages?member={id}");
        let since = stopwatch();
        let workouts = loop {
            let found = api.get(&path).await?.json();
            let list = found.get("items").and_then(Value::as_array).cloned();
            let messages = list.unwrap_or_default();
            let delivered = |one: &Value| text(one, "status") == "delivered";
            if messages.iter().any(delivered) || since.elapsed() > Duration::from_secs(20) {
                break messages;
            }
            tick().await;
        };
        let [workout] = workouts.as_slice() else {
            anyhow::bail!("{} workouts: {}", workouts.len(), setup.log_tail());
        };
        assert_eq!(text(workout, "status"), "delivered");
        assert_eq!(text(workout, "kind"), "daily_workout");
        assert!(service.terminate().await?.success());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_over_what_was_missed_leaves_the_rest_to_the_next_start() -> anyhow::Result<()> {
    let (setup, _sandbox, _data) = fresh().await?;
    let four_days_ago = SystemClock.now() - Seconds::new(4 * 24 * 3600);
    let earlier = setup.start_at(four_days_ago).await?;
    let member = json!({
        "name": "Ana", "phone": "+14155550101", "time_zone": "UTC", "preferred_send_hour": 6,
    });
    let api = setup.api();
    let made = api.json("POST", "/api/v1/members", &member).await?;
    assert_eq!(made.status, 201, "{}", made.json());
    let path = format!("/api/v1/members/{}/training", text(&made.json(), "id"));
    assert!(earlier.stop().await);
    // One date is noted, and the next one not.
    for _ in 0..2 {
        let armed = setup
            .clone()
            .with("GYMTEXT_ABORT_AT", &format!("{}:2", Point::Missed));
        assert!(!armed.launch()?.ended().await?.success());
    }
    let service = setup.start().await?;
    let since = stopwatch();
    let dates = loop {
        let told = api.get(&path).await?.json();
        let ends = told.get("without_message").and_then(Value::as_array);
        let occasions = ends.into_iter().flatten().map(|end| text(end, "occasion"));
        let dates: Vec<String> = occasions
            .filter_map(|occasion| Some(occasion.strip_prefix("daily_workout:")?.to_owned()))
            .collect();
        // Those of four days, but for one that is not over yet.
        if dates.len() >= 3 || since.elapsed() > Duration::from_secs(20) {
            break dates;
        }
        tick().await;
    };
    let once: std::collections::BTreeSet<_> = dates.iter().collect();
    assert!(once.len() >= 3, "{dates:?}: {}", setup.log_tail());
    assert_eq!(once.len(), dates.len());
    assert!(service.terminate().await?.success());
    Ok(())
}

/// A zone where eleven in the morning has been, not long ago, and the day has hours to go.
fn where_it_is_about_noon() -> String {
    let hour = SystemClock.now().as_seconds().rem_euclid(24 * 3600) / 3600;
    // The sign of these names is the other way round: Etc/GMT+5 is five hours behind.
    match hour - 12 {
        ahead @ 0.. => format!("Etc/GMT+{ahead}"),
        behind => format!("Etc/GMT{behind}"),
    }
}
