//! `gymtext suppressions`: who is opted out, from a file into a running service and back.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::client::{Api, Service, encoded};
use crate::commands::lists::{self, Line};
use crate::failure::bad_input;
use crate::output::Out;
use crate::runtime;
use crate::settings::Loaded;

/// How many lines go in one call.
const AT_ONCE: usize = 1_000;

const EXAMPLES: &str = "\
Examples:
  gymtext suppressions export > stopped.csv
  gymtext suppressions import stopped.csv --dry-run
  gymtext suppressions import - --source old_crm < stopped.csv

A file has the columns channel,address,since,source; the last two may be left out. Every address is opted out,
whether or not it is a member's. One line that cannot be read refuses the whole file.";

/// Arguments of `gymtext suppressions`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    service: Service,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Opt out everybody in a file
    #[command(after_help = "Example:\n  gymtext suppressions import stopped.csv --dry-run")]
    Import {
        /// A CSV file, or - for standard input
        file: PathBuf,
        /// Where lines come from that do not say it themselves
        #[arg(long, default_value = "import")]
        source: String,
        /// Only say what would happen
        #[arg(long)]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write who is opted out as CSV to standard output
    #[command(after_help = "Example:\n  gymtext suppressions export > stopped.csv")]
    Export,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    match &args.what {
        What::Import {
            file,
            source,
            dry_run,
            json,
        } => {
            // The whole file is judged before the service hears of any of it.
            let lines = lists::read(&lists::contents(file)?, source).map_err(bad_input)?;
            let api = Api::of(&args.service, loaded)?;
            runtime::for_command()?.block_on(import(&api, &lines, *dry_run, *json))
        }
        What::Export => {
            let api = Api::of(&args.service, loaded)?;
            runtime::for_command()?.block_on(export(&api))
        }
    }
}

async fn import(api: &Api, lines: &[Line], dry_run: bool, json: bool) -> anyhow::Result<()> {
    let mut out = Out::new();
    let (mut added, mut already, mut done) = (0, 0, 0);
    for part in lines.chunks(AT_ONCE) {
        let items: Vec<_> = part
            .iter()
            .map(|line| {
                json!({
                    "channel": line.channel, "address": line.address, "since": line.since,
                    "source": line.source,
                })
            })
            .collect();
        let body = json!({ "items": items, "dry_run": dry_run });
        // Doing it twice changes nothing: an address that is opted out is left as it is.
        let answer = api
            .send("/api/v1/suppressions", &body)
            .await
            .with_context(|| {
                format!("{done} lines are done, from line {} on nothing is; the file can be imported again as a whole",
                    part.first().map_or(0, |line| line.number))
            })?;
        let count = |name| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
        added += count("added");
        already += count("already");
        done += part.len();
        if !json && lines.len() > AT_ONCE {
            out.line(format!("{done} of {} lines", lines.len()))?;
            out.flush()?;
        }
    }
    if json {
        out.json_pretty(&json!({
            "lines": done, "added": added, "already": already, "dry_run": dry_run,
        }))?;
    } else if dry_run {
        out.line(format!(
            "{added} addresses would be opted out, {already} are already or stand there twice. Nothing was changed."
        ))?;
    } else {
        out.line(format!(
            "{added} addresses are opted out now, {already} were already or stood there twice."
        ))?;
    }
    out.flush()?;
    Ok(())
}

async fn export(api: &Api) -> anyhow::Result<()> {
    let mut out = Out::new();
    out.line(lists::HEADING)?;
    let mut cursor = String::new();
    loop {
        let page = api
            .get(&format!("/api/v1/suppressions?limit=200{cursor}"))
            .await?;
        let items = page.get("items").and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            let field = |name| item.get(name).and_then(Value::as_str).unwrap_or_default();
            out.line(lists::row(&[
                field("channel"),
                field("address"),
                field("since"),
                field("source"),
            ]))?;
        }
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={}", encoded(next)),
            None => break,
        }
    }
    out.flush()?;
    Ok(())
}
