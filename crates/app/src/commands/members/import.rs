//! `gymtext members import`: a file of members into a running service. All of it is judged, here and by the service, before
//! anybody is made.

use std::path::PathBuf;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::roster::{self, Line, Numbers};
use crate::client::Api;
use crate::commands::lists;
use crate::failure::bad_input;
use crate::output::Out;

/// How many lines go in one call: a transaction of the service holds others up for as long as it takes.
const AT_ONCE: usize = 500;

const HELP: &str = "\
Examples:
  gymtext members import members.csv --dry-run
  gymtext members import members.csv --country US
  gymtext members import - --json < members.csv

The first line names the columns; `name` and `phone` are needed, others may be left out:
  name, phone, country, email, time_zone, locale, preferred_send_hour, preferred_channel,
  cohort, programme
  consent_sms, consent_whatsapp, consent_email: opted_in or opted_out; empty is unknown, and
  unknown is no consent
  consent_source, consent_wording: where they agreed, and the words they saw; needed for
  every opted_in
  consent_wording_version, consent_evidence: which version of the words, and where the proof
  can be looked up, with when they agreed
Commas, semicolons or tabs separate. Phones are read as people write them.

Everything is judged first: one bad line, an unknown column or a phone number that stands
there twice, and nothing is stored. Who is a member already is left as they are, so the same
file can be imported again, also after it failed half way.

Nobody is welcomed by it. Who agreed gets their daily message at their hour from then on. Where
the settings want a confirmation for a country, each is asked for it by one message: --dry-run
says how many.";

/// Arguments of `gymtext members import`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// A CSV file, or - for standard input
    file: PathBuf,
    /// The country of phone numbers and members that name none, in two letters
    #[arg(long, value_name = "XX", value_parser = country)]
    country: Option<String>,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
}

fn country(text: &str) -> Result<String, String> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err("a country is its two letters by ISO 3166, such as US or BR".to_owned())
    }
}

/// Nothing was stored, because of these.
fn refused(faults: Vec<String>) -> anyhow::Error {
    bad_input(lists::refusal(faults))
}

/// What came of the lines.
#[derive(Debug, Default)]
struct Tally {
    created: u64,
    existing: u64,
    to_confirm: u64,
}

impl Tally {
    fn add(&mut self, answer: &Value) {
        let count = |name| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
        self.created += count("created");
        self.existing += count("existing");
        self.to_confirm += count("to_confirm");
    }
}

pub(super) async fn run(api: &Api, args: &Args, as_json: bool) -> anyhow::Result<()> {
    // The whole file is judged before the service hears of any of it, and by the service before it makes anybody.
    let text = lists::contents(&args.file)?;
    let lines = roster::read(&text, args.country.as_deref()).map_err(refused)?;
    let mut tally = judge(api, &lines).await?;
    if !args.dry_run {
        tally = make(api, &lines).await?;
    }
    tell(&tally, lines.len(), args.dry_run, as_json)
}

/// What the service would make of all lines; nothing is changed.
async fn judge(api: &Api, lines: &[Line]) -> anyhow::Result<Tally> {
    let bar = bar("judged", lines)?;
    let (mut tally, mut faults, mut numbers) = (Tally::default(), Vec::new(), Numbers::default());
    for part in lines.chunks(AT_ONCE) {
        let answer = hand_in(api, part, true).await?;
        for (line, result) in part.iter().zip(results(&answer)) {
            let why = match result.get("phone").and_then(Value::as_str) {
                Some(phone) => numbers.take(phone, line.number).err(),
                None => Some(why_not(result)),
            };
            faults.extend(why.map(|why| format!("line {}: {why}", line.number)));
        }
        tally.add(&answer);
        bar.inc(part.len() as u64);
    }
    bar.finish_and_clear();
    if faults.is_empty() {
        Ok(tally)
    } else {
        Err(refused(faults))
    }
}

/// Makes them, a part in each transaction.
async fn make(api: &Api, lines: &[Line]) -> anyhow::Result<Tally> {
    let bar = bar("done", lines)?;
    let (mut tally, mut faults, mut done) = (Tally::default(), Vec::new(), 0);
    for part in lines.chunks(AT_ONCE) {
        let answer = hand_in(api, part, false).await.with_context(|| {
            format!(
                "{done} lines are done, from line {} on nothing is known to be; the file can be imported again as a whole",
                part.first().map_or(0, |line| line.number)
            )
        })?;
        for (line, result) in part.iter().zip(results(&answer)) {
            if result.get("error").is_some() {
                faults.push(format!("line {}: {}", line.number, why_not(result)));
            }
        }
        tally.add(&answer);
        done += part.len();
        bar.inc(part.len() as u64);
    }
    bar.finish_and_clear();
    anyhow::ensure!(
        faults.is_empty(),
        "{} members were made, and these were not:\n  {}",
        tally.created,
        faults.join("\n  ")
    );
    Ok(tally)
}

/// One call; doing it twice makes nobody twice.
async fn hand_in(api: &Api, part: &[Line], dry_run: bool) -> anyhow::Result<Value> {
    let items: Vec<&Value> = part.iter().map(|line| &line.body).collect();
    let answer = api
        .send(
            "/api/v1/members/batch",
            &json!({ "items": items, "dry_run": dry_run }),
        )
        .await?;
    anyhow::ensure!(
        results(&answer).len() == part.len(),
        "the service's answer does not tell of every line"
    );
    Ok(answer)
}

fn results(answer: &Value) -> &[Value] {
    answer
        .get("results")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Why one was refused, field by field.
fn why_not(result: &Value) -> String {
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let error = result.get("error").unwrap_or(&Value::Null);
    let fields: Vec<String> = error
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|one| format!("`{}`: {}", text(one, "field"), text(one, "message")))
        .collect();
    if fields.is_empty() {
        text(error, "detail")
    } else {
        fields.join("; ")
    }
}

fn bar(what: &'static str, lines: &[Line]) -> anyhow::Result<ProgressBar> {
    // What is over at once needs no bar.
    if lines.len() <= AT_ONCE {
        return Ok(ProgressBar::hidden());
    }
    let bar = ProgressBar::with_draw_target(Some(lines.len() as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {msg} {eta}");
    bar.set_style(style.context("the progress bar's template is wrong")?);
    bar.set_message(what);
    Ok(bar)
}

fn tell(tally: &Tally, lines: usize, dry_run: bool, as_json: bool) -> anyhow::Result<()> {
    let Tally {
        created,
        existing,
        to_confirm,
    } = tally;
    let mut out = Out::new();
    if as_json {
        out.json_pretty(&json!({
            "lines": lines, "created": created, "existing": existing, "to_confirm": to_confirm,
            "dry_run": dry_run,
        }))?;
        out.flush()?;
        return Ok(());
    }
    if dry_run {
        out.line(format!(
            "{created} members would be made, {existing} are members already and stay as they are. Nothing was changed."
        ))?;
        if *to_confirm > 0 {
            out.line(format!(
                "{to_confirm} would be asked by a message to confirm that they agreed, as the settings want it for their country."
            ))?;
        }
    } else {
        out.line(format!(
            "{created} members were made, {existing} were members already and stay as they are."
        ))?;
        if *to_confirm > 0 {
            out.line(format!(
                "{to_confirm} are asked by a message to confirm that they agreed, as the settings want it for their country."
            ))?;
        }
    }
    out.flush()?;
    Ok(())
}
