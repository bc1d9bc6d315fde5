//! The calls: each at most one request, each POST under a key, so that whoever asks again gets what was made before.

use std::fmt;

use bytes::Bytes;
use domain::{Seconds, Secret, Timestamp};
use hyper::Method;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use serde::de::DeserializeOwned;

use super::wire::{WirePortal, WireProblem, WireSession, WireSubscription};
use super::{MEMBER, Subscription, is_id};
use crate::http::{Body, Call, Exchange, Limits, Origin, OriginError, Pool, Reach};
use crate::request::MayStart;

/// Where Stripe's API is.
const API_URL: &str = "https://api.stripe.com";

/// The version whose answers we ask for. Newer ones are understood too.
const API_VERSION: &str = "2024-06-20";

/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// How long a page to pay on holds where Stripe does not say.
const PAGE_LASTS: Seconds = Seconds::new(23 * 3600);

/// How to reach it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The secret key.
    pub secret_key: Secret,
    /// Another address than Stripe's.
    pub api_url: Option<String>,
    /// Bounds of a call.
    pub limits: Limits,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Not a key.
    #[error("STRIPE_SECRET_KEY is empty or holds something that is no key")]
    SecretKey,
    /// Not a base URL.
    #[error("STRIPE_API_URL is not usable: {0}")]
    ApiUrl(#[from] OriginError),
    /// More than scheme, host and port.
    #[error("STRIPE_API_URL has a path; give scheme, host and port only")]
    ApiPath,
}

/// Why something was not done.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum StripeError {
    /// No connection, or no usable answer in time. It may have been done.
    #[error("whoever takes payments gave no usable answer: {why}")]
    NoAnswer {
        /// For people.
        why: Box<str>,
    },
    /// It said no.
    #[error("whoever takes payments refused with HTTP {status}: {kind} {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its kind of error.
        kind: Box<str>,
        /// Its code.
        code: Box<str>,
    },
}

impl StripeError {
    /// Whether the key was used with another body: what is in force has changed since.
    pub fn is_another_body(&self) -> bool {
        matches!(self, Self::Refused { kind, .. } if &**kind == "idempotency_error")
    }
}

/// A page to pay on that is to be made.
#[derive(Clone, Debug)]
pub struct NewCheckout {
    /// For whom.
    pub member: String,
    /// What they pay.
    pub price: String,
    /// Who pays, where that is known.
    pub customer: Option<String>,
    /// Their address, where nobody is known.
    pub email: Option<String>,
    /// The first payment comes then.
    pub trial_end: Option<Timestamp>,
    /// Where they come back to when they have paid; `{CHECKOUT_SESSION_ID}` in it becomes the page's id.
    pub success_url: String,
    /// Where they come back to when they have not.
    pub cancel_url: String,
    /// Their language.
    pub locale: String,
}

impl NewCheckout {
    fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(512));
        form.append_pair("mode", "subscription")
            .append_pair("line_items[0][price]", &self.price)
            .append_pair("line_items[0][quantity]", "1")
            .append_pair("client_reference_id", &self.member)
            .append_pair(&format!("metadata[{MEMBER}]"), &self.member)
            .append_pair(
                &format!("subscription_data[metadata][{MEMBER}]"),
                &self.member,
            )
            .append_pair("success_url", &self.success_url)
            .append_pair("cancel_url", &self.cancel_url)
            .append_pair("locale", &self.locale);
        match (&self.customer, &self.email) {
            (Some(customer), _) => form.append_pair("customer", customer),
            (None, Some(email)) => form.append_pair("customer_email", email),
            (None, None) => &mut form,
        };
        if let Some(at) = self.trial_end {
            let at = at.as_seconds().to_string();
            form.append_pair("subscription_data[trial_end]", &at);
        }
        form.finish()
    }
}

/// A page that was made: its address, and until when it holds.
pub type Page = (String, Timestamp);

/// Takes payments. A clone shares its connections.
#[derive(Clone)]
pub struct Stripe {
    pool: Pool,
    headers: HeaderMap<HeaderValue>,
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe")
            .field("api", self.pool.origin())
            .finish_non_exhaustive()
    }
}

