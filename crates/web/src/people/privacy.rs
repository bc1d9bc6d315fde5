//! `/privacy`: what is kept of people, for how long, and what they can do about it. The text is a file that an operator can
//! replace; how long words are kept comes from the settings in force.

use askama::Template;
use axum::response::Response;
use engine::joining::Language;
use engine::redacting::{Retention, Words as Kept};
use ui::Page;

use super::guard::Reads;
use super::words::{Words, words};
use super::{filled, html, page, service};
use crate::State;

/// The line in whose place stands how long words are kept.
const KEPT: &str = "{kept}";

/// The line in whose place stands what a language model sees, where one is asked; it goes where none is.
const MODEL: &str = "{model}";

/// A part of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Heading(String),
    Paragraph(Vec<Piece>),
    List(Vec<Vec<Piece>>),
}

/// Words of a line, with an address where they are a link of this site.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct Privacy {
    page: Page,
    parts: Vec<Part>,
}

fn shipped(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../privacy/en.txt"),
        Language::Spanish => include_str!("../../privacy/es.txt"),
        Language::Portuguese => include_str!("../../privacy/pt.txt"),
    }
}

/// The page.
pub(super) async fn show(state: State, Reads(language): Reads) -> Response {
    let own = state.privacy(language.tag());
    let text = filled(
        own.unwrap_or_else(|| shipped(language)),
        &[("service", service(&state))],
    );
    let w = words(language);
    let retention = &state.engine().settings().retention;
    let by_model = state.engine().asks_a_model().then_some(w.seen_by_model);
    let (title, parts) = read(&text, &kept(retention, w), by_model);
    html(&Privacy {
        page: page(&state, &title, language),
        parts,
    })
}

/// How long words are kept, a line for each span there is.
fn kept(retention: &Retention, w: &Words) -> Vec<String> {
    let said = |words: &[&str], days: Option<u32>| {
        let days = days.map(|days| days.to_string());
        let line = days.as_ref().map_or(w.kept_always, |_| w.kept_days);
        let days = days.unwrap_or_default();
        filled(line, &[("what", &words.join(", ")), ("days", &days)])
    };
    let mut spans: Vec<(Option<u32>, Vec<&str>)> = Vec::new();
    for words in Kept::all() {
        let (days, name) = (retention.days(words), name(words, w));
        match spans.iter_mut().find(|(known, _)| *known == days) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => spans.push((days, vec![name])),
        }
    }
    match spans.as_slice() {
        [(days, _)] => vec![said(&[w.kept_all], *days)],
        spans => spans
            .iter()
            .map(|(days, names)| said(names, *days))
            .collect(),
    }
}

/// What somebody calls them.
const fn name(words: Kept, w: &Words) -> &'static str {
    use domain::Kind;
    match words {
        Kept::Inbound => w.kept_inbound,
        Kept::Of(Kind::DailyWorkout) => w.daily_workouts,
        Kept::Of(Kind::WeeklyCheckin) => w.weekly_checkins,
        Kept::Of(Kind::ChatReply) => w.chat_responses,
        Kept::Of(Kind::Broadcast) => w.kept_news,
        Kept::Of(_) => w.system_notifications,
    }
}

/// Reads the few signs a file may hold: `#`, `##`, `-`, and links to pages of this site.
fn read(text: &str, kept: &[String], by_model: Option<&str>) -> (String, Vec<Part>) {
    let mut title = String::new();
    let mut parts = Vec::new();
    let item = |line: Vec<Piece>, parts: &mut Vec<Part>| match parts.last_mut() {
        Some(Part::List(list)) => list.push(line),
        _ => parts.push(Part::List(vec![line])),
    };
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(heading) = line.strip_prefix("## ") {
            parts.push(Part::Heading(heading.to_owned()));
        } else if let Some(heading) = line.strip_prefix("# ") {
            heading.clone_into(&mut title);
        } else if line == KEPT {
            for line in kept {
                item(pieces(line), &mut parts);
            }
        } else if line == MODEL {
            if let Some(line) = by_model {
                item(pieces(line), &mut parts);
            }
        } else if let Some(line) = line.strip_prefix("- ") {
            item(pieces(line), &mut parts);
        } else {
            parts.push(Part::Paragraph(pieces(line)));
        }
    }
    (title, parts)
}

/// Takes a line apart at its links. One that leads elsewhere stays text.
fn pieces(line: &str) -> Vec<Piece> {
    let plain = |text: &str| Piece {
        text: text.to_owned(),
        href: None,
    };
    let link = || {
        let (before, rest) = line.split_once('[')?;
        let (text, rest) = rest.split_once("](")?;
        let (href, after) = rest.split_once(')')?;
        let is_ours = href.starts_with('/') && !href.starts_with("//") && !href.contains('\\');
        is_ours.then_some((before, text, href, after))
    };
    let Some((before, text, href, after)) = link() else {
        return vec![plain(line)];
    };
    let linked = Piece {
        text: text.to_owned(),
        href: Some(href.to_owned()),
    };
    vec![plain(before), linked, plain(after)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(retention: &str) -> Vec<String> {
        kept(&retention.parse().unwrap(), words(Language::English))
    }

    #[test]
    fn how_long_words_are_kept_is_what_is_set() {
        assert_eq!(
            lines(""),
            ["Texts of messages: until you have them deleted."]
        );
        assert_eq!(lines("365d"), ["Texts of messages: 365 days."]);
        let mixed = lines("365d, inbound=30d, chat_reply=30d");
        assert!(mixed.contains(&"What you write, What the coach writes: 30 days.".to_owned()));
        assert!(
            mixed.iter().any(|line| line.ends_with("365 days.")),
            "{mixed:?}"
        );
    }

    #[test]
    fn every_page_has_a_title_and_says_how_long() {
        for language in [Language::English, Language::Spanish, Language::Portuguese] {
            let (title, parts) = read(shipped(language), &["a year".to_owned()], None);
            assert!(!title.is_empty());
            let says = parts.iter().any(|part| match part {
                Part::List(list) => list.iter().flatten().any(|piece| piece.text == "a year"),
                Part::Heading(_) | Part::Paragraph(_) => false,
            });
            assert!(says, "{parts:?}");
        }
    }

    #[test]
    fn that_a_model_is_asked_is_said_where_one_is() {
        for language in [Language::English, Language::Spanish, Language::Portuguese] {
            let by_model = words(language).seen_by_model;
            let told = |by_model| {
                let (_, parts) = read(shipped(language), &[], by_model);
                format!("{parts:?}")
            };
            assert!(told(Some(by_model)).contains(by_model));
            let none = told(None);
            assert!(!none.contains(by_model) && !none.contains(MODEL), "{none}");
        }
    }

    #[test]
    fn a_link_leads_to_this_site_only() {
        let [_, link, _] = <[Piece; 3]>::try_from(pieces("See [your page](/me).")).unwrap();
        assert_eq!(link.href.as_deref(), Some("/me"));
        for line in [
            "[x](https://evil.example)",
            "[x](//evil.example)",
            "[x](javascript:1)",
        ] {
            assert_eq!(pieces(line).len(), 1, "{line}");
        }
    }
}
