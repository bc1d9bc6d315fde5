//! The message of a day: greeting, title, what is to be done, remarks, and how to say that it is done. The
//! greeting goes when it would cost a segment more, the remarks when there are too many.

use domain::segments::{is_gsm7, segments};

use super::{Part, Session};
use crate::language::{Language, given};

/// How many segments of SMS a day may take; beyond it remarks are left out.
pub const SEGMENTS_MAX: u16 = 3;

/// Whose day it is.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    /// Their name, possibly empty.
    pub name: &'a str,
    /// The language of the course.
    pub language: &'a str,
    /// Which week and day it is, where that is worth telling.
    pub position: Option<(usize, usize)>,
}

/// The message.
pub fn message(session: &Session, whose: &Whose<'_>) -> String {
    let cost = |text: &str| segments(text, false).count;
    let mut text = body(session, whose.language, true);
    if cost(&text) > SEGMENTS_MAX {
        text = body(session, whose.language, false);
    }
    let greeted = format!("{}\n{text}", greeting(whose));
    if cost(&greeted) > cost(&text) {
        return text;
    }
    greeted
}

/// How many segments the message of a session takes at least.
pub(super) fn fewest_segments(session: &Session, language: &str) -> u16 {
    segments(&body(session, language, false), false).count
}

/// The words of a session.
pub(super) fn words(session: &Session) -> impl Iterator<Item = &String> {
    let words = session.parts.iter().flat_map(|part| match part {
        Part::Paragraph(words) | Part::Note(words) => std::slice::from_ref(words),
        Part::List(items) => items,
    });
    words.chain([&session.title])
}

/// A character that no GSM-7 message may have: all of it then costs more than twice as much
/// (facts/twilio.md 5).
pub(super) fn dear_character<'a>(words: impl IntoIterator<Item = &'a String>) -> Option<char> {
    let mut all = words.into_iter().flat_map(|words| words.chars());
    all.find(|c| !is_gsm7(c.encode_utf8(&mut [0; 4])))
}

fn greeting(whose: &Whose<'_>) -> String {
    let language = Language::of(whose.language);
    let hello = match language {
        Language::English => "Hi",
        Language::Spanish => "Hola",
        Language::Portuguese => "Oi",
    };
    let name = given(whose.name)
        .map(|name| format!(", {name}"))
        .unwrap_or_default();
    let position = whose.position.map(|(week, day)| match language {
        Language::English => format!(" Week {week}, day {day}."),
        Language::Spanish | Language::Portuguese => format!(" Semana {week}, dia {day}."),
    });
    format!("{hello}{name}!{}", position.unwrap_or_default())
}

fn body(session: &Session, language: &str, with_notes: bool) -> String {
    let mut text = session.title.clone();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    for part in &session.parts {
        match part {
            Part::Paragraph(words) => line(&mut text, "", words),
            Part::List(items) => {
                for item in items {
                    line(&mut text, "- ", item);
                }
            }
            Part::Note(words) if with_notes => line(&mut text, "", words),
            Part::Note(_) => {}
        }
    }
    line(&mut text, "", closing(Language::of(language)));
    text
}

fn line(text: &mut String, mark: &str, words: &str) {
    text.push('\n');
    text.push_str(mark);
    text.push_str(words);
}

const fn closing(language: Language) -> &'static str {
    match language {
        Language::English => "Reply DONE when you finish!",
        Language::Spanish => "Responde HECHO al acabar!",
        Language::Portuguese => "Responda FEITO ao terminar!",
    }
}

#[cfg(test)]
mod tests;
