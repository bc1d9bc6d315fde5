//! Texts of members brought into one form, so that they can be compared: lower case, without
//! accents, punctuation, emoji and invisible characters; and a small language of phrases to look
//! for in them.

/// The most characters of a text that are looked at; an SMS has at most 1,600.
const CHARS_MAX: usize = 4_000;

/// A text in its plain form: words with single spaces between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain(String);

impl Plain {
    /// The plain form of `text`. An apostrophe joins (`don't` becomes `dont`), anything else that is
    /// neither letter nor digit separates; a text spelled out (`s t o p`) is put together.
    pub(crate) fn of(text: &str) -> Self {
        let mut plain = String::with_capacity(text.len().min(CHARS_MAX));
        let mut gap = false;
        for c in text.chars().take(CHARS_MAX) {
            let c = upright(c);
            if is_silent(c) {
                continue;
            }
            if !c.is_alphanumeric() {
                gap = true;
                continue;
            }
            if gap && !plain.is_empty() {
                plain.push(' ');
            }
            gap = false;
            for lower in c.to_lowercase().filter(|c| !is_silent(*c)) {
                match unaccented(lower) {
                    "" => plain.push(lower),
                    letters => plain.push_str(letters),
                }
            }
        }
        let spelled = plain.len() > 2 && plain.split(' ').all(|word| word.chars().count() == 1);
        if spelled {
            plain.retain(|c| c != ' ');
        }
        Self(plain)
    }

    pub(crate) fn words(&self) -> Vec<&str> {
        self.0.split(' ').filter(|word| !word.is_empty()).collect()
    }
}

/// Characters that neither show nor separate, apostrophes included.
const fn is_silent(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '\u{ad}' | '\u{300}'..='\u{36f}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Full-width and mathematical letters as plain ones.
fn upright(c: char) -> char {
    let code = u32::from(c);
    let plain = match code {
        0xff01..=0xff5e => code - 0xfee0,
        0x1_d400..=0x1_d6a3 => match (code - 0x1_d400) % 52 {
            upper @ 0..=25 => u32::from('A') + upper,
            lower => u32::from('a') + lower - 26,
        },
        _ => code,
    };
    char::from_u32(plain).unwrap_or(c)
}

/// The letters under an accent; empty when the letter stays as it is.
const fn unaccented(lower: char) -> &'static str {
    match lower {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è'..='ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì'..='ï' | 'ī' | 'ı' => "i",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'š' | 'ś' | 'ş' => "s",
        'ž' | 'ź' | 'ż' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        _ => "",
    }
}

/// Whether one of these phrases occurs in `words`. Most phrases begin with letters that no word begins with: they are
/// left out at a glance.
pub(crate) fn any(phrases: &[&str], words: &[&str]) -> bool {
    let initials = words
        .iter()
        .fold(0, |all, word| all | initial(word.as_bytes().first()));
    phrases
        .iter()
        .any(|phrase| may_begin(phrase, initials) && occurs(phrase, words))
}

/// The bit of a first letter; other characters share some.
fn initial(letter: Option<&u8>) -> u32 {
    letter.map_or(0, |letter| 1 << (letter % 32))
}

/// Whether the first element of a phrase may be one of the words with these initials.
fn may_begin(phrase: &str, initials: u32) -> bool {
    let phrase = phrase.strip_prefix("^ ").unwrap_or(phrase).as_bytes();
    let mut is_first = true;
    for letter in phrase {
        match letter {
            b' ' => return false,
            b'|' => is_first = true,
            // It may be missing, or be anything.
            b'?' | b'.' | b'$' => return true,
            letter if is_first => {
                if initials & initial(Some(letter)) != 0 {
                    return true;
                }
                is_first = false;
            }
            _ => {}
        }
    }
    phrase.is_empty()
}

/// Whether a phrase occurs in `words`.
///
/// A phrase is a row of elements: `word`, one of several (`stop|quit`), one that may be missing
/// (`me?`), up to three words of any kind (`..`), the beginning (`^`) and the end (`$`).
pub(crate) fn occurs(phrase: &str, words: &[&str]) -> bool {
    found(phrase, words).is_some()
}

