//! The client: one account, its connections, and what every request has in common.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::{ErrorClass, ProviderAnswer, ProviderError};
use futures_util::future::{BoxFuture, FutureExt};
use hyper::Method;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use hyper::http::uri::PathAndQuery;

use super::account::{API_URL, CONTENT_URL, MESSAGING_URL, Settings, SettingsError, origin};
use super::answer::{ReadAnswer, verdict};
use super::create;
use crate::http::{Call, Exchange, Pool, Reach};
use crate::provider::{FetchError, Provider};
use crate::remote::{ListQuery, Media, Page, RemoteMessage};
use crate::request::{Form, MayStart, SendRequest};
use crate::shape::Shape;
use crate::webhook::InboundMedia;

/// The most bytes of an answer to a created or fetched message.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// The most bytes of one page of a list: 1,000 messages of 1,600 letters fit.
const LIST_BYTES_MAX: usize = 16 << 20;

/// Carries SMS, MMS and WhatsApp. A clone shares its connections.
#[derive(Clone)]
pub struct Twilio {
    pub(super) account_sid: Box<str>,
    pub(super) api: Pool,
    pub(super) content: Pool,
    /// The messaging API.
    pub(super) messaging: Pool,
    pub(super) media_hosts: Vec<Box<str>>,
    pub(super) limits: crate::http::Limits,
    create_path: PathAndQuery,
    create_headers: HeaderMap<HeaderValue>,
    pub(super) read_headers: HeaderMap<HeaderValue>,
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio")
            .field("api", self.api.origin())
            .field("content", self.content.origin())
            .finish_non_exhaustive()
    }
}

