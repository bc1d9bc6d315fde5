//! What a member's words say, all of them: one message, or a burst of them in which each may be a wish of its own, or
//! go on with the one before.

use domain::Channel;
use domain::work::Work;
use jiff::civil::Date;

use super::sets::logged_in;
use super::{Wish, wish_in};
use crate::choices::{Action, action_in};
use crate::conversation::{Intent, intent_in};
use crate::keywords::{Keyword, recognise};
use crate::moving::wished_in;
use crate::programme::Exercise;
use crate::safety::{Topic, topic};
use crate::said::Said;
use crate::words::Plain;

/// What words say.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading<'a> {
    /// Something a person has to see at once.
    Topic(Topic),
    /// What one of our own buttons says.
    Act(Action),
    /// To be written to on a channel.
    Channel(Channel),
    /// Sets that were done.
    Logs(Vec<Work>),
    /// Something that is done by rule.
    Wish(Wish<'a>),
    /// Anything else.
    Intent(Intent),
}

impl Reading<'_> {
    /// A stable word for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Topic(topic) => topic.code(),
            Self::Act(action) => action.code(),
            Self::Channel(_) => "channel",
            Self::Logs(_) => "log",
            Self::Wish(wish) => wish.code(),
            Self::Intent(intent) => intent.code(),
        }
    }

    /// Whether it says something by itself.
    fn is_clear(&self) -> bool {
        match self {
            Self::Topic(_) | Self::Act(_) | Self::Channel(_) | Self::Logs(_) | Self::Wish(_) => {
                true
            }
            Self::Intent(intent) => match intent {
                Intent::TodaysWorkout | Intent::Done | Intent::Ready | Intent::Injury => true,
                Intent::Greeting | Intent::Thanks | Intent::Question | Intent::Unknown => false,
            },
        }
    }
}

/// What some of the lines of a burst say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<'a> {
    /// Which lines, by their number.
    pub lines: Vec<usize>,
    /// The words.
    pub words: String,
    /// What they say.
    pub reading: Reading<'a>,
}

/// Words that ask for nothing, beside others that do.
const POLITE: &[&str] = &[
    "please", "pls", "plz", "sorry", "ok", "okay", "lol", "haha", "hahaha", "por", "favor",
    "porfa", "perdon", "jaja", "jajaja", "desculpa", "desculpe", "kkk", "kkkk", "rs", "rsrs",
];

impl Part<'_> {
    /// Whether it is said for politeness, and needs no answer beside another.
    fn is_polite(&self) -> bool {
        match self.reading {
            Reading::Intent(Intent::Greeting | Intent::Thanks) => true,
            Reading::Intent(Intent::Unknown) => Plain::of(&self.words)
                .words()
                .iter()
                .all(|word| POLITE.contains(word)),
            _ => false,
        }
    }
}

/// What one text says.
pub fn read<'a>(text: &str, exercises: &'a [Exercise], today: Date) -> Reading<'a> {
    match topic(text) {
        Some(topic) => Reading::Topic(topic),
        None => read_harmless(text, exercises, today),
    }
}

/// What a text says that is no topic.
fn read_harmless<'a>(text: &str, exercises: &'a [Exercise], today: Date) -> Reading<'a> {
    if recognise(text, None) == Keyword::Stop {
        return Reading::Act(Action::Stop);
    }
    let plain = Plain::of(text);
    let said = Said::of(text, &plain);
    if let Some(action) = action_in(&said) {
        return Reading::Act(action);
    }
    if let Some(channel) = wished_in(&said) {
        return Reading::Channel(channel);
    }
    if let Some(work) = logged_in(&said, text, exercises) {
        return Reading::Logs(work);
    }
    match wish_in(&said, text, exercises, today) {
        Some(wish) => Reading::Wish(wish),
        None => Reading::Intent(intent_in(&said, text)),
    }
}

/// What the lines of a burst say, in their order: at least one part, and every line in one of them. What a person has
/// to see at once is all there is to it, whatever else is asked. A line that says nothing by itself goes on with the
/// one before, or begins the one after. What is left of politeness and of what was said twice needs no answer.
pub fn parts<'a>(lines: &[&str], exercises: &'a [Exercise], today: Date) -> Vec<Part<'a>> {
    let whole = |lines: &[&str]| lines.join(" ");
    let all: Vec<usize> = (0..lines.len()).collect();
    let topics = lines.iter().copied().filter_map(topic);
    let of_all = (lines.len() > 1).then(|| topic(&whole(lines))).flatten();
    if let Some(topic) = topics.chain(of_all).min() {
        return vec![Part {
            lines: all,
            words: whole(lines),
            reading: Reading::Topic(topic),
        }];
    }
    // No line is a topic, nor all of them together; two of them may be.
    let mut parts: Vec<Part<'a>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let own = Part {
            lines: vec![at],
            words: (*line).to_owned(),
            reading: read_harmless(line, exercises, today),
        };
        let joined = parts.last().and_then(|before| {
            let words = format!("{} {}", before.words, own.words);
            let reading = read(&words, exercises, today);
            goes_on(before, &own, &reading).then(|| Part {
                lines: [&before.lines[..], &own.lines[..]].concat(),
                words,
                reading,
            })
        });
        match joined {
            Some(joined) => {
                parts.pop();
                parts.push(joined);
            }
            None => parts.push(own),
        }
    }
    told_once(parts)
}

/// Whether two parts say more together than each alone.
fn goes_on(before: &Part<'_>, own: &Part<'_>, together: &Reading<'_>) -> bool {
    if !together.is_clear() || matches!(together, Reading::Topic(_)) {
        return false;
    }
    let says_more = *together != before.reading && *together != own.reading;
    if before.reading.is_clear() && own.reading.is_clear() {
        // “squats” is nothing alone, “4x5 at 80” something; both together say which.
        return false;
    }
    says_more || (before.reading.is_clear() && *together == before.reading && is_filler(own))
}

/// Whether a line adds nothing: a word or two, or none at all.
fn is_filler(part: &Part<'_>) -> bool {
    matches!(part.reading, Reading::Intent(Intent::Unknown))
        && Plain::of(&part.words).words().len() <= 2
}

/// Politeness beside something else, and what is said twice, go with another part; what a person has to answer is passed
/// on once.
fn told_once(parts: Vec<Part<'_>>) -> Vec<Part<'_>> {
    let says_something = parts.iter().any(|part| !part.is_polite());
    let mut kept: Vec<Part<'_>> = Vec::new();
    let mut spare: Vec<usize> = Vec::new();
    for part in parts {
        if part.is_polite() && (says_something || !kept.is_empty()) {
            spare.extend(part.lines);
            continue;
        }
        let twin = kept.iter_mut().find(|known| is_one_answer(known, &part));
        match twin {
            Some(known) => {
                known.lines.extend(part.lines);
                known.words = format!("{} {}", known.words, part.words);
                if part.reading == Reading::Intent(Intent::Question) {
                    known.reading = part.reading;
                }
            }
            None => kept.push(part),
        }
    }
    if let Some(first) = kept.first_mut() {
        first.lines.extend(spare);
        first.lines.sort_unstable();
    }
    kept
}

/// Whether one answer is enough for both.
fn is_one_answer(one: &Part<'_>, other: &Part<'_>) -> bool {
    match (&one.reading, &other.reading) {
        // The same sets twice may be two sets.
        (Reading::Logs(_), Reading::Logs(_)) => false,
        (
            Reading::Intent(Intent::Question | Intent::Unknown),
            Reading::Intent(Intent::Question | Intent::Unknown),
        ) => true,
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests;
