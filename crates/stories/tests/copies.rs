//! Moving between stores (`gymtext migrate copy`): everything is there and the same, whenever the copy
//! was killed, and the service goes on with it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use domain::Clock as _;
use domain::failpoint::Point;
use serde_json::{Value, json};
use simulator::Timing;
use store::Shards;
use stories::binary::Setup;
use stories::database::Database;
use stories::ports::free_addr;
use stories::sandbox::{OUR_NUMBER, Sandbox, SystemClock};
use stories::skips::setting;
use stories::world::text;
use stories::{stopwatch, tell, tick};

/// Whoever said STOP and was erased.
const ERASED: &str = "+14155550102";
/// Whoever stays.
const MEMBER: &str = "+14155550101";
/// Whoever is nobody's member.
const STRANGER: &str = "+14155550109";

/// A database with something in every table, closed; and what must still be so in a copy.
struct Life {
    setup: Setup,
    sandbox: Sandbox,
    member: String,
    /// A message that has arrived, as the API tells it.
    arrived: Value,
    /// Two messages that wait, one after the other.
    waiting: [String; 2],
    newest_event: i64,
    data: tempfile::TempDir,
}

async fn post(setup: &Setup, path: &str, body: Value) -> anyhow::Result<Value> {
    let answer = setup.api().json("POST", path, &body).await?;
    anyhow::ensure!(answer.status < 300, "{path}: {}", answer.json());
    Ok(answer.json())
}

async fn message(setup: &Setup, id: &str) -> anyhow::Result<Value> {
    let answer = setup.api().get(&format!("/api/v1/messages/{id}")).await?;
    anyhow::ensure!(answer.status == 200, "{id}: {}", answer.json());
    Ok(answer.json())
}

async fn until<T>(
    setup: &Setup,
    what: &str,
    mut ask: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let since = stopwatch();
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        anyhow::ensure!(
            since.elapsed().as_secs() < 20,
            "in vain: {what}; {}",
            setup.log_tail()
        );
        tick().await;
    }
}

async fn reaches(setup: &Setup, id: &str, status: &str) -> anyhow::Result<Value> {
    let reached = until(setup, status, async || {
        let message = message(setup, id).await?;
        Ok((text(&message, "status") == status).then_some(message))
    })
    .await;
    match reached {
        Ok(message) => Ok(message),
        Err(error) => Err(error.context(format!("{:#}", message(setup, id).await?))),
    }
}

/// The newest event's number, after one that names this message; all before it are numbered upwards.
async fn newest_event(setup: &Setup, after: i64, message: &str) -> anyhow::Result<i64> {
    let ids = setup.api().events_until(after, message).await?;
    anyhow::ensure!(ids.is_sorted(), "events are numbered upwards: {ids:?}");
    ids.last().copied().context("an event")
}

