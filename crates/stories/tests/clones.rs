//! A copy of the database does not send (G33): it is served, keeps what it hears, and waits for an
//! operator.

use std::sync::Arc;

use domain::Clock as _;
use serde_json::{Value, json};
use simulator::Timing;
use stories::binary::{Service, Setup};
use stories::ports::free_addr;
use stories::sandbox::{Sandbox, SystemClock};
use stories::world::text;
use stories::{stopwatch, tick};

const PHONE: &str = "+14155550101";

/// A service, its carrier and one member with a phone.
struct Place {
    setup: Setup,
    sandbox: Sandbox,
    member: String,
    data: tempfile::TempDir,
}

impl Place {
    async fn new() -> anyhow::Result<(Self, Service)> {
        let data = tempfile::tempdir()?;
        let addr = free_addr()?;
        let clock = Arc::new(SystemClock);
        let sandbox = Sandbox::start(&format!("http://{addr}"), clock, Timing::instant()).await?;
        let setup = Setup::new(data.path(), addr, sandbox.addr)?
            .with("GYMTEXT_SWEEP_EVERY", "0.1")
            .with("CRON_SECRET", "cron_secret_of_stories");
        let service = setup.start().await?;
        let handset = json!({"number": PHONE, "whatsapp": false, "sms": true});
        let carrier = sandbox.http();
        let phone = carrier
            .json("POST", "/sandbox/api/phones", &handset)
            .await?;
        anyhow::ensure!(phone.status < 300, "{}", phone.json());
        let member = json!({
            "name": "Ana", "phone": PHONE, "time_zone": "UTC",
            "consents": [{"channel": "sms", "state": "opted_in", "source": "story"}],
        });
        let made = setup.api().json("POST", "/api/v1/members", &member).await?;
        anyhow::ensure!(made.status == 201, "{}", made.json());
        let member = text(&made.json(), "id");
        let place = Self {
            setup,
            sandbox,
            member,
            data,
        };
        Ok((place, service))
    }

    /// The same service on a copy of its database.
    fn cloned(&self) -> anyhow::Result<Setup> {
        Ok(Setup {
            database: self.setup.database.cloned(self.data.path())?,
            ..self.setup.clone()
        })
    }

    async fn sends(&self, setup: &Setup, content: &str) -> anyhow::Result<String> {
        let body = json!({"member_id": self.member, "content": content, "kind": "system"});
        let answer = setup.api().json("POST", "/api/v1/messages", &body).await?;
        anyhow::ensure!(answer.status == 202, "{}", answer.json());
        Ok(text(&answer.json(), "message_id"))
    }

    /// What has arrived on the phone.
    async fn received(&self) -> anyhow::Result<Vec<String>> {
        let path = format!("/sandbox/api/phones/{}/messages", PHONE.replace('+', "%2B"));
        let list = self.sandbox.http().get(&path).await?.json();
        let list = list.get("items").unwrap_or(&list).as_array().cloned();
        Ok(list
            .unwrap_or_default()
            .iter()
            .filter(|message| text(message, "direction") == "in")
            .map(|message| text(message, "body"))
            .collect())
    }
}

