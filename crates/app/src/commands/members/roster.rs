//! A file of members as CSV: read with every fault named by its line, each line as the API takes it. What only the service
//! knows (time zones, programmes) it is asked about later.

use std::collections::HashMap;

use domain::PhoneNumber;
use serde_json::{Map, Value, json};
use web::csv;
use web::roster::{COLUMNS, fields};

/// A line of the file.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: usize,
    /// The member to be, as the API takes them.
    pub(super) body: Value,
}

/// On which line each phone number stands.
#[derive(Debug, Default)]
pub(super) struct Numbers(HashMap<String, usize>);

impl Numbers {
    /// Takes a number in; what is wrong where another line has it. The number itself is not told: faults end in logs.
    pub(super) fn take(&mut self, phone: &str, line: usize) -> Result<(), String> {
        let first = *self.0.entry(phone.to_owned()).or_insert(line);
        if first == line {
            Ok(())
        } else {
            Err(format!("has the phone number of line {first}"))
        }
    }
}

/// Reads a whole file; all that is wrong with it otherwise. `country` is that of numbers without a country of their own.
pub(super) fn read(text: &str, country: Option<&str>) -> Result<Vec<Line>, Vec<String>> {
    let mut rows = csv::read(text).map_err(|error| vec![error.to_string()])?;
    if rows.is_empty() {
        return Err(vec!["the file is empty".to_owned()]);
    }
    let heading = heading(&rows.remove(0).cells)?;
    if rows.is_empty() {
        return Err(vec!["below the heading stands nobody".to_owned()]);
    }
    let (mut lines, mut faults) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut numbers = Numbers::default();
    for row in rows {
        let mut own = Vec::new();
        let body = body(&heading, &row.cells, country, &mut own);
        if let Some(phone) = phone_of(&body, &mut own)
            && let Err(why) = numbers.take(phone.as_e164(), row.line)
        {
            own.push(why);
        }
        if own.is_empty() {
            lines.push(Line {
                number: row.line,
                body,
            });
        } else {
            faults.push(format!("line {}: {}", row.line, own.join("; ")));
        }
    }
    if faults.is_empty() {
        Ok(lines)
    } else {
        Err(faults)
    }
}

/// The names of the columns there are.
fn names() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| column.name)
}

/// The columns of the file, in its order.
fn heading(cells: &[String]) -> Result<Vec<&'static str>, Vec<String>> {
    let (mut columns, mut faults) = (Vec::with_capacity(cells.len()), Vec::new());
    for cell in cells {
        let name = csv::plain(cell).to_lowercase().replace([' ', '-'], "_");
        match names().find(|known| *known == name) {
            Some(known) if columns.contains(&known) => {
                faults.push(format!("the column `{name}` stands there twice"));
            }
            Some(known) => columns.push(known),
            None => faults.push(format!(
                "there is no column `{}`; did you mean `{}`?",
                name.chars().take(40).collect::<String>(),
                nearest(&name)
            )),
        }
    }
    for needed in ["name", "phone"] {
        if faults.is_empty() && !columns.contains(&needed) {
            faults.push(format!("the column `{needed}` is missing"));
        }
    }
    if faults.is_empty() {
        return Ok(columns);
    }
    faults.push(format!(
        "the columns are {}",
        names().collect::<Vec<_>>().join(", ")
    ));
    Err(faults)
}

/// The known column that is most like this.
fn nearest(name: &str) -> &'static str {
    let likeness = |known: &str| {
        // `sms` and `whatsapp` are ends of names, and far from them letter by letter.
        let is_end = !name.is_empty() && known.ends_with(&format!("_{name}"));
        f64::from(u8::from(is_end)) + strsim::normalized_damerau_levenshtein(name, known)
    };
    let best = names().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    best.unwrap_or("name")
}

