//! A world for stories: the service and the pretend carrier on real sockets with real files, both
//! on one clock that stands still until it is moved. What people do is said in their words; what is
//! waited for is an event, never a span of time.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::{Channel, Clock, ManualClock, Seconds, Timestamp};
use serde_json::{Value, json};
use simulator::Timing;

use crate::binary::API_KEY;
use crate::database::Database;
use crate::http::{Http, Response};
use crate::ports::free_addr;
use crate::running::Running;
use crate::sandbox::{
    MAILBOX, MODEL_PATH, OUR_NUMBER, STRIPE_KEY, STRIPE_PRICE, STRIPE_SECRET, Sandbox,
};

/// Longer than anything that comes takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The templates of the plan: the setting that names each, its name, its text.
const TEMPLATES: [(&str, &str, &str); 4] = [
    (
        "WHATSAPP_TEMPLATE_DAILY_WORKOUT",
        "daily_workout",
        "Hi {{1}}! Your workout for {{2}} is ready. Reply when you are.",
    ),
    (
        "WHATSAPP_TEMPLATE_WEEKLY_CHECKIN",
        "weekly_checkin",
        "Hey {{1}}! How is your week going? Tell us.",
    ),
    (
        "WHATSAPP_TEMPLATE_WELCOME",
        "welcome",
        "Welcome to GymText, {{1}}! Your training begins now.",
    ),
    (
        "WHATSAPP_TEMPLATE_SUBSCRIPTION_REMINDER",
        "subscription_reminder",
        "Hi {{1}}, your subscription renews on {{2}}. Write to us with any question.",
    ),
];

/// Everything of one story.
#[derive(Debug)]
pub struct World {
    /// The clock of both.
    pub clock: Arc<ManualClock>,
    /// The carrier.
    pub sandbox: Sandbox,
    /// The service.
    pub service: Running,
    /// A client of its API.
    pub api: Http,
    /// A client of the carrier's control API.
    pub carrier: Http,
    people: std::sync::atomic::AtomicUsize,
    settings: Vec<(String, String)>,
    data: tempfile::TempDir,
    database: Database,
}

/// A member with a phone.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id.
    pub id: String,
    /// Their number.
    pub phone: String,
    carrier: Http,
}

/// How somebody joins.
#[derive(Clone, Debug)]
pub struct Joining {
    name: String,
    number: Option<String>,
    consents: Vec<&'static str>,
    phone: Value,
    member: Value,
}

impl Joining {
    /// Somebody with SMS and WhatsApp on their phone, who has agreed to nothing.
    pub fn called(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            number: None,
            consents: Vec::new(),
            phone: json!({}),
            member: json!({}),
        }
    }

    /// Has this number; else one of the United States.
    #[must_use]
    pub fn at(mut self, number: &str) -> Self {
        self.number = Some(number.to_owned());
        self
    }

    /// Agreed to be texted on this channel.
    #[must_use]
    pub fn opted_in(mut self, channel: Channel) -> Self {
        self.consents.push(channel.as_str());
        self
    }

    /// Prefers this channel.
    #[must_use]
    pub fn prefers(self, channel: Channel) -> Self {
        self.with("preferred_channel", json!(channel.as_str()))
    }

    /// One more field of the member.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        if let Some(member) = self.member.as_object_mut() {
            member.insert(field.to_owned(), value);
        }
        self
    }

    /// One more property of their phone.
    #[must_use]
    pub fn on_a_phone(mut self, property: &str, value: Value) -> Self {
        if let Some(phone) = self.phone.as_object_mut() {
            phone.insert(property.to_owned(), value);
        }
        self
    }
}

impl World {
    /// A fresh world on a Thursday noon (UTC).
    pub async fn new() -> anyhow::Result<Self> {
        Self::with(&[]).await
    }

    /// A fresh world with settings of its own.
    pub async fn with(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::beside(settings, |_| {}).await
    }

