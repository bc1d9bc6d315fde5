//! `gymtext config`: the settings in force and where each came from, secrets hidden.

use serde::Serialize;

use crate::failure::AnswerIsNo;
use crate::output::{Colour, Out};
use crate::settings::{Loaded, Origin, document};

const EXAMPLES: &str = "\
Examples:
  gymtext config
  gymtext config --changed
  gymtext config --json
  gymtext config --example > gymtext.toml

Ends with 1 when the service would refuse to start with these settings; it then says why.";

/// Arguments of `gymtext config`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only what is not the default
    #[arg(long)]
    changed: bool,
    /// As JSON: {file, settings: [{name, value, from}], problems, warnings}
    #[arg(long)]
    json: bool,
    /// Print a settings file with everything in it, to start from
    #[arg(long, conflicts_with_all = ["changed", "json"])]
    example: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'static str,
    value: Option<&'a str>,
    from: &'static str,
}

#[derive(Serialize)]
struct Answer<'a> {
    file: Option<String>,
    settings: Vec<Line<'a>>,
    problems: Vec<String>,
    warnings: Vec<String>,
}

pub(crate) fn run(args: &Args, loaded: &Loaded) -> anyhow::Result<()> {
    let mut out = Out::new();
    if args.example {
        out.line(document::example().trim_end())?;
        out.flush()?;
        return Ok(());
    }
    let (problems, warnings) = loaded.judged();
    let settings: Vec<_> = loaded
        .shown()
        .iter()
        .filter(|setting| !args.changed || setting.origin != Origin::Default)
        .map(|setting| Line {
            name: setting.declared.name,
            value: setting.value.as_deref(),
            from: setting.origin.as_str(),
        })
        .collect();
    if args.json {
        out.json_pretty(&Answer {
            file: loaded.file().map(|path| path.display().to_string()),
            settings,
            problems: problems.iter().map(ToString::to_string).collect(),
            warnings: warnings.iter().map(ToString::to_string).collect(),
        })?;
    } else {
        match loaded.file() {
            Some(path) => out.line(format!("file: {}", path.display()))?,
            None => {
                out.line("file: none was read (`--config` names one, else gymtext.toml here)")?;
            }
        }
        let rows = settings.iter().map(|line| {
            let value = line.value.unwrap_or("–").to_owned();
            vec![line.name.to_owned(), value, line.from.to_owned()]
        });
        out.table(&["setting", "value", "from"], rows)?;
        for warning in &warnings {
            let mark = out.coloured(Colour::Yellow, "note:");
            out.line(format!("{mark} {warning}"))?;
        }
        for problem in &problems {
            let mark = out.coloured(Colour::Red, "wrong:");
            out.line(format!("{mark} {problem}"))?;
        }
    }
    out.flush()?;
    if problems.is_empty() {
        Ok(())
    } else {
        Err(AnswerIsNo.into())
    }
}
