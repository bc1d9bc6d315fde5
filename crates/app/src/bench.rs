//! `gymtext bench`: what this machine carries. Service and sandbox run as processes of their own in
//! a directory of their own; everything goes through real sockets, is signed, checked and durable.

mod backlog;
mod due;
mod figures;
mod http;
mod load;
mod process;
mod report;
mod webhooks;

use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressDrawTarget};

use crate::output::Out;
use crate::{chance, runtime};

use due::Due;
use load::Load;
use process::{Database, Sandbox, Service};
use report::Report;

const EXAMPLES: &str = "\
Examples:
  gymtext bench
  gymtext bench --quick
  gymtext bench --messages 100000 --json > figures.json
  gymtext bench --backlog 1000000
  gymtext bench --due 100000
  gymtext bench --store postgres --database postgres://me@localhost/empty --nodes 2

Build with --release first: a debug build measures the compiler. Takes about a minute; --quick a few seconds.";

/// Arguments of `gymtext bench`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Which store
    #[arg(long, default_value = "sqlite", value_parser = ["sqlite", "postgres"])]
    store: String,
    /// With `--store postgres`: an empty database, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`
    #[arg(long, value_name = "URL", required_if_eq("store", "postgres"))]
    database: Option<String>,
    /// How many nodes share the work; more than one needs `--store postgres`
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8))]
    nodes: u32,
    /// How many messages each load has [default: 20000, 2000 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    messages: Option<u32>,
    /// Measure once more while so many messages wait for tomorrow
    #[arg(long, value_name = "MESSAGES", value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    backlog: Option<u32>,
    /// Also: how fast workouts are made for so many members whose hour comes together, killed in the middle
    #[arg(long, value_name = "MEMBERS", value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    due: Option<u32>,
    /// Fewer messages and shorter phases: to see that it works
    #[arg(long)]
    quick: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Messages in each load.
    messages: u32,
    /// Members they go to: each is a lane.
    members: u32,
    /// How long messages are sent at twenty a second.
    calm: Duration,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let messages = args
        .messages
        .unwrap_or(if args.quick { 2_000 } else { 20_000 });
    let plan = Plan {
        messages,
        members: (messages / 10).clamp(100, 2_000),
        calm: Duration::from_secs(if args.quick { 2 } else { 10 }),
    };
    if cfg!(debug_assertions) {
        crate::output::note(
            "This is a debug build: its figures say little. cargo run --release -- bench",
        );
    }
    let database = match args.database.as_deref() {
        Some(address) if args.store == "postgres" => Database::Postgres(address),
        Some(_) => bail!("--database goes with --store postgres"),
        None if args.nodes > 1 => bail!("a SQLite database has one node; add --store postgres"),
        None => Database::Sqlite,
    };
    let report = runtime::for_command()?.block_on(measure(plan, database, args))?;
    let mut out = Out::new();
    if args.json {
        out.json_pretty(&report)?;
    } else {
        report.print(&mut out)?;
    }
    out.flush()?;
    Ok(())
}

async fn measure(plan: Plan, database: Database<'_>, args: &Args) -> anyhow::Result<Report> {
    let directory = Directory::make()?;
    let steps = 6 + u64::from(args.backlog.is_some()) + u64::from(args.due.is_some());
    let progress = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
    progress.set_style(
        indicatif::ProgressStyle::with_template("{bar:20} {msg}")
            .context("the progress bar's template is wrong")?,
    );
    let step = |what: &'static str| {
        progress.set_message(what);
        progress.tick();
    };
    step("starting");
    let sandbox = Sandbox::start(&directory.path, plan.messages)?;
    let mut service = Service::start(&directory.path, &sandbox, database, args.nodes).await?;
    let result = async {
        let idle = service.memory()?.now;
        let load = Load::prepare(plan, 0, &service, &sandbox).await?;
        progress.inc(1);
        step("twenty a second");
        let calm = load.calm().await?;
        progress.inc(1);
        step("single calls from 256 connections");
        let single = load.single().await?;
        progress.inc(1);
        step("batches");
        let batch = load.batches().await?;
        progress.inc(1);
        step("status webhooks under load");
        let webhooks = load.webhooks_under_load().await?;
        progress.inc(1);
        step("inbound webhooks");
        let inbound = load.inbound().await?;
        progress.inc(1);
        let peak = service.memory()?.peak;
        let backlog = match args.backlog {
            Some(waiting) => {
                step("a backlog, and the same beside it");
                let mut backlog = load.behind_a_backlog(waiting, &batch).await?;
                let restart = service.restart_the_first().await?;
                backlog.restart_ms = backlog::milliseconds(restart);
                progress.inc(1);
                Some(backlog)
            }
            None => None,
        };
        let due = match args.due {
            Some(members) => {
                step("an hour that comes for many");
                let due = Due::measure(plan, members, &mut service, &sandbox).await?;
                progress.inc(1);
                Some(due)
            }
            None => None,
        };
        Ok(Report {
            store: match database {
                Database::Sqlite => "SQLite",
                Database::Postgres(_) => "PostgreSQL",
            },
            nodes: args.nodes,
            messages: plan.messages,
            members: plan.members,
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            debug_build: cfg!(debug_assertions),
            calm,
            single,
            batch,
            webhooks,
            inbound,
            idle_bytes: idle,
            peak_bytes: peak,
            backlog,
            due,
        })
    }
    .await;
    progress.finish_and_clear();
    result.map_err(|error: anyhow::Error| match service.last_words() {
        Some(words) => error.context(format!("the service said: {words}")),
        None => error,
    })
}

/// A directory that is removed in the end.
#[derive(Debug)]
struct Directory {
    path: std::path::PathBuf,
}

impl Directory {
    fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("gymtext-bench-{}", chance::hex_digits(12)?));
        std::fs::create_dir(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Left behind at worst: it is a temporary directory.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
