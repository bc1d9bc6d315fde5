//! What a service writes of its own accord, beside workouts: the welcome and the weekly question. GSM-7, so
//! some accents are left out, as people do when they text.

use crate::language::{Language, comma};

/// The weekly question.
pub fn weekly_checkin(name: &str, locale: &str) -> String {
    let name = comma(name);
    match Language::of(locale) {
        Language::English => format!(
            "Hi{name}! How did your week go? Tell me what went well, what was hard, and anything you'd like to change."
        ),
        Language::Spanish => format!(
            "Hola{name}! Qué tal tu semana? Cuéntame lo bueno, lo que te ha costado y lo que te gustaria cambiar."
        ),
        Language::Portuguese => format!(
            "Oi{name}! Como foi a sua semana? Conte o que deu certo, o que foi duro e o que quer mudar."
        ),
    }
}

/// The first message after joining: who writes, how often, and how to stop (the CTIA asks for the
/// last two in a welcome by SMS).
pub fn welcome(name: &str, service: &str, locale: &str) -> String {
    let name = comma(name);
    match Language::of(locale) {
        Language::English => format!(
            "Welcome to {service}{name}! You'll get a workout every day at the hour you chose. Ask me anything, any time. Msg & data rates may apply. Text HELP for help, STOP to end."
        ),
        Language::Spanish => format!(
            "Te damos la bienvenida a {service}{name}! Cada dia te llega un entreno a la hora que elegiste. Pregunta lo que quieras. Pueden aplicarse tarifas de mensajes. AYUDA para ayuda, ALTO para terminar."
        ),
        Language::Portuguese => format!(
            "Boas-vindas ao {service}{name}! Todo dia chega um treino na hora que escolheu. Pergunte o que quiser. Podem ser cobradas tarifas de mensagens. AJUDA para ajuda, PARAR para encerrar."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::segments::{Encoding, segments};

    #[test]
    fn the_weekly_question_calls_by_the_first_name() {
        assert!(weekly_checkin("James Carter", "en").starts_with("Hi, James!"));
    }

    #[test]
    fn the_welcome_says_how_to_stop() {
        for (locale, stop) in [("en", "STOP"), ("es", "ALTO"), ("pt", "PARAR")] {
            let text = welcome("Ana", "GymText", locale);
            assert!(text.contains(stop) && text.contains(", Ana!"));
            let cost = segments(&text, false);
            assert_eq!(
                (cost.encoding, cost.count <= 2),
                (Encoding::Gsm7, true),
                "{text}"
            );
            assert_eq!(segments(&weekly_checkin("", locale), false).count, 1);
        }
    }
}
