//! `gymtext programs`: what members do, day by day: judge files here, and read and write those of a running
//! service.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use policy::programme::finding::{Finding, Severity};
use policy::programme::read::{BYTES_MAX, LANGUAGES_MAX, read};
use policy::programme::shipped;
use serde_json::{Value, json};

use crate::client::{Api, Service, encoded};
use crate::failure::{AnswerIsNo, bad_input};
use crate::output::{Colour, Out};
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext programs list
  gymtext programs export mobility my-programmes/
  gymtext programs lint my-programmes/mobility
  gymtext programs import my-programmes/mobility
  gymtext programs import my-programmes/mobility --publish

A programme is a folder called by its name, with a Markdown file for each language: mobility/en.md.
How one is written stands in docs/PROGRAMMES.md. `lint` needs no service.";

/// Arguments of `gymtext programs`.
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
    /// Programmes members may follow, and drafts
    #[command(after_help = "Example:\n  gymtext programs list --json")]
    List,
    /// Judge a programme's words; exit code 1 when something must be mended
    #[command(
        after_help = "Examples:\n  gymtext programs lint my-programmes/mobility\n  gymtext programs lint\n\n\
            Without a folder: the programmes every service comes with."
    )]
    Lint {
        /// A folder with en.md, es.md, …
        folder: Option<PathBuf>,
    },
    /// Write a programme's files into a folder of its name
    #[command(after_help = "Example:\n  gymtext programs export mobility my-programmes/")]
    Export {
        /// What it is called by
        slug: String,
        /// Where its folder is made
        #[arg(default_value = ".")]
        into: PathBuf,
        /// Write over files that are there
        #[arg(long)]
        force: bool,
    },
    /// Send a programme to the service, as a draft unless --publish
    #[command(
        after_help = "Examples:\n  gymtext programs import my-programmes/mobility\n  gymtext programs import my-programmes/mobility --publish"
    )]
    Import {
        /// A folder with en.md, es.md, …, called by the programme's name
        folder: PathBuf,
        /// Members follow it from their next message on
        #[arg(long)]
        publish: bool,
        /// The version it was made from: refused when there is a newer one [default: not asked]
        #[arg(long, value_name = "VERSION")]
        base: Option<u32>,
    },
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    if let What::Lint { folder } = &args.what {
        return lint(folder.as_deref(), args.json);
    }
    // Files are read before the service is asked: what is wrong with them is said first.
    let sent = match &args.what {
        What::Import { folder, .. } => Some(in_folder(folder)?),
        What::List | What::Lint { .. } | What::Export { .. } => None,
    };
    let api = Api::of(&args.service, loaded)?;
    let runtime = runtime::for_command()?;
    match (&args.what, sent) {
        (What::List, _) => {
            let all = runtime.block_on(api.get("/api/v1/programmes"))?;
            show_list(&all, args.json)
        }
        (What::Export { slug, into, force }, _) => {
            let path = format!("/api/v1/programmes/{}", encoded(slug));
            let found = runtime.block_on(api.get(&path))?;
            export(slug, &found, into, *force, args.json)
        }
        (What::Import { publish, base, .. }, Some((slug, files))) => {
            let path = format!("/api/v1/programmes/{}", encoded(&slug));
            let body = json!({ "files": files, "base": base, "publish": publish });
            let saved = runtime.block_on(api.put(&path, &body))?;
            show_saved(&saved, args.json)
        }
        (What::Lint { .. } | What::Import { .. }, _) => Ok(()),
    }
}

/// The programme of a folder: its name, and its texts by language.
fn in_folder(folder: &Path) -> anyhow::Result<(String, BTreeMap<String, String>)> {
    let cannot = |error: &std::io::Error| bad_input(format!("{}: {error}", folder.display()));
    let whole = folder.canonicalize().map_err(|error| cannot(&error))?;
    let slug = whole
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
        .to_owned();
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&whole).map_err(|error| cannot(&error))? {
        let path = entry.map_err(|error| cannot(&error))?.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let Some(language) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        let is_small = fs::metadata(&path).is_ok_and(|about| about.len() <= BYTES_MAX as u64);
        if !is_small || files.len() == LANGUAGES_MAX {
            return Err(bad_input(format!(
                "{}: a programme has at most {LANGUAGES_MAX} languages of {} KB",
                path.display(),
                BYTES_MAX >> 10
            )));
        }
        let text = fs::read_to_string(&path)
            .map_err(|error| bad_input(format!("{}: {error}", path.display())))?;
        files.insert(language.to_owned(), text);
    }
    if files.is_empty() {
        return Err(bad_input(format!(
            "{}: there is no file such as en.md in it; `gymtext programs export mobility` writes some to start from",
            folder.display()
        )));
    }
    Ok((slug, files))
}

