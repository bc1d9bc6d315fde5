//! Blocks as words, for where there are no buttons, lists, maps or cards: everything a message holds
//! can be read, and everything it offers can be answered.

use domain::content::{Choices, Contact, Link, Location, Media, Rich};

use crate::language::Language;

/// Adds links, places and contacts, a line each.
pub(super) fn add_cards(words: &mut String, rich: &Rich) {
    for link in &rich.links {
        add(words, "\n", &link_line(link));
    }
    for place in &rich.places {
        add(words, "\n", &place_line(place));
    }
    for contact in &rich.contacts {
        add(words, "\n", &contact_line(contact));
    }
}

/// Adds the addresses of media that a channel does not show.
pub(super) fn add_media<'a>(words: &mut String, media: impl Iterator<Item = &'a Media>) {
    for one in media {
        add(words, "\n", one.url().as_str());
    }
}

/// Adds what there is to choose from, numbered from 1, in the member's language: the number is the
/// shortest thing to type, and the word is understood as well (`policy::choices`).
pub(super) fn add_choices(words: &mut String, choices: &Choices, locale: &str, described: bool) {
    let reply = match Language::of(locale) {
        Language::English => "Reply",
        Language::Spanish => "Responde",
        Language::Portuguese => "Responda",
    };
    for (at, choice) in choices.all().iter().enumerate() {
        let before = if at == 0 { "\n\n" } else { "\n" };
        let mut line = format!("{reply} {}: {}", at + 1, choice.title());
        if let Some(description) = choice.description().filter(|_| described) {
            line.push_str(" - ");
            line.push_str(description);
        }
        add(words, before, &line);
    }
}

fn add(words: &mut String, before: &str, line: &str) {
    if !words.is_empty() {
        words.push_str(before);
    }
    words.push_str(line);
}

fn link_line(link: &Link) -> String {
    format!("{}: {}", link.label(), link.url())
}

fn contact_line(contact: &Contact) -> String {
    format!("{}: {}", contact.name(), contact.phone().as_e164())
}

/// `Gym, 5 Main St: https://maps.google.com/?q=37.78789,-122.391664`, which every phone opens.
fn place_line(place: &Location) -> String {
    let name = place_name(place);
    let url = format!(
        "https://maps.google.com/?q={},{}",
        place.latitude(),
        place.longitude()
    );
    if name.is_empty() {
        url
    } else {
        format!("{name}: {url}")
    }
}

/// What a place is called, with its address.
pub(super) fn place_name(place: &Location) -> String {
    [place.label(), place.address()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}
