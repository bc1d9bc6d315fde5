//! What stands between the `+++` lines at the top of a file.

use toml::{Table, Value};

use super::super::{AtEnd, Days};

/// The front matter.
pub(super) struct Front {
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) days: Option<Days>,
    pub(super) at_end: Option<AtEnd>,
}

/// The front matter of a file, and what follows it; or what is wrong.
pub(super) fn split(text: &str) -> Result<(Front, &str), String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let after = fence(text).ok_or("The beginning of the file")?;
    let mut rest = after;
    let body = loop {
        if let Some(body) = fence(rest) {
            break body;
        }
        let (_, below) = rest.split_once('\n').ok_or("The end of the front matter")?;
        rest = below;
    };
    let front = after.get(..after.len() - rest.len()).unwrap_or("");
    Ok((read(front)?, body))
}

/// What follows a line `+++`, if the text begins with one.
fn fence(text: &str) -> Option<&str> {
    let (line, below) = text.split_once('\n').unwrap_or((text, ""));
    (line.trim_end() == "+++").then_some(below)
}

fn read(text: &str) -> Result<Front, String> {
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| format!("The front matter ({})", error.message()))?;
    if let Some(key) = table
        .keys()
        .find(|key| !["name", "summary", "days", "at_end"].contains(&key.as_str()))
    {
        let key: String = key.chars().take(60).collect();
        return Err(format!("`{key}`, which is not known here,"));
    }
    let words = |key: &str, max: usize| match table.get(key).and_then(Value::as_str) {
        Some(value) if (1..=max).contains(&value.trim().chars().count()) => {
            Ok(value.trim().to_owned())
        }
        _ => Err(format!("`{key}` (1 to {max} characters)")),
    };
    let days = match table.get("days").map(Value::as_str) {
        None => None,
        Some(Some("counted")) => Some(Days::Counted),
        Some(Some("of the week")) => Some(Days::OfTheWeek),
        Some(_) => return Err("`days` (\"counted\" or \"of the week\")".into()),
    };
    let at_end = match table.get("at_end").map(Value::as_str) {
        None => None,
        Some(Some("stop")) => Some(AtEnd::Stop),
        Some(Some("repeat")) => Some(AtEnd::Repeat),
        Some(_) => return Err("`at_end` (\"stop\" or \"repeat\")".into()),
    };
    Ok(Front {
        name: words("name", 80)?,
        summary: words("summary", 300)?,
        days,
        at_end,
    })
}
