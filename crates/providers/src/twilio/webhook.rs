//! Reading what Twilio calls us with: status callbacks and messages of members (facts/twilio.md 3
//! and 4). Verified before, judged after. Unknown parameters do no harm, unknown words are kept.

use std::borrow::Cow;

use domain::{Channel, ErrorClass, ProviderError, Text};

use super::errors;
use super::form::{self, FormError, Pairs};
use super::inbound;
use super::words;
use crate::request::attempt_of_query;
use crate::webhook::{Parsed, Receipt};

/// The most letters of one of Twilio's ids that we take; theirs have 34.
const ID_MAX: usize = 100;

/// Why a request cannot be read; answered 400.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseError {
    /// Not a form.
    #[error(transparent)]
    Form(#[from] FormError),
    /// A parameter that is needed.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// A parameter out of shape.
    #[error("the parameter {0} is malformed")]
    Malformed(&'static str),
}

/// Reads a request: `query` as received (the attempt is in it; all of it for GET), `body` raw.
pub fn parse(query: Option<&str>, body: &[u8]) -> Result<Parsed, ParseError> {
    parse_pairs(query, form::parse(body)?)
}

/// The same of a body that was read before, to verify it.
pub fn parse_pairs<'a>(query: Option<&'a str>, mut pairs: Pairs<'a>) -> Result<Parsed, ParseError> {
    if pairs.is_empty()
        && let Some(query) = query
    {
        pairs = form::parse(query.as_bytes())?;
    }
    let form = Form(pairs);
    let status = form.get("MessageStatus").or_else(|| form.get("SmsStatus"));
    if form.any_message_id()?.is_none() {
        return Ok(Parsed::Ignored {
            why: "it is about no message".into(),
        });
    }
    match status {
        None | Some("received" | "receiving") => inbound::read(&form),
        Some(status) => receipt(&form, status, query),
    }
}

fn receipt(form: &Form<'_>, status: &str, query: Option<&str>) -> Result<Parsed, ParseError> {
    let party = |name| form.get(name).and_then(words::party);
    let (to, from) = (party("To"), party("From"));
    let channel = match (form.get("ChannelPrefix"), &to, &from) {
        (Some("whatsapp"), ..) => Channel::Whatsapp,
        (Some(_), ..) => return Ok(other_channel()),
        (None, Some(party), _) | (None, None, Some(party)) => party.channel(),
        (None, None, None) if form.get("To").is_some() => return Ok(other_channel()),
        (None, None, None) => Channel::Sms,
    };
    Ok(Parsed::Receipt(Receipt {
        attempt: query.and_then(attempt_of_query),
        provider_message_id: form.message_id()?,
        account: form.id("AccountSid")?.unwrap_or_default(),
        status: words::status(status),
        error: error(form),
        channel,
        to,
        from,
        at: None,
        carrier_time: form
            .get("RawDlrDoneDate")
            .map(|time| time.chars().take(20).collect::<String>().into()),
    }))
}

/// `ErrorCode` is a decimal string, absent or `0` when nothing went wrong.
fn error(form: &Form<'_>) -> Option<ProviderError> {
    match form.get("ErrorCode").map(str::trim) {
        None | Some("" | "0") => None,
        Some(code) => Some(code.parse().map_or_else(
            |_| ProviderError {
                code: None,
                class: ErrorClass::Permanent,
                meaning: "an error whose code is no number".into(),
            },
            |code| errors::error(code, false),
        )),
    }
}

pub(super) fn other_channel() -> Parsed {
    Parsed::Ignored {
        why: "it came by a channel we do not carry".into(),
    }
}

/// The pairs of a request, by name.
pub(super) struct Form<'a>(pub(super) Pairs<'a>);

impl Form<'_> {
    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| &**value)
    }

    /// A text without NUL, which PostgreSQL cannot store; empty ones are `None`.
    pub(super) fn text(&self, name: &str) -> Option<Text> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .map(|value| Text::new(clean(value)))
    }

    /// A short word, at most 64 letters.
    pub(super) fn word(&self, name: &str) -> Option<Box<str>> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .map(|value| clean(value).chars().take(64).collect::<String>().into())
    }

    /// One of Twilio's ids.
    pub(super) fn id(&self, name: &'static str) -> Result<Option<Box<str>>, ParseError> {
        Ok(self.known_id(name)?.map(Into::into))
    }

    fn known_id(&self, name: &'static str) -> Result<Option<&str>, ParseError> {
        match self.get(name) {
            None | Some("") => Ok(None),
            Some(id) if is_id(id) => Ok(Some(id)),
            Some(_) => Err(ParseError::Malformed(name)),
        }
    }

    fn any_message_id(&self) -> Result<Option<&str>, ParseError> {
        let id = self.known_id("MessageSid")?;
        Ok(id.or(self.known_id("SmsSid")?))
    }

    /// The message's id by either name.
    pub(super) fn message_id(&self) -> Result<Box<str>, ParseError> {
        let id = self.any_message_id()?;
        id.map(Into::into).ok_or(ParseError::Missing("MessageSid"))
    }
}

/// Whether a text can be an id of Twilio's: letters and digits, `-` and `_`.
pub(super) fn is_id(text: &str) -> bool {
    (1..=ID_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}
