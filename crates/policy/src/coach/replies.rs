//! What a wish is answered with. GSM-7 as far as we choose the words.

use domain::work::Work;
use jiff::civil::Date;

use super::About;
use crate::language::Language::{self, English, Portuguese, Spanish};
use crate::language::comma;
use crate::programme::Exercise;

/// Of how many exercises at most the last time is told.
const LAST_TIMES_MAX: usize = 2;

/// About an exercise; `None` when its coach wrote nothing of that.
pub fn about(about: About, exercise: &Exercise, locale: &str) -> Option<String> {
    let name = &exercise.name;
    let language = Language::of(locale);
    Some(match about {
        About::How => match &exercise.media {
            Some(media) => format!("{name}: {}\n{media}", exercise.how),
            None => format!("{name}: {}", exercise.how),
        },
        About::Instead => {
            let instead = exercise.instead.as_ref()?;
            match language {
                English => format!("In place of {}: {instead}.", lower(name)),
                Spanish => format!("En lugar de {}: {instead}.", lower(name)),
                Portuguese => format!("No lugar de {}: {instead}.", lower(name)),
            }
        }
        About::Easier => {
            let easier = exercise.easier.as_ref()?;
            match language {
                English => format!("{name}, easier: {easier}."),
                Spanish => format!("{name}, mas suave: {easier}."),
                Portuguese => format!("{name}, mais leve: {easier}."),
            }
        }
        About::Harder => {
            let harder = exercise.harder.as_ref()?;
            match language {
                English => format!("{name}, harder: {harder}."),
                Spanish => format!("{name}, mas duro: {harder}."),
                Portuguese => format!("{name}, mais pesado: {harder}."),
            }
        }
    })
}

