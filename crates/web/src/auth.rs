//! Who is asking: bearer keys, compared in constant time, and what each may be used for. A key of the settings may be used for
//! everything; those that are kept in the database have scopes (docs/decisions/0033).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use domain::{Scope, Secret};
use engine::audit::Actor;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method};
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
        self.name_of_digest(&digest_of(headers)?)
    }

    fn name_of_digest(&self, digest: &[u8; 32]) -> Option<&Arc<str>> {
        let mut found = u32::MAX;
        for (at, (_, key)) in (0_u32..).zip(&self.keys) {
            let same: Choice = key.ct_eq(digest);
            found.conditional_assign(&at, same);
        }
        self.keys
            .get(usize::try_from(found).ok()?)
            .map(|(name, _)| name)
    }
}

fn digest_of(headers: &HeaderMap) -> Option<[u8; 32]> {
    Some(Sha256::digest(bearer(headers)?).into())
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.is_empty()).then(|| token.trim_ascii())
}

/// A caller of the API, by the name of their key.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) name: Arc<str>,
    /// Our own command line, which has the settings' key.
    is_command: bool,
}

/// By which our own command line says that it is.
const COMMAND_HEADER: &str = "gymtext-command";

/// What was found out about a request's key, once.
#[derive(Clone)]
struct Known(Result<Caller, Problem>);

impl Caller {
    /// How the consent ledger and the log name them.
    pub(crate) fn actor(&self) -> String {
        if self.is_command {
            "cli".to_owned()
        } else {
            format!("api:{}", self.name)
        }
    }

    #[cfg(test)]
    pub(crate) fn called(name: &str) -> Self {
        Self {
            name: name.into(),
            is_command: false,
        }
    }

    async fn of(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Known>() {
            return known.0.clone();
        }
        let found = Self::find(parts, state).await;
        parts.extensions.insert(Known(found.clone()));
        found
    }

    async fn find(parts: &Parts, state: &State) -> Result<Self, Problem> {
        let unknown = || Problem::of(Code::Unauthorized);
        let digest = digest_of(&parts.headers).ok_or_else(unknown)?;
        if let Some(name) = state.keys().name_of_digest(&digest) {
            return Ok(Self {
                name: Arc::clone(name),
                is_command: parts.headers.contains_key(COMMAND_HEADER),
            });
        }
        let can_be_kept = bearer(&parts.headers)
            .is_some_and(|token| token.starts_with(engine::keys::PREFIX.as_bytes()));
        if !can_be_kept {
            return Err(unknown());
        }
        let holder = state.engine().key_holder(&digest).await?;
        let holder = holder.ok_or_else(unknown)?;
        let needed = scope_of(&parts.method, parts.uri.path());
        if !holder.scopes.contains(&needed) {
            let may: Vec<&str> = holder.scopes.iter().copied().map(Scope::as_str).collect();
            let detail = format!(
                "This call needs a key with the scope `{needed}`; this one has `{}`.",
                may.join("`, `")
            );
            let problem = Problem::new(Code::ScopeMissing, detail);
            return Err(problem.with("needed", needed.as_str()));
        }
        Ok(Self {
            name: holder.name,
            is_command: false,
        })
    }

    /// Who acts, for the log, in a request that changes something. Messages say themselves who sent them: the calls that
    /// take most of them are not written down twice.
    pub(crate) async fn acting(parts: &mut Parts, state: &State) -> Option<Actor> {
        let path = parts.uri.path().strip_prefix("/api/v1/")?;
        let is_hot = ["messages", "messages/batch", "messages/immediate"].contains(&path);
        if parts.method.is_safe() || is_hot {
            return None;
        }
        let caller = Self::of(parts, state).await.ok()?;
        Some(Actor {
            operator: None,
            name: caller.actor(),
        })
    }
}

/// Which scope a call needs: what is not named here needs the one that most keys lack.
fn scope_of(method: &Method, path: &str) -> Scope {
    let rest = path.strip_prefix("/api/v1/").unwrap_or_default();
    match rest.split('/').next().unwrap_or_default() {
        "keys" | "webhooks" => Scope::Settings,
        _ if method.is_safe() => Scope::Read,
        "messages" | "broadcasts" => Scope::Send,
        "members" | "segments" | "attention" | "suppressions" => Scope::Members,
        _ => Scope::Settings,
    }
}

impl FromRequestParts<State> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        Self::of(parts, state).await
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

    #[test]
    fn every_call_needs_a_scope_and_what_is_new_needs_the_rarest() {
        let scope = |method: &str, path: &str| scope_of(&method.parse().unwrap(), path).as_str();
        for (method, path, needed) in [
            ("GET", "/api/v1/members/mem_1", "read"),
            ("HEAD", "/api/v1/events", "read"),
            ("GET", "/api/v1/keys", "settings"),
            ("GET", "/api/v1/webhooks/whk_1/deliveries", "settings"),
            ("POST", "/api/v1/messages", "send"),
            ("POST", "/api/v1/messages/msg_1/cancel", "send"),
            ("DELETE", "/api/v1/members/mem_1", "members"),
            ("POST", "/api/v1/suppressions", "members"),
            ("POST", "/api/v1/attention/msg_1", "members"),
            ("PUT", "/api/v1/switches/all", "settings"),
            ("POST", "/api/v1/something-new", "settings"),
        ] {
            assert_eq!(scope(method, path), needed, "{method} {path}");
        }
    }
}
