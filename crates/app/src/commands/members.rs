//! `gymtext members`: who is coached, through a running service.

mod import;
mod roster;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use domain::{PhoneNumber, Topic};
use serde_json::{Map, Value, json};

use super::send::member_id;
use crate::client::{Api, Service, encoded};
use crate::output::{Colour, Out};
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext members import members.csv --dry-run
  gymtext members list
  gymtext members list --json | jq -r '.id'
  gymtext members show +14155550123
  gymtext members change +14155550123 --cohort team --prefer daily_workouts=whatsapp
  gymtext members certificate +14155550123 --page certificate.html";

/// Arguments of `gymtext members`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    what: What,
    /// As JSON, one object a line; numbers are whole there
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make members of everybody in a file
    Import(import::Args),
    /// All of them, newest first
    #[command(after_help = "Example:\n  gymtext members list --limit 20")]
    List {
        /// At most this many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// One, with consents and windows
    #[command(after_help = "Example:\n  gymtext members show +14155550123")]
    Show {
        /// A member's id or phone number
        #[arg(allow_hyphen_values = true)]
        who: String,
    },
    /// Change by which channels one is written to, and in which group of a rollout they are
    #[command(
        after_help = "Examples:\n  gymtext members change +14155550123 --channel sms --prefer daily_workouts=whatsapp\n  gymtext members change +14155550123 --prefer daily_workouts= --cohort team\n\nNothing after the = takes a wish away, and so does an empty --channel or --cohort."
    )]
    Change {
        /// A member's id or phone number
        #[arg(allow_hyphen_values = true)]
        who: String,
        /// The channel that comes first for everything: sms, whatsapp, email or web
        #[arg(long)]
        channel: Option<String>,
        /// For one sort of messages: `daily_workouts`, `weekly_checkins`, `chat_responses` or `system_notifications`
        #[arg(long, value_name = "TOPIC=CHANNEL", value_parser = wish)]
        prefer: Vec<(Topic, String)>,
        /// The group of a rollout they are in
        #[arg(long)]
        cohort: Option<String>,
    },
    /// What one agreed to, when, how, to which words, and where the proof is
    #[command(
        after_help = "Example:\n  gymtext members certificate +14155550123 --page certificate.html"
    )]
    Certificate {
        /// A member's id or phone number
        #[arg(allow_hyphen_values = true)]
        who: String,
        /// As a page to print, into this file; - is standard output
        #[arg(long, value_name = "FILE")]
        page: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    runtime::for_command()?.block_on(async {
        match &args.what {
            What::Import(file) => import::run(&api, file, args.json).await,
            What::List { limit } => list(&api, *limit, args.json).await,
            What::Show { who } => show(&api, who, args.json).await,
            What::Change {
                who,
                channel,
                prefer,
                cohort,
            } => {
                let id = member_id(&api, who).await?;
                let changes = changes(channel.as_deref(), prefer, cohort.as_deref());
                anyhow::ensure!(
                    !changes.is_empty(),
                    "say what changes: --channel, --prefer or --cohort"
                );
                let path = format!("/api/v1/members/{id}");
                api.patch(&path, &Value::Object(changes)).await?;
                show(&api, &id, args.json).await
            }
            What::Certificate { who, page } => {
                certificate(&api, who, page.as_deref(), args.json).await
            }
        }
    })
}

fn wish(text: &str) -> Result<(Topic, String), String> {
    let (topic, channel) = text
        .split_once('=')
        .ok_or("a wish is written such as daily_workouts=whatsapp")?;
    let topic = topic.parse::<Topic>().map_err(|error| error.to_string())?;
    Ok((topic, channel.to_owned()))
}

/// As the API takes them: what is empty is taken away.
fn changes(
    channel: Option<&str>,
    wishes: &[(Topic, String)],
    cohort: Option<&str>,
) -> Map<String, Value> {
    let given = |text: &str| match text {
        "" => Value::Null,
        text => json!(text),
    };
    let mut changes = Map::new();
    if let Some(channel) = channel {
        changes.insert("preferred_channel".into(), given(channel));
    }
    if let Some(cohort) = cohort {
        changes.insert("cohort".into(), given(cohort));
    }
    if !wishes.is_empty() {
        let wishes: Map<String, Value> = wishes
            .iter()
            .map(|(topic, channel)| (topic.to_string(), given(channel)))
            .collect();
        changes.insert("preferences".into(), Value::Object(wishes));
    }
    changes
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("–")
}

fn masked(value: &Value, name: &str) -> String {
    let number = value
        .get(name)
        .and_then(Value::as_str)
        .and_then(|text| text.parse::<PhoneNumber>().ok());
    number.map_or_else(|| "–".into(), |number| number.masked())
}

