//! SMS encodings and segments (facts/twilio.md 11): how many pieces a text is sent, and paid, as.
//!
//! Agrees with the calculator Twilio publishes (npm `sms-segments-calculator` 1.3.0), also in never
//! splitting a grapheme cluster. Two differences, both on purpose: a cluster longer than a whole
//! segment is split between characters here (there it overflows its segment), and cluster
//! boundaries follow the present Unicode, not version 10, but for Indic conjuncts, which are taken
//! apart as there; so newer emoji sequences near a boundary may count one segment apart.

mod smart;

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;

/// How the text of an SMS is encoded; one character outside GSM-7 makes the whole text UCS-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Septets: 160 in one segment, 153 in each of several.
    Gsm7,
    /// 16-bit units: 70 in one segment, 67 in each of several.
    Ucs2,
}

impl Encoding {
    /// `GSM-7` or `UCS-2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }

    /// Units of a message of one segment.
    pub const fn units_alone(self) -> u16 {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units of each segment of a longer message: six octets go to its header.
    pub const fn units_each(self) -> u16 {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }
}

/// What a text costs as SMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segments {
    /// The encoding.
    pub encoding: Encoding,
    /// Septets for GSM-7, 16-bit units for UCS-2, headers not counted.
    pub units: u32,
    /// How many segments; an empty text counts as one.
    pub count: u16,
    /// Units in each.
    pub per_segment: Vec<u16>,
}

/// Encoding, units and segments of `text`; with `smart`, after [`fold_smart`].
///
/// Meant for texts of messages; past 65,535 segments the count stays there.
pub fn segments(text: &str, smart: bool) -> Segments {
    let folded = if smart {
        fold_smart(text)
    } else {
        Cow::Borrowed(text)
    };
    let Some(units) = gsm7_units(&folded) else {
        return ucs2(&folded);
    };
    if units <= u32::from(Encoding::Gsm7.units_alone()) {
        return alone(Encoding::Gsm7, units);
    }
    // A text in which nothing takes two septets fills its segments to the brim.
    if folded.is_ascii() && usize::try_from(units) == Ok(folded.len()) {
        return full(units);
    }
    let mut pieces = Pieces::new(Encoding::Gsm7);
    for c in folded.chars() {
        pieces.push(septets(c).unwrap_or(1));
    }
    pieces.into_segments(units)
}

/// Replaces look-alikes (curly quotes, dashes, ellipses, full-width letters, odd spaces, …) by
/// GSM-7 characters, by the table of Twilio's calculator. Borrows when there is nothing to replace.
pub fn fold_smart(text: &str) -> Cow<'_, str> {
    let needs =
        |c: char| (!c.is_ascii() || c == '`' || c.is_control()) && smart::stand_in(c).is_some();
    let Some(first) = text.find(needs) else {
        return Cow::Borrowed(text);
    };
    let (before, rest) = text.split_at(first);
    let mut folded = String::with_capacity(text.len());
    folded.push_str(before);
    for c in rest.chars() {
        match smart::stand_in(c) {
            Some(instead) => folded.push_str(instead),
            None => folded.push(c),
        }
    }
    Cow::Owned(folded)
}

/// Whether every character is one of GSM-7, so that the text costs septets.
pub fn is_gsm7(text: &str) -> bool {
    text.chars().all(|c| septets(c).is_some())
}

/// Septets of a whole text; `None` when a character is outside GSM-7.
fn gsm7_units(text: &str) -> Option<u32> {
    let mut units: u32 = 0;
    if text.is_ascii() {
        for byte in text.bytes() {
            let size = *ASCII_SEPTETS.get(usize::from(byte))?;
            if size == 0 {
                return None;
            }
            units = units.saturating_add(u32::from(size));
        }
    } else {
        for c in text.chars() {
            units = units.saturating_add(u32::from(septets(c)?));
        }
    }
    Some(units)
}

