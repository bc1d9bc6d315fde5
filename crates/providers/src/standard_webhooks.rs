//! Telling events to endpoints of others, by Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>): a POST with
//! `webhook-id`, `webhook-timestamp` and `webhook-signature`, signed by HMAC-SHA256 over `id.timestamp.body`.
//!
//! One request, no redirects, no retries; what an answer means and when to come again is the caller's.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::{Seconds, Secret, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use http::uri::PathAndQuery;
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use sha2::Sha256;

use crate::http::{Call, Exchange, Limits, Origin, OriginError, Pool, Reach};
use crate::request::MayStart;

/// How long an endpoint has to answer, connecting included.
const DEADLINE: Duration = Duration::from_secs(15);

/// How long a connection to one is kept.
const IDLE: Duration = Duration::from_secs(30);

/// The most bytes of an answer that are read; nothing of it is kept.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// What secrets begin with.
const PREFIX: &str = "whsec_";

/// A new secret of 192 random bits: the specification asks for 24 to 64 bytes.
pub fn secret(random: [u8; 24]) -> Secret {
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(random)))
}

/// The signature of one delivery; `None` when the secret is none.
pub fn sign(secret: &Secret, id: &str, at: Timestamp, body: &[u8]) -> Option<String> {
    let key = STANDARD
        .decode(secret.expose().strip_prefix(PREFIX)?)
        .ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{}.", at.as_seconds()).as_bytes());
    mac.update(body);
    Some(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

/// Why an address cannot be one of an endpoint.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Not a URL we could ask.
    #[error("{0}")]
    Url(#[from] OriginError),
    /// Not encrypted.
    #[error("an endpoint needs https, so that nobody reads or changes what it is told")]
    NotEncrypted,
    /// An address that is not of the public internet.
    #[error(
        "this address is not of the public internet; GYMTEXT_WEBHOOKS_PRIVATE says whether such endpoints may be told events"
    )]
    Private,
}

/// One delivery.
#[derive(Debug)]
pub struct Letter<'a> {
    /// The same at each try: what the endpoint knows repeats by.
    pub id: &'a str,
    /// When it is tried.
    pub at: Timestamp,
    /// What is said.
    pub body: Bytes,
    /// What it is signed with: during rotation there are two.
    pub secrets: Vec<Secret>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The status of the answer; `None` when none came.
    pub status: Option<u16>,
    /// Why none came; empty when one did.
    pub why: Box<str>,
    /// How long the endpoint asks us to wait.
    pub retry_after: Option<Seconds>,
    /// How many bytes the answer had, as far as it was read.
    pub answer_bytes: u32,
}

/// An endpoint, with its connection.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pool: Pool,
    path: PathAndQuery,
}

impl Endpoint {
    /// Knows where it is; connects to nothing yet. Names are looked up, and the addresses they lead to judged, when it is
    /// told something (G37).
    pub fn at(url: &str, reach: Reach) -> Result<Self, AddressError> {
        let (origin, path) = Origin::of_url(url)?;
        let may_be_private = match reach {
            Reach::Anywhere => true,
            Reach::PublicOrHere => origin.is_loopback(),
            Reach::PublicOnly => false,
        };
        if let Ok(ip) = origin.host().parse()
            && !reach.allows(ip)
        {
            return Err(AddressError::Private);
        }
        if !origin.is_tls() && !may_be_private {
            return Err(AddressError::NotEncrypted);
        }
        let limits = Limits {
            connections_max: 2,
            idle: IDLE,
            deadline: DEADLINE,
        };
        Ok(Self {
            pool: Pool::new(origin, reach, limits),
            path: path
                .parse()
                .map_err(|_| AddressError::Url(OriginError::Malformed))?,
        })
    }

    /// Scheme, host and port: what may be shown of it to everybody.
    pub fn origin(&self) -> &Origin {
        self.pool.origin()
    }

    /// Tells it something, once.
    pub async fn tell(&self, letter: Letter<'_>) -> Told {
        let Some(headers) = headers(&letter) else {
            return Told::nothing("its secret cannot be used; rotate it");
        };
        let call = Call {
            method: Method::POST,
            path: self.path.clone(),
            headers,
            body: letter.body,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        match self.pool.call(call, &MayStart::Always).await {
            Exchange::NotStarted { why } | Exchange::NoAnswer { why } => Told::nothing(why),
            Exchange::Response(response) => Told {
                status: Some(response.status),
                why: "".into(),
                retry_after: response
                    .header(RETRY_AFTER)
                    .and_then(|text| text.trim().parse().ok())
                    .map(Seconds::new),
                answer_bytes: response
                    .whole()
                    .map_or(0, |whole| u32::try_from(whole.len()).unwrap_or(u32::MAX)),
            },
        }
    }
}

impl Told {
    fn nothing(why: impl Into<Box<str>>) -> Self {
        Self {
            status: None,
            why: why.into(),
            retry_after: None,
            answer_bytes: 0,
        }
    }
}

fn headers(letter: &Letter<'_>) -> Option<HeaderMap> {
    let signatures: Vec<String> = letter
        .secrets
        .iter()
        .map(|secret| sign(secret, letter.id, letter.at, &letter.body))
        .collect::<Option<_>>()?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("GymText-Webhooks/1"));
    headers.insert("webhook-id", letter.id.parse().ok()?);
    headers.insert(
        "webhook-timestamp",
        HeaderValue::from(letter.at.as_seconds()),
    );
    headers.insert("webhook-signature", signatures.join(" ").parse().ok()?);
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_signed_as_the_specification_shows() {
        // The example of the specification's reference implementations.
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let at = Timestamp::from_seconds(1_614_265_330);
        let signature = sign(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signature.as_deref(),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
        assert_eq!(sign(&Secret::new("hunter2"), "a", at, b""), None);
        let made = super::secret([7; 24]);
        assert!(sign(&made, "a", at, b"").is_some());
    }

    #[test]
    fn an_endpoint_is_public_and_encrypted_unless_somebody_allowed_more() {
        let told = |url: &str, reach| {
            Endpoint::at(url, reach)
                .map(drop)
                .map_err(|error| error.to_string())
        };
        let public = Reach::PublicOnly;
        assert!(told("https://crm.example/hooks?a=b", public).is_ok());
        for refused in [
            "http://crm.example/hooks",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.0.0.7/",
            "https://169.254.169.254/latest",
            "ftp://crm.example/",
            "https://user:word@crm.example/",
            "crm.example",
        ] {
            assert!(told(refused, public).is_err(), "{refused}");
        }
        assert!(told("http://127.0.0.1:9/", Reach::PublicOrHere).is_ok());
        assert!(told("http://crm.example/", Reach::PublicOrHere).is_err());
        assert!(told("https://10.0.0.7/", Reach::PublicOrHere).is_err());
        assert!(told("http://10.0.0.7/", Reach::Anywhere).is_ok());
    }
}
