//! The languages we write ourselves, and what is said in them about days and people.

use jiff::civil::{Date, Weekday};

/// The languages we write ourselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Whatever is none of the others.
    English,
    /// `es`, `es-MX`, …
    Spanish,
    /// `pt`, `pt-BR`, …
    Portuguese,
}

impl Language {
    /// Of a locale such as `es-MX` or `pt_BR`; English when it is none of ours.
    pub fn of(locale: &str) -> Self {
        let base = locale.split(['-', '_']).next().unwrap_or("");
        if base.eq_ignore_ascii_case("es") {
            Self::Spanish
        } else if base.eq_ignore_ascii_case("pt") {
            Self::Portuguese
        } else {
            Self::English
        }
    }

    /// Its language tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
        }
    }
}

/// The name of the day in the language of `locale`.
pub fn weekday(date: Date, locale: &str) -> &'static str {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    match (Language::of(locale), date.weekday()) {
        (Language::English, Monday) => "Monday",
        (Language::English, Tuesday) => "Tuesday",
        (Language::English, Wednesday) => "Wednesday",
        (Language::English, Thursday) => "Thursday",
        (Language::English, Friday) => "Friday",
        (Language::English, Saturday) => "Saturday",
        (Language::English, Sunday) => "Sunday",
        (Language::Spanish, Monday) => "lunes",
        (Language::Spanish, Tuesday) => "martes",
        (Language::Spanish, Wednesday) => "miércoles",
        (Language::Spanish, Thursday) => "jueves",
        (Language::Spanish, Friday) => "viernes",
        (Language::Spanish | Language::Portuguese, Saturday) => "sábado",
        (Language::Spanish | Language::Portuguese, Sunday) => "domingo",
        (Language::Portuguese, Monday) => "segunda-feira",
        (Language::Portuguese, Tuesday) => "terça-feira",
        (Language::Portuguese, Wednesday) => "quarta-feira",
        (Language::Portuguese, Thursday) => "quinta-feira",
        (Language::Portuguese, Friday) => "sexta-feira",
    }
}

/// `, Ana` or nothing.
pub(crate) fn comma(name: &str) -> String {
    match given(name) {
        Some(given) => format!(", {given}"),
        None => String::new(),
    }
}

/// What a coach calls somebody: the first word of a name. `None` when there is none.
pub fn given(name: &str) -> Option<&str> {
    name.split(|c: char| c.is_whitespace() || c.is_control())
        .find(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan as _;

    #[test]
    fn a_coach_uses_the_first_name() {
        assert_eq!(comma("  Ana\tSouza "), ", Ana");
        assert_eq!((given("Ana"), given(" \n ")), (Some("Ana"), None));
    }

    #[test]
    fn the_days_have_the_names_of_their_language() {
        let sunday = jiff::civil::date(2026, 11, 22);
        assert_eq!(weekday(sunday, "en-US"), "Sunday");
        assert_eq!(weekday(sunday, "es"), "domingo");
        assert_eq!(weekday(sunday + 1.day(), "pt-BR"), "segunda-feira");
    }
}
