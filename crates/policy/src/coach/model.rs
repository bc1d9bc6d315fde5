//! What a language model may be told of a member's words, and what of its own may be sent to them. Its words are anybody's: short,
//! plain, without links and numbers that are not ours, and never about what a person has to see (docs/decisions/0029).

use crate::keywords::{Keyword, recognise};
use crate::safety::topic;
use crate::words::{Plain, occurs};

/// The most characters of an answer: three SMS of GSM-7 (our own choice).
pub const CHARS_MAX: usize = 480;

/// The least that is left of an answer that is shortened at the end of a sentence.
const CHARS_LEFT_MIN: usize = CHARS_MAX / 3;

/// From how many digits on a number is somebody's (our own choice): a date has eight.
const NUMBER_DIGITS_MIN: usize = 9;

/// Digits of a number that begins with `+`.
const PLUS_DIGITS_MIN: usize = 7;

/// Why words are not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// There are none.
    Empty,
    /// More than is sent, and no sentence ends where they could be cut.
    TooLong,
    /// An address of the web or of a mailbox that we did not give.
    Link,
    /// A phone number.
    Number,
    /// What a person of the team has to see: an injury, an eating disorder, a crisis, medicine.
    ForAPerson,
    /// A word that stops, starts or asks for help.
    Keyword,
}

impl Unfit {
    /// What a model is told, to say it better; `None` where it is not asked again.
    pub const fn told(self) -> Option<&'static str> {
        match self {
            Self::Empty => Some("You said nothing. Answer the member in one or two sentences."),
            Self::TooLong => Some("Too long for a text message. Say it in at most 300 characters."),
            Self::Link => Some("Members are sent no links but those of the tools. Say it without."),
            Self::Number => Some("Members are sent no phone numbers. Say it without."),
            Self::Keyword => Some("That is a reserved word of text messages. Say it otherwise."),
            Self::ForAPerson => None,
        }
    }
}

/// What is about medicine is for a person: parts of words, in the languages we write.
const MEDICINE: &[&str] = &[
    "diagnos",
    "medic",
    "prescri",
    "receta medica",
    "ibuprofen",
    "paracetamol",
    "acetaminophen",
    "tylenol",
    "advil",
    "aspirin",
    "naproxen",
    "opioid",
    "antibiotic",
    "cortison",
    "steroid",
    "esteroid",
    "painkiller",
    "analgesic",
    "analgésic",
    "remedio",
    "remédio",
    "insulin",
    "dosage",
    "dosis de",
    "laxative",
    "laxante",
    "diuretic",
    "clenbuterol",
    "testosteron",
    "ozempic",
    "semaglutid",
];

/// Words of medicine as whole phrases.
const MEDICINE_PHRASES: &[&str] = &[
    "your|the doctor says",
    "mg of|de",
    "anti inflammatory|inflamatorio",
];

/// What is sent of a model's words: plain, and cut at the end of a sentence where they are too long. `given` are texts of
/// ours whose links may be repeated.
pub fn fit(words: &str, given: &[&str]) -> Result<String, Unfit> {
    let text = plain(words);
    if text.is_empty() {
        return Err(Unfit::Empty);
    }
    if is_for_a_person(&text) {
        return Err(Unfit::ForAPerson);
    }
    let is_given = |link: &str| given.iter().any(|text| text.contains(link));
    if text
        .split_whitespace()
        .map(bare)
        .any(|word| is_link(word) && !is_given(word))
    {
        return Err(Unfit::Link);
    }
    if numbers(&text).next().is_some() {
        return Err(Unfit::Number);
    }
    if recognise(&text, None) != Keyword::None {
        return Err(Unfit::Keyword);
    }
    shortened(text).ok_or(Unfit::TooLong)
}

