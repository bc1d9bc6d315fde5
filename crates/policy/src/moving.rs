//! From one channel to another: because the member asks for it by a word, or because they turn out not to be on
//! WhatsApp (DESIGN 4).

use domain::{Channel, Seconds, Timestamp};

use crate::words::Plain;

/// Failures this far apart tell of one and the same thing (our own choice).
pub const TWICE_WITHIN: Seconds = Seconds::new(30 * 24 * 3600);

/// What asks for WhatsApp when it is all there is.
const WHATSAPP: &[&str] = &[
    "whatsapp",
    "whats app",
    "whatsap",
    "watsapp",
    "wasap",
    "wasapp",
    "wassap",
    "guasap",
    "zap",
    "zapzap",
];

/// What asks for SMS when it is all there is.
const SMS: &[&str] = &[
    "sms",
    "text message",
    "text messages",
    "mensaje de texto",
    "mensajes de texto",
    "mensagem de texto",
    "mensagens de texto",
    "torpedo",
];

/// What may stand before it.
const BEFORE: &[&str] = &[
    "",
    "by",
    "on",
    "via",
    "use",
    "to",
    "switch to",
    "switch me to",
    "switch back to",
    "change to",
    "go back to",
    "back to",
    "text me on",
    "text me by",
    "message me on",
    "write me on",
    "por",
    "usa",
    "usar",
    "cambia a",
    "cambiar a",
    "pasar a",
    "vuelve a",
    "volver a",
    "escribeme por",
    "mejor por",
    "pelo",
    "use o",
    "mudar para",
    "mudar para o",
    "muda para",
    "muda para o",
    "voltar ao",
    "voltar para",
    "voltar para o",
    "me escreva pelo",
];

/// What may stand before and after all of it.
const COURTESY: &[&str] = &[
    "please",
    "pls",
    "thanks",
    "ok",
    "hi",
    "hello",
    "hola",
    "oi",
    "por favor",
    "porfa",
    "gracias",
    "obrigado",
    "obrigada",
];

/// The channel a whole text asks to be written to on. A question about it asks for an answer instead.
pub fn wished(text: &str) -> Option<Channel> {
    if text.contains(['?', '？', '¿']) {
        return None;
    }
    let plain = Plain::of(text).words().join(" ");
    let said = without_courtesy(&plain);
    BEFORE.iter().find_map(|before| {
        let word = match *before {
            "" => said,
            before => said.strip_prefix(before)?.strip_prefix(' ')?,
        };
        if WHATSAPP.contains(&word) {
            Some(Channel::Whatsapp)
        } else if SMS.contains(&word) {
            Some(Channel::Sms)
        } else {
            None
        }
    })
}

fn without_courtesy(mut said: &str) -> &str {
    loop {
        let shorter = COURTESY
            .iter()
            .find_map(|word| said.strip_prefix(word)?.strip_prefix(' '));
        let shorter = shorter.or_else(|| {
            COURTESY
                .iter()
                .find_map(|word| said.strip_suffix(word)?.strip_suffix(' '))
        });
        match shorter {
            Some(shorter) => said = shorter,
            None => return said,
        }
    }
}

/// Whether failures at these instants mean that somebody is not there at all. One may be a mistake, of the
/// provider's or of a phone that was being set up.
pub fn is_not_there(failures: impl Iterator<Item = Timestamp>, now: Timestamp) -> bool {
    failures.filter(|at| *at + TWICE_WITHIN > now).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keywords::{Keyword, recognise};

    #[test]
    fn a_whole_reply_asks_for_a_channel() {
        for (text, expected) in [
            ("WHATSAPP", Some(Channel::Whatsapp)),
            (" whatsapp! ", Some(Channel::Whatsapp)),
            ("Whats App", Some(Channel::Whatsapp)),
            ("WhatsApp please", Some(Channel::Whatsapp)),
            ("Switch to WhatsApp", Some(Channel::Whatsapp)),
            ("por WhatsApp, por favor", Some(Channel::Whatsapp)),
            ("Volver a WhatsApp", Some(Channel::Whatsapp)),
            ("pelo zap", Some(Channel::Whatsapp)),
            ("Voltar para o WhatsApp", Some(Channel::Whatsapp)),
            ("sms", Some(Channel::Sms)),
            ("SMS.", Some(Channel::Sms)),
            ("S.M.S.", Some(Channel::Sms)),
            ("please text me by SMS", Some(Channel::Sms)),
            ("mensajes de texto", Some(Channel::Sms)),
            ("WhatsApp?", None),
            ("¿por WhatsApp?", None),
            ("do you have WhatsApp", None),
            ("my sister is on whatsapp", None),
            ("stop whatsapp", None),
            ("no more sms", None),
            ("whatsapp sms", None),
            ("", None),
            ("text", None),
        ] {
            assert_eq!(wished(text), expected, "{text}");
        }
    }

    #[test]
    fn no_wish_is_a_keyword_as_well() {
        for before in BEFORE {
            for word in WHATSAPP.iter().chain(SMS) {
                let text = format!("{before} {word}");
                assert!(wished(&text).is_some(), "{text}");
                assert_eq!(recognise(&text, None), Keyword::None, "{text}");
            }
        }
    }

    #[test]
    fn twice_within_a_month_is_an_answer_and_once_is_none() {
        let now = Timestamp::from_seconds(100 * 24 * 3600);
        let days_ago = |days: u32| now - Seconds::new(days * 24 * 3600);
        for (failures, expected) in [
            (&[][..], false),
            (&[0], false),
            (&[0, 0], true),
            (&[0, 29], true),
            (&[0, 30], false),
            (&[29, 31], false),
            (&[31, 32], false),
        ] {
            let times = failures.iter().map(|days| days_ago(*days));
            assert_eq!(is_not_there(times, now), expected, "{failures:?} days ago");
        }
    }
}
