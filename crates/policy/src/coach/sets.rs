//! Sets that members log: `done, 4x5 at 80`, `squats 5x5 100 kg, plank 3x45s`, `4 series de 8 con 20`. What is asked,
//! planned, refused or may be an injury is none.

use domain::work::{EXERCISE_CHARS_MAX, Each, Weight, WeightUnit, Work};

use super::{named, phrases};
use crate::conversation::NOT_DONE;
use crate::courtesy;
use crate::programme::Exercise;
use crate::safety::topic;
use crate::said::Said;
use crate::words::Plain;

/// The most a text can log.
const WORKS_MAX: usize = 10;

/// The longest name that is taken from somebody's words, in words.
const NAME_WORDS_MAX: usize = 3;

/// Bounds of what is a set at all.
const SETS_MAX: u32 = 50;
const REPS_MAX: u32 = 1_000;
const SECONDS_MAX: u32 = 7_200;
/// Hundredths.
const WEIGHT_MAX: u32 = 100_000;

/// Stands for the point of a decimal number, where punctuation is gone.
const POINT: char = 'p';

/// What a text logs, in the order told. `exercises` are those of their programme.
pub fn logged(text: &str, exercises: &[Exercise]) -> Option<Vec<Work>> {
    if topic(text).is_some() {
        return None;
    }
    let plain = Plain::of(text);
    logged_in(&Said::of(text, &plain), text, exercises)
}

/// The same of a text that was read and is no topic.
pub(super) fn logged_in(said: &Said<'_>, text: &str, exercises: &[Exercise]) -> Option<Vec<Work>> {
    let has_number = text.contains(|c: char| c.is_ascii_digit());
    if said.asks || !has_number {
        return None;
    }
    let refused = [
        NOT_DONE,
        phrases::NOT_LOGGED,
        phrases::INSTEAD,
        phrases::EASIER,
        phrases::HARDER,
    ];
    if refused.into_iter().any(|list| said.says(list)) {
        return None;
    }
    let plain = Plain::of(&written_out(text));
    let all = plain.words();
    let words = courtesy::without(&all).0;
    let tokens: Vec<&str> = words.iter().flat_map(|word| parts(word)).collect();
    let (mut works, mut gaps): (Vec<Work>, Vec<&[&str]>) = (Vec::new(), Vec::new());
    let (mut at, mut since) = (0, 0);
    while at < tokens.len() && works.len() < WORKS_MAX {
        let rest = tokens.get(at..).unwrap_or_default();
        let Some((work, length)) = work(rest).or_else(|| weight_and_work(rest)) else {
            at += 1;
            continue;
        };
        works.push(work);
        gaps.push(tokens.get(since..at).unwrap_or_default());
        at += length;
        since = at;
    }
    let last = tokens.get(since..).unwrap_or_default();
    // “4x5 at 80 squats”: names come last where none comes first.
    let first = gaps.first().copied().unwrap_or_default();
    if first.iter().all(|word| FILLERS.contains(word)) && named(last, exercises).is_some() {
        gaps.push(last);
        gaps.remove(0);
    }
    let mut previous = String::new();
    for (work, gap) in works.iter_mut().zip(gaps) {
        work.exercise = exercise(gap, exercises, &previous);
        previous.clone_from(&work.exercise);
    }
    (!works.is_empty()).then_some(works)
}

/// Whether somebody can have done this at all.
pub fn is_plausible(work: &Work) -> bool {
    let each = match work.each {
        Each::Reps(reps) => (1..=REPS_MAX).contains(&reps),
        Each::Seconds(seconds) => (1..=SECONDS_MAX).contains(&seconds),
    };
    let weight = work
        .weight
        .is_none_or(|weight| (1..=WEIGHT_MAX).contains(&weight.hundredths));
    let name = work.exercise.chars().count() <= EXERCISE_CHARS_MAX;
    (1..=SETS_MAX).contains(&work.sets) && each && weight && name
}

/// Points between digits, signs for times and at as letters, so that they outlive the plain form.
fn written_out(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| letters.get(at))
            .is_some_and(char::is_ascii_digit)
    };
    let mut written = String::with_capacity(text.len());
    for (at, letter) in letters.iter().enumerate() {
        match letter {
            '.' | ',' if is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)) => {
                written.push(POINT);
            }
            '×' | '*' => written.push('x'),
            '@' => written.push_str(" at "),
            other => written.push(*other),
        }
    }
    written
}

/// `4x5at80kg` in pieces: numbers and words.
fn parts(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest
            .char_indices()
            .find(|(at, letter)| {
                let is_point = *letter == POINT
                    && is_number
                    && rest
                        .get(at + 1..)
                        .is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
                letter.is_ascii_digit() != is_number && !is_point
            })
            .map_or(rest.len(), |(at, _)| at);
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts
}

/// Sets at the beginning of these tokens, and how many tokens they are.
fn work(tokens: &[&str]) -> Option<(Work, usize)> {
    let first = tokens.first()?;
    let mut at = 1;
    let sets = match *tokens.get(at)? {
        "x" => whole(first)?,
        word if SETS.contains(&word) => whole(first).or_else(|| spelled(first))?,
        _ => return None,
    };
    match *tokens.get(at)? {
        "x" => at += 1,
        word if SETS.contains(&word) => {
            at += 1;
            if tokens.get(at).is_some_and(|word| OF.contains(word)) {
                at += 1;
            }
        }
        _ => return None,
    }
    let count = whole(tokens.get(at)?)?;
    at += 1;
    let unit = tokens.get(at).copied().unwrap_or("");
    let each = if SECONDS.contains(&unit) {
        at += 1;
        Each::Seconds(count)
    } else if MINUTES.contains(&unit) {
        at += 1;
        Each::Seconds(count.checked_mul(60)?)
    } else {
        if REPS.contains(&unit) {
            at += 1;
        }
        Each::Reps(count)
    };
    let fits = match each {
        Each::Reps(reps) => (1..=REPS_MAX).contains(&reps),
        Each::Seconds(seconds) => (1..=SECONDS_MAX).contains(&seconds),
    };
    if !fits || !(1..=SETS_MAX).contains(&sets) {
        return None;
    }
    let (weight, length) = weight(tokens.get(at..).unwrap_or_default());
    let work = Work {
        exercise: String::new(),
        sets,
        each,
        weight,
    };
    Some((work, at + length))
}

