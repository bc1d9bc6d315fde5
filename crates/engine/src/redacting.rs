//! Takes the words out of messages that are older than the settings keep them.

pub use policy::retention::{Retention, Words};
use store::ops::Redact;

use crate::{Engine, EngineError};

/// How many steps one round takes of each kind: a busy store is not kept from its other work for long.
const STEPS_MAX: u32 = 40;

impl Engine {
    /// Redacts what is past keeping, some of it at a time; answers how many messages it was.
    pub async fn redact(&self) -> Result<u32, EngineError> {
        let mut messages = 0;
        for (words, kept) in self.inner.settings.retention.rules() {
            let kind = match words {
                Words::Inbound => None,
                Words::Of(kind) => Some(kind),
            };
            for _ in 0..STEPS_MAX {
                let at = self.now();
                let before = at - kept;
                let step = Redact { kind, before, at };
                let done = self.inner.committer.submit(step).await?;
                messages += done.messages;
                if !done.more {
                    break;
                }
            }
        }
        if messages > 0 {
            tracing::info!(messages, "words past keeping were taken out");
        }
        Ok(messages)
    }
}