impl Twilio {
    /// Checks the settings; connects to nothing.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let account_sid = &settings.account_sid;
        let is_account = account_sid.len() == 34
            && account_sid.starts_with("AC")
            && account_sid.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_account {
            return Err(SettingsError::AccountSid);
        }
        let (user, secret) = match &settings.api_key {
            Some((key, secret)) => (key, secret),
            None => (account_sid, &settings.auth_token),
        };
        let secret = secret.expose();
        if secret.trim().is_empty() || secret.chars().any(char::is_whitespace) {
            return Err(SettingsError::AuthToken);
        }
        let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")));
        let mut basic = HeaderValue::from_str(&basic).map_err(|_| SettingsError::AuthToken)?;
        basic.set_sensitive(true);
        let mut read_headers = HeaderMap::with_capacity(8);
        read_headers.insert(AUTHORIZATION, basic);
        read_headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        read_headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("gymtext/", env!("CARGO_PKG_VERSION"))),
        );
        let mut create_headers = read_headers.clone();
        create_headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let api = origin(settings.api_url.as_deref().unwrap_or(API_URL))?;
        let content = origin(settings.api_url.as_deref().unwrap_or(CONTENT_URL))?;
        let messaging = origin(settings.api_url.as_deref().unwrap_or(MESSAGING_URL))?;
        let create_path = format!("/2010-04-01/Accounts/{account_sid}/Messages.json")
            .parse()
            .map_err(|_| SettingsError::AccountSid)?;
        let pool = |origin| Pool::new(origin, Reach::Anywhere, settings.limits);
        Ok(Self {
            account_sid: account_sid.clone(),
            api: pool(api),
            content: pool(content),
            messaging: pool(messaging),
            media_hosts: settings.media_hosts.clone(),
            limits: settings.limits,
            create_path,
            create_headers,
            read_headers,
        })
    }

    async fn create(&self, request: &SendRequest) -> ProviderAnswer {
        let is_template = matches!(request.form, Form::Template { .. });
        let Some(body) = create::body(request) else {
            return ProviderAnswer::Refused {
                error: ProviderError {
                    code: None,
                    class: ErrorClass::Permanent,
                    meaning: "Twilio carries SMS and WhatsApp only".into(),
                },
                retry_after: None,
            };
        };
        let call = Call {
            method: Method::POST,
            path: self.create_path.clone(),
            headers: self.create_headers.clone(),
            body: Bytes::from(body),
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        verdict(self.api.call(call, &request.may_start).await, is_template)
    }

    /// A GET with our credentials, from one of our own hosts; a body that came whole with 200, or
    /// `None` for 404.
    pub(super) async fn get(&self, pool: &Pool, path: &str) -> Result<Option<Bytes>, FetchError> {
        let path = path.parse().map_err(|_| FetchError::NotAllowed {
            why: "it is not a path of the provider".into(),
        })?;
        let call = Call {
            method: Method::GET,
            path,
            headers: self.read_headers.clone(),
            body: Bytes::new(),
            answer_bytes_max: LIST_BYTES_MAX,
        };
        match ReadAnswer::of(pool.call(call, &MayStart::Always).await, LIST_BYTES_MAX)? {
            ReadAnswer::Found(body) => Ok(Some(body)),
            ReadAnswer::NotFound => Ok(None),
        }
    }

    /// A POST of JSON with our credentials, to one of our own hosts; a body that came whole with 200 or
    /// 201. Without an answer it may have been done.
    pub(super) async fn post_json(
        &self,
        pool: &Pool,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<Bytes, FetchError> {
        let not_allowed = |why: &str| FetchError::NotAllowed { why: why.into() };
        let path = path
            .parse()
            .map_err(|_| not_allowed("it is not a path of the provider"))?;
        let body =
            serde_json::to_vec(body).map_err(|_| not_allowed("it cannot be written as JSON"))?;
        let mut headers = self.read_headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let call = Call {
            method: Method::POST,
            path,
            headers,
            body: Bytes::from(body),
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        ReadAnswer::made(pool.call(call, &MayStart::Always).await, ANSWER_BYTES_MAX)
    }

    /// A DELETE with our credentials; what is not there is deleted.
    pub(super) async fn remove(&self, path: &str) -> Result<(), FetchError> {
        let path = path.parse().map_err(|_| FetchError::NotAllowed {
            why: "it is not a path of the provider".into(),
        })?;
        let call = Call {
            method: Method::DELETE,
            path,
            headers: self.read_headers.clone(),
            body: Bytes::new(),
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        ReadAnswer::removed(self.api.call(call, &MayStart::Always).await)
    }

    /// The raw answer to a GET with our credentials, for media.
    pub(super) async fn get_raw(&self, path: PathAndQuery, bytes_max: usize) -> Exchange {
        let mut headers = self.read_headers.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        let call = Call {
            method: Method::GET,
            path,
            headers,
            body: Bytes::new(),
            answer_bytes_max: bytes_max,
        };
        self.api.call(call, &MayStart::Always).await
    }

    /// Whether the credentials open the account and the account is active: for `doctor`. Nothing
    /// is sent.
    pub async fn check(&self) -> Result<AccountState, FetchError> {
        #[derive(serde::Deserialize)]
        struct Account {
            status: Option<String>,
            #[serde(rename = "type")]
            kind: Option<String>,
        }
        let path = format!("/2010-04-01/Accounts/{}.json", self.account_sid);
        let body = self.get(&self.api, &path).await?;
        let account: Account = super::answer::json(&body.unwrap_or_default())?;
        Ok(AccountState {
            is_active: account.status.as_deref() == Some("active"),
            is_trial: account.kind.as_deref() == Some("Trial"),
        })
    }
}

/// What Twilio says of our account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// Neither suspended nor closed.
    pub is_active: bool,
    /// A trial account sends to verified numbers only.
    pub is_trial: bool,
}

impl Provider for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn send(&self, request: SendRequest) -> BoxFuture<'_, ProviderAnswer> {
        async move { self.create(&request).await }.boxed()
    }

    fn fetch<'a>(
        &'a self,
        provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteMessage>, FetchError>> {
        self.message(provider_message_id).boxed()
    }

    fn keeps_a_list(&self) -> bool {
        true
    }

    fn list(&self, query: ListQuery) -> BoxFuture<'_, Result<Page<RemoteMessage>, FetchError>> {
        self.messages(query).boxed()
    }

    fn media_of<'a>(
        &'a self,
        provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Vec<InboundMedia>, FetchError>> {
        self.media_list(provider_message_id).boxed()
    }

    fn fetch_media<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Media, FetchError>> {
        self.medium(url).boxed()
    }

    fn delete<'a>(&'a self, provider_message_id: &'a str) -> BoxFuture<'a, Result<(), FetchError>> {
        self.delete_message(provider_message_id).boxed()
    }

    fn prepare<'a>(&'a self, shape: &'a Shape) -> BoxFuture<'a, Result<Box<str>, FetchError>> {
        self.content_of(shape).boxed()
    }
}
