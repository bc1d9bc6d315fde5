//! Takes out of the outbox what is past keeping and what everybody has passed who reads it in its order.

use domain::{Seconds, Timestamp};
use store::ops::PruneEvents;
use store::questions::{EventsAfter, EventsPruned};
use store::records::PrunedTo;

use crate::{Engine, EngineError};

/// How many events go in one transaction: whoever sends waits no longer than that.
const AT_ONCE: u32 = 1_000;

/// How many such steps one round takes: with one round a minute that is more than the outbox grows by.
const STEPS_MAX: u32 = 500;

impl Engine {
    /// Prunes some of the outbox; answers how many events it was.
    pub async fn prune_events(&self) -> Result<u64, EngineError> {
        let Some(kept) = self.inner.settings.events_kept else {
            return Ok(0);
        };
        let before = self.now() - kept;
        if !self.has_older_event(before).await? {
            return Ok(0);
        }
        let mut events = 0;
        for _ in 0..STEPS_MAX {
            let step = PruneEvents {
                before,
                priced: self.inner.settings.price_wait != Seconds::ZERO,
                limit: AT_ONCE,
            };
            let pruned = self.inner.committer.submit(step).await?;
            events += u64::from(pruned.events);
            if !pruned.more || self.inner.stop.is_cancelled() {
                break;
            }
        }
        if events > 0 {
            tracing::info!(events, "events past keeping were taken out of the outbox");
        }
        Ok(events)
    }

    /// Asked beside the writer: mostly there is nothing to do.
    async fn has_older_event(&self, before: Timestamp) -> Result<bool, EngineError> {
        let pruned = self.events_pruned().await?;
        let oldest = EventsAfter {
            after: Some(pruned.map_or(0, |to| to.event)),
            limit: 1,
        };
        let oldest = self.ask().question(oldest).await?;
        Ok(oldest.iter().any(|event| event.at < before))
    }

    /// How far the outbox was pruned, if it ever was.
    pub async fn events_pruned(&self) -> Result<Option<PrunedTo>, EngineError> {
        Ok(self.ask().question(EventsPruned).await?)
    }
}
