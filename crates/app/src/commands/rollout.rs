//! `gymtext rollout`: whom WhatsApp is on for in a running service; a dry run first.

use serde_json::{Value, json};

use crate::client::{Api, Service};
use crate::output::Out;
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext rollout
  gymtext rollout --percent 25
  gymtext rollout --percent 25 --yes
  gymtext rollout --cohorts team,early --yes
  gymtext rollout --as-settings --yes

Without --yes nothing changes: it shows how it stands and what would change. With it, all nodes go by it at once. The
same percentage always means the same members, and a higher one only adds some. GYMTEXT_WHATSAPP_ROLLOUT and
GYMTEXT_WHATSAPP_COHORTS hold until somebody changes it here, and again after --as-settings.";

/// Arguments of `gymtext rollout`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The percentage of members
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    percent: Option<u8>,
    /// The groups that have it whatever the percentage, separated by commas; empty for none
    #[arg(long)]
    cohorts: Option<String>,
    /// Back to what the settings say
    #[arg(long, conflicts_with_all = ["percent", "cohorts"])]
    as_settings: bool,
    /// Do it
    #[arg(long)]
    yes: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

impl Args {
    fn is_change(&self) -> bool {
        self.as_settings || self.percent.is_some() || self.cohorts.is_some()
    }

    /// The change, as the API takes it.
    fn body(&self) -> Value {
        if self.as_settings {
            return json!({"as_settings": true});
        }
        let cohorts = self.cohorts.as_deref().map(|text| {
            let all = text.split(',').map(str::trim);
            all.filter(|one| !one.is_empty()).collect::<Vec<_>>()
        });
        json!({"percent": self.percent, "cohorts": cohorts})
    }

    /// The question, as the API takes it.
    fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(percent) = self.percent {
            query.append_pair("percent", &percent.to_string());
        }
        if let Some(cohorts) = &self.cohorts {
            query.append_pair("cohorts", cohorts);
        }
        query.finish()
    }
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    let does = args.yes && args.is_change();
    let answer = runtime::for_command()?.block_on(async {
        if does {
            api.put("/api/v1/rollout", &args.body()).await
        } else {
            api.get(&format!("/api/v1/rollout?{}", args.query())).await
        }
    })?;
    let mut out = Out::new();
    if args.json {
        out.json_pretty(&answer)?;
    } else {
        out.line(stands(&answer))?;
        if !does {
            for line in would(&answer, args) {
                out.line(line)?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// How it stands, in a sentence.
fn stands(answer: &Value) -> String {
    let whom = whom(answer.get("now"));
    let word = |name: &str| answer.get(name).and_then(Value::as_str);
    match (word("changed_by"), word("changed_at")) {
        (Some(by), Some(at)) => format!("WhatsApp is on for {whom}, by {by} since {at}."),
        _ => format!("WhatsApp is on for {whom}, as the settings say."),
    }
}

fn whom(of: Option<&Value>) -> String {
    let percent = of.and_then(|of| of.get("percent")?.as_u64()).unwrap_or(0);
    let cohorts = of.and_then(|of| of.get("cohorts")?.as_array());
    let cohorts: Vec<&str> = cohorts
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if cohorts.is_empty() {
        format!("{percent} % of members")
    } else {
        format!("{percent} % of members and for {}", cohorts.join(", "))
    }
}

/// What would happen, in sentences.
fn would(answer: &Value, args: &Args) -> Vec<String> {
    if args.as_settings {
        let settings = whom(answer.get("settings"));
        return vec![
            format!("The settings say {settings}."),
            "Nothing was changed; --yes does it.".into(),
        ];
    }
    let Some(preview) = answer.get("preview").filter(|preview| !preview.is_null()) else {
        return vec!["--percent and --cohorts ask what would change.".into()];
    };
    let count = |name: &str| preview.get(name).and_then(Value::as_u64).unwrap_or(0);
    let members = if preview.get("more") == Some(&json!(true)) {
        format!("the first {} members", count("members"))
    } else {
        format!("{} members", count("members"))
    };
    vec![
        format!(
            "Of {members} who agreed to WhatsApp it would be on for {}; now it is for {}.",
            count("on_then"),
            count("on_now")
        ),
        format!(
            "It would be switched on for {}, {} of whom get SMS now, and off for {}.",
            count("starts"),
            count("leave_sms"),
            count("stops")
        ),
        "Nothing was changed; --yes does it.".into(),
    ]
}
