//! `gymtext migrate`: the database's tables, up to date or back.

mod place;

use std::path::Path;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use crate::failure::bad_input;
use crate::output::Out;
use crate::settings::Loaded;
pub(crate) use place::Place;

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
    let place = Place::of(&settings.database);
    let mut out = Out::new();
    match args.way {
        Way::Up => {
            let count = place.up()?;
            if args.json {
                out.json(&json!({ "applied": count }))?;
            } else if count == 0 {
                out.line(format!("{place} is up to date"))?;
            } else {
                out.line(format!("{place}: {count} applied"))?;
            }
        }
        Way::Down { steps, yes } => {
            place.must_exist()?;
            if !yes {
                return Err(bad_input(
                    "this takes tables away with what they hold; copy the database first, then say --yes",
                ));
            }
            let count = place.down(steps)?;
            if args.json {
                out.json(&json!({ "taken_back": count }))?;
            } else {
                out.line(format!("{place}: {count} taken back"))?;
            }
        }
        Way::Status => {
            place.must_exist()?;
            let lines = place.status()?;
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