/// A member's words as a model is told them: without phone numbers and addresses of mailboxes.
pub fn told(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut from = 0;
    for (begin, end) in numbers(words) {
        text.push_str(words.get(from..begin).unwrap_or_default());
        text.push_str("[number]");
        from = end;
    }
    text.push_str(words.get(from..).unwrap_or_default());
    if !text.contains('@') {
        return text;
    }
    let words = text.split(' ').map(|word| {
        let is_mailbox = word
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if is_mailbox { "[address]" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn is_for_a_person(text: &str) -> bool {
    let lower = text.to_lowercase();
    let plain = Plain::of(text);
    let words = plain.words();
    topic(text).is_some()
        || MEDICINE.iter().any(|part| lower.contains(part))
        || MEDICINE_PHRASES.iter().any(|phrase| occurs(phrase, &words))
}

/// Without the marks of Markdown, and without more than one empty line at a time.
fn plain(words: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in words.lines() {
        let line = line
            .trim()
            .trim_start_matches('#')
            .trim_start_matches('>')
            .trim();
        let item = ["* ", "• ", "+ "]
            .iter()
            .find_map(|mark| line.strip_prefix(mark));
        let line = item.map_or_else(
            || line.to_owned(),
            |rest| format!("- {}", rest.trim_start()),
        );
        let line: String = unlinked(&line)
            .replace("**", "")
            .replace("__", "")
            .chars()
            .filter(|c| !matches!(c, '`' | '*') && (!c.is_control()))
            .collect();
        let is_rule = !line.is_empty() && line.chars().all(|c| matches!(c, '-' | '='));
        let is_second_gap = line.is_empty() && lines.last().is_none_or(String::is_empty);
        if !is_rule && !is_second_gap {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

/// `[words](address)` as both, so that the address is judged like any other.
fn unlinked(line: &str) -> String {
    line.replace("](", " ").replace("![", "").replace('[', "")
}

/// A word without what stands around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Whether a word is an address of the web or of a mailbox.
fn is_link(word: &str) -> bool {
    let lower = word.to_lowercase();
    if lower.contains("://") || lower.starts_with("www.") || lower.contains('@') {
        return true;
    }
    let host = lower.split('/').next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    // `squats.Then` is a missing space; a host ends in letters, and its labels are not sentences.
    let (Some(last), true) = (labels.last(), labels.len() >= 2) else {
        return false;
    };
    let is_label = |label: &&str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    labels.iter().all(is_label)
        && (word.contains('/') || TOP_LEVELS.contains(last))
        && last.chars().all(|c| c.is_ascii_alphabetic())
        && last.len() >= 2
}

/// Ends of hosts that are links without a scheme too, as phones see them.
const TOP_LEVELS: &[&str] = &[
    "com", "net", "org", "io", "co", "app", "ai", "me", "ly", "gg", "info", "biz", "link", "shop",
    "site", "online", "xyz", "top", "club", "dev", "us", "uk", "br", "es", "mx", "pt", "eu", "tv",
    "ru", "cn", "de",
];

/// Where phone numbers stand: many digits with nothing but their usual separators between. Sets and repetitions are
/// none: their numbers are short.
fn numbers(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut found = Vec::new();
    let mut run: Option<Run> = None;
    for (at, c) in text.char_indices() {
        match (&mut run, c) {
            (Some(run), c) if c.is_ascii_digit() => run.digit(at),
            (None, '+') => run = Some(Run::new(at, true)),
            (None, c) if c.is_ascii_digit() => {
                let mut new = Run::new(at, false);
                new.digit(at);
                run = Some(new);
            }
            (Some(run), ' ' | '-' | '.' | '(' | ')' | '/') => run.gap(),
            (Some(_), _) => found.extend(run.take().and_then(|run| run.number())),
            (None, _) => {}
        }
    }
    found.extend(run.and_then(|run| run.number()));
    found.into_iter()
}

/// Digits and what separates them.
struct Run {
    begin: usize,
    end: usize,
    has_plus: bool,
    digits: usize,
    group: usize,
    longest: usize,
}

impl Run {
    const fn new(begin: usize, has_plus: bool) -> Self {
        Self {
            begin,
            end: begin,
            has_plus,
            digits: 0,
            group: 0,
            longest: 0,
        }
    }

    fn digit(&mut self, at: usize) {
        self.digits += 1;
        self.group += 1;
        self.longest = self.longest.max(self.group);
        self.end = at + 1;
    }

    fn gap(&mut self) {
        self.group = 0;
    }

    fn number(&self) -> Option<(usize, usize)> {
        let least = if self.has_plus {
            PLUS_DIGITS_MIN
        } else {
            NUMBER_DIGITS_MIN
        };
        (self.digits >= least && self.longest >= 3).then_some((self.begin, self.end))
    }
}

/// Cut at the end of the last sentence that fits.
fn shortened(text: String) -> Option<String> {
    if text.chars().count() <= CHARS_MAX {
        return Some(text);
    }
    let end = text.char_indices().nth(CHARS_MAX).map(|(at, _)| at)?;
    let kept = text.get(..end)?;
    let mut ends = kept.char_indices().filter(|(at, c)| {
        let next = kept
            .get(at + c.len_utf8()..)
            .and_then(|rest| rest.chars().next());
        matches!(c, '.' | '!' | '?' | '\n') && next.is_none_or(char::is_whitespace)
    });
    let (at, c) = ends.next_back()?;
    let kept = kept.get(..at + c.len_utf8())?.trim_end();
    (kept.chars().count() >= CHARS_LEFT_MIN).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_models_words_are_sent_plain_or_not_at_all() {
        let given = ["Plank: on your forearms.\nhttps://example.com/plank"];
        for (words, expected) in [
            (
                "Rest 90 seconds between sets.",
                Ok("Rest 90 seconds between sets."),
            ),
            (
                "**Rest** 90 s.\n\n\n* then `go`",
                Ok("Rest 90 s.\n\n- then go"),
            ),
            ("### Plan\nWalk.", Ok("Plan\nWalk.")),
            (
                "Try 4x5 at 80, then 12 10 8 8 6 6.",
                Ok("Try 4x5 at 80, then 12 10 8 8 6 6."),
            ),
            ("Next: 2026-11-28.", Ok("Next: 2026-11-28.")),
            (
                "See https://example.com/plank",
                Ok("See https://example.com/plank"),
            ),
            ("Breathe out.Then up.", Ok("Breathe out.Then up.")),
            ("   ", Err(Unfit::Empty)),
            ("See https://evil.example/x", Err(Unfit::Link)),
            ("See [this](http://evil.example)", Err(Unfit::Link)),
            ("Go to evil.com now", Err(Unfit::Link)),
            ("Write to coach@evil.example", Err(Unfit::Link)),
            ("Call +1 415 555 0199", Err(Unfit::Number)),
            ("Call (415) 555-0199", Err(Unfit::Number)),
            ("STOP", Err(Unfit::Keyword)),
            ("Take 400 mg of ibuprofen.", Err(Unfit::ForAPerson)),
            (
                "Your knee pain is tendinitis, my knee hurts too.",
                Err(Unfit::ForAPerson),
            ),
            ("Toma un analgésico.", Err(Unfit::ForAPerson)),
        ] {
            assert_eq!(fit(words, &given), expected.map(str::to_owned), "{words}");
        }
    }

    #[test]
    fn what_is_too_long_ends_with_a_sentence_or_is_said_again() {
        let long = "Keep your back straight and breathe. ".repeat(30);
        let text = fit(&long, &[]).unwrap();
        assert!(text.chars().count() <= CHARS_MAX && text.ends_with("breathe."));
        assert_eq!(fit(&"word ".repeat(200), &[]), Err(Unfit::TooLong));
    }

    #[test]
    fn a_model_is_told_no_numbers_and_mailboxes_of_a_member() {
        for (words, expected) in [
            (
                "call me at +1 (415) 555-0123 ok?",
                "call me at [number] ok?",
            ),
            ("my mail is ana@example.com now", "my mail is [address] now"),
            ("did 4x5 at 80 @ home", "did 4x5 at 80 @ home"),
        ] {
            assert_eq!(told(words), expected);
        }
    }

    proptest! {
        #[test]
        fn whatever_a_model_says_nothing_too_long_is_sent(words in "\\PC{0,900}") {
            if let Ok(text) = fit(&words, &[]) {
                prop_assert!(!text.is_empty() && text.chars().count() <= CHARS_MAX);
            }
            let _ = told(&words);
        }
    }
}
