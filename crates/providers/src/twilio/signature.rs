//! `X-Twilio-Signature`: who really called us (facts/twilio.md 5).
//!
//! The signed text is the public URL as Twilio was given it, without user and fragment, followed by
//! the decoded form parameters in order of their names; or the URL alone for GET and for bodies
//! whose SHA-256 stands in the query. Nothing here reads a URL from the request itself: callers
//! give configured base plus received path and query.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Secret;

use super::form::{self, FormError, Pairs};

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "x-twilio-signature";
/// The header that names a shared key and its algorithm (public beta).
pub const SETTINGS_HEADER: &str = "x-twilio-webhooks-signature-settings";
/// The header that is the same on every repeat of one webhook.
pub const IDEMPOTENCY_HEADER: &str = "i-twilio-idempotency-token";

/// A request to verify.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// Whether it is a GET: parameters are in the URL then.
    pub is_get: bool,
    /// Our configured public base, then path and query as received.
    pub url: &'a str,
    /// The content type, if there was one.
    pub content_type: Option<&'a str>,
    /// The raw body.
    pub body: &'a [u8],
    /// The value of [`SIGNATURE_HEADER`].
    pub signature: Option<&'a str>,
    /// The value of [`SETTINGS_HEADER`].
    pub settings: Option<&'a str>,
}

impl std::fmt::Debug for SignedRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignedRequest(…)")
    }
}

/// Why a request is not believed. None of these says what would have been right.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// No signature.
    #[error("there is no signature")]
    Missing,
    /// A body that the signature does not cover.
    #[error("the body is not covered by the signature")]
    UncoveredBody,
    /// The body's hash in the URL is another.
    #[error("the body is not the one whose hash is in the URL")]
    BodyHash,
    /// A shared key we were not given, or an algorithm we did not choose.
    #[error("the signing key or algorithm is not one we were given")]
    UnknownKey,
    /// Not signed with any of our keys over this URL and these parameters.
    #[error("the signature does not fit")]
    Wrong,
    /// Not a form.
    #[error(transparent)]
    Form(#[from] FormError),
}

/// The secrets that may have signed: the account's token, during rotation the next one too, and
/// shared keys where they were set up.
#[derive(Clone, Default)]
pub struct SigningKeys {
    tokens: Vec<Hmac<Sha1>>,
    shared: Vec<(Box<str>, Hmac<Sha256>)>,
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SigningKeys({} tokens, {} shared keys)",
            self.tokens.len(),
            self.shared.len()
        )
    }
}

impl SigningKeys {
    /// From auth tokens; an empty token is left out, as it would let anybody sign.
    pub fn from_tokens<'a>(tokens: impl IntoIterator<Item = &'a Secret>) -> Self {
        let tokens = tokens
            .into_iter()
            .filter(|token| !token.expose().is_empty())
            .filter_map(|token| Hmac::new_from_slice(token.expose().as_bytes()).ok())
            .collect();
        Self {
            tokens,
            shared: Vec::new(),
        }
    }

    /// Adds a shared key by its name (`webhooks_sharedkey_…`), which signs with HMAC-SHA256.
    #[must_use]
    pub fn with_shared_key(mut self, name: &str, secret: &Secret) -> Self {
        if !secret.expose().is_empty()
            && let Ok(key) = Hmac::new_from_slice(secret.expose().as_bytes())
        {
            self.shared.push((name.into(), key));
        }
        self
    }

    /// Whether there is nothing to verify with: then everything is refused.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty() && self.shared.is_empty()
    }
}

/// Verifies a request in constant time as far as secrets go.
pub fn verify(request: &SignedRequest<'_>, keys: &SigningKeys) -> Result<(), Refused> {
    verified(request, keys).map(|_form| ())
}

/// The same, and hands on the form that was read for it; `None` where the body is none.
pub fn verified<'a>(
    request: &SignedRequest<'a>,
    keys: &SigningKeys,
) -> Result<Option<Pairs<'a>>, Refused> {
    let signature = request.signature.ok_or(Refused::Missing)?;
    let (tail, form) = if is_form(request) {
        let form = form::parse(request.body)?;
        (tail_of(&form), Some(form))
    } else {
        (signed_tail(request)?, None)
    };
    let key = Key::of(request.settings, keys)?;
    let url = Url::read(request.url);
    let fits = url
        .variants()
        .any(|url| key.fits(&url, tail.as_bytes(), signature));
    if fits { Ok(form) } else { Err(Refused::Wrong) }
}

/// Signs as Twilio does with an auth token: the base64 of HMAC-SHA1. For tests and tools; the
/// service itself never signs.
pub fn sign(url: &str, pairs: &[(&str, &str)], token: &Secret) -> String {
    let keys = SigningKeys::from_tokens([token]);
    let tail = tail_of_pairs(pairs.iter().copied());
    let url = Url::read(url).as_given();
    keys.tokens.first().map_or_else(String::new, |key| {
        encoded(key.clone(), &url, tail.as_bytes())
    })
}

