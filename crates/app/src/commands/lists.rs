//! Files that are imported, and suppression lists as CSV (RFC 4180): read with every fault named by its line, written so
//! that no spreadsheet takes a field for a formula (G36).

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use domain::{Channel, Handle, PhoneNumber};

use crate::failure::bad_input;

/// The largest file.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// The columns that are written.
pub(super) const HEADING: &str = "channel,address,since,source";

/// How many faults are named; whoever has more has one cause.
const FAULTS_MAX: usize = 20;

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: usize,
    pub(super) channel: &'static str,
    pub(super) address: String,
    /// RFC 3339.
    pub(super) since: Option<String>,
    pub(super) source: String,
}

/// Reads a whole list; all that is wrong with it otherwise.
pub(super) fn read(text: &str, source: &str) -> Result<Vec<Line>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for (at, row) in text.lines().enumerate() {
        let number = at + 1;
        let is_heading = lines.is_empty()
            && faults.is_empty()
            && row
                .trim_start_matches('"')
                .to_ascii_lowercase()
                .starts_with("channel");
        if row.trim().is_empty() || is_heading {
            continue;
        }
        match fields(row).and_then(|fields| line(number, &fields, source)) {
            Ok(line) => lines.push(line),
            Err(why) => faults.push(format!("line {number}: {why}")),
        }
    }
    if faults.is_empty() && lines.is_empty() {
        return Err("the list is empty".to_owned());
    }
    if faults.is_empty() {
        return Ok(lines);
    }
    Err(refusal(faults))
}

/// What whoever wanted to import a file is told of its faults: the first of them, and how many more there are.
pub(super) fn refusal(mut faults: Vec<String>) -> String {
    let more = faults.len().saturating_sub(FAULTS_MAX);
    faults.truncate(FAULTS_MAX);
    if more > 0 {
        faults.push(format!("and {more} more"));
    }
    format!(
        "nothing was imported, because some lines cannot be read:\n  {}",
        faults.join("\n  ")
    )
}

/// All of a file, or of standard input where it is called `-`.
pub(super) fn contents(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin()
            .take(FILE_BYTES_MAX + 1)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(file)
            .and_then(|opened| opened.take(FILE_BYTES_MAX + 1).read_to_string(&mut text))
    };
    let bytes = read.with_context(|| format!("{} cannot be read", file.display()))?;
    if bytes as u64 > FILE_BYTES_MAX {
        return Err(bad_input("the file is larger than 64 MiB; split it"));
    }
    Ok(text)
}

fn line(number: usize, fields: &[String], source: &str) -> Result<Line, String> {
    let field = |at: usize| {
        let text = fields.get(at).map(|text| text.trim()).unwrap_or_default();
        (!text.is_empty()).then_some(text)
    };
    if fields.len() > 4 {
        return Err(format!("has {} columns, not {HEADING}", fields.len()));
    }
    let channel: Channel = field(0)
        .ok_or("has no channel")?
        .to_ascii_lowercase()
        .parse()
        .map_err(|_| "the channel is `sms`, `whatsapp` or `email`")?;
    let address = address(channel, field(1).ok_or("has no address")?)?;
    let since = field(2).map(since).transpose()?;
    Ok(Line {
        number,
        channel: channel.as_str(),
        address,
        since,
        source: field(3).unwrap_or(source).to_owned(),
    })
}

/// An address, never shown in what is wrong with it: faults end in logs.
fn address(channel: Channel, text: &str) -> Result<String, String> {
    let text = text.strip_prefix("whatsapp:").unwrap_or(text);
    let known = text.parse::<Handle>().ok();
    let fits = match (channel, &known) {
        (Channel::Web, _) => return Err("a list names phones and e-mail addresses".to_owned()),
        (Channel::Email, Some(Handle::Email(_)))
        | (Channel::Whatsapp, Some(Handle::ScopedUser(_))) => true,
        (Channel::Sms | Channel::Whatsapp | Channel::Email, _) => false,
    };
    if fits {
        return Ok(text.to_owned());
    }
    if channel == Channel::Email {
        return Err("the address is no e-mail address".to_owned());
    }
    PhoneNumber::from_input(text, None)
        .map(|phone| phone.number.as_e164().to_owned())
        .map_err(|error| format!("the address: {error}"))
}

