//! What a coach does when asked by text, by rule: say how an exercise is done and what to do in place of it, tell
//! the days to come, and change the hour, the language or a holiday. What is not understood here is for
//! [`crate::conversation`], and what may be an injury never comes here: that goes to a person.

pub mod model;
mod phrases;
pub mod reading;
pub mod replies;
pub mod sets;
mod when;

use jiff::civil::Date;

use crate::language::Language;
use crate::programme::Exercise;
use crate::safety::topic;
use crate::words::{Plain, occurs};

/// What they want to know about an exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// How it is done.
    How,
    /// What to do in place of it.
    Instead,
    /// An easier form.
    Easier,
    /// A harder form.
    Harder,
}

/// What somebody wants that we can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish<'a> {
    /// To know something about an exercise.
    Exercise(About, &'a Exercise),
    /// To know the days to come.
    Week,
    /// To know what there is to do tomorrow.
    Tomorrow,
    /// A holiday, from today on; until this day, or until they say so.
    Pause {
        /// The day they go on.
        until: Option<Date>,
    },
    /// To go on.
    Resume,
    /// Their workout at another hour from now on.
    Hour(u8),
    /// Another language.
    Speak(Language),
}

impl Wish<'_> {
    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Exercise(About::How, _) => "how_to",
            Self::Exercise(About::Instead, _) => "swap",
            Self::Exercise(About::Easier, _) => "easier",
            Self::Exercise(About::Harder, _) => "harder",
            Self::Week => "this_week",
            Self::Tomorrow => "tomorrow",
            Self::Pause { .. } => "pause",
            Self::Resume => "resume",
            Self::Hour(_) => "hour",
            Self::Speak(_) => "language",
        }
    }
}

/// What a text wishes for, if it is one of ours. `exercises` are those of their programme, `today` their local
/// date.
pub fn wish<'a>(text: &str, exercises: &'a [Exercise], today: Date) -> Option<Wish<'a>> {
    let plain = Plain::of(text);
    let words = plain.words();
    let any = |list: &[&str]| list.iter().any(|phrase| occurs(phrase, &words));
    if topic(text).is_some() {
        return None;
    }
    if let Some(exercise) = named(&words, exercises) {
        // Whatever else it may be, it is about that exercise: “pause squats” are no holiday.
        return about(&any).map(|about| Wish::Exercise(about, exercise));
    }
    if any(phrases::RESUME) {
        return Some(Wish::Resume);
    }
    let until = when::until(&words, today);
    // Being away is no holiday from training by itself: some ask for something to do there.
    let is_away = until.is_some() && !text.contains(['?', '¿']) && any(phrases::AWAY);
    if is_away || any(phrases::PAUSE) {
        return Some(Wish::Pause { until });
    }
    if any(phrases::HOUR)
        && let Some(hour) = when::hour(text, &words)
    {
        return Some(Wish::Hour(hour));
    }
    let spoken = phrases::SPEAK.iter().find(|(_, list)| any(list));
    if let Some((language, _)) = spoken {
        return Some(Wish::Speak(*language));
    }
    if any(phrases::WEEK) {
        return Some(Wish::Week);
    }
    any(phrases::TOMORROW).then_some(Wish::Tomorrow)
}

/// Harder and easier before how: “how do I make squats easier” asks for the former.
fn about(any: &impl Fn(&[&str]) -> bool) -> Option<About> {
    if any(phrases::HARDER) {
        Some(About::Harder)
    } else if any(phrases::EASIER) {
        Some(About::Easier)
    } else if any(phrases::INSTEAD) {
        Some(About::Instead)
    } else if any(phrases::HOW) {
        Some(About::How)
    } else {
        None
    }
}

/// The exercise of these that a text names.
pub fn exercise_named<'a>(text: &str, exercises: &'a [Exercise]) -> Option<&'a Exercise> {
    named(&Plain::of(text).words(), exercises)
}

/// The exercise a text names, by its longest name; one or many of it are the same.
fn named<'a>(words: &[&str], exercises: &'a [Exercise]) -> Option<&'a Exercise> {
    let names = exercises.iter().flat_map(|exercise| {
        let names = [&exercise.name].into_iter().chain(&exercise.also);
        names.map(move |name| (exercise, Plain::of(name)))
    });
    let found = names.filter_map(|(exercise, name)| {
        let name = name.words();
        let is_named = !name.is_empty()
            && words.windows(name.len()).any(|said| {
                said.iter()
                    .zip(&name)
                    .all(|(said, name)| singular(said) == singular(name))
            });
        is_named.then_some((name.len(), exercise))
    });
    found
        .max_by_key(|(length, _)| *length)
        .map(|(_, exercise)| exercise)
}

fn singular(word: &str) -> &str {
    word.strip_suffix('s')
        .filter(|word| word.len() > 2)
        .unwrap_or(word)
}

#[cfg(test)]
mod tests;
