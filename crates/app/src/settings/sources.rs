//! Where values come from: defaults, then `gymtext.toml`, then the environment, which wins. Nothing
//! is interpreted here: `+15005550006` and a token of digits stay the text that was written.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::declared::{self, Group};
use super::problem::Problem;

/// The file that is read when it stands in the working directory and no other is named.
pub const FILE_NAME: &str = "gymtext.toml";

/// The largest settings file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A value as it was written.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Raw {
    /// A text: all the environment has.
    Text(String),
    /// A number in the file, as written there.
    Number(String),
    /// `true` or `false` in the file.
    Bool(bool),
    /// A list of texts in the file.
    List(Vec<String>),
}

/// Where a value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: the default.
    Default,
    /// In the file.
    File,
    /// In the environment.
    Environment,
}

impl Origin {
    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
        }
    }
}

/// What was found, before it is understood.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) values: BTreeMap<&'static str, (Raw, Origin)>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
    pub(crate) file: Option<PathBuf>,
}

impl Found {
    /// Reads the file, if there is one, and the environment.
    pub(crate) fn gather(
        file: Option<&Path>,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Self {
        let mut found = Self::default();
        match file {
            Some(path) => found.read_file(path, true),
            None => found.read_file(Path::new(FILE_NAME), false),
        }
        found.read_environment(environment);
        found
    }

    fn read_file(&mut self, path: &Path, named: bool) {
        let text = match std::fs::metadata(path) {
            Ok(meta) if meta.len() > FILE_BYTES_MAX => Err("it is larger than 1 MiB".to_owned()),
            Ok(_) => std::fs::read_to_string(path).map_err(|error| error.to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => return,
            Err(error) => Err(error.to_string()),
        };
        let place = path.display();
        match text {
            Ok(text) => {
                self.file = Some(path.to_owned());
                self.read_toml(&text, &place.to_string());
            }
            Err(why) => self.problems.push(Problem::general(
                format!("{place} cannot be read: {why}"),
                "Name another file with --config, or make this one readable.",
            )),
        }
    }

    pub(crate) fn read_toml(&mut self, text: &str, place: &str) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                // The error's own text quotes the line, which may hold a secret.
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                self.problems.push(Problem::general(
                    format!(
                        "{place} is not valid TOML at line {line}: {}",
                        error.message()
                    ),
                    "`gymtext config --example` prints a whole file to start from.",
                ));
                return;
            }
        };
        for (key, value) in table {
            let group = Group::ALL.into_iter().find(|group| group.as_str() == key);
            match (group, value) {
                (Some(group), toml::Value::Table(entries)) => {
                    for (name, value) in entries {
                        self.add(&name, value, Some(group), place);
                    }
                }
                (None, toml::Value::Table(_)) => self.problems.push(Problem::general(
                    format!(
                        "{place} has a group `[{}]` that does not exist",
                        brief(&key)
                    ),
                    format!(
                        "The groups are {}.",
                        Group::ALL.map(Group::as_str).join(", ")
                    ),
                )),
                (_, value) => self.add(&key, value, None, place),
            }
        }
    }

    fn add(&mut self, name: &str, value: toml::Value, group: Option<Group>, place: &str) {
        let Some(declared) = declared::find(name) else {
            let remedy = nearest(name).map_or_else(
                || "`gymtext config` lists every setting.".to_owned(),
                |near| format!("Did you mean `{near}`?"),
            );
            self.problems.push(Problem::general(
                format!(
                    "{place} has a setting `{}` that does not exist",
                    brief(name)
                ),
                remedy,
            ));
            return;
        };
        if group.is_some_and(|group| group != declared.group) {
            self.problems.push(Problem::of(
                declared.name,
                "stands in the wrong group of the file",
                format!("Move it to `[{}]`.", declared.group.as_str()),
            ));
            return;
        }
        let raw = match value {
            toml::Value::String(text) => Raw::Text(text),
            toml::Value::Integer(number) => Raw::Number(number.to_string()),
            toml::Value::Float(number) => Raw::Number(number.to_string()),
            toml::Value::Boolean(flag) => Raw::Bool(flag),
            toml::Value::Array(entries) => {
                let texts: Option<Vec<String>> = entries
                    .iter()
                    .map(|entry| entry.as_str().map(ToOwned::to_owned))
                    .collect();
                let Some(texts) = texts else {
                    self.problems.push(Problem::of(
                        declared.name,
                        "is a list with something else than texts in it",
                        "Put each entry in quotes: a phone number without them loses its `+`.",
                    ));
                    return;
                };
                Raw::List(texts)
            }
            toml::Value::Datetime(_) | toml::Value::Table(_) => {
                self.problems.push(Problem::of(
                    declared.name,
                    "is neither a text, a number, a yes or no, nor a list",
                    format!("An example: {} = {}", declared.name, declared.example),
                ));
                return;
            }
        };
        self.values.insert(declared.name, (raw, Origin::File));
    }

    fn read_environment(&mut self, environment: impl Iterator<Item = (OsString, OsString)>) {
        for (name, value) in environment {
            let Some(name) = name.to_str() else { continue };
            let Some(declared) = declared::find(name) else {
                if name.starts_with("GYMTEXT_") && !NOT_SETTINGS.contains(&name) {
                    let near = nearest(name)
                        .map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
                    self.warnings.push(Problem::general(
                        format!("the environment has `{}`, which is no setting", brief(name)),
                        format!("It is not used.{near}"),
                    ));
                }
                continue;
            };
            match value.into_string() {
                // Set to nothing is how shells and compose files leave a variable out, except
                // where leaving out and naming nobody are opposites.
                Ok(text) if text.is_empty() && declared.name != "GYMTEXT_ALLOW_LIST" => {}
                Ok(text) => {
                    self.values
                        .insert(declared.name, (Raw::Text(text), Origin::Environment));
                }
                Err(_) => self.problems.push(Problem::of(
                    declared.name,
                    "is not valid UTF-8 in the environment",
                    "Set it again.",
                )),
            }
        }
    }
}

/// Variables with our prefix that are something else than settings.
const NOT_SETTINGS: [&str; 3] = [
    "GYMTEXT_CONFIG",
    "GYMTEXT_WRITE_DOCS",
    crate::failpoints::VARIABLE,
];

fn brief(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// The declared name closest to this one, if it is a slip of the pen.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    declared::SETTINGS
        .iter()
        .map(|declared| (distance(&name, declared.name), declared.name))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<u8> = b.bytes().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut left = i + 1;
        let mut diagonal = i;
        let mut next = vec![left];
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            let cost = diagonal + usize::from(x != *y);
            left = cost.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        assert_eq!(nearest("TWILIO_AUTH_TOKN"), Some("TWILIO_AUTH_TOKEN"));
        assert_eq!(nearest("database_url"), Some("DATABASE_URL"));
        assert_eq!(nearest("SOMETHING_ELSE"), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
