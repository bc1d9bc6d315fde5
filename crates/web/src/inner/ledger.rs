//! `GET /inner/attempts` and `/inner/receipts`: our ledger as JSON lines, for whoever compares it
//! with the provider's. Ids, words and instants only: nobody's number, nobody's text (G38).
//!
//! A page goes on after the `cursor` of the last line; an empty one is the end.

use axum::response::{IntoResponse, Response};
use domain::{DeliveryStatus, Timestamp};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use store::questions::{AttemptsAfter, ReceiptsAfter};
use store::records::{AttemptLine, ReceiptLine};

use crate::State;
use crate::problem::{Faults, Problem};
use crate::query::Asked;

/// The most lines of a page.
const LIMIT_MAX: u32 = 10_000;

/// The lines of a page when nobody says.
const LIMIT_DEFAULT: u32 = 1_000;

/// Which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    after: Option<String>,
    limit: Option<String>,
}

impl Page {
    fn read(&self) -> Result<(i64, u32), Problem> {
        let mut faults = Faults::default();
        let after = self.after.as_deref().map_or(Some(0), |text| {
            text.parse().ok().filter(|after: &i64| *after >= 0)
        });
        if after.is_none() {
            faults.add("after", "this is the cursor of a line, a number");
        }
        let limit = self.limit.as_deref().map_or(Some(LIMIT_DEFAULT), |text| {
            text.parse()
                .ok()
                .filter(|limit: &u32| (1..=LIMIT_MAX).contains(limit))
        });
        if limit.is_none() {
            faults.add(
                "limit",
                format!("a limit is a number from 1 to {LIMIT_MAX}"),
            );
        }
        faults.into_result()?;
        Ok((after.unwrap_or(0), limit.unwrap_or(LIMIT_DEFAULT)))
    }
}

#[derive(Debug, Serialize)]
struct AttemptShown {
    cursor: i64,
    attempt: String,
    status: &'static str,
    channel: &'static str,
    provider: &'static str,
    provider_message_id: Option<String>,
    error_code: Option<u32>,
    begun_at: String,
    settled_at: Option<String>,
    possible_repeat: bool,
}

impl From<AttemptLine> for AttemptShown {
    fn from(line: AttemptLine) -> Self {
        Self {
            cursor: line.cursor,
            attempt: line.attempt.to_string(),
            status: line.status.as_str(),
            channel: line.channel.as_str(),
            provider: line.provider.as_str(),
            provider_message_id: line.provider_message_id,
            error_code: line.error_code,
            begun_at: line.begun_at.to_string(),
            settled_at: line.settled_at.as_ref().map(Timestamp::to_string),
            possible_repeat: line.possible_repeat,
        }
    }
}

#[derive(Debug, Serialize)]
struct ReceiptShown {
    cursor: i64,
    attempt: String,
    word: String,
    status: Option<&'static str>,
    error_code: Option<u32>,
    received_at: String,
}

impl From<ReceiptLine> for ReceiptShown {
    fn from(line: ReceiptLine) -> Self {
        Self {
            cursor: line.cursor,
            attempt: line.attempt.to_string(),
            word: line.word,
            status: line.status.map(DeliveryStatus::as_str),
            error_code: line.error_code,
            received_at: line.received_at.to_string(),
        }
    }
}

pub(super) async fn attempts(state: State, page: Asked<Page>) -> Result<Response, Problem> {
    let (after, limit) = page.0.read()?;
    let question = AttemptsAfter { after, limit };
    let found = state.engine().ask().question(question).await?;
    Ok(lines(found.into_iter().map(AttemptShown::from)))
}

pub(super) async fn receipts(state: State, page: Asked<Page>) -> Result<Response, Problem> {
    let (after, limit) = page.0.read()?;
    let question = ReceiptsAfter { after, limit };
    let found = state.engine().ask().question(question).await?;
    Ok(lines(found.into_iter().map(ReceiptShown::from)))
}

fn lines<T: Serialize>(items: impl Iterator<Item = T>) -> Response {
    let mut body = Vec::new();
    for item in items {
        // Plain strings, numbers and flags: there is nothing in it that serde_json could refuse.
        if serde_json::to_writer(&mut body, &item).is_ok() {
            body.push(b'\n');
        }
    }
    let mut response = body.into_response();
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-ndjson"),
    );
    response
}
