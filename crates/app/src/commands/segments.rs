//! `gymtext segments`: what a text costs as SMS.

use domain::segments::segments;
use domain::{Encoding, Segments};
use serde::{Deserialize, Serialize};

use super::lines::{NotUnderstood, all_of_stdin, each_line};
use crate::failure::bad_input;
use crate::output::Out;

const EXAMPLES: &str = "\
Examples:
  gymtext segments \"Ready for squats?\"
  gymtext segments --smart < text.txt
  echo '{\"text\":\"Olá\",\"smart_encoding\":false}' | gymtext segments --json";

/// Arguments of `gymtext segments`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The text; without it standard input is read
    text: Option<String>,
    /// Fold curly quotes, dashes and the like to plain ones first, as Twilio's Smart Encoding does
    #[arg(long)]
    smart: bool,
    /// One JSON object a line in, one a line out, in order: `{text, smart_encoding}` → `{encoding, units, segments}`
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Asked {
    text: String,
    #[serde(default)]
    smart_encoding: bool,
}

#[derive(Serialize)]
struct Answer {
    encoding: &'static str,
    units: u32,
    segments: u16,
}

impl From<&Segments> for Answer {
    fn from(found: &Segments) -> Self {
        Self {
            encoding: found.encoding.as_str(),
            units: found.units,
            segments: found.count,
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = Out::new();
    match (&args.text, args.json) {
        (Some(text), true) => out.json(&Answer::from(&segments(text, args.smart)))?,
        (Some(text), false) => say(&mut out, text, args.smart)?,
        (None, false) => say(&mut out, &all_of_stdin("a text")?, args.smart)?,
        (None, true) => return json_lines(&mut out, args.smart),
    }
    out.flush()?;
    Ok(())
}

fn json_lines(out: &mut Out, smart: bool) -> anyhow::Result<()> {
    let mut not_understood = 0_u32;
    each_line(out, "JSON", |out, line| {
        let asked = line.map_err(ToOwned::to_owned).and_then(|line| {
            serde_json::from_str::<Asked>(line).map_err(|error| error.to_string())
        });
        match asked {
            Ok(asked) => out.json(&Answer::from(&segments(
                &asked.text,
                asked.smart_encoding || smart,
            )))?,
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
            "one line was not understood; an example: {\"text\":\"Hi\"}",
        )),
        count => Err(bad_input(format!(
            "{count} lines were not understood; an example: {{\"text\":\"Hi\"}}"
        ))),
    }
}

fn say(out: &mut Out, text: &str, smart: bool) -> anyhow::Result<()> {
    let found = segments(text, smart);
    let (single, several) = match found.encoding {
        Encoding::Gsm7 => (160, 153),
        Encoding::Ucs2 => (70, 67),
    };
    let plural =
        |count: u32, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    out.line(format!(
        "{}, {}, {} ({single} units fit in one, {several} in each of several)",
        found.encoding.as_str(),
        plural(found.units, "unit"),
        plural(found.count.into(), "segment"),
    ))?;
    if found.count > 1 {
        let sizes: Vec<_> = found.per_segment.iter().map(ToString::to_string).collect();
        out.line(format!("units in each: {}", sizes.join(", ")))?;
    }
    if found.encoding == Encoding::Ucs2 {
        let mut costly: Vec<String> = Vec::new();
        for letter in text.chars() {
            let shown = format!("{letter} (U+{:04X})", u32::from(letter));
            let alone = segments(letter.encode_utf8(&mut [0; 4]), smart);
            if alone.encoding == Encoding::Ucs2 && !costly.contains(&shown) {
                costly.push(shown);
            }
        }
        let more = costly.len().saturating_sub(10);
        costly.truncate(10);
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        out.line(format!("not in GSM-7: {}{rest}", costly.join(", ")))?;
        let folded = segments(text, true);
        if !smart && folded.count < found.count {
            out.line(format!(
                "with --smart: {}, {}",
                folded.encoding.as_str(),
                plural(folded.count.into(), "segment")
            ))?;
        }
    }
    Ok(())
}
