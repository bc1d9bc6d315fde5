//! A database of the plan is taken over by the real binary and served: its members are answered, what
//! stood in its queue goes out once an operator says so and never before, and it is given back.

use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use anyhow::Context as _;
use domain::failpoint::Point;
use domain::{Clock as _, MemberId, MessageId};
use serde_json::{Value, json};
use simulator::Timing;
use stories::binary::{Setup, path};
use stories::database::Database;
use stories::http::Http;
use stories::ports::free_addr;
use stories::sandbox::{Sandbox, SystemClock};
use stories::world::text;
use stories::{calls, stopwatch, tick};
use test_postgres::{rows, run, schema};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");

/// A service over a database of the plan, its carrier, and the folder that must outlive both.
async fn plan() -> anyhow::Result<(Setup, Sandbox, tempfile::TempDir)> {
    let data = tempfile::tempdir()?;
    let addr = free_addr()?;
    let clock = Arc::new(SystemClock);
    let sandbox = Sandbox::start(&format!("http://{addr}"), clock, Timing::instant()).await?;
    let mut setup = Setup::new(data.path(), addr, sandbox.addr)?;
    setup.database = Database::on_postgres()?;
    for part in ["plan", "plan_whatsapp", "plan_surroundings", "plan_rows"] {
        let statements = std::fs::read_to_string(Path::new(FIXTURES).join(format!("{part}.sql")))?;
        run(&setup.database.url, &statements)?;
    }
    Ok((setup, sandbox, data))
}

/// `gymtext migrate …` on the database of a setup.
async fn migrate(setup: &Setup, words: &[&str], abort: Option<&str>) -> anyhow::Result<Output> {
    let mut command = tokio::process::Command::new(path()?);
    command
        .arg("migrate")
        .args(words)
        .current_dir(&setup.data)
        .env_clear()
        .env("DATABASE_URL", &setup.database.url);
    if let Some(abort) = abort {
        command.env("GYMTEXT_ABORT_AT", abort);
    }
    command.output().await.context("gymtext migrate")
}

