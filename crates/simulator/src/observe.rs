//! What the sandbox has seen: requests, alerts, the ledger of attempts, changes, and counts.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use domain::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::dates::iso_8601_millis;
use crate::record::Status;
use crate::sid::Sid;

/// Longest part of a request's body that is kept.
const BODY_SHOWN_MAX: usize = 16 * 1024;

/// A request as it was received. The `Authorization` header is not kept at all.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) at: Timestamp,
    pub(crate) method: http::Method,
    pub(crate) path: Box<str>,
    pub(crate) form: bool,
    pub(crate) body: Bytes,
    pub(crate) status: Option<u16>,
}

impl Request {
    pub(crate) fn show(&self, number: u64) -> Value {
        let shown = self.body.get(..BODY_SHOWN_MAX).unwrap_or(&self.body);
        let body = if self.form {
            json!(
                form_urlencoded::parse(shown)
                    .map(|(key, value)| {
                        let value = if is_secret(&key) {
                            "•••".into()
                        } else {
                            value
                        };
                        [key, value]
                    })
                    .collect::<Vec<_>>()
            )
        } else {
            json!(String::from_utf8_lossy(shown))
        };
        json!({
            "number": number,
            "at": iso_8601_millis(self.at),
            "method": self.method.as_str(),
            "path": self.path,
            "body": body,
            "body_bytes": self.body.len(),
            "status": self.status,
        })
    }
}

/// Whether a parameter's value is nobody's business.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "secret", "password", "authorization"]
        .iter()
        .any(|word| name.contains(word))
}

/// Something the console's debugger would show: a webhook that failed, TwiML that is none.
#[derive(Debug, Serialize)]
pub(crate) struct Alert {
    pub(crate) at: String,
    pub(crate) code: u32,
    pub(crate) text: String,
    pub(crate) sid: String,
    pub(crate) url: String,
}

/// One line of the ledger: an attempt as it arrived, and what became of it.
#[derive(Debug)]
pub(crate) struct LedgerLine {
    pub(crate) at: Timestamp,
    /// `attempt` in the query of the `StatusCallback`; of a letter the first part of its `Message-ID`.
    pub(crate) attempt: Option<Box<str>>,
    pub(crate) verdict: Verdict,
    /// The HTTP status that was answered; `None` until then, and when the connection was cut.
    pub(crate) http: Option<u16>,
    /// Twilio's code, or the mail server's, when it was refused.
    pub(crate) code: Option<u32>,
    pub(crate) sid: Option<Sid>,
    pub(crate) to: Box<str>,
    /// SHA-256 of the parameter `Body`, or of a letter's text.
    pub(crate) body_hash: [u8; 32],
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A message was created, whatever the answer said.
    Accepted,
    /// It was judged and refused: 4xx.
    Refused,
    /// It was not looked at: 429, 5xx or cut beforehand.
    Unprocessed,
}

impl LedgerLine {
    /// One line of JSON without its line break.
    pub(crate) fn show(&self, number: u64) -> String {
        let mut hash = String::with_capacity(64);
        for byte in self.body_hash {
            let _ = write!(hash, "{byte:02x}");
        }
        json!({
            "number": number,
            "attempt": self.attempt,
            "at": self.at.to_string(),
            "verdict": match self.verdict {
                Verdict::Accepted => "accepted",
                Verdict::Refused => "refused",
                Verdict::Unprocessed => "unprocessed",
            },
            "http": self.http,
            "code": self.code,
            "sid": self.sid.map(|sid| sid.to_string()),
            "to": self.to,
            "body_hash": hash,
        })
        .to_string()
    }
}

/// A change that handset pages are told of.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Phone(Arc<str>),
    Message(u64),
    Letter(u64),
    Status(u64, Status, Option<u32>),
    Clock(Timestamp),
    Reset,
}

/// Counts since the start or the last reset.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) requests: u64,
    pub(crate) created: u64,
    pub(crate) refused: u64,
    pub(crate) throttled: u64,
    pub(crate) failed_on_purpose: u64,
    pub(crate) cut_on_purpose: u64,
    pub(crate) inbound: u64,
    /// Of these, those whose webhook has been made, whatever came of it, or needs none.
    pub(crate) inbound_told: u64,
    pub(crate) letters: u64,
    pub(crate) letters_refused: u64,
    pub(crate) webhooks_made: u64,
    pub(crate) webhooks_answered: u64,
    pub(crate) webhooks_refused: u64,
    pub(crate) webhooks_unreachable: u64,
    pub(crate) webhooks_tried_again: u64,
    pub(crate) callbacks_dropped: u64,
    pub(crate) callbacks_doubled: u64,
    pub(crate) callbacks_reordered: u64,
}
