//! What the web chat shows of each block, as a table whose rows read as sentences. It draws buttons and lists itself, and
//! shows media; what it has no drawing for is said in words.

use domain::content::{Media, Rich};
use domain::{Channel, Content, TemplateUse};

use super::blocks::{FILM, PICTURE, buttons, cards, list};
use super::world::{template, with};
use crate::outbound::form::{self, Carried};
use crate::outbound::{Reason, preview};

/// How it shows: form, words, and how many media and choices.
fn shows(
    text: &str,
    media: &[&str],
    template: Option<TemplateUse>,
    rich: Rich,
) -> Result<(String, String), Reason> {
    let media = media
        .iter()
        .map(|url| Media::from(url.parse::<domain::MediaUrl>().unwrap()))
        .collect();
    let content = Content::of(text.into(), media, template, rich).unwrap();
    let world = with(|w| {
        w.locale = "en";
        w.content = content;
    });
    match world.asked(|facts| form::plain(Channel::Web, facts))? {
        Carried::Now(ready) => {
            assert!(!ready.needs_window, "a web chat has no window");
            let seen = preview(&ready.form);
            let (word, media, choices) = (ready.form.word(), seen.media.len(), seen.choices.len());
            let form = format!("{word}, {media} media, {choices} choices");
            Ok((form, seen.text.to_owned()))
        }
        Carried::BehindKnock(_) => panic!("nothing knocks in a web chat"),
    }
}

#[test]
fn the_web_chat_shows_every_block() {
    let none = Rich::default;
    for (what, text, media, rich, form, words) in [
        (
            "a text",
            "Hi",
            &[][..],
            none(),
            "text, 0 media, 0 choices",
            "Hi",
        ),
        (
            "a picture",
            "",
            &[PICTURE],
            none(),
            "text, 1 media, 0 choices",
            "",
        ),
        (
            "a text with a picture and a film",
            "See",
            &[PICTURE, FILM],
            none(),
            "text, 2 media, 0 choices",
            "See",
        ),
        (
            "buttons",
            "Go?",
            &[],
            buttons(),
            "buttons, 0 media, 2 choices",
            "Go?",
        ),
        (
            "a list",
            "Go?",
            &[],
            list(),
            "list, 0 media, 2 choices",
            "Go?",
        ),
        (
            "buttons beside a picture, in words",
            "Go?",
            &[PICTURE],
            buttons(),
            "text, 1 media, 0 choices",
            "Go?\n\nReply 1: Start workout\nReply 2: Skip today",
        ),
        (
            "a link, a place and a contact, in words",
            "Hi",
            &[],
            cards(),
            "text, 0 media, 0 choices",
            "Hi\nBook: https://a.example/b\nGym, 5 Main St: https://maps.google.com/?q=37.5,-122.25\nAna: +14155550123",
        ),
    ] {
        let seen = shows(text, media, None, rich).unwrap();
        assert_eq!(seen, (form.to_owned(), words.to_owned()), "{what}");
    }
}

#[test]
fn the_web_chat_says_a_template_with_its_values_or_nothing() {
    let seen = shows(
        "",
        &[],
        Some(template("daily_workout", &["1", "2"])),
        Rich::default(),
    );
    let words = "Hi x! Your workout for x is ready.";
    assert_eq!(
        seen,
        Ok(("text, 0 media, 0 choices".to_owned(), words.to_owned()))
    );
    let unknown = shows(
        "",
        &[],
        Some(template("nobody_knows", &["1"])),
        Rich::default(),
    );
    assert_eq!(unknown, Err(Reason::NothingToSay));
}
