//! A client of a running service's API: for `send`, `tail`, `members` and `switches`.

use anyhow::Context as _;
use bytes::Bytes;
use domain::Secret;
use futures_util::{Stream, StreamExt as _, stream};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use providers::MayStart;
use providers::http::{Body, Call, Exchange, Limits, Origin, Pool, Reach};
use serde_json::Value;

use crate::failure::bad_input;
use crate::settings::{Loaded, Settings};

/// The most bytes of one answer.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// The most bytes of an answer that holds all there is of something.
const WHOLE_BYTES_MAX: usize = 512 << 20;

/// Which service, and with which key.
#[derive(Debug, clap::Args)]
pub(crate) struct Service {
    /// Where the service is [default: `GYMTEXT_ADDR` on this machine]
    #[arg(long, value_name = "URL", global = true)]
    url: Option<String>,
    /// The API key [default: `GYMTEXT_API_KEY`]; the demo's is `demo-key`
    #[arg(long, value_name = "KEY", global = true)]
    key: Option<String>,
}

/// The API of one service.
#[derive(Debug)]
pub(crate) struct Api {
    pool: Pool,
    base: String,
    path: String,
    authorization: HeaderValue,
}

impl Api {
    /// Knows where and with what; connects to nothing yet.
    pub(crate) fn of(service: &Service, loaded: Loaded) -> anyhow::Result<Self> {
        let settings = loaded.for_client()?;
        let url = service.url.clone().unwrap_or_else(|| settings.own_url());
        let key = service
            .key
            .as_deref()
            .map(Secret::new)
            .or_else(|| key_of(&settings));
        let Some(key) = key else {
            return Err(bad_input(
                "there is no API key: set GYMTEXT_API_KEY to the service's, or give --key (the demo's is `demo-key`)",
            ));
        };
        let (origin, path) = Origin::of_url(&url)
            .map_err(|error| bad_input(format!("--url is not usable: {error}")))?;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
            .map_err(|_| bad_input("the API key holds characters that no header can"))?;
        authorization.set_sensitive(true);
        let limits = Limits {
            deadline: std::time::Duration::from_secs(30),
            ..Limits::default()
        };
        Ok(Self {
            base: format!("{origin}"),
            pool: Pool::new(origin, Reach::Anywhere, limits),
            path: path.trim_end_matches('/').to_owned(),
            authorization,
        })
    }

    /// Asks for something.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, Bytes::new(), None).await
    }

    /// Asks for something that may be long.
    pub(crate) async fn get_all(&self, path: &str) -> anyhow::Result<Value> {
        let call = (Method::GET, path, Bytes::new());
        let bytes = self.exchange_of(call, None, WHOLE_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).context("the service's answer is cut")
    }

    /// Has something gone.
    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.exchange(Method::DELETE, path, Bytes::new(), None)
            .await?;
        Ok(())
    }

    /// Asks for a text.
    pub(crate) async fn text(&self, path: &str) -> anyhow::Result<String> {
        let bytes = self.exchange(Method::GET, path, Bytes::new(), None).await?;
        String::from_utf8(bytes.into()).context("the service's answer is no text")
    }

    /// Hands something in, at most once for the same key.
    pub(crate) async fn post(&self, path: &str, body: &Value, key: &str) -> anyhow::Result<Value> {
        self.call(
            Method::POST,
            path,
            serde_json::to_vec(body)?.into(),
            Some(key),
        )
        .await
    }

    /// Has something done that may be asked for again.
    pub(crate) async fn send(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = serde_json::to_vec(body)?.into();
        self.call(Method::POST, path, body, None).await
    }

    /// Sets something to what it shall be.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = serde_json::to_vec(body)?.into();
        self.call(Method::PUT, path, body, None).await
    }

    /// Changes something, field by field.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = serde_json::to_vec(body)?.into();
        self.call(Method::PATCH, path, body, None).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        key: Option<&str>,
    ) -> anyhow::Result<Value> {
        let bytes = self.exchange(method, path, body, key).await?;
        Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        key: Option<&str>,
    ) -> anyhow::Result<Bytes> {
        self.exchange_of((method, path, body), key, ANSWER_BYTES_MAX)
            .await
    }

    async fn exchange_of(
        &self,
        (method, path, body): (Method, &str, Bytes),
        key: Option<&str>,
        answer_bytes_max: usize,
    ) -> anyhow::Result<Bytes> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert("gymtext-command", HeaderValue::from_static("1"));
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = key {
            headers.insert(
                HeaderName::from_static("idempotency-key"),
                HeaderValue::from_str(key)?,
            );
        }
        let path = format!("{}{path}", self.path);
        let call = Call {
            method,
            path: path.parse().context("the address cannot be asked for")?,
            headers,
            body,
            answer_bytes_max,
        };
        match self.pool.call(call, &MayStart::Always).await {
            Exchange::NotStarted { why } => anyhow::bail!(
                "no service answers at {} ({why}); is it running? `gymtext demo` or `gymtext serve` starts one, --url says where",
                self.base
            ),
            Exchange::NoAnswer { why } => anyhow::bail!(
                "the service at {} gave no answer ({why}); whether it did what was asked is not known",
                self.base
            ),
            Exchange::Response(response) => {
                let Body::Whole(bytes) = response.body else {
                    anyhow::bail!("the service's answer is too large or was cut");
                };
                if (200..300).contains(&response.status) {
                    return Ok(bytes);
                }
                let value: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
                Err(refused(response.status, &value))
            }
        }
    }

    /// What changes from now on, or after an event: the data of each, until the service ends.
    pub(crate) async fn events(
        &self,
        after: Option<&str>,
    ) -> anyhow::Result<impl Stream<Item = anyhow::Result<Value>> + use<>> {
        let origin = self.pool.origin();
        let address = self.base.strip_prefix("http://").ok_or_else(|| {
            bad_input("following events works over http on this machine only; run it there, or through ssh -L")
        })?;
        let socket = tokio::net::TcpStream::connect(address)
            .await
            .with_context(|| format!("no service answers at {origin}; is it running?"))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        tokio::spawn(connection);
        let query = after.map_or_else(String::new, |after| format!("?after={after}"));
        let mut request = Request::get(format!("{}/api/v1/events{query}", self.path))
            .header(HOST, address)
            .header(ACCEPT, "text/event-stream")
            .body(Empty::<Bytes>::new())?;
        request
            .headers_mut()
            .insert(AUTHORIZATION, self.authorization.clone());
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        if status != 200 {
            let body = response.into_body().collect().await?.to_bytes();
            return Err(refused(
                status,
                &serde_json::from_slice(&body).unwrap_or(Value::Null),
            ));
        }
        Ok(data_of(response.into_body(), sender))
    }
}

