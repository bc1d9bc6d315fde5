//! What stands above and below an e-mail: its subject says who writes and what for, its last line how to end it, in the
//! member's language.

use domain::Kind;

/// The subject of a message of this kind; `locale` is a language tag, `service` the service's name.
pub fn subject(kind: Kind, locale: &str, service: &str) -> String {
    let about = in_language(locale, about(kind));
    format!("{service}: {about}")
}

/// What stands before the link that ends e-mail to them.
pub fn ending(locale: &str, service: &str) -> String {
    let [why, how] = in_language(
        locale,
        [
            ["You agreed to e-mail from", "To get no more of it:"],
            ["Aceptaste correos de", "Para no recibir más:"],
            ["Você aceitou e-mails de", "Para não receber mais:"],
        ],
    );
    format!("{why} {service}. {how}")
}

/// Of what is said in English, Spanish and Portuguese, that in the member's language.
fn in_language<T>(locale: &str, [english, spanish, portuguese]: [T; 3]) -> T {
    match locale.split(['-', '_']).next().unwrap_or(locale) {
        "es" => spanish,
        "pt" => portuguese,
        _ => english,
    }
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
        assert_eq!(
            ending("pt-BR", "GymText"),
            "Você aceitou e-mails de GymText. Para não receber mais:"
        );
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
