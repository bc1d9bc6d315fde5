//! How fast the messages of members are made whose hour has come together, and that a process killed in the middle
//! makes none of them twice (G26).

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::Plan;
use super::figures::rate;
use super::http::{Client, Kind};
use super::load::Load;
use super::process::{Sandbox, Service};

/// How often it is counted until half of them are made.
const COUNT_EVERY: Duration = Duration::from_millis(50);

/// A morning hour of many members.
#[derive(Debug, Serialize)]
pub(super) struct Due {
    /// Whose hour has come.
    pub(super) members: u32,
    /// Messages that were made when the process was killed.
    pub(super) killed_after: u64,
    /// Messages made a second, planned and durable, sending beside it; the restart is not counted.
    pub(super) made_per_second: f64,
}

/// What a run says it did.
struct Ran {
    enqueued: u64,
}

impl Due {
    /// Makes members, lets their hour come, kills the service in the middle and lets it go on.
    pub(super) async fn measure(
        plan: Plan,
        members: u32,
        service: &mut Service,
        sandbox: &Sandbox,
    ) -> anyhow::Result<Self> {
        let of_due = Plan { members, ..plan };
        // Those of the other loads are due with them.
        let all = members + plan.members;
        let load = Load::prepare(of_due, plan.members, service, sandbox).await?;
        let before = load.messages().await?;
        let begun = Instant::now();
        let half = before + u64::from(all / 2);
        let killed_after = tokio::select! {
            ran = load.run_schedule() => ran?.enqueued,
            made = load.until_made(half) => made? - before,
        };
        let first = begun.elapsed();
        service.restart_the_first().await?;
        let load = Load::of(plan, service, sandbox)?;
        let begun = Instant::now();
        load.run_schedule().await?;
        let took = first + begun.elapsed();
        let made = load.messages().await? - before;
        ensure!(
            made == u64::from(all),
            "{made} messages were made for {all} members"
        );
        Ok(Self {
            members: all,
            killed_after,
            made_per_second: rate(all, took),
        })
    }
}

impl Load<'_> {
    /// Today's workout for everybody who has none.
    async fn run_schedule(&self) -> anyhow::Result<Ran> {
        let mut client = Client::connect(self.service.address(0)).await?;
        let (status, answer) = client
            .post(
                "/api/v1/schedules/run",
                Kind::Json,
                ("authorization", &self.key),
                Bytes::from_static(br#"{"schedule":"daily","forced":true}"#),
            )
            .await?;
        ensure!(
            status == 200,
            "the schedule was refused ({status}): {}",
            String::from_utf8_lossy(&answer)
        );
        let report: Value = serde_json::from_slice(&answer)?;
        let enqueued = report.get("enqueued").and_then(Value::as_u64);
        let enqueued = enqueued.context("a run says how many were enqueued")?;
        Ok(Ran { enqueued })
    }

    /// Waits until there are so many messages in all; how many there are then.
    async fn until_made(&self, wanted: u64) -> anyhow::Result<u64> {
        loop {
            let made = self.messages().await?;
            if made >= wanted {
                return Ok(made);
            }
            tokio::time::sleep(COUNT_EVERY).await;
        }
    }
}
