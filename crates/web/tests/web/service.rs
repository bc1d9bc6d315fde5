//! A service to ask: SQLite in a temporary directory, a local provider, a clock that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::response::Response;
use domain::{Channel, Clock, Ids, ManualClock, ProviderName, Secret, Timestamp};
use engine::{Engine, KeywordOwner, Parts, SenderSetting, Settings, TemplateSetting, notices};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use providers::Local;
use serde_json::Value;
use store::committer::OpResult;
use store::{Apply, Committer, Notice, Op, StoreError};
use store_sqlite::{Options, SqliteStore, SqliteWriter};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use web::{State, TwilioInbound, WebSettings};

pub(crate) const KEY: &str = "test-key-1";
pub(crate) const CRON: &str = "test-cron-secret";
pub(crate) const PUBLIC: &str = "https://coach.example";
pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub(crate) struct Service {
    pub(crate) router: axum::Router,
    pub(crate) inner: axum::Router,
    pub(crate) engine: Engine,
    pub(crate) local: Arc<Local>,
    pub(crate) stopping: CancellationToken,
    hold: Option<std::sync::mpsc::Sender<()>>,
    _directory: tempfile::TempDir,
}

/// Waits until the service is dropped, then says that nothing was written.
struct Stuck {
    writer: SqliteWriter,
    /// From when on.
    fails: Arc<AtomicBool>,
    held: std::sync::mpsc::Receiver<()>,
}

impl Apply for Stuck {
    fn apply(
        &mut self,
        ops: &[Op],
        notices: &mut Vec<Notice>,
    ) -> Result<Vec<OpResult>, StoreError> {
        if !self.fails.load(Ordering::Acquire) {
            return self.writer.apply(ops, notices);
        }
        match self.held.recv() {
            Ok(()) | Err(_) => Err(StoreError::Unavailable("it is stuck".into())),
        }
    }
}

