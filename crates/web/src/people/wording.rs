//! What people agree to, word for word. A wording that was shown is never changed: another one is another
//! version, in files of its own beside the old ones.

use domain::Channel;
use engine::joining::Language;

/// The version that is shown now.
pub(super) const VERSION: &str = "join-1";

/// The words for a channel.
pub(super) fn wording(channel: Channel, language: Language, service: &str) -> String {
    let words = match (channel, language) {
        (Channel::Sms, Language::English) => include_str!("../../wordings/1.en.sms.txt"),
        (Channel::Sms, Language::Spanish) => include_str!("../../wordings/1.es.sms.txt"),
        (Channel::Sms, Language::Portuguese) => include_str!("../../wordings/1.pt.sms.txt"),
        (Channel::Whatsapp, Language::English) => include_str!("../../wordings/1.en.whatsapp.txt"),
        (Channel::Whatsapp, Language::Spanish) => include_str!("../../wordings/1.es.whatsapp.txt"),
        (Channel::Whatsapp, Language::Portuguese) => {
            include_str!("../../wordings/1.pt.whatsapp.txt")
        }
        (Channel::Email, Language::English) => include_str!("../../wordings/1.en.email.txt"),
        (Channel::Email, Language::Spanish) => include_str!("../../wordings/1.es.email.txt"),
        (Channel::Email, Language::Portuguese) => include_str!("../../wordings/1.pt.email.txt"),
        (Channel::Web, Language::English) => include_str!("../../wordings/1.en.web.txt"),
        (Channel::Web, Language::Spanish) => include_str!("../../wordings/1.es.web.txt"),
        (Channel::Web, Language::Portuguese) => include_str!("../../wordings/1.pt.web.txt"),
    };
    words.trim().replace("{service}", service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wording_names_the_service_and_a_word_that_ends_it() {
        for (language, stop) in [
            (Language::English, "STOP"),
            (Language::Spanish, "ALTO"),
            (Language::Portuguese, "PARAR"),
        ] {
            for channel in [Channel::Sms, Channel::Whatsapp, Channel::Web] {
                let words = wording(channel, language, "Coach & Co");
                assert!(
                    words.contains("Coach & Co") && words.contains(stop),
                    "{words}"
                );
                assert!(!words.contains('{') && !words.contains('\n'));
            }
        }
    }
}
