//! From one channel to another: because the member asks for it by a word, or because they turn out not to be on
//! WhatsApp (DESIGN 4).

use domain::{Channel, Seconds, Timestamp};

use crate::said::Said;
use crate::words::{Plain, any, place};

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

/// What asks for it although it is a question.
const ASKED_FOR: &[&str] = &[
    "^ can|could|would you",
    "^ me? puedes|podrias",
    "^ pode me? escrever|mandar|chamar|mudar",
];

/// What may stand before it; `|`, `?`, `^` and `$` as told at `words::occurs`.
const BEFORE: &[&str] = &[
    "^ $",
    "^ by|on|via|use|to|over $",
    "^ can|could|would? you? switch|change|move me? back? to $",
    "^ go|lets? go? back to $",
    "^ back to $",
    "^ can|could|would? you? text|message|write|send|contact me|it? on|by|via|over $",
    "^ i? prefer|want $",
    "^ i? would|id prefer $",
    "^ por|usa|usar $",
    "^ cambia|cambiar|cambiame|pasar|pasa|pasame|vuelve|volver a $",
    "^ mejor|escribeme|escribanme|mandame|hablame por $",
    "^ me? puedes|podrias escribir|escribirme|mandar|hablar por $",
    "^ prefiero|prefiro|quiero|quero o? por|pelo|no? $",
    "^ pelo|use|usa|no o? $",
    "^ pode? mudar|muda|mude|voltar|volta para|ao o? $",
    "^ pode? me escreva|escreve|escrever|manda|mande|mandar|chama|chame|chamar pelo|no $",
];

/// What may stand after it.
const AFTER: &[&str] = &[
    "^ $",
    "^ instead $",
    "^ from now on $",
    "^ mejor $",
    "^ melhor $",
];

/// The channel a whole text asks to be written to on. A question about it asks for an answer instead.
pub fn wished(text: &str) -> Option<Channel> {
    let plain = Plain::of(text);
    wished_in(&Said::of(text, &plain))
}

/// The same of a text that was read.
pub(crate) fn wished_in(said: &Said<'_>) -> Option<Channel> {
    let words = said.words();
    let found = [(Channel::Whatsapp, WHATSAPP), (Channel::Sms, SMS)];
    let (channel, before, after) = found.iter().find_map(|(channel, names)| {
        let (at, length) = names.iter().find_map(|name| place(name, words))?;
        Some((*channel, words.get(..at)?, words.get(at + length..)?))
    })?;
    let is_whole = any(BEFORE, before) && any(AFTER, after);
    // “Can you text me on WhatsApp?” asks for it; “on WhatsApp?” asks whether.
    let asks_for_it = !said.asks || any(ASKED_FOR, before);
    (is_whole && asks_for_it).then_some(channel)
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
        for before in [
            "",
            "by",
            "switch me back to",
            "can you text me on",
            "i prefer",
            "mejor por",
            "pelo",
            "voltar para o",
        ] {
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
