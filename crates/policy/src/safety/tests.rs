//! Texts and their topics, as tables a coach can read (`tests/safety.txt`).

use super::*;
use crate::conversation::{Speaker, safe_reply};
use crate::keywords::{Keyword, recognise};
use domain::segments::{Encoding, segments};

/// `topic | text`, one a line; `-` is none. Lines that begin with `#` say what follows.
const TABLE: &str = include_str!("tests/safety.txt");

#[test]
fn what_a_person_has_to_see_is_told_from_figures_of_speech() {
    let mut wrong = Vec::new();
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for line in TABLE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (expected, text) = line.split_once(" | ").unwrap();
        *seen.entry(expected.trim()).or_default() += 1;
        let found = topic(text).map_or("-", Topic::code);
        if found != expected.trim() {
            wrong.push(format!("{text}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (topic, at_least) in [
        ("crisis", 60),
        ("eating_disorder", 40),
        ("injury", 60),
        ("-", 60),
    ] {
        assert!(seen[topic] >= at_least, "{topic}: {}", seen[topic]);
    }
}

#[test]
fn a_safe_reply_is_given_once_a_day_and_not_while_a_person_has_to_look() {
    let now = Timestamp::from_seconds(1_795_000_000);
    let before = |is_open, ago: Option<u32>| Before {
        is_open,
        replied_at: ago.map(|hours| now - Seconds::new(hours * 3600)),
    };
    assert!(replies(before(false, None), now));
    assert!(!replies(before(true, None), now));
    assert!(!replies(before(false, Some(23)), now));
    assert!(replies(before(false, Some(24)), now));
    assert!(!replies(before(true, Some(48)), now));
}

#[test]
fn safe_replies_are_short_plain_and_promise_nothing() {
    for topic in Topic::ALL {
        for locale in ["en", "es-MX", "pt-BR", "xx"] {
            for name in ["Maria Aparecida", ""] {
                let text = safe_reply(*topic, &Speaker { name, locale });
                let cost = segments(&text, false);
                assert_eq!(cost.encoding, Encoding::Gsm7, "{text}");
                assert!(cost.count <= 2 && !text.contains(['{', '}']), "{text}");
                assert_eq!(recognise(&text, None), Keyword::None, "{text}");
                for promise in ["will be fine", "soon", "pronto", "logo", "promise"] {
                    assert!(!text.contains(promise), "{text}");
                }
            }
        }
    }
}