impl Stripe {
    /// Checks the settings; connects to nothing.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let key = settings.secret_key.expose();
        if key.is_empty() || key.chars().any(char::is_whitespace) {
            return Err(SettingsError::SecretKey);
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {key}"))
            .map_err(|_| SettingsError::SecretKey)?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert("stripe-version", HeaderValue::from_static(API_VERSION));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("gymtext/", env!("CARGO_PKG_VERSION"))),
        );
        let (origin, path) = Origin::of_url(settings.api_url.as_deref().unwrap_or(API_URL))?;
        if path != "/" {
            return Err(SettingsError::ApiPath);
        }
        Ok(Self {
            pool: Pool::new(origin, Reach::Anywhere, settings.limits),
            headers,
        })
    }

    /// How a subscription stands; `None` when there is none by this id.
    pub async fn subscription(&self, id: &str) -> Result<Option<Subscription>, StripeError> {
        let path = format!("/v1/subscriptions/{}", checked(id)?);
        let Some(wire) = self.ask::<WireSubscription>(Method::GET, &path).await? else {
            return Ok(None);
        };
        wire.read().map(Some).map_err(no_answer)
    }

    /// Ends a subscription at once, without paying anything back. One that is over, or that there is not, is ended.
    pub async fn cancel(&self, id: &str) -> Result<(), StripeError> {
        let path = format!("/v1/subscriptions/{}", checked(id)?);
        self.ask::<serde::de::IgnoredAny>(Method::DELETE, &path)
            .await?;
        Ok(())
    }

    /// Makes a page to pay on. The same key gives the same page; `None` when that one is spent.
    pub async fn checkout(
        &self,
        new: &NewCheckout,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Page>, StripeError> {
        let made: WireSession = self.make("/v1/checkout/sessions", new.form(), key).await?;
        let is_open = made.status.as_deref().is_none_or(|word| word == "open");
        let until = made
            .expires_at
            .map_or(now + PAGE_LASTS, Timestamp::from_seconds);
        Ok(made
            .url
            .filter(|_| is_open && until > now)
            .map(|url| (url, until)))
    }

    /// The subscription that came of a page to pay on, once it was paid.
    pub async fn paid(&self, session: &str) -> Result<Option<String>, StripeError> {
        let path = format!("/v1/checkout/sessions/{}", checked(session)?);
        let session = self.ask::<WireSession>(Method::GET, &path).await?;
        let subscription = session.and_then(|session| session.subscription);
        Ok(subscription.map(super::wire::Id::into_text))
    }

    /// Makes a page on which somebody sees their invoices and changes how they pay.
    pub async fn portal(
        &self,
        customer: &str,
        return_url: &str,
        locale: &str,
        key: &str,
    ) -> Result<String, StripeError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("customer", customer)
            .append_pair("return_url", return_url)
            .append_pair("locale", locale)
            .finish();
        let made: WirePortal = self.make("/v1/billing_portal/sessions", form, key).await?;
        Ok(made.url)
    }

    async fn make<T: DeserializeOwned>(
        &self,
        path: &str,
        form: String,
        key: &str,
    ) -> Result<T, StripeError> {
        let mut headers = self.headers.clone();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let key = HeaderValue::from_str(key).map_err(|_| no_answer("the key is none"))?;
        headers.insert("idempotency-key", key);
        let body = Bytes::from(form);
        let made = self.call(Method::POST, path, headers, body).await?;
        made.ok_or_else(|| StripeError::Refused {
            status: 404,
            kind: "invalid_request_error".into(),
            code: "resource_missing".into(),
        })
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
    ) -> Result<Option<T>, StripeError> {
        self.call(method, path, self.headers.clone(), Bytes::new())
            .await
    }

    /// One request. `None` is a 404.
    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap<HeaderValue>,
        body: Bytes,
    ) -> Result<Option<T>, StripeError> {
        let call = Call {
            method,
            path: path
                .parse()
                .map_err(|_| no_answer("it is no path of theirs"))?,
            headers,
            body,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let response = match self.pool.call(call, &MayStart::Always).await {
            Exchange::NotStarted { why } | Exchange::NoAnswer { why } => {
                return Err(StripeError::NoAnswer { why });
            }
            Exchange::Response(response) => response,
        };
        let (status, Body::Whole(body)) = (response.status, response.body) else {
            return Err(no_answer("the answer was cut or too large"));
        };
        match status {
            200..=299 => serde_json::from_slice(&body)
                .map(Some)
                .map_err(|error| no_answer(format!("an answer that is not understood: {error}"))),
            404 => Ok(None),
            500.. => Err(no_answer(format!("HTTP {status}"))),
            _ => {
                let problem = serde_json::from_slice::<WireProblem>(&body).ok();
                let word = |word: Option<String>| word.unwrap_or_else(|| "?".into()).into();
                let (kind, code) = problem.map_or((None, None), |problem| {
                    (problem.error.kind, problem.error.code)
                });
                Err(StripeError::Refused {
                    status,
                    kind: word(kind),
                    code: word(code),
                })
            }
        }
    }
}

fn no_answer(why: impl Into<Box<str>>) -> StripeError {
    StripeError::NoAnswer { why: why.into() }
}

fn checked(id: &str) -> Result<&str, StripeError> {
    if is_id(id) {
        Ok(id)
    } else {
        Err(no_answer("it is no id of theirs"))
    }
}