/// An answer, read to its end.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The only field the problem names.
    pub(crate) fn field(&self) -> String {
        self.json()["errors"][0]["field"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

impl Service {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut WebSettings)) -> Self {
        Self::build(change, |writer| Box::new(writer)).await
    }

    /// One whose store can be read, and never finishes writing.
    pub(crate) async fn stuck() -> Self {
        let (hold, held) = std::sync::mpsc::channel();
        let is_stuck = Arc::<AtomicBool>::default();
        let from_then = Arc::clone(&is_stuck);
        let stuck = |writer| -> Box<dyn Apply> {
            Box::new(Stuck {
                writer,
                fails: from_then,
                held,
            })
        };
        let mut service = Self::build(|_| (), stuck).await;
        is_stuck.store(true, Ordering::Release);
        service.hold = Some(hold);
        service
    }

    async fn build(
        change: impl FnOnce(&mut WebSettings),
        writes: impl FnOnce(SqliteWriter) -> Box<dyn Apply>,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            hash_key: [7; 32],
            migrate: true,
        };
        let (writer, reader, epoch) =
            SqliteStore::open(&directory.path().join("test.db"), &options).unwrap();
        let (sink, notices) = notices();
        let (committer, _thread) = Committer::start(writes(writer), sink).unwrap();
        let clock: Arc<dyn Clock> =
            Arc::new(ManualClock::at(Timestamp::from_seconds(1_795_000_000)));
        let local = Arc::new(Local::new(Arc::clone(&clock)));
        let sender = |channel, provider, number: &str| SenderSetting {
            channel,
            provider,
            handle: number.parse().unwrap(),
            keywords: KeywordOwner::Service,
            carrier: local.clone(),
            callback: None,
        };
        let engine = Engine::new(Parts {
            committer,
            ask: Arc::new(reader),
            ownership: Arc::new(store::Ownership::alone(epoch)),
            notices,
            ids: Ids::new(Arc::clone(&clock), 11),
            clock,
            seed: 12,
            random: |bytes| {
                bytes.fill(7);
                true
            },
            settings: Settings::default(),
            senders: vec![
                sender(Channel::Sms, ProviderName::Twilio, "+14155550100"),
                sender(Channel::Whatsapp, ProviderName::Whatsapp, "+14155550101"),
            ],
            templates: vec![TemplateSetting {
                name: "welcome".into(),
                provider_template_id: "HX00000000000000000000000000000001".into(),
                language: "en".into(),
                approved: true,
                variables: vec!["1".into()],
                body: Some("Welcome, {{1}}!".into()),
            }],
            catalog: vec![tip()],
            template_host: local.clone(),
            sender_host: local.clone(),
            coach: Arc::new(engine::coach::Rules),
            billing: None,
            spans: providers::otlp::Spans::default(),
        });
        engine.start().await.unwrap();
        let mut settings = WebSettings::new(PUBLIC);
        settings.api_keys = vec![
            ("first".into(), Secret::new(KEY)),
            ("second".into(), Secret::new("test-key-2")),
        ];
        settings.cron_secret = Some(Secret::new(CRON));
        settings.twilio = Some(TwilioInbound {
            account_sid: ACCOUNT.into(),
            auth_tokens: vec![Secret::new(TOKEN)],
            shared_key: None,
        });
        change(&mut settings);
        let stopping = CancellationToken::new();
        let state = State::new(engine.clone(), settings, stopping.clone());
        Self {
            router: web::public_router(state.clone()),
            inner: web::inner_router(state),
            engine,
            local,
            stopping,
            hold: None,
            _directory: directory,
        }
    }

    /// Sends a request as it is.
    pub(crate) async fn raw(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn call(&self, request: Request<Body>) -> Reply {
        read(self.raw(request).await).await
    }

    /// With a key.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(keyed(Method::GET, path).body(Body::empty()).unwrap())
            .await
    }

    /// With a key and a body.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Reply {
        let request = keyed(method, path).header("content-type", "application/json");
        self.call(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, body).await
    }

    /// With an idempotency key.
    pub(crate) async fn post_once(&self, path: &str, key: &str, body: Value) -> Reply {
        let request = keyed(Method::POST, path)
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.call(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// A member with SMS consent; answers the id.
    pub(crate) async fn joins(&self, name: &str, phone: &str) -> String {
        let reply = self
            .post(
                "/api/v1/members",
                serde_json::json!({
                    "name": name, "phone": phone, "time_zone": "America/Chicago",
                    "consents": [{"channel": "sms", "state": "opted_in", "source": "join_page", "wording": "Yes, text me."}],
                }),
            )
            .await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Everything that can be listed and counted: equal before and after means nothing was stored.
    pub(crate) async fn everything(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for path in [
            "/api/v1/members?limit=200",
            "/api/v1/messages?limit=200",
            "/api/v1/stats",
        ] {
            all.push(self.get(path).await.json());
        }
        all
    }
}

pub(crate) fn keyed(method: Method, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {KEY}"))
}

pub(crate) async fn read(response: Response) -> Reply {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Reply {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// A webhook of Twilio's, signed as Twilio signs.
pub(crate) fn signed(path: &str, pairs: &[(&str, &str)]) -> Request<Body> {
    let signature =
        providers::twilio::signature::sign(&format!("{PUBLIC}{path}"), pairs, &Secret::new(TOKEN));
    form(path, pairs, Some(&signature))
}

pub(crate) fn form(path: &str, pairs: &[(&str, &str)], signature: Option<&str>) -> Request<Body> {
    let body: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let mut request =
        Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    if let Some(signature) = signature {
        request = request.header("x-twilio-signature", signature);
    }
    request.body(Body::from(body.join("&"))).unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// A template with a wording of its own.
fn tip() -> engine::templates::Template {
    use engine::templates::{Category, Template, Variable, VariableKind, Wording};
    Template {
        name: "tip".into(),
        category: Category::Utility,
        backup: None,
        variables: vec![Variable {
            name: "name".into(),
            kind: VariableKind::Name,
        }],
        wordings: vec![Wording {
            language: "en".into(),
            body: "Hi {{1}}, your coach has a tip for today.".into(),
            samples: vec!["Ana".into()],
            buttons: Vec::new(),
        }],
    }
}
