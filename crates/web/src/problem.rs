//! The one shape of an error answer: RFC 9457 problem details with a stable `code`. Causes inside
//! the service are logged where they become a problem, never shown.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::code::Code;

/// Something that was not done, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "/docs#error-invalid_request", "title": "Some fields cannot be accepted", "status": 422,
    "code": "invalid_request", "detail": "`phone`: this number is too short for the country US",
    "errors": [{"field": "phone", "message": "this number is too short for the country US"}]
}))]
pub struct Problem {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Box<str>,
    /// What happened, in a few words; the same for the same code.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word for machines.
    code: &'static str,
    /// What happened and what to do, in a sentence.
    #[schema(value_type = String)]
    detail: Box<str>,
    /// Every field that cannot be accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(flatten)]
    #[schema(ignore)]
    more: Map<String, Value>,
    #[serde(skip)]
    #[schema(ignore)]
    retry_after_seconds: Option<u8>,
}

/// A field and why it cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, as a path: `consents[0].channel`.
    pub field: String,
    /// Why not, for people.
    pub message: String,
}

impl Problem {
    /// A problem with a detail of its own.
    pub fn new(code: Code, detail: impl Into<Box<str>>) -> Self {
        Self {
            kind: format!("/docs#error-{}", code.as_str()).into(),
            title: code.title(),
            status: code.status().as_u16(),
            code: code.as_str(),
            detail: detail.into(),
            errors: Vec::new(),
            more: Map::new(),
            retry_after_seconds: None,
        }
    }

    /// A problem that the meaning of its code explains well enough.
    pub fn of(code: Code) -> Self {
        Self::new(code, code.meaning().trim())
    }

    /// Fields that cannot be accepted; at least one.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self::fields_as(Code::InvalidRequest, errors)
    }

    fn fields_as(code: Code, errors: Vec<FieldError>) -> Self {
        let detail: Vec<_> = errors
            .iter()
            .map(|e| format!("`{}`: {}", e.field, e.message))
            .collect();
        Self {
            errors,
            ..Self::new(code, detail.join("; "))
        }
    }

    /// One field that cannot be accepted.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an error or a text, whichever the caller has"
    )]
    pub fn field(field: impl Into<String>, message: impl ToString) -> Self {
        Self::fields(vec![FieldError {
            field: field.into(),
            message: message.to_string(),
        }])
    }

    /// Points at the field it is about.
    #[must_use]
    pub fn about(mut self, field: &str) -> Self {
        self.errors.push(FieldError {
            field: field.to_owned(),
            message: self.detail.to_string(),
        });
        self
    }

    /// Another status than the code's usual one.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status.as_u16();
        self
    }

    /// One more member of the object.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// When to come back.
    #[must_use]
    pub fn retry_after(mut self, seconds: u8) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Its code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Its title.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Its detail.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The fields it names.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Plain strings, numbers and lists: there is nothing in it that serde_json could refuse.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(u16::from(seconds)));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Collects what is wrong with a request, so that a caller hears of everything at once.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    fields: Vec<FieldError>,
    /// The code of all of them, where it is not the general one.
    code: Option<Code>,
}

impl Faults {
    /// Notes a fault.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an error or a text, whichever the caller has"
    )]
    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl ToString) {
        self.code = None;
        self.fields.push(FieldError {
            field: field.into(),
            message: message.to_string(),
        });
    }

    /// Notes a fault with a code of its own, which the problem has when all of them have it.
    pub(crate) fn add_as(&mut self, code: Code, field: String, message: String) {
        let alone = self.fields.is_empty() || self.code == Some(code);
        self.code = alone.then_some(code);
        self.fields.push(FieldError { field, message });
    }

    /// Keeps a good value, notes a bad one.
    pub(crate) fn keep<T, E: ToString>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(field, error.to_string());
                None
            }
        }
    }

    /// Parses a value that may be absent.
    pub(crate) fn parse<T>(&mut self, field: &str, text: Option<&str>) -> Option<T>
    where
        T: std::str::FromStr<Err: ToString>,
    {
        text.and_then(|text| self.keep(field, text.parse()))
    }

    /// Whether nothing was noted.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The problem, if there was a fault.
    pub(crate) fn into_result(self) -> Result<(), Problem> {
        if self.fields.is_empty() {
            return Ok(());
        }
        let code = self.code.unwrap_or(Code::InvalidRequest);
        Err(Problem::fields_as(code, self.fields))
    }
}

impl Problem {
    /// What is wrong, field by field, for a page that shows a form again; without fields, the sentence of all.
    pub(crate) fn by_field(&self) -> Vec<(&str, &str)> {
        if self.errors.is_empty() {
            return vec![("", &self.detail)];
        }
        let errors = self.errors.iter();
        errors
            .map(|one| (one.field.as_str(), one.message.as_str()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_every_field_and_keeps_its_code() {
        let mut faults = Faults::default();
        faults.add("phone", "this number is too short");
        faults.add("name", "a name has at least one character");
        let problem = faults.into_result().unwrap_err();
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["code"], "invalid_request");
        assert_eq!(json["status"], 422);
        assert_eq!(json["errors"][1]["field"], "name");
        assert!(json.get("retry_after_seconds").is_none());
    }

    #[test]
    fn a_problem_that_passes_says_when_to_come_back() {
        let response = Problem::of(Code::Unavailable)
            .retry_after(1)
            .into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
}
