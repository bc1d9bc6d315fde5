//! What may go wrong on purpose, each at a rate between 0 and 1, decided by the seed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The faults in force. All rates are zero at first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every REST answer waits this long.
    pub latency_ms: u64,
    /// Error codes by rate: `{"30003": 0.1}`. A code below 30000 refuses the request, any other ends
    /// the message later.
    pub errors: BTreeMap<u32, f64>,
    /// 429 with 20429; nothing is processed.
    pub http_429_rate: f64,
    /// The `Retry-After` of a 429, where one is wanted.
    pub retry_after_seconds: Option<u32>,
    /// 500 before anything is processed.
    pub http_5xx_before_rate: f64,
    /// 500 after the message was created.
    pub http_5xx_after_rate: f64,
    /// The connection is cut before anything is processed.
    pub cut_connection_before_rate: f64,
    /// The connection is cut after the message was created.
    pub cut_connection_after_rate: f64,
    /// The answer trickles out byte by byte.
    pub slow_bytes_rate: f64,
    /// How long each byte of it takes.
    pub slow_byte_ms: u64,
    /// The answer is 201 and says `failed`, with 30008.
    pub failed_at_once_rate: f64,
    /// A status callback is not made.
    pub drop_callback_rate: f64,
    /// A status callback is made twice, with the same idempotency token.
    pub duplicate_callback_rate: f64,
    /// The first callback of a message comes after its second.
    pub reorder_callback_rate: f64,
    /// The first callback comes before the answer to the request.
    pub callback_before_answer_rate: f64,
}

impl Faults {
    /// What is wrong with these settings, as a sentence.
    pub(crate) fn problem(&self) -> Option<String> {
        let rates = [
            ("http_429_rate", self.http_429_rate),
            ("http_5xx_before_rate", self.http_5xx_before_rate),
            ("http_5xx_after_rate", self.http_5xx_after_rate),
            (
                "cut_connection_before_rate",
                self.cut_connection_before_rate,
            ),
            ("cut_connection_after_rate", self.cut_connection_after_rate),
            ("slow_bytes_rate", self.slow_bytes_rate),
            ("failed_at_once_rate", self.failed_at_once_rate),
            ("drop_callback_rate", self.drop_callback_rate),
            ("duplicate_callback_rate", self.duplicate_callback_rate),
            ("reorder_callback_rate", self.reorder_callback_rate),
            (
                "callback_before_answer_rate",
                self.callback_before_answer_rate,
            ),
        ];
        for (name, rate) in rates {
            if !(0.0..=1.0).contains(&rate) {
                return Some(format!(
                    "`{name}` is a rate between 0 and 1, this one is {rate}"
                ));
            }
        }
        for (code, rate) in &self.errors {
            if !(0.0..=1.0).contains(rate) {
                return Some(format!(
                    "the rate of error {code} is between 0 and 1, this one is {rate}"
                ));
            }
            if !(10_000..=999_999).contains(code) {
                return Some(format!("{code} is not one of Twilio's error codes"));
            }
        }
        if self.errors.values().sum::<f64>() > 1.0 {
            return Some("the rates in `errors` add up to more than 1".into());
        }
        if self.latency_ms > 60_000 || self.slow_byte_ms > 60_000 {
            return Some("a pause is at most 60000 ms".into());
        }
        None
    }

    /// The error code of this message, `share` being its draw between 0 and 1.
    pub(crate) fn error_at(&self, share: f64) -> Option<u32> {
        let mut reached = 0.0;
        self.errors.iter().find_map(|(code, rate)| {
            reached += rate;
            (share < reached).then_some(*code)
        })
    }
}