/// What is left of `words` when each occurrence of these phrases is taken out; what stood around it does not come
/// together.
pub(crate) fn without<'a>(phrases: &[&str], words: &[&'a str]) -> Vec<&'a str> {
    let mut left = words.to_vec();
    for phrase in phrases {
        while let Some((from, length)) = found(phrase, &left).filter(|(_, length)| *length > 0) {
            left.splice(from..from + length, [GONE]);
        }
    }
    left
}

/// Stands where something was taken out: no word, and no phrase has it.
const GONE: &str = "-";

/// Where a phrase of plain words occurs first, and how many words it takes.
pub(crate) fn place(phrase: &str, words: &[&str]) -> Option<(usize, usize)> {
    found(phrase, words)
}

/// Where a phrase occurs first, and how many words it takes there.
fn found(phrase: &str, words: &[&str]) -> Option<(usize, usize)> {
    match phrase.strip_prefix("^ ") {
        Some(rest) => Some((0, follows(rest, words)?)),
        None => (0..=words.len()).find_map(|from| {
            let length = follows(phrase, words.get(from..)?)?;
            Some((from, length))
        }),
    }
}

/// How many words these elements take at the beginning of `words`.
fn follows(elements: &str, words: &[&str]) -> Option<usize> {
    if elements.is_empty() {
        return Some(0);
    }
    let (element, elements) = elements.split_once(' ').unwrap_or((elements, ""));
    match element {
        "$" => words.is_empty().then_some(0),
        ".." => (0..=3).find_map(|skip| Some(skip + follows(elements, words.get(skip..)?)?)),
        element => {
            let (choices, optional) = match element.strip_suffix('?') {
                Some(choices) => (choices, true),
                None => (element, false),
            };
            let here = words.split_first().and_then(|(word, rest)| {
                let is_one = choices.split('|').any(|choice| choice == *word);
                let length = is_one.then(|| follows(elements, rest)).flatten()?;
                Some(length + 1)
            });
            here.or_else(|| optional.then(|| follows(elements, words)).flatten())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_reduced_to_its_words() {
        for (text, plain) in [
            ("  Don’t   STOP!! 💪", "dont stop"),
            ("ＳＴＯＰ", "stop"),
            ("𝐒𝐭𝐨𝐩", "stop"),
            ("S.T.O.P", "stop"),
            ("no me escriban más", "no me escriban mas"),
            ("não, obrigado", "nao obrigado"),
            ("Cafe\u{301}", "cafe"),
            ("st\u{200b}op", "stop"),
            ("СТОП", "стоп"),
            ("🙂", ""),
        ] {
            assert_eq!(Plain::of(text).0, plain, "{text}");
        }
    }

    #[test]
    fn phrases_have_choices_gaps_and_edges() {
        let words = ["please", "stop", "sending", "me", "messages"];
        for (phrase, found) in [
            ("stop|quit sending", true),
            ("stop .. messages $", true),
            ("stop messages", false),
            ("^ please? stop", true),
            ("^ stop", false),
            ("sending us? me", true),
            ("me $", false),
        ] {
            assert_eq!(occurs(phrase, &words), found, "{phrase}");
        }
    }

    #[test]
    fn what_is_left_out_at_a_glance_occurs_nowhere() {
        let words = ["please", "stop", "sending", "me", "messages"];
        for phrase in [
            "stop|quit sending",
            "^ please? stop",
            "^ hello? please",
            "now? stop",
            ".. messages $",
            "quit|messages $",
            "^ stop",
            "zebra",
            "$",
            "^ $",
        ] {
            let found = occurs(phrase, &words);
            assert_eq!(any(&[phrase], &words), found, "{phrase}");
            assert_eq!(any(&[phrase], &[]), occurs(phrase, &[]), "{phrase}");
        }
    }

    #[test]
    fn what_is_taken_out_leaves_a_gap() {
        let words = ["no", "pain", "no", "gain", "but", "my", "knee", "hurts"];
        let left = without(&["no pain no gain"], &words);
        assert_eq!(left, ["-", "but", "my", "knee", "hurts"]);
        assert_eq!(
            without(&["pain no"], &["no", "pain", "no", "gain"]),
            ["no", "-", "gain"]
        );
    }
}
