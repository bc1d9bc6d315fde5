//! Double opt-in by reply: where a country wants it, somebody who types a number into a form has only
//! claimed it. The number's owner is asked once, and their yes is the consent.

use domain::{Channel, Seconds};

use crate::words::Plain;

/// How long a yes still answers the question (our own choice): later it may well mean something else.
pub const CONFIRM_WITHIN: Seconds = Seconds::new(30 * 24 * 3600);

/// The answers that are a yes when they are all there is. Not "ok" or a thumb: a carrier's HELP answer or a
/// workout gets those too, and consent must not be read into them.
const YES: &[&str] = &[
    "yes",
    "yes please",
    "y",
    "confirm",
    "i confirm",
    "yes i confirm",
    "yes it was me",
    "si",
    "si por favor",
    "si confirmo",
    "confirmo",
    "confirmar",
    "si fui yo",
    "sim",
    "sim por favor",
    "sim confirmo",
    "sim fui eu",
];

/// Whether a whole text is a yes.
pub fn is_yes(text: &str) -> bool {
    let plain = Plain::of(text);
    YES.contains(&plain.words().join(" ").as_str())
}

/// Whether an opt-in for this channel, claimed for somebody of this country, needs their reply. Only
/// phones can be asked by a text; which countries want it is a setting, because no list of them is the
/// same for every kind of message.
pub fn needs_reply(channel: Channel, country: Option<&str>, countries: &[Box<str>]) -> bool {
    match channel {
        Channel::Sms | Channel::Whatsapp => country.is_some_and(|country| {
            countries
                .iter()
                .any(|listed| listed.eq_ignore_ascii_case(country))
        }),
        Channel::Email | Channel::Web => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_yes_is_a_yes() {
        for yes in [
            "YES",
            " yes! ",
            "Sí",
            "si",
            "SIM.",
            "Yes, please",
            "Y",
            "Sim, confirmo",
        ] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in [
            "",
            "ok",
            "👍",
            "yes I trained today",
            "yesterday",
            "no",
            "si no fui yo",
            "YES STOP",
        ] {
            assert!(!is_yes(no), "{no}");
        }
    }

    #[test]
    fn it_is_asked_for_phones_of_the_countries_listed() {
        let listed: Vec<Box<str>> = vec!["DE".into(), "at".into()];
        for (channel, country, expected) in [
            (Channel::Sms, Some("DE"), true),
            (Channel::Whatsapp, Some("AT"), true),
            (Channel::Sms, Some("US"), false),
            (Channel::Sms, None, false),
            (Channel::Email, Some("DE"), false),
        ] {
            assert_eq!(
                needs_reply(channel, country, &listed),
                expected,
                "{channel}"
            );
        }
        assert!(!needs_reply(Channel::Sms, Some("DE"), &[]));
    }
}
