//! How long the words of messages are kept: for ever, or so many days, by what they are for. What is redacted then keeps
//! its row: that it was sent, when, how, and why, is on record for as long as its member is.

use std::fmt;
use std::str::FromStr;

use domain::{Kind, Seconds};

/// The fewest days: what waits, repeats or follows on another channel is over by then (our own choice).
pub const DAYS_MIN: u32 = 7;

/// The most days that can be said: a hundred years.
pub const DAYS_MAX: u32 = 36_500;

/// What words are kept of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Words {
    /// What members write.
    Inbound,
    /// What we write, by what it is for.
    Of(Kind),
}

impl Words {
    /// All of them but codes, which are gone within a day anyway.
    pub fn all() -> impl Iterator<Item = Self> {
        let kinds = Kind::ALL.iter().copied();
        let kinds = kinds.filter(|kind| *kind != Kind::LoginCode);
        std::iter::once(Self::Inbound).chain(kinds.map(Self::Of))
    }

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Of(kind) => kind.as_str(),
        }
    }
}

/// How long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Days for everything that is not named; `None` keeps it.
    every: Option<u32>,
    /// Days for what is named; an inner `None` keeps it.
    named: Vec<(Words, Option<u32>)>,
}

impl Retention {
    /// How many days the words of these are kept; `None` is for ever.
    pub fn days(&self, words: Words) -> Option<u32> {
        let named = self.named.iter().find(|(one, _)| *one == words);
        named.map_or(self.every, |(_, days)| *days)
    }

    /// What is not kept for ever, and how long it is.
    pub fn rules(&self) -> impl Iterator<Item = (Words, Seconds)> + '_ {
        Words::all().filter_map(|words| Some((words, Seconds::new(self.days(words)? * 86_400))))
    }
}

/// What is wrong with a text that says how long.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RetentionError {
    /// A span that is none.
    #[error(
        "`{0}` is neither `keep` nor a number of days from {DAYS_MIN} to {DAYS_MAX} such as `365d`"
    )]
    Span(Box<str>),
    /// Something that has no words.
    #[error("`{0}` is neither `inbound` nor a kind of message")]
    Words(Box<str>),
    /// Said twice.
    #[error("`{0}` is there twice")]
    Twice(Box<str>),
}

fn span(text: &str) -> Result<Option<u32>, RetentionError> {
    if text == "keep" {
        return Ok(None);
    }
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
    days.filter(|days| (DAYS_MIN..=DAYS_MAX).contains(days))
        .map(Some)
        .ok_or_else(|| RetentionError::Span(text.into()))
}

/// `365d, chat_reply=90d, welcome=keep`
impl FromStr for Retention {
    type Err = RetentionError;

    fn from_str(text: &str) -> Result<Self, RetentionError> {
        let mut found = Self::default();
        let mut has_every = false;
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let Some((name, days)) = part.split_once('=') else {
                if has_every {
                    return Err(RetentionError::Twice(part.into()));
                }
                (found.every, has_every) = (span(part)?, true);
                continue;
            };
            let name = name.trim();
            let words = Words::all()
                .find(|words| words.as_str() == name)
                .ok_or_else(|| RetentionError::Words(name.into()))?;
            if found.named.iter().any(|(one, _)| *one == words) {
                return Err(RetentionError::Twice(name.into()));
            }
            found.named.push((words, span(days.trim())?));
        }
        Ok(found)
    }
}

/// As it is written.
impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |days: Option<u32>| days.map_or("keep".to_owned(), |days| format!("{days}d"));
        f.write_str(&written(self.every))?;
        self.named
            .iter()
            .try_for_each(|(words, days)| write!(f, ", {}={}", words.as_str(), written(*days)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_kept_unless_something_else_is_said() {
        assert_eq!(Retention::default().rules().count(), 0);
        assert_eq!(Retention::default().to_string(), "keep");
    }

    #[test]
    fn what_is_named_goes_before_what_is_said_of_all() {
        let said = "365d, inbound=90d,welcome = keep";
        let told: Retention = said.parse().unwrap();
        assert_eq!(told.days(Words::Of(Kind::DailyWorkout)), Some(365));
        assert_eq!(told.days(Words::Inbound), Some(90));
        assert_eq!(told.days(Words::Of(Kind::Welcome)), None);
        assert_eq!(told.rules().count(), Words::all().count() - 1);
        assert_eq!(told.to_string(), "365d, inbound=90d, welcome=keep");
        assert_eq!(told.to_string().parse::<Retention>().unwrap(), told);
        let one: Retention = "chat_reply=30d".parse().unwrap();
        assert_eq!(one.rules().count(), 1);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, why) in [
            ("6d", "`6d`"),
            ("36501d", "`36501d`"),
            ("365", "`365`"),
            ("lunch=30d", "`lunch`"),
            ("login_code=30d", "`login_code`"),
            ("30d, 40d", "twice"),
            ("welcome=30d, welcome=40d", "twice"),
        ] {
            let error = text.parse::<Retention>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