async fn until_status(setup: &Setup, id: &str, wanted: &str) -> anyhow::Result<()> {
    let since = stopwatch();
    loop {
        let message = setup.api().get(&format!("/api/v1/messages/{id}")).await?;
        let message = message.json();
        if text(&message, "status") == wanted {
            return Ok(());
        }
        anyhow::ensure!(
            since.elapsed().as_secs() < 20,
            "{id} is not {wanted}: {message:#}; {}",
            setup.log_tail()
        );
        tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cloned_database_is_served_and_sends_nothing_until_it_is_confirmed() -> anyhow::Result<()>
{
    let (place, service) = Place::new().await?;
    let first = place.sends(&place.setup, "from the original").await?;
    until_status(&place.setup, &first, "delivered").await?;
    assert!(service.terminate().await?.success());

    let clone = place.cloned()?;
    let service = clone.start().await?;
    let health = clone.api().get("/api/health").await?.json();
    assert_eq!(text(&health, "status"), "held", "{health}");
    assert!(
        text(&health, "why").contains("gymtext home confirm"),
        "{health}"
    );
    let ready = clone.inner_http().get("/inner/ready").await?.json();
    assert_eq!(text(&ready, "status"), "held");
    let metrics = clone.inner_http().get("/inner/metrics").await?;
    let metrics = String::from_utf8(metrics.body.to_vec())?;
    assert!(metrics.contains("\ngymtext_held 1\n"), "{metrics}");

    // It takes in what is handed in and what is written to it …
    let waits = place.sends(&clone, "from the clone").await?;
    let said = json!({"channel": "sms", "text": "What is today's workout?"});
    let path = format!("/sandbox/api/phones/{}/say", PHONE.replace('+', "%2B"));
    let carrier = place.sandbox.http();
    assert!(carrier.json("POST", &path, &said).await?.status < 300);
    let since = stopwatch();
    loop {
        let stats = clone.api().get("/api/v1/stats").await?.json();
        if stats.get("unanswered").and_then(Value::as_u64) == Some(1) {
            break;
        }
        assert!(since.elapsed().as_secs() < 20, "not heard: {stats}");
        tick().await;
    }
    // … and makes, asks for and sends nothing.
    let secret = [("authorization", "Bearer cron_secret_of_stories")];
    for cron in ["daily-messages", "weekly-messages", "check-stalled-queues"] {
        let path = format!("/api/cron/{cron}");
        let refused = clone.api().send("POST", &path, &secret, "").await?;
        assert_eq!((refused.status, refused.code()), (503, "held".to_owned()));
    }
    let asked = place
        .sandbox
        .http()
        .get("/sandbox/api/requests")
        .await?
        .json();
    // Ten sweeps of the original's would have been due.
    for _ in 0..200 {
        tick().await;
    }
    let asked_since = place
        .sandbox
        .http()
        .get("/sandbox/api/requests")
        .await?
        .json();
    assert_eq!(asked, asked_since, "the carrier was asked for something");
    assert_eq!(place.received().await?, ["from the original"]);
    let log = clone.log_tail();
    assert_eq!(log.matches("may be a copy").count(), 1, "{log}");
    let doctor = clone.command(&["doctor", "--offline"]).await?;
    let doctor = String::from_utf8(doctor.stdout)?;
    assert!(doctor.contains("may be a copy"), "{doctor}");
    let status = clone.command(&["migrate", "status"]).await?;
    let status = String::from_utf8(status.stdout)?;
    assert!(status.contains("may be a copy"), "{status}");

    // An operator looks, and says yes: it goes on without a restart.
    let refused = clone.command(&["home", "confirm"]).await?;
    assert_eq!(refused.status.code(), Some(2), "without --yes");
    let shown = clone.json(&["home", "show", "--json"]).await?;
    assert_eq!(shown.get("sends"), Some(&json!(false)), "{shown}");
    let confirmed = clone.json(&["home", "confirm", "--yes", "--json"]).await?;
    let why = confirmed.get("why").and_then(|why| why.as_str());
    assert!(
        why.is_some_and(|why| why.contains("list")),
        "what was written meanwhile is read first: {confirmed}"
    );
    until_status(&clone, &waits, "delivered").await?;
    let since = stopwatch();
    while place.received().await?.len() < 3 {
        assert!(
            since.elapsed().as_secs() < 20,
            "the question is not answered"
        );
        tick().await;
    }
    let health = clone.api().get("/api/health").await?.json();
    assert_eq!(text(&health, "status"), "ok");
    assert!(service.terminate().await?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_database_with_another_account_waits_and_with_its_own_goes_on()
-> anyhow::Result<()> {
    let (place, service) = Place::new().await?;
    assert!(service.terminate().await?.success());
    let other = place
        .setup
        .clone()
        .with("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001");
    let service = other.start().await?;
    let health = other.api().get("/api/health").await?.json();
    assert_eq!(text(&health, "status"), "held", "{health}");
    let shown = other.json(&["home", "show", "--json"]).await?;
    assert_eq!(
        shown.pointer("/homes/0/same"),
        Some(&json!({"host": true, "place": true, "database": true, "account": false}))
    );
    assert!(!shown.to_string().contains("AC0000000"), "{shown}");
    assert!(service.terminate().await?.success());
    let service = place.setup.start().await?;
    let id = place.sends(&place.setup, "as before").await?;
    until_status(&place.setup, &id, "delivered").await?;
    assert!(service.terminate().await?.success());
    Ok(())
}

/// Lets everybody have joined the day before.
async fn joined_yesterday(setup: &Setup) -> anyhow::Result<()> {
    let database = setup.database.clone();
    let change = move || match database.url.strip_prefix("sqlite://") {
        Some(path) => {
            let statements = "UPDATE users SET created_at = created_at - 86400000000";
            Ok(rusqlite::Connection::open(path)?.execute_batch(statements)?)
        }
        None => database.execute("UPDATE users SET created_at = created_at - interval '1 day'"),
    };
    tokio::task::spawn_blocking(change).await?
}

/// What became of somebody's workout of the hour: `made`, or why there is none.
async fn workout_of(setup: &Setup, member: &str) -> anyhow::Result<String> {
    let api = setup.api();
    let messages = format!("/api/v1/messages?member={member}");
    let training = format!("/api/v1/members/{member}/training");
    let since = stopwatch();
    loop {
        // It is refused for as long as a home that was just confirmed fetches what was written meanwhile.
        let secret = [("authorization", "Bearer cron_secret_of_stories")];
        let cron = "/api/cron/daily-messages";
        let asked = api.send("POST", cron, &secret, "").await?.json();
        let sent = api.get(&messages).await?.json();
        let items = sent.get("items").and_then(Value::as_array);
        let is_workout = |message: &Value| text(message, "kind") == "daily_workout";
        if items.is_some_and(|items| items.iter().any(is_workout)) {
            return Ok("made".to_owned());
        }
        let told = api.get(&training).await?.json();
        let ends = told.get("without_message").and_then(Value::as_array);
        let mut ends = ends.into_iter().flatten();
        let is_of_workout = |end: &&Value| text(end, "occasion").starts_with("daily_workout");
        if let Some(end) = ends.find(is_of_workout) {
            return Ok(text(end, "why"));
        }
        anyhow::ensure!(since.elapsed().as_secs() < 30, "neither: {asked} {told:#}");
        tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_had_todays_workout_does_not_get_it_again_from_a_backup() -> anyhow::Result<()> {
    let (place, service) = Place::new().await?;
    let hour = SystemClock.now().as_seconds().rem_euclid(24 * 3600) / 3600;
    let member = json!({
        "name": "Bea", "phone": "+14155550102", "time_zone": "UTC", "programme": "everyday", "preferred_send_hour": hour,
        "consents": [{"channel": "sms", "state": "opted_in", "source": "story"}],
    });
    let api = place.setup.api();
    let made = api.json("POST", "/api/v1/members", &member).await?.json();
    let bea = text(&made, "id");
    assert!(!bea.is_empty(), "{made}");
    assert!(service.terminate().await?.success());
    joined_yesterday(&place.setup).await?;
    let backup = place.cloned()?;
    let aside = place.data.path().join("aside");
    std::fs::create_dir(&aside)?;
    let moved = Setup {
        database: place.setup.database.cloned(&aside)?,
        ..place.setup.clone()
    };

    // The original makes it, and then its disk dies.
    let service = place.setup.start().await?;
    assert_eq!(workout_of(&place.setup, &bea).await?, "made");
    assert!(service.terminate().await?.success());

    // Whoever restores a backup cannot know whether it did.
    let service = backup.start().await?;
    backup.json(&["home", "confirm", "--yes", "--json"]).await?;
    assert_eq!(workout_of(&backup, &bea).await?, "before_takeover");
    assert!(service.terminate().await?.success());

    // Whoever moved the database knows that nobody did.
    let service = moved.start().await?;
    let confirm = ["home", "confirm", "--catch-up", "--yes", "--json"];
    moved.json(&confirm).await?;
    assert_eq!(workout_of(&moved, &bea).await?, "made");
    assert!(service.terminate().await?.success());
    Ok(())
}

/// Tells the carrier how to fail; nothing of it, where nothing is said.
async fn carrier_fails(place: &Place, faults: &Value) -> anyhow::Result<()> {
    let carrier = place.sandbox.http();
    let path = "/sandbox/api/faults";
    let answer = carrier.json("PUT", path, faults).await?;
    anyhow::ensure!(answer.status < 300, "{}", answer.json());
    Ok(())
}

/// What Ana writes on her phone.
async fn says(place: &Place, words: &str) -> anyhow::Result<()> {
    let said = json!({"channel": "sms", "text": words});
    let path = format!("/sandbox/api/phones/{}/say", PHONE.replace('+', "%2B"));
    let answer = place.sandbox.http().json("POST", &path, &said).await?;
    anyhow::ensure!(answer.status < 300, "{}", answer.json());
    Ok(())
}

/// Ana writes this while nobody listens.
async fn says_to_nobody(place: &Place, words: &str) -> anyhow::Result<()> {
    let nobody = "http://127.0.0.1:9/nobody-listens";
    place.sandbox.sends_webhooks_to(nobody).await?;
    says(place, words).await?;
    let listens = format!("http://{}/api/twilio/sms", place.setup.addr);
    place.sandbox.sends_webhooks_to(&listens).await
}

/// Waits until the service tells this about why it is held; nothing, once it is not.
async fn until_held(setup: &Setup, why: &str) -> anyhow::Result<()> {
    let since = stopwatch();
    loop {
        let health = setup.api().get("/api/health").await?.json();
        let told = text(&health, "why");
        if (why.is_empty() && told.is_empty()) || (!why.is_empty() && told.contains(why)) {
            return Ok(());
        }
        anyhow::ensure!(
            since.elapsed().as_secs() < 20,
            "not held as `{why}`: {health}; {}",
            setup.log_tail()
        );
        tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_home_sends_nothing_until_the_carriers_list_was_read() -> anyhow::Result<()> {
    let (place, service) = Place::new().await?;
    assert!(service.terminate().await?.success());
    let clone = place.cloned()?;
    let service = clone.start().await?;
    let waits = place.sends(&clone, "from the clone").await?;
    says_to_nobody(&place, "STOP").await?;

    // The carrier's list cannot be read: nothing goes out, and it is told why.
    carrier_fails(&place, &json!({"http_5xx_before_rate": 1.0})).await?;
    clone.json(&["home", "confirm", "--yes", "--json"]).await?;
    until_held(&clone, "not read to its end").await?;
    for _ in 0..200 {
        tick().await;
    }
    until_held(&clone, "not read to its end").await?;
    until_status(&clone, &waits, "queued").await?;
    let log = std::fs::read_to_string(clone.data.join("service.log"))?;
    let told = "cannot be read to its end: nothing is sent before it is";
    assert_eq!(log.matches(told).count(), 1, "{log}");

    // It can: what she said is obeyed first.
    carrier_fails(&place, &json!({})).await?;
    until_held(&clone, "").await?;
    until_status(&clone, &waits, "suppressed").await?;
    assert!(service.terminate().await?.success());
    Ok(())
}

/// Hands in what waits for two seconds, long enough to be in a copy that is taken at once.
async fn sends_soon(place: &Place, content: &str) -> anyhow::Result<String> {
    let soon = (SystemClock.now() + domain::Seconds::new(2)).to_string();
    let body = json!({
        "member_id": place.member, "content": content, "kind": "system", "not_before": soon,
    });
    let api = place.setup.api();
    let answer = api.json("POST", "/api/v1/messages", &body).await?;
    anyhow::ensure!(answer.status == 202, "{}", answer.json());
    Ok(text(&answer.json(), "message_id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_confirmed_before_the_first_start_reads_the_list_before_anything_is_sent()
-> anyhow::Result<()> {
    let (place, service) = Place::new().await?;
    let waits = sends_soon(&place, "from the backup").await?;
    assert!(service.terminate().await?.success());
    let backup = place.cloned()?;
    says_to_nobody(&place, "STOP").await?;

    carrier_fails(&place, &json!({"http_5xx_before_rate": 1.0})).await?;
    backup.json(&["home", "confirm", "--yes", "--json"]).await?;
    let service = backup.start().await?;
    until_held(&backup, "not read to its end").await?;
    for _ in 0..200 {
        tick().await;
    }
    until_held(&backup, "not read to its end").await?;
    until_status(&backup, &waits, "queued").await?;
    assert!(service.terminate().await?.success());

    // A restart changes nothing of that.
    let service = backup.start().await?;
    until_held(&backup, "not read to its end").await?;
    carrier_fails(&place, &json!({})).await?;
    until_held(&backup, "").await?;
    until_status(&backup, &waits, "suppressed").await?;
    assert!(service.terminate().await?.success());

    // Once it was read, a start asks for nothing.
    carrier_fails(&place, &json!({"http_5xx_before_rate": 1.0})).await?;
    let service = backup.start().await?;
    let health = backup.api().get("/api/health").await?.json();
    assert_eq!(text(&health, "status"), "ok", "{health}");
    assert!(service.terminate().await?.success());
    Ok(())
}
