//! An audience's conditions as JSON: strict where they are read, canonical where they are written, so that the same
//! conditions are the same text.

use std::collections::BTreeSet;

use domain::audience::{DAYS_MAX, Filter, VALUES_MAX};
use domain::{Channel, Timestamp};
use serde_json::{Map, Value, json};

/// What is wrong with conditions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// Which condition; empty when it is about all of them.
    pub field: String,
    /// What is wrong with it, as a sentence.
    pub message: String,
}

fn wrong<T>(field: &str, message: impl Into<String>) -> Result<T, FilterError> {
    Err(FilterError {
        field: field.to_owned(),
        message: message.into(),
    })
}

/// All conditions there are, by name.
pub const FIELDS: [&str; 12] = [
    "languages",
    "countries",
    "time_zones",
    "programmes",
    "preferred_channels",
    "opted_in",
    "window_open",
    "heard_within_days",
    "silent_for_days",
    "joined_from",
    "joined_before",
    "is_served",
];

/// Reads conditions from their text.
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    match serde_json::from_str(text) {
        Ok(value) => read(&value),
        Err(_) => wrong("", "this is not JSON"),
    }
}

/// Reads conditions. What is not known is refused by name; `null` asks nothing.
pub fn read(value: &Value) -> Result<Filter, FilterError> {
    let Value::Object(fields) = value else {
        return wrong("", "conditions are an object; `{}` means everybody");
    };
    let mut filter = Filter::default();
    for (name, value) in fields {
        if !FIELDS.contains(&name.as_str()) {
            let known = FIELDS.join("`, `");
            return wrong(
                name,
                format!("there is no such condition; known: `{known}`"),
            );
        }
        if !value.is_null() {
            take(&mut filter, name, value)?;
        }
    }
    if let (Some(from), Some(before)) = (filter.joined_from, filter.joined_before)
        && from >= before
    {
        return wrong(
            "joined_before",
            "nobody joins before `joined_before` and not before `joined_from`",
        );
    }
    if let (Some(within), Some(silent)) = (filter.heard_within_days, filter.silent_for_days)
        && within <= silent
    {
        return wrong(
            "silent_for_days",
            "nobody wrote within these days and did not",
        );
    }
    Ok(filter)
}

fn take(filter: &mut Filter, name: &str, value: &Value) -> Result<(), FilterError> {
    match name {
        "languages" => {
            filter.languages = texts(name, value, |text| {
                is_tag(text).then(|| text.to_ascii_lowercase())
            })?;
        }
        "countries" => {
            filter.countries = texts(name, value, |text| {
                let fits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
                fits.then(|| text.to_ascii_uppercase())
            })?;
        }
        "time_zones" => {
            filter.time_zones = texts(name, value, |text| {
                let known = jiff::tz::TimeZone::get(text).is_ok();
                known.then(|| text.to_owned())
            })?;
        }
        "programmes" => {
            filter.programmes = texts(name, value, |text| {
                let fits = (1..=100).contains(&text.len())
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
                fits.then(|| text.to_owned())
            })?;
        }
        "preferred_channels" => filter.preferred_channels = channels(name, value)?,
        "opted_in" => {
            filter.opted_in = channels(name, value)?;
            if filter.opted_in.contains(&Channel::Web) {
                return wrong(name, "the web chat needs no consent");
            }
        }
        "window_open" => filter.window_open = Some(flag(name, value)?),
        "is_served" => filter.is_served = Some(flag(name, value)?),
        "heard_within_days" => filter.heard_within_days = Some(days(name, value)?),
        "silent_for_days" => filter.silent_for_days = Some(days(name, value)?),
        "joined_from" => filter.joined_from = Some(instant(name, value)?),
        "joined_before" => filter.joined_before = Some(instant(name, value)?),
        _ => {}
    }
    Ok(())
}

fn is_tag(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn list<'v>(name: &str, value: &'v Value) -> Result<Vec<&'v str>, FilterError> {
    let Value::Array(items) = value else {
        return wrong(name, "this is a list of texts");
    };
    if items.len() > VALUES_MAX {
        return wrong(name, format!("at most {VALUES_MAX} values"));
    }
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    texts.map_or_else(|| wrong(name, "this is a list of texts"), Ok)
}

fn texts(
    name: &str,
    value: &Value,
    keep: impl Fn(&str) -> Option<String>,
) -> Result<BTreeSet<Box<str>>, FilterError> {
    let mut kept = BTreeSet::new();
    for text in list(name, value)? {
        let Some(text) = keep(text) else {
            let short: String = text.chars().take(40).collect();
            let like = like(name);
            return wrong(
                name,
                format!("`{short}` is not one: this is a list such as {like}"),
            );
        };
        kept.insert(text.into_boxed_str());
    }
    Ok(kept)
}

fn like(name: &str) -> &'static str {
    match name {
        "languages" => "`pt`, `pt-BR`",
        "countries" => "`US`, `BR`",
        "time_zones" => "`America/New_York`",
        _ => "`beginner-strength`",
    }
}

