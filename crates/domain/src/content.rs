//! What is said, without regard to the channel that will carry it.

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
    media: Vec<MediaUrl>,
    template: Option<TemplateUse>,
}

impl Content {
    /// Checks and keeps. An empty `text` is allowed when there is media or a template.
    pub fn new(
        text: Text,
        media: Vec<MediaUrl>,
        template: Option<TemplateUse>,
    ) -> Result<Self, ContentError> {
        if text.as_str().trim().is_empty() && media.is_empty() && template.is_none() {
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
        Ok(Self {
            text,
            media,
            template,
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
    pub fn media(&self) -> &[MediaUrl] {
        &self.media
    }

    /// The template the caller asked for, if any.
    pub fn template(&self) -> Option<&TemplateUse> {
        self.template.as_ref()
    }
}
