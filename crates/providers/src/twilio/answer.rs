//! What an answer of Twilio's proves (GUARANTEES 2.3, facts/twilio.md 1.8).

use bytes::Bytes;
use domain::{DeliveryStatus, ErrorClass, ProviderAnswer, ProviderError, Seconds};
use hyper::header::RETRY_AFTER;
use serde::de::DeserializeOwned;

use super::loose::Loose;
use super::webhook::is_id;
use super::{errors, words};
use crate::http::{Body, Exchange, Response};
use crate::provider::FetchError;

/// The longest wait we believe when a provider asks for one.
const RETRY_AFTER_SECONDS_MAX: u32 = 3_600;

/// What an attempt to create a message proves.
pub(super) fn verdict(exchange: Exchange, is_template: bool) -> ProviderAnswer {
    let response = match exchange {
        Exchange::NotStarted { why } => return ProviderAnswer::NotStarted { why },
        Exchange::NoAnswer { why } => return ProviderAnswer::NoAnswer { why },
        Exchange::Response(response) => response,
    };
    let status = response.status;
    match (status, &response.body) {
        (200..=299, Body::Whole(body)) => accepted(body, is_template),
        (400..=499, Body::Whole(body)) => match refusal(status, body, is_template) {
            Some(error) => ProviderAnswer::Refused {
                error,
                retry_after: retry_after(&response),
            },
            None => no_answer(&format!("HTTP {status} without an error we can read")),
        },
        (200..=299 | 400..=499, Body::TooLarge) => {
            no_answer(&format!("HTTP {status} with a body that is too large"))
        }
        (200..=299 | 400..=499, Body::Cut) => {
            no_answer(&format!("HTTP {status} with a body that was cut off"))
        }
        _ => no_answer(&format!("HTTP {status}")),
    }
}

fn no_answer(why: &str) -> ProviderAnswer {
    ProviderAnswer::NoAnswer { why: why.into() }
}

#[derive(serde::Deserialize)]
struct Created {
    sid: Option<Box<str>>,
    #[serde(default)]
    status: Loose,
    #[serde(default)]
    error_code: Loose,
    #[serde(default)]
    num_segments: Loose,
}

fn accepted(body: &[u8], is_template: bool) -> ProviderAnswer {
    let Ok(created) = serde_json::from_slice::<Created>(body) else {
        return no_answer("success with a body we cannot read");
    };
    let Some(id) = created.sid.filter(|sid| is_id(sid)) else {
        return no_answer("success without an id");
    };
    // A word we do not know says nothing against what 2xx proves.
    let status = created
        .status
        .text()
        .and_then(|word| words::status(word).known())
        .unwrap_or(DeliveryStatus::Accepted);
    ProviderAnswer::Accepted {
        provider_message_id: id,
        status,
        error: created
            .error_code
            .number()
            .filter(|code| *code != 0)
            .map(|code| errors::error(code, is_template)),
        segments: created
            .num_segments
            .number()
            .and_then(|count| u16::try_from(count).ok())
            .filter(|count| *count != 0),
    }
}

#[derive(serde::Deserialize)]
struct Refusal {
    #[serde(default)]
    code: Loose,
    #[serde(default)]
    status: Loose,
}

/// The error of a 4xx: by its code, or, where it has none but names its status, by that.
pub(super) fn refusal(status: u16, body: &[u8], is_template: bool) -> Option<ProviderError> {
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    let mut error = match refusal.code.number() {
        Some(code) => errors::error(code, is_template),
        None if refusal.status.number() == Some(u32::from(status)) => ProviderError {
            code: None,
            class: match status {
                401 | 403 => ErrorClass::SenderProblem,
                _ => ErrorClass::Permanent,
            },
            meaning: format!("HTTP {status} without a code").into(),
        },
        None => return None,
    };
    if status == 429 {
        error.class = ErrorClass::RateLimited;
    }
    Some(error)
}

