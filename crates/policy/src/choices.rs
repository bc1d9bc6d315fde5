//! What a member meant by an answer to choices they were offered: a tap, a number, the word, or the
//! word with a slip of the thumb. What could mean two of them, or none, is not guessed.
//!
//! A number answers only what was asked last on that channel: after anything else we said, "3" may
//! be the answer to that. A word may answer for a day. STOP and friends are recognised before any of
//! this (`keywords`), whatever was offered.

mod numbers;
mod phrases;
mod typos;

use domain::content::Choice;
use domain::{Seconds, Timestamp};

use crate::keywords::{Keyword, recognise};
use crate::said::Said;
use crate::words::{Plain, any};

/// How long an offer may be answered by word: the session window of WhatsApp, for all channels (our
/// own choice).
pub const STANDS_FOR: Seconds = Seconds::new(24 * 3600);

/// The most hours a workout is put off by a word: after that it is another day's.
const HOURS_MAX: u8 = 12;

/// What was offered.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The choices in their order.
    pub choices: &'a [Choice],
    /// When it left.
    pub offered_at: Timestamp,
    /// Whether nothing else was said on the channel since.
    pub is_last_said: bool,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant<'a> {
    /// This one.
    Choice(&'a Choice),
    /// One of them, and it cannot be told which.
    Ambiguous,
    /// Something else.
    Other,
}

/// Reads an answer. `tapped` is the id of a tapped button or row.
pub fn meant<'a>(text: &str, tapped: Option<&str>, offer: &Offer<'a>, now: Timestamp) -> Meant<'a> {
    if let Some(id) = tapped {
        let found = offer.choices.iter().find(|choice| choice.id() == id);
        return found.map_or(Meant::Other, Meant::Choice);
    }
    if offer.offered_at + STANDS_FOR <= now || text.contains(['?', '？', '¿']) {
        return Meant::Other;
    }
    let plain = Plain::of(text);
    let words = plain.words();
    if words.is_empty() {
        return Meant::Other;
    }
    let by_number = numbers::number(&words)
        .filter(|_| offer.is_last_said)
        .and_then(|number| offer.choices.get(number.checked_sub(1)?));
    let by_word = by_word(&words, offer.choices);
    match (by_number, by_word) {
        (Some(one), Meant::Choice(other)) if one.id() != other.id() => Meant::Ambiguous,
        (Some(one), _) => Meant::Choice(one),
        (None, found) => found,
    }
}

/// By the title, the id, the first words of one title only, or a slip away from one title only.
fn by_word<'a>(words: &[&str], choices: &'a [Choice]) -> Meant<'a> {
    let titles: Vec<Plain> = choices.iter().map(|c| Plain::of(c.title())).collect();
    let said = words.join(" ");
    let exact = choices.iter().zip(&titles).filter(|(choice, title)| {
        title.words().join(" ") == said || Plain::of(choice.id()).words().join(" ") == said
    });
    match only(exact.map(|(choice, _)| choice)) {
        Meant::Other => {}
        found => return found,
    }
    // "skip" is enough for "Skip today", unless there is "Skip tomorrow" too.
    let begun = choices
        .iter()
        .zip(&titles)
        .filter(|(_, title)| title.words().starts_with(words));
    match only(begun.map(|(choice, _)| choice)) {
        Meant::Other => {}
        found => return found,
    }
    let slips = choices
        .iter()
        .zip(&titles)
        .filter(|(_, title)| typos::is_a_slip(&said, &title.words().join(" ")));
    only(slips.map(|(choice, _)| choice))
}

fn only<'a>(mut found: impl Iterator<Item = &'a Choice>) -> Meant<'a> {
    match (found.next(), found.next()) {
        (None, _) => Meant::Other,
        (Some(one), None) => Meant::Choice(one),
        (Some(_), Some(_)) => Meant::Ambiguous,
    }
}

/// What the service itself does when it is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send what waits for today now.
    StartWorkout,
    /// Send nothing more of today's workout.
    SkipToday,
    /// Ask when to send it.
    Reschedule,
    /// Send it in so many hours.
    Later {
        /// 1 to 12; 1 and 3 are what we offer.
        hours: u8,
    },
    /// Write no more.
    Stop,
}

impl Action {
    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::StartWorkout => "start_workout",
            Self::SkipToday => "skip",
            Self::Reschedule => "reschedule",
            Self::Later { .. } => "later",
            Self::Stop => "stop",
        }
    }
}

/// The buttons of our templates and messages, by id and by title in each language: buttons of
/// templates may come back with either.
const ACTIONS: &[(Action, &[&str])] = &[
    (
        Action::StartWorkout,
        &[
            "start workout",
            "start my workout",
            "empezar entreno",
            "empezar entrenamiento",
            "comenzar entreno",
            "comecar treino",
            "iniciar treino",
        ],
    ),
    (
        Action::SkipToday,
        &[
            "skip today",
            "saltar hoy",
            "hoy no",
            "pular hoje",
            "hoje nao",
        ],
    ),
    (
        Action::Reschedule,
        &[
            "reschedule",
            "reprogramar",
            "cambiar hora",
            "reagendar",
            "mudar horario",
        ],
    ),
    (Action::Later { hours: 1 }, &["later 1h"]),
    (Action::Later { hours: 3 }, &["later 3h"]),
];

/// What is to be done for a choice, or for words that are exactly those of one. Words of a member's own, without an
/// `id`, may say it in other ways.
pub fn action(id: Option<&str>, title: &str) -> Option<Action> {
    if recognise(title, id) == Keyword::Stop {
        return Some(Action::Stop);
    }
    if id.is_none() {
        let plain = Plain::of(title);
        return action_in(&Said::of(title, &plain));
    }
    id.and_then(named).or_else(|| named(title))
}

/// What a text that was read and is no keyword asks to be done.
pub(crate) fn action_in(said: &Said<'_>) -> Option<Action> {
    let exactly = ACTIONS
        .iter()
        .find(|(_, names)| names.iter().any(|name| is_all(name, said.words())));
    if let Some((action, _)) = exactly {
        return Some(*action);
    }
    if said.says(phrases::SKIP) {
        return Some(Action::SkipToday);
    }
    if said.says(phrases::LATER) {
        return Some(Action::Reschedule);
    }
    hours(said.words()).map(|hours| Action::Later { hours })
}

/// The action a button is named for.
fn named(text: &str) -> Option<Action> {
    let plain = Plain::of(text);
    let said = plain.words();
    ACTIONS
        .iter()
        .find(|(_, names)| names.iter().any(|name| is_all(name, &said)))
        .map(|(action, _)| *action)
}

fn is_all(name: &str, words: &[&str]) -> bool {
    name.split(' ').eq(words.iter().copied())
}

/// `in two hours`, `send it in 1 hour`: the hours, where that is all that is said.
fn hours(words: &[&str]) -> Option<u8> {
    let (unit, before) = words.split_last()?;
    let (count, before) = before.split_last()?;
    if !phrases::HOURS.contains(unit) || !any(phrases::IN, before) {
        return None;
    }
    let spelled = phrases::COUNTS
        .iter()
        .find(|(_, words)| words.contains(count));
    let hours = spelled
        .map(|(hours, _)| *hours)
        .or_else(|| count.parse().ok())?;
    (1..=HOURS_MAX).contains(&hours).then_some(hours)
}

#[cfg(test)]
mod tests;
