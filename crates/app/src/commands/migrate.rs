//! `gymtext migrate`: the database's tables, up to date or back.

mod adopt;
mod copy;
mod place;

use std::path::Path;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use crate::failpoints;
use crate::failure::bad_input;
use crate::output::Out;
use crate::settings::Loaded;
pub(crate) use copy::{Bar, source};
pub(crate) use place::Place;

const EXAMPLES: &str = "\
Examples:
  gymtext migrate up
  gymtext migrate status --json
  gymtext migrate adopt
  gymtext migrate down --steps 1 --yes
  gymtext migrate copy --from sqlite://gymtext-data/gymtext.db --to postgres://gymtext@db.example/gymtext";

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
        /// All of them: the tables go, or go back to whom they were taken over from
        #[arg(long, conflicts_with = "steps")]
        all: bool,
        /// Yes, lose what only these migrations hold
        #[arg(long)]
        yes: bool,
    },
    /// Say what is applied and what is not
    #[command(after_help = "Example:\n  gymtext migrate status")]
    Status,
    /// List what stood in the queue of a database that was taken over, and decide about it
    Adopt(adopt::Args),
    /// Copy everything into another database, of the same kind or of the other
    Copy(copy::Args),
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    failpoints::arm_from_environment()?;
    let settings = loaded.for_database()?;
    let place = Place::of(&settings.database);
    if let Way::Copy(copied) = &args.way {
        return copy::copy(copied, &settings, args.json);
    }
    let mut out = Out::new();
    match &args.way {
        Way::Up => {
            let done = place.up()?;
            let count = done.count;
            if args.json {
                let adopted = done.adopted.as_ref().map(adopt::as_json);
                out.json(&json!({ "applied": count, "adopted": adopted }))?;
            } else if count == 0 {
                out.line(format!("{place} is up to date"))?;
            } else {
                out.line(format!("{place}: {count} applied"))?;
                if let Some(adopted) = &done.adopted {
                    adopt::tell(&mut out, adopted)?;
                }
            }
        }
        Way::Adopt(what) => adopt::run(what, &place, args.json, &mut out)?,
        Way::Down { steps, all, yes } => {
            let steps = if *all { u32::MAX } else { *steps };
            place.must_exist()?;
            if !yes {
                let mut why =
                    "this takes tables away with what they hold; copy the database first, \
                               then say --yes"
                        .to_owned();
                for loss in place.losses(steps)? {
                    why.push_str("\n  what cannot be given back: ");
                    why.push_str(&loss);
                }
                return Err(bad_input(why));
            }
            let count = place.down(steps)?;
            if args.json {
                out.json(&json!({ "taken_back": count }))?;
            } else {
                out.line(format!("{place}: {count} taken back"))?;
            }
        }
        Way::Copy(_) => {}
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
                // One that is not up to date cannot say where it is at home.
                if let Ok(Some(why)) = super::home::trouble(&settings) {
                    out.line(format!("Note: {why}."))?;
                }
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
