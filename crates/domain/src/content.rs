//! What is said, without regard to the channel that will carry it.

mod media;
mod rich;

pub use media::{IMAGE_BYTES_MAX, MEDIA_BYTES_MAX, MMS_OTHER_BYTES_MAX, Media, MediaKind};
pub use rich::{
    BODY_UNITS_MAX, BUTTON_UNITS_MAX, BUTTONS_MAX, CARDS_MAX, Choice, Choices, Contact,
    DESCRIPTION_UNITS_MAX, ID_UNITS_MAX, LABEL_UNITS_MAX, Link, Location, ROW_UNITS_MAX, ROWS_MAX,
    Rich,
};

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::private::Text;

/// The most characters of one text (Twilio's limit for SMS and MMS, facts/twilio.md 1.3), counted
/// in UTF-16 units, the stricter reading of that limit.
pub const TEXT_UNITS_MAX: usize = 1_600;

/// The most media of one message (facts/twilio.md 1.2).
pub const MEDIA_MAX: usize = 10;

/// What is wrong with a content.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ContentError {
    /// No text, no media, no template.
    #[error("a message needs a text, media or a template")]
    Empty,
    /// Too long a text.
    #[error("a text has at most {TEXT_UNITS_MAX} characters, this one has {units}")]
    TooLong {
        /// UTF-16 units found.
        units: usize,
    },
    /// Too many media.
    #[error("a message carries at most {MEDIA_MAX} media, this one has {count}")]
    TooManyMedia {
        /// How many there were.
        count: usize,
    },
    /// A NUL, which no channel carries and PostgreSQL cannot store.
    #[error("a text cannot hold a NUL character")]
    Nul,
    /// A media address that cannot be fetched by a provider.
    #[error("media must be an absolute http or https address of at most 2,048 characters")]
    MediaUrl,
    /// A template name or variable out of shape.
    #[error("{0}")]
    Template(&'static str),
    /// A type that no channel shows.
    #[error("no channel carries media of this type; see the list of types in the documentation")]
    MediaType,
    /// A kind that contradicts the type.
    #[error("media of this type are of kind `{known}`, not `{kind}`")]
    MediaKind {
        /// What was said.
        kind: MediaKind,
        /// What it is.
        known: MediaKind,
    },
    /// A medium larger than any channel carries.
    #[error("a medium of this kind has 1 to {most} bytes, this one has {found}")]
    MediaBytes {
        /// The largest of its kind.
        most: u64,
        /// What was declared.
        found: u64,
    },
    /// Too many or too few of something.
    #[error("a message has 1 to {most} {what}, this one has {found}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// The most.
        most: usize,
        /// How many there were.
        found: usize,
    },
    /// Too long a part.
    #[error("{what} has at most {most} characters, this one has {found}")]
    TooLongFor {
        /// The part.
        what: &'static str,
        /// The most UTF-16 units.
        most: usize,
        /// UTF-16 units found.
        found: usize,
    },
    /// An empty part.
    #[error("{what} cannot be empty")]
    Blank {
        /// The part.
        what: &'static str,
    },
    /// A line break or the like where there can be none.
    #[error("{what} is one line, without control characters")]
    Control {
        /// The part.
        what: &'static str,
    },
    /// Two that could not be told apart.
    #[error("{what} have each its own title and id, upper and lower case alike")]
    Repeated {
        /// Of what.
        what: &'static str,
    },
    /// Buttons or a list alone.
    #[error("buttons and lists need a text above them")]
    ChoicesWithoutText,
    /// Buttons beside a template.
    #[error(
        "a template brings its own buttons: it goes without blocks of choices, places, contacts or links"
    )]
    RichTemplate,
    /// No place on earth.
    #[error("a place has a latitude of -90 to 90 and a longitude of -180 to 180 degrees")]
    Location,
    /// An address that cannot be opened.
    #[error("a link opens an absolute http or https address of at most 2,048 characters")]
    LinkUrl,
    /// A variable of a text without a value.
    #[error("the text asks for `{{{{{variable}}}}}`, which has no value")]
    VariableMissing {
        /// Its name.
        variable: Box<str>,
    },
    /// A value for a variable the text does not have.
    #[error("the text has no `{{{{{variable}}}}}`")]
    VariableUnknown {
        /// Its name.
        variable: Box<str>,
    },
}

