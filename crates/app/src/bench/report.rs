//! What was measured, beside the budgets of the design.

use serde::Serialize;

use super::backlog::Backlog;
use super::due::Due;
use super::load::{Calm, Carried};
use super::webhooks::{Inbound, Webhooks};
use crate::output::{Colour, Out};

/// Everything measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) store: &'static str,
    pub(super) nodes: u32,
    pub(super) messages: u32,
    pub(super) members: u32,
    pub(super) processors: usize,
    pub(super) debug_build: bool,
    pub(super) calm: Calm,
    pub(super) single: Carried,
    pub(super) batch: Carried,
    pub(super) webhooks: Webhooks,
    pub(super) inbound: Inbound,
    pub(super) idle_bytes: u64,
    pub(super) peak_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backlog: Option<Backlog>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) due: Option<Due>,
}

/// One figure: measured, wanted, and whether more is better.
struct Line {
    what: &'static str,
    measured: f64,
    wanted: f64,
    unit: &'static str,
    more_is_better: bool,
}

const fn at_least(what: &'static str, measured: f64, wanted: f64, unit: &'static str) -> Line {
    Line {
        what,
        measured,
        wanted,
        unit,
        more_is_better: true,
    }
}

const fn at_most(what: &'static str, measured: f64, wanted: f64, unit: &'static str) -> Line {
    Line {
        what,
        measured,
        wanted,
        unit,
        more_is_better: false,
    }
}

impl Report {
    fn lines(&self) -> Vec<Line> {
        // With PostgreSQL its server shares the processors, and counts as service.
        let (delivered, cpu, ratio) = match self.store {
            "PostgreSQL" => (4_000.0, 0.3, 5.0),
            _ => (6_000.0, 0.2, 3.0),
        };
        let mut lines = vec![
            at_least(
                "delivered end to end, from batches",
                self.batch.delivered_per_second,
                delivered,
                "/s",
            ),
            at_least(
                "delivered end to end, from single calls",
                self.single.delivered_per_second,
                delivered,
                "/s",
            ),
            at_least(
                "durable enqueue, 256 callers",
                self.single.enqueued_per_second,
                10_000.0,
                "/s",
            ),
            at_least(
                "durable enqueue, batches",
                self.batch.enqueued_per_second,
                25_000.0,
                "/s",
            ),
            at_most(
                "a single call answered, 256 callers, p99",
                self.single.enqueue.p99_ms,
                50.0,
                "ms",
            ),
            at_most(
                "enqueue to provider at 20/s, p50",
                self.calm.enqueue_to_provider.p50_ms,
                5.0,
                "ms",
            ),
            at_most(
                "enqueue to provider at 20/s, p99",
                self.calm.enqueue_to_provider.p99_ms,
                20.0,
                "ms",
            ),
            at_most(
                "status webhook under load, p99",
                self.webhooks.answered.p99_ms,
                20.0,
                "ms",
            ),
            at_least(
                "inbound webhooks, verified and durable",
                self.inbound.per_second,
                8_000.0,
                "/s",
            ),
            at_most(
                "CPU per 1,000 messages, service and database",
                self.batch.service_cpu_seconds_per_1000,
                cpu,
                "s",
            ),
            at_most(
                "CPU per 1,000 messages, sandbox",
                self.batch.sandbox_cpu_seconds_per_1000,
                0.1,
                "s",
            ),
            at_most(
                "service and database CPU ÷ sandbox CPU",
                self.batch.service_by_sandbox_cpu,
                ratio,
                "×",
            ),
            at_most("memory, idle", mebibytes(self.idle_bytes), 30.0, "MiB"),
            at_most("memory, peak", mebibytes(self.peak_bytes), 64.0, "MiB"),
        ];
        lines.extend(self.due.iter().map(|due| {
            at_least(
                "workouts made for an hour that comes for many",
                due.made_per_second,
                5_000.0,
                "/s",
            )
        }));
        lines.extend(self.backlog.iter().flat_map(|backlog| self.behind(backlog)));
        lines
    }

    /// What was measured beside a backlog.
    fn behind(&self, backlog: &Backlog) -> [Line; 5] {
        let p50 = self.calm.enqueue_to_provider.p50_ms.max(0.001);
        [
            at_most(
                "behind the backlog: CPU per message, by that without",
                backlog.cpu_by_cpu_without,
                1.2,
                "×",
            ),
            at_most(
                "behind the backlog: enqueue to provider at 20/s, p50 by that without",
                backlog.calm.enqueue_to_provider.p50_ms / p50,
                1.2,
                "×",
            ),
            at_most(
                "behind the backlog: enqueue to provider at 20/s, p99",
                backlog.calm.enqueue_to_provider.p99_ms,
                20.0,
                "ms",
            ),
            at_most(
                "behind the backlog: memory",
                mebibytes(backlog.bytes),
                128.0,
                "MiB",
            ),
            at_most(
                "behind the backlog: kill to ready again",
                backlog.restart_ms,
                2_000.0,
                "ms",
            ),
        ]
    }

    pub(super) fn print(&self, out: &mut Out) -> anyhow::Result<()> {
        let rows = self.lines().into_iter().map(|line| {
            let met = if line.more_is_better {
                line.measured >= line.wanted
            } else {
                line.measured <= line.wanted
            };
            let sign = if line.more_is_better { "≥" } else { "≤" };
            let verdict = if met { "met" } else { "missed" };
            vec![
                line.what.to_owned(),
                format!("{} {}", shown(line.measured), line.unit),
                format!("{sign} {}", shown(line.wanted)),
                verdict.to_owned(),
            ]
        });
        let build = if self.debug_build {
            ", debug build"
        } else {
            ""
        };
        let nodes = match self.nodes {
            1 => "1 node".to_owned(),
            more => format!("{more} nodes"),
        };
        let heading = format!(
            "{}, {nodes}, {} messages to {} members, {} processors{build}",
            self.store, self.messages, self.members, self.processors
        );
        let heading = out.coloured(Colour::Bold, &heading);
        out.line(heading)?;
        out.table(&["figure", "measured", "budget", ""], rows)?;
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "memory to a tenth of a MiB")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Three significant digits or so.
fn shown(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}
