//! Counting SMS segments, as a carrier does: GSM-7 when every character allows it, else UCS-2.

/// The 127 characters of GSM-7 that take one septet, besides letters and digits of ASCII.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Those that take two.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Septets of a character, `None` when GSM-7 does not have it.
fn septets(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || BASIC.contains(c) {
        Some(1)
    } else if EXTENDED.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// How many segments a text takes; an empty one takes one.
pub(crate) fn count(text: &str) -> u32 {
    if text.len() <= 160 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ') {
        return 1;
    }
    let gsm: Option<usize> = text.chars().map(septets).sum();
    match gsm {
        Some(units) => parts(units, 160, 153, text.chars().filter_map(septets)),
        None => parts(
            text.encode_utf16().count(),
            70,
            67,
            text.chars().map(char::len_utf16),
        ),
    }
}

/// A character never straddles two parts.
fn parts(units: usize, single: usize, part: usize, sizes: impl Iterator<Item = usize>) -> u32 {
    if units <= single {
        return 1;
    }
    let mut count = 1;
    let mut filled = 0;
    for size in sizes {
        if filled + size > part {
            count += 1;
            filled = 0;
        }
        filled += size;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_those_of_twilios_calculator() {
        for (text, expected) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(307), 3),
            ("a".repeat(460), 4),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            (format!("{}€{}", "a".repeat(152), "a".repeat(10)), 2),
            ("façade".into(), 1),
            ("я".repeat(70), 1),
            ("я".repeat(71), 2),
            ("👍".repeat(36), 2),
            (format!("{}👍", "a".repeat(159)), 3),
        ] {
            assert_eq!(count(&text), expected, "{text}");
        }
    }
}