/// `80 kg 4x5`: the weight first, with its unit.
fn weight_and_work(tokens: &[&str]) -> Option<(Work, usize)> {
    let (found, length) = weight(tokens);
    found.filter(|weight| weight.unit.is_some())?;
    let rest = tokens.get(length..)?;
    let joined = rest.iter().take_while(|word| AT.contains(word)).count();
    let (work, of_work) = work(rest.get(joined..)?)?;
    let is_alone = work.weight.is_none();
    let work = Work {
        weight: found,
        ..work
    };
    is_alone.then_some((work, length + joined + of_work))
}

/// A weight at the beginning of these tokens, and how many tokens it is.
fn weight(tokens: &[&str]) -> (Option<Weight>, usize) {
    let joined = tokens
        .iter()
        .take_while(|word| AT.contains(word))
        .count()
        .min(2);
    let Some(hundredths) = tokens.get(joined).and_then(|token| decimal(token)) else {
        return (None, 0);
    };
    let next = tokens.get(joined + 1).copied().unwrap_or("");
    // The number begins the next sets: `4x5 3x8`.
    if next == "x" || SETS.contains(&next) || !(1..=WEIGHT_MAX).contains(&hundredths) {
        return (None, 0);
    }
    let unit = if KILOGRAMS.contains(&next) {
        Some(WeightUnit::Kilograms)
    } else if POUNDS.contains(&next) {
        Some(WeightUnit::Pounds)
    } else {
        None
    };
    let length = joined + 1 + usize::from(unit.is_some());
    (Some(Weight { hundredths, unit }), length)
}

/// The exercise that the words beside some sets name: one of theirs, one they call so, or the one before.
fn exercise(beside: &[&str], exercises: &[Exercise], previous: &str) -> String {
    if let Some(exercise) = named(beside, exercises) {
        return exercise.name.clone();
    }
    let told: Vec<&str> = beside
        .iter()
        .copied()
        .filter(|word| !FILLERS.contains(word))
        .collect();
    let is_name = told
        .iter()
        .all(|word| word.chars().all(char::is_alphabetic));
    if told.is_empty() {
        return previous.to_owned();
    }
    if !is_name || told.len() > NAME_WORDS_MAX {
        return String::new();
    }
    told.join(" ").chars().take(EXERCISE_CHARS_MAX).collect()
}

fn whole(token: &str) -> Option<u32> {
    token.parse().ok()
}

/// Hundredths: `80`, `77p5`, `45p25`.
fn decimal(token: &str) -> Option<u32> {
    let (whole, part) = token.split_once(POINT).unwrap_or((token, ""));
    let hundredths = match part.len() {
        0 => 0,
        1 => part.parse::<u32>().ok()? * 10,
        2 => part.parse().ok()?,
        _ => return None,
    };
    let whole: u32 = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(hundredths)
}

/// A small number as a word.
fn spelled(word: &str) -> Option<u32> {
    let at = COUNTS.iter().position(|words| words.contains(&word))?;
    u32::try_from(at + 1).ok()
}

/// One, two, …
const COUNTS: [&[&str]; 6] = [
    &["one", "una", "uma"],
    &["two", "dos", "dois", "duas"],
    &["three", "tres"],
    &["four", "cuatro", "quatro"],
    &["five", "cinco"],
    &["six", "seis"],
];

const SETS: &[&str] = &[
    "set", "sets", "serie", "series", "rounds", "rondas", "voltas",
];
const OF: &[&str] = &["of", "de", "por", "by"];
const AT: &[&str] = &["at", "with", "x", "a", "con", "com", "de", "of"];
const REPS: &[&str] = &[
    "rep",
    "reps",
    "r",
    "repetitions",
    "times",
    "repeticiones",
    "repeticoes",
    "veces",
    "vezes",
];
const SECONDS: &[&str] = &["s", "sec", "secs", "second", "seconds", "seg", "segundos"];
const MINUTES: &[&str] = &["min", "mins", "minute", "minutes", "minuto", "minutos"];
const KILOGRAMS: &[&str] = &["kg", "kgs", "k", "kilo", "kilos", "quilo", "quilos"];
const POUNDS: &[&str] = &["lb", "lbs", "pound", "pounds", "libra", "libras"];

/// Words before sets that name nothing.
const FILLERS: &[&str] = &[
    "done", "did", "i", "ive", "have", "just", "finished", "log", "logged", "today", "todays",
    "my", "the", "and", "then", "also", "plus", "with", "for", "of", "all", "workout", "got",
    "hit", "made", "ok", "yes", "hey", "hi", "coach", "set", "sets", "at", "it", "hecho", "hecha",
    "hice", "termine", "hoy", "mi", "mis", "el", "la", "los", "las", "y", "luego", "despues",
    "con", "entreno", "listo", "feito", "feita", "fiz", "terminei", "hoje", "meu", "minha", "o",
    "a", "os", "as", "e", "depois", "com", "treino", "pronto", "de", "oi", "ola", "hola",
];

#[cfg(test)]
mod tests;
