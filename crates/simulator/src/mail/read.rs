//! A letter as a mail program reads it (RFC 5322, RFC 2045): headers, and the first part that is plain text.
//!
//! What has only HTML shows its source: nothing of a letter ever becomes markup on the page.

use super::decode::{body_of, header_of, text_of};

/// How many headers are kept.
const HEADERS_MAX: usize = 100;
/// Longest text that is kept, in characters.
const TEXT_CHARS_MAX: usize = 64 * 1024;
/// How deep parts may lie within parts.
const DEPTH_MAX: usize = 5;

/// What is read of a letter.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// In their order, decoded.
    pub(super) headers: Vec<(String, String)>,
    pub(super) text: String,
}

impl Read {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let part = Part::of(bytes);
        let text = part.text(0).unwrap_or_default();
        let text = text.replace("\r\n", "\n");
        Self {
            text: text
                .trim_end_matches('\n')
                .chars()
                .take(TEXT_CHARS_MAX)
                .collect(),
            headers: part.headers,
        }
    }

    /// The first header with this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut all = headers.iter();
    let found = all.find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Headers and what follows them: a whole letter, or a part of one.
struct Part<'a> {
    headers: Vec<(String, String)>,
    body: &'a [u8],
}

impl<'a> Part<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let (head, body) = split_at_empty_line(bytes);
        let head = String::from_utf8_lossy(head);
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.lines() {
            let folded = line.starts_with([' ', '\t']);
            if let (true, Some((_, value))) = (folded, headers.last_mut()) {
                value.push(' ');
                value.push_str(line.trim());
            } else if let Some((name, value)) = line.split_once(':')
                && headers.len() < HEADERS_MAX
            {
                headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        for (_, value) in &mut headers {
            *value = header_of(value);
        }
        Self { headers, body }
    }

    fn header(&self, name: &str) -> &str {
        header(&self.headers, name).unwrap_or_default()
    }

    /// The first plain text in it, else the first text of any kind.
    fn text(&self, depth: usize) -> Option<String> {
        let kind = self.header("content-type");
        let class = kind.split(';').next().unwrap_or_default().trim();
        let class = class.to_ascii_lowercase();
        if class.starts_with("multipart/") {
            let boundary = parameter(kind, "boundary")?;
            let inner: Vec<_> = parts(self.body, &boundary).map(Part::of).collect();
            if depth >= DEPTH_MAX {
                return None;
            }
            let plain = inner.iter().find(|part| part.is("text/plain"));
            let plain = plain.and_then(|part| part.text(depth + 1));
            return plain.or_else(|| inner.iter().find_map(|part| part.text(depth + 1)));
        }
        if !class.is_empty() && !class.starts_with("text/") {
            return None;
        }
        let decoded = body_of(self.body, self.header("content-transfer-encoding"));
        let charset = parameter(kind, "charset").unwrap_or_else(|| "utf-8".into());
        Some(text_of(&decoded, &charset))
    }

    fn is(&self, class: &str) -> bool {
        let kind = self.header("content-type").to_ascii_lowercase();
        kind.is_empty() || kind.starts_with(class)
    }
}

fn split_at_empty_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    // Without any header the empty line is the first one.
    for end in ["\r\n", "\n"] {
        if let Some(body) = bytes.strip_prefix(end.as_bytes()) {
            return (&[], body);
        }
    }
    for end in ["\r\n\r\n", "\n\n"] {
        if let Some(at) = find(bytes, end.as_bytes()) {
            return (
                bytes.get(..at).unwrap_or_default(),
                bytes.get(at + end.len()..).unwrap_or_default(),
            );
        }
    }
    (bytes, &[])
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// What stands between the lines of a boundary.
fn parts<'a>(body: &'a [u8], boundary: &str) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let line = format!("--{boundary}");
    let mut rest = find(body, line.as_bytes())
        .and_then(|at| body.get(at + line.len()..))
        .unwrap_or_default();
    std::iter::from_fn(move || {
        if rest.is_empty() || rest.starts_with(b"--") {
            return None;
        }
        let end = find(rest, format!("\n{line}").as_bytes());
        let part = rest.get(..end.unwrap_or(rest.len()))?;
        rest = end
            .and_then(|end| rest.get(end + 1 + line.len()..))
            .unwrap_or_default();
        // The rest of the boundary's own line is no part of it.
        let begin = find(part, b"\n").map_or(part.len(), |at| at + 1);
        Some(part.get(begin..)?.trim_ascii_end())
    })
}

/// A parameter of a header's value: `charset=utf-8`, with quotes or without.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|pair| {
        let (own, value) = pair.split_once('=')?;
        let same = own.trim().eq_ignore_ascii_case(name);
        same.then(|| value.trim().trim_matches('"').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_read_as_its_writer_meant_it() {
        let read = Read::of(
            b"From: =?utf-8?q?Coach_Lu?= <coach@gym.example>\r\nSubject: One\r\n two\r\n\
              Content-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
              =C2=A1Hola!\r\nTwo lines.\r\n",
        );
        assert_eq!(read.header("from"), Some("Coach Lu <coach@gym.example>"));
        assert_eq!(read.header("SUBJECT"), Some("One two"));
        assert_eq!(read.text, "¡Hola!\nTwo lines.");
    }

    #[test]
    fn of_several_parts_the_plain_text_is_shown() {
        let letter = b"Content-Type: multipart/mixed; boundary=out\r\n\r\npreamble\r\n--out\r\n\
            Content-Type: multipart/alternative; boundary=\"in\"\r\n\r\n\
            --in\r\nContent-Type: text/html\r\n\r\n<b>no</b>\r\n--in\r\n\r\nyes\r\n--in--\r\n\
            --out\r\nContent-Type: image/png\r\n\r\nx\r\n--out--\r\n";
        assert_eq!(Read::of(letter).text, "yes");
    }

    #[test]
    fn what_is_no_letter_is_no_harm() {
        for bytes in [
            &b""[..],
            b"\r\n\r\n",
            b"no header at all",
            b" folded: first\r\n\r\nx",
            b"Content-Type: multipart/mixed\r\n\r\nx",
            b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a",
            b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n----\n----\n--",
        ] {
            drop(Read::of(bytes));
        }
        let nested = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\n".repeat(40);
        assert_eq!(Read::of(&nested).text, "");
    }
}
