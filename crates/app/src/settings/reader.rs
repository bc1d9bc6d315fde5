//! Understands one value at a time. What cannot be understood becomes a problem, the default takes
//! its place, and reading goes on: people see everything that is wrong at once.

use std::fmt::Display;
use std::str::FromStr;

use domain::{PhoneNumber, Seconds, Secret};

use super::declared::{self, Shown};
use super::problem::Problem;
use super::sources::{Found, Raw};

pub(crate) struct Reader {
    pub(crate) found: Found,
}

impl Reader {
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.found.values.contains_key(name)
    }

    pub(crate) fn problem(
        &mut self,
        name: &'static str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.found.problems.push(Problem::of(name, what, remedy));
    }

    /// The value as text, else its default. Numbers and flags of the file are no texts: a phone
    /// number without quotes would have lost its `+`.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let default = || {
            declared::find(name)
                .and_then(|declared| declared.default)
                .map(ToOwned::to_owned)
        };
        let Some((raw, _)) = self.found.values.get(name) else {
            return default();
        };
        match raw {
            Raw::Text(text) => Some(text.trim().to_owned()),
            Raw::Number(_) | Raw::Bool(_) => {
                self.problem(
                    name,
                    "stands in the file without quotes",
                    "Put it in quotes: it is a text.",
                );
                default()
            }
            Raw::List(_) => {
                self.problem(name, "is a list in the file", "Write one text in quotes.");
                default()
            }
        }
    }

    /// A text, or a number or flag of the file as its text.
    fn loose(&mut self, name: &'static str) -> Option<String> {
        match self.found.values.get(name) {
            Some((Raw::Number(number), _)) => Some(number.clone()),
            Some((Raw::Bool(flag), _)) => Some(flag.to_string()),
            _ => self.text(name),
        }
    }

    pub(crate) fn secret(&mut self, name: &'static str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    /// Anything with a `FromStr` whose error is a sentence.
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &'static str, remedy: &str) -> Option<T>
    where
        T::Err: Display,
    {
        let text = self.loose(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(name, format!("is {}: {error}", quoted(name, &text)), remedy);
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> bool {
        let Some(text) = self.loose(name) else {
            return false;
        };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => true,
            "false" | "0" | "no" | "off" => false,
            _ => {
                self.problem(
                    name,
                    format!("is {}", quoted(name, &text)),
                    "Write `true` or `false`.",
                );
                false
            }
        }
    }

    pub(crate) fn whole(&mut self, name: &'static str, least: u32, most: u32) -> Option<u32> {
        let text = self.loose(name)?;
        match text.parse::<u32>() {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            Ok(_) | Err(_) => {
                self.problem(
                    name,
                    format!("is {}", quoted(name, &text)),
                    format!("Write a whole number from {least} to {most}."),
                );
                None
            }
        }
    }

    pub(crate) fn seconds(&mut self, name: &'static str) -> Option<Seconds> {
        let text = self.loose(name)?;
        let seconds = text.parse::<f64>().ok().and_then(Seconds::from_f64);
        if seconds.is_none() {
            self.problem(
                name,
                format!("is {}", quoted(name, &text)),
                "Write seconds, such as `30` or `0.5`.",
            );
        }
        seconds
    }

    pub(crate) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(name)?;
        let chosen = choices
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value);
        if chosen.is_none() {
            let words: Vec<_> = choices
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            self.problem(
                name,
                format!("is {}", quoted(name, &text)),
                format!("Write {}.", words.join(" or ")),
            );
        }
        chosen
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Option<PhoneNumber> {
        let text = self.text(name)?;
        self.one_number(name, &text)
    }

    pub(crate) fn numbers(&mut self, name: &'static str) -> Option<Vec<PhoneNumber>> {
        let texts = match &self.found.values.get(name)?.0 {
            Raw::List(texts) => texts.clone(),
            Raw::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            Raw::Number(_) | Raw::Bool(_) => {
                self.problem(
                    name,
                    "stands in the file without quotes",
                    "Write a list of texts: [\"+15005550009\"].",
                );
                return None;
            }
        };
        Some(
            texts
                .iter()
                .filter_map(|text| self.one_number(name, text))
                .collect(),
        )
    }

    fn one_number(&mut self, name: &'static str, text: &str) -> Option<PhoneNumber> {
        // People write spaces, dashes and brackets into numbers, and copy `whatsapp:` with them.
        let bare = text.strip_prefix("whatsapp:").unwrap_or(text);
        let bare: String = bare
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
            .collect();
        match bare.parse() {
            Ok(number) => Some(number),
            Err(error) => {
                self.problem(
                    name,
                    format!("has a value that is no phone number: {error}"),
                    "Write it in E.164 form: `+`, country code, number, such as +15005550006.",
                );
                None
            }
        }
    }

    /// A Twilio id: two capital letters and 32 hexadecimal digits.
    pub(crate) fn sid(&mut self, name: &'static str, prefix: &str, from: &str) -> Option<String> {
        let text = self.text(name)?;
        match sid_fault(&text, prefix) {
            None => Some(text),
            Some(fault) => {
                self.problem(name, fault, format!("Copy it again from {from}."));
                None
            }
        }
    }
}

/// What is wrong with an id, after the setting's name.
fn sid_fault(text: &str, prefix: &str) -> Option<String> {
    let shape = format!("an id of this kind is `{prefix}` and 32 digits of 0-9 and a-f");
    let Some(digits) = text.strip_prefix(prefix) else {
        return Some(format!("does not begin with `{prefix}`: {shape}"));
    };
    let strangers: Vec<char> = {
        let mut found: Vec<char> = digits.chars().filter(|c| !c.is_ascii_hexdigit()).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    if !strangers.is_empty() {
        let shown: Vec<_> = strangers
            .iter()
            .take(6)
            .map(|c| format!("`{}`", c.escape_debug()))
            .collect();
        return Some(format!(
            "has {}, which {} no hexadecimal digit{}: {shape}",
            shown.join(", "),
            if strangers.len() == 1 { "is" } else { "are" },
            if strangers.len() == 1 { "" } else { "s" },
        ));
    }
    (digits.len() != 32).then(|| {
        format!(
            "has {} digits after `{prefix}` instead of 32: {shape}",
            digits.len()
        )
    })
}

/// The value for a problem's sentence, unless it must not be shown.
fn quoted(name: &str, text: &str) -> String {
    match declared::find(name).map(|declared| declared.shown) {
        Some(Shown::Plain) => {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
            format!("`{shown}`")
        }
        Some(Shown::Secret | Shown::Numbers) | None => "not usable".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_the_plans_samples_are_refused_with_the_letters_that_are_wrong() {
        let good = "HXb5b62575e6e4ff6129ad7c8efe1f983e";
        assert_eq!(sid_fault(good, "HX"), None);
        let fault = sid_fault("HXd8e94797g8g6hh8341cf9e0ghg3h105g", "HX").unwrap();
        assert!(
            fault.contains("`g`, `h`, which are no hexadecimal digits"),
            "{fault}"
        );
        assert!(sid_fault("HX123", "HX").unwrap().contains("3 digits"));
        assert!(
            sid_fault("daily_workout", "HX")
                .unwrap()
                .contains("does not begin")
        );
    }
}
