//! `Stripe-Signature`: who really called us. The header holds `t`, seconds since 1970, and one `v1` for each secret
//! that is in force: HMAC-SHA256 over `t`, a dot and the raw body. Other schemes in it are not looked at.

use domain::{Seconds, Secret, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The header.
pub const SIGNATURE_HEADER: &str = "stripe-signature";

/// How far the time in it may be from ours (G25); what Stripe's own libraries allow.
pub const TOLERANCE: Seconds = Seconds::new(300);

/// The most signatures of one header that are looked at: Stripe sends one for each secret in force.
const SIGNATURES_MAX: usize = 8;

/// Why a request is not believed. None of these says what would have been right.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// No header, or none that could be one.
    #[error("there is no signature")]
    Missing,
    /// Signed too long ago, or by a clock that is ahead.
    #[error("the signature is of another time")]
    Time,
    /// Not signed with any of our secrets over this body.
    #[error("the signature does not fit")]
    Wrong,
}

/// The secrets that may have signed: during rotation there are several.
#[derive(Clone, Default)]
pub struct WebhookKeys(Vec<Hmac<Sha256>>);

impl std::fmt::Debug for WebhookKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebhookKeys({})", self.0.len())
    }
}

impl WebhookKeys {
    /// From secrets; an empty one is left out, as it would let anybody sign.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let keys = secrets
            .into_iter()
            .filter(|secret| !secret.expose().is_empty())
            .filter_map(|secret| Hmac::new_from_slice(secret.expose().as_bytes()).ok());
        Self(keys.collect())
    }

    /// Whether Stripe signed this body with one of our secrets, lately.
    pub fn verify(&self, header: &str, body: &[u8], now: Timestamp) -> Result<(), Refused> {
        let mut time = None;
        let mut signatures = Vec::new();
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", text)) if time.is_none() => time = Some(text),
                Some(("v1", text)) if signatures.len() < SIGNATURES_MAX => {
                    signatures.extend(unhex(text));
                }
                _ => {}
            }
        }
        let (text, at) = time
            .and_then(|text| Some((text, text.parse::<i64>().ok()?)))
            .ok_or(Refused::Missing)?;
        let mut fits = false;
        for key in &self.0 {
            let mut mac = key.clone();
            mac.update(text.as_bytes());
            mac.update(b".");
            mac.update(body);
            let right: [u8; 32] = mac.finalize().into_bytes().into();
            for given in &signatures {
                fits |= bool::from(right.ct_eq(given));
            }
        }
        if !fits {
            return Err(Refused::Wrong);
        }
        let apart = now.as_seconds().saturating_sub(at).saturating_abs();
        if apart > TOLERANCE.as_micros() / 1_000_000 {
            return Err(Refused::Time);
        }
        Ok(())
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        let digit = |digit: &u8| char::from(*digit).to_digit(16);
        *byte = u8::try_from(digit(high)? << 4 | digit(low)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1","type":"customer.subscription.updated"}"#;
    const AT: i64 = 1_795_003_200;

    fn keys(secrets: &[&str]) -> WebhookKeys {
        let secrets: Vec<Secret> = secrets.iter().copied().map(Secret::new).collect();
        WebhookKeys::new(&secrets)
    }

    fn sign(secret: &str, at: i64, body: &[u8]) -> String {
        use std::fmt::Write as _;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{at}.").as_bytes());
        mac.update(body);
        let bytes = mac.finalize().into_bytes();
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn now() -> Timestamp {
        Timestamp::from_seconds(AT)
    }

    #[derive(serde::Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(serde::Deserialize)]
    struct Vector {
        name: String,
        secret: String,
        body: String,
        header: String,
        at: i64,
        genuine: bool,
    }

    /// Made and judged by the official package, which nobody here wrote.
    #[test]
    fn we_believe_what_the_official_package_of_stripe_believes() {
        let text = include_str!("../../../../fixtures/stripe-signatures.json");
        let all: Vectors = serde_json::from_str(text).unwrap();
        assert!(all.vectors.len() > 20);
        for one in all.vectors {
            let now = Timestamp::from_seconds(one.at);
            let judged = keys(&[&one.secret]).verify(&one.header, one.body.as_bytes(), now);
            assert_eq!(judged.is_ok(), one.genuine, "{}", one.name);
        }
    }

    #[test]
    fn what_is_signed_with_one_of_our_secrets_is_believed() {
        let header = format!("t={AT},v1={},v0=abc", sign("whsec_new", AT, BODY));
        assert_eq!(keys(&["whsec_new"]).verify(&header, BODY, now()), Ok(()));
        let both = keys(&["whsec_old", "whsec_new"]);
        assert_eq!(both.verify(&header, BODY, now()), Ok(()));
        let two = format!(
            "t={AT}, v1={}, v1={}",
            sign("whsec_x", AT, BODY),
            sign("whsec_new", AT, BODY)
        );
        assert_eq!(keys(&["whsec_new"]).verify(&two, BODY, now()), Ok(()));
    }

    #[test]
    fn what_is_altered_old_or_of_another_key_is_not() {
        let ours = keys(&["whsec_new"]);
        let right = sign("whsec_new", AT, BODY);
        let header = format!("t={AT},v1={right}");
        for (header, body, error) in [
            (header.as_str(), &b"{}"[..], Refused::Wrong),
            (&format!("t={},v1={right}", AT + 1), BODY, Refused::Wrong),
            (&format!("t={AT},v0={right}"), BODY, Refused::Wrong),
            (&format!("t={AT},v1={}", &right[1..]), BODY, Refused::Wrong),
            (&format!("t={AT}"), BODY, Refused::Wrong),
            (&format!("v1={right}"), BODY, Refused::Missing),
            ("", BODY, Refused::Missing),
        ] {
            assert_eq!(ours.verify(header, body, now()), Err(error), "{header}");
        }
        assert_eq!(
            keys(&["whsec_old"]).verify(&header, BODY, now()),
            Err(Refused::Wrong)
        );
        assert_eq!(
            keys(&[""]).verify(&header, BODY, now()),
            Err(Refused::Wrong)
        );
        for (seconds, expected) in [
            (300, Ok(())),
            (301, Err(Refused::Time)),
            (-300, Ok(())),
            (-301, Err(Refused::Time)),
        ] {
            let now = Timestamp::from_seconds(AT + seconds);
            assert_eq!(ours.verify(&header, BODY, now), expected, "{seconds}");
        }
    }
}
