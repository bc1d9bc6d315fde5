//! Whether the server answers, found out by one connection for all of a node ([`crate::doorbell`]): while
//! it does not, everybody is told so at once instead of finding out by a timeout of their own, and who
//! waits for an answer that will not come stops waiting (G3, G32).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use store::StoreError;

/// What is known of the server. Cheap to clone; all clones know the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Why the server is away; `None` while it answers.
    away: RwLock<Option<&'static str>>,
    /// Statements answered, by whomever they were asked.
    answers: AtomicU64,
}

impl Reach {
    /// The server does not answer: whoever waits for it hears of it now.
    pub(crate) fn is_away(&self, why: &'static str) {
        if self.replace(Some(why)).is_none() {
            tracing::warn!(why, "the database is away; trying to reach it");
        }
    }

    /// It answers again.
    pub(crate) fn is_back(&self) {
        if self.replace(None).is_some() {
            tracing::info!("the database is back");
        }
    }

    /// Refuses while the server is away.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match *self.0.away.read().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(why) => Err(StoreError::Unavailable(why.into())),
        }
    }

    /// What was known before.
    fn replace(&self, away: Option<&'static str>) -> Option<&'static str> {
        let mut known = self.0.away.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut known, away)
    }

    /// A statement was answered: whatever the pulse says, the server lives.
    pub(crate) fn is_alive(&self) {
        self.0.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were answered so far.
    pub(crate) fn answers(&self) -> u64 {
        self.0.answers.load(Ordering::Relaxed)
    }
}