fn lower(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// The days to come, each with what there is to do.
pub fn week<'a>(days: impl IntoIterator<Item = (Date, Option<&'a str>)>, locale: &str) -> String {
    let language = Language::of(locale);
    let rest = match language {
        English => "rest",
        Spanish | Portuguese => "descanso",
    };
    let lines = days.into_iter().map(|(date, title)| {
        let day = short(date, language);
        format!("{day} {}: {}", date.day(), title.unwrap_or(rest))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The short name of a day, without accents.
fn short(date: Date, language: Language) -> &'static str {
    let names = match language {
        English => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        Spanish => ["Lun", "Mar", "Mie", "Jue", "Vie", "Sab", "Dom"],
        Portuguese => ["Seg", "Ter", "Qua", "Qui", "Sex", "Sab", "Dom"],
    };
    let at = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
    names.get(at).copied().unwrap_or("")
}

/// Tomorrow's workout; `None` on a day of rest.
pub fn tomorrow(workout: Option<&str>, locale: &str) -> String {
    match (Language::of(locale), workout) {
        (English, Some(workout)) => format!("Tomorrow:\n{workout}"),
        (Spanish, Some(workout)) => format!("Para el dia siguiente:\n{workout}"),
        (Portuguese, Some(workout)) => format!("Para o dia seguinte:\n{workout}"),
        (English, None) => "No training tomorrow. Enjoy the rest!".into(),
        (Spanish, None) => "El dia siguiente no hay entreno. Disfruta del descanso!".into(),
        (Portuguese, None) => "No dia seguinte sem treino. Aproveite o descanso!".into(),
    }
}

/// Sets were logged, each perhaps with those of the last time.
pub fn logged(works: &[(Work, Option<Work>)], name: &str, locale: &str) -> String {
    let language = Language::of(locale);
    let (done, last) = match language {
        English => ("Logged", "last time"),
        Spanish => ("Anotado", "la ultima vez"),
        Portuguese => ("Anotado", "da ultima vez"),
    };
    // Of many the last times would be too long to read.
    let tells_last = works.len() <= LAST_TIMES_MAX;
    let told = works.iter().map(|(work, before)| {
        let sets = sets(work, language);
        let line = if work.exercise.is_empty() {
            sets
        } else {
            format!("{} {sets}", work.exercise)
        };
        match before.as_ref().filter(|_| tells_last) {
            Some(before) => format!("{line} ({last} {})", self::sets(before, language)),
            None => line,
        }
    });
    let told = told.collect::<Vec<_>>().join(", ");
    format!("{done}{}: {told}.", comma(name))
}

/// `4x5 at 80 kg`.
fn sets(work: &Work, language: Language) -> String {
    let with = match language {
        English => "at",
        Spanish => "con",
        Portuguese => "com",
    };
    let Work {
        sets, each, weight, ..
    } = work;
    match weight {
        Some(weight) => format!("{sets}x{each} {with} {weight}"),
        None => format!("{sets}x{each}"),
    }
}

/// A holiday began.
pub fn paused(until: Option<Date>, name: &str, locale: &str) -> String {
    let name = comma(name);
    let language = Language::of(locale);
    let day = until.map(|until| format!("{} {}", short(until, language), until.day()));
    match (language, day) {
        (English, Some(day)) => format!(
            "Enjoy your break{name}! Your workouts go on {day}, where you left off. Text BACK to begin sooner."
        ),
        (English, None) => format!(
            "Enjoy your break{name}! Text BACK when you want to go on: you'll begin where you left off."
        ),
        (Spanish, Some(day)) => format!(
            "Disfruta de la pausa{name}! Tus entrenos siguen el {day}, donde lo dejaste. Escribe VUELVO para empezar antes."
        ),
        (Spanish, None) => format!(
            "Disfruta de la pausa{name}! Escribe VUELVO para seguir: empiezas donde lo dejaste."
        ),
        (Portuguese, Some(day)) => format!(
            "Aproveite a pausa{name}! Os treinos seguem em {day}, de onde parou. Escreva VOLTEI para antecipar."
        ),
        (Portuguese, None) => format!(
            "Aproveite a pausa{name}! Escreva VOLTEI quando quiser seguir: continua de onde parou."
        ),
    }
}

/// A holiday is over; or there was none.
pub fn resumed(was_paused: bool, name: &str, locale: &str) -> String {
    let name = comma(name);
    match (Language::of(locale), was_paused) {
        (English, true) => format!(
            "Welcome back{name}! Your workouts go on where you left off. Text WORKOUT for today's."
        ),
        (Spanish, true) => format!(
            "Que bueno verte de vuelta{name}! Tus entrenos siguen donde lo dejaste. Escribe ENTRENO para el de hoy."
        ),
        (Portuguese, true) => format!(
            "Que bom ter voce de volta{name}! Os treinos seguem de onde parou. Escreva TREINO para o de hoje."
        ),
        (English, false) => format!(
            "You're not on a break{name}: your workouts come as usual. Text WORKOUT for today's."
        ),
        (Spanish, false) => format!(
            "No tienes ninguna pausa{name}: tus entrenos llegan como siempre. Escribe ENTRENO para el de hoy."
        ),
        (Portuguese, false) => format!(
            "Voce nao esta em pausa{name}: os treinos chegam como sempre. Escreva TREINO para o de hoje."
        ),
    }
}

/// The hour is another one.
pub fn hour(hour: u8, name: &str, locale: &str) -> String {
    let name = comma(name);
    match Language::of(locale) {
        English => format!("Done{name}: from now on your workout comes at {hour}:00, your time."),
        Spanish => format!("Hecho{name}: desde ahora tu entreno llega a las {hour}:00, tu hora."),
        Portuguese => {
            format!("Pronto{name}: de agora em diante o treino chega as {hour}:00, sua hora.")
        }
    }
}

/// They are written to in another language.
pub fn speaks(language: Language, name: &str) -> String {
    let name = comma(name);
    match language {
        English => format!("Sure{name}: I'll write in English from now on."),
        Spanish => format!("Claro{name}: desde ahora te escribo en castellano."),
        Portuguese => format!("Claro{name}: a partir de agora escrevo na sua lingua."),
    }
}
