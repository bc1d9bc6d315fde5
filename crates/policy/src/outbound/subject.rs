//! What an e-mail is about: its subject says who writes and what for, in the member's language.

use domain::Kind;

/// The subject of a message of this kind; `locale` is a language tag, `service` the service's name.
pub fn subject(kind: Kind, locale: &str, service: &str) -> String {
    let language = locale.split(['-', '_']).next().unwrap_or(locale);
    let [english, spanish, portuguese] = about(kind);
    let about = match language {
        "es" => spanish,
        "pt" => portuguese,
        _ => english,
    };
    format!("{service}: {about}")
}

/// In English, Spanish and Portuguese.
const fn about(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::DailyWorkout => [
            "today's workout",
            "el entrenamiento de hoy",
            "o treino de hoje",
        ],
        Kind::WeeklyCheckin => [
            "your weekly check-in",
            "tu revisión semanal",
            "seu check-in da semana",
        ],
        Kind::Welcome => ["welcome", "te damos la bienvenida", "boas-vindas"],
        Kind::SubscriptionReminder => ["your subscription", "tu suscripción", "sua assinatura"],
        Kind::ChatReply | Kind::KeywordReply => [
            "an answer for you",
            "una respuesta para ti",
            "uma resposta para você",
        ],
        Kind::ConsentRequest | Kind::LoginCode | Kind::System | Kind::Broadcast | Kind::Knock => [
            "a message for you",
            "un mensaje para ti",
            "uma mensagem para você",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_speaks_the_members_language() {
        let of = |locale| subject(Kind::DailyWorkout, locale, "GymText");
        assert_eq!(of("en-US"), "GymText: today's workout");
        assert_eq!(of("es"), "GymText: el entrenamiento de hoy");
        assert_eq!(of("pt_BR"), "GymText: o treino de hoje");
        assert_eq!(of("de"), of("en"));
    }

    #[test]
    fn every_subject_fits_in_one_line_of_a_handset() {
        for kind in Kind::ALL {
            for locale in ["en", "es", "pt"] {
                let subject = subject(*kind, locale, "");
                assert!(subject.chars().count() <= 40, "{subject}");
            }
        }
    }
}