pub(super) enum Key<'k> {
    Tokens(&'k [Hmac<Sha1>]),
    Shared(&'k Hmac<Sha256>),
}

impl<'k> Key<'k> {
    pub(super) fn of(settings: Option<&str>, keys: &'k SigningKeys) -> Result<Self, Refused> {
        let Some(settings) = settings.filter(|_| !keys.shared.is_empty()) else {
            // Without shared keys of ours the header means nothing: it cannot choose for us.
            return Ok(Self::Tokens(&keys.tokens));
        };
        let mut name = None;
        let mut algorithm = None;
        for part in settings.split(',') {
            match part.trim().split_once('=') {
                Some(("key", value)) => name = Some(value),
                Some(("algorithm", value)) => algorithm = Some(value),
                Some(_) | None => {}
            }
        }
        if algorithm != Some("HMAC_SHA256") {
            return Err(Refused::UnknownKey);
        }
        keys.shared
            .iter()
            .find(|(known, _)| Some(&**known) == name)
            .map(|(_, key)| Self::Shared(key))
            .ok_or(Refused::UnknownKey)
    }

    pub(super) fn fits(&self, url: &str, tail: &[u8], signature: &str) -> bool {
        let same = |made: String| bool::from(made.as_bytes().ct_eq(signature.as_bytes()));
        match self {
            Self::Tokens(tokens) => tokens
                .iter()
                .any(|key| same(encoded(key.clone(), url, tail))),
            Self::Shared(key) => same(encoded((*key).clone(), url, tail)),
        }
    }
}

fn encoded<M: Mac>(mut mac: M, url: &str, tail: &[u8]) -> String {
    mac.update(url.as_bytes());
    mac.update(tail);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// What follows the URL in the signed text. A body that is not a form must be covered by its hash.
pub(super) fn signed_tail(request: &SignedRequest<'_>) -> Result<String, Refused> {
    if is_form(request) {
        return Ok(tail_of(&form::parse(request.body)?));
    }
    match body_hash(request.url) {
        Some(hash) => {
            let real = hex_of(&Sha256::digest(request.body));
            if bool::from(real.as_bytes().ct_eq(hash.as_bytes())) {
                Ok(String::new())
            } else {
                Err(Refused::BodyHash)
            }
        }
        None if request.body.is_empty() => Ok(String::new()),
        None => Err(Refused::UncoveredBody),
    }
}

pub(super) fn is_form(request: &SignedRequest<'_>) -> bool {
    !request.is_get
        && request.content_type.is_some_and(|kind| {
            kind.split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

fn body_hash(url: &str) -> Option<String> {
    let query = url.split('#').next()?.split_once('?')?.1;
    form::parse(query.as_bytes())
        .ok()?
        .into_iter()
        .find(|(name, _)| name == "bodySHA256")
        .map(|(_, value)| value.into_owned())
}

fn hex_of(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn tail_of(form: &Pairs<'_>) -> String {
    tail_of_pairs(form.iter().map(|(k, v)| (&**k, &**v)))
}

/// Each distinct name and value, sorted by name, then by value, without anything between.
pub(super) fn tail_of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs.dedup();
    let bytes = pairs.iter().map(|(k, v)| k.len() + v.len()).sum();
    let mut tail = String::with_capacity(bytes);
    for (name, value) in pairs {
        tail.push_str(name);
        tail.push_str(value);
    }
    tail
}

/// A URL in the three parts that matter here.
#[derive(Clone, Copy)]
pub(super) struct Url<'a> {
    /// `https`, as written.
    pub(super) scheme: &'a str,
    /// Host without port, as written.
    pub(super) host: &'a str,
    /// The port, as written.
    pub(super) port: Option<&'a str>,
    /// Path and query, as written.
    pub(super) rest: &'a str,
}

impl<'a> Url<'a> {
    /// Drops user and fragment, which Twilio drops before it signs.
    pub(super) fn read(url: &'a str) -> Self {
        let url = url.split('#').next().unwrap_or_default();
        let (scheme, after) = url.split_once("://").unwrap_or(("", url));
        let end = after.find(['/', '?']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, a)| a);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !port.is_empty() => {
                (host, Some(port))
            }
            Some(_) | None => (authority, None),
        };
        Self {
            scheme,
            host,
            port,
            rest,
        }
    }

    pub(super) fn with_port(&self, port: Option<&str>) -> String {
        let Self {
            scheme, host, rest, ..
        } = self;
        match port {
            Some(port) => [scheme, "://", host, ":", port, rest].concat(),
            None => [scheme, "://", host, rest].concat(),
        }
    }

    pub(super) fn as_given(&self) -> String {
        self.with_port(self.port)
    }

    /// With and without a port, as the official validators accept: as given first, since that is
    /// nearly always the one.
    pub(super) fn variants(&self) -> impl Iterator<Item = String> + use<'a> {
        let url = *self;
        let other = match (url.port, url.scheme) {
            (Some(_), _) => None,
            (None, "https") => Some("443"),
            (None, _) => Some("80"),
        };
        std::iter::once_with(move || url.as_given())
            .chain(std::iter::once_with(move || url.with_port(other)))
    }
}
