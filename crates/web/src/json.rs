//! JSON in and out: what is wrong with a body is said by field.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::problem::Problem;

/// A body the API takes.
pub(crate) trait JsonBody: Sized {
    /// The most bytes it may have.
    const BYTES_MAX: usize = 256 * 1024;

    /// Reads it.
    fn from_json(bytes: &[u8]) -> Result<Self, Problem>;
}

/// Makes plain structs bodies.
macro_rules! json_body {
    ($name:ty) => {
        impl $crate::json::JsonBody for $name {
            fn from_json(bytes: &[u8]) -> Result<Self, $crate::problem::Problem> {
                $crate::json::parse(bytes)
            }
        }
    };
}
pub(crate) use json_body;

/// Reads JSON into a struct; says what breaks it and where.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::new(
            Code::InvalidUtf8,
            format!(
                "The body is not UTF-8: byte {} cannot be read.",
                error.valid_up_to()
            ),
        )
    })?;
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    // Once more, with an eye on where it breaks.
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, error.inner())
    })?;
    reader.end().map_err(|error| refusal(".", &error))?;
    Ok(value)
}

fn refusal(path: &str, error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&place).unwrap_or(&message);
    if !error.is_data() {
        return Problem::new(
            Code::InvalidJson,
            format!("The body is not JSON: {message}{place}."),
        );
    }
    let (field, message) = field_of(path, message);
    Problem::field(field, message)
}

/// The field a data error is about, and the error in words that fit it.
pub(crate) fn field_of(path: &str, message: &str) -> (String, String) {
    let path = if path == "." { "" } else { path };
    let named = |prefix: &str| {
        let name = message.strip_prefix(prefix)?.split('`').next()?;
        // The path of an unknown field may or may not name it already.
        let parent = path
            .strip_suffix(name)
            .map_or(path, |rest| rest.trim_end_matches('.'));
        Some(if parent.is_empty() {
            name.to_owned()
        } else {
            format!("{parent}.{name}")
        })
    };
    if let Some(field) = named("unknown field `") {
        let known = message
            .split_once("expected ")
            .map_or("", |(_, known)| known);
        return (field, format!("there is no such field; known: {known}"));
    }
    if let Some(field) = named("missing field `") {
        return (field, "this field is needed".to_owned());
    }
    if let Some(field) = named("duplicate field `") {
        return (field, "this field is there twice".to_owned());
    }
    let field = if path.is_empty() {
        "body".to_owned()
    } else {
        path.to_owned()
    };
    (field, message.to_owned())
}

/// Whether a body calls itself JSON.
pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let mut parts = kind.split(';');
    let media = parts.next().unwrap_or("").trim();
    let json = media.eq_ignore_ascii_case("application/json")
        || (media.len() > 17
            && media
                .get(..12)
                .is_some_and(|start| start.eq_ignore_ascii_case("application/"))
            && media
                .get(media.len() - 5..)
                .is_some_and(|end| end.eq_ignore_ascii_case("+json")));
    if json {
        Ok(())
    } else {
        Err(Problem::of(Code::UnsupportedMediaType))
    }
}

/// A caller with a JSON body; the key is checked before the body is read.
#[derive(Debug)]
pub(crate) struct Sent<T> {
    pub(crate) caller: Caller,
    pub(crate) body: T,
}

impl<T: JsonBody> FromRequest<State> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, state).await?;
        let bytes = read::<T>(&parts.headers, body).await?;
        Ok(Self {
            caller,
            body: T::from_json(&bytes)?,
        })
    }
}

/// Reads the bytes of a JSON body.
pub(crate) async fn read<T: JsonBody>(
    headers: &HeaderMap,
    body: axum::body::Body,
) -> Result<Bytes, Problem> {
    check_content_type(headers)?;
    crate::body::read(body, T::BYTES_MAX).await
}

/// An answer that nobody may keep.
pub(crate) fn answer(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let mut response = (status, body).into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            Problem::of(Code::Internal).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read from JSON")]
    struct Outer {
        name: String,
        inner: Option<Vec<Inner>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read from JSON")]
    struct Inner {
        hour: u8,
    }

    fn refused(body: &[u8]) -> (u16, &'static str, String) {
        let problem = parse::<Outer>(body).unwrap_err();
        let field = problem
            .errors()
            .first()
            .map_or(String::new(), |error| error.field.clone());
        (problem.status().as_u16(), problem.code(), field)
    }

    #[test]
    fn a_bad_body_is_refused_by_the_name_of_its_field() {
        for (body, expected) in [
            (&b"{\"name\":"[..], (400, "invalid_json", "")),
            (b"", (400, "invalid_json", "")),
            (b"{\"name\":\"a\"} x", (400, "invalid_json", "")),
            (b"{\"name\":\"\xff\"}", (400, "invalid_utf8", "")),
            (b"{\"name\":1}", (422, "invalid_request", "name")),
            (b"{}", (422, "invalid_request", "name")),
            (b"[]", (422, "invalid_request", "body")),
            (
                b"{\"name\":\"a\",\"nmae\":1}",
                (422, "invalid_request", "nmae"),
            ),
            (
                b"{\"name\":\"a\",\"inner\":[{\"hour\":300}]}",
                (422, "invalid_request", "inner[0].hour"),
            ),
            (
                b"{\"name\":\"a\",\"inner\":[{\"our\":3}]}",
                (422, "invalid_request", "inner[0].our"),
            ),
            (
                b"{\"name\":\"a\",\"inner\":[{}]}",
                (422, "invalid_request", "inner[0].hour"),
            ),
        ] {
            let (status, code, field) = refused(body);
            assert_eq!(
                (status, code, field.as_str()),
                expected,
                "{}",
                String::from_utf8_lossy(body)
            );
        }
    }

    #[test]
    fn only_json_is_taken() {
        let check = |kind: &str| {
            check_content_type(&HeaderMap::from_iter([(
                CONTENT_TYPE,
                kind.parse().unwrap(),
            )]))
        };
        check("application/json").unwrap();
        check("Application/JSON; charset=utf-8").unwrap();
        check("application/merge-patch+json").unwrap();
        for wrong in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "",
        ] {
            assert_eq!(
                check(wrong).unwrap_err().code(),
                "unsupported_media_type",
                "{wrong}"
            );
        }
        check_content_type(&HeaderMap::new()).unwrap_err();
    }
}
