//! Buttons and lists as a provider wants them: made known once, then sent by an id.
//!
//! A shape is what many messages have in common. The lines of the text are its variables, so that
//! the same buttons below another text are the same shape, and a broadcast with a name in it needs one
//! and not one per member. Line breaks cannot stand in a variable (facts/twilio.md 8.4): they stay
//! in the shape.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use domain::Text;
use domain::content::{Choice, Choices};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A text of more lines than this is written into the shape as it is: 100 variables are the most
/// (92002).
const LINES_MAX: usize = 50;

/// What a provider has to know before it can show choices. `Debug` hides its words.
#[derive(Clone, PartialEq, Eq)]
pub struct Shape {
    body: Box<str>,
    variables: usize,
    choices: Choices,
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

impl Shape {
    /// The shape of a text with choices, and the values that make this text of it.
    pub fn of(body: &str, choices: &Choices) -> (Self, BTreeMap<Box<str>, Text>) {
        let lines: Vec<&str> = body.lines().collect();
        let mut values = BTreeMap::new();
        let mut shaped = String::with_capacity(body.len());
        if lines.len() > LINES_MAX {
            // What looks like a variable in it is none.
            shaped = body.replace("{{", "{ {");
        } else {
            for (at, line) in lines.iter().enumerate() {
                if at > 0 {
                    shaped.push('\n');
                }
                let line = value(line);
                if line.trim().is_empty() {
                    continue;
                }
                let name = (values.len() + 1).to_string();
                // Writing to a String cannot fail.
                let _ = write!(shaped, "{{{{{name}}}}}");
                values.insert(name.into(), Text::from(line));
            }
        }
        let shape = Self {
            body: shaped.into(),
            variables: values.len(),
            choices: choices.clone(),
        };
        (shape, values)
    }

    /// Names it by what it holds: the same shape has the same name on every node, and after a restart.
    pub fn name(&self) -> String {
        let mut name = String::from("gymtext_session_");
        for byte in Sha256::digest(self.types().to_string().as_bytes())
            .iter()
            .take(16)
        {
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    /// Samples for its variables.
    pub fn samples(&self) -> BTreeMap<String, &'static str> {
        (1..=self.variables)
            .map(|number| (number.to_string(), "text"))
            .collect()
    }

    /// As Twilio's content types (facts/twilio.md 8.3).
    pub fn types(&self) -> Value {
        match self.choices.list_button() {
            None => {
                let actions = self.choices.all().iter().map(|choice| {
                    json!({"type": "QUICK_REPLY", "title": choice.title(), "id": choice.id()})
                });
                json!({"twilio/quick-reply": {"body": self.body, "actions": actions.collect::<Value>()}})
            }
            Some(button) => {
                let items = self.choices.all().iter().map(item);
                json!({"twilio/list-picker": {
                    "body": self.body, "button": button, "items": items.collect::<Value>(),
                }})
            }
        }
    }
}

fn item(choice: &Choice) -> Value {
    match choice.description() {
        None => json!({"id": choice.id(), "item": choice.title()}),
        Some(description) => {
            json!({"id": choice.id(), "item": choice.title(), "description": description})
        }
    }
}

/// A line as a variable may hold it: no tabs, no more than four spaces in a row.
fn value(line: &str) -> String {
    let mut spaces = 0;
    line.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| {
            spaces = if *c == ' ' { spaces + 1 } else { 0 };
            spaces <= 4
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yes_or_no() -> Choices {
        let all = ["Yes", "No"].map(|title| Choice::button(None, title).unwrap());
        Choices::buttons(all.into()).unwrap()
    }

    fn filled(shape: &Shape, values: &BTreeMap<Box<str>, Text>) -> String {
        let mut body = shape.body.to_string();
        for (name, value) in values {
            body = body.replace(&format!("{{{{{name}}}}}"), value.as_str());
        }
        body
    }

    #[test]
    fn the_same_buttons_below_another_text_are_the_same_shape() {
        let (ana, values) = Shape::of("Hi Ana!\n\nReady?", &yes_or_no());
        let (leo, _) = Shape::of("Hi Leo!\n\nDone?", &yes_or_no());
        assert_eq!(ana, leo);
        assert_eq!(&*ana.body, "{{1}}\n\n{{2}}");
        assert_eq!(filled(&ana, &values), "Hi Ana!\n\nReady?");
        let (other, _) = Shape::of("One line", &yes_or_no());
        assert_ne!(ana.name(), other.name());
        assert_eq!(ana.name(), leo.name());
        assert_eq!(ana.name().len(), "gymtext_session_".len() + 32);
    }

    #[test]
    fn a_value_holds_nothing_a_variable_may_not() {
        let (_, values) = Shape::of("a\tb      c\r\nd", &yes_or_no());
        let values: Vec<&str> = values.values().map(Text::as_str).collect();
        assert_eq!(values, ["a b    c", "d"]);
    }

    #[test]
    fn a_very_long_text_is_its_own_shape() {
        let long = "line {{1}}\n".repeat(60);
        let (shape, values) = Shape::of(&long, &yes_or_no());
        assert!(values.is_empty());
        assert!(!shape.body.contains("{{"));
    }

    #[test]
    fn a_list_is_a_list_picker() {
        let rows = [Choice::row(Some("legs"), "Legs", Some("20 min")).unwrap()];
        let (shape, _) = Shape::of("Which?", &Choices::list("Open", rows.into()).unwrap());
        assert_eq!(
            shape.types(),
            json!({"twilio/list-picker": {
                "body": "{{1}}", "button": "Open",
                "items": [{"id": "legs", "item": "Legs", "description": "20 min"}],
            }})
        );
    }
}