/// The `data:` of each event. The sender is kept: without it the connection would end.
fn data_of<S: Send + 'static>(
    body: Incoming,
    sender: S,
) -> impl Stream<Item = anyhow::Result<Value>> {
    let state = (body, Vec::<u8>::new(), sender);
    stream::unfold(state, |(mut body, mut buffer, sender)| async move {
        loop {
            if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                let Some(data) = line.strip_prefix(b"data:") else {
                    continue;
                };
                let value = serde_json::from_slice(data).context("an event is not JSON");
                return Some((value, (body, buffer, sender)));
            }
            match body.frame().await? {
                Ok(frame) => {
                    if let Some(data) = frame.data_ref() {
                        buffer.extend_from_slice(data);
                    }
                }
                Err(error) => {
                    let ended = Err(error).context("the stream of events was cut");
                    return Some((ended, (body, Vec::new(), sender)));
                }
            }
        }
    })
    .boxed()
}

fn key_of(settings: &Settings) -> Option<Secret> {
    settings.web.api_key.clone()
}

/// The service's problem as a sentence with its code.
fn refused(status: u16, value: &Value) -> anyhow::Error {
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let sentence = text("detail")
        .or_else(|| text("title"))
        .unwrap_or("the answer is no problem description");
    let mut message = format!("the service refused: {sentence}");
    if let Some(faults) = value
        .get("errors")
        .or_else(|| value.get("faults"))
        .and_then(Value::as_array)
    {
        for fault in faults {
            let part = |name: &str| fault.get(name).and_then(Value::as_str);
            let why = part("detail")
                .or_else(|| part("message"))
                .or_else(|| part("why"))
                .unwrap_or_default();
            let field = part("field").or_else(|| part("pointer")).unwrap_or("?");
            // With one fault the sentence has said it already.
            if !sentence.contains(why) {
                message = format!("{message}\n  - {field}: {why}");
            }
        }
    }
    let code = text("code").map_or_else(String::new, |code| format!(", {code}"));
    message = format!("{message} (HTTP {status}{code})");
    if status == 401 {
        message.push_str("\nThe API key is not the service's: set GYMTEXT_API_KEY, or give --key (the demo's is `demo-key`)");
    }
    if (400..500).contains(&status) && status != 429 && status != 409 {
        bad_input(message)
    } else {
        anyhow::anyhow!(message)
    }
}

/// A value of the query, encoded.
pub(crate) fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
