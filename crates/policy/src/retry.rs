//! What to do after a provider's answer, or after a failure receipt.
//!
//! The class of an error decides (facts/twilio.md 7.2); a few codes have delays of their own (7.3),
//! listed in `delays`. Backoff with full jitter: after attempt `n` a random time between 1 s and
//! min(5 s · 4^(n-1), 1 h), so the upper bounds are 5 s, 20 s, 80 s, 5 min 20 s, 21 min 20 s, 1 h,
//! 1 h, …

mod delays;

use domain::{
    Channel, DeliveryStatus, ErrorClass, Kind, ProviderAnswer, ProviderError, Purpose, Seconds,
};

use crate::slowing::{Limit, limit_of};

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
    /// Number of this attempt among those that count, from 1.
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
    /// Too fast: slow down what `limit` says for `after`, put the message back, no attempt is used (G12).
    SlowDown {
        /// What.
        limit: Limit,
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

impl Ended {
    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::RefusedForGood => "refused_for_good",
            Self::AttemptsUsedUp => "attempts_used_up",
            Self::TemplateProblem => "template_problem",
            Self::NotOnWhatsapp => "not_on_whatsapp",
            Self::InvalidNumber => "invalid_number",
            Self::Landline => "landline",
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::RefusedForGood => "the provider refused it for good",
            Self::AttemptsUsedUp => "every attempt it had was used up",
            Self::TemplateProblem => "its template cannot be used at the moment",
            Self::NotOnWhatsapp => "the member cannot be reached on WhatsApp",
            Self::InvalidNumber => "the number cannot be reached",
            Self::Landline => "the number is a landline",
        })
    }
}

/// Judges the answer to a request.
pub fn judge(answer: &ProviderAnswer, tried: &Tried) -> Verdict {
    match answer {
        ProviderAnswer::Accepted { status, error, .. } => match error {
            Some(error) if status.has_ended_badly() => judge_receipt(error, *status, tried),
            Some(_) | None => Verdict::Accepted { status: *status },
        },
        ProviderAnswer::Refused { error, retry_after } => {
            judge_error(error, DeliveryStatus::Failed, *retry_after, tried)
        }
        ProviderAnswer::NotStarted { .. } => retry(tried, backoff(tried), DeliveryStatus::Failed),
        ProviderAnswer::NoAnswer { .. } => Verdict::Unconfirmed,
    }
}

/// Judges a failure told later by a receipt; `status` is what the receipt said (`Failed` or
/// `Undelivered`).
pub fn judge_receipt(error: &ProviderError, status: DeliveryStatus, tried: &Tried) -> Verdict {
    if error.code.is_some_and(delays::may_have_arrived) && !tried.kind.resends_when_unconfirmed() {
        return Verdict::Ended {
            why: Ended::RefusedForGood,
            status,
        };
    }
    judge_error(error, status, None, tried)
}

fn judge_error(
    error: &ProviderError,
    status: DeliveryStatus,
    retry_after: Option<Seconds>,
    tried: &Tried,
) -> Verdict {
    let own = error.code.and_then(delays::of);
    match error.class {
        ErrorClass::Transient => {
            if own.is_some_and(|delay| tried.attempt >= delay.attempts_max) {
                return Verdict::Ended {
                    why: Ended::AttemptsUsedUp,
                    status,
                };
            }
            let after =
                own.map_or_else(|| backoff(tried), |delay| spread(delay.after, tried.jitter));
            retry(
                tried,
                after.max(retry_after.unwrap_or(Seconds::ZERO)),
                status,
            )
        }
        ErrorClass::RateLimited => Verdict::SlowDown {
            limit: limit_of(error.code),
            after: match (retry_after, own) {
                (Some(asked), _) => asked.max(Seconds::from_millis(100)),
                (None, Some(delay)) => spread(delay.after, tried.jitter),
                (None, None) => backoff(tried),
            },
        },
        ErrorClass::Permanent | ErrorClass::Informational => Verdict::Ended {
            why: Ended::RefusedForGood,
            status,
        },
        ErrorClass::OptedOut => Verdict::OptOut {
            purpose: Purpose::All,
            status,
        },
        ErrorClass::OptedOutOfMarketing => Verdict::OptOut {
            purpose: Purpose::Marketing,
            status,
        },
        // Twilio also says so of a template it could not match (facts/twilio.md 7.1).
        ErrorClass::WindowClosed if tried.as_template => Verdict::Ended {
            why: Ended::TemplateProblem,
            status,
        },
        ErrorClass::WindowClosed => Verdict::ReplanAsTemplate,
        ErrorClass::TemplateProblem => Verdict::Ended {
            why: Ended::TemplateProblem,
            status,
        },
        ErrorClass::SenderProblem => Verdict::PauseSender {
            why: error.meaning.clone(),
        },
        ErrorClass::NotOnWhatsapp => Verdict::MarkUnreachable {
            why: Ended::NotOnWhatsapp,
            status,
        },
        ErrorClass::InvalidNumber => Verdict::MarkUnreachable {
            why: Ended::InvalidNumber,
            status,
        },
        ErrorClass::Landline => Verdict::MarkUnreachable {
            why: Ended::Landline,
            status,
        },
    }
}

fn retry(tried: &Tried, after: Seconds, status: DeliveryStatus) -> Verdict {
    if tried.attempt >= tried.attempts_max {
        Verdict::Ended {
            why: Ended::AttemptsUsedUp,
            status,
        }
    } else {
        Verdict::RetryAfter {
            after,
            counts_attempt: true,
        }
    }
}

const SECOND: i64 = 1_000_000;

/// Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): upper bounds 5 s, 20 s,
/// 80 s, 320 s, 1,280 s, then 1 h; never below 1 s.
fn backoff(tried: &Tried) -> Seconds {
    let exponent = u32::from(tried.attempt.clamp(1, 7) - 1);
    let bound = (5 * SECOND * 4_i64.pow(exponent)).min(3_600 * SECOND);
    Seconds::from_micros(SECOND + part(bound - SECOND, tried.jitter))
}

/// A delay of its own, up to a tenth longer, so that a thousand of them do not return at once.
fn spread(delay: Seconds, jitter: u64) -> Seconds {
    delay + Seconds::from_micros(part(delay.as_micros() / 10, jitter))
}

/// A part of `span`, by 64 random bits: from 0 to all of it.
fn part(span: i64, jitter: u64) -> i64 {
    let span = u128::from(span.unsigned_abs());
    let part = (span * u128::from(jitter)) >> 64;
    i64::try_from(part).unwrap_or(0)
}

#[cfg(test)]
mod tests;
