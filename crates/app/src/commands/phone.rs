//! `gymtext phone`: a number as a person typed it, understood.

use domain::PhoneNumber;
use serde::{Deserialize, Serialize};

use super::lines::{NotUnderstood, each_line};
use crate::failure::{AnswerIsNo, bad_input};
use crate::output::{Colour, Out};

const EXAMPLES: &str = "\
Examples:
  gymtext phone \"(81) 98765-4321\" --country BR
  gymtext phone +14155550123
  gymtext phone --country US < numbers.txt
  echo '{\"number\":\"0171 1234567\",\"country\":\"DE\"}' | gymtext phone --json";

/// Arguments of `gymtext phone`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The number; without it standard input is read, one a line
    #[arg(allow_hyphen_values = true)]
    number: Option<String>,
    /// The country whose rules apply to numbers without a +, two letters
    #[arg(long, value_parser = country)]
    country: Option<String>,
    /// One JSON object a line in, one a line out, in order: {number, country} → {valid, e164, country, kind, why?}
    #[arg(long)]
    json: bool,
}

fn country(text: &str) -> Result<String, String> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err("a country is two letters, such as US, BR or ES".into())
    }
}

#[derive(Deserialize)]
struct Asked {
    number: String,
    #[serde(default)]
    country: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    valid: bool,
    e164: Option<String>,
    country: Option<String>,
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

fn answer(number: &str, country: Option<&str>) -> Answer {
    let upper = country
        .map(str::trim)
        .filter(|country| !country.is_empty())
        .map(str::to_ascii_uppercase);
    match PhoneNumber::from_input(number, upper.as_deref()) {
        Ok(parsed) => Answer {
            valid: true,
            e164: Some(parsed.number.as_e164().to_owned()),
            country: parsed.country.map(Into::into),
            kind: Some(parsed.kind.as_str()),
            why: None,
        },
        Err(error) => Answer {
            valid: false,
            e164: None,
            country: None,
            kind: None,
            why: Some(error.to_string()),
        },
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = Out::new();
    if let Some(number) = &args.number {
        let found = answer(number, args.country.as_deref());
        if args.json {
            out.json(&found)?;
        } else {
            say(&mut out, number, &found)?;
        }
        out.flush()?;
        return if found.valid {
            Ok(())
        } else {
            Err(AnswerIsNo.into())
        };
    }
    if args.json {
        json_lines(&mut out, args)
    } else {
        plain_lines(&mut out, args)
    }
}

fn plain_lines(out: &mut Out, args: &Args) -> anyhow::Result<()> {
    let mut invalid = false;
    each_line(out, "numbers", |out, line| {
        let line = line.map_err(bad_input)?;
        let found = answer(line, args.country.as_deref());
        invalid |= !found.valid;
        say(out, line, &found)
    })?;
    if invalid {
        Err(AnswerIsNo.into())
    } else {
        Ok(())
    }
}

fn json_lines(out: &mut Out, args: &Args) -> anyhow::Result<()> {
    let mut not_understood = 0_u32;
    each_line(out, "JSON", |out, line| {
        let asked = line.map_err(ToOwned::to_owned).and_then(|line| {
            serde_json::from_str::<Asked>(line).map_err(|error| error.to_string())
        });
        match asked {
            Ok(asked) => {
                let country = asked.country.as_deref().or(args.country.as_deref());
                out.json(&answer(&asked.number, country))?;
            }
            Err(error) => {
                not_understood += 1;
                out.json(&NotUnderstood { error })?;
            }
        }
        Ok(())
    })?;
    match not_understood {
        0 => Ok(()),
        1 => Err(bad_input(
            "one line was not understood; an example: {\"number\":\"415 555 0123\",\"country\":\"US\"}",
        )),
        count => Err(bad_input(format!(
            "{count} lines were not understood; an example: {{\"number\":\"415 555 0123\",\"country\":\"US\"}}"
        ))),
    }
}

fn say(out: &mut Out, typed: &str, found: &Answer) -> anyhow::Result<()> {
    match (&found.e164, &found.why) {
        (Some(e164), _) => {
            let country = found.country.as_deref().unwrap_or("no country");
            let kind = found.kind.unwrap_or("other").replace('_', " ");
            let valid = out.coloured(Colour::Green, "valid");
            out.line(format!("{e164}  {valid}  {country}  {kind}"))?;
        }
        (None, why) => {
            let invalid = out.coloured(Colour::Red, "not valid");
            let typed: String = typed.chars().filter(|c| !c.is_control()).take(40).collect();
            out.line(format!(
                "{typed}  {invalid}  {}",
                why.as_deref().unwrap_or_default()
            ))?;
        }
    }
    Ok(())
}
