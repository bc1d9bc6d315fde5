//! `gymtext switches`: stop something in a running service, and let it go on.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::client::{Api, Service, encoded};
use crate::output::Out;
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext switches list
  gymtext switches on channel:whatsapp --reason \"templates are being reviewed\"
  gymtext switches off channel:whatsapp

What a switch holds waits and goes on once it is off. A number of ours that a provider's answer
stopped (`sender:…`) is turned on again the same way, when the cause is gone.";

/// Arguments of `gymtext switches`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    what: What,
    /// As JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The switches that are on
    #[command(after_help = "Example:\n  gymtext switches list --json")]
    List,
    /// Stop `all`, `channel:…`, `kind:…`, `queue:…` or `sender:…`
    #[command(
        after_help = "Example:\n  gymtext switches on kind:broadcast --reason \"wrong text\""
    )]
    On {
        /// What to stop
        scope: String,
        /// Why, for whoever asks why nothing is sent
        #[arg(long)]
        reason: String,
    },
    /// Let it go on
    #[command(after_help = "Example:\n  gymtext switches off kind:broadcast")]
    Off {
        /// What goes on
        scope: String,
    },
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    let now = runtime::for_command()?.block_on(async {
        match &args.what {
            What::List => api.get("/api/v1/switches").await,
            What::On { scope, reason } => {
                api.put(&path(scope), &json!({"on": true, "reason": reason}))
                    .await
            }
            What::Off { scope } => api.put(&path(scope), &json!({"on": false})).await,
        }
    })?;
    show(&now, args.json)
}

fn path(scope: &str) -> String {
    format!("/api/v1/switches/{}", encoded(scope))
}

fn show(now: &Value, json: bool) -> anyhow::Result<()> {
    let mut out = Out::new();
    let items = now
        .get("items")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if json {
        for item in items {
            out.json(item)?;
        }
    } else if items.is_empty() {
        out.line("No switch is on: everything may be sent.")?;
    } else {
        let text = |item: &Value, name: &str| {
            item.get(name)
                .and_then(Value::as_str)
                .unwrap_or("–")
                .to_owned()
        };
        let rows: Vec<Vec<String>> = items
            .iter()
            .map(|item| {
                ["scope", "reason", "actor", "since"]
                    .map(|name| text(item, name))
                    .to_vec()
            })
            .collect();
        out.table(&["stops", "why", "by", "since"], rows)?;
    }
    out.flush()?;
    Ok(())
}
