//! The fields of a member, checked one by one.

use domain::phone::ParsedPhone;
use domain::{PhoneNumber, Text};

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 200;

pub(super) fn name(text: &str) -> Result<Text, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("a name has at least one character".into());
    }
    if text.chars().count() > NAME_CHARS_MAX {
        return Err(format!("a name has at most {NAME_CHARS_MAX} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("a name has no line breaks or other control characters".into());
    }
    Ok(Text::from(text))
}

pub(in crate::api) fn phone(text: &str, country: Option<&str>) -> Result<ParsedPhone, String> {
    PhoneNumber::from_input(text, country).map_err(|error| error.to_string())
}

pub(super) fn country(text: &str) -> Result<String, &'static str> {
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err("a country is its two letters by ISO 3166, such as `US` or `BR`")
    }
}

pub(crate) fn email(text: &str) -> Result<String, &'static str> {
    let fits = text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && !host.starts_with('.')
                && !host.ends_with('.')
        });
    if fits {
        Ok(text.to_owned())
    } else {
        Err("this is not an e-mail address")
    }
}

pub(super) fn locale(text: &str) -> Result<String, &'static str> {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or("");
    let fits = (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
        && text.len() <= 35;
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a locale is a language tag such as `en` or `pt-BR`")
    }
}

pub(super) fn hour(hour: u8) -> Result<u8, &'static str> {
    if hour <= 23 {
        Ok(hour)
    } else {
        Err("an hour is a number from 0 to 23")
    }
}

pub(super) fn programme(text: &str) -> Result<String, &'static str> {
    let fits = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a programme's name is 1 to 100 characters")
    }
}

pub(crate) fn cohort(text: &str) -> Result<String, &'static str> {
    let fits = (1..=50).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a group is 1 to 50 letters, digits, `-`, `_`, `.` or `:`")
    }
}

/// Where a consent came from, as the ledger keeps it.
pub(in crate::api) fn source(text: &str) -> Result<String, &'static str> {
    let fits = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a source is 1 to 100 characters, such as `join_page`")
    }
}

/// The wording somebody agreed to.
pub(super) fn wording(text: &str) -> Result<Text, &'static str> {
    if text.trim().is_empty() || text.len() > 4_000 || text.contains('\0') {
        Err("a wording is the text the person saw, at most 4,000 bytes")
    } else {
        Ok(Text::from(text))
    }
}

/// A version or a reference that goes with a consent.
pub(super) fn proof(text: &str) -> Result<String, &'static str> {
    let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err("this is 1 to 200 characters, such as `2026-11` or `form:4711`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart_from_nonsense() {
        assert!(name("María José").is_ok() && name("  ").is_err() && name("a\nb").is_err());
        assert!(name(&"é".repeat(200)).is_ok() && name(&"é".repeat(201)).is_err());
        assert!(
            email("ana@example.com").is_ok()
                && email("ana@example").is_err()
                && email("a b@c.d").is_err()
        );
        assert!(
            locale("pt-BR").is_ok()
                && locale("english").is_err()
                && locale("e").is_err()
                && locale("").is_err()
        );
        assert_eq!(country("br"), Ok("BR".to_owned()));
        assert!(country("BRA").is_err() && hour(24).is_err() && hour(0).is_ok());
    }
}
