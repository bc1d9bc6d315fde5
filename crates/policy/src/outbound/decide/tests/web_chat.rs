//! What the web chat shows of each block, as a table whose rows read as sentences. It draws buttons and lists itself, and
//! shows media; what it has no drawing for is said in words.

use std::collections::HashSet;

use domain::content::{Media, Rich};
use domain::{Channel, ConsentState, Content, Kind, TemplateUse};

use super::blocks::{FILM, PICTURE, buttons, cards, list};
use super::rows::rows;
use super::world::{World, template, with};
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

/// Asks something on her page.
fn asks(world: &mut World, consent: ConsentState) {
    world.kind = Kind::ChatReply;
    world.reply_to = Some(Channel::Web);
    world.wish = Some(Channel::Web);
    world.web = Some(consent);
}

#[test]
fn an_answer_stays_in_the_chat_and_anything_else_wants_a_yes() {
    use ConsentState::{OptedIn, OptedOut, Unknown};
    rows(&[
        (
            "an answer to what she just asked",
            |w| asks(w, Unknown),
            "send text by web",
        ),
        (
            "an answer to who said stop",
            |w| asks(w, OptedOut),
            "suppressed, opted_out",
        ),
        (
            "on a staging system",
            |w| {
                asks(w, Unknown);
                w.settings.allow_list = Some(HashSet::new());
            },
            "send text by web",
        ),
        (
            "a workout, preferred there and agreed to",
            |w| {
                w.preferred = Some(Channel::Web);
                w.web = Some(OptedIn);
            },
            "send text by web",
        ),
        (
            "a workout, preferred there and not agreed to",
            |w| {
                w.preferred = Some(Channel::Web);
                w.web = Some(Unknown);
            },
            "send text by sms",
        ),
        (
            "a workout after a stop there",
            |w| {
                w.preferred = Some(Channel::Web);
                w.web = Some(OptedOut);
            },
            "suppressed, opted_out",
        ),
    ]);
    let price = with(|w| asks(w, Unknown)).judge().price();
    let amount = price.and_then(crate::pricing::Estimate::amount);
    assert_eq!(amount.map(domain::Money::micros), Some(0));
}

#[test]
fn an_answer_leaves_the_chat_only_where_an_operator_says_when() {
    let unseen = |w: &mut World| {
        w.kind = Kind::ChatReply;
        w.tried = vec![Channel::Web];
        w.web = Some(ConsentState::Unknown);
        w.preferred = Some(Channel::Sms);
    };
    let asked = with(|w| asks(w, ConsentState::Unknown));
    assert!(!asked.judge().goes_on, "by default it stays");
    let asked = with(|w| {
        asks(w, ConsentState::Unknown);
        w.settings.fallback = "chat_reply=1800".parse().unwrap();
    });
    assert!(asked.judge().goes_on);
    assert_eq!(with(unseen).said(), "send text by sms");
    let at_night = with(|w| {
        unseen(w);
        w.settings.quiet_hours = "21-8".parse().unwrap();
    });
    assert_eq!(at_night.said(), "hold, quiet_hours");
}