impl Life {
    async fn of(database: impl FnOnce(&Path) -> anyhow::Result<Database>) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let addr = free_addr()?;
        let clock = Arc::new(SystemClock);
        let sandbox = Sandbox::start(&format!("http://{addr}"), clock, Timing::instant()).await?;
        let setup = Setup {
            database: database(data.path())?,
            ..Setup::new(data.path(), addr, sandbox.addr)?
        };
        let service = setup.start().await?;
        let carrier = sandbox.http();
        for number in [MEMBER, ERASED, STRANGER] {
            let phone = json!({"number": number, "whatsapp": true, "sms": true});
            let made = carrier.json("POST", "/sandbox/api/phones", &phone).await?;
            anyhow::ensure!(made.status < 300, "{}", made.json());
        }
        let consents = json!([
            {"channel": "sms", "state": "opted_in", "source": "story", "wording": "Yes, text me – “ja” 🙂"},
            {"channel": "whatsapp", "state": "opted_in", "source": "story"},
        ]);
        let joins = async |name: &str, phone: &str| {
            let body = json!({
                "name": name, "phone": phone, "time_zone": "America/Chicago", "consents": consents,
                "email": format!("{name}@gymtext.example"),
            });
            let made = post(&setup, "/api/v1/members", body).await?;
            anyhow::Ok(text(&made, "id"))
        };
        let (member, leaver) = (joins("Ana", MEMBER).await?, joins("Bo", ERASED).await?);
        let say = async |number: &str, channel: &str, words: &str| {
            let path = format!("/sandbox/api/phones/{}/say", number.replace('+', "%2B"));
            let said = json!({"channel": channel, "text": words});
            let answer = carrier.json("POST", &path, &said).await?;
            anyhow::ensure!(answer.status < 300, "{}", answer.json());
            anyhow::Ok(())
        };
        say(MEMBER, "whatsapp", "What is today's workout?").await?;
        say(STRANGER, "sms", "Who is this?").await?;
        say(ERASED, "sms", "STOP").await?;
        until(&setup, "Bo has opted out", async || {
            let seen = setup
                .api()
                .get(&format!("/api/v1/members/{leaver}"))
                .await?;
            Ok(seen.json().to_string().contains("opted_out").then_some(()))
        })
        .await?;
        let gone = setup
            .api()
            .send("DELETE", &format!("/api/v1/members/{leaver}"), &[], "")
            .await?;
        anyhow::ensure!(gone.status == 204, "{}", gone.status);
        let body = json!({"member_id": member, "content": "Five squats, ½ rest\n“now” 💪", "channel": "sms"});
        let sent = setup
            .api()
            .post_once("/api/v1/messages", "a-key-of-the-callers", &body)
            .await?;
        anyhow::ensure!(sent.status == 202, "{}", sent.json());
        let arrived = reaches(&setup, &text(&sent.json(), "message_id"), "delivered").await?;
        // One is held by a switch …
        let switch = json!({"on": true, "reason": "moving"});
        let held = setup
            .api()
            .json("PUT", "/api/v1/switches/kind:broadcast", &switch)
            .await?;
        anyhow::ensure!(held.status < 300, "{}", held.json());
        let body = json!({"member_id": member, "content": "news", "queue": "news", "kind": "broadcast", "channel": "sms"});
        let news = text(&post(&setup, "/api/v1/messages", body).await?, "message_id");
        reaches(&setup, &news, "held").await?;
        // … and two wait in order, because this sends nothing any more.
        anyhow::ensure!(service.terminate().await?.success());
        setup.json(&["home", "forget", "--yes", "--json"]).await?;
        let service = setup.start().await?;
        let mut waiting = [String::new(), String::new()];
        for (number, id) in waiting.iter_mut().enumerate() {
            let body = json!({
                "member_id": member, "content": format!("number {number}"), "channel": "sms",
                "queue": "plans",
            });
            *id = text(&post(&setup, "/api/v1/messages", body).await?, "message_id");
        }
        until(&setup, "nothing is open", async || {
            let stats = setup.api().get("/api/v1/stats").await?.json();
            let none = |name: &str| stats.pointer(name).and_then(Value::as_u64).unwrap_or(0) == 0;
            let calm =
                none("/unanswered") && none("/by_status/accepted") && none("/by_status/sent");
            Ok(calm.then_some(()))
        })
        .await?;
        let newest_event =
            newest_event(&setup, 0, waiting.last().context("one that waits")?).await?;
        anyhow::ensure!(service.terminate().await?.success());
        Ok(Self {
            setup,
            sandbox,
            member,
            arrived,
            waiting,
            newest_event,
            data,
        })
    }

    async fn copy(&self, from: &Database, to: &Database) -> anyhow::Result<Value> {
        let to = ["--to", &to.url];
        let all = ["migrate", "copy", "--json", "--from", &from.url];
        self.setup.json(&[&all[..], &to[..]].concat()).await
    }

    /// The service on a copy: first it waits, then it goes on where the original was.
    async fn goes_on_with(&self, copy: &Database) -> anyhow::Result<()> {
        let setup = Setup {
            database: copy.clone(),
            ..self.setup.clone()
        };
        let service = setup.start().await?;
        let health = setup.api().get("/api/health").await?.json();
        anyhow::ensure!(text(&health, "status") == "held", "{health}");
        anyhow::ensure!(
            text(&health, "why").contains("a backup or a copy"),
            "{health}"
        );
        // The same answers to the same questions.
        let arrived = message(&setup, &text(&self.arrived, "id")).await?;
        anyhow::ensure!(
            arrived == self.arrived,
            "{arrived:#} was {:#}",
            self.arrived
        );
        let body = json!({"member_id": self.member, "content": "Five squats, ½ rest\n“now” 💪", "channel": "sms"});
        let again = setup
            .api()
            .post_once("/api/v1/messages", "a-key-of-the-callers", &body)
            .await?;
        let same = text(&again.json(), "message_id") == text(&self.arrived, "id");
        anyhow::ensure!(same, "the key is forgotten: {}", again.json());
        // The erased one signs up again, by an import: still opted out (G18).
        let member = json!({
            "name": "Bo again", "phone": ERASED, "time_zone": "UTC",
            "consents": [{"channel": "sms", "state": "opted_in", "source": "a list"}],
        });
        let back = post(&setup, "/api/v1/members", member).await?;
        let seen = setup
            .api()
            .get(&format!("/api/v1/members/{}", text(&back, "id")))
            .await?
            .json();
        anyhow::ensure!(seen.to_string().contains("opted_out"), "{seen:#}");
        let new = json!({"member_id": self.member, "content": "after the move", "channel": "sms"});
        let new = text(&post(&setup, "/api/v1/messages", new).await?, "message_id");
        // Who follows the events goes on from the last one they saw, and misses none.
        newest_event(&setup, self.newest_event, &new).await?;
        setup.json(&["home", "confirm", "--yes", "--json"]).await?;
        reaches(&setup, &new, "delivered").await?;
        let off = json!({"on": false});
        let off = setup
            .api()
            .json("PUT", "/api/v1/switches/kind:broadcast", &off)
            .await?;
        anyhow::ensure!(off.status < 300, "the switch moved with it: {}", off.json());
        for id in &self.waiting {
            reaches(&setup, id, "delivered").await?;
        }
        anyhow::ensure!(service.terminate().await?.success());
        let path = format!(
            "/sandbox/api/phones/{}/messages",
            MEMBER.replace('+', "%2B")
        );
        let list = self.sandbox.http().get(&path).await?.json();
        let list = list.get("items").unwrap_or(&list).as_array().cloned();
        let texts: Vec<String> = list
            .unwrap_or_default()
            .iter()
            .filter(|message| text(message, "from").ends_with(OUR_NUMBER))
            .map(|message| text(message, "body"))
            .filter(|body| body.starts_with("number "))
            .collect();
        anyhow::ensure!(texts == ["number 0", "number 1"], "{texts:?}");
        Ok(())
    }
}

