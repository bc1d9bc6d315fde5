//! Cookies, two for members and three for operators: what a browser keeps while it waits for a code, and while somebody is logged in (G35). Their names
//! begin with `__Host-`, so that no other host can set them; under a plain `http` address, which settings allow on
//! this machine only, browsers refuse that, and they go by their bare names.

use domain::{Seconds, Secret};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use crate::State;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// For whoever waits for a code.
    Waiting,
    /// For whoever is logged in.
    Session,
    /// For an operator who waits for a code.
    ConsoleWaiting,
    /// For an operator who is logged in.
    Console,
    /// For an operator who looks as a member.
    Looking,
}

/// The longest value that is looked at.
const VALUE_MAX: usize = 64;

impl Cookie {
    fn name(self, encrypted: bool) -> &'static str {
        match (self, encrypted) {
            (Self::Waiting, true) => "__Host-gymtext-code",
            (Self::Waiting, false) => "gymtext-code",
            (Self::Session, true) => "__Host-gymtext",
            (Self::Session, false) => "gymtext",
            (Self::ConsoleWaiting, true) => "__Host-gymtext-console-code",
            (Self::ConsoleWaiting, false) => "gymtext-console-code",
            (Self::Console, true) => "__Host-gymtext-console",
            (Self::Console, false) => "gymtext-console",
            (Self::Looking, true) => "__Host-gymtext-looking",
            (Self::Looking, false) => "gymtext-looking",
        }
    }

    /// A session also comes along when somebody follows a link to us; a code's cookie only from our own page.
    const fn same_site(self) -> &'static str {
        match self {
            Self::Waiting | Self::ConsoleWaiting => "Strict",
            Self::Session | Self::Console | Self::Looking => "Lax",
        }
    }

    /// What the browser sent.
    pub(crate) fn read(self, state: &State, headers: &HeaderMap) -> Option<Secret> {
        let name = self.name(is_encrypted(state));
        let mut pairs = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(one, _)| *one == name)?;
        let fits = value.len() <= VALUE_MAX && value.bytes().all(|b| b.is_ascii_hexdigit());
        (fits && !value.is_empty()).then(|| Secret::new(value))
    }

    /// Has the browser keep it.
    pub(crate) fn keep(
        self,
        state: &State,
        headers: &mut HeaderMap,
        value: &Secret,
        lasts: Seconds,
    ) {
        self.set(
            state,
            headers,
            value.expose(),
            lasts.as_micros() / 1_000_000,
        );
    }

    /// Has the browser forget it.
    pub(crate) fn forget(self, state: &State, headers: &mut HeaderMap) {
        self.set(state, headers, "", 0);
    }

    fn set(self, state: &State, headers: &mut HeaderMap, value: &str, seconds: i64) {
        let encrypted = is_encrypted(state);
        let secure = if encrypted { "; Secure" } else { "" };
        let text = format!(
            "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={}{secure}",
            self.name(encrypted),
            self.same_site()
        );
        if let Ok(mut value) = HeaderValue::from_str(&text) {
            value.set_sensitive(true);
            headers.append(SET_COOKIE, value);
        }
    }
}

fn is_encrypted(state: &State) -> bool {
    state.public_url().starts_with("https://")
}
