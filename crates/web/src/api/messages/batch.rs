//! `POST /api/v1/messages/batch`

use std::fmt;

use axum::response::Response;
use http::StatusCode;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer::AcceptedAnswer;
use super::draft::MessageRequest;
use crate::State;
use crate::fault::in_body;
use crate::idempotency::{Posted, mark};
use crate::json::{JsonBody, answer, parse};
use crate::problem::Problem;

/// The most messages of one call.
pub(crate) const BATCH_MAX: usize = 10_000;

/// Messages as written, each read by itself so that one bad one fails nobody else.
#[derive(Debug)]
pub(crate) struct Batch(Vec<Box<RawValue>>);

impl JsonBody for Batch {
    const BYTES_MAX: usize = 16 * 1024 * 1024;

    fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        parse(bytes)
    }
}

/// The same for the description: a list of messages, or an object that holds one.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body")]
pub(crate) struct MessageBatch {
    /// At most 10,000. The bare list is taken too.
    #[schema(max_items = 10_000)]
    messages: Vec<MessageRequest>,
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Batch;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of messages, or an object with a list called `messages`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Batch, A::Error> {
        let mut messages = Vec::new();
        while let Some(message) = list.next_element()? {
            if messages.len() == BATCH_MAX {
                return Err(A::Error::custom(format!(
                    "a batch has at most {BATCH_MAX} messages"
                )));
            }
            messages.push(message);
        }
        Ok(Batch(messages))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Batch, A::Error> {
        let mut batch = None;
        while let Some(field) = map.next_key::<String>()? {
            if field != "messages" {
                return Err(A::Error::unknown_field(&field, &["messages"]));
            }
            if batch.replace(map.next_value()?).is_some() {
                return Err(A::Error::duplicate_field("messages"));
            }
        }
        batch.ok_or_else(|| A::Error::missing_field("messages"))
    }
}

/// One result for each message, in order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchAnswer {
    /// How many were stored; one that goes on several channels counts once.
    accepted: usize,
    /// How many were not.
    refused: usize,
    results: Vec<BatchResult>,
}

/// What came of one message: either its ids, or the problem that kept it from being stored.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum BatchResult {
    /// Stored.
    Accepted(AcceptedAnswer),
    /// Not stored.
    Refused {
        /// Why not.
        error: Box<Problem>,
    },
}

/// Send many messages
///
/// Up to 10,000. Each stands or falls for itself; all that stand are durable when
/// this answers.
#[utoipa::path(
    post, path = "/api/v1/messages/batch", tag = "Messages", operation_id = "create_messages",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    request_body = MessageBatch,
    responses(
        (status = 202, description = "One result each", body = BatchAnswer),
        (status = 413, description = "More than 16 MiB", body = Problem),
        (status = 422, description = "Not a list, or too long", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn batch(state: State, posted: Posted<Batch>) -> Result<Response, Problem> {
    let mut slots = Vec::with_capacity(posted.body.0.len());
    let mut drafts = Vec::with_capacity(posted.body.0.len());
    for raw in posted.body.0 {
        let each =
            parse::<MessageRequest>(raw.get().as_bytes()).and_then(MessageRequest::into_drafts);
        slots.push(each.map(|each| {
            let channels: Vec<_> = each.iter().filter_map(|draft| draft.channel).collect();
            drafts.push(each);
            channels
        }));
    }
    let (results, replayed) = if drafts.is_empty() {
        (Vec::new(), false)
    } else {
        let acceptance = state
            .engine()
            .accept_each(drafts, posted.key)
            .await
            .map_err(in_body)?;
        (acceptance.results, acceptance.replayed)
    };
    let mut results = results.into_iter();
    let mut accepted = 0;
    let results: Vec<BatchResult> = slots
        .into_iter()
        .map(|slot| {
            let result = slot.and_then(|channels| {
                let messages = results.next().transpose().map_err(in_body)?;
                let ids: Vec<_> = messages.iter().flatten().map(|one| one.id).collect();
                AcceptedAnswer::of_each(&channels, &ids)
                    .ok_or_else(|| Problem::of(crate::code::Code::Internal))
            });
            match result {
                Ok(message) => {
                    accepted += 1;
                    BatchResult::Accepted(message)
                }
                Err(error) => BatchResult::Refused {
                    error: Box::new(error),
                },
            }
        })
        .collect();
    let body = BatchAnswer {
        accepted,
        refused: results.len() - accepted,
        results,
    };
    Ok(mark(answer(StatusCode::ACCEPTED, &body), replayed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_a_list_or_an_object_with_one() {
        assert_eq!(Batch::from_json(br#"[{"a":1},2]"#).unwrap().0.len(), 2);
        assert_eq!(
            Batch::from_json(br#"{"messages":[{}]}"#).unwrap().0.len(),
            1
        );
        for (body, code) in [
            (&br#"{"messages":[{}],"x":1}"#[..], "invalid_request"),
            (b"{}", "invalid_request"),
            (b"3", "invalid_request"),
            (b"[{", "invalid_json"),
        ] {
            assert_eq!(Batch::from_json(body).unwrap_err().code(), code);
        }
        let many = format!("[{}0]", "0,".repeat(BATCH_MAX));
        assert_eq!(
            Batch::from_json(many.as_bytes()).unwrap_err().code(),
            "invalid_request"
        );
    }
}
