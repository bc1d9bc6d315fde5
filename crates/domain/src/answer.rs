//! What came of one request to a provider, and what it proves (GUARANTEES 2.3).

use crate::error_class::ErrorClass;
use crate::status::DeliveryStatus;
use crate::time::Seconds;

/// The provider's answer to one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderAnswer {
    /// It took the message and named it.
    Accepted {
        /// Its id for the message, at most 100 bytes.
        provider_message_id: Box<str>,
        /// The status it gave at once; `Failed` is possible (facts/twilio.md 1.4).
        status: DeliveryStatus,
        /// The error that came with an immediate failure.
        error: Option<ProviderError>,
        /// How many segments it counted, where it said so.
        segments: Option<u16>,
    },
    /// It refused: certainly not processed.
    Refused {
        /// Why.
        error: ProviderError,
        /// How long it asked us to wait.
        retry_after: Option<Seconds>,
    },
    /// No byte of the request was written: certain, and free to try again.
    NotStarted {
        /// For people.
        why: Box<str>,
    },
    /// The request went out, or may have, and no usable answer came: *unconfirmed*.
    NoAnswer {
        /// For people.
        why: Box<str>,
    },
}

/// An error by the provider's own numbering, and its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    /// The provider's number, where it gave one.
    pub code: Option<u32>,
    /// What it means for us.
    pub class: ErrorClass,
    /// Our own words for it; the provider's text is not kept, it may hold numbers.
    pub meaning: Box<str>,
}
