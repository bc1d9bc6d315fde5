//! `gymtext tail`: what happens in a running service, as it happens. Events name members and
//! messages by their ids; numbers and texts are not in them.

use futures_util::StreamExt as _;
use serde_json::Value;

use crate::client::{Api, Service};
use crate::output::{Colour, Out};
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext tail
  gymtext tail --after 0 --json | jq -r .type
  gymtext tail --member mem_01kat4zk0q7h3sx0d7n2v9m4pc";

/// Arguments of `gymtext tail`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Begin after this event; 0 is from the beginning [default: from now on]
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u32))]
    after: Option<u32>,
    /// Only what concerns this member
    #[arg(long, value_name = "ID")]
    member: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    runtime::for_command()?.block_on(async {
        tokio::select! {
            result = follow(args, &api) => result,
            // Ctrl-C is how one stops looking.
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}

async fn follow(args: &Args, api: &Api) -> anyhow::Result<()> {
    let mut out = Out::new();
    let after = args.after.map(|after| after.to_string());
    let mut events = std::pin::pin!(api.events(after.as_deref()).await?);
    if out.is_terminal() {
        crate::output::note("Following; Ctrl-C ends it.");
    }
    while let Some(event) = events.next().await {
        let event = event?;
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        if args
            .member
            .as_deref()
            .is_some_and(|member| text("member_id") != Some(member))
        {
            continue;
        }
        if args.json {
            out.json(&event)?;
        } else {
            let at = text("at")
                .and_then(|at| at.get(..19))
                .unwrap_or_default()
                .replace('T', " ");
            let detail = text("detail").unwrap_or_default();
            let colour = match detail {
                "delivered" | "read" | "opted_in" => Colour::Green,
                "failed" | "undelivered" | "suppressed" | "opted_out" | "expired" => Colour::Red,
                "held" | "unconfirmed" => Colour::Yellow,
                _ => Colour::Bold,
            };
            let detail = out.coloured(colour, detail);
            let whom = text("message_id")
                .or_else(|| text("member_id"))
                .unwrap_or_default();
            let at = out.coloured(Colour::Dim, &at);
            out.line(format!(
                "{at}  {:<22} {detail:<14} {whom}",
                text("type").unwrap_or_default()
            ))?;
        }
        out.flush()?;
    }
    crate::output::note("The service ended the stream.");
    Ok(())
}
