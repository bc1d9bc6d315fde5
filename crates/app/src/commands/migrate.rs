//! `gymtext migrate`: the database's tables, up to date or back.

use std::path::Path;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;
use store_sqlite::migrate;

use crate::failure::bad_input;
use crate::output::Out;
use crate::settings::Loaded;
use crate::wiring::hash_key;

const EXAMPLES: &str = "\
Examples:
  gymtext migrate up
  gymtext migrate status --json
  gymtext migrate down --steps 1 --yes";

/// Arguments of `gymtext migrate`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    way: Way,
    /// As JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Way {
    /// Apply what is missing; makes the database if there is none
    #[command(after_help = "Example:\n  gymtext migrate up")]
    Up,
    /// Take the newest migrations back, and with them what only they hold
    #[command(after_help = "Example:\n  gymtext migrate down --steps 1 --yes")]
    Down {
        /// How many
        #[arg(long, default_value_t = 1)]
        steps: u32,
        /// Yes, lose what only these migrations hold
        #[arg(long)]
        yes: bool,
    },
    /// Say what is applied and what is not
    #[command(after_help = "Example:\n  gymtext migrate status")]
    Status,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let settings = loaded.for_database()?;
    let path = settings.database.path.as_path();
    let mut out = Out::new();
    match args.way {
        Way::Up => {
            make_directory(path)?;
            hash_key::of(path)?;
            let count = migrate::up(path).map_err(|error| about(path, &error))?;
            if args.json {
                out.json(&json!({ "applied": count }))?;
            } else if count == 0 {
                out.line(format!("{} is up to date", path.display()))?;
            } else {
                out.line(format!("{}: {count} applied", path.display()))?;
            }
        }
        Way::Down { steps, yes } => {
            must_exist(path)?;
            if !yes {
                return Err(bad_input(
                    "this takes tables away with what they hold; copy the database first, then say --yes",
                ));
            }
            let count = migrate::down(path, steps).map_err(|error| about(path, &error))?;
            if args.json {
                out.json(&json!({ "taken_back": count }))?;
            } else {
                out.line(format!("{}: {count} taken back", path.display()))?;
            }
        }
        Way::Status => {
            must_exist(path)?;
            let lines = migrate::status(path).map_err(|error| about(path, &error))?;
            if args.json {
                let lines: Vec<_> = lines
                    .iter()
                    .map(|line| json!({ "version": line.version, "name": line.name, "applied_at": line.applied_at }))
                    .collect();
                out.json_pretty(&lines)?;
            } else {
                let rows = lines.into_iter().map(|line| {
                    let applied = line.applied_at.unwrap_or_else(|| "not yet".into());
                    vec![line.version.to_string(), line.name, applied]
                });
                out.table(&["version", "name", "applied"], rows)?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// Makes the directory the database stands in.
pub(crate) fn make_directory(path: &Path) -> anyhow::Result<()> {
    let Some(directory) = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
    else {
        return Ok(());
    };
    std::fs::create_dir_all(directory)
        .with_context(|| format!("the directory {} cannot be made", directory.display()))
}

fn must_exist(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    Err(bad_input(format!(
        "there is no database at {}; `gymtext migrate up` makes it, DATABASE_URL says where",
        path.display()
    )))
}

fn about(path: &Path, error: &store::StoreError) -> anyhow::Error {
    anyhow::anyhow!("{}: {error}", path.display())
}
