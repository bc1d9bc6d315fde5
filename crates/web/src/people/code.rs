//! The page on which somebody types the code, for joining and for logging in alike.

use askama::Template;
use domain::{Channel, Seconds};
use engine::joining::Language;
use engine::logins::Tried;
use ui::Page;

use super::words::{Words, words};
use super::{filled, page};
use crate::State;

/// How long a browser keeps what its code is bound to: a little longer than the code holds, so that a late one is
/// told that it is over.
pub(super) const COOKIE_LASTS: Seconds = Seconds::new(1_800);

/// The page.
#[derive(Template)]
#[template(path = "code.html")]
pub(super) struct CodePage {
    page: Page,
    w: &'static Words,
    lead: String,
    to: String,
    no_code: String,
    fault: String,
    action: &'static str,
    again: &'static str,
    carried: Vec<(&'static str, String)>,
    told: Option<(&'static str, String)>,
}

impl CodePage {
    /// For a code on its way to this address, a phone.
    pub(super) fn new(state: &State, language: Language, to: &str, fault: &str) -> Self {
        let w = words(language);
        let settings = state.engine();
        Self {
            page: page(state, w.code_title, language),
            w,
            lead: filled(w.code_lead, &[("phone", to)]),
            no_code: filled(
                w.no_code,
                &[(
                    "number",
                    &settings.our_number(Channel::Sms).unwrap_or_default(),
                )],
            ),
            fault: fault.to_owned(),
            to: to.to_owned(),
            action: "/me/code",
            again: "/me/login",
            carried: Vec::new(),
            told: None,
        }
    }

    /// Where the code goes, and where another one is asked for.
    pub(super) fn sent_to(mut self, action: &'static str, again: &'static str) -> Self {
        (self.action, self.again) = (action, again);
        self
    }

    /// Where it went by another way than SMS: what is said instead, and where none comes.
    pub(super) fn saying(mut self, lead: &str, no_code: String) -> Self {
        self.lead = filled(lead, &[("to", &self.to)]);
        self.no_code = no_code;
        self
    }

    /// Fields that travel along.
    pub(super) fn carrying(mut self, carried: Vec<(&'static str, String)>) -> Self {
        self.carried = carried;
        self
    }

    /// Something to look forward to.
    pub(super) fn telling(mut self, what: &'static str, value: String) -> Self {
        self.told = (!value.is_empty()).then_some((what, value));
        self
    }
}

/// What is said of a code that did not prove anything.
pub(super) fn fault(w: &Words, tried: &Tried) -> String {
    match tried {
        Tried::Proved { .. } => String::new(),
        Tried::Wrong { left: 0 } | Tried::NoCode => w.no_longer.to_owned(),
        Tried::Wrong { left } => filled(w.wrong_code, &[("left", &left.to_string())]),
        Tried::Malformed => w.six_digits.to_owned(),
    }
}