async fn migrated(setup: &Setup, words: &[&str]) -> anyhow::Result<String> {
    let output = migrate(setup, words, None).await?;
    anyhow::ensure!(
        output.status.success(),
        "migrate {words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The texts that arrived on a phone.
async fn inbox(carrier: &Http, phone: &str, channel: &str) -> anyhow::Result<Vec<String>> {
    let path = format!("/sandbox/api/phones/{}/messages", phone.replace('+', "%2B"));
    let list = carrier.get(&path).await?.json();
    let list = list
        .get("items")
        .and_then(Value::as_array)
        .or_else(|| list.as_array())
        .cloned()
        .context("the phone's messages")?;
    let here = list
        .iter()
        .filter(|one| text(one, "direction") == "in" && text(one, "channel") == channel);
    Ok(here.map(|one| text(one, "body")).collect())
}

async fn says(carrier: &Http, phone: &str, channel: &str, words: &str) -> anyhow::Result<()> {
    let path = format!("/sandbox/api/phones/{}/say", phone.replace('+', "%2B"));
    let said = json!({"channel": channel, "text": words});
    let said = carrier.json("POST", &path, &said).await?;
    anyhow::ensure!(said.status < 300, "say: {} {}", said.status, said.json());
    Ok(())
}

async fn until(
    what: &str,
    mut ask: impl AsyncFnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let started = stopwatch();
    while !ask().await? {
        anyhow::ensure!(started.elapsed().as_secs() < 30, "in vain: {what}");
        tick().await;
    }
    Ok(())
}

fn member(number: u8) -> MemberId {
    MemberId::from_bytes(bytes(0, number))
}

fn message(last: u8) -> MessageId {
    MessageId::from_bytes(bytes(3, last))
}

/// The ids of the fixture.
const fn bytes(group: u8, last: u8) -> [u8; 16] {
    [0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, group, last]
}

/// The plan's database has each e-mail address once: who asks for Ana's is refused for good and told why, and fails
/// nobody who comes in the same call.
async fn an_address_is_had_once(api: &Http, kim: &str) -> anyhow::Result<()> {
    let named = |name: &str, phone: &str, email: &str| json!({"name": name, "phone": phone, "email": email, "time_zone": "UTC"});
    let late = named("Late", "+14155551078", "ana@example.com");
    let refused = [
        api.json("POST", "/api/v1/members", &late).await?,
        api.json(
            "PATCH",
            &format!("/api/v1/members/{kim}"),
            &json!({"email": "ANA@example.com"}),
        )
        .await?,
    ];
    for refused in &refused {
        let told = refused.json();
        assert_eq!(
            (refused.status, text(&told, "code").as_str()),
            (409, "email_taken"),
            "{told}"
        );
        assert_eq!(told.pointer("/errors/0/field"), Some(&json!("email")));
    }
    let many = json!({"items": [late, named("Mia", "+14155551079", "mia@example.com")]});
    for (status, outcome) in [(201, "created"), (200, "existing")] {
        let made = api.post_once("/api/v1/members/batch", "mia", &many).await?;
        let told = made.json();
        assert_eq!(made.status, status, "{told}");
        assert_eq!(
            told.pointer("/results/0/error/code"),
            Some(&json!("email_taken")),
            "{told}"
        );
        assert_eq!(
            told.pointer("/results/1/outcome"),
            Some(&json!(outcome)),
            "{told}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_database_is_served_and_only_what_was_released_goes_out() -> anyhow::Result<()> {
    let (setup, sandbox, _data) = plan().await?;
    let url = &setup.database.url;
    let shape = schema(url, "schema_migrations")?;
    // All but their days, which change on the way.
    let old =
        "SELECT (to_jsonb(u) - 'timezone' - 'preferred_send_hour')::text FROM users u ORDER BY 1";
    let users = rows(url, old)?;
    let up: Value = serde_json::from_str(&migrated(&setup, &["up", "--json"]).await?)?;
    assert_eq!(up.pointer("/adopted/held"), Some(&json!(8)), "{up}");
    let eve = json!([{"member_id": member(5).to_string(), "why": "unknown_zone"}]);
    assert_eq!(up.pointer("/adopted/unread_zones"), Some(&eve), "{up}");
    // What was due before may have been sent by the service before.
    let from = "SELECT (recurs_from <= now())::text FROM instance";
    assert_eq!(rows(url, from)?, ["true"]);

    // Whoever was there before gets today's workout at their hour, which is none of this story's business.
    let hour = SystemClock.now().as_seconds().rem_euclid(24 * 3600) / 3600;
    run(
        url,
        &format!(
            "UPDATE user_profiles SET time_zone = 'UTC', preferred_send_hour = {}",
            (hour + 12) % 24
        ),
    )?;

    let (ana, ben) = ("+14155551001", "+14155551002");
    let carrier = sandbox.http();
    for phone in [ana, ben] {
        let handset = json!({"number": phone, "whatsapp": true, "sms": true});
        let added = carrier
            .json("POST", "/sandbox/api/phones", &handset)
            .await?;
        assert!(added.status < 300, "{}", added.json());
    }
    let service = setup.start().await?;
    let api = setup.api();

    // An adopted member writes and is answered; what was said before is listed.
    says(&carrier, ana, "sms", "How many squats today?").await?;
    says(&carrier, ben, "whatsapp", "Hello again").await?;
    until("answers", async || {
        Ok(!inbox(&carrier, ana, "sms").await?.is_empty()
            && !inbox(&carrier, ben, "whatsapp").await?.is_empty())
    })
    .await?;
    let listed = api
        .get(&format!("/api/v1/messages?member={}&limit=100", member(1)))
        .await?;
    assert_eq!(listed.status, 200, "{}", listed.json());
    let items = listed
        .json()
        .get("items")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    assert_eq!(
        items,
        14,
        "12 old ones, a question and its answer: {}",
        listed.json()
    );
    // Somebody without a readable number is nobody we know, until it is corrected.
    let gus = format!("/api/v1/members/{}", member(7));
    assert_eq!(api.get(&gus).await?.status, 404);
    run(
        url,
        "UPDATE users SET phone_number = '+14155551007', erased_at = NULL WHERE name = 'Gus'",
    )?;
    assert_eq!(api.get(&gus).await?.status, 200);
    run(
        url,
        "UPDATE users SET phone_number = 'ask at the desk', erased_at = now() WHERE name = 'Gus'",
    )?;
    // Nobody said anything about the queue yet.
    let said_by_us = inbox(&carrier, ben, "whatsapp").await?;
    assert!(
        !said_by_us.iter().any(|words| words.contains("of Ben")),
        "{said_by_us:?}"
    );

    let released: Value =
        serde_json::from_str(&migrated(&setup, &["adopt", "--release", "--json"]).await?)?;
    let count = |name: &str| {
        released
            .get(name)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    assert_eq!((count("released"), count("kept")), (4, 4), "{released}");
    for (last, status) in [
        (1, "delivered"),
        (2, "delivered"),
        (3, "expired"),
        (4, "suppressed"),
    ] {
        let path = format!("/api/v1/messages/{}", message(last));
        until(status, async || {
            let answer = api.get(&path).await?.json();
            // With receipts for having been seen.
            Ok([status, "read"].contains(&text(&answer, "status").as_str()))
        })
        .await
        .with_context(|| format!("message {last}"))?;
    }
    let again = migrated(&setup, &["adopt", "--release"]).await?;
    assert!(again.starts_with("0 released"), "{again}");
    let texts = inbox(&carrier, ben, "whatsapp").await?;
    let of_ben: Vec<&String> = texts
        .iter()
        .filter(|words| words.contains("of Ben"))
        .collect();
    assert_eq!(of_ben, ["First of Ben", "Second of Ben"]);
    for never in [
        "Workout of last week",
        "[Template Message]",
        "Tried before",
        "Perhaps",
        "long",
    ] {
        assert!(
            !texts.iter().any(|words| words.contains(never)),
            "{never}: {texts:?}"
        );
    }
    assert!(
        !inbox(&carrier, ana, "sms")
            .await?
            .iter()
            .any(|words| words.contains("Nobody asked"))
    );

    // STOP works for somebody who came with the database.
    says(&carrier, ben, "whatsapp", "STOP").await?;
    until("the stop", async || {
        let member = api
            .get(&format!("/api/v1/members/{}", member(2)))
            .await?
            .json();
        Ok(member.to_string().contains("opted_out"))
    })
    .await?;
    let new = api
        .json(
            "POST",
            "/api/v1/members",
            &json!({"name": "Kim", "phone": "+14155551077", "time_zone": "UTC"}),
        )
        .await?;
    assert_eq!(new.status, 201, "{}", new.json());
    an_address_is_had_once(&api, &text(&new.json(), "id")).await?;
    assert!(service.terminate().await?.success());

    // What is lost is said before; then it is as it was, with what came since.
    let asked = migrate(&setup, &["down", "--all"], None).await?;
    assert_eq!(asked.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&asked.stderr).contains("1 addresses that said stop"));
    migrated(&setup, &["down", "--all", "--yes"]).await?;
    assert_eq!(schema(url, "schema_migrations")?, shape);
    let back = rows(url, old)?;
    assert_eq!(back.len(), users.len() + 2);
    assert!(users.iter().all(|row| back.contains(row)), "{back:#?}");
    // Whoever chose another day since has it; who is no member has the old one.
    assert_eq!(
        rows(
            url,
            "SELECT DISTINCT timezone FROM users WHERE name IN ('Ana', 'Ben', 'Kim', 'Hal')"
        )?,
        ["UTC"]
    );
    assert_eq!(
        rows(url, "SELECT timezone FROM users WHERE name = 'Gus'")?,
        ["America/New_York"]
    );
    assert_eq!(
        rows(
            url,
            "SELECT name FROM users u JOIN user_profiles p ON p.user_id = u.id WHERE phone_number = '+14155551077'"
        )?,
        ["Kim"]
    );
    assert_eq!(
        rows(
            url,
            "SELECT right(id::text, 3) || status FROM message_queues WHERE right(id::text, 3) < '408' ORDER BY 1"
        )?,
        [
            "401delivered",
            "402delivered",
            "403failed",
            "404failed",
            "405pending",
            "406pending",
            "407processing"
        ]
    );
    assert_eq!(
        rows(
            url,
            "SELECT count(*) FROM messages WHERE content LIKE 'How many squats today?' AND direction = 'inbound'"
        )?,
        ["1"]
    );
    Ok(())
}

/// What members wrote after they had agreed to WhatsApp, and whether they are still known to agree.
const SAID_SINCE: &[(&str, bool)] = &[
    ("STOP", false),
    ("PARAR", false),
    ("SAIR", false),
    ("BAJA", false),
    ("Please stop", false),
    ("Stop texting me", false),
    ("🛑", false),
    // What a person would have to look at is no proof either.
    ("too many texts", false),
    ("cancel my subscription", false),
    ("stop texting me at night", false),
    ("wrong number", false),
    // Other words.
    ("Don't stop", true),
    ("I can't stop eating", true),
    ("How many squats?", true),
    ("HELP", true),
    ("", true),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_heard_as_stop_is_heard_in_old_messages_too() -> anyhow::Result<()> {
    let (setup, _sandbox, _data) = plan().await?;
    let url = &setup.database.url;
    for (at, (words, _)) in SAID_SINCE.iter().enumerate() {
        let words = words.replace('\'', "''");
        let member = format!(
            "WITH somebody AS (
               INSERT INTO users (phone_number) VALUES ('+1415555{:04}') RETURNING id),
             agreed AS (
               INSERT INTO user_profiles (id, user_id, created_at, whatsapp_opt_in, whatsapp_opt_in_date)
               SELECT id, id, now(), true, '2025-03-01 10:00:00+00' FROM somebody)
             INSERT INTO messages (id, client_id, direction, content, delivery_status, created_at)
             SELECT id, id, 'inbound', '{words}', 'received', '2025-03-02 10:00:00+00' FROM somebody",
            2100 + at
        );
        run(url, &member)?;
    }
    let up = migrated(&setup, &["up"]).await?;
    let agreed = rows(url, "SELECT address FROM consents WHERE state = 'opted_in'")?;
    let wrong: Vec<_> = SAID_SINCE
        .iter()
        .enumerate()
        .map(|(at, said)| (format!("+1415555{:04}", 2100 + at), said))
        .filter(|(number, (_, agrees))| agreed.contains(number) != *agrees)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Three of the fixture have nothing that proves it, either.
    let without = SAID_SINCE.iter().filter(|(_, agrees)| !agrees).count() + 3;
    assert!(
        up.contains(&format!("{without} have the WhatsApp flag")),
        "{up}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_while_a_database_is_taken_over_leaves_it_as_it_was() -> anyhow::Result<()> {
    let (setup, _sandbox, _data) = plan().await?;
    let url = &setup.database.url;
    let shape = schema(url, "schema_migrations")?;
    let dead = migrate(&setup, &["up"], Some(&format!("{}:1", Point::Migration))).await?;
    assert!(!dead.status.success(), "the migration was not passed");
    assert_eq!(schema(url, "schema_migrations")?, shape);
    let up = migrated(&setup, &["up"]).await?;
    assert!(up.contains("9 users"), "{up}");
    assert!(
        up.contains("1 have a number on WhatsApp that cannot be read"),
        "{up}"
    );
    // However far the way back had come: at its first step, and right before its end.
    let ours = schema(url, "schema_migrations")?;
    let all = rows(url, "SELECT count(*) FROM schema_migrations")?.concat();
    for step in ["1", &all] {
        let dead = migrate(
            &setup,
            &["down", "--all", "--yes"],
            Some(&format!("{}:{step}", Point::Migration)),
        )
        .await?;
        assert!(!dead.status.success(), "step {step} was not passed");
        assert_eq!(
            rows(url, "SELECT count(*) FROM schema_migrations")?.concat(),
            all
        );
        assert_eq!(schema(url, "schema_migrations")?, ours);
    }
    migrated(&setup, &["down", "--all", "--yes"]).await?;
    assert_eq!(schema(url, "schema_migrations")?, shape);
    Ok(())
}

/// Messages of one member, in both directions.
async fn messages_of(api: &Http, member: MemberId) -> anyhow::Result<usize> {
    let path = format!("/api/v1/messages?member={member}&limit=100");
    let listed = api.get(&path).await?;
    anyhow::ensure!(listed.status == 200, "{}", listed.json());
    let listed = listed.json();
    let items = listed.get("items").and_then(Value::as_array);
    Ok(items.context("messages")?.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_what_was_taken_over_does_not_hear_old_messages_again() -> anyhow::Result<()> {
    let (setup, _sandbox, data) = plan().await?;
    migrated(&setup, &["up"]).await?;
    migrated(&setup, &["adopt", "--discard"]).await?;
    let on_postgres = tokio::task::spawn_blocking(Database::on_postgres).await??;
    for to in [on_postgres, Database::in_a_file(data.path(), "copy.db")] {
        let copy = ["copy", "--from", &setup.database.url, "--to", &to.url];
        migrated(&setup, &copy).await?;
        let copied = Setup {
            database: to,
            ..setup.clone()
        };
        let service = copied.start().await?;
        if let Some(path) = copied.database.url.strip_prefix("sqlite://") {
            let file = rusqlite::Connection::open(path)?;
            let from = "SELECT recurs_from IS NOT NULL FROM instance";
            let is_kept: bool = file.query_row(from, [], |row| row.get(0))?;
            assert!(is_kept, "what was due before is not made by a copy either");
        }
        let api = copied.api();
        let ana = member(1);
        let before = messages_of(&api, ana).await?;
        // The carrier tells an old message once more, as its list does after a move; then a new one.
        for (id, heard) in [("99000000000000000000000000000201", 0), ("98", 1)] {
            let told = calls::webhooks(&api, "+14155551001", id);
            let told = told.first().context("a message by SMS")?;
            let (answer, _) = told.make(&api).await?;
            assert_eq!(answer.status, 200, "{}", answer.json());
            assert_eq!(messages_of(&api, ana).await?, before + heard, "{id}");
        }
        assert!(service.terminate().await?.success());
    }
    Ok(())
}
