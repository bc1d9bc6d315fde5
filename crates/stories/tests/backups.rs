//! Backups: made while the service runs under load, restored elsewhere, and not sent from before an
//! operator says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use domain::MessageId;
use serde_json::json;
use stories::binary::Setup;
use stories::database::Database;
use stories::ledger::{self, Seen};
use stories::load::Load;
use stories::world::text;
use stories::{tell, tick};

/// Messages of each caller before the backup, and while it is made.
const BEFORE: usize = 25;

/// Whose lane says STOP after the backup: one that is asked for late, and so waits when it is made.
const STOPPED: usize = 20;

/// How often each message was asked for at the carrier.
fn requests(seen: &[Seen]) -> BTreeMap<MessageId, usize> {
    let mut requests = BTreeMap::new();
    for one in seen {
        *requests.entry(one.attempt.message).or_default() += 1;
    }
    requests
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_under_load_is_restored_elsewhere_held_and_goes_on() -> anyhow::Result<()> {
    // Patient with its carrier, which is slow enough that something waits whenever the backup is made.
    let patient = |setup: Setup| {
        setup
            .with("GYMTEXT_PROVIDER_DEADLINE", "30")
            .with("GYMTEXT_LEASE", "40")
    };
    let (mut load, service) = Load::with(patient).await?;
    let original = load.setup.clone();
    let folder = original.data.clone();
    load.carrier_fails(&json!({"latency_ms": 5000})).await?;
    load.press(BEFORE).await?;
    let before: Vec<String> = load.lanes().into_values().flatten().collect();
    let arguments = ["backup", "--to", "backup.db", "--json"];
    let (report, pressed) = tokio::join!(original.json(&arguments), load.press(BEFORE));
    pressed?;
    tell(&format!("{}", report?));
    // The original goes on until it has sent everything; somebody says STOP; then its machine is lost.
    load.carrier_fails(&json!({})).await?;
    load.is_quiet().await?;
    load.handset(STOPPED).says("STOP").await?;
    while load.heard(STOPPED).await? == 0 {
        tick().await;
    }
    load.is_quiet().await?;
    service.kill().await?;
    let carrier = load.sandbox.http();
    let sent = requests(&ledger::seen(&carrier).await?);
    assert_eq!(sent.len(), load.acknowledged());
    assert!(sent.values().all(|times| *times == 1));

    // Elsewhere: another directory, another database.
    let elsewhere = folder.join("elsewhere");
    fs::create_dir(&elsewhere)?;
    let restored = Database::fresh(&elsewhere)?;
    let from = format!("sqlite://{}", folder.join("backup.db").display());
    let arguments = [
        "migrate",
        "copy",
        "--json",
        "--from",
        &from,
        "--to",
        &restored.url,
    ];
    original.json(&arguments).await?;
    load.setup = Setup {
        database: restored,
        data: elsewhere,
        ..original
    };
    let service = load.setup.start().await?;
    let api = load.setup.api();
    assert_eq!(
        text(&api.get("/api/health").await?.json(), "status"),
        "held"
    );
    // Nothing that was acknowledged before the backup is missing. What had not left yet when it was made is
    // still waiting in it, although the original has sent it since.
    let mut waiting = BTreeSet::new();
    for id in &before {
        let message = api.get(&format!("/api/v1/messages/{id}")).await?;
        assert_eq!(message.status, 200, "{id} is lost");
        if ["queued", "sending"].contains(&text(&message.json(), "status").as_str()) {
            waiting.insert(id.parse::<MessageId>()?);
        }
    }
    tell(&format!(
        "{} of {} waited in the backup",
        waiting.len(),
        before.len()
    ));
    assert!(!waiting.is_empty(), "the story needs some that wait");
    for _ in 0..100 {
        tick().await;
    }
    assert_eq!(
        requests(&ledger::seen(&carrier).await?),
        sent,
        "a copy has sent"
    );

    // An operator who confirms it all the same sends those again, and nothing else; but to whoever said
    // STOP to the original, which is asked for first.
    let stopped: BTreeSet<MessageId> = load
        .lanes()
        .remove(&STOPPED)
        .unwrap_or_default()
        .iter()
        .map(|id| id.parse())
        .collect::<Result<_, _>>()?;
    assert!(
        !stopped.is_disjoint(&waiting),
        "the story needs one of theirs"
    );
    load.setup
        .json(&["home", "confirm", "--yes", "--json"])
        .await?;
    load.is_quiet().await?;
    load.press(1).await?;
    load.is_quiet().await?;
    let since = requests(&ledger::seen(&carrier).await?);
    for id in &before {
        let id: MessageId = id.parse()?;
        let again = since.get(&id).copied().unwrap_or(0) - sent.get(&id).copied().unwrap_or(0);
        let expected = waiting.contains(&id) && !stopped.contains(&id);
        assert_eq!(again > 0, expected, "{id} was sent {again} times more");
    }
    assert!(service.terminate().await?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_one_private_file_that_is_checked_and_never_overwritten() -> anyhow::Result<()>
{
    let (mut load, service) = Load::new().await?;
    load.press(2).await?;
    let folder = load.setup.data.join("backups");
    let backup = async |name: &str| {
        let to = folder.join(name);
        load.setup
            .command(&["backup", "--to", &to.display().to_string()])
            .await
    };
    let made = backup("one.db").await?;
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let said = String::from_utf8(made.stdout)?;
    assert!(said.contains("checked"), "{said}");
    let names: Vec<_> = fs::read_dir(&folder)?
        .map(|file| Ok(file?.file_name()))
        .collect::<anyhow::Result<_>>()?;
    assert_eq!(names, ["one.db"], "nothing is left beside it");
    let file = folder.join("one.db");
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    let before = fs::read(&file)?;
    let again = backup("one.db").await?;
    assert!(!again.status.success());
    assert!(String::from_utf8(again.stderr)?.contains("not overwritten"));
    assert_eq!(fs::read(&file)?, before);
    // What a backup that died has left is no obstacle.
    fs::write(folder.join("two.db.partial"), "half")?;
    assert!(backup("two.db").await?.status.success());
    assert!(service.terminate().await?.success());

    // Served as it is: it brings its key, and sends nothing.
    let setup = Setup {
        database: Database::in_a_file(&folder, "one.db"),
        ..load.setup.clone()
    };
    let service = setup.start().await?;
    let health = setup.api().get("/api/health").await?.json();
    assert_eq!(text(&health, "status"), "held", "{health}");
    assert!(folder.join("one.db.key").is_file());
    assert!(service.terminate().await?.success());
    Ok(())
}
