//! The encodings of e-mail: base64, quoted-printable (RFC 2045), and words in headers (RFC 2047).
//!
//! Only UTF-8 and what is a part of Latin-1 is read; anything else is shown with replacement characters.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Mail programs differ about padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Bytes as text, by the name of their character set.
pub(super) fn text_of(bytes: &[u8], charset: &str) -> String {
    match charset.to_ascii_lowercase().as_str() {
        "iso-8859-1" | "latin1" | "windows-1252" => bytes.iter().map(|b| char::from(*b)).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A body by its `Content-Transfer-Encoding`.
pub(super) fn body_of(bytes: &[u8], encoding: &str) -> Vec<u8> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => base64_of(bytes),
        "quoted-printable" => quoted_printable_of(bytes),
        _ => bytes.to_vec(),
    }
}

fn base64_of(bytes: &[u8]) -> Vec<u8> {
    let plain: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    LENIENT.decode(plain).unwrap_or_else(|_| bytes.to_vec())
}

/// `=C3=A9` is two bytes, `=` at the end of a line joins it with the next.
fn quoted_printable_of(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = match (*first, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let (high, low) = (hex(*high).unwrap_or(0), hex(*low).unwrap_or(0));
                decoded.push(high * 16 + low);
                after
            }
            (other, after) => {
                decoded.push(other);
                after
            }
        };
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// A header's value with its encoded words decoded. Space between two of them is no part of the text.
pub(super) fn header_of(value: &str) -> String {
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    let mut after_a_word = false;
    while let Some((before, word, after)) = next_word(rest) {
        if !(after_a_word && before.trim().is_empty()) {
            decoded.push_str(before);
        }
        decoded.push_str(&word);
        after_a_word = true;
        rest = after;
    }
    decoded.push_str(rest);
    decoded
}

/// What stands before the next `=?charset?encoding?text?=`, the word itself, and what follows.
fn next_word(text: &str) -> Option<(&str, String, &str)> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find("=?") {
        let start = from + found;
        if let Some((word, length)) = word_at(text.get(start + 2..)?) {
            let after = start + 2 + length;
            return Some((text.get(..start)?, word, text.get(after..)?));
        }
        from = start + 2;
    }
    None
}

/// The word that begins here, after its `=?`, and how long it was.
fn word_at(text: &str) -> Option<(String, usize)> {
    let (charset, rest) = text.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (encoded, rest) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => base64_of(encoded.as_bytes()),
        "Q" | "q" => quoted_printable_of(encoded.replace('_', " ").as_bytes()),
        _ => return None,
    };
    // RFC 2231 lets a language follow the character set.
    let charset = charset.split('*').next().unwrap_or(charset);
    Some((text_of(&bytes, charset), text.len() - rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_headers_are_read_and_everything_else_stays() {
        for (header, read) in [
            ("Coach Ana", "Coach Ana"),
            ("=?utf-8?b?wqFIb2xhIQ==?= Ana", "¡Hola! Ana"),
            ("=?UTF-8?Q?Jos=C3=A9_Luis?=", "José Luis"),
            ("=?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"),
            ("=?iso-8859-1?q?caf=E9?=", "café"),
            ("=?what is this", "=?what is this"),
            ("a =?x?y?z?= b", "a =?x?y?z?= b"),
        ] {
            assert_eq!(header_of(header), read, "{header}");
        }
    }

    #[test]
    fn bodies_are_read_by_their_encoding_and_broken_ones_stay_as_they_are() {
        for (body, encoding, read) in [
            ("caf=C3=A9 =\r\nnow", "quoted-printable", "café now"),
            ("100 % = all =ZZ", "quoted-printable", "100 % = all =ZZ"),
            ("aGV5\r\nIQ==", "BASE64", "hey!"),
            ("not base64 !", "base64", "not base64 !"),
            ("plain", "8bit", "plain"),
        ] {
            let decoded = body_of(body.as_bytes(), encoding);
            assert_eq!(text_of(&decoded, "utf-8"), read, "{body}");
        }
    }
}