    /// A fresh world whose carrier is not as usual.
    pub async fn beside(
        settings: &[(&str, &str)],
        carrier: impl FnOnce(&mut simulator::Config),
    ) -> anyhow::Result<Self> {
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_795_003_200)));
        let data = tempfile::tempdir()?;
        let database = Database::fresh(data.path())?;
        let addr = free_addr()?;
        let url = format!("http://{addr}");
        let handed_in: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let clock_of_it = Arc::clone(&handed_in);
        let sandbox = Sandbox::start_as(&url, clock_of_it, Timing::instant(), carrier).await?;
        let mut pairs: Vec<(String, String)> = [
            ("DATABASE_URL", database.url.clone()),
            ("PUBLIC_URL", url.clone()),
            ("GYMTEXT_ADDR", addr.to_string()),
            ("GYMTEXT_INNER_ADDR", "127.0.0.1:0".to_owned()),
            ("TWILIO_ACCOUNT_SID", crate::sandbox::ACCOUNT.to_owned()),
            ("TWILIO_AUTH_TOKEN", crate::sandbox::TOKEN.to_owned()),
            ("TWILIO_PHONE_NUMBER", OUR_NUMBER.to_owned()),
            ("WHATSAPP_ENABLED", "true".to_owned()),
            ("WHATSAPP_PHONE_NUMBER", OUR_NUMBER.to_owned()),
            ("TWILIO_API_URL", format!("http://{}", sandbox.addr)),
            ("GYMTEXT_API_KEY", API_KEY.to_owned()),
            ("STRIPE_API_URL", format!("http://{}", sandbox.addr)),
            ("STRIPE_SECRET_KEY", STRIPE_KEY.to_owned()),
            ("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET.to_owned()),
            ("STRIPE_PRICE_ID", STRIPE_PRICE.to_owned()),
            // Only stories that say so ask a model.
            (
                "OPENAI_BASE_URL",
                format!("http://{}{MODEL_PATH}", sandbox.addr),
            ),
            ("GYMTEXT_COACH_MODEL", "sandbox-1".to_owned()),
            // Stories about nights set them; to the others the hour is all one.
            ("GYMTEXT_QUIET_HOURS", "off".to_owned()),
            // Stories about bursts set it; to the others each message is answered at once.
            ("GYMTEXT_BURST_GAP", "0".to_owned()),
            ("GYMTEXT_FREQUENCY_CAPS", "off".to_owned()),
            ("CRON_SECRET", "cron_secret_of_stories".to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        for (setting, name, body) in TEMPLATES {
            pairs.push((setting.to_owned(), sandbox.template(name, body).await?));
        }
        for (name, value) in settings {
            pairs.retain(|(known, _)| known != name);
            let value = if *value == MAILBOX {
                format!("smtp://{}", sandbox.mail)
            } else {
                (*value).to_owned()
            };
            pairs.push(((*name).to_owned(), value));
        }
        let service = Running::start(pairs.clone(), handed_in).await?;
        let carrier = sandbox.http();
        Ok(Self {
            clock,
            api: Http::new(&url).with_key(API_KEY),
            carrier,
            sandbox,
            service,
            people: std::sync::atomic::AtomicUsize::new(0),
            settings: pairs,
            data,
            database,
        })
    }

    /// The same world after the service was ended in order and started with other settings.
    pub async fn restarts_with(mut self, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        anyhow::ensure!(self.service.stop().await, "something was left begun");
        for (name, value) in settings {
            self.settings.retain(|(known, _)| known != name);
            self.settings
                .push(((*name).to_owned(), (*value).to_owned()));
        }
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        self.service = Running::start(self.settings.clone(), clock).await?;
        Ok(self)
    }

    /// The same world after the service was ended in order and so much time went by without it.
    pub async fn is_away_for(mut self, span: Seconds) -> anyhow::Result<Self> {
        anyhow::ensure!(self.service.stop().await, "something was left begun");
        self.clock.advance(span);
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        self.service = Running::start(self.settings.clone(), clock).await?;
        Ok(self)
    }

    /// Somebody buys a phone and joins.
    pub async fn joins(&self, joining: Joining) -> anyhow::Result<Person> {
        let number = self
            .people
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let phone = joining
            .number
            .unwrap_or_else(|| format!("+1415555{:04}", 1000 + number));
        let mut handset = json!({"number": phone, "whatsapp": true, "sms": true});
        merge(&mut handset, &joining.phone);
        let added = self
            .carrier
            .json("POST", "/sandbox/api/phones", &handset)
            .await?;
        anyhow::ensure!(
            added.status < 300,
            "a phone: {} {}",
            added.status,
            added.json()
        );
        let consents: Vec<Value> = joining
            .consents
            .iter()
            .map(|channel| {
                json!({"channel": channel, "state": "opted_in", "source": "story", "wording": "Yes, text me."})
            })
            .collect();
        let mut member = json!({
            "name": joining.name, "phone": phone, "time_zone": "America/Chicago", "consents": consents,
        });
        merge(&mut member, &joining.member);
        let made = self.api.json("POST", "/api/v1/members", &member).await?;
        anyhow::ensure!(
            made.status == 201,
            "a member: {} {}",
            made.status,
            made.json()
        );
        Ok(Person {
            id: text(&made.json(), "id"),
            phone,
            carrier: self.carrier.clone(),
        })
    }

    /// Accepts a message and returns its id.
    pub async fn sends(&self, to: &Person, fields: Value) -> anyhow::Result<String> {
        let mut body = json!({"member_id": to.id});
        merge(&mut body, &fields);
        let response = self.api.json("POST", "/api/v1/messages", &body).await?;
        anyhow::ensure!(
            response.status == 202,
            "a message: {} {}",
            response.status,
            response.json()
        );
        Ok(text(&response.json(), "message_id"))
    }

    /// A message as the API tells it.
    pub async fn message(&self, id: &str) -> anyhow::Result<Value> {
        let response = self.api.get(&format!("/api/v1/messages/{id}")).await?;
        anyhow::ensure!(
            response.status == 200,
            "message {id}: {} {}",
            response.status,
            response.json()
        );
        Ok(response.json())
    }

    /// Waits until a message has one of these statuses.
    pub async fn reaches(&self, id: &str, statuses: &[&str]) -> anyhow::Result<Value> {
        let reached = self
            .until("a status", async || {
                let message = self.message(id).await?;
                let status = text(&message, "status");
                Ok(statuses.contains(&status.as_str()).then_some(message))
            })
            .await;
        match reached {
            Ok(message) => Ok(message),
            Err(_) => anyhow::bail!(
                "{id} is none of {statuses:?}: {:#}",
                self.message(id).await?
            ),
        }
    }

    /// Waits for something to become so: asked again whenever the service has written something.
    pub async fn until<T>(
        &self,
        what: &str,
        mut ask: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let started = crate::stopwatch();
        let mut changes = self.service.changes();
        loop {
            changes.borrow_and_update();
            if let Some(found) = ask().await? {
                return Ok(found);
            }
            anyhow::ensure!(started.elapsed() < PATIENCE, "in vain: {what}");
            // The carrier may change without the service: look again in a moment either way.
            let _ = tokio::time::timeout(Duration::from_millis(20), changes.changed()).await;
        }
    }

    /// Waits until nothing waits to be sent and nothing is open; what is held stays.
    pub async fn is_quiet(&self) -> anyhow::Result<()> {
        let mut last = (Value::Null, Value::Null);
        let quiet = self
            .until("nothing waits", async || {
                let carrier = self.carrier.get("/sandbox/api/stats").await?.json();
                let service = self.api.get("/api/v1/stats").await?.json();
                let quiet = is_all_told(&carrier) && is_all_done(&service);
                last = (carrier, service);
                Ok(quiet.then_some(()))
            })
            .await;
        quiet.map_err(|error| {
            let (carrier, service) = &last;
            anyhow::anyhow!("{error}: the carrier says {carrier:#}, the service {service:#}")
        })
    }

    /// Where everything is kept.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What time it is.
    pub fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock of everybody.
    pub fn passes(&self, span: Seconds) {
        self.clock.advance(span);
    }

    /// Sets what goes wrong at the carrier.
    pub async fn carrier_fails(&self, faults: Value) -> anyhow::Result<()> {
        let response = self
            .carrier
            .json("PUT", "/sandbox/api/faults", &faults)
            .await?;
        anyhow::ensure!(
            response.status < 300,
            "faults: {} {}",
            response.status,
            response.json()
        );
        Ok(())
    }

    /// Runs the binary with the settings of this world, beside the service: what it prints.
    pub async fn shell(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = tokio::process::Command::new(crate::binary::path()?);
        command
            .args(arguments)
            .current_dir(self.data.path())
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true);
        Ok(String::from_utf8(command.output().await?.stdout)?)
    }

    /// Calls a cron route with the secret.
    pub async fn cron(&self, name: &str) -> anyhow::Result<Response> {
        let headers = [("authorization", "Bearer cron_secret_of_stories")];
        self.api
            .send("POST", &format!("/api/cron/{name}"), &headers, "")
            .await
    }
}

