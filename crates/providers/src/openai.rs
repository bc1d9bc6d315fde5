//! A language model behind any endpoint that speaks the Chat Completions of `OpenAI`: theirs, or that of a server of one's own.
//!
//! One typed call, `POST …/chat/completions` with tools, not streamed. Absent on purpose: retries (whoever asks knows how long
//! it may take), and anything that names a person to the endpoint.

mod wire;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use domain::Secret;
use futures_util::future::BoxFuture;
use hyper::Method;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT,
};
use serde_json::Value;

use crate::http::{Body, Call, Exchange, Limits, Origin, OriginError, Pool, Reach};
use crate::request::MayStart;

/// Where the API of `OpenAI` is.
const API_URL: &str = "https://api.openai.com/v1";

/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// How to reach it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The key, where the endpoint wants one.
    pub api_key: Option<Secret>,
    /// Another base URL than theirs, up to and without `/chat/completions`.
    pub base_url: Option<String>,
    /// The model's name.
    pub model: String,
    /// Bounds of a call.
    pub limits: Limits,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Not a key.
    #[error("OPENAI_API_KEY holds something that is no key")]
    Key,
    /// Not a base URL.
    #[error("OPENAI_BASE_URL is not usable: {0}")]
    BaseUrl(#[from] OriginError),
    /// Its path is none.
    #[error("OPENAI_BASE_URL has a path that is none")]
    Path,
}

/// One thing that was said, in the order it was.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// By us, to the model.
    System(String),
    /// By the person it talks with.
    User(String),
    /// By the model, to that person.
    Assistant(String),
    /// By the model: what it wants done.
    Calls(Vec<ToolCall>),
    /// What came of one of these.
    Result {
        /// Its id.
        id: String,
        /// What came of it.
        content: String,
    },
}

/// Something the model wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// The model's id for it.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// JSON, as the model wrote it: to be read with mistrust.
    pub arguments: String,
}

/// Something the model may want done.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What it does, for the model.
    pub description: &'static str,
    /// A JSON Schema of its arguments.
    pub parameters: Value,
}

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What was said so far.
    pub said: &'a [Said],
    /// What may be done.
    pub tools: &'a [Tool],
    /// The most tokens it may write.
    pub tokens_max: u32,
}

/// Its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// What it says; none where it only wants something done.
    pub text: Option<String>,
    /// What it wants done.
    pub calls: Vec<ToolCall>,
    /// Whether it had more to say than it may.
    pub is_cut: bool,
    /// Tokens it read.
    pub tokens_in: u64,
    /// Tokens it wrote.
    pub tokens_out: u64,
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// No connection, or no whole answer in time.
    #[error("the model gave no answer: {why}")]
    NoAnswer {
        /// For people.
        why: Box<str>,
    },
    /// The endpoint said no.
    #[error("the model's endpoint refused with HTTP {status}: {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its code, or its kind of error.
        code: Box<str>,
        /// When it may be asked again, where it says so.
        after: Option<Duration>,
    },
    /// An answer that is none.
    #[error("the model's answer is not understood: {why}")]
    Unreadable {
        /// For people.
        why: Box<str>,
    },
}

impl ModelError {
    /// Whether asking again at once may help.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            Self::Unreadable { .. } => false,
        }
    }
}

/// A language model. Implementations: [`OpenAi`], and scripted ones in tests.
pub trait Chat: Send + Sync + fmt::Debug {
    /// The model's name.
    fn model(&self) -> &str;

    /// Asks it, with at most one request.
    fn ask<'a>(&'a self, question: Question<'a>) -> BoxFuture<'a, Result<Reply, ModelError>>;
}

/// A model behind an endpoint. A clone shares its connections.
#[derive(Clone)]
pub struct OpenAi {
    pool: Pool,
    path: hyper::http::uri::PathAndQuery,
    headers: HeaderMap<HeaderValue>,
    model: String,
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi")
            .field("api", self.pool.origin())
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl OpenAi {
    /// Checks the settings; connects to nothing.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let mut headers = HeaderMap::with_capacity(6);
        if let Some(key) = &settings.api_key {
            let key = key.expose();
            if key.is_empty() || key.chars().any(char::is_whitespace) {
                return Err(SettingsError::Key);
            }
            let mut bearer =
                HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| SettingsError::Key)?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("gymtext/", env!("CARGO_PKG_VERSION"))),
        );
        let (origin, path) = Origin::of_url(settings.base_url.as_deref().unwrap_or(API_URL))?;
        let path = format!("{}/chat/completions", path.trim_end_matches('/'));
        Ok(Self {
            pool: Pool::new(origin, Reach::Anywhere, settings.limits),
            path: path.parse().map_err(|_| SettingsError::Path)?,
            headers,
            model: settings.model.clone(),
        })
    }

    async fn call(&self, question: Question<'_>) -> Result<Reply, ModelError> {
        let call = Call {
            method: Method::POST,
            path: self.path.clone(),
            headers: self.headers.clone(),
            body: Bytes::from(wire::request(&self.model, question).to_string()),
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let response = match self.pool.call(call, &MayStart::Always).await {
            Exchange::NotStarted { why } | Exchange::NoAnswer { why } => {
                return Err(ModelError::NoAnswer { why });
            }
            Exchange::Response(response) => response,
        };
        let after = response
            .header(RETRY_AFTER)
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs);
        let (status, Body::Whole(body)) = (response.status, response.body) else {
            let why = "the answer was cut or too large".into();
            return Err(ModelError::NoAnswer { why });
        };
        if (200..300).contains(&status) {
            return wire::reply(&body);
        }
        Err(ModelError::Refused {
            status,
            code: wire::problem(&body),
            after,
        })
    }
}

impl Chat for OpenAi {
    fn model(&self) -> &str {
        &self.model
    }

    fn ask<'a>(&'a self, question: Question<'a>) -> BoxFuture<'a, Result<Reply, ModelError>> {
        Box::pin(self.call(question))
    }
}
