//! When each provider called us last, and how often something that called itself one was refused: on this node, since it
//! started. Counts; and of the last few that were refused, what differed. Never a body.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use tokio::time::Instant;

use crate::code::Code;
use crate::problem::Problem;

/// How many refused calls are told of.
const REFUSALS_MAX: usize = 8;

/// The longest of what a caller says of itself, in characters.
const SAID_CHARS_MAX: usize = 120;

/// How often it is found out what differs: that takes a thousand times longer than to see that something does, and anybody
/// may call.
const EXPLAINED_EVERY: Duration = Duration::from_secs(5);

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Twilio, for SMS.
    Sms,
    /// Twilio, for WhatsApp.
    Whatsapp,
    /// Stripe.
    Stripe,
}

impl Source {
    /// Whose route this is.
    pub(crate) fn of_path(path: &str) -> Self {
        if path.starts_with("/api/whatsapp/") {
            Self::Whatsapp
        } else {
            Self::Sms
        }
    }
}

/// A call that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// When it last was.
    pub(crate) at: Timestamp,
    /// As whom it called.
    pub(crate) source: Source,
    /// Where the caller thinks that we are; the caller says so, or what stands before us.
    pub(crate) seen: String,
    /// The address that is signed if we are what we think.
    pub(crate) checked: String,
    /// What differs.
    pub(crate) why: String,
    /// How many like it came one after the other.
    pub(crate) times: u32,
}

impl Refusal {
    fn is_like(&self, other: &Self) -> bool {
        let of = |one: &Self| {
            (
                one.source,
                one.seen.clone(),
                one.checked.clone(),
                one.why.clone(),
            )
        };
        of(self) == of(other)
    }
}

#[derive(Debug, Default)]
struct One {
    /// In microseconds; 0 is never.
    last: AtomicI64,
    refused: AtomicU64,
}

/// What was heard of all of them.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    sms: One,
    whatsapp: One,
    stripe: One,
    refusals: Mutex<VecDeque<Refusal>>,
    explained: Mutex<Option<Instant>>,
}

impl Heard {
    /// Keeps a call that was refused; the newest few are.
    pub(crate) fn refuse(&self, mut refusal: Refusal) {
        refusal.seen = refusal.seen.chars().take(SAID_CHARS_MAX).collect();
        refusal.why = refusal.why.chars().take(3 * SAID_CHARS_MAX).collect();
        let mut kept = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.front_mut() {
            Some(newest) if newest.is_like(&refusal) => {
                newest.at = refusal.at;
                newest.times = newest.times.saturating_add(1);
            }
            Some(_) | None => {
                kept.push_front(refusal);
                kept.truncate(REFUSALS_MAX);
            }
        }
    }

    /// Those, the newest first.
    pub(crate) fn refusals(&self) -> Vec<Refusal> {
        let kept = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().cloned().collect()
    }

    /// Whether it may be found out now what differs.
    pub(crate) fn may_explain(&self) -> bool {
        let mut last = self
            .explained
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|last| last.elapsed() >= EXPLAINED_EVERY);
        if may {
            *last = Some(Instant::now());
        }
        may
    }

    fn one(&self, source: Source) -> &One {
        match source {
            Source::Sms => &self.sms,
            Source::Whatsapp => &self.whatsapp,
            Source::Stripe => &self.stripe,
        }
    }

    /// Notes what became of a call.
    pub(crate) fn note<T>(&self, source: Source, taken: &Result<T, Problem>, now: Timestamp) {
        let one = self.one(source);
        match taken {
            Ok(_) => one.last.store(now.as_micros(), Ordering::Relaxed),
            Err(problem) if problem.code() == Code::InvalidSignature.as_str() => {
                one.refused.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {}
        }
    }

    /// When it called last, and how often one was refused.
    pub(crate) fn told(&self, source: Source) -> (Option<Timestamp>, u64) {
        let one = self.one(source);
        let last = one.last.load(Ordering::Relaxed);
        let last = (last != 0).then(|| Timestamp::from_micros(last));
        (last, one.refused.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(why: &str, at: i64) -> Refusal {
        Refusal {
            at: Timestamp::from_seconds(at),
            source: Source::Sms,
            seen: "https://coach.example/api/twilio/sms".into(),
            checked: "https://coach.example/api/twilio/sms".into(),
            why: why.into(),
            times: 1,
        }
    }

    #[test]
    fn the_newest_refusals_are_kept_and_those_alike_are_counted() {
        let heard = Heard::default();
        for number in 0..20 {
            heard.refuse(refusal(&format!("reason {number}"), number));
        }
        heard.refuse(refusal("reason 19", 30));
        let kept = heard.refusals();
        assert_eq!(kept.len(), REFUSALS_MAX);
        assert_eq!(
            (kept[0].times, kept[0].at),
            (2, Timestamp::from_seconds(30))
        );
        assert_eq!(kept[1].why, "reason 18");
        heard.refuse(refusal(&"long".repeat(1_000), 40));
        assert!(heard.refusals()[0].why.len() <= 3 * SAID_CHARS_MAX);
    }

    #[tokio::test]
    async fn what_differs_is_found_out_now_and_then() {
        let heard = Heard::default();
        assert!(heard.may_explain());
        assert!(!heard.may_explain());
    }
}