impl Person {
    /// Writes to us.
    pub async fn texts(&self, channel: Channel, words: &str) -> anyhow::Result<()> {
        self.says(json!({"channel": channel.as_str(), "text": words}))
            .await
    }

    /// Does whatever a phone can do.
    pub async fn says(&self, what: Value) -> anyhow::Result<()> {
        let path = format!("/sandbox/api/phones/{}/say", self.phone.replace('+', "%2B"));
        let response = self.carrier.json("POST", &path, &what).await?;
        anyhow::ensure!(
            response.status < 300,
            "say: {} {}",
            response.status,
            response.json()
        );
        Ok(())
    }

    /// Their handset becomes different: out of reach, back again.
    pub async fn becomes(&self, property: &str, value: bool) -> anyhow::Result<()> {
        self.changes("PATCH", "", json!({property: value})).await
    }

    /// No message of ours on this channel reaches them any more.
    pub async fn blocks(&self, channel: Channel) -> anyhow::Result<()> {
        let body = json!({"channel": channel.as_str()});
        self.changes("POST", "/block", body).await
    }

    async fn changes(&self, method: &str, what: &str, body: Value) -> anyhow::Result<()> {
        let number = self.phone.replace('+', "%2B");
        let path = format!("/sandbox/api/phones/{number}{what}");
        let answer = self.carrier.json(method, &path, &body).await?;
        anyhow::ensure!(answer.status < 300, "{path}: {}", answer.json());
        Ok(())
    }

