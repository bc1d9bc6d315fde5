//! How models were asked by this process, for its metrics: counts, nobody's words.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Outcome, Report};

/// What was counted since this process began.
#[derive(Debug, Default)]
pub struct Counts {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    tokens_in: AtomicU64,
    tokens_out: AtomicU64,
    millis: AtomicU64,
}

impl Counts {
    pub(crate) fn note(&self, report: &Report) {
        self.count(report.outcome);
        let add = |to: &AtomicU64, number| to.fetch_add(number, Ordering::Relaxed);
        add(&self.tokens_in, report.tokens_in);
        add(&self.tokens_out, report.tokens_out);
        let millis = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX);
        add(&self.millis, millis);
    }

    /// A turn that came to its end without asking.
    pub(crate) fn count(&self, outcome: Outcome) {
        let all = Outcome::ALL.iter().zip(&self.outcomes);
        for (_, count) in all.filter(|(known, _)| **known == outcome) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many turns came to what.
    pub fn outcomes(&self) -> impl Iterator<Item = (Outcome, u64)> {
        let counts = self.outcomes.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        Outcome::ALL.into_iter().zip(counts)
    }

    /// Tokens that models read and wrote.
    pub fn tokens(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.tokens_in), read(&self.tokens_out))
    }

    /// How many milliseconds turns took, all together.
    pub fn millis(&self) -> u64 {
        self.millis.load(Ordering::Relaxed)
    }
}
