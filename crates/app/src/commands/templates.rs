//! `gymtext templates`: judge the words of templates here, and have a running service submit them,
//! ask how they stand, and list them.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use policy::templates::Template;
use policy::templates::lint::{Finding, Severity, is_fit, lint};
use serde_json::{Value, json};

use crate::client::{Api, Service};
use crate::failure::AnswerIsNo;
use crate::output::{Colour, Out};
use crate::settings::Loaded;
use crate::{runtime, templates};

const EXAMPLES: &str = "\
Examples:
  gymtext templates lint my-templates/
  gymtext templates submit
  gymtext templates list
  gymtext templates sync --json

`lint` needs no service. The others ask a running one, which holds the provider's account.";

/// Arguments of `gymtext templates`.
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
    /// Judge the words by WhatsApp's rules and ours; exit code 1 when something must be mended
    #[command(
        after_help = "Examples:\n  gymtext templates lint\n  gymtext templates lint my-templates/welcome.toml --json\n\n\
            Without a path: what the service would use, shipped files and GYMTEXT_TEMPLATES."
    )]
    Lint {
        /// A file, or a folder of files whose names end in .toml
        path: Option<PathBuf>,
    },
    /// Templates with their states at the provider, and what depends on them
    #[command(after_help = "Example:\n  gymtext templates list --json")]
    List,
    /// Create what is missing at the provider and ask for approval; running it twice creates nothing twice
    #[command(
        after_help = "Examples:\n  gymtext templates submit\n  gymtext templates submit welcome daily_workout"
    )]
    Submit {
        /// Only these [default: all]
        names: Vec<String>,
    },
    /// Ask the provider now how its templates stand
    #[command(after_help = "Example:\n  gymtext templates sync")]
    Sync,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    if let What::Lint { path } = &args.what {
        let folder = loaded.settings().whatsapp.template_folder.clone();
        return lint_files(path.as_deref(), folder.as_deref(), args.json);
    }
    let api = Api::of(&args.service, loaded)?;
    let runtime = runtime::for_command()?;
    match &args.what {
        What::Lint { .. } => Ok(()),
        What::List => {
            let all = runtime.block_on(api.get("/api/v1/templates"))?;
            show_list(&all, args.json)
        }
        What::Submit { names } => {
            let body = json!({ "names": names });
            let done = runtime.block_on(api.send("/api/v1/templates/submit", &body))?;
            show_submitted(&done, args.json)
        }
        What::Sync => {
            let done = runtime.block_on(api.send("/api/v1/templates/sync", &json!({})))?;
            show_synced(&done, args.json)
        }
    }
}

/// Judges files. Those of a path are judged beside the shipped ones, which they may replace or name
/// as their backup; what is found of the shipped ones is not told then.
fn lint_files(path: Option<&Path>, folder: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let all = templates::with_folder(path.or(folder))?;
    let asked = path.map_or_else(|| Ok(all.clone()), templates::in_folder)?;
    let findings: Vec<Finding> = lint(&all)
        .into_iter()
        .filter(|finding| asked.iter().any(|one| one.name == finding.template))
        .collect();
    let mut out = Out::new();
    if json {
        for finding in &findings {
            out.json(&json!({
                "template": finding.template,
                "language": finding.language,
                "severity": finding.rule.severity().as_str(),
                "rule": finding.rule.id(),
                "what": finding.what,
                "mend": finding.rule.mend(),
                "source": finding.rule.source(),
            }))?;
        }
    } else {
        say_findings(&mut out, &findings, &asked)?;
    }
    out.flush()?;
    if is_fit(&findings) {
        Ok(())
    } else {
        Err(AnswerIsNo.into())
    }
}