/// [`septets`] of each ASCII character; 0 outside GSM-7. Most texts are ASCII.
const ASCII_SEPTETS: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte: u8 = 0;
    while byte < 128 {
        #[expect(
            clippy::indexing_slicing,
            reason = "bounded by the loop, and checked when it is compiled"
        )]
        if let Some(size) = septets(byte as char) {
            table[byte as usize] = if size == 2 { 2 } else { 1 };
        }
        byte += 1;
    }
    table
};

/// Segments of a longer GSM-7 text whose every character takes one septet.
fn full(units: u32) -> Segments {
    let each = u32::from(Encoding::Gsm7.units_each());
    let mut per_segment = vec![Encoding::Gsm7.units_each(); (units / each).try_into().unwrap_or(0)];
    if let Ok(rest @ 1..) = u16::try_from(units % each) {
        per_segment.push(rest);
    }
    let count = u16::try_from(per_segment.len()).unwrap_or(u16::MAX);
    Segments {
        encoding: Encoding::Gsm7,
        units,
        count,
        per_segment,
    }
}

/// Septets of a character of GSM-7; `None` outside it.
const fn septets(c: char) -> Option<u16> {
    match c {
        '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' | '\u{c}' => Some(2),
        // All of ASCII from the space on but the backtick and DEL; what takes two stands above.
        '\n'
        | '\r'
        | ' '..='_'
        | 'a'..='z'
        | '¡'
        | '£'
        | '¤'
        | '¥'
        | '§'
        | '¿'
        | 'Ä'
        | 'Å'
        | 'Æ'
        | 'Ç'
        | 'É'
        | 'Ñ'
        | 'Ö'
        | 'Ø'
        | 'Ü'
        | 'ß'
        | 'à'
        | 'ä'
        | 'å'
        | 'æ'
        | 'è'
        | 'é'
        | 'ì'
        | 'ñ'
        | 'ò'
        | 'ö'
        | 'ø'
        | 'ù'
        | 'ü'
        | 'Γ'
        | 'Δ'
        | 'Θ'
        | 'Λ'
        | 'Ξ'
        | 'Π'
        | 'Σ'
        | 'Φ'
        | 'Ψ'
        | 'Ω' => Some(1),
        _ => None,
    }
}

fn ucs2(text: &str) -> Segments {
    let units = text.encode_utf16().count();
    let units = u32::try_from(units).unwrap_or(u32::MAX);
    if units <= u32::from(Encoding::Ucs2.units_alone()) {
        return alone(Encoding::Ucs2, units);
    }
    let mut pieces = Pieces::new(Encoding::Ucs2);
    for cluster in text.graphemes(true) {
        if cluster == "\r\n" {
            pieces.push(1);
            pieces.push(1);
            continue;
        }
        let mut size: u16 = 0;
        for c in cluster.chars() {
            let width = if c > '\u{ffff}' { 2 } else { 1 };
            if size > 0 && (is_indic_consonant(c) || size + width > Encoding::Ucs2.units_each()) {
                pieces.push(size);
                size = 0;
            }
            size += width;
        }
        pieces.push(size);
    }
    pieces.into_segments(units)
}

/// Consonants that Unicode 15.1 keeps together with the one before them, and Unicode 10 does not.
const fn is_indic_consonant(c: char) -> bool {
    matches!(c,
        '\u{0915}'..='\u{0939}' | '\u{0958}'..='\u{095f}' | '\u{0978}'..='\u{097f}'
        | '\u{0995}'..='\u{09b9}' | '\u{09dc}'..='\u{09df}' | '\u{09f0}' | '\u{09f1}'
        | '\u{0a95}'..='\u{0ab9}' | '\u{0af9}'
        | '\u{0b15}'..='\u{0b39}' | '\u{0b5c}'..='\u{0b5f}' | '\u{0b71}'
        | '\u{0c15}'..='\u{0c39}' | '\u{0c58}'..='\u{0c5a}'
        | '\u{0d15}'..='\u{0d3a}')
}

fn alone(encoding: Encoding, units: u32) -> Segments {
    Segments {
        encoding,
        units,
        count: 1,
        per_segment: vec![u16::try_from(units).unwrap_or(u16::MAX)],
    }
}

