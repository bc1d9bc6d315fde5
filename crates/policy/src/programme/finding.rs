//! What is wrong with a programme, said to the coach who wrote it.

use std::fmt;

/// Something wrong, or worth a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The language whose file it is in; empty when it is about the programme as a whole.
    pub language: String,
    /// The line it begins at, counted from 1.
    pub line: Option<usize>,
    /// Which rule.
    pub rule: Rule,
    /// What about: a title, a number, a word of theirs.
    pub about: String,
}

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can be used.
    Warning,
    /// It cannot.
    Error,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The name is not one.
    Slug,
    /// No file at all.
    NoLanguage,
    /// The name of a file is no language.
    Language,
    /// The part between the `+++` lines cannot be read.
    FrontMatter,
    /// Languages disagree about `days` or `at_end`.
    Disagreement,
    /// A heading that is none of ours.
    Heading,
    /// Text where none belongs.
    Stray,
    /// A week is missing or written twice.
    Weeks,
    /// A day is written twice, or is not 1 to 7.
    Days,
    /// A session or an exercise without words.
    Empty,
    /// An address that is not `https`.
    Media,
    /// Something Markdown has and a text message has not.
    Markup,
    /// Languages have different weeks, days or exercises.
    Unlike,
    /// Larger than what is kept.
    TooLarge,
    /// A message of more segments than [`super::compose::SEGMENTS_MAX`].
    Segments,
    /// A character that makes all of an SMS cost more.
    Characters,
}

impl Rule {
    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Slug => "slug",
            Self::NoLanguage => "no_language",
            Self::Language => "language",
            Self::FrontMatter => "front_matter",
            Self::Disagreement => "disagreement",
            Self::Heading => "heading",
            Self::Stray => "stray_text",
            Self::Weeks => "weeks",
            Self::Days => "days",
            Self::Empty => "empty",
            Self::Media => "media",
            Self::Markup => "markup",
            Self::Unlike => "languages_differ",
            Self::TooLarge => "too_large",
            Self::Segments => "segments",
            Self::Characters => "characters",
        }
    }

    /// Whether it can be used nevertheless.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Segments | Self::Characters | Self::Markup => Severity::Warning,
            Self::Slug
            | Self::NoLanguage
            | Self::Language
            | Self::FrontMatter
            | Self::Disagreement
            | Self::Heading
            | Self::Stray
            | Self::Weeks
            | Self::Days
            | Self::Empty
            | Self::Media
            | Self::Unlike
            | Self::TooLarge => Severity::Error,
        }
    }

    const fn says(self) -> &'static str {
        match self {
            Self::Slug => "is not a name; use 1 to 60 lower-case letters, digits and dashes",
            Self::NoLanguage => {
                "has no file; write one for each language, called `en.md` or `pt.md`"
            }
            Self::Language => {
                "is no language; call the file by two or three letters, such as `en.md`"
            }
            Self::FrontMatter => {
                "cannot be read; a file begins with a line `+++`, then `name = \"…\"` and `summary = \"…\"`, then `+++`"
            }
            Self::Disagreement => "is not the same in all languages; write it once, or alike",
            Self::Heading => {
                "is no heading of a programme; write `## Week 1`, `### Day 1: Title`, or `## Exercises` and `### Name`"
            }
            Self::Stray => "stands where nothing is read; put it below a `###` heading",
            Self::Weeks => "is missing or written twice; number the weeks from 1 without a gap",
            Self::Days => "is written twice, or is not 1 to 7",
            Self::Empty => {
                "has no words; say what is to be done, or leave the day out: it is a day of rest then"
            }
            Self::Media => {
                "is no address of a picture; it has to begin with https:// and be at most 2,000 characters"
            }
            Self::Markup => "has markup that a text message cannot show; it is sent as plain words",
            Self::Unlike => "is not in all languages; members would get different programmes",
            Self::TooLarge => {
                "is more than is kept: 256 KB for each language, 60 weeks, 300 exercises"
            }
            Self::Segments => {
                "is a long SMS; shorten it, or put a remark into a quote (`> …`): that is left out first"
            }
            Self::Characters => {
                "has a character that makes every SMS of it cost more than twice as much; use a plain one"
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            language,
            line,
            rule,
            about,
        } = self;
        if !language.is_empty() {
            write!(f, "{language}.md")?;
            if let Some(line) = line {
                write!(f, ", line {line}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{about} {}", rule.says())
    }
}
