//! `Idempotency-Key`: the same call twice is one call (G2). The store keeps the key in the
//! transaction of what it protects; here it is read and bound to method, path and body.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use store::records::Idempotency;

use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::json::{self, JsonBody};
use crate::problem::Problem;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The longest key.
pub(crate) const KEY_BYTES_MAX: usize = 255;

/// A POST that creates: who calls, their key if they gave one, and the body.
#[derive(Debug)]
pub(crate) struct Posted<T> {
    pub(crate) caller: Caller,
    pub(crate) key: Option<Idempotency>,
    pub(crate) body: T,
}

impl<T: JsonBody> FromRequest<State> for Posted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, state).await?;
        let bytes = json::read::<T>(&parts.headers, body).await?;
        let key = key_of(&parts, &caller, &bytes)?;
        Ok(Self {
            caller,
            key,
            body: T::from_json(&bytes)?,
        })
    }
}

fn key_of(parts: &Parts, caller: &Caller, body: &Bytes) -> Result<Option<Idempotency>, Problem> {
    let Some(value) = parts.headers.get(KEY) else {
        return Ok(None);
    };
    let bytes = value.as_bytes();
    let fits = (1..=KEY_BYTES_MAX).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    let key = value
        .to_str()
        .ok()
        .filter(|_| fits)
        .ok_or_else(|| Problem::of(Code::InvalidIdempotencyKey))?;
    let mut digest = Sha256::new();
    // Neither a method nor a path holds a NUL: the three parts cannot run into each other.
    digest.update(parts.method.as_str());
    digest.update([0]);
    digest.update(parts.uri.path());
    digest.update([0]);
    digest.update(body);
    Ok(Some(Idempotency {
        scope: caller.name.to_string(),
        key: key.to_owned(),
        fingerprint: digest.finalize().into(),
    }))
}

/// Marks the answer of an earlier call.
pub(crate) fn mark(mut response: Response, replayed: bool) -> Response {
    if replayed {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(path: &str, key: &str, body: &'static str) -> Result<Option<Idempotency>, Problem> {
        let mut request = http::Request::post(path).body(()).unwrap();
        request
            .headers_mut()
            .insert(KEY, HeaderValue::from_str(key).unwrap());
        let caller = Caller::called("first");
        key_of(
            &request.into_parts().0,
            &caller,
            &Bytes::from_static(body.as_bytes()),
        )
    }

    #[test]
    fn a_key_is_bound_to_caller_path_and_body() {
        let one = key("/a", "k", "{}").unwrap().unwrap();
        assert_eq!(one.scope, "first");
        assert_eq!(
            one.fingerprint,
            key("/a", "k", "{}").unwrap().unwrap().fingerprint
        );
        assert_ne!(
            one.fingerprint,
            key("/b", "k", "{}").unwrap().unwrap().fingerprint
        );
        assert_ne!(
            one.fingerprint,
            key("/a", "k", "{ }").unwrap().unwrap().fingerprint
        );
    }

    #[test]
    fn a_key_that_cannot_be_kept_is_refused() {
        for bad in ["", "two words", &"k".repeat(256)] {
            assert_eq!(
                key("/a", bad, "{}").unwrap_err().code(),
                "invalid_idempotency_key"
            );
        }
        assert!(key("/a", &"k".repeat(255), "{}").is_ok());
    }
}