/// The address of a picture, sound or document; `http` or `https`, absolute. `Debug` hides it: such
/// addresses often carry tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaUrl(Box<str>);

impl MediaUrl {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MediaUrl {
    type Err = ContentError;
    fn from_str(text: &str) -> Result<Self, ContentError> {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or(ContentError::MediaUrl)?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or("");
        let clean = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
        if host.is_empty() || !clean || text.len() > 2_048 {
            return Err(ContentError::MediaUrl);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Debug for MediaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaUrl(…)")
    }
}

/// A template by our name for it, with the values of its variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateUse {
    /// Our name: `daily_workout`, `weekly_checkin`, …
    pub name: Box<str>,
    /// Values by variable, e.g. `1` → `Ana`. Never empty, without line breaks, tabs or more than
    /// four spaces in a row (facts/twilio.md 8.4).
    pub variables: BTreeMap<Box<str>, Text>,
}

impl TemplateUse {
    /// Checks names and values.
    pub fn new(name: &str, variables: BTreeMap<Box<str>, Text>) -> Result<Self, ContentError> {
        let word = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        if !word(name) {
            return Err(ContentError::Template(
                "a template's name is 1 to 64 letters, digits or underscores",
            ));
        }
        for (variable, value) in &variables {
            if !word(variable) {
                return Err(ContentError::Template(
                    "a variable's name is 1 to 64 letters, digits or underscores",
                ));
            }
            Self::check_value(value.as_str())?;
        }
        Ok(Self {
            name: name.into(),
            variables,
        })
    }

    /// Whether any template takes this as the value of a variable.
    pub fn check_value(value: &str) -> Result<(), ContentError> {
        if value.trim().is_empty() {
            return Err(ContentError::Template("a variable's value cannot be empty"));
        }
        if value.chars().any(char::is_control) || value.contains("     ") {
            return Err(ContentError::Template(
                "a variable's value cannot hold line breaks, tabs or more than four spaces in a row",
            ));
        }
        Ok(())
    }
}

/// One thing to say. Built by [`Content::new`], which refuses what no channel could carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    text: Text,
    media: Vec<Media>,
    template: Option<TemplateUse>,
    /// On the heap and mostly not there: a plain text pays one pointer for it.
    rich: Option<Box<Rich>>,
}

impl Content {
    /// Checks and keeps. An empty `text` is allowed when there is media or a template.
    pub fn new(
        text: Text,
        media: Vec<MediaUrl>,
        template: Option<TemplateUse>,
    ) -> Result<Self, ContentError> {
        let media = media.into_iter().map(Media::from).collect();
        Self::of(text, media, template, Rich::default())
    }

    /// Checks and keeps all that a message may hold.
    pub fn of(
        text: Text,
        media: Vec<Media>,
        template: Option<TemplateUse>,
        rich: Rich,
    ) -> Result<Self, ContentError> {
        let says_something = !text.as_str().trim().is_empty() || !media.is_empty();
        if !says_something && template.is_none() && rich.is_empty() {
            return Err(ContentError::Empty);
        }
        if text.as_str().contains('\0') {
            return Err(ContentError::Nul);
        }
        let units = text.as_str().encode_utf16().count();
        if units > TEXT_UNITS_MAX {
            return Err(ContentError::TooLong { units });
        }
        if media.len() > MEDIA_MAX {
            return Err(ContentError::TooManyMedia { count: media.len() });
        }
        if template.is_some() && !rich.is_empty() {
            return Err(ContentError::RichTemplate);
        }
        rich.check(text.as_str())?;
        Ok(Self {
            text,
            media,
            template,
            rich: (!rich.is_empty()).then(|| Box::new(rich)),
        })
    }