fn channels(name: &str, value: &Value) -> Result<BTreeSet<Channel>, FilterError> {
    let mut kept = BTreeSet::new();
    for word in list(name, value)? {
        match word.parse() {
            Ok(channel) => kept.insert(channel),
            Err(error) => return wrong(name, format!("{error}")),
        };
    }
    Ok(kept)
}

fn flag(name: &str, value: &Value) -> Result<bool, FilterError> {
    value
        .as_bool()
        .map_or_else(|| wrong(name, "this is `true` or `false`"), Ok)
}

fn days(name: &str, value: &Value) -> Result<u16, FilterError> {
    let days = value.as_u64().and_then(|days| u16::try_from(days).ok());
    days.filter(|days| (1..=DAYS_MAX).contains(days))
        .map_or_else(
            || {
                wrong(
                    name,
                    format!("this is a number of days from 1 to {DAYS_MAX}"),
                )
            },
            Ok,
        )
}

fn instant(name: &str, value: &Value) -> Result<Timestamp, FilterError> {
    let at = value
        .as_str()
        .and_then(|text| text.parse::<jiff::Timestamp>().ok());
    at.map(Timestamp::from_jiff).map_or_else(
        || wrong(name, "this is an instant such as `2026-12-24T09:00:00Z`"),
        Ok,
    )
}

/// Conditions as JSON: only those that ask something.
pub fn shown(filter: &Filter) -> Value {
    let mut fields = Map::new();
    let mut list = |name: &str, values: Vec<&str>| {
        if !values.is_empty() {
            fields.insert(name.to_owned(), json!(values));
        }
    };
    let texts = |set: &'_ BTreeSet<Box<str>>| -> Vec<String> {
        set.iter().map(ToString::to_string).collect()
    };
    for (name, set) in [
        ("languages", texts(&filter.languages)),
        ("countries", texts(&filter.countries)),
        ("time_zones", texts(&filter.time_zones)),
        ("programmes", texts(&filter.programmes)),
    ] {
        list(name, set.iter().map(String::as_str).collect());
    }
    for (name, set) in [
        ("preferred_channels", &filter.preferred_channels),
        ("opted_in", &filter.opted_in),
    ] {
        list(name, set.iter().map(|channel| channel.as_str()).collect());
    }
    let others = [
        ("window_open", filter.window_open.map(Value::from)),
        (
            "heard_within_days",
            filter.heard_within_days.map(Value::from),
        ),
        ("silent_for_days", filter.silent_for_days.map(Value::from)),
        (
            "joined_from",
            filter.joined_from.map(|at| Value::from(at.to_string())),
        ),
        (
            "joined_before",
            filter.joined_before.map(|at| Value::from(at.to_string())),
        ),
        ("is_served", filter.is_served.map(Value::from)),
    ];
    for (name, value) in others {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    }
    Value::Object(fields)
}

/// Conditions as their one text: the same conditions are the same text.
pub fn written(filter: &Filter) -> String {
    shown(filter).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_read_back_as_written_whatever_their_order() {
        let text = r#"{"opted_in":["whatsapp","sms"],"languages":["PT-br","en"],"countries":["br"],
            "time_zones":["America/Sao_Paulo"],"programmes":["mobility"],"preferred_channels":["sms"],
            "window_open":false,"heard_within_days":30,"silent_for_days":7,
            "joined_from":"2026-01-01T00:00:00Z","joined_before":"2026-06-01T00:00:00Z","is_served":true}"#;
        let filter = parse(text).unwrap();
        assert!(filter.languages.contains("pt-br") && filter.countries.contains("BR"));
        assert_eq!(parse(&written(&filter)), Ok(filter));
        assert_eq!(written(&Filter::default()), "{}");
        assert_eq!(parse(r#"{"languages":null}"#), Ok(Filter::default()));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (text, field, says) in [
            ("[]", "", "an object"),
            ("{", "", "not JSON"),
            (r#"{"language":["en"]}"#, "language", "no such condition"),
            (r#"{"languages":"en"}"#, "languages", "a list of texts"),
            (r#"{"languages":[""]}"#, "languages", "such as"),
            (r#"{"countries":["USA"]}"#, "countries", "such as"),
            (
                r#"{"time_zones":["Mars/Olympus"]}"#,
                "time_zones",
                "such as",
            ),
            (r#"{"opted_in":["pigeon"]}"#, "opted_in", "sms"),
            (r#"{"opted_in":["web"]}"#, "opted_in", "no consent"),
            (r#"{"heard_within_days":0}"#, "heard_within_days", "from 1"),
            (r#"{"window_open":"yes"}"#, "window_open", "`true`"),
            (r#"{"joined_from":"today"}"#, "joined_from", "an instant"),
            (
                r#"{"heard_within_days":7,"silent_for_days":7}"#,
                "silent_for_days",
                "nobody",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.field, field, "{text}");
            assert!(error.message.contains(says), "{text}: {}", error.message);
        }
    }
}