fn say_findings(out: &mut Out, findings: &[Finding], asked: &[Template]) -> anyhow::Result<()> {
    let rows: Vec<Vec<String>> = findings
        .iter()
        .map(|finding| {
            let severity = finding.rule.severity();
            let colour = match severity {
                Severity::Error => Colour::Red,
                Severity::Warning => Colour::Yellow,
            };
            vec![
                finding.template.to_string(),
                finding.language.as_deref().unwrap_or("all").to_owned(),
                out.coloured(colour, severity.as_str()),
                finding.rule.id().to_owned(),
                format!("{}. {}.", finding.what, finding.rule.mend()),
                finding.rule.source().to_owned(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.table(
            &[
                "template",
                "language",
                "",
                "rule",
                "what, and the mend",
                "source",
            ],
            rows,
        )?;
    }
    let texts: usize = asked.iter().map(|template| template.wordings.len()).sum();
    let errors = findings
        .iter()
        .filter(|finding| finding.rule.severity() == Severity::Error)
        .count();
    out.line(format!(
        "{} templates, {texts} texts: {errors} errors, {} warnings",
        asked.len(),
        findings.len() - errors
    ))?;
    Ok(())
}

fn items(value: &Value) -> &[Value] {
    value
        .get("items")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice)
}

fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or("–")
        .to_owned()
}

/// A state in its colour.
fn state(out: &Out, item: &Value) -> String {
    let status = text(item, "status");
    let sendable = item.get("may_be_sent").and_then(Value::as_bool) == Some(true);
    let colour = match (&*status, sendable) {
        (_, true) => Colour::Green,
        ("draft" | "received" | "pending", _) => Colour::Yellow,
        _ => Colour::Red,
    };
    out.coloured(colour, &status)
}

fn show_list(all: &Value, json: bool) -> anyhow::Result<()> {
    let mut out = Out::new();
    if json {
        for item in items(all) {
            out.json(item)?;
        }
        out.flush()?;
        return Ok(());
    }
    let mut notes = Vec::new();
    let mut rows = Vec::new();
    for item in items(all) {
        let (name, language) = (text(item, "name"), text(item, "language"));
        let category = text(item, "category");
        rows.push(vec![
            name.clone(),
            language.clone(),
            state(&out, item),
            category.clone(),
            text(item, "version"),
            text(item, "provider_template_id"),
            text(item, "from"),
        ]);
        if item.get("category_changed").and_then(Value::as_bool) == Some(true) {
            let asked = text(item, "category_asked");
            let alarm = out.coloured(Colour::Red, "category changed");
            notes.push(format!(
                "{alarm}: {name} ({language}) was asked for as {asked} and is {category} now: its price, its reach and the consent it needs changed"
            ));
        }
        if let Some(dependents) = item.get("dependents").and_then(Value::as_array)
            && !dependents.is_empty()
        {
            let shown: Vec<_> = dependents.iter().filter_map(Value::as_str).collect();
            notes.push(format!(
                "{name} ({language}) is {} and {}",
                text(item, "status"),
                shown.join("; ")
            ));
        }
    }
    if rows.is_empty() {
        out.line("There are no templates.")?;
    } else {
        out.table(
            &[
                "template", "language", "state", "category", "version", "id", "from",
            ],
            rows,
        )?;
    }
    for note in notes {
        out.line(note)?;
    }
    out.flush()?;
    Ok(())
}

fn show_submitted(done: &Value, json: bool) -> anyhow::Result<()> {
    let mut out = Out::new();
    let mut failed = false;
    let mut rows = Vec::new();
    for item in items(done) {
        let outcome = text(item, "outcome");
        failed |= outcome == "failed";
        if json {
            out.json(item)?;
            continue;
        }
        rows.push(vec![
            text(item, "name"),
            text(item, "language"),
            outcome,
            text(item, "status"),
            text(item, "provider_template_id"),
            text(item, "why"),
        ]);
    }
    if !json {
        out.table(
            &["template", "language", "done", "state", "id", "why"],
            rows,
        )?;
    }
    out.flush()?;
    if failed {
        Err(AnswerIsNo.into())
    } else {
        Ok(())
    }
}

fn show_synced(done: &Value, json: bool) -> anyhow::Result<()> {
    let mut out = Out::new();
    let changes = items(done);
    if json {
        for change in changes {
            out.json(change)?;
        }
    } else {
        for change in changes {
            out.line(format!(
                "{} ({}): {} {} → {}",
                text(change, "name"),
                text(change, "language"),
                text(change, "what"),
                text(change, "before"),
                text(change, "now"),
            ))?;
        }
        let asked = done.get("asked").and_then(Value::as_u64).unwrap_or(0);
        out.line(format!(
            "{asked} templates asked about, {} changes",
            changes.len()
        ))?;
    }
    out.flush()?;
    Ok(())
}
