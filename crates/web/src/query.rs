//! Query strings: every field is known by name, and what cannot be read is said by field.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::State;
use crate::json::field_of;
use crate::problem::{Faults, Problem};

/// The most items of a page.
pub(crate) const LIMIT_MAX: u32 = 200;

/// The items of a page when nobody says.
pub(crate) const LIMIT_DEFAULT: u32 = 50;

/// A query string, read into a struct of optional texts.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<State> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &State) -> Result<Self, Problem> {
        let rejection = match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(value)) => return Ok(Self(value)),
            Err(rejection) => rejection.body_text(),
        };
        let message = rejection
            .rsplit_once("query string: ")
            .map_or(rejection.as_str(), |(_, rest)| rest);
        // axum writes `field: message` where the message is about one field.
        let (path, message) = match message.split_once(": ") {
            Some((path, message)) if !path.contains(' ') => (path, message),
            Some(_) | None => (".", message),
        };
        let (field, message) = field_of(path, message);
        Err(Problem::field(
            if field == "body" {
                "query".to_owned()
            } else {
                field
            },
            message,
        ))
    }
}

/// The size of a page.
pub(crate) fn limit(faults: &mut Faults, text: Option<&str>) -> u32 {
    let Some(text) = text else {
        return LIMIT_DEFAULT;
    };
    if let Ok(limit @ 1..=LIMIT_MAX) = text.parse() {
        return limit;
    }
    faults.add(
        "limit",
        format!("a limit is a number from 1 to {LIMIT_MAX}"),
    );
    LIMIT_DEFAULT
}

/// A phone number in a query, where a `+` that was not encoded arrives as a space.
pub(crate) fn plus(text: &str) -> String {
    match text.strip_prefix(' ') {
        Some(rest) => format!("+{}", rest.trim()),
        None => text.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_bounded() {
        for (text, expected, fine) in [
            (None, 50, true),
            (Some("200"), 200, true),
            (Some("0"), 50, false),
            (Some("201"), 50, false),
            (Some("x"), 50, false),
        ] {
            let mut faults = Faults::default();
            assert_eq!(limit(&mut faults, text), expected);
            assert_eq!(faults.into_result().is_ok(), fine, "{text:?}");
        }
    }

    #[test]
    fn a_plus_that_was_not_encoded_is_still_one() {
        assert_eq!(plus(" 14155550123"), "+14155550123");
        assert_eq!(plus("+14155550123"), "+14155550123");
    }
}
