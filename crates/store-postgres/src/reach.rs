//! Whether the server answers, found out by one connection for all of a node ([`crate::doorbell`]): while
//! it does not, everybody is told so at once instead of finding out by a timeout of their own, and who
//! waits for an answer that will not come stops waiting (G3, G32).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use store::StoreError;
use tokio::sync::watch;

/// What is known of the server. Cheap to clone; all clones know the same.
#[derive(Clone, Debug)]
pub(crate) struct Reach(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Why the server is away; `None` while it answers.
    away: watch::Sender<Option<&'static str>>,
    /// Statements answered, by whomever they were asked.
    answers: AtomicU64,
}

impl Default for Reach {
    fn default() -> Self {
        Self(Arc::new(Inner {
            away: watch::Sender::new(None),
            answers: AtomicU64::new(0),
        }))
    }
}

impl Reach {
    /// The server does not answer: whoever waits for it hears of it now.
    pub(crate) fn is_away(&self, why: &'static str) {
        let before = self.0.away.send_replace(Some(why));
        if before.is_none() {
            tracing::warn!(why, "the database is away; trying to reach it");
        }
    }

    /// It answers again.
    pub(crate) fn is_back(&self) {
        if self.0.away.send_replace(None).is_some() {
            tracing::info!("the database is back");
        }
    }

    /// Refuses while the server is away.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match *self.0.away.borrow() {
            None => Ok(()),
            Some(why) => Err(StoreError::Unavailable(why.into())),
        }
    }

    /// Resolves when the server is away, with why.
    pub(crate) async fn away(&self) -> StoreError {
        let mut away = self.0.away.subscribe();
        let why = match away.wait_for(Option::is_some).await {
            Ok(why) => *why,
            // The sender lives as long as this does.
            Err(_) => None,
        };
        StoreError::Unavailable(why.unwrap_or_default().into())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_hears_that_the_server_is_away() {
        let reach = Reach::default();
        let waiting = tokio::spawn({
            let reach = reach.clone();
            async move { reach.away().await }
        });
        reach.check().unwrap();
        reach.is_away("it is gone");
        assert!(waiting.await.unwrap().to_string().contains("it is gone"));
        assert!(reach.check().is_err());
        reach.is_back();
        reach.check().unwrap();
    }
}
