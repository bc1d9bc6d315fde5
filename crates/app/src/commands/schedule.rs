//! `gymtext schedule`: what recurs, for one member or all: see what would be made, make what is due, or today's at once.

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::send::member_id;
use crate::client::{Api, Service};
use crate::output::Out;
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext schedule show +14155550123
  gymtext schedule run daily --dry-run
  gymtext schedule run daily --member +14155550123 --force
  gymtext schedule run weekly

The service makes what is due by itself, each minute; `run` does the same at once. Nobody gets an occurrence twice,
however often it is run.";

/// Arguments of `gymtext schedule`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    what: What,
    /// As JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

#[derive(Debug, Subcommand)]
enum What {
    /// When a member gets what in the next days, and why they got nothing
    #[command(after_help = "Example:\n  gymtext schedule show +14155550123")]
    Show {
        /// A member's id or phone number
        #[arg(allow_hyphen_values = true)]
        who: String,
    },
    /// Make what is due, or today's
    #[command(
        after_help = "Examples:\n  gymtext schedule run daily --dry-run\n  gymtext schedule run daily --member +14155550123 --force"
    )]
    Run {
        /// Of what
        schedule: Schedule,
        /// For one member, by id or phone number [default: everybody]
        #[arg(long, allow_hyphen_values = true)]
        member: Option<String>,
        /// Today's, though its hour has not come or is over
        #[arg(long)]
        force: bool,
        /// Only say what would be made
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Schedule {
    /// The workout of the day, at the hour each member chose
    Daily,
    /// The question on Sunday
    Weekly,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    let (answer, lines) = runtime::for_command()?.block_on(async {
        match &args.what {
            What::Show { who } => {
                let id = member_id(&api, who).await?;
                let told = api.get(&format!("/api/v1/members/{id}/training")).await?;
                let lines = days(&told);
                anyhow::Ok((told, lines))
            }
            What::Run {
                schedule,
                member,
                force,
                dry_run,
            } => {
                let schedule = match schedule {
                    Schedule::Daily => "daily",
                    Schedule::Weekly => "weekly",
                };
                let id = match member {
                    Some(who) => Some(member_id(&api, who).await?),
                    None => None,
                };
                let mut body = json!({"schedule": schedule, "forced": force, "dry_run": dry_run});
                if let (Some(id), Some(body)) = (id, body.as_object_mut()) {
                    body.insert("member_id".into(), json!(id));
                }
                let done = api.send("/api/v1/schedules/run", &body).await?;
                let lines = what_was_made(&done);
                Ok((done, lines))
            }
        }
    })?;
    let mut out = Out::new();
    if args.json {
        out.json_pretty(&answer)?;
    } else {
        for line in lines {
            out.line(line)?;
        }
    }
    out.flush()?;
    Ok(())
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

/// `2026-11-28T10:00:00.000000Z` as people read it.
fn minute(at: &str) -> String {
    let to_the_minute = at.get(..16).unwrap_or(at);
    format!("{} UTC", to_the_minute.replace('T', " "))
}

/// A member's days, and why there was nothing.
fn days(told: &Value) -> Vec<String> {
    let items = |name: &str| {
        told.get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let mut lines = vec![format!(
        "{} ({})",
        word(told, "name"),
        word(told, "programme")
    )];
    for day in items("days") {
        let what = match word(day, "what") {
            "workout" => word(day, "title").to_owned(),
            why => in_words(why).to_owned(),
        };
        let at = minute(word(day, "due_at"));
        lines.push(format!("  {}  {at:<20}  {what}", word(day, "date")));
    }
    let next = word(told, "next_checkin_at");
    if !next.is_empty() {
        lines.push(format!("Next check-in: {}", minute(next)));
    }
    let mut without = items("without_message").peekable();
    if without.peek().is_some() {
        lines.push("Without a message:".into());
    }
    for end in without {
        let why = in_words(word(end, "why"));
        lines.push(format!("  {}  {why}", word(end, "occasion")));
    }
    lines
}

/// What a run did, in sentences.
fn what_was_made(done: &Value) -> Vec<String> {
    let count = |name: &str| done.get(name).and_then(Value::as_u64).unwrap_or(0);
    let is_dry = done.get("dry_run") == Some(&json!(true));
    let messages = match count("enqueued") {
        1 => "1 message".to_owned(),
        many => format!("{many} messages"),
    };
    let mut lines = vec![if is_dry {
        format!("{messages} would be made. Nothing was changed.")
    } else {
        format!("{messages} made.")
    }];
    let why = done.get("why").and_then(Value::as_object);
    for (why, many) in why.into_iter().flatten() {
        let many = many.as_u64().unwrap_or(0);
        lines.push(format!("  {many:>8}  without: {}", in_words(why)));
    }
    let failed = count("failed");
    if failed > 0 {
        lines.push(format!(
            "  {failed:>8}  could not be made; the log of the service says why"
        ));
    }
    let next = word(done, "next_due_at");
    if !next.is_empty() {
        lines.push(format!("The next one is due at {}.", minute(next)));
    }
    lines
}

/// Why there is no message.
fn in_words(why: &str) -> &str {
    match why {
        "rest_day" => "a day of rest",
        "paused" => "on holiday",
        "programme_finished" => "the programme is finished",
        "not_begun" => "the programme has not begun",
        "missed" => "missed: nothing could be made in its time",
        "no_subscription" => "no plan serves them",
        "too_soon" => "the last one is less than 12 hours ago",
        "before_takeover" => "due before this service took over: the one before may have sent it",
        "already" => "made before",
        "not_due" => "not due now (--force makes today's)",
        other => other,
    }
}
