//! When each provider called us last, and how often something that called itself one was refused: on this node, since it
//! started. Counts only.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use domain::Timestamp;

use crate::code::Code;
use crate::problem::Problem;

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
}

impl Heard {
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