    /// What arrived on their phone, oldest first.
    pub async fn inbox(&self, channel: Channel) -> anyhow::Result<Vec<Value>> {
        let path = format!(
            "/sandbox/api/phones/{}/messages",
            self.phone.replace('+', "%2B")
        );
        let response = self.carrier.get(&path).await?;
        let list = response.json();
        let list = list
            .get("items")
            .and_then(Value::as_array)
            .or_else(|| list.as_array())
            .cloned();
        Ok(list
            .context("the phone's messages")?
            .into_iter()
            .filter(|message| {
                text(message, "direction") == "in" && text(message, "channel") == channel.as_str()
            })
            .filter(|message| {
                !["failed", "undelivered"].contains(&text(message, "status").as_str())
            })
            .collect())
    }

    /// The texts of their inbox.
    pub async fn received(&self, channel: Channel) -> anyhow::Result<Vec<String>> {
        Ok(self
            .inbox(channel)
            .await?
            .iter()
            .map(|message| text(message, "body"))
            .collect())
    }
}

/// A field as text; empty when it is none.
pub fn text(value: &Value, field: &str) -> String {
    value
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn merge(into: &mut Value, from: &Value) {
    if let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) {
        for (name, value) in from {
            into.insert(name.clone(), value.clone());
        }
    }
}

/// Whether the carrier told us what phones wrote: it does so in a request of its own, after it was written.
fn is_all_told(carrier: &Value) -> bool {
    let said = |name: &str| carrier.get(name).and_then(Value::as_u64).unwrap_or(0);
    said("inbound_told") >= said("inbound")
}

/// Whether the service has nothing to send, nothing open and nobody to answer.
fn is_all_done(service: &Value) -> bool {
    let count = |path: &str| service.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    count("/waiting") == 0
        && count("/unanswered") == 0
        && count("/by_status/pending") <= count("/held")
        && count("/by_status/accepted") == 0
}