async fn list(api: &Api, limit: u32, json: bool) -> anyhow::Result<()> {
    let mut out = Out::new();
    let mut rows = Vec::new();
    let mut cursor = String::new();
    let mut left = limit;
    while left > 0 {
        let page = api
            .get(&format!("/api/v1/members?limit={}{cursor}", left.min(100)))
            .await?;
        let items = page
            .get("items")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        left = left.saturating_sub(u32::try_from(items.len()).unwrap_or(u32::MAX));
        for member in &items {
            if json {
                out.json(member)?;
                continue;
            }
            rows.push(vec![
                text(member, "id").to_owned(),
                text(member, "name").to_owned(),
                masked(member, "phone"),
                text(member, "preferred_channel").to_owned(),
                text(member, "time_zone").to_owned(),
                text(member, "locale").to_owned(),
            ]);
        }
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(next) if !items.is_empty() => cursor = format!("&cursor={}", encoded(next)),
            _ => break,
        }
    }
    if !json {
        if rows.is_empty() {
            out.line("There are no members yet. POST /api/v1/members makes one; `gymtext demo` starts with three.")?;
        } else {
            out.table(
                &["id", "name", "phone", "prefers", "time zone", "language"],
                rows,
            )?;
        }
    }
    out.flush()?;
    Ok(())
}

async fn show(api: &Api, who: &str, json: bool) -> anyhow::Result<()> {
    let id = member_id(api, who).await?;
    let member = api.get(&format!("/api/v1/members/{id}")).await?;
    let mut out = Out::new();
    if json {
        out.json_pretty(&member)?;
        out.flush()?;
        return Ok(());
    }
    let hour = member
        .get("preferred_send_hour")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let name = out.coloured(Colour::Bold, text(&member, "name"));
    out.line(format!("{name}  {}", text(&member, "id")))?;
    for (what, value) in [
        ("phone", masked(&member, "phone")),
        ("country", text(&member, "country").to_owned()),
        ("prefers", text(&member, "preferred_channel").to_owned()),
        ("for", wishes_of(&member)),
        ("group", text(&member, "cohort").to_owned()),
        (
            "daily message",
            format!("at {hour}:00, {}", text(&member, "time_zone")),
        ),
        ("language", text(&member, "locale").to_owned()),
        ("programme", text(&member, "programme").to_owned()),
        ("since", text(&member, "created_at").to_owned()),
    ] {
        out.line(format!("  {what:<16} {value}"))?;
    }
    for consent in member
        .get("consents")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let state = text(consent, "state");
        let colour = match state {
            "opted_in" => Colour::Green,
            "opted_out" => Colour::Red,
            _ => Colour::Yellow,
        };
        let state = out.coloured(colour, state);
        let channel = text(consent, "channel");
        out.line(format!(
            "  {:<16} {state}, from {}",
            format!("consent {channel}"),
            text(consent, "source")
        ))?;
    }
    for window in member
        .get("windows")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        out.line(format!(
            "  {:<16} until {}",
            "free text",
            text(window, "ends_at")
        ))?;
        if let Some(entry) = window.get("free_entry").filter(|entry| entry.is_object()) {
            let words = match text(entry, "state") {
                "open" => "free of charge until",
                "awaits_answer" => "free of charge if answered before",
                _ => "was free of charge until",
            };
            out.line(format!(
                "  {:<16} {words} {}",
                "advertisement",
                text(entry, "until")
            ))?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Wishes for sorts of messages on one line.
fn wishes_of(member: &Value) -> String {
    let wishes = member.get("preferences");
    let wishes: Vec<String> = Topic::ALL
        .iter()
        .filter_map(|topic| {
            let channel = wishes?.get(topic.as_str())?.as_str()?;
            Some(format!("{topic} {channel}"))
        })
        .collect();
    if wishes.is_empty() {
        "–".to_owned()
    } else {
        wishes.join(", ")
    }
}

async fn certificate(api: &Api, who: &str, page: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let id = member_id(api, who).await?;
    let path = format!("/api/v1/members/{id}/consent-certificate");
    let mut out = Out::new();
    if let Some(file) = page {
        let page = api.text(&format!("{path}/page")).await?;
        if file == Path::new("-") {
            out.line(page)?;
        } else {
            std::fs::write(file, page)
                .with_context(|| format!("{} cannot be written", file.display()))?;
            out.line(format!("The certificate stands in {}.", file.display()))?;
        }
        out.flush()?;
        return Ok(());
    }
    let certificate = api.get(&path).await?;
    if json {
        out.json_pretty(&certificate)?;
        out.flush()?;
        return Ok(());
    }
    let name = out.coloured(Colour::Bold, text(&certificate, "name"));
    out.line(format!("{name}  {}", text(&certificate, "member_id")))?;
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned();
    for consent in list(&certificate, "consents").unwrap_or_default() {
        out.line("")?;
        out.line(format!(
            "{} {}, {}: {}",
            text(&consent, "channel"),
            masked(&consent, "address"),
            text(&consent, "purpose"),
            text(&consent, "state")
        ))?;
        for event in list(&consent, "events").unwrap_or_default() {
            out.line(format!(
                "  {}  {}, from {}, by {}",
                text(&event, "at_local"),
                text(&event, "what"),
                text(&event, "source"),
                text(&event, "actor")
            ))?;
            for (what, field) in [
                ("words", "wording"),
                ("version", "wording_version"),
                ("evidence", "evidence"),
            ] {
                if let Some(value) = event.get(field).and_then(Value::as_str) {
                    out.line(format!("      {what:<9} {}", value.escape_debug()))?;
                }
            }
        }
    }
    out.flush()?;
    Ok(())
}
