//! A small HTTP client for stories: JSON in, JSON out.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Longer than anything answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The problem's stable code.
    pub fn code(&self) -> String {
        self.json()
            .get("code")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    /// One header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// An answer that goes on.
#[derive(Debug)]
pub struct Followed {
    response: http::Response<hyper::body::Incoming>,
    read: String,
}

impl Followed {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Reads until all of these words have come; what was read since the last time, and is then forgotten.
    pub async fn until(&mut self, words: &str) -> anyhow::Result<String> {
        let reading = async {
            while !self.read.contains(words) {
                let frame = self.response.frame().await.context("the stream ended")??;
                if let Some(bytes) = frame.data_ref() {
                    self.read.push_str(&String::from_utf8_lossy(bytes));
                }
            }
            anyhow::Ok(std::mem::take(&mut self.read))
        };
        tokio::time::timeout(PATIENCE, reading)
            .await
            .context("nothing of the kind came in time")?
    }

    /// Reads to its end.
    pub async fn ends(mut self) -> anyhow::Result<String> {
        let reading = async {
            while let Some(frame) = self.response.frame().await {
                if let Some(bytes) = frame?.data_ref() {
                    self.read.push_str(&String::from_utf8_lossy(bytes));
                }
            }
            anyhow::Ok(self.read)
        };
        tokio::time::timeout(PATIENCE, reading)
            .await
            .context("it did not end in time")?
    }
}

/// Talks to one server.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
    bearer: Option<String>,
}

impl Http {
    /// A client of `base`, e.g. `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            bearer: None,
        }
    }

    /// The same with a bearer key.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.bearer = Some(key.to_owned());
        self
    }

    /// Where it talks to.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// One request with whatever headers and body.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> anyhow::Result<Response> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        if let (Some(key), false) = (
            &self.bearer,
            headers.iter().any(|(name, _)| *name == "authorization"),
        ) {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into()))?;
        let exchange = async {
            let response = self.client.request(request).await.context("no answer")?;
            let (parts, body) = response.into_parts();
            let body = body
                .collect()
                .await
                .context("the answer broke off")?
                .to_bytes();
            anyhow::Ok(Response {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body,
            })
        };
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .context("no answer in time")?
    }

    /// GET.
    pub async fn get(&self, path: &str) -> anyhow::Result<Response> {
        self.send("GET", path, &[], Bytes::new()).await
    }

    /// GET of an answer that goes on.
    pub async fn follows(&self, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Followed> {
        let mut request = http::Request::builder().uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::new()))?;
        let answer = self.client.request(request);
        let response = tokio::time::timeout(PATIENCE, answer)
            .await
            .context("no answer in time")??;
        Ok(Followed {
            response,
            read: String::new(),
        })
    }

    /// Reads the stream of events after this id until one holds `words`; the ids of all it read.
    pub async fn events_until(&self, after: i64, words: &str) -> anyhow::Result<Vec<i64>> {
        let request = http::Request::builder()
            .uri(format!("{}/api/v1/events?after={after}", self.base))
            .header(
                "authorization",
                format!("Bearer {}", self.bearer.as_deref().unwrap_or_default()),
            )
            .body(Full::new(Bytes::new()))?;
        let reading = async {
            let mut response = self.client.request(request).await.context("no answer")?;
            let mut read = String::new();
            while !read.contains(words) {
                let frame = response.frame().await.context("the stream ended")??;
                if let Some(bytes) = frame.data_ref() {
                    read.push_str(&String::from_utf8_lossy(bytes));
                }
            }
            read.lines()
                .filter_map(|line| line.strip_prefix("id:"))
                .map(|id| id.trim().parse().context("an event's id"))
                .collect()
        };
        tokio::time::timeout(PATIENCE, reading)
            .await
            .context("the event did not come")?
    }

    /// A JSON body.
    pub async fn json(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Response> {
        self.send(
            method,
            path,
            &[("content-type", "application/json")],
            body.to_string(),
        )
        .await
    }

    /// POST of a JSON body with an idempotency key.
    pub async fn post_once(&self, path: &str, key: &str, body: &Value) -> anyhow::Result<Response> {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        self.send("POST", path, &headers, body.to_string()).await
    }
}