/// `Retry-After` in seconds; its other form, a date, is not used here (facts/twilio.md 10).
fn retry_after(response: &Response) -> Option<Seconds> {
    let seconds: u32 = response.header(RETRY_AFTER)?.trim().parse().ok()?;
    Some(Seconds::new(seconds.min(RETRY_AFTER_SECONDS_MAX)))
}

/// The answer to a GET, or to making something that is no message.
pub(super) enum ReadAnswer {
    Found(Bytes),
    NotFound,
}

impl ReadAnswer {
    pub(super) fn of(exchange: Exchange, bytes_max: usize) -> Result<Self, FetchError> {
        let response = response_of(exchange)?;
        if response.status == 404 {
            return Ok(Self::NotFound);
        }
        whole(response, bytes_max).map(Self::Found)
    }

    /// The answer to a DELETE (facts/twilio.md 1.6): 404 is what was wanted, too.
    pub(super) fn removed(exchange: Exchange) -> Result<(), FetchError> {
        let response = response_of(exchange)?;
        match response.status {
            204 | 404 => Ok(()),
            _ => whole(response, 0).map(|_| ()),
        }
    }

    /// The answer to a POST that makes something.
    pub(super) fn made(exchange: Exchange, bytes_max: usize) -> Result<Bytes, FetchError> {
        whole(response_of(exchange)?, bytes_max)
    }
}

fn response_of(exchange: Exchange) -> Result<Response, FetchError> {
    match exchange {
        Exchange::NotStarted { why } => Err(FetchError::Unreachable { why }),
        Exchange::NoAnswer { why } => Err(FetchError::NoAnswer { why }),
        Exchange::Response(response) => Ok(response),
    }
}

/// The body that came whole with 200 or 201.
fn whole(response: Response, bytes_max: usize) -> Result<Bytes, FetchError> {
    let status = response.status;
    match (status, response.body) {
        (200 | 201, Body::Whole(body)) => Ok(body),
        (400..=499, Body::Whole(body)) => Err(match refusal(status, &body, false) {
            Some(error) => FetchError::Refused { status, error },
            None => FetchError::NoAnswer {
                why: format!("HTTP {status} without an error we can read").into(),
            },
        }),
        (200 | 201, Body::TooLarge) => Err(FetchError::TooLarge { bytes_max }),
        (200 | 201, Body::Cut) => Err(FetchError::NoAnswer {
            why: "the body was cut off".into(),
        }),
        _ => Err(FetchError::NoAnswer {
            why: format!("HTTP {status}").into(),
        }),
    }
}

