//! Limits as token buckets: pure data, one for each sender, pair of numbers or account.

use domain::{Seconds, Timestamp};

/// How fast something may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// One every this long, in the long run.
    pub every: Seconds,
    /// How many at once after a pause, at least 1.
    pub burst: u32,
}

/// A bucket of tokens. A new one is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Bucket {
    full_at: Timestamp,
}

/// Whether a token was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// It was, and has been taken.
    Ok,
    /// It will be at this instant; nothing was taken.
    Wait(Timestamp),
}

impl Bucket {
    /// Takes one token.
    pub fn take(&mut self, now: Timestamp, rate: Rate) -> Take {
        let _ = (now, rate, self.full_at);
        Take::Ok
    }
}
