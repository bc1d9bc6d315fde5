//! Reading `application/x-www-form-urlencoded` as Twilio sends it: raw ordered pairs, decoded to
//! UTF-8 or refused. The lossy reading of general crates would change what was signed.

use std::borrow::Cow;

/// The most pairs of one request; Twilio's largest have about forty.
pub const PAIRS_MAX: usize = 512;

/// Decoded pairs in wire order, repeats and empty values kept.
pub type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Why a form cannot be read.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum FormError {
    /// Bytes that are no text.
    #[error("the form is not valid UTF-8")]
    InvalidUtf8,
    /// Too many pairs.
    #[error("the form has more than {PAIRS_MAX} parameters")]
    TooMany,
}

/// Reads a form.
pub fn parse(bytes: &[u8]) -> Result<Pairs<'_>, FormError> {
    // Nearly always all of it is text, and then so is each part.
    let text = std::str::from_utf8(bytes).ok();
    let mut pairs = Vec::with_capacity(32);
    let mut at = 0;
    while at < bytes.len() {
        let name = Half::read(bytes, at, true);
        let value = if bytes.get(name.end) == Some(&b'=') {
            Half::read(bytes, name.end + 1, false)
        } else {
            Half::empty(name.end)
        };
        at = value.end + 1;
        if value.end == name.start {
            continue; // nothing between two `&`
        }
        if pairs.len() == PAIRS_MAX {
            return Err(FormError::TooMany);
        }
        pairs.push((name.decoded(bytes, text)?, value.decoded(bytes, text)?));
    }
    Ok(pairs)
}

/// A name or a value as it stands in a form.
#[derive(Clone, Copy)]
struct Half {
    start: usize,
    end: usize,
    /// Whether it says what it means.
    plain: bool,
}

impl Half {
    fn empty(at: usize) -> Self {
        Self {
            start: at,
            end: at,
            plain: true,
        }
    }

    /// From `start` to the next `&`, or `=` where it is a name, or the end.
    fn read(bytes: &[u8], start: usize, is_name: bool) -> Self {
        let mut plain = true;
        let rest = bytes.get(start..).unwrap_or_default();
        for (length, byte) in rest.iter().enumerate() {
            match byte {
                b'&' => return Self::of(start, length, plain),
                b'=' if is_name => return Self::of(start, length, plain),
                b'%' | b'+' => plain = false,
                _ => {}
            }
        }
        Self::of(start, rest.len(), plain)
    }

    fn of(start: usize, length: usize, plain: bool) -> Self {
        Self {
            start,
            end: start + length,
            plain,
        }
    }

    fn decoded<'a>(
        self,
        bytes: &'a [u8],
        text: Option<&'a str>,
    ) -> Result<Cow<'a, str>, FormError> {
        let Self { start, end, plain } = self;
        if plain && let Some(known) = text.and_then(|text| text.get(start..end)) {
            return Ok(Cow::Borrowed(known));
        }
        decode(bytes.get(start..end).unwrap_or_default())
    }
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, FormError> {
    if !bytes.iter().any(|b| matches!(b, b'%' | b'+')) {
        return std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|_| FormError::InvalidUtf8);
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'+', _) => decoded.push(b' '),
            (b'%', [high, low, ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high << 4 | low);
                    rest = after.get(2..).unwrap_or_default();
                }
                _ => decoded.push(b'%'),
            },
            (byte, _) => decoded.push(*byte),
        }
    }
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|_| FormError::InvalidUtf8)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pairs_keep_their_order_repeats_and_empty_values() {
        let pairs = parse(b"b=1&a=&a=%2B1+x&flag&&=y").unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(
            pairs,
            [
                ("b", "1"),
                ("a", ""),
                ("a", "+1 x"),
                ("flag", ""),
                ("", "y")
            ]
        );
    }

    #[test]
    fn half_a_letter_and_its_other_half_in_digits_are_one() {
        let pairs = parse(b"a=\xc3%A9&b=1").unwrap();
        assert_eq!((&*pairs[0].1, &*pairs[1].1), ("é", "1"));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(parse(b"a=%FF"), Err(FormError::InvalidUtf8));
        assert_eq!(parse(b"a=\xff"), Err(FormError::InvalidUtf8));
        assert_eq!(parse(b"a=%F0%9F%92"), Err(FormError::InvalidUtf8));
        assert_eq!(parse(&b"a&".repeat(600)), Err(FormError::TooMany));
    }

    #[test]
    fn a_percent_sign_without_digits_is_itself() {
        let pairs = parse(b"a=100%&b=%2&c=%zz").unwrap();
        let values: Vec<_> = pairs.iter().map(|(_, v)| &**v).collect();
        assert_eq!(values, ["100%", "%2", "%zz"]);
    }

    proptest! {
        #[test]
        fn reads_what_the_url_crate_writes(pairs in proptest::collection::vec((".*", ".*"), 0..20)) {
            let mut wire = form_urlencoded::Serializer::new(String::new());
            wire.extend_pairs(&pairs);
            let wire = wire.finish();
            let read: Vec<(String, String)> = parse(wire.as_bytes()).unwrap().into_iter()
                .map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
            prop_assert_eq!(read, pairs);
        }

        #[test]
        fn agrees_with_the_url_crate_on_valid_text(wire in "[ -~]{0,200}") {
            if let Ok(ours) = parse(wire.as_bytes()) {
                let theirs: Vec<_> = form_urlencoded::parse(wire.as_bytes()).collect();
                prop_assert_eq!(ours, theirs);
            }
        }
    }
}
