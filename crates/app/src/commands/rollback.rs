//! `gymtext rollback`: everything by SMS instead of WhatsApp in a running service, and back; a dry run first.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::client::{Api, Service};
use crate::output::Out;
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext rollback --to sms
  gymtext rollback --to sms --yes --reason \"WhatsApp delivers late today\"
  gymtext rollback --undo --yes

Without --yes nothing changes: it shows what would. With it, what waits for WhatsApp goes by SMS where the
member has agreed to that, and is held otherwise; what has gone by SMS has gone. Nobody's preference or consent
changes, so --undo puts all back as it was.";

/// Arguments of `gymtext rollback`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where to
    #[arg(long, value_enum, required_unless_present = "undo")]
    to: Option<To>,
    /// The same as --to whatsapp
    #[arg(long, conflicts_with = "to")]
    undo: bool,
    /// Do it
    #[arg(long)]
    yes: bool,
    /// Why, for whoever asks why nothing goes by WhatsApp
    #[arg(long, default_value = "")]
    reason: String,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    Sms,
    Whatsapp,
}

impl To {
    const fn word(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
        }
    }

    const fn shown(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Whatsapp => "WhatsApp",
        }
    }
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    let to = args.to.unwrap_or(To::Whatsapp);
    let answer = runtime::for_command()?.block_on(async {
        if args.yes {
            let body = json!({"to": to.word(), "reason": args.reason});
            api.send("/api/v1/rollback", &body).await
        } else {
            api.get(&format!("/api/v1/rollback?to={}", to.word())).await
        }
    })?;
    let mut out = Out::new();
    if args.json {
        out.json_pretty(&answer)?;
    } else if args.yes {
        out.line(match to {
            To::Sms => {
                "Done: everything goes by SMS. `gymtext rollback --undo --yes` puts it back."
            }
            To::Whatsapp => "Done: everything goes by WhatsApp again where it did before.",
        })?;
    } else {
        for line in would(&answer, to) {
            out.line(line)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// What would happen, in sentences.
fn would(answer: &Value, to: To) -> Vec<String> {
    let Some(preview) = answer.get("preview").filter(|preview| !preview.is_null()) else {
        return vec![match to {
            To::Sms => {
                "Everything goes by SMS already. `gymtext rollback --undo` is the way back.".into()
            }
            To::Whatsapp => "There is nothing to undo: nothing is rolled back.".into(),
        }];
    };
    let count = |name: &str| preview.get(name).and_then(Value::as_u64).unwrap_or(0);
    let mut lines = vec![format!(
        "{} messages wait{}; {} of them would go by {} instead:",
        count("waiting"),
        if preview.get("more") == Some(&json!(true)) {
            ", and more that were not looked at"
        } else {
            ""
        },
        count("moves"),
        to.shown()
    )];
    for (kind, number) in preview
        .get("moves_by_kind")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        lines.push(format!("  {number:>8}  {kind}"));
    }
    lines.push(format!(
        "{} would be held until it is undone, and {} would end unsent.",
        count("held"),
        count("suppressed")
    ));
    lines.push(format!(
        "Those that move are estimated to cost {} as it is, and {} then.",
        sum(preview.get("cost_now")),
        sum(preview.get("cost_then"))
    ));
    lines.push("Nothing was changed; --yes does it.".into());
    lines
}

/// Amounts with their currencies, and what is not in them.
fn sum(sum: Option<&Value>) -> String {
    let known = sum.and_then(|sum| sum.get("known")?.as_object());
    let mut parts: Vec<String> = known
        .into_iter()
        .flatten()
        .map(|(currency, amount)| format!("{} {currency}", amount.as_str().unwrap_or_default()))
        .collect();
    let unknown = sum
        .and_then(|sum| sum.get("unknown")?.as_u64())
        .unwrap_or(0);
    if unknown > 0 {
        parts.push(format!("{unknown} without a known price"));
    }
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(" and ")
    }
}
