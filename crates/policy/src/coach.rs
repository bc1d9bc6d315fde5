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
use crate::said::{Said, is_slip_of_name};
use crate::words::{Plain, any, without};

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
    if topic(text).is_some() {
        return None;
    }
    let plain = Plain::of(text);
    wish_in(&Said::of(text, &plain), text, exercises, today)
}

/// The same of a text that was read and is no topic. What changes nothing may have a slip in it; what does is taken to
/// the letter.
fn wish_in<'a>(
    said: &Said<'_>,
    text: &str,
    exercises: &'a [Exercise],
    today: Date,
) -> Option<Wish<'a>> {
    if let Some(exercise) = named(said.mended(), exercises) {
        // Whatever else it may be, it is about that exercise: “pause squats” are no holiday.
        return about(said).map(|about| Wish::Exercise(about, exercise));
    }
    if said.says(phrases::RESUME) {
        return Some(Wish::Resume);
    }
    if let Some(until) = pause(said, today) {
        return Some(Wish::Pause { until });
    }
    if let Some(hour) = asked_hour(said, text) {
        return Some(Wish::Hour(hour));
    }
    if let Some(language) = asked_language(said) {
        return Some(Wish::Speak(language));
    }
    if said.means(phrases::WEEK) && !said.means(phrases::NOT_WEEK) {
        return Some(Wish::Week);
    }
    let is_tomorrow = said.means(phrases::TOMORROW) && !said.means(phrases::NOT_TOMORROW);
    is_tomorrow.then_some(Wish::Tomorrow)
}

/// A holiday, and until when.
#[expect(
    clippy::option_option,
    reason = "no holiday is not a holiday without an end"
)]
fn pause(said: &Said<'_>, today: Date) -> Option<Option<Date>> {
    let is_named = said.says(phrases::PAUSE);
    let until = when::until(said.words(), today);
    // Being away is no holiday from training by itself: some ask for something to do there.
    let is_away = until.is_some() && !said.asks && said.says(phrases::AWAY);
    let is_until = until.is_some() && said.says(phrases::PAUSE_UNTIL);
    let is_holiday = is_named || is_away || is_until;
    (is_holiday && !said.says(phrases::NOT_PAUSE)).then_some(until)
}

/// Their hour from now on.
fn asked_hour(said: &Said<'_>, text: &str) -> Option<u8> {
    let is_for_good =
        said.says(phrases::HOUR) || (said.says(phrases::HOUR_SENT) && said.says(phrases::FOR_GOOD));
    if !is_for_good {
        return None;
    }
    let words = without(phrases::PART_OF_DAY, said.words());
    let is_once = any(phrases::NOT_HOUR, &words);
    (!is_once).then(|| when::hour(text, said.words())).flatten()
}

fn asked_language(said: &Said<'_>) -> Option<Language> {
    let (language, _) = phrases::SPEAK.iter().find(|(_, list)| said.says(list))?;
    let is_about_it =
        said.says(phrases::NOT_SPEAK) || (said.asks && said.says(phrases::NOT_SPEAK_ASKED));
    (!is_about_it).then_some(*language)
}

/// Harder and easier before how: “how do I make squats easier” asks for the former.
fn about(said: &Said<'_>) -> Option<About> {
    if said.means(phrases::NOT_ABOUT) {
        None
    } else if said.means(phrases::HARDER) {
        Some(About::Harder)
    } else if said.means(phrases::EASIER) {
        Some(About::Easier)
    } else if said.means(phrases::INSTEAD) {
        Some(About::Instead)
    } else if said.means(phrases::HOW) {
        Some(About::How)
    } else {
        None
    }
}

/// The exercise of these that a text names.
pub fn exercise_named<'a>(text: &str, exercises: &'a [Exercise]) -> Option<&'a Exercise> {
    named(&Plain::of(text).words(), exercises)
}

/// The exercise a text names, by its longest name, to the letter before a slip of one; one or many of it are the same.
fn named<'a>(words: &[&str], exercises: &'a [Exercise]) -> Option<&'a Exercise> {
    let names = exercises.iter().flat_map(|exercise| {
        let names = [&exercise.name].into_iter().chain(&exercise.also);
        names.map(move |name| (exercise, Plain::of(name)))
    });
    let found = names.filter_map(|(exercise, name)| {
        let name = name.words();
        let is_there = |is_word: fn(&str, &str) -> bool| {
            !name.is_empty()
                && words.windows(name.len()).any(|said| {
                    said.iter()
                        .zip(&name)
                        .all(|(said, name)| is_word(said, name))
                })
        };
        let is_exact = is_there(|said, name| singular(said) == singular(name));
        let is_named = is_exact || is_there(is_nearly);
        is_named.then_some(((is_exact, name.len()), exercise))
    });
    found
        .max_by_key(|(fit, _)| *fit)
        .map(|(_, exercise)| exercise)
}

fn is_nearly(said: &str, name: &str) -> bool {
    singular(said) == singular(name) || is_slip_of_name(said, name)
}

fn singular(word: &str) -> &str {
    word.strip_suffix('s')
        .filter(|word| word.len() > 2)
        .unwrap_or(word)
}

#[cfg(test)]
mod phrasings;
#[cfg(test)]
mod tests;
