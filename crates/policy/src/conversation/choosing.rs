//! What is said when a member has chosen one of our own buttons, and the choices that go with it.

use domain::Choices;
use domain::content::Choice;

use super::Speaker;
use crate::language::Language::{self, English, Portuguese, Spanish};
use crate::language::comma;

/// Hours after which a workout that was put off comes, unless another time is chosen.
pub const PUT_OFF_HOURS: u8 = 3;

/// What came of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Today's workout is skipped.
    Skipped,
    /// It comes in so many hours.
    Moved {
        /// 1 or 3.
        hours: u8,
    },
    /// It comes in three hours, unless another time is chosen now.
    PutOff,
    /// There was nothing to do it to.
    NothingWaits,
    /// It cannot be told which one was meant.
    Which,
}

/// The words for it.
pub fn told(outcome: Outcome, speaker: &Speaker<'_>) -> String {
    let language = Language::of(speaker.locale);
    let words = match (outcome, language) {
        (Outcome::Skipped, English) => {
            "OK{name}, today's workout is skipped. See you tomorrow!".to_owned()
        }
        (Outcome::Skipped, Spanish) => {
            "Vale{name}, hoy te saltas el entreno. Nos vemos mañana!".to_owned()
        }
        (Outcome::Skipped, Portuguese) => {
            "Certo{name}, hoje o treino fica de fora. Te vejo amanha!".to_owned()
        }
        (Outcome::Moved { hours: 1 }, English) => "OK{name}, I'll send it in 1 hour.".to_owned(),
        (Outcome::Moved { hours: 1 }, Spanish) => "Vale{name}, te lo envio en 1 hora.".to_owned(),
        (Outcome::Moved { hours: 1 }, Portuguese) => "Certo{name}, envio em 1 hora.".to_owned(),
        (Outcome::Moved { hours }, English) => {
            format!("OK{{name}}, I'll send it in {hours} hours.")
        }
        (Outcome::Moved { hours }, Spanish) => {
            format!("Vale{{name}}, te lo envio en {hours} horas.")
        }
        (Outcome::Moved { hours }, Portuguese) => format!("Certo{{name}}, envio em {hours} horas."),
        (Outcome::PutOff, English) => {
            format!("OK{{name}}, I'll send it in {PUT_OFF_HOURS} hours. Or choose:")
        }
        (Outcome::PutOff, Spanish) => {
            format!("Vale{{name}}, te lo envio en {PUT_OFF_HOURS} horas. O elige:")
        }
        (Outcome::PutOff, Portuguese) => {
            format!("Certo{{name}}, envio em {PUT_OFF_HOURS} horas. Ou escolha:")
        }
        (Outcome::NothingWaits, English) => {
            "OK{name}. There is nothing waiting for you today.".to_owned()
        }
        (Outcome::NothingWaits, Spanish) => {
            "Vale{name}. Hoy no te queda nada pendiente.".to_owned()
        }
        (Outcome::NothingWaits, Portuguese) => "Certo{name}. Hoje nao ha nada pendente.".to_owned(),
        (Outcome::Which, English) => "Sorry{name}, which one do you mean?".to_owned(),
        (Outcome::Which, Spanish) => "Perdona{name}, cual de ellas quieres?".to_owned(),
        (Outcome::Which, Portuguese) => "Desculpe{name}, qual delas voce quer?".to_owned(),
    };
    words.replace("{name}", &comma(speaker.name))
}

/// Other times for a workout that was put off. Their ids are known to `policy::choices`.
pub fn other_times(locale: &str) -> Option<Choices> {
    let titles = match Language::of(locale) {
        English => ["In 1 hour", "Start workout", "Skip today"],
        Spanish => ["En 1 hora", "Empezar entreno", "Saltar hoy"],
        Portuguese => ["Em 1 hora", "Iniciar treino", "Pular hoje"],
    };
    let ids = ["later_1h", "start_workout", "skip_today"];
    let all = ids
        .iter()
        .zip(titles)
        .map(|(id, title)| Choice::button(Some(id), title));
    Choices::buttons(all.collect::<Result<_, _>>().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices::{Action, action};
    use crate::keywords::{Keyword, recognise};
    use domain::segments::{Encoding, segments};

    #[test]
    fn what_is_told_is_short_plain_and_no_keyword() {
        for locale in ["en", "es-MX", "pt-BR", "xx"] {
            for outcome in [
                Outcome::Skipped,
                Outcome::Moved { hours: 1 },
                Outcome::Moved { hours: 3 },
                Outcome::PutOff,
                Outcome::NothingWaits,
                Outcome::Which,
            ] {
                for name in ["Ana", ""] {
                    let text = told(outcome, &Speaker { name, locale });
                    let cost = segments(&text, false);
                    assert_eq!((cost.encoding, cost.count), (Encoding::Gsm7, 1), "{text}");
                    assert!(!text.contains(['{', '}']), "{text}");
                    assert_eq!(recognise(&text, None), Keyword::None, "{text}");
                }
            }
        }
    }

    #[test]
    fn other_times_do_what_they_say() {
        for locale in ["en", "es", "pt"] {
            let choices = other_times(locale).unwrap();
            let actions: Vec<_> = choices
                .all()
                .iter()
                .map(|choice| action(Some(choice.id()), choice.title()))
                .collect();
            assert_eq!(
                actions,
                [
                    Some(Action::Later { hours: 1 }),
                    Some(Action::StartWorkout),
                    Some(Action::SkipToday)
                ]
            );
        }
    }
}
