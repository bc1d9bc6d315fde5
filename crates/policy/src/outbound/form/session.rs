//! WhatsApp inside the session window, as Twilio carries it (facts/twilio.md 1.3, 8.3 and 8.5).
//!
//! One request shows one thing: a text, one medium, buttons, a list, or a place. A message that
//! holds more shows the one that cannot be said in words, and says the rest:
//!
//! - with choices, everything else becomes lines of their text;
//! - a picture carries the text as its caption; beside a sound, a film or a document Twilio drops the
//!   text, so there the text wins and the medium becomes a link;
//! - a place alone is a place; beside a text it is a map link, for the same reason;
//! - contacts and links are always lines: contacts are not found in Twilio's content types, and whether
//!   a call to action may go without an approval is told both ways.

use domain::content::{BODY_UNITS_MAX, Media, MediaKind, TEXT_UNITS_MAX};
use domain::{Channel, Content, Text};

use super::super::decision::Form;
use super::super::reason::Reason;
use super::lines;

/// The longest caption of a picture (facts/whatsapp.md 4).
const CAPTION_UNITS_MAX: usize = 1_024;

/// The form a content has where free text may go.
pub(super) fn form(content: &Content, locale: &str) -> Result<Form, Reason> {
    let Some(rich) = content.rich() else {
        return with_media(content.text().as_str().to_owned(), content);
    };
    let mut words = content.text().as_str().to_owned();
    if words.is_empty()
        && content.media().is_empty()
        && let ([place], true, true) = (
            rich.places.as_slice(),
            rich.contacts.is_empty(),
            rich.links.is_empty(),
        )
    {
        return Ok(Form::Location {
            place: place.clone(),
            words: lines::place_name(place).into(),
        });
    }
    lines::add_cards(&mut words, rich);
    let Some(choices) = &rich.choices else {
        return with_media(words, content);
    };
    lines::add_media(&mut words, content.media().iter());
    let numbered = numbered(&words, content, locale);
    if units(&words) > BODY_UNITS_MAX {
        return text_of(numbered, Vec::new());
    }
    Ok(Form::Interactive {
        body: words.into(),
        choices: choices.clone(),
        numbered: numbered.into(),
    })
}

/// The same as words alone; without descriptions where they would make it too long.
pub(super) fn numbered(words: &str, content: &Content, locale: &str) -> String {
    let with = |described| {
        let mut all = words.to_owned();
        if let Some(choices) = content.choices() {
            lines::add_choices(&mut all, choices, locale, described);
        }
        all
    };
    let all = with(true);
    if units(&all) > TEXT_UNITS_MAX {
        with(false)
    } else {
        all
    }
}

fn with_media(mut words: String, content: &Content) -> Result<Form, Reason> {
    let Some((first, rest)) = content.media().split_first() else {
        return text_of(words, Vec::new());
    };
    let is_alone = words.trim().is_empty() && rest.is_empty();
    let takes_caption = matches!(first.kind(), Some(MediaKind::Image) | None);
    if first.fits(Channel::Whatsapp) && (is_alone || takes_caption) {
        let mut caption = words.clone();
        lines::add_media(&mut caption, rest.iter());
        if units(&caption) <= CAPTION_UNITS_MAX {
            return text_of(caption, vec![first]);
        }
    }
    lines::add_media(&mut words, content.media().iter());
    text_of(words, Vec::new())
}

fn text_of(words: String, media: Vec<&Media>) -> Result<Form, Reason> {
    if units(&words) > TEXT_UNITS_MAX {
        return Err(Reason::TooLong);
    }
    Ok(Form::Text {
        text: Text::from(words),
        media: media.into_iter().map(|one| one.url().clone()).collect(),
    })
}

fn units(words: &str) -> usize {
    words.encode_utf16().count()
}