/// Segments being filled with things that must stay whole.
struct Pieces {
    encoding: Encoding,
    full: Vec<u16>,
    filling: u16,
}

impl Pieces {
    fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            full: Vec::with_capacity(4),
            filling: 0,
        }
    }

    fn push(&mut self, size: u16) {
        if self.filling + size > self.encoding.units_each() {
            self.full.push(self.filling);
            self.filling = 0;
        }
        self.filling += size;
    }

    fn into_segments(mut self, units: u32) -> Segments {
        self.full.push(self.filling);
        Segments {
            encoding: self.encoding,
            units,
            count: u16::try_from(self.full.len()).unwrap_or(u16::MAX),
            per_segment: self.full,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(serde::Deserialize)]
    struct Fixture {
        vectors: Vec<Vector>,
    }

    #[derive(serde::Deserialize)]
    struct Vector {
        name: String,
        text: String,
        smart_encoding: bool,
        encoding: String,
        units: u32,
        segments: u16,
        segment_units: Vec<u16>,
    }

    #[test]
    fn every_vector_of_the_published_calculator_passes() {
        let text = include_str!("../../../fixtures/sms-segments.json");
        let fixture: Fixture = serde_json::from_str(text).unwrap();
        assert!(fixture.vectors.len() >= 35);
        for vector in fixture.vectors {
            let found = segments(&vector.text, vector.smart_encoding);
            assert_eq!(found.encoding.as_str(), vector.encoding, "{}", vector.name);
            assert_eq!(found.units, vector.units, "{}", vector.name);
            assert_eq!(found.count, vector.segments, "{}", vector.name);
            assert_eq!(found.per_segment, vector.segment_units, "{}", vector.name);
        }
    }

    #[test]
    fn an_indic_conjunct_may_be_split_between_its_consonants() {
        // 66 units, then a conjunct of 3: the first consonant and its virama do not fit in one.
        let text = format!(
            "{}\u{0915}\u{094d}\u{0937}{}",
            "я".repeat(66),
            "я".repeat(5)
        );
        assert_eq!(segments(&text, false).per_segment, [66, 8]);
        let text = format!(
            "{}\u{0915}\u{094d}\u{0937}{}",
            "я".repeat(65),
            "я".repeat(5)
        );
        assert_eq!(segments(&text, false).per_segment, [67, 6]);
    }

    #[test]
    fn a_cluster_longer_than_a_segment_is_split() {
        let text = format!("a{}", "\u{0301}".repeat(200));
        assert_eq!(segments(&text, false).per_segment, [67, 67, 67]);
    }

    #[test]
    fn what_needs_no_folding_is_borrowed() {
        assert!(matches!(fold_smart("Don't stop é 💪"), Cow::Borrowed(_)));
        assert_eq!(fold_smart("a…b\u{200b}"), "a...b");
    }

    proptest! {
        #[test]
        fn no_segment_is_over_its_limit_in_any_script(text in "\\PC{0,400}", smart: bool) {
            let found = segments(&text, smart);
            let limit = if found.count == 1 { found.encoding.units_alone() } else { found.encoding.units_each() };
            prop_assert!(found.per_segment.iter().all(|units| *units <= limit));
            prop_assert_eq!(found.per_segment.len(), usize::from(found.count));
            prop_assert_eq!(found.per_segment.iter().map(|u| u32::from(*u)).sum::<u32>(), found.units);
        }

        #[test]
        fn folding_twice_changes_nothing_more(text in "\\PC{0,200}") {
            let once = fold_smart(&text).into_owned();
            prop_assert_eq!(fold_smart(&once).into_owned(), once.clone());
        }

        #[test]
        fn more_text_never_takes_fewer_segments(text in "[a-z€🙂я]{0,300}") {
            let whole = segments(&text, false).count;
            let mut shorter = text.clone();
            shorter.pop();
            prop_assert!(segments(&shorter, false).count <= whole);
        }
    }
}
