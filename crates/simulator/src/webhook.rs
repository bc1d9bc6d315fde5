//! Making webhooks: signed, with a bounded number at once, tried again as Twilio does
//! (facts/twilio.md 3.4). Plain HTTP only: the sandbox lives on loopback.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustc_hash::FxHashMap;

use crate::config::HookMethod;
use crate::hook::{Hook, Patience};
use crate::simulator::Simulator;

/// Largest answer to a webhook that is read; TwiML may have 64 kB.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Most redirects that are followed.
const REDIRECTS_MAX: usize = 5;
const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const TOKEN: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");
/// Most clients that are kept.
const CLIENTS_MAX: usize = 32;

type Client = hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>;
pub(crate) type Params = Vec<(Cow<'static, str>, String)>;

/// A client that keeps connections and gives up connecting after so long.
fn client(connect: Duration) -> Client {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(connect));
    hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .build(connector)
}

/// One client for each patience with connecting: a client keeps its connections, and patience stands
/// in the URL of a webhook.
#[derive(Debug, Default)]
pub(crate) struct Clients(Mutex<FxHashMap<Duration, Client>>);

impl Clients {
    /// The client that gives up connecting after so long.
    pub(crate) fn waiting(&self, connect: Duration) -> Client {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&connect) {
            return client.clone();
        }
        let client = client(connect);
        if clients.len() < CLIENTS_MAX {
            clients.insert(connect, client.clone());
        }
        client
    }
}

/// What a webhook came to.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It was answered with 2xx.
    Fine {
        content_type: Option<String>,
        body: Bytes,
    },
    /// It was not; with Twilio's code for that.
    Failed { code: u32, text: String },
}

/// One try.
enum Try {
    Answered(StatusCode, HeaderMap, Bytes),
    NoConnection(String),
    NoAnswer(String),
    TooLarge,
}

impl Simulator {
    /// Makes a webhook and follows its retries to the end.
    pub(crate) async fn webhook(
        &self,
        hook: &Hook,
        method: HookMethod,
        params: &Params,
        token: &str,
    ) -> Answer {
        if hook.uri.scheme_str() != Some("http") {
            return Answer::Failed {
                code: 11220,
                text: "the sandbox calls http:// URLs only, and none over TLS".into(),
            };
        }
        let Ok(_permit) = self.webhooks.acquire().await else {
            return Answer::Failed {
                code: 11200,
                text: "the sandbox is stopping".into(),
            };
        };
        let patience = hook.patience;
        let whole = self.tries(hook, method, params, token, patience);
        match tokio::time::timeout(patience.total, whole).await {
            Ok(answer) => answer,
            Err(_) => Answer::Failed {
                code: 11200,
                text: format!("no answer within {} ms in all", patience.total.as_millis()),
            },
        }
    }

    async fn tries(
        &self,
        hook: &Hook,
        method: HookMethod,
        params: &Params,
        token: &str,
        patience: Patience,
    ) -> Answer {
        let client = self.clients.waiting(patience.connect);
        let mut left = patience.retries;
        loop {
            self.state().counts.webhooks_made += 1;
            let tried = self
                .one_try(&client, hook, method, params, token, patience)
                .await;
            let (again, answer) = judge(tried, patience);
            if !again || left == 0 {
                let mut state = self.state();
                match &answer {
                    Answer::Fine { .. } => state.counts.webhooks_answered += 1,
                    Answer::Failed { code: 11205, .. } => state.counts.webhooks_unreachable += 1,
                    Answer::Failed { .. } => state.counts.webhooks_refused += 1,
                }
                return answer;
            }
            left -= 1;
            self.state().counts.webhooks_tried_again += 1;
        }
    }