    /// A plain text.
    pub fn text_only(text: &str) -> Result<Self, ContentError> {
        Self::new(Text::new(text), Vec::new(), None)
    }

    /// The text, possibly empty.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The media, possibly none.
    pub fn media(&self) -> &[Media] {
        &self.media
    }

    /// Choices, places, contacts and links; `None` where there are none.
    pub fn rich(&self) -> Option<&Rich> {
        self.rich.as_deref()
    }

    /// What there is to choose from.
    pub fn choices(&self) -> Option<&Choices> {
        self.rich().and_then(|rich| rich.choices.as_ref())
    }

    /// Whether it says something by itself, without its template.
    pub fn has_body(&self) -> bool {
        !self.text.as_str().trim().is_empty() || !self.media.is_empty() || self.rich.is_some()
    }

    /// The template the caller asked for, if any.
    pub fn template(&self) -> Option<&TemplateUse> {
        self.template.as_ref()
    }
}

/// A text with `{{name}}` replaced by its values. Every variable needs a value, and every value a
/// variable, so that a misspelt name is noticed by its author and not by a member.
pub fn filled(text: &str, values: &BTreeMap<Box<str>, Text>) -> Result<Text, ContentError> {
    let mut words = String::with_capacity(text.len() + 32);
    let mut used = Vec::with_capacity(values.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        let name = name.trim();
        let value = values
            .get(name)
            .ok_or_else(|| ContentError::VariableMissing {
                variable: name.into(),
            })?;
        used.push(name);
        words.push_str(before);
        words.push_str(value.as_str());
        rest = after;
    }
    words.push_str(rest);
    match values.keys().find(|name| !used.contains(&&***name)) {
        Some(unknown) => Err(ContentError::VariableUnknown {
            variable: unknown.clone(),
        }),
        None => Ok(Text::from(words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<Box<str>, Text> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).into(), Text::from(*value)))
            .collect()
    }

    #[test]
    fn a_text_is_filled_with_all_its_values_or_not_at_all() {
        let hello = "Hi {{name}}, {{ day }} is leg day. {{name}}!";
        let both = values(&[("name", "Ana"), ("day", "Monday")]);
        assert_eq!(
            filled(hello, &both).map(|text| text.as_str().to_owned()),
            Ok("Hi Ana, Monday is leg day. Ana!".to_owned())
        );
        let says = |result: Result<Text, ContentError>| result.unwrap_err().to_string();
        assert_eq!(
            says(filled(hello, &values(&[("name", "Ana")]))),
            "the text asks for `{{day}}`, which has no value"
        );
        assert_eq!(
            says(filled("Hi", &values(&[("name", "Ana")]))),
            "the text has no `{{name}}`"
        );
        // A value is a value, also when it looks like a variable.
        let odd = filled("{{a}}", &values(&[("a", "{{b}}")])).unwrap();
        assert_eq!(odd.as_str(), "{{b}}");
    }

    #[test]
    fn choices_stand_below_a_text_and_not_beside_a_template() {
        let rich = || Rich {
            choices: Some(Choices::buttons(vec![Choice::button(None, "Yes").unwrap()]).unwrap()),
            ..Rich::default()
        };
        let of = |text: &str, template| Content::of(text.into(), Vec::new(), template, rich());
        assert_eq!(of(" ", None), Err(ContentError::ChoicesWithoutText));
        let template = TemplateUse::new("welcome", BTreeMap::new()).unwrap();
        assert_eq!(of("Hi", Some(template)), Err(ContentError::RichTemplate));
        assert!(of(&"a".repeat(1_025), None).is_err());
        assert!(of("Did you train?", None).unwrap().has_body());
    }
}
