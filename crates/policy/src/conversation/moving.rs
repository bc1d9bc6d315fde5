//! What is said when a member goes from one channel to another, or cannot.

use domain::Channel;

use crate::language::Language::{self, English, Portuguese, Spanish};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved<'a> {
    /// They asked, and it is done.
    AskedFor,
    /// They asked here, and have not agreed to be written to here.
    NoConsentHere,
    /// They asked elsewhere, and have not agreed there: they can, by writing to this number.
    NoConsentThere(&'a str),
    /// They asked, and we cannot write there at the moment.
    NotOffered,
    /// Nothing reached them on WhatsApp, so it is SMS now.
    NotReached,
}

/// The words for it; `to` is the channel they asked for, or were moved to.
pub fn moved(what: Moved<'_>, to: Channel, service: &str, locale: &str) -> String {
    let language = Language::of(locale);
    let words = match (what, language) {
        (Moved::AskedFor, English) => {
            "{service}: OK, from now on we write to you by {to}. Reply {back} to switch back."
        }
        (Moved::AskedFor, Spanish) => {
            "{service}: vale, desde ahora te escribimos por {to}. Responde {back} para volver."
        }
        (Moved::AskedFor, Portuguese) => {
            "{service}: certo, a partir de agora falamos por {to}. Responda {back} para voltar."
        }
        (Moved::NoConsentHere, English) => {
            "{service}: to write to you by {to} we need your OK first. Reply START to give it, then {word}."
        }
        (Moved::NoConsentHere, Spanish) => {
            "{service}: para escribirte por {to} necesitamos tu permiso. Responde ALTA para darlo, y luego {word}."
        }
        (Moved::NoConsentHere, Portuguese) => {
            "{service}: para falar por {to} precisamos da sua permissao. Responda VOLTAR para dar, e depois {word}."
        }
        (Moved::NoConsentThere(_), English) => {
            "{service}: to write to you by {to} we need your OK there. Send START by {to} to {number}, then {word}."
        }
        (Moved::NoConsentThere(_), Spanish) => {
            "{service}: para escribirte por {to} necesitamos tu permiso. Envia ALTA por {to} al {number}, y luego {word}."
        }
        (Moved::NoConsentThere(_), Portuguese) => {
            "{service}: para falar por {to} precisamos da sua permissao. Envie VOLTAR por {to} para {number}, e depois {word}."
        }
        (Moved::NotOffered, English) => {
            "{service}: we cannot write to you by {to} at the moment, so nothing changes for now."
        }
        (Moved::NotOffered, Spanish) => {
            "{service}: de momento no podemos escribirte por {to}, asi que todo sigue igual."
        }
        (Moved::NotOffered, Portuguese) => {
            "{service}: no momento nao podemos falar por {to}, entao tudo fica como esta."
        }
        (Moved::NotReached, English) => {
            "{service}: our messages do not reach you on {from}, so we now text you here. Reply {back} to switch back."
        }
        (Moved::NotReached, Spanish) => {
            "{service}: nuestros mensajes no te llegan por {from}, asi que ahora te escribimos aqui. Responde {back} para volver."
        }
        (Moved::NotReached, Portuguese) => {
            "{service}: nossas mensagens nao chegam por {from}, entao agora falamos por aqui. Responda {back} para voltar."
        }
    };
    let number = match what {
        Moved::NoConsentThere(number) => number,
        Moved::AskedFor | Moved::NoConsentHere | Moved::NotOffered | Moved::NotReached => "",
    };
    let other = if to == Channel::Whatsapp {
        Channel::Sms
    } else {
        Channel::Whatsapp
    };
    words
        .replace("{service}", service)
        .replace("{to}", shown(to))
        .replace("{word}", &shown(to).to_uppercase())
        .replace("{from}", shown(other))
        .replace("{back}", &shown(other).to_uppercase())
        .replace("{number}", number)
}

/// A channel as people call it.
const fn shown(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "e-mail",
        Channel::Web => "chat",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keywords::{Keyword, recognise};
    use domain::segments::{Encoding, segments};

    #[test]
    fn what_is_told_is_one_segment_and_no_keyword() {
        for locale in ["en", "es-MX", "pt-BR", "xx"] {
            for what in [
                Moved::AskedFor,
                Moved::NoConsentHere,
                Moved::NoConsentThere("+14155550100"),
                Moved::NotOffered,
                Moved::NotReached,
            ] {
                for to in [Channel::Sms, Channel::Whatsapp] {
                    let text = moved(what, to, "GymText", locale);
                    let cost = segments(&text, false);
                    assert_eq!((cost.encoding, cost.count), (Encoding::Gsm7, 1), "{text}");
                    assert!(!text.contains(['{', '}']), "{text}");
                    assert_eq!(recognise(&text, None), Keyword::None, "{text}");
                }
            }
        }
    }

    #[test]
    fn every_word_asked_for_is_understood() {
        let back = |to| moved(Moved::AskedFor, to, "GymText", "en");
        assert!(back(Channel::Whatsapp).contains("Reply SMS "));
        assert!(back(Channel::Sms).contains("Reply WHATSAPP "));
        for (locale, start) in [("en", "START"), ("es", "ALTA"), ("pt", "VOLTAR")] {
            let text = moved(Moved::NoConsentHere, Channel::Whatsapp, "GymText", locale);
            assert!(text.contains(start) && text.contains("WHATSAPP"), "{text}");
            assert_eq!(recognise(start, None), Keyword::Start, "{start}");
        }
        for word in ["SMS", "WHATSAPP"] {
            assert!(crate::moving::wished(word).is_some(), "{word}");
        }
    }
}
