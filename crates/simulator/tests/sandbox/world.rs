//! A sandbox on a real socket, a receiver for its webhooks, and a plain HTTP client.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what stands here is part of the tests"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::{ManualClock, Secret, Timestamp};
use http::StatusCode;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use simulator::{Config, OwnNumber, Simulator, Timing};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "made-up-token";
pub(crate) const OWN: &str = "+14155550199";
pub(crate) const ANA: &str = "+14155550123";

/// A webhook as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) signature: String,
    pub(crate) token: String,
    pub(crate) params: Vec<(String, String)>,
}

impl Hook {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

type Answerer = dyn Fn(&Hook) -> Response + Send + Sync;

/// What receives webhooks.
pub(crate) struct Receiver {
    pub(crate) hooks: Mutex<Vec<Hook>>,
    came: Notify,
    answer: Mutex<Arc<Answerer>>,
}

impl Receiver {
    pub(crate) fn answers(&self, answer: impl Fn(&Hook) -> Response + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Waits until a webhook fits, and returns it.
    pub(crate) async fn until(&self, fits: impl Fn(&Hook) -> bool) -> Hook {
        let wait = async {
            loop {
                let came = self.came.notified();
                if let Some(hook) = self.hooks.lock().unwrap().iter().find(|hook| fits(hook)) {
                    return hook.clone();
                }
                came.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait)
            .await
            .expect("a fitting webhook comes within ten seconds")
    }

    pub(crate) fn statuses(&self) -> Vec<String> {
        let hooks = self.hooks.lock().unwrap();
        hooks
            .iter()
            .filter_map(|hook| hook.get("MessageStatus").map(str::to_owned))
            .collect()
    }
}

async fn receive(State(receiver): State<Arc<Receiver>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let header = |name: &str| {
        let value = parts.headers.get(name);
        value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    };
    let source: Bytes = if parts.method == "GET" {
        parts.uri.query().unwrap_or("").to_owned().into()
    } else {
        body
    };
    let hook = Hook {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        signature: header("x-twilio-signature"),
        token: header("i-twilio-idempotency-token"),
        params: form_urlencoded::parse(&source).into_owned().collect(),
    };
    let answer = Arc::clone(&*receiver.answer.lock().unwrap());
    let response = answer(&hook);
    receiver.hooks.lock().unwrap().push(hook);
    receiver.came.notify_waiters();
    response
}

/// An answer of the sandbox.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn code(&self) -> u64 {
        self.json()["code"].as_u64().unwrap_or(0)
    }
}

pub(crate) struct World {
    pub(crate) base: String,
    pub(crate) hooks: String,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) simulator: Arc<Simulator>,
    client: Client<HttpConnector, Full<Bytes>>,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let receiver = Arc::new(Receiver {
            hooks: Mutex::new(Vec::new()),
            came: Notify::new(),
            answer: Mutex::new(Arc::new(|_| StatusCode::NO_CONTENT.into_response())),
        });
        let stop = CancellationToken::new();
        let hooks_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hooks = format!("http://{}", hooks_listener.local_addr().unwrap());
        let app = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&receiver));
        let ended = stop.clone();
        tokio::spawn(async move {
            ended
                .run_until_cancelled(async { axum::serve(hooks_listener, app).await })
                .await
        });

        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_800_000_000)));
        let mut config = Config::new(ACCOUNT, Secret::new(TOKEN), clock.clone());
        config.timing = Timing::instant();
        let mut own = OwnNumber::new(OWN.parse().unwrap());
        own.sms_url = Some(format!("{hooks}/sms"));
        own.whatsapp_url = Some(format!("{hooks}/whatsapp"));
        config.numbers.push(own);
        change(&mut config);
        let simulator = Simulator::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let ended = stop.clone();
        let served = Arc::clone(&simulator);
        tokio::spawn(async move { served.serve(listener, ended).await });
        Self {
            simulator,
            base,
            hooks,
            receiver,
            clock,
            client: Client::builder(TokioExecutor::new()).build_http(),
            stop,
        }
    }

    /// Any request; `None` when the connection ended without a whole answer.
    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Option<Answer> {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        let mut request = http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let response = self.client.request(request).await.ok()?;
        let (parts, body) = response.into_parts();
        Some(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.collect().await.ok()?.to_bytes(),
        })
    }

    pub(crate) fn basic() -> String {
        format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{TOKEN}")))
    }

    pub(crate) async fn twilio(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        self.try_twilio(method, path, form)
            .await
            .expect("the sandbox answers")
    }

    pub(crate) async fn try_twilio(
        &self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Option<Answer> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let auth = Self::basic();
        let mut headers = vec![("authorization", auth.as_str())];
        if method == "POST" {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let path = if path.starts_with("/v") || path.starts_with("/2010") {
            path.to_owned()
        } else {
            format!("/2010-04-01/Accounts/{ACCOUNT}{path}")
        };
        self.request(method, &path, &headers, body).await
    }

    pub(crate) async fn twilio_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let auth = Self::basic();
        let headers = [
            ("authorization", auth.as_str()),
            ("content-type", "application/json"),
        ];
        self.request(method, path, &headers, body.to_string())
            .await
            .expect("the sandbox answers")
    }

    /// Creates a message from our number to Ana with a callback.
    pub(crate) async fn send(&self, more: &[(&str, &str)]) -> Answer {
        let callback = format!("{}/status?attempt=att_1", self.hooks);
        let mut form = vec![
            ("To", ANA),
            ("From", OWN),
            ("Body", "Great work today!"),
            ("StatusCallback", callback.as_str()),
        ];
        for (name, value) in more {
            form.retain(|(key, _)| key != name);
            if !value.is_empty() {
                form.push((name, value));
            }
        }
        self.twilio("POST", "/Messages.json", &form).await
    }

    pub(crate) async fn send_whatsapp(&self, more: &[(&str, &str)]) -> Answer {
        let (to, from) = (format!("whatsapp:{ANA}"), format!("whatsapp:{OWN}"));
        let mut form = vec![("To", to.as_str()), ("From", from.as_str())];
        form.extend_from_slice(more);
        self.send(&form).await
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let headers = [("content-type", "application/json")];
        self.request(method, &format!("/sandbox/api{path}"), &headers, body)
            .await
            .expect("the sandbox answers")
    }

    pub(crate) async fn phone(&self, number: &str, traits: Value) -> Value {
        let mut body = traits;
        body["number"] = number.into();
        let answer = self.control("POST", "/phones", body).await;
        assert!(answer.status < 300, "{}", answer.text());
        answer.json()
    }

    pub(crate) async fn say(&self, number: &str, body: Value) -> Answer {
        self.control("POST", &format!("/phones/{number}/say"), body)
            .await
    }

    pub(crate) async fn thread(&self, number: &str) -> Vec<Value> {
        let answer = self
            .control("GET", &format!("/phones/{number}/messages"), Value::Null)
            .await;
        answer.json().as_array().cloned().unwrap_or_default()
    }

    /// Waits until a status webhook says this.
    pub(crate) async fn until_status(&self, status: &str) -> Hook {
        self.receiver
            .until(|hook| hook.get("MessageStatus") == Some(status))
            .await
    }
}

/// Checks a signature by Twilio's description, a second time and independently of the crate.
pub(crate) fn signed(url: &str, params: &[(String, String)], token: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut sorted = params.to_vec();
    sorted.sort();
    sorted.dedup();
    let text = sorted
        .iter()
        .fold(url.to_owned(), |text, (key, value)| text + key + value);
    let mut mac: Hmac<sha1::Sha1> = Hmac::new_from_slice(token.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
