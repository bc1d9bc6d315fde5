//! STOP, START and HELP, as people really write them, in English, Spanish and Portuguese.
//!
//! The single words are those of the carriers and of Twilio (facts/twilio.md 6.1). They are not
//! enough: the law asks that any wording a reasonable person understands as a wish to stop is
//! honoured (47 CFR 64.1200(a)(10), facts/twilio.md 6.4), so clear sentences count as well. What may
//! mean it is left to a person. The phrases stand in `keywords::phrases`.
//!
//! YES is no START here, although Twilio treats it so on long codes: it answers any question ("Did
//! you train today?"), and consent must not be read into that. Whoever asked "Shall we write to you
//! again?" knows what YES means then.

mod phrases;

use crate::courtesy;
use crate::words::{Plain, any};

/// What a text asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// Write no more.
    Stop,
    /// Write again.
    Start,
    /// Who are you, how do I stop this?
    Help,
    /// Nothing of the kind.
    None,
    /// Perhaps; a person should look.
    Ambiguous(Ambiguity),
}

/// What a text may have asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambiguity {
    /// Perhaps to stop all messages.
    PerhapsStop,
    /// To stop for a time, or at some times.
    PerhapsPause,
    /// To cancel a plan, which is not the messages.
    PerhapsCancelPlan,
    /// The number may have changed hands.
    PerhapsWrongNumber,
}

impl Ambiguity {
    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::PerhapsStop => "perhaps_stop",
            Self::PerhapsPause => "perhaps_pause",
            Self::PerhapsCancelPlan => "perhaps_cancel_plan",
            Self::PerhapsWrongNumber => "perhaps_wrong_number",
        }
    }
}

/// Recognises a keyword in a text, or in the payload of a button that was tapped.
pub fn recognise(text: &str, button_payload: Option<&str>) -> Keyword {
    match button_payload.map(in_text) {
        None | Some(Keyword::None) => in_text(text),
        Some(keyword) => keyword,
    }
}

/// Whether consent given before is no longer proved once this was written: a stop, or what a person would
/// have to look at. While the service runs, a doubt holds what waits until somebody decides (decision 0018); of
/// words that are years old nobody will, so they count as no proof (decision 0010).
pub fn speaks_against_consent(text: &str, button_payload: Option<&str>) -> bool {
    match recognise(text, button_payload) {
        Keyword::Stop | Keyword::Ambiguous(_) => true,
        Keyword::Start | Keyword::Help | Keyword::None => false,
    }
}

fn in_text(text: &str) -> Keyword {
    if matches!(text.trim().trim_end_matches('\u{fe0f}'), "🛑" | "⛔" | "🚫") {
        return Keyword::Stop;
    }
    let plain = Plain::of(text);
    let whole = whole(&without_courtesy(&plain.words()));
    if whole != Keyword::None {
        return whole;
    }
    if first_sentence_is_a_stop(text) {
        return Keyword::Stop;
    }
    // Sentence by sentence, so that "I can't stop eating. Unsubscribe me." is understood; a stop
    // anywhere is a stop, then doubt, then a start.
    let sentences = text.split(['.', '!', '?', '\n', ';', '¡', '¿', '…']);
    let found = sentences.map(|sentence| {
        let plain = Plain::of(sentence);
        in_sentence(&without_courtesy(&plain.words()))
    });
    found
        .max_by_key(|keyword| match keyword {
            Keyword::Stop => 4,
            Keyword::Ambiguous(_) => 3,
            Keyword::Start => 2,
            Keyword::Help => 1,
            Keyword::None => 0,
        })
        .unwrap_or(Keyword::None)
}

/// What the phrases find in the words of one sentence.
fn in_sentence(words: &[&str]) -> Keyword {
    let any = |phrases: &[&str]| any(phrases, words);
    if words.is_empty() || any(phrases::NOT_A_STOP) {
        return Keyword::None;
    }
    if any(phrases::HOW_TO_STOP) {
        return Keyword::Ambiguous(Ambiguity::PerhapsStop);
    }
    if any(phrases::STOP) {
        return if any(phrases::ONLY_SOMETIMES) {
            Keyword::Ambiguous(Ambiguity::PerhapsPause)
        } else {
            Keyword::Stop
        };
    }
    if any(phrases::START) {
        return Keyword::Start;
    }
    for (ambiguity, list) in [
        (Ambiguity::PerhapsCancelPlan, phrases::CANCEL_PLAN),
        (Ambiguity::PerhapsPause, phrases::PAUSE),
        (Ambiguity::PerhapsWrongNumber, phrases::WRONG_NUMBER),
        (Ambiguity::PerhapsStop, phrases::PERHAPS_STOP),
    ] {
        if any(list) {
            return Keyword::Ambiguous(ambiguity);
        }
    }
    Keyword::None
}

/// The keyword that is all there is, as often as it is repeated.
fn whole(words: &[&str]) -> Keyword {
    let mut once: Vec<&str> = words.to_vec();
    once.dedup();
    let all = once.join(" ");
    let is_one_of = |list: &[&str]| list.contains(&all.as_str());
    if is_one_of(phrases::STOP_WORDS) || is_one_of(phrases::STOP_WORDS_ALONE) {
        Keyword::Stop
    } else if is_one_of(phrases::START_WORDS) {
        Keyword::Start
    } else if is_one_of(phrases::HELP_WORDS) {
        Keyword::Help
    } else {
        Keyword::None
    }
}

/// `STOP. Who is this?`: a strong word that is a sentence of its own, and not a question.
fn first_sentence_is_a_stop(text: &str) -> bool {
    let Some(end) = text.find(['.', '!', '\n', '?']) else {
        return false;
    };
    let (first, rest) = text.split_at(end);
    let plain = Plain::of(first);
    let words = without_courtesy(&plain.words());
    !rest.starts_with('?') && phrases::STOP_WORDS.contains(&words.join(" ").as_str())
}

/// The words without greetings, thanks and the like at either end.
fn without_courtesy<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let is_courtesy = |word: &&str| phrases::COURTESY.contains(word);
    let mut left = words;
    loop {
        let before = left.len();
        left = courtesy::without(left).0;
        while let Some((_, rest)) = left
            .split_last()
            .filter(|(last, rest)| !rest.is_empty() && is_courtesy(last))
        {
            left = rest;
        }
        while let Some((_, rest)) = left
            .split_first()
            .filter(|(first, rest)| !rest.is_empty() && is_courtesy(first))
        {
            left = rest;
        }
        if left.len() == before {
            return left.to_vec();
        }
    }
}

#[cfg(test)]
mod tests;
