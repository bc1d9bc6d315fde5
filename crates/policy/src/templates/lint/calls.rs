//! What members are asked to answer. A word that means stop, start or help means that wherever it
//! is written, and a word nobody handles leads nowhere.

use super::super::Wording;
use super::{Notes, Rule};
use crate::conversation::{Intent, intent};
use crate::keywords::{Keyword, recognise};
use crate::words::Plain;

/// Words that ask for an answer, in the form of `words::Plain`.
const CALLS: &[&str] = &[
    "reply",
    "text",
    "send",
    "answer",
    "write",
    "type",
    "respond",
    "say",
    "responde",
    "responder",
    "escribe",
    "escribir",
    "envia",
    "enviar",
    "manda",
    "contesta",
    "di",
    "responda",
    "escreva",
    "envie",
    "mande",
    "digite",
    "diga",
];

/// The fewest letters of a word in capitals that is taken for one to be written.
const CAPITALS_MIN: usize = 3;

pub(super) fn of_a_wording(wording: &Wording, notes: &mut Notes<'_>) {
    for sentence in wording
        .body
        .split(['.', '!', '?', '\n', ';', '¡', '¿', '…'])
    {
        of_a_sentence(sentence, notes);
    }
}

fn of_a_sentence(sentence: &str, notes: &mut Notes<'_>) {
    let mut called = false;
    let mut next_to_call = false;
    let mut told: Vec<String> = Vec::new();
    for token in sentence.split_whitespace() {
        let word: String = token
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == '\'')
            .collect();
        let plain = Plain::of(&word).words().concat();
        if plain.is_empty() {
            continue;
        }
        let capitals = word.chars().filter(|c| c.is_alphabetic()).count() >= CAPITALS_MIN
            && word.chars().all(|c| !c.is_lowercase());
        let quoted = token.starts_with(['"', '\'', '“', '‘', '«', '*']);
        let is_keyword = recognise(&word, None) != Keyword::None;
        let asked_for = called && (capitals || quoted || (next_to_call && is_keyword));
        if asked_for && !told.contains(&plain) {
            if is_keyword {
                notes.add(
                    Rule::KeywordAsked,
                    format!("it asks members to write `{word}`"),
                );
            } else if intent(&word) == Intent::Unknown {
                notes.add(
                    Rule::WordWithoutHandler,
                    format!("it asks members to write `{word}`, which nothing understands"),
                );
            }
            told.push(plain.clone());
        }
        next_to_call = CALLS.contains(&plain.as_str());
        called |= next_to_call;
    }
}
