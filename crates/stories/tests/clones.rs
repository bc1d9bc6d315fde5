//! A copy of the database does not send (G33): it is served, keeps what it hears, and waits for an
//! operator.

use std::sync::Arc;

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
    assert_eq!(confirmed.get("sends"), Some(&json!(true)), "{confirmed}");
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
