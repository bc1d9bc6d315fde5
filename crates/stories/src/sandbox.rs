//! The pretend carrier on a real socket, in the test's own process: it outlives the service that is
//! killed, and keeps its own ledger.

use std::net::SocketAddr;
use std::sync::Arc;

use domain::{Clock, PhoneNumber, Secret, Timestamp};
use serde_json::json;
use simulator::{Config, OwnNumber, Simulator, StripeConfig, Timing};
use tokio_util::sync::CancellationToken;

/// The account of all stories; made up.
pub const ACCOUNT: &str = "AC0f3e5d7c9b1a2f4e6d8c0b2a4f6e8d0c";
/// Its token; made up.
pub const TOKEN: &str = "9c7b1b6a5f0e4d3c2b1a09f8e7d6c5b4";
/// Our number for SMS and WhatsApp.
pub const OUR_NUMBER: &str = "+14155550199";

/// The key of the pretend Stripe; made up.
pub const STRIPE_KEY: &str = "sk_test_of_stories";
/// What signs its events.
pub const STRIPE_SECRET: &str = "whsec_of_stories";
/// The one price there is.
pub const STRIPE_PRICE: &str = "price_of_stories";

/// Where the sandbox's model is asked.
pub const MODEL_PATH: &str = "/sandbox/openai/v1";

/// In a setting, the sandbox's own mail server.
pub const MAILBOX: &str = "smtp://sandbox";

/// The time of day, for a carrier beside a process that reads the system's clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the binary under test reads the system's clock, so the carrier must"
    )]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A running sandbox; it stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Where it takes letters.
    pub mail: SocketAddr,
    stop: CancellationToken,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Sandbox {
    /// Starts one whose webhooks go to `service`, e.g. `http://127.0.0.1:4000`.
    pub async fn start(
        service: &str,
        clock: Arc<dyn Clock>,
        timing: Timing,
    ) -> anyhow::Result<Self> {
        Self::start_as(service, clock, timing, |_| {}).await
    }

    /// The same with something about the carrier changed.
    pub async fn start_as(
        service: &str,
        clock: Arc<dyn Clock>,
        timing: Timing,
        change: impl FnOnce(&mut Config),
    ) -> anyhow::Result<Self> {
        let mut config = Config::new(ACCOUNT, Secret::new(TOKEN), clock);
        config.timing = timing;
        config.ledger_max = 1_000_000;
        let number: PhoneNumber = OUR_NUMBER.parse()?;
        let mut own = OwnNumber::new(number);
        own.sms_url = Some(format!("{service}/api/twilio/sms"));
        own.whatsapp_url = Some(format!("{service}/api/whatsapp/webhook"));
        config.numbers = vec![own];
        config.stripe = Some(StripeConfig {
            secret_key: Secret::new(STRIPE_KEY),
            price: STRIPE_PRICE.into(),
            webhook_url: Some(format!("{service}/api/stripe/webhook")),
            webhook_secret: Secret::new(STRIPE_SECRET),
        });
        change(&mut config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let letters = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let mail = letters.local_addr()?;
        let stop = CancellationToken::new();
        let simulator = Simulator::new(config);
        let (token, also) = (stop.clone(), stop.clone());
        let mailbox = Arc::clone(&simulator);
        tokio::spawn(async move { mailbox.serve_mail(letters, also).await });
        tokio::spawn(async move { simulator.serve(listener, token).await });
        Ok(Self { addr, mail, stop })
    }

    /// Makes a template through the carrier's own Content API, approved for WhatsApp; its id.
    pub async fn template(&self, name: &str, body: &str) -> anyhow::Result<String> {
        let authorization = authorization();
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        let content = json!({
            "friendly_name": name, "language": "en", "variables": {"1": "Ana", "2": "today"},
            "types": {"twilio/text": {"body": body}},
        });
        let made = self
            .http()
            .send("POST", "/v1/Content", &headers, content.to_string())
            .await?;
        anyhow::ensure!(
            made.status == 201,
            "a template: {} {}",
            made.status,
            made.json()
        );
        let sid = crate::world::text(&made.json(), "sid");
        let path = format!("/v1/Content/{sid}/ApprovalRequests/whatsapp");
        let asked = json!({"name": name, "category": "UTILITY"});
        let submitted = self
            .http()
            .send("POST", &path, &headers, asked.to_string())
            .await?;
        anyhow::ensure!(
            submitted.status == 201,
            "approval: {} {}",
            submitted.status,
            submitted.json()
        );
        Ok(sid)
    }

    /// The messages that the carrier keeps for the account, the newest first.
    pub async fn messages(&self) -> anyhow::Result<Vec<serde_json::Value>> {
        let authorization = authorization();
        let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=1000");
        let headers = [("authorization", authorization.as_str())];
        let list = self.http().send("GET", &path, &headers, "").await?.json();
        let messages = list.get("messages").and_then(serde_json::Value::as_array);
        messages
            .cloned()
            .ok_or_else(|| anyhow::anyhow!("no list: {list}"))
    }

    /// Points our number's inbound SMS somewhere else, as an operator would in the console.
    pub async fn sends_webhooks_to(&self, url: &str) -> anyhow::Result<()> {
        let authorization = authorization();
        let numbers = format!("/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers");
        let headers = [("authorization", authorization.as_str())];
        let list = self
            .http()
            .send("GET", &format!("{numbers}.json"), &headers, "")
            .await?;
        let list = list.json();
        let number = list
            .pointer("/incoming_phone_numbers/0")
            .cloned()
            .unwrap_or_default();
        let path = format!("{numbers}/{}.json", crate::world::text(&number, "sid"));
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("SmsUrl", url)
            .finish();
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let changed = self.http().send("POST", &path, &headers, form).await?;
        anyhow::ensure!(
            changed.status == 200,
            "a number: {} {}",
            changed.status,
            changed.json()
        );
        Ok(())
    }

    /// A client of it.
    pub fn http(&self) -> crate::http::Http {
        crate::http::Http::new(&format!("http://{}", self.addr))
    }
}

/// How the account shows who it is.
fn authorization() -> String {
    use base64::Engine as _;
    let credentials =
        base64::engine::general_purpose::STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    format!("Basic {credentials}")
}
