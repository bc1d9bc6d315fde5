//! `gymtext migrate copy`: everything of a database into another one, of the same kind or of the
//! other. A copy that broke off goes on where it was when the same command is run again.

use std::path::Path;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use store::copying::{Report, Step, Tables, Target, run};
use store_postgres::copying::{PostgresSource, PostgresTarget};
use store_sqlite::copying::{SqliteSource, SqliteTarget};

use super::make_directory;
use crate::clock::SystemClock;
use crate::failpoints;
use crate::failure::bad_input;
use crate::output::Out;
use crate::settings::{Database, Settings};
use crate::wiring::hash_key;

const EXAMPLES: &str = "\
Examples:
  gymtext migrate copy --to postgres://gymtext@db.example/gymtext     (from the database of the settings)
  gymtext migrate copy --from sqlite://backup.db --to sqlite://gymtext-data/gymtext.db
  GYMTEXT_COPY_TO=postgres://gymtext:secret@db.example/gymtext gymtext migrate copy

Nobody may serve either of them. Afterwards both sides are read again and compared. The copy sends
nothing before `gymtext home confirm`; stop the original first. docs/BACKUP.md has the steps.";

/// Arguments of `gymtext migrate copy`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What is copied: `sqlite://…` or `postgres://…` [default: the database of the settings]
    #[arg(long, value_name = "URL", env = "GYMTEXT_COPY_FROM", hide_env_values = true, value_parser = address)]
    from: Option<Database>,
    /// Where to: an empty database, or one whose copy was not finished
    #[arg(long, value_name = "URL", env = "GYMTEXT_COPY_TO", hide_env_values = true, value_parser = address)]
    to: Database,
    /// Copy from a database that is being served, as it is at this moment: for a look at it elsewhere
    #[arg(long)]
    while_served: bool,
}

/// An address; it may hold a password, so what is wrong with it is said without it.
fn address(text: &str) -> Result<Database, String> {
    Database::parse(text)
}

pub(super) fn copy(args: &Args, settings: &Settings, json: bool) -> anyhow::Result<()> {
    failpoints::arm_from_environment()?;
    let from = args.from.as_ref().unwrap_or(&settings.database);
    let mut source = source(from, args.while_served).context("the source")?;
    let mut target = target(&args.to).context("the target")?;
    let bar = Bar::new()?;
    let begun = domain::Clock::now(&SystemClock);
    let report = run(source.as_mut(), target.as_mut(), &mut |step| bar.tell(step));
    bar.end();
    let report = report
        .context("the copy did not come to its end; the same command goes on where it was")?;
    let took = domain::Clock::now(&SystemClock).since(begun);
    show(&report, took.as_f64(), json)
}

/// A database that is read.
pub(crate) fn source(database: &Database, served: bool) -> anyhow::Result<Box<dyn Tables>> {
    Ok(match database {
        Database::Sqlite(path) => {
            must_be_there(path)?;
            Box::new(SqliteSource::open(path, hash_key::find(path)?, served)?)
        }
        Database::Postgres(address) => Box::new(PostgresSource::open(address.expose(), served)?),
    })
}

fn target(database: &Database) -> anyhow::Result<Box<dyn Target>> {
    Ok(match database {
        Database::Sqlite(path) => {
            make_directory(path)?;
            Box::new(SqliteTarget::open(path)?)
        }
        Database::Postgres(address) => Box::new(PostgresTarget::open(address.expose())?),
    })
}

fn must_be_there(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        Ok(())
    } else {
        Err(bad_input(format!("there is no file {}", path.display())))
    }
}

/// How far it is, on a terminal.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// One that shows itself once it knows how much there is to do.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        bar.set_style(
            ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {msg} {eta}")
                .context("the progress bar's template is wrong")?,
        );
        Ok(Self(bar))
    }

    /// What happened. Each row counts twice: once copied, once compared.
    pub(crate) fn tell(&self, step: Step) {
        match step {
            Step::Rows { all, before } => {
                self.0.set_length(all.saturating_mul(2));
                self.0.set_position(before);
            }
            Step::Copied { table, rows } => {
                self.0.set_message(table);
                self.0.inc(rows);
            }
            Step::Comparing => self.0.set_message("comparing"),
            Step::Same { rows, .. } => self.0.inc(rows),
        }
    }

    /// Pages of a file.
    pub(crate) fn pages(&self, done: u64, all: u64) {
        self.0.set_length(all);
        self.0.set_position(done);
    }

    /// Nothing more to show.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

fn show(report: &Report, seconds: f64, json: bool) -> anyhow::Result<()> {
    let rows: u64 = report.tables.iter().map(|table| table.digest.rows).sum();
    let mut out = Out::new();
    if json {
        let tables: Vec<_> = report
            .tables
            .iter()
            .map(|table| {
                json!({
                    "table": table.table, "rows": table.digest.rows, "sha256_sum": table.digest.to_string(),
                })
            })
            .collect();
        out.json_pretty(&json!({
            "rows": rows, "resumed_rows": report.resumed_rows, "seconds": seconds, "tables": tables,
            "left_behind": report.left_behind,
        }))?;
    } else {
        let lines = report.tables.iter().map(|table| {
            let sum = table.digest.to_string();
            let short = sum.get(..16).unwrap_or_default().to_owned();
            vec![table.table.to_owned(), table.digest.rows.to_string(), short]
        });
        out.table(&["table", "rows", "sum, the same on both sides"], lines)?;
        out.line(format!("{rows} rows in {seconds:.1} s"))?;
        if !report.left_behind.is_empty() {
            out.line(format!(
                "Not ours, and left behind: {}",
                report.left_behind.join(", ")
            ))?;
        }
        out.line(
            "Nothing is sent from the copy before `gymtext home confirm`, with its DATABASE_URL.",
        )?;
    }
    out.flush()?;
    Ok(())
}
