//! Errors with a delay of their own (facts/twilio.md 7.3).

use domain::Seconds;

/// How an error is retried, other than by backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delay {
    /// How long to wait.
    pub(super) after: Seconds,
    /// No further attempt once this one is used.
    pub(super) attempts_max: u8,
}

const fn delay(seconds: u32, attempts_max: u8) -> Delay {
    Delay {
        after: Seconds::new(seconds),
        attempts_max,
    }
}

/// The delay of a provider's error number, where it has one.
pub(super) const fn of(code: u32) -> Option<Delay> {
    Some(match code {
        // Handset off or without signal: one or two tries, hours apart.
        30003 => delay(2 * 3600, 3),
        // Unknown error, internal error, generic errors of WhatsApp: one delayed retry.
        30008 | 30500 | 63023 | 63025 | 63029 => delay(60, 2),
        // The carrier is congested: Twilio has retried already.
        30017 => delay(600, 3),
        // The number is still being set up: hours.
        30035 => delay(2 * 3600, 4),
        // Blocks against pumping and fraud lift within hours.
        30450 | 30453 | 30485 => delay(4 * 3600, 3),
        // Quiet hours at the recipient.
        30610 | 30615 => delay(3600, 5),
        // Daily caps: carriers reset at midnight Pacific, WhatsApp counts a moving day; look again
        // every few hours.
        30023 | 63038 => delay(4 * 3600, u8::MAX),
        // A queue of ten hours or more has to drain.
        21611 | 30001 => delay(1800, u8::MAX),
        // WhatsApp: too fast for the number, the portfolio or the person.
        63017 | 63018 => delay(30, u8::MAX),
        // Replies in a loop between two numbers.
        14107 => delay(60, u8::MAX),
        // 500,000 scheduled messages wait at Twilio.
        35125 => delay(3600, u8::MAX),
        _ => return None,
    })
}

/// Errors after which the person may have the message all the same: tried again only for kinds of
/// which a repeat does no harm.
pub(super) const fn may_have_arrived(code: u32) -> bool {
    code == 30410
}
