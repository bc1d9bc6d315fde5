//! `application/x-www-form-urlencoded`, read as leniently as browsers do and written as they write it, in one pass each:
//! the sandbox shares its processors with what is measured against it.

use std::borrow::Cow;

/// Reads decoded pairs in their order; what is no text becomes the replacement letter.
pub(crate) fn parse(form: &[u8]) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let parts = form
        .split(|byte| *byte == b'&')
        .filter(|part| !part.is_empty());
    let mut pairs = Vec::with_capacity(16);
    pairs.extend(parts.map(|part| {
        let (name, value) = match part.iter().position(|byte| *byte == b'=') {
            Some(at) => (
                part.get(..at).unwrap_or_default(),
                part.get(at + 1..).unwrap_or_default(),
            ),
            None => (part, &[][..]),
        };
        (decode(name), decode(value))
    }));
    pairs
}

/// The first value of a name in a query.
pub(crate) fn value_of(query: &str, name: &str) -> Option<String> {
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(key, _)| decode(key.as_bytes()) == name)
        .map(|(_, value)| decode(value.as_bytes()).into_owned())
}

fn decode(part: &[u8]) -> Cow<'_, str> {
    if !part.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return String::from_utf8_lossy(part);
    }
    let mut decoded = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'+', _) => decoded.push(b' '),
            (b'%', [high, low, after @ ..]) => match (value(*high), value(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high << 4 | low);
                    rest = after;
                }
                _ => decoded.push(b'%'),
            },
            (byte, _) => decoded.push(*byte),
        }
    }
    Cow::Owned(
        String::from_utf8(decoded)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Adds a pair to a form.
pub(crate) fn append(form: &mut Vec<u8>, name: &str, value: &str) {
    if !form.is_empty() {
        form.push(b'&');
    }
    encode(form, name);
    form.push(b'=');
    encode(form, value);
}

fn encode(form: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let plain = rest.iter().position(|byte| !is_plain(*byte));
        let (as_it_is, after) = rest.split_at(plain.unwrap_or(rest.len()));
        form.extend_from_slice(as_it_is);
        rest = match after.split_first() {
            Some((b' ', after)) => {
                form.push(b'+');
                after
            }
            Some((byte, after)) => {
                form.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
                after
            }
            None => return,
        };
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_')
}

fn digit(half: u8) -> u8 {
    match half {
        0..=9 => b'0' + half,
        _ => b'A' + half - 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte, alone and with digits behind a percent sign, and what browsers send.
    fn forms() -> impl Iterator<Item = Vec<u8>> {
        let bytes = (0..=255_u8).map(|byte| [b"a=b", &[byte][..], b"c&", &[byte], b"=1"].concat());
        let percents = (0..=255_u8).map(|byte| format!("a%{byte:02x}=%{byte:02X}%{byte:x}").into());
        let whole = [
            &b""[..],
            b"&&=&a&=b&a==b&+=+",
            b"Body=Squats+%26+co.+%F0%9F%92%AA+1%2B1&To=%2B14155550123",
            b"a=\xc3%A9&b=%c3&c=%",
        ];
        bytes
            .chain(percents)
            .chain(whole.into_iter().map(<[u8]>::to_vec))
    }

    #[test]
    fn it_is_read_as_the_url_crate_reads_it() {
        for form in forms() {
            let theirs: Vec<_> = form_urlencoded::parse(&form).collect();
            assert_eq!(parse(&form), theirs, "{}", form.escape_ascii());
        }
    }

    #[test]
    fn it_is_written_as_the_url_crate_writes_it() {
        for form in forms() {
            let pairs = parse(&form);
            let mut ours = Vec::new();
            let mut theirs = form_urlencoded::Serializer::new(String::new());
            for (name, value) in &pairs {
                append(&mut ours, name, value);
                theirs.append_pair(name, value);
            }
            assert_eq!(ours, theirs.finish().into_bytes());
        }
    }

    #[test]
    fn a_value_of_a_query_is_found_by_its_name() {
        assert_eq!(value_of("a=1&%62=x+y&b=2", "b").as_deref(), Some("x y"));
        assert_eq!(value_of("a=1&b", "b").as_deref(), Some(""));
        assert_eq!(value_of("a=1", "b"), None);
    }
}
