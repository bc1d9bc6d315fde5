//! Who is asking: bearer keys, compared in constant time.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use domain::Secret;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::State;
use crate::code::Code;
use crate::problem::Problem;

/// Keys by name, kept as digests: equal lengths make the comparison take the same time.
pub(crate) struct KeyRing {
    keys: Vec<(Arc<str>, [u8; 32])>,
}

impl KeyRing {
    /// From names and keys; an empty key is left out, as it would let anybody in.
    pub(crate) fn new(keys: impl IntoIterator<Item = (String, Secret)>) -> Self {
        let keys = keys
            .into_iter()
            .filter(|(_, secret)| !secret.expose().is_empty())
            .map(|(name, secret)| {
                (
                    name.into(),
                    Sha256::digest(secret.expose().as_bytes()).into(),
                )
            })
            .collect();
        Self { keys }
    }

    /// The name of the key in the header, if it is one of ours. All keys are compared, always.
    pub(crate) fn name_of(&self, headers: &HeaderMap) -> Option<&Arc<str>> {
        let digest: [u8; 32] = Sha256::digest(bearer(headers)?).into();
        let mut found = u32::MAX;
        for (at, (_, key)) in (0_u32..).zip(&self.keys) {
            let same: Choice = key.ct_eq(&digest);
            found.conditional_assign(&at, same);
        }
        self.keys
            .get(usize::try_from(found).ok()?)
            .map(|(name, _)| name)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.is_empty()).then(|| token.trim_ascii())
}

/// A caller of the API, by the name of their key.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) name: Arc<str>,
}

impl Caller {
    /// How the consent ledger names them.
    pub(crate) fn actor(&self) -> String {
        format!("api:{}", self.name)
    }

    /// The same for the audit log.
    pub(crate) fn as_actor(&self) -> engine::audit::Actor {
        engine::audit::Actor {
            operator: None,
            name: self.actor(),
        }
    }
}

impl FromRequestParts<State> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        match state.keys().name_of(&parts.headers) {
            Some(name) => Ok(Self {
                name: Arc::clone(name),
            }),
            None => Err(Problem::of(Code::Unauthorized)),
        }
    }
}

/// Somebody who knows the secret of the cron routes.
#[derive(Debug)]
pub(crate) struct CronCaller;

impl FromRequestParts<State> for CronCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let ring = state.cron().ok_or_else(|| {
            Problem::new(
                Code::Forbidden,
                "Cron routes are switched off: set CRON_SECRET to use them.",
            )
        })?;
        match ring.name_of(&parts.headers) {
            Some(_) => Ok(Self),
            None => Err(Problem::new(
                Code::Unauthorized,
                "Send `Authorization: Bearer <CRON_SECRET>` with the secret that is set up.",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn a_key_is_known_by_its_name_and_nothing_else_is_let_in() {
        let ring = KeyRing::new([
            ("first".to_owned(), Secret::new("k-1")),
            ("empty".to_owned(), Secret::new("")),
            ("second".to_owned(), Secret::new("k-2")),
        ]);
        let name = |value| ring.name_of(&headers(value)).map(ToString::to_string);
        assert_eq!(name("Bearer k-1").as_deref(), Some("first"));
        assert_eq!(name("bearer k-2").as_deref(), Some("second"));
        for wrong in ["Bearer k-3", "Bearer ", "Basic k-1", "k-1", "Bearer k-1k"] {
            assert_eq!(name(wrong), None, "{wrong}");
        }
        assert!(ring.name_of(&HeaderMap::new()).is_none());
    }
}
