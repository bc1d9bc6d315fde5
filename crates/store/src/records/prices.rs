//! Prices that are still to be told.

use domain::{AttemptId, Channel, Timestamp};

/// What is to be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PricesDue {
    /// The event up to which all attempts have been asked about; `None` before the first.
    pub asked_to: Option<i64>,
    /// Attempts that are due again, the longest due first.
    pub due: Vec<PriceDue>,
}

/// An attempt whose price was not told yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceDue {
    /// The attempt.
    pub attempt: AttemptId,
    /// The channel it went by.
    pub channel: Channel,
    /// The provider's id.
    pub provider_message_id: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// How often it was asked for.
    pub asked: u8,
}
