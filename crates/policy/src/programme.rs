//! The built-in programme: seven days of exercise without equipment, in English, Spanish and
//! Portuguese. Every text is GSM-7 and at most three SMS segments, so some accents are left out, as
//! people do when they text.

mod english;
mod portuguese;
mod spanish;

use jiff::civil::{Date, Weekday};

/// What is to be done on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workout {
    /// A few words.
    pub title: &'static str,
    /// The whole text as it is sent: GSM-7, at most three segments.
    pub text: &'static str,
}

/// The languages we write ourselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Spanish,
    Portuguese,
}

impl Language {
    /// Of a locale such as `es-MX` or `pt_BR`; English when it is none of ours.
    pub(crate) fn of(locale: &str) -> Self {
        let base = locale.split(['-', '_']).next().unwrap_or("");
        if base.eq_ignore_ascii_case("es") {
            Self::Spanish
        } else if base.eq_ignore_ascii_case("pt") {
            Self::Portuguese
        } else {
            Self::English
        }
    }
}

/// The workout of a local date: each day of the week has its own.
pub fn workout(date: Date, locale: &str) -> Workout {
    let day = date.weekday();
    match Language::of(locale) {
        Language::English => english::workout(day),
        Language::Spanish => spanish::workout(day),
        Language::Portuguese => portuguese::workout(day),
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

/// The weekly question.
pub fn weekly_checkin(name: &str, locale: &str) -> String {
    let name = comma(name);
    match Language::of(locale) {
        Language::English => format!(
            "Hi{name}! How did your week go? Tell me what went well, what was hard, and anything you'd like to change."
        ),
        Language::Spanish => format!(
            "Hola{name}! Qué tal tu semana? Cuéntame lo bueno, lo que te ha costado y lo que te gustaria cambiar."
        ),
        Language::Portuguese => format!(
            "Oi{name}! Como foi a sua semana? Conte o que deu certo, o que foi duro e o que quer mudar."
        ),
    }
}

/// The first message after joining: who writes, how often, and how to stop (the CTIA asks for the
/// last two in a welcome by SMS).
pub fn welcome(name: &str, service: &str, locale: &str) -> String {
    let name = comma(name);
    match Language::of(locale) {
        Language::English => format!(
            "Welcome to {service}{name}! You'll get a workout every day at the hour you chose. Ask me anything, any time. Msg & data rates may apply. Text HELP for help, STOP to end."
        ),
        Language::Spanish => format!(
            "Te damos la bienvenida a {service}{name}! Cada dia te llega un entreno a la hora que elegiste. Pregunta lo que quieras. Pueden aplicarse tarifas de mensajes. AYUDA para ayuda, ALTO para terminar."
        ),
        Language::Portuguese => format!(
            "Boas-vindas ao {service}{name}! Todo dia chega um treino na hora que escolheu. Pergunte o que quiser. Podem ser cobradas tarifas de mensagens. AJUDA para ajuda, PARAR para encerrar."
        ),
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
pub(crate) fn given(name: &str) -> Option<&str> {
    name.split(|c: char| c.is_whitespace() || c.is_control())
        .find(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::segments::{Encoding, segments};
    use jiff::ToSpan as _;

    #[test]
    fn every_workout_is_plain_short_and_its_own() {
        let monday = jiff::civil::date(2026, 11, 23);
        for locale in ["en", "es-MX", "pt_BR", "fr", ""] {
            let mut seen = std::collections::HashSet::new();
            for days in 0..7 {
                let workout = workout(monday + days.days(), locale);
                let cost = segments(workout.text, false);
                assert_eq!(cost.encoding, Encoding::Gsm7, "{locale} {}", workout.text);
                assert!(
                    cost.count <= 3,
                    "{locale} {} is {} units",
                    workout.title,
                    cost.units
                );
                assert!(workout.text.starts_with(workout.title), "{}", workout.title);
                assert!(seen.insert(workout.text));
            }
            assert_eq!(workout(monday, locale), workout(monday + 7.days(), locale));
        }
    }

    #[test]
    fn a_coach_uses_the_first_name() {
        assert_eq!(comma("  Ana\tSouza "), ", Ana");
        assert_eq!((given("Ana"), given(" \n ")), (Some("Ana"), None));
        assert!(weekly_checkin("James Carter", "en").starts_with("Hi, James!"));
    }

    #[test]
    fn the_days_have_the_names_of_their_language() {
        let sunday = jiff::civil::date(2026, 11, 22);
        assert_eq!(weekday(sunday, "en-US"), "Sunday");
        assert_eq!(weekday(sunday, "es"), "domingo");
        assert_eq!(weekday(sunday + 1.day(), "pt-BR"), "segunda-feira");
    }

    #[test]
    fn the_welcome_says_how_to_stop() {
        for (locale, stop) in [("en", "STOP"), ("es", "ALTO"), ("pt", "PARAR")] {
            let text = welcome("Ana", "GymText", locale);
            assert!(text.contains(stop) && text.contains(", Ana!"));
            let cost = segments(&text, false);
            assert_eq!(
                (cost.encoding, cost.count <= 2),
                (Encoding::Gsm7, true),
                "{text}"
            );
            assert_eq!(segments(&weekly_checkin("", locale), false).count, 1);
        }
    }
}
