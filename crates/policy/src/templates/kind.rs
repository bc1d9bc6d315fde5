//! What may stand in a variable. A value is judged before it is stored, so that a mistake is the
//! caller's 422 and not a refusal by the provider when the message is due.

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableKind {
    /// A person's name.
    Name,
    /// A day as people say it: `Monday`, `today`.
    Day,
    /// A date with a number in it: `12 May`.
    Date,
    /// A time of day with a number in it: `18:00`.
    Time,
    /// A number, perhaps with a sign, separators or a currency.
    Number,
    /// Any other words.
    Text,
}

/// The longest value of a name, day, date, time or number, in characters: our own choice.
const SHORT_MAX: usize = 60;

/// The longest value of any other: a template has 1,024 in all (facts/whatsapp.md 3.2).
const TEXT_MAX: usize = 300;

impl VariableKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Day,
        Self::Date,
        Self::Time,
        Self::Number,
        Self::Text,
    ];

    /// Its word in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Day => "day",
            Self::Date => "date",
            Self::Time => "time",
            Self::Number => "number",
            Self::Text => "text",
        }
    }

    /// By its word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Why a value cannot stand there, if it cannot. Line breaks, tabs, runs of spaces and empty
    /// values are wrong for every kind (facts/whatsapp.md 3.3, facts/twilio.md 8.4).
    pub fn refuses(self, value: &str) -> Option<&'static str> {
        if value.trim().is_empty() {
            return Some("it is empty");
        }
        if value.chars().any(char::is_control) || value.contains("     ") {
            return Some("it has a line break, a tab or more than four spaces in a row");
        }
        if value.contains("{{") || value.contains("}}") {
            return Some("it has braces like those of a variable");
        }
        let length = value.chars().count();
        let has_letter = value.chars().any(char::is_alphabetic);
        let has_digit = value.chars().any(|c| c.is_ascii_digit());
        if self == Self::Text {
            return (length > TEXT_MAX).then_some("it is longer than 300 characters");
        }
        if length > SHORT_MAX {
            return Some("it is longer than 60 characters");
        }
        match self {
            Self::Name if !has_letter => Some("it is a name, and has no letter"),
            Self::Name if value.contains("://") => Some("it is a name, and holds an address"),
            Self::Day if !has_letter && !has_digit => {
                Some("it is a day, and has neither letter nor digit")
            }
            Self::Date if !has_digit => Some("it is a date, and has no digit"),
            Self::Time if !has_digit => Some("it is a time of day, and has no digit"),
            Self::Number if !has_digit => Some("it is a number, and has no digit"),
            Self::Name | Self::Day | Self::Date | Self::Time | Self::Number | Self::Text => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VariableKind::{Date, Day, Name, Number, Text, Time};
    use super::*;

    #[test]
    fn values_are_taken_or_refused_by_their_kind() {
        for (kind, value, taken) in [
            (Name, "Ana", true),
            (Name, "José María", true),
            (Name, "", false),
            (Name, "42", false),
            (Name, "https://x.example", false),
            (Day, "Monday", true),
            (Day, "segunda-feira", true),
            (Day, "…", false),
            (Date, "12 de mayo", true),
            (Date, "soon", false),
            (Time, "18:00", true),
            (Time, "noon", false),
            (Number, "R$ 1.200,50", true),
            (Number, "many", false),
            (Text, "anything that is said in one line", true),
            (Text, "two\nlines", false),
            (Text, "a\ttab", false),
            (Text, "five     spaces", false),
            (Text, "four    spaces", true),
            (Text, "{{2}}", false),
        ] {
            assert_eq!(kind.refuses(value).is_none(), taken, "{kind:?} {value:?}");
        }
        assert!(Name.refuses(&"a".repeat(61)).is_some());
        assert!(Text.refuses(&"a".repeat(301)).is_some());
    }

    #[test]
    fn kinds_are_read_by_their_words() {
        for kind in VariableKind::ALL {
            assert_eq!(VariableKind::of(kind.as_str()), Some(kind));
        }
        assert_eq!(VariableKind::of("emoji"), None);
    }
}
