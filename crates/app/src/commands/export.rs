//! `gymtext export`: all that is kept of a member, as a file to hand to them.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;

use super::send::member_id;
use crate::client::{Api, Service};
use crate::output::Out;
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext export +14155550123 --to maria.json
  gymtext export mem_01kat4zk0q7h3sx0d7n2v9m4pc | jq '.messages | length'

The file holds numbers and texts: give it to that person and to nobody else.";

/// Arguments of `gymtext export`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A member's id or phone number
    #[arg(allow_hyphen_values = true)]
    who: String,
    /// The file to make, readable by you alone; one that is there is never overwritten [default:
    /// standard output]
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    #[command(flatten)]
    service: Service,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    let document = runtime::for_command()?.block_on(async {
        let id = member_id(&api, &args.who).await?;
        api.get_all(&format!("/api/v1/members/{id}/export")).await
    })?;
    let complete = document.get("complete").and_then(Value::as_bool);
    anyhow::ensure!(
        complete == Some(true),
        "the service's answer is cut; nothing was written, ask again"
    );
    let mut out = Out::new();
    match &args.to {
        None => out.json_pretty(&document)?,
        Some(file) => {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let named = || format!("{} cannot be made", file.display());
            let mut written = options.open(file).with_context(named)?;
            written.write_all(serde_json::to_string_pretty(&document)?.as_bytes())?;
            written.write_all(b"\n")?;
            written.sync_all()?;
            let messages = document.get("messages").and_then(Value::as_array);
            out.line(format!(
                "{}: everything, {} messages among it",
                file.display(),
                messages.map_or(0, Vec::len)
            ))?;
        }
    }
    out.flush()?;
    Ok(())
}