/// The sums of the tables.
fn sums(report: &Value) -> Vec<(String, String)> {
    report
        .get("tables")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|table| (text(table, "table"), text(table, "sha256_sum")))
        .collect()
}

fn rows(report: &Value, name: &str) -> u64 {
    report
        .get("tables")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|table| text(table, "table") == name)
        .and_then(|table| table.get("rows"))
        .and_then(Value::as_u64)
        .unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_goes_to_the_other_store_and_back_and_on() -> anyhow::Result<()> {
    let life = Life::of(Database::fresh).await?;
    let path = life.data.path();
    let on_postgres = Database::on_postgres()?;
    let there = life.copy(&life.setup.database, &on_postgres).await?;
    for table in [
        "users",
        "user_profiles",
        "messages",
        "message_queues",
        "attempts",
        "receipts",
        "decisions",
        "consents",
        "consent_ledger",
        "session_windows",
        "erased_addresses",
        "idempotency_keys",
        "occasions",
        "events",
        "switches",
        "stranger_messages",
        "counters",
    ] {
        assert!(rows(&there, table) > 0, "the story leaves {table} empty");
    }
    let in_a_file = Database::in_a_file(path, "there.db");
    let back = life.copy(&on_postgres, &in_a_file).await?;
    assert_eq!(sums(&there), sums(&back));
    let twin = Database::in_a_file(path, "twin.db");
    assert_eq!(sums(&life.copy(&in_a_file, &twin).await?), sums(&there));
    let twin_on_postgres = Database::on_postgres()?;
    let twins = life.copy(&on_postgres, &twin_on_postgres).await?;
    assert_eq!(sums(&twins), sums(&there));
    // The longest way round goes on sending, on whichever store this run is not told.
    let to = if stories::database::is_postgres() {
        twin
    } else {
        twin_on_postgres
    };
    life.goes_on_with(&to).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn up_to_when_was_looked_for_missed_occurrences_goes_with_them() -> anyhow::Result<()> {
    let life = Life::of(Database::fresh).await?;
    // The table says something of rows that go, too, and shards are the same everywhere.
    let confirm = ["home", "confirm", "--yes", "--json"];
    life.setup.json(&confirm).await?;
    let service = life.setup.start_at(SystemClock.now()).await?;
    let all = async || {
        let engine = service.engine();
        if engine.held().is_some() {
            return Ok(None); // it has just come home, and reads the carrier's list first
        }
        engine.note_missed().await?;
        Ok((engine.shards() == Shards::ALL).then_some(()))
    };
    until(&life.setup, "the lanes", all).await?;
    service.engine().note_missed().await?;
    assert!(service.stop().await);
    let other = Database::in_a_file(life.data.path(), "other.db");
    let copied = life.copy(&life.setup.database, &other).await?;
    assert_eq!(rows(&copied, "checked_occurrences"), 64);
    let on_postgres = Database::on_postgres()?;
    let there = life.copy(&other, &on_postgres).await?;
    assert_eq!(sums(&there), sums(&copied));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_killed_at_any_batch_goes_on_where_it_was() -> anyhow::Result<()> {
    let life = Life::of(Database::fresh).await?;
    let from = &life.setup.database;
    let whole = life.copy(from, &Database::on_postgres()?).await?;
    let mut killed = 0;
    // Before and after the commit of each batch; there is one for each table that holds anything. A short run
    // takes some of them, before and after by turns.
    let step = if setting("GYMTEXT_SOAK").is_some() {
        1
    } else {
        5
    };
    for count in (1..).step_by(step) {
        let on_postgres = killed % 2 == 0;
        let to = if on_postgres {
            Database::on_postgres()?
        } else {
            Database::in_a_file(life.data.path(), &format!("killed-{count}.db"))
        };
        let armed = life
            .setup
            .clone()
            .with("GYMTEXT_ABORT_AT", &format!("{}:{count}", Point::Copy));
        let arguments = [
            "migrate", "copy", "--json", "--from", &from.url, "--to", &to.url,
        ];
        let run = armed.command(&arguments).await?;
        if run.status.success() {
            break;
        }
        killed += 1;
        let half = Setup {
            database: to.clone(),
            ..life.setup.clone()
        };
        let served = half.command(&["serve"]).await?;
        assert_eq!(served.status.code(), Some(1), "half a copy is not served");
        let resumed = life.copy(from, &to).await?;
        assert_eq!(sums(&resumed), sums(&whole), "killed at {count}");
        let before = resumed.get("resumed_rows").and_then(Value::as_u64);
        assert_eq!(before > Some(0), count > 1, "killed at {count}: {before:?}");
    }
    tell(&format!("killed {killed} times"));
    assert!(killed * step >= 30, "{killed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_refuses_a_served_source_and_a_target_that_holds_something() -> anyhow::Result<()> {
    let life = Life::of(Database::fresh).await?;
    let from = life.setup.database.url.clone();
    let refusal = async |from: &str, to: &str| {
        let run = life
            .setup
            .command(&["migrate", "copy", "--from", from, "--to", to])
            .await?;
        anyhow::ensure!(!run.status.success(), "it was copied");
        anyhow::Ok(String::from_utf8(run.stderr)?)
    };
    let full = Database::in_a_file(life.data.path(), "full.db");
    life.copy(&life.setup.database, &full).await?;
    let why = refusal(&from, &full.url).await?;
    assert!(why.contains("holds something already"), "{why}");
    let why = refusal("sqlite://not-there.db", &full.url).await?;
    assert!(why.contains("there is no file"), "{why}");

    let service = life.setup.start().await?;
    let other = Database::in_a_file(life.data.path(), "other.db");
    let why = refusal(&from, &other.url).await?;
    assert!(
        why.contains("another process has it open") || why.contains("somebody is serving it"),
        "{why}"
    );
    // Unless somebody wants it as it is at this moment.
    let arguments = [
        "migrate",
        "copy",
        "--json",
        "--while-served",
        "--from",
        &from,
        "--to",
    ];
    let report = life
        .setup
        .json(&[&arguments[..], &[other.url.as_str()]].concat())
        .await?;
    assert!(rows(&report, "messages") > 0);
    assert!(service.terminate().await?.success());

    // A database that somebody else uses for something else.
    let foreign = Database::on_postgres()?;
    foreign.execute("CREATE TABLE orders (id int)")?;
    let why = refusal(&from, &foreign.url).await?;
    assert!(why.contains("orders"), "{why}");
    assert!(
        !why.contains("postgres://"),
        "an address may hold a password: {why}"
    );
    Ok(())
}
