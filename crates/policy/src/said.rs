//! What somebody said, in the forms in which phrases are looked for: to the letter where something is done about it, and
//! with slips of the thumb undone where a mistake does no harm.

mod spelling;

use crate::courtesy::{self, Courtesy};
use crate::words::{Plain, any};

pub(crate) use spelling::is_slip_of_name;

/// A text, read once.
#[derive(Debug)]
pub(crate) struct Said<'a> {
    /// Whether it has a question mark.
    pub(crate) asks: bool,
    /// What it says where it is nothing but polite.
    pub(crate) courtesy: Option<Courtesy>,
    /// Its words without politeness around them, short forms written out.
    words: Vec<&'a str>,
    /// The same with slips undone.
    meant: Vec<&'a str>,
}

impl<'a> Said<'a> {
    /// `plain` is the plain form of `text`.
    pub(crate) fn of(text: &str, plain: &'a Plain) -> Self {
        let mut all = plain.words();
        for word in &mut all {
            *word = spelling::written_out(word);
        }
        let (words, courtesy) = courtesy::without(&all);
        let words = words.to_vec();
        let mut meant = words.clone();
        for word in &mut meant {
            *word = spelling::mended(word);
        }
        // Thanks or a greeting with a slip in it.
        let courtesy = courtesy.or_else(|| courtesy::without(&meant).1);
        Self {
            asks: text.contains(['?', '？', '¿']),
            courtesy,
            words,
            meant,
        }
    }

    /// Whether one of these is said to the letter.
    pub(crate) fn says(&self, phrases: &[&str]) -> bool {
        any(phrases, &self.words)
    }

    /// Whether one of these is meant, a slip or two aside: only for what does no harm by mistake.
    pub(crate) fn means(&self, phrases: &[&str]) -> bool {
        any(phrases, &self.meant)
    }

    /// Whether there is no word in it.
    pub(crate) fn is_wordless(&self) -> bool {
        self.words.is_empty()
    }

    /// Its words, to the letter.
    pub(crate) fn words(&self) -> &[&'a str] {
        &self.words
    }

    /// Its words with slips undone.
    pub(crate) fn mended(&self) -> &[&'a str] {
        &self.meant
    }
}
