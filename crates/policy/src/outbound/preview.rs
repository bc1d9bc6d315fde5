//! What the member will see, whoever asks: a dry run, a page, a handset. There is this one function
//! for it, over the same [`Form`] that is sent.

use std::collections::BTreeMap;

use domain::content::{Choice, Location};
use domain::{MediaUrl, Text};

use super::decision::Form;

/// A message as it shows on the member's phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview<'a> {
    /// The words.
    pub text: &'a str,
    /// What is shown above them.
    pub media: &'a [MediaUrl],
    /// The template's name and values, where one is sent.
    pub template: Option<(&'a str, &'a BTreeMap<Box<str>, Text>)>,
    /// The template's language.
    pub language: Option<&'a str>,
    /// Buttons, or rows of a list.
    pub choices: &'a [Choice],
    /// The button that opens the list.
    pub list_button: Option<&'a str>,
    /// A place on a map.
    pub place: Option<&'a Location>,
    /// The words in place of buttons, should the provider not take them.
    pub instead: Option<&'a str>,
}

/// How a form shows.
pub fn preview(form: &Form) -> Preview<'_> {
    match form {
        Form::Text { text, media } => Preview {
            text: text.as_str(),
            media,
            ..Preview::default()
        },
        Form::Template {
            name,
            language,
            variables,
            ..
        } => Preview {
            template: Some((name, variables)),
            language: Some(language),
            ..Preview::default()
        },
        Form::Interactive {
            body,
            choices,
            numbered,
        } => Preview {
            text: body.as_str(),
            choices: choices.all(),
            list_button: choices.list_button(),
            instead: Some(numbered.as_str()),
            ..Preview::default()
        },
        Form::Location { place, words } => Preview {
            text: words.as_str(),
            place: Some(place),
            ..Preview::default()
        },
    }
}
