//! What providers charged, told some time after a message has ended.

use domain::{AttemptId, Money, Timestamp};

/// See [`Op::RecordPrices`](super::Op::RecordPrices). Answers how many prices are new or changed.
#[derive(Clone, Debug)]
pub struct RecordPrices {
    /// What was told, or was not yet.
    pub told: Vec<PriceTold>,
    /// The event up to which all attempts have been asked about at least once; it only grows.
    pub asked_to: Option<i64>,
    /// Now.
    pub at: Timestamp,
}

/// What the provider said of one attempt's price.
#[derive(Clone, Debug)]
pub struct PriceTold {
    /// The attempt; one that is not there is passed over.
    pub attempt: AttemptId,
    /// The charge, positive. The newest counts; `None` leaves what was told before.
    pub price: Option<Money>,
    /// How often it was asked for, this time included.
    pub asked: u8,
    /// When to ask again; `None` when it is over.
    pub ask_at: Option<Timestamp>,
}