    /// One try, redirects included.
    async fn one_try(
        &self,
        client: &Client,
        hook: &Hook,
        method: HookMethod,
        params: &Params,
        token: &str,
        patience: Patience,
    ) -> Try {
        let mut url: Cow<'_, str> = Cow::Borrowed(&hook.url);
        let mut uri = hook.uri.clone();
        let mut method = method;
        let mut with_params = true;
        for _ in 0..=REDIRECTS_MAX {
            let Some(request) = self.request(hook, &url, uri, method, params, with_params, token)
            else {
                return Try::NoAnswer("the URL cannot be requested".into());
            };
            let limit = patience.read + patience.connect;
            let (status, headers, body) =
                match tokio::time::timeout(limit, fetch(client, request)).await {
                    Err(_) => return Try::NoAnswer(format!("no answer within {limit:?}")),
                    Ok(Try::Answered(status, headers, body)) => (status, headers, body),
                    Ok(other) => return other,
                };
            let target = headers
                .get(header::LOCATION)
                .and_then(|to| to.to_str().ok())
                .filter(|_| matches!(status.as_u16(), 301 | 302 | 303 | 307));
            let Some(target) = target else {
                return Try::Answered(status, headers, body);
            };
            let Some(next) = resolve(&url, target) else {
                return Try::NoAnswer("redirected to a URL that is none".into());
            };
            // A POST becomes a GET here and its parameters are lost.
            if status != StatusCode::TEMPORARY_REDIRECT && method == HookMethod::Post {
                method = HookMethod::Get;
                with_params = false;
            }
            let Ok(next_uri) = next.parse() else {
                return Try::NoAnswer("redirected to a URL that is none".into());
            };
            uri = next_uri;
            url = Cow::Owned(next);
        }
        Try::NoAnswer("too many redirects".into())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a request is all of these, and only one caller makes one"
    )]
    fn request(
        &self,
        hook: &Hook,
        url: &str,
        uri: Uri,
        method: HookMethod,
        params: &Params,
        with_params: bool,
        token: &str,
    ) -> Option<Request<Full<Bytes>>> {
        let signer = self.signer.as_ref()?;
        let encoded = |params: &Params| {
            let mut form = form_urlencoded::Serializer::new(String::with_capacity(512));
            for (key, value) in params {
                form.append_pair(key, value);
            }
            form.finish()
        };
        let none = Params::new();
        let params = if with_params { params } else { &none };
        let (uri, signature, body) = match method {
            HookMethod::Post => (uri, signer.sign(url, params), encoded(params)),
            HookMethod::Get if params.is_empty() => (uri, signer.sign(url, &none), String::new()),
            HookMethod::Get => {
                let mark = if url.contains('?') { '&' } else { '?' };
                let full = format!("{url}{mark}{}", encoded(params));
                (full.parse().ok()?, signer.sign(&full, &none), String::new())
            }
        };
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.uri_mut() = uri;
        if method == HookMethod::Post {
            *request.method_mut() = Method::POST;
        }
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static("TwilioProxy/1.1"),
        );
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(SIGNATURE, HeaderValue::try_from(signature).ok()?);
        headers.insert(TOKEN, HeaderValue::from_str(token).ok()?);
        if method == HookMethod::Post {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8"),
            );
        }
        if let Some(user_info) = &hook.user_info {
            let basic = format!("Basic {}", STANDARD.encode(user_info.as_bytes()));
            headers.insert(header::AUTHORIZATION, HeaderValue::try_from(basic).ok()?);
        }
        *request.headers_mut() = headers;
        Some(request)
    }
}

/// Requests and reads the answer, as far as it is not too large.
async fn fetch(client: &Client, request: Request<Full<Bytes>>) -> Try {
    let response = match client.request(request).await {
        Ok(response) => response,
        Err(error) if error.is_connect() => {
            return Try::NoConnection("no connection could be made".into());
        }
        Err(_) => return Try::NoAnswer("the connection ended without an answer".into()),
    };
    let (parts, body) = response.into_parts();
    match Limited::new(body, ANSWER_BYTES_MAX).collect().await {
        Ok(body) => Try::Answered(parts.status, parts.headers, body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Try::TooLarge,
        Err(_) => Try::NoAnswer("the answer ended too early".into()),
    }
}

/// Whether to try again, and what to say otherwise.
fn judge(tried: Try, patience: Patience) -> (bool, Answer) {
    match tried {
        Try::Answered(status, headers, body) if status.is_success() => {
            let content_type = headers
                .get(header::CONTENT_TYPE)
                .and_then(|kind| kind.to_str().ok())
                .map(str::to_owned);
            (false, Answer::Fine { content_type, body })
        }
        Try::Answered(status, ..) => {
            let again = (status.is_client_error() && patience.on_4xx)
                || (status.is_server_error() && patience.on_5xx);
            let text = format!("answered with {}", status.as_u16());
            (again, Answer::Failed { code: 11200, text })
        }
        Try::NoConnection(text) => (patience.on_connect, Answer::Failed { code: 11205, text }),
        Try::NoAnswer(text) => (patience.on_read, Answer::Failed { code: 11200, text }),
        Try::TooLarge => (
            false,
            Answer::Failed {
                code: 11750,
                text: "the answer is larger than 64 kB".into(),
            },
        ),
    }
}

/// The URL a redirect leads to.
fn resolve(from: &str, target: &str) -> Option<String> {
    if target.starts_with("http://") {
        return Some(target.to_owned());
    }
    let path = target
        .strip_prefix('/')
        .filter(|rest| !rest.starts_with('/'))?;
    let after = from.strip_prefix("http://")?;
    let host = after.split(['/', '?']).next()?;
    Some(format!("http://{host}/{path}"))
}
