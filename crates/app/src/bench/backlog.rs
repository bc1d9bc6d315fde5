//! What many waiting messages cost the others: claiming looks at heads of free lanes only, so that it
//! must not grow with what waits (G11), and neither must memory (G29).

use std::time::Duration;

use serde::Serialize;

use super::figures::rounded;
use super::load::{Calm, Carried, Load, micros};

/// The same loads as without a backlog, beside it.
#[derive(Debug, Serialize)]
pub(super) struct Backlog {
    /// How many messages wait, until tomorrow.
    pub(super) waiting: u32,
    /// Twenty a second.
    pub(super) calm: Calm,
    /// Batches.
    pub(super) batch: Carried,
    /// The service's CPU for a message, over that of the sandbox in the same load, and this over what it was
    /// without the backlog: the machine's mood is in both.
    pub(super) cpu_by_cpu_without: f64,
    /// Resident memory of the node that has most.
    pub(super) bytes: u64,
    /// From the start of a killed node until it answers, all lanes read.
    pub(super) restart_ms: f64,
}

impl Load<'_> {
    /// Lets so many messages wait and measures again what was measured without them.
    pub(super) async fn behind_a_backlog(
        &self,
        waiting: u32,
        without: &Carried,
    ) -> anyhow::Result<Backlog> {
        self.enqueue_for_tomorrow(waiting).await?;
        let calm = self.calm().await?;
        let batch = self.batches().await?;
        Ok(Backlog {
            waiting,
            calm,
            cpu_by_cpu_without: rounded(
                batch.service_by_sandbox_cpu / without.service_by_sandbox_cpu.max(0.01),
            ),
            batch,
            bytes: self.service.memory()?.now,
            restart_ms: 0.0,
        })
    }
}

/// In milliseconds, to three decimals.
#[expect(clippy::cast_precision_loss, reason = "a span of seconds")]
pub(super) fn milliseconds(span: Duration) -> f64 {
    rounded(micros(span) as f64 / 1e3)
}
