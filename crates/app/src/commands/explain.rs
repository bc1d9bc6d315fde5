//! `gymtext explain`: what became of a message of a running service, and why, as a person would tell it.

mod telling;

use crate::client::{Api, Service, encoded};
use crate::output::{Colour, Out};
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext explain msg_01kat50b5x2e8r5w3n6q1c9d0f
  gymtext explain msg_01kat50b5x2e8r5w3n6q1c9d0f --json

`gymtext tail` and GET /api/v1/messages show the ids. Numbers are masked; times are UTC.";

/// Arguments of `gymtext explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The message, `msg_…`
    message: String,
    /// Everything the service knows of it, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    let path = format!("/api/v1/messages/{}", encoded(&args.message));
    let message = runtime::for_command()?.block_on(api.get(&path))?;
    let mut out = Out::new();
    if args.json {
        out.json_pretty(&message)?;
    } else {
        for line in telling::tell(&message) {
            match line {
                telling::Line::Heading(text) => {
                    let text = out.coloured(Colour::Bold, &text);
                    out.line(text)?;
                }
                telling::Line::Under(text) => out.line(format!("  {text}"))?,
                telling::Line::Further(text) => {
                    let text = out.coloured(Colour::Dim, &text);
                    out.line(format!("      {text}"))?;
                }
            }
        }
    }
    out.flush()?;
    Ok(())
}