/// JSON of a shape, or the error that says it was not.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, FetchError> {
    serde_json::from_slice(body).map_err(|_| FetchError::NoAnswer {
        why: "the answer is not the JSON we know".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &'static str) -> ProviderAnswer {
        let response = Response {
            status,
            headers: hyper::HeaderMap::new(),
            body: Body::Whole(Bytes::from_static(body.as_bytes())),
        };
        verdict(Exchange::Response(response), false)
    }

    fn is_no_answer(answer: &ProviderAnswer) -> bool {
        matches!(answer, ProviderAnswer::NoAnswer { .. })
    }

    #[test]
    fn a_201_names_the_message_and_its_segments() {
        let body = r#"{"sid":"SM1f2e3d4c5b6a79880f1e2d3c4b5a6978","status":"queued",
            "num_segments":"2","error_code":null,"price":null,"extra":{"a":[1]}}"#;
        assert_eq!(
            answered(201, body),
            ProviderAnswer::Accepted {
                provider_message_id: "SM1f2e3d4c5b6a79880f1e2d3c4b5a6978".into(),
                status: DeliveryStatus::Accepted,
                error: None,
                segments: Some(2),
            }
        );
    }

    #[test]
    fn a_201_that_already_failed_keeps_its_error() {
        let ProviderAnswer::Accepted {
            status,
            error,
            segments,
            ..
        } = answered(
            201,
            r#"{"sid":"SM1","status":"failed","error_code":21610,"num_segments":"0"}"#,
        )
        else {
            panic!("not accepted");
        };
        assert_eq!(status, DeliveryStatus::Failed);
        assert_eq!(error.unwrap().class, ErrorClass::OptedOut);
        assert_eq!(segments, None);
    }

    #[test]
    fn strange_details_do_not_spoil_an_acceptance() {
        for body in [
            r#"{"sid":"SM1"}"#,
            r#"{"sid":"SM1","status":7,"error_code":{"a":1},"num_segments":[]}"#,
            r#"{"sid":"SM1","status":"teleported","error_code":-1,"num_segments":1.5}"#,
            r#"{"sid":"SM1","status":null,"error_code":"","num_segments":true}"#,
        ] {
            let ProviderAnswer::Accepted { status, error, .. } = answered(201, body) else {
                panic!("not accepted: {body}");
            };
            assert_eq!((status, error), (DeliveryStatus::Accepted, None));
        }
    }

    #[test]
    fn a_success_that_names_no_message_is_no_answer() {
        for body in [
            "",
            "{}",
            "null",
            "[]",
            r#"{"sid":null}"#,
            r#"{"sid":""}"#,
            r#"{"sid":7}"#,
            r#"{"sid":"SM 1"}"#,
            r#"{"sid":"SM1""#,
            r#"{"sid":"SM1"}x"#,
            "<html>ok</html>",
            r#"{"sid":"SM1","sid":"SM2"}"#,
        ] {
            assert!(is_no_answer(&answered(201, body)), "{body}");
        }
    }

    #[test]
    fn a_4xx_is_refused_by_its_code() {
        let ProviderAnswer::Refused { error, .. } = answered(
            400,
            r#"{"code":21211,"message":"The 'To' number +1415… is not valid","status":400}"#,
        ) else {
            panic!("not refused");
        };
        assert_eq!(error.code, Some(21_211));
        assert_eq!(error.class, ErrorClass::InvalidNumber);
        assert!(!error.meaning.contains("+1415"));
    }

    #[test]
    fn a_4xx_without_a_code_is_refused_by_the_status_it_names() {
        let class = |status, body| match answered(status, body) {
            ProviderAnswer::Refused { error, .. } => Some(error.class),
            ProviderAnswer::Accepted { .. }
            | ProviderAnswer::NotStarted { .. }
            | ProviderAnswer::NoAnswer { .. } => None,
        };
        assert_eq!(
            class(401, r#"{"status":401}"#),
            Some(ErrorClass::SenderProblem)
        );
        assert_eq!(class(400, r#"{"status":400}"#), Some(ErrorClass::Permanent));
        assert_eq!(
            class(429, r#"{"status":429}"#),
            Some(ErrorClass::RateLimited)
        );
        assert_eq!(
            class(429, r#"{"code":20500}"#),
            Some(ErrorClass::RateLimited)
        );
        assert_eq!(class(400, r#"{"status":200}"#), None);
        assert_eq!(class(400, "{}"), None);
        assert_eq!(class(400, "<html>Bad Request</html>"), None);
        assert_eq!(class(429, ""), None);
    }

    #[test]
    fn what_is_neither_2xx_nor_4xx_is_no_answer() {
        for status in [100, 204, 301, 302, 307, 500, 502, 503, 504, 599] {
            let body = if status == 204 {
                ""
            } else {
                r#"{"code":20500,"sid":"SM1"}"#
            };
            assert!(is_no_answer(&answered(status, body)), "{status}");
        }
    }

    #[test]
    fn a_closed_window_is_the_templates_fault_when_it_was_one() {
        let response = || {
            Exchange::Response(Response {
                status: 400,
                headers: hyper::HeaderMap::new(),
                body: Body::Whole(Bytes::from_static(br#"{"code":63016}"#)),
            })
        };
        for (is_template, class) in [
            (false, ErrorClass::WindowClosed),
            (true, ErrorClass::TemplateProblem),
        ] {
            let ProviderAnswer::Refused { error, .. } = verdict(response(), is_template) else {
                panic!("not refused");
            };
            assert_eq!(error.class, class);
        }
    }
}
