//! Attempts and receipts, as told and as lines of our ledger.

use domain::{AttemptId, Channel, DeliveryStatus, Handle, Money, ProviderName, Timestamp};

/// One attempt of a message.
#[derive(Clone, Debug)]
pub struct AttemptRecord {
    /// Which try, from 1.
    pub number: u8,
    /// On which channel.
    pub channel: Channel,
    /// By which provider.
    pub provider: ProviderName,
    /// From which sender.
    pub from: Handle,
    /// To which address.
    pub to: Handle,
    /// The template used, if one.
    pub template: Option<String>,
    /// Begun at.
    pub begun_at: Timestamp,
    /// Settled at.
    pub settled_at: Option<Timestamp>,
    /// Its status: the highest rank heard.
    pub status: DeliveryStatus,
    /// The provider's id.
    pub provider_message_id: Option<String>,
    /// The provider's first error code.
    pub error_code: Option<u32>,
    /// Its meaning, or why there was no answer.
    pub error: Option<String>,
    /// SMS segments.
    pub segments: Option<u16>,
    /// Positive and negative proof were both received.
    pub conflict: bool,
    /// The decision behind it, as JSON; the estimate of its price is in it.
    pub decision: String,
    /// What the provider charged, once it has told.
    pub price: Option<Money>,
    /// How often it was asked for.
    pub price_asked: u8,
}

/// One receipt as heard.
#[derive(Clone, Debug)]
pub struct ReceiptRecord {
    /// Of which attempt.
    pub number: u8,
    /// The provider's word.
    pub word: String,
    /// What it means, where known.
    pub status: Option<DeliveryStatus>,
    /// Error code.
    pub error_code: Option<u32>,
    /// Heard at.
    pub received_at: Timestamp,
}

/// An attempt as the ledger lists it: nobody's number, nobody's words (G38).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptLine {
    /// Where the next page goes on.
    pub cursor: i64,
    /// The attempt.
    pub attempt: AttemptId,
    /// Its status: the highest rank heard.
    pub status: DeliveryStatus,
    /// On which channel.
    pub channel: Channel,
    /// By which provider.
    pub provider: ProviderName,
    /// The provider's id.
    pub provider_message_id: Option<String>,
    /// The provider's first error code.
    pub error_code: Option<u32>,
    /// Begun at.
    pub begun_at: Timestamp,
    /// Settled at.
    pub settled_at: Option<Timestamp>,
    /// Whether its message may have been received twice (G6).
    pub possible_repeat: bool,
}

/// A receipt as the ledger lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// Where the next page goes on.
    pub cursor: i64,
    /// Of which attempt.
    pub attempt: AttemptId,
    /// The provider's word.
    pub word: String,
    /// What it means, where known.
    pub status: Option<DeliveryStatus>,
    /// Error code.
    pub error_code: Option<u32>,
    /// Heard at.
    pub received_at: Timestamp,
}