fn lint(folder: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let programmes = match folder {
        Some(folder) => vec![in_folder(folder)?],
        None => shipped::FILES
            .iter()
            .map(|files| (files.slug.to_owned(), files.by_language()))
            .collect(),
    };
    let mut out = Out::new();
    let mut is_fit = true;
    for (slug, files) in &programmes {
        let reading = read(slug, files);
        is_fit &= reading.programme.is_some();
        for finding in &reading.findings {
            if json {
                out.json(&json!({
                    "programme": slug,
                    "language": finding.language,
                    "line": finding.line,
                    "severity": severity(finding),
                    "rule": finding.rule.code(),
                    "what": finding.to_string(),
                }))?;
            } else {
                let colour = match finding.rule.severity() {
                    Severity::Error => Colour::Red,
                    Severity::Warning => Colour::Yellow,
                };
                let word = out.coloured(colour, severity(finding));
                out.line(format!(
                    "{slug}/{finding}. [{word}, {}]",
                    finding.rule.code()
                ))?;
            }
        }
        if let (Some(programme), false, true) =
            (&reading.programme, json, reading.findings.is_empty())
        {
            let weeks = programme
                .courses
                .values()
                .next()
                .map_or(0, |course| course.weeks.len());
            let languages: Vec<_> = programme.courses.keys().map(String::as_str).collect();
            out.line(format!(
                "{slug}: well; {weeks} weeks in {}",
                languages.join(", ")
            ))?;
        }
    }
    out.flush()?;
    if is_fit {
        Ok(())
    } else {
        Err(AnswerIsNo.into())
    }
}

const fn severity(finding: &Finding) -> &'static str {
    match finding.rule.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn show_list(all: &Value, json: bool) -> anyhow::Result<()> {
    let mut out = Out::new();
    let items = all
        .get("items")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if json {
        for item in items {
            out.json(item)?;
        }
        return Ok(out.flush()?);
    }
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| {
            let number = |name: &str| item.get(name).and_then(Value::as_u64);
            let names = item.get("names").and_then(Value::as_object);
            let name = names.and_then(|names| names.get("en").or_else(|| names.values().next()));
            let is_default = item.get("is_default").and_then(Value::as_bool) == Some(true);
            let version = match number("version") {
                None | Some(0) => "as it comes".to_owned(),
                Some(version) => version.to_string(),
            };
            vec![
                item.get("slug")
                    .and_then(Value::as_str)
                    .unwrap_or("")
                    .to_owned(),
                name.and_then(Value::as_str).unwrap_or("").to_owned(),
                number("weeks").unwrap_or(0).to_string(),
                number("sessions").unwrap_or(0).to_string(),
                names.map_or(String::new(), |names| {
                    names
                        .keys()
                        .map(String::as_str)
                        .collect::<Vec<_>>()
                        .join(", ")
                }),
                version,
                number("draft").map_or(String::new(), |draft| format!("{draft}")),
                if is_default {
                    "default".to_owned()
                } else {
                    String::new()
                },
            ]
        })
        .collect();
    let head = [
        "programme",
        "name",
        "weeks",
        "sessions",
        "languages",
        "version",
        "draft",
        "",
    ];
    out.table(&head, rows)?;
    Ok(out.flush()?)
}

fn export(slug: &str, found: &Value, into: &Path, force: bool, json: bool) -> anyhow::Result<()> {
    let folder = into.join(slug);
    let files = found.get("files").and_then(Value::as_object);
    let files: Vec<(PathBuf, &str)> = files
        .into_iter()
        .flatten()
        .filter_map(|(language, text)| {
            Some((folder.join(format!("{language}.md")), text.as_str()?))
        })
        .collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| !force && path.exists()) {
        return Err(bad_input(format!(
            "{} is there already; --force writes over it",
            path.display()
        )));
    }
    let cannot =
        |path: &Path, error: &std::io::Error| bad_input(format!("{}: {error}", path.display()));
    fs::create_dir_all(&folder).map_err(|error| cannot(&folder, &error))?;
    let mut out = Out::new();
    for (path, text) in &files {
        fs::write(path, text).map_err(|error| cannot(path, &error))?;
        if json {
            out.json(
                &json!({ "file": path.display().to_string(), "version": found.get("version") }),
            )?;
        } else {
            out.line(path.display().to_string())?;
        }
    }
    Ok(out.flush()?)
}

fn show_saved(saved: &Value, json: bool) -> anyhow::Result<()> {
    let mut out = Out::new();
    if json {
        out.json(saved)?;
        return Ok(out.flush()?);
    }
    let text = |name: &str| saved.get(name).and_then(Value::as_str).unwrap_or("");
    let version = saved.get("version").and_then(Value::as_u64).unwrap_or(0);
    let is_published = saved.get("is_published").and_then(Value::as_bool) == Some(true);
    let findings = saved.get("findings").and_then(Value::as_array);
    for finding in findings.into_iter().flatten() {
        let message = finding.get("message").and_then(Value::as_str).unwrap_or("");
        out.line(format!("{message}."))?;
    }
    out.line(if is_published {
        format!(
            "{} {version} is published: members follow it from their next message on.",
            text("slug")
        )
    } else {
        format!(
            "{} {version} is saved as a draft; --publish makes members follow it.",
            text("slug")
        )
    })?;
    Ok(out.flush()?)
}
