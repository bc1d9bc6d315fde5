//! What a service writes of its own accord, beside workouts: the welcome, the weekly question, codes. GSM-7, so
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

/// A code that proves whose phone it is. Who did not ask for one reads what to do, and the code stands first, where
/// a phone shows it without being unlocked for longer than its owner wants.
pub fn login_code(code: &str, service: &str, locale: &str) -> String {
    match Language::of(locale) {
        Language::English => format!(
            "{code} is your {service} code. It is good for 10 minutes. Tell it to nobody. If you did not ask for it, do nothing."
        ),
        Language::Spanish => format!(
            "{code} es tu codigo de {service}. Vale 10 minutos. No se lo digas a nadie. Si no lo pediste, no hagas nada."
        ),
        Language::Portuguese => format!(
            "{code} é seu codigo do {service}. Vale por 10 minutos. Nao conte a ninguém. Se nao pediu, ignore."
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
    fn a_code_is_one_segment_and_says_for_how_long() {
        for locale in ["en", "es", "pt-BR"] {
            let text = login_code("012345", "GymText", locale);
            let cost = segments(&text, false);
            assert_eq!((cost.encoding, cost.count), (Encoding::Gsm7, 1), "{text}");
            assert!(text.starts_with("012345 ") && text.contains("10 min"));
        }
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
