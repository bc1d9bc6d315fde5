//! What the service finds when it looks at itself: asked for on a page, kept with its time, on the node that was asked.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Seconds, Timestamp};

/// Whoever asks again sooner is shown what was found before.
const APART: Seconds = Seconds::new(5);

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingState {
    /// As it should be.
    Ok,
    /// Works, but look at it.
    Warn,
    /// Will not work.
    Fail,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub check: &'static str,
    /// How it came out.
    pub state: FindingState,
    /// What was found, as a sentence.
    pub what: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// What is found, at some time.
pub type Looking = Pin<Box<dyn Future<Output = Vec<Finding>> + Send>>;

/// Looks: `true` asks the provider and others, too.
#[derive(Clone)]
pub struct Checks(Arc<dyn Fn(bool) -> Looking + Send + Sync>);

impl Checks {
    /// Checks that this does.
    pub fn new(look: impl Fn(bool) -> Looking + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checks")
    }
}

/// What was found last.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) at: Timestamp,
    pub(crate) asked_others: bool,
    pub(crate) findings: Arc<Vec<Finding>>,
}

/// The checks, and what they found last.
#[derive(Debug, Default)]
pub(crate) struct Checkup {
    checks: Option<Checks>,
    last: Mutex<Option<Found>>,
    looking: tokio::sync::Mutex<()>,
}

impl Checkup {
    pub(crate) fn of(checks: Option<Checks>) -> Self {
        Self {
            checks,
            ..Self::default()
        }
    }

    /// Whether there is anything to check.
    pub(crate) const fn is_there(&self) -> bool {
        self.checks.is_some()
    }

    /// What was found last.
    pub(crate) fn last(&self) -> Option<Found> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// Looks now, one at a time and not again at once.
    pub(crate) async fn look(&self, ask_others: bool, now: Timestamp) {
        let Some(checks) = &self.checks else { return };
        let _alone = self.looking.lock().await;
        let is_fresh =
            |last: Found| now.since(last.at) < APART && (last.asked_others || !ask_others);
        if self.last().is_some_and(is_fresh) {
            return;
        }
        let findings = Arc::new((checks.0)(ask_others).await);
        let found = Found {
            at: now,
            asked_others: ask_others,
            findings,
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn whoever_asks_again_at_once_is_shown_what_was_found() {
        static LOOKS: AtomicU32 = AtomicU32::new(0);
        let checkup = Checkup::of(Some(Checks::new(|_| {
            LOOKS.fetch_add(1, Ordering::Relaxed);
            Box::pin(std::future::ready(Vec::new()))
        })));
        let at = Timestamp::from_seconds;
        for (others, second, looks) in [
            (false, 100, 1),
            (false, 104, 1),
            (true, 104, 2),
            (false, 105, 2),
            (false, 110, 3),
        ] {
            checkup.look(others, at(second)).await;
            assert_eq!(LOOKS.load(Ordering::Relaxed), looks, "at {second}");
        }
        assert!(checkup.last().is_some());
    }
}
