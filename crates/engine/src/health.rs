//! How the service is.

use std::sync::atomic::Ordering;

use store::StoreError;
use store::questions::Switches;

use crate::{Engine, EngineError};

/// What health says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Ready for work.
    Ready,
    /// Not started yet: the lanes are being read.
    Starting,
    /// Shutting down: finish and go elsewhere.
    Draining,
}

impl Engine {
    /// How it is, without asking the store.
    pub fn health(&self) -> Health {
        if self.inner.draining.load(Ordering::Acquire) {
            Health::Draining
        } else if self.inner.started.load(Ordering::Acquire) {
            Health::Ready
        } else {
            Health::Starting
        }
    }

    /// Whether the store answers, and writes: after a transaction that failed as a whole it has to prove that.
    pub async fn check_store(&self) -> Result<(), StoreError> {
        self.ask().question(Switches).await?;
        match self.inner.committer.trouble() {
            None => Ok(()),
            Some(_) => self.inner.committer.prove().await,
        }
    }

    /// Counts, from the store.
    pub async fn stats(&self) -> Result<store::records::Stats, EngineError> {
        Ok(self
            .ask()
            .question(store::questions::StatsNow { at: self.now() })
            .await?)
    }
}
