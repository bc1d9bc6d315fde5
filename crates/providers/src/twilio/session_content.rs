//! Content for the session window: buttons and lists, which Twilio sends by the id of a content that
//! was made before and needs no approval (facts/twilio.md 8.5).
//!
//! Made once per shape, under the name of the shape: after a restart, and on another node, it is
//! found by that name. Two nodes that make it at once leave two of the same, which does no harm.

use bytes::Bytes;
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use serde_json::json;

use super::answer::{ReadAnswer, json as read};
use super::client::Twilio;
use super::webhook::is_id;
use crate::http::Call;
use crate::provider::FetchError;
use crate::request::MayStart;
use crate::shape::Shape;

/// The most bytes of an answer: one content, or those of one name.
const ANSWER_BYTES_MAX: usize = 1 << 20;

#[derive(Deserialize)]
struct Contents {
    contents: Vec<Content>,
}

#[derive(Deserialize)]
struct Content {
    sid: Box<str>,
    friendly_name: Option<Box<str>>,
}

impl Twilio {
    /// The id of a shape's content, made now if it is not there.
    pub(super) async fn content_of(&self, shape: &Shape) -> Result<Box<str>, FetchError> {
        let name = shape.name();
        let path = format!("/v2/Content?ContentName={name}&PageSize=20");
        if let Some(body) = self.get(&self.content, &path).await? {
            let found: Contents = read(&body)?;
            // The filter is a pattern: only the very name counts.
            let same =
                |one: &Content| one.friendly_name.as_deref() == Some(&name) && is_id(&one.sid);
            if let Some(content) = found.contents.into_iter().find(same) {
                return Ok(content.sid);
            }
        }
        self.make(&name, shape).await
    }

    async fn make(&self, name: &str, shape: &Shape) -> Result<Box<str>, FetchError> {
        let body = json!({
            "friendly_name": name,
            "language": "en",
            "variables": shape.samples(),
            "types": shape.types(),
        });
        let mut headers = self.read_headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let call = Call {
            method: Method::POST,
            path: hyper::http::uri::PathAndQuery::from_static("/v1/Content"),
            headers,
            body: Bytes::from(body.to_string()),
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let exchange = self.content.call(call, &MayStart::Always).await;
        match ReadAnswer::of(exchange, ANSWER_BYTES_MAX)? {
            ReadAnswer::Found(body) => {
                let made: Content = read(&body)?;
                Some(made.sid)
                    .filter(|sid| is_id(sid))
                    .ok_or_else(|| FetchError::NoAnswer {
                        why: "a content was made without an id".into(),
                    })
            }
            ReadAnswer::NotFound => Err(FetchError::NoAnswer {
                why: "HTTP 404 for a new content".into(),
            }),
        }
    }
}
