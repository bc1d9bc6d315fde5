//! What each channel makes of blocks, as a table whose rows read as sentences.

use domain::content::{Choice, Choices, Contact, Link, Location, Media, Rich};
use domain::{Channel, Content};

use super::world::with;
use crate::outbound::{Decision, preview};

pub(super) fn buttons() -> Rich {
    let all = ["Start workout", "Skip today"].map(|title| Choice::button(None, title).unwrap());
    Rich {
        choices: Some(Choices::buttons(all.into()).unwrap()),
        ..Rich::default()
    }
}

pub(super) fn list() -> Rich {
    let rows = [("Legs", Some("20 min")), ("Arms", None)];
    let rows = rows.map(|(title, below)| Choice::row(None, title, below).unwrap());
    Rich {
        choices: Some(Choices::list("Choose", rows.into()).unwrap()),
        ..Rich::default()
    }
}

pub(super) fn cards() -> Rich {
    Rich {
        places: vec![Location::new(37.5, -122.25, Some("Gym"), Some("5 Main St")).unwrap()],
        contacts: vec![Contact::new("Ana", "+14155550123".parse().unwrap()).unwrap()],
        links: vec![Link::new("Book", "https://a.example/b").unwrap()],
        ..Rich::default()
    }
}

fn place() -> Rich {
    Rich {
        contacts: Vec::new(),
        links: Vec::new(),
        ..cards()
    }
}

/// How it shows: form, words, and how many media and choices.
fn shows(
    channel: Channel,
    locale: &'static str,
    text: &str,
    media: &[&str],
    rich: Rich,
) -> (String, String) {
    let media = media
        .iter()
        .map(|url| Media::from(url.parse::<domain::MediaUrl>().unwrap()))
        .collect();
    let content = Content::of(text.into(), media, None, rich).unwrap();
    let world = with(|w| {
        w.preferred = Some(channel);
        w.locale = locale;
        w.content = content;
    });
    match world.judge().decision {
        Decision::Send(plan) => {
            let seen = preview(&plan.form);
            let form = format!(
                "{} with {} media, {} choices",
                plan.form.word(),
                seen.media.len(),
                seen.choices.len()
            );
            (form, seen.text.to_owned())
        }
        other => panic!("{other:?}"),
    }
}

pub(super) const PICTURE: &str = "https://a.example/a.jpg";
pub(super) const FILM: &str = "https://a.example/a.mp4";

#[test]
fn each_channel_shows_what_it_can_and_says_the_rest() {
    use Channel::{Sms, Whatsapp};
    let none = Rich::default;
    for (channel, locale, text, media, rich, form, words) in [
        (
            Sms,
            "en",
            "Go?",
            &[][..],
            buttons(),
            "text with 0 media, 0 choices",
            "Go?\n\nReply 1: Start workout\nReply 2: Skip today",
        ),
        (
            Sms,
            "es-MX",
            "Va?",
            &[],
            buttons(),
            "text with 0 media, 0 choices",
            "Va?\n\nResponde 1: Start workout\nResponde 2: Skip today",
        ),
        (
            Sms,
            "pt-BR",
            "Vai?",
            &[],
            list(),
            "text with 0 media, 0 choices",
            "Vai?\n\nResponda 1: Legs - 20 min\nResponda 2: Arms",
        ),
        (
            Sms,
            "en",
            "Go?",
            &[PICTURE],
            buttons(),
            "text with 1 media, 0 choices",
            "Go?\n\nReply 1: Start workout\nReply 2: Skip today",
        ),
        (
            Sms,
            "en",
            "Hi",
            &[],
            cards(),
            "text with 0 media, 0 choices",
            "Hi\nBook: https://a.example/b\nGym, 5 Main St: https://maps.google.com/?q=37.5,-122.25\nAna: +14155550123",
        ),
        (
            Whatsapp,
            "en",
            "Go?",
            &[],
            buttons(),
            "buttons with 0 media, 2 choices",
            "Go?",
        ),
        (
            Whatsapp,
            "en",
            "Go?",
            &[],
            list(),
            "list with 0 media, 2 choices",
            "Go?",
        ),
        (
            Whatsapp,
            "en",
            "Go?",
            &[PICTURE],
            buttons(),
            "buttons with 0 media, 2 choices",
            "Go?\nhttps://a.example/a.jpg",
        ),
        (
            Whatsapp,
            "en",
            "",
            &[],
            place(),
            "location with 0 media, 0 choices",
            "Gym, 5 Main St",
        ),
        (
            Whatsapp,
            "en",
            "Here",
            &[],
            place(),
            "text with 0 media, 0 choices",
            "Here\nGym, 5 Main St: https://maps.google.com/?q=37.5,-122.25",
        ),
        (
            Whatsapp,
            "en",
            "See",
            &[PICTURE],
            none(),
            "text with 1 media, 0 choices",
            "See",
        ),
        (
            Whatsapp,
            "en",
            "See",
            &[FILM],
            none(),
            "text with 0 media, 0 choices",
            "See\nhttps://a.example/a.mp4",
        ),
        (
            Whatsapp,
            "en",
            "",
            &[FILM],
            none(),
            "text with 1 media, 0 choices",
            "",
        ),
        (
            Whatsapp,
            "en",
            "See",
            &[PICTURE, FILM],
            none(),
            "text with 1 media, 0 choices",
            "See\nhttps://a.example/a.mp4",
        ),
    ] {
        let case = format!("{channel} {text:?} {media:?}");
        let seen = shows(channel, locale, text, media, rich);
        assert_eq!(seen, (form.to_owned(), words.to_owned()), "{case}");
    }
}

#[test]
fn numbers_are_counted_as_segments() {
    let world = with(|w| {
        w.preferred = Some(Channel::Sms);
        w.locale = "en";
        w.content = Content::of("a".repeat(140).into(), Vec::new(), None, buttons()).unwrap();
    });
    let Decision::Send(plan) = world.judge().decision else {
        panic!("{}", world.said());
    };
    assert_eq!(plan.segments.map(|segments| segments.count), Some(2));
}

#[test]
fn buttons_wait_for_the_window_as_any_free_text_does() {
    let world = with(|w| {
        w.window = None;
        w.content = Content::of("Go?".into(), Vec::new(), None, buttons()).unwrap();
    });
    assert_eq!(world.said(), "hold, behind_knock, knock");
}