/// An instant, or a day, which begins at midnight UTC.
fn since(text: &str) -> Result<String, &'static str> {
    let day = || {
        let day: jiff::civil::Date = text.parse().ok()?;
        Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    text.parse::<jiff::Timestamp>()
        .ok()
        .or_else(day)
        .map(|at| at.to_string())
        .ok_or("`since` is an instant such as 2026-03-01T00:00:00Z, or a day")
}

/// The fields of a row; one that was marked as text for spreadsheets loses the mark.
fn fields(row: &str) -> Result<Vec<String>, String> {
    let (mut all, mut rest) = (Vec::new(), row);
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => within_quotes(quoted)?,
            None => match rest.split_once(',') {
                Some((field, after)) => (field.to_owned(), Some(after)),
                None => (rest.to_owned(), None),
            },
        };
        let unmarked = field.strip_prefix('\'').filter(|text| is_formula(text));
        all.push(unmarked.map_or_else(|| field.clone(), str::to_owned));
        match after {
            Some(after) => rest = after,
            None => return Ok(all),
        }
    }
}

/// A field after its opening quote, and what follows its comma.
fn within_quotes(text: &str) -> Result<(String, Option<&str>), String> {
    let (mut field, mut rest) = (String::new(), text);
    loop {
        let (part, after) = rest
            .split_once('"')
            .ok_or("a quote is opened and not closed")?;
        field.push_str(part);
        if let Some(more) = after.strip_prefix('"') {
            field.push('"');
            rest = more;
        } else if after.trim().is_empty() {
            return Ok((field, None));
        } else if let Some(more) = after.strip_prefix(',') {
            return Ok((field, Some(more)));
        } else {
            return Err("something follows a closing quote".to_owned());
        }
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A row. A number with its `+` stays as it is: a spreadsheet makes a number of it, and runs nothing.
pub(super) fn row(fields: &[&str]) -> String {
    let written = fields.iter().map(|field| {
        let field = field.replace('\0', "");
        let is_number = field.strip_prefix('+').is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        let field = if is_formula(&field) && !is_number {
            format!("'{field}")
        } else {
            field
        };
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field
        }
    });
    written.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_or_without_heading_and_last_columns() {
        let text = "\u{feff}channel,address,since,source\r\n\
            sms,+14155550123,2026-03-01,\"crm, old\"\r\n\
            \r\n\
            WhatsApp,\"whatsapp:+14155550124\"\n\
            email,ana@example.com,2026-03-01T10:00:00+01:00\n";
        let lines = read(text, "import").unwrap();
        let read: Vec<_> = lines
            .iter()
            .map(|line| (line.number, line.channel, line.address.as_str()))
            .collect();
        assert_eq!(
            read,
            [
                (2, "sms", "+14155550123"),
                (4, "whatsapp", "+14155550124"),
                (5, "email", "ana@example.com"),
            ]
        );
        assert_eq!(lines[0].since.as_deref(), Some("2026-03-01T00:00:00Z"));
        assert_eq!(lines[0].source, "crm, old");
        assert_eq!(lines[1].source, "import");
        assert_eq!(lines[2].since.as_deref(), Some("2026-03-01T09:00:00Z"));
    }

    #[test]
    fn one_bad_line_refuses_the_file_and_every_bad_line_is_named() {
        let text = "sms,+14155550123\nsms,12\nfax,+14155550123\nsms,+14155550123,soon\n\
            sms\nsms,\"+14155550123\na,b,c,d,e\n";
        let why = read(text, "import").unwrap_err();
        for number in 2..=7 {
            assert!(why.contains(&format!("line {number}: ")), "{why}");
        }
        assert!(!why.contains("line 1:"), "{why}");
        assert!(!why.contains("4155550123"), "no number is repeated: {why}");
        assert!(read("\n", "import").is_err());
    }

    #[test]
    fn what_is_written_reads_back_and_is_no_formula() {
        let written = row(&[
            "sms",
            "+14155550123",
            "2026-03-01T00:00:00Z",
            "=HYPERLINK(\"x\")",
        ]);
        assert!(written.starts_with("sms,+14155550123,"), "{written}");
        assert!(written.contains("\"'=HYPERLINK"), "{written}");
        let lines = read(&written, "import").unwrap();
        assert_eq!(lines[0].source, "=HYPERLINK(\"x\")");
        assert_eq!(row(&["email", "@a.b"]), "email,'@a.b");
    }
}
