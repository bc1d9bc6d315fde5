//! Quick replies.

use super::super::Wording;
use super::{Notes, Rule};
use crate::keywords::{Keyword, recognise};

/// The most buttons of a template.
const BUTTONS_MAX: usize = 10;

/// The most that are all shown, and that an open window takes.
const BUTTONS_SHOWN: usize = 3;

/// The longest title, in characters: Meta's 25 and Twilio's 20.
const TITLE_MAX: usize = 20;

/// The longest id.
const ID_MAX: usize = 200;

pub(super) fn of_a_wording(wording: &Wording, notes: &mut Notes<'_>) {
    let buttons = &wording.buttons;
    let count = buttons.len();
    if count > BUTTONS_MAX {
        notes.add(Rule::ButtonsTooMany, format!("it has {count} buttons"));
    } else if count > BUTTONS_SHOWN {
        notes.add(Rule::ButtonsHidden, format!("it has {count} buttons"));
    }
    for (index, button) in buttons.iter().enumerate() {
        let (id, title) = (&*button.id, &*button.title);
        let length = title.chars().count();
        let plain = !title.chars().any(char::is_control) && !title.contains(['{', '}']);
        if title.trim().is_empty() || length > TITLE_MAX || !plain {
            notes.add(
                Rule::ButtonTitle,
                format!("`{title}` ({length} characters) cannot stand on a button"),
            );
        }
        let is_id = (1..=ID_MAX).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !is_id {
            notes.add(Rule::ButtonId, format!("`{id}` cannot be a button's id"));
        }
        let keyword = [title, id].into_iter().find(|text| {
            matches!(
                recognise(text, None),
                Keyword::Stop | Keyword::Start | Keyword::Help
            )
        });
        if let Some(text) = keyword {
            notes.add(
                Rule::KeywordAsked,
                format!("a tap on `{title}` would be read as `{text}`"),
            );
        }
        let earlier = buttons.iter().take(index);
        if earlier
            .into_iter()
            .any(|one| one.id == button.id || one.title == button.title)
        {
            notes.add(
                Rule::ButtonTwice,
                format!("`{title}` has the title or the id of another button"),
            );
        }
    }
}
