//! What to do after a provider's answer or a failure receipt.
//!
//! The class of an error decides (facts/twilio.md 7.2, 7.3), a few codes have delays of their own.
//! Backoff with full jitter: attempt `n` waits a random time between 1 s and `min(5 s · 4^(n-1),
//! 1 h)`, so the upper bounds are 5 s, 20 s, 80 s, 5 min 20 s, 21 min 20 s, 1 h, 1 h, …

use domain::{Channel, DeliveryStatus, Kind, ProviderAnswer, ProviderError, Purpose, Seconds};

/// Attempts a message has when nobody says otherwise.
pub const ATTEMPTS_MAX: u8 = 5;

/// The attempt that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// Kind of the message.
    pub kind: Kind,
    /// Channel of the attempt.
    pub channel: Channel,
    /// Whether it was sent as a template.
    pub as_template: bool,
    /// Number of the attempt that counts, from 1.
    pub attempt: u8,
    /// Attempts the message has in all, usually [`ATTEMPTS_MAX`].
    pub attempts_max: u8,
    /// 64 random bits.
    pub jitter: u64,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The provider has it.
    Accepted {
        /// With this status.
        status: DeliveryStatus,
    },
    /// Try again later.
    RetryAfter {
        /// When, from now.
        after: Seconds,
        /// Whether the attempt is used up.
        counts_attempt: bool,
    },
    /// Our number is too fast: slow it down for `after`, put the message back, no attempt is used.
    ThrottleSender {
        /// How long.
        after: Seconds,
    },
    /// It is over on this channel.
    Ended {
        /// Why.
        why: Ended,
        /// How the message ends when no other channel takes over.
        status: DeliveryStatus,
    },
    /// The provider says that the person opted out: a STOP for its scope (G15). The message ends.
    OptOut {
        /// Everything, or marketing only.
        purpose: Purpose,
        /// How the message ends.
        status: DeliveryStatus,
    },
    /// The window is closed, whatever our clock says: close it and decide again at once; no attempt
    /// is used.
    ReplanAsTemplate,
    /// The address cannot be reached on this channel; the next one may be.
    MarkUnreachable {
        /// Why.
        why: Ended,
        /// How the message ends when no other channel takes over.
        status: DeliveryStatus,
    },
    /// Our number or account is at fault: stop it, tell a person, put the message back; no attempt
    /// is used.
    PauseSender {
        /// For people.
        why: Box<str>,
    },
    /// The person may have it or not (GUARANTEES 2.3).
    Unconfirmed,
}

/// Why a message ended with a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It will never be taken as it is.
    RefusedForGood,
    /// Transient, but too often.
    AttemptsUsedUp,
    /// The template cannot be used: stop using it, tell a person.
    TemplateProblem,
    /// Not on WhatsApp.
    NotOnWhatsapp,
    /// Not a number that can be reached.
    InvalidNumber,
    /// A landline.
    Landline,
}

/// Judges the answer to a request.
pub fn judge(answer: &ProviderAnswer, tried: &Tried) -> Verdict {
    let _ = (answer, tried);
    Verdict::Unconfirmed
}

/// Judges a failure told later by a receipt; `status` is what the receipt said (`Failed` or
/// `Undelivered`).
pub fn judge_receipt(error: &ProviderError, status: DeliveryStatus, tried: &Tried) -> Verdict {
    let _ = (error, status, tried);
    Verdict::Unconfirmed
}