/// A member to be, as the API takes them; what is wrong is added to `faults`.
fn body(
    heading: &[&'static str],
    cells: &[String],
    country: Option<&str>,
    faults: &mut Vec<String>,
) -> Value {
    if cells.len() != heading.len() {
        faults.push(format!(
            "has {} columns, the heading has {}",
            cells.len(),
            heading.len()
        ));
        return Value::Null;
    }
    let cell = |column: &str| {
        let at = heading.iter().position(|known| *known == column)?;
        let text = csv::plain(cells.get(at)?);
        (!text.is_empty()).then_some(text)
    };
    let mut body = Map::new();
    for column in fields() {
        if let Some(text) = cell(column) {
            body.insert(column.to_owned(), json!(text));
        }
    }
    for needed in ["name", "phone"] {
        if !body.contains_key(needed) {
            faults.push(format!("has no {needed}"));
        }
    }
    if let (false, Some(country)) = (body.contains_key("country"), country) {
        body.insert("country".to_owned(), json!(country));
    }
    if let Some(text) = cell("preferred_send_hour") {
        match text.trim_end_matches(":00").parse::<u8>() {
            Ok(hour @ 0..=23) => {
                body.insert("preferred_send_hour".to_owned(), json!(hour));
            }
            Ok(_) | Err(_) => {
                faults.push("`preferred_send_hour` is a number from 0 to 23".to_owned());
            }
        }
    }
    let consents = consents(cell, faults);
    if !consents.is_empty() {
        body.insert("consents".to_owned(), Value::Array(consents));
    }
    Value::Object(body)
}

/// What they agreed to; empty is unknown, and unknown is no consent.
fn consents<'a>(cell: impl Fn(&str) -> Option<&'a str>, faults: &mut Vec<String>) -> Vec<Value> {
    let mut consents = Vec::new();
    for channel in ["sms", "whatsapp", "email"] {
        let column = format!("consent_{channel}");
        let state = match cell(&column) {
            None | Some("unknown") => continue,
            Some(state @ ("opted_in" | "opted_out")) => state,
            Some(_) => {
                faults.push(format!(
                    "`{column}` is `opted_in` or `opted_out`, or empty where nobody knows"
                ));
                continue;
            }
        };
        // An import is no proof; it is reason enough to write to nobody.
        let source = match (cell("consent_source"), state) {
            (Some(source), _) => source,
            (None, "opted_out") => "import",
            (None, _) => {
                faults.push(format!(
                    "`{column}` needs `consent_source`: where they agreed, such as join_page"
                ));
                continue;
            }
        };
        if state == "opted_in" && cell("consent_wording").is_none() {
            faults.push(format!(
                "`{column}` needs `consent_wording`: the words they saw"
            ));
        }
        let mut consent = json!({ "channel": channel, "state": state, "source": source });
        for name in ["wording", "wording_version", "evidence"] {
            if let (Some(text), Some(fields)) =
                (cell(&format!("consent_{name}")), consent.as_object_mut())
            {
                fields.insert(name.to_owned(), json!(text));
            }
        }
        consents.push(consent);
    }
    consents
}

/// The number, where it can be read here; without a country the service reads it as one of its own.
fn phone_of(body: &Value, faults: &mut Vec<String>) -> Option<PhoneNumber> {
    let field = |name: &str| body.get(name).and_then(Value::as_str);
    let (phone, country) = (field("phone")?, field("country"));
    if country.is_none() && !phone.starts_with('+') {
        return None;
    }
    match PhoneNumber::from_input(phone, country) {
        Ok(phone) => Some(phone.number),
        Err(error) => {
            faults.push(format!("`phone`: {error}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_the_api_takes_it() {
        let text = "\u{feff}Name;phone;country;preferred_send_hour;consent_sms;consent_source;consent_wording\r\n\
            Ana;'+1 415 555 0123;;7:00;opted_in;form;\"Yes; text me\"\r\n\
            \r\n\
            Ben;415 555 0124;;;opted_out;;\r\n\
            Cleo;11 96123-4567;br;;;;\n";
        let lines = read(text, Some("US")).unwrap();
        let numbers: Vec<usize> = lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [2, 4, 5]);
        assert_eq!(
            lines[0].body,
            json!({
                "name": "Ana", "phone": "+1 415 555 0123", "country": "US", "preferred_send_hour": 7,
                "consents": [{"channel": "sms", "state": "opted_in", "source": "form", "wording": "Yes; text me"}],
            })
        );
        assert_eq!(lines[1].body["consents"][0]["source"], "import");
        assert_eq!(lines[2].body["country"], "br");
        assert!(
            lines[2].body.get("consents").is_none(),
            "unknown is no consent"
        );
    }

    #[test]
    fn every_bad_line_is_named_and_no_number_is_repeated() {
        let text = "name,phone,preferred_send_hour,consent_sms,consent_source,consent_wording\n\
            Ana,+14155550123,7,,,\n\
            Ben,+14155550123,7,,,\n\
            ,+14155550124,24,yes,,\n\
            Cleo,+1 12,,opted_in,,\n\
            Dan\n";
        let faults = read(text, None).unwrap_err();
        let all = faults.join("\n");
        assert_eq!(faults.len(), 4, "{all}");
        for told in [
            "line 3: has the phone number of line 2",
            "line 4: has no name; `preferred_send_hour` is",
            "line 5: `consent_sms` needs `consent_source`",
            "line 6: has 1 columns, the heading has 6",
        ] {
            assert!(all.contains(told), "{told}: {all}");
        }
        assert!(!all.contains("4155550123"), "{all}");
    }

    #[test]
    fn an_unknown_column_is_answered_with_the_nearest_name() {
        for (column, meant) in [
            ("sms", "consent_sms"),
            ("whatsapp", "consent_whatsapp"),
            ("timezone", "time_zone"),
            ("program", "programme"),
            ("Phone Number", "phone"),
        ] {
            let faults = read(&format!("name,phone,{column}\nAna,+14155550123,x\n"), None);
            let faults = faults.unwrap_err().join("\n");
            assert!(
                faults.contains(&format!("did you mean `{meant}`?")),
                "{faults}"
            );
        }
        for (text, why) in [
            ("", "empty"),
            ("name,phone\n", "nobody"),
            ("name\nAna\n", "`phone` is missing"),
            ("name,phone,name\nAna,1,1\n", "twice"),
            ("name,phone\n\"Ana,1\n", "never closed"),
        ] {
            let faults = read(text, None).unwrap_err().join("\n");
            assert!(faults.contains(why), "{why}: {faults}");
        }
    }
}
