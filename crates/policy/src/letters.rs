//! What a service writes of its own accord, beside workouts: the welcome, the weekly question, codes. GSM-7, so
//! some accents are left out, as people do when they text.

use jiff::civil::Date;

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

/// To an address whose member gave another one: they may be somebody else by now, so that nobody is called by name.
pub fn farewell(service: &str, locale: &str) -> String {
    match Language::of(locale) {
        Language::English => format!(
            "{service} will not write here any more: another address was given and proved for this training. If that was not you, write to us."
        ),
        Language::Spanish => format!(
            "{service} ya no escribe aqui: se dio y se comprobo otra direccion para este entreno. Si no fuiste tu, escribenos."
        ),
        Language::Portuguese => format!(
            "{service} nao escreve mais aqui: outro endereco foi dado e comprovado para este treino. Se nao foi voce, escreva para nos."
        ),
    }
}

/// Before a subscription is renewed. It prompts nobody to renew, which would be marketing.
pub fn renewal(name: &str, service: &str, date: Date, link: &str, locale: &str) -> String {
    let (name, date) = (comma(name), day_of_month(date, locale));
    match Language::of(locale) {
        Language::English => format!(
            "Hi{name}! Your {service} plan will renew on {date}. You need not do anything to go on. To change or end it: {link}"
        ),
        Language::Spanish => format!(
            "Hola{name}! Tu plan de {service} se renueva el {date}. Para seguir no hace falta nada. Para cambiarlo o terminarlo: {link}"
        ),
        Language::Portuguese => format!(
            "Oi{name}! Seu plano do {service} renova em {date}. Para continuar nao precisa fazer nada. Para mudar ou encerrar: {link}"
        ),
    }
}

/// A payment did not go through; until when the workouts still come.
pub fn payment_failed(name: &str, service: &str, until: Date, link: &str, locale: &str) -> String {
    let (name, until) = (comma(name), day_of_month(until, locale));
    match Language::of(locale) {
        Language::English => format!(
            "Hi{name}! Your payment for {service} did not go through. Your workouts still come until {until}. To put it right: {link}"
        ),
        Language::Spanish => format!(
            "Hola{name}! Tu pago de {service} no se pudo cobrar. Tus entrenos siguen llegando hasta el {until}. Para arreglarlo: {link}"
        ),
        Language::Portuguese => format!(
            "Oi{name}! Seu pagamento do {service} nao foi feito. Seus treinos ainda chegam até {until}. Para resolver: {link}"
        ),
    }
}

/// A plan is over. Nothing is asked of whoever wanted it so.
pub fn plan_ended(name: &str, service: &str, link: &str, locale: &str) -> String {
    let name = comma(name);
    match Language::of(locale) {
        Language::English => format!(
            "Hi{name}! Your {service} plan has ended, and no more workouts come. If you want them again: {link}"
        ),
        Language::Spanish => format!(
            "Hola{name}! Tu plan de {service} ha terminado y ya no llegan entrenos. Si los quieres de nuevo: {link}"
        ),
        Language::Portuguese => format!(
            "Oi{name}! Seu plano do {service} terminou e nao chegam mais treinos. Se quiser voltar: {link}"
        ),
    }
}

/// After START of somebody whom no plan serves: messages may come again, and where to begin a plan.
pub fn plan_needed(name: &str, service: &str, link: &str, locale: &str) -> String {
    let name = comma(name);
    match Language::of(locale) {
        Language::English => format!(
            "Hi{name}! We may write to you again. Workouts need a {service} plan, and none is running. Begin one here: {link}"
        ),
        Language::Spanish => format!(
            "Hola{name}! Ya podemos escribirte. Para los entrenos hace falta un plan de {service} y no tienes. Empieza aqui: {link}"
        ),
        Language::Portuguese => format!(
            "Oi{name}! Podemos escrever de novo. Para os treinos precisa de um plano do {service}, e nao tem. Comece aqui: {link}"
        ),
    }
}

/// A date as people text it: "12 May", "12 de mayo". In GSM-7, like all letters.
pub fn day_of_month(date: Date, locale: &str) -> String {
    const MONTHS: [[&str; 3]; 12] = [
        ["January", "enero", "janeiro"],
        ["February", "febrero", "fevereiro"],
        ["March", "marzo", "marco"],
        ["April", "abril", "abril"],
        ["May", "mayo", "maio"],
        ["June", "junio", "junho"],
        ["July", "julio", "julho"],
        ["August", "agosto", "agosto"],
        ["September", "septiembre", "setembro"],
        ["October", "octubre", "outubro"],
        ["November", "noviembre", "novembro"],
        ["December", "diciembre", "dezembro"],
    ];
    let at = usize::try_from(date.month() - 1).unwrap_or_default();
    let [english, spanish, portuguese] = MONTHS.get(at).copied().unwrap_or_default();
    let number = date.day();
    match Language::of(locale) {
        Language::English => format!("{number} {english}"),
        Language::Spanish => format!("{number} de {spanish}"),
        Language::Portuguese => format!("{number} de {portuguese}"),
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
            let cost = segments(&farewell("GymText", locale), false);
            assert_eq!((cost.encoding, cost.count), (Encoding::Gsm7, 1));
        }
    }

    #[test]
    fn letters_about_a_plan_are_gsm7_and_hold_their_link() {
        let date = jiff::civil::date(2026, 3, 31);
        let link = "https://coach.example/pay/0123456789abcdef0123456789abcdef";
        for locale in ["en", "es", "pt-BR"] {
            for text in [
                renewal("Ana Lima", "GymText", date, link, locale),
                payment_failed("Ana Lima", "GymText", date, link, locale),
                plan_ended("", "GymText", link, locale),
                plan_needed("Ana", "GymText", link, locale),
            ] {
                let cost = segments(&text, false);
                assert_eq!(
                    (cost.encoding, cost.count <= 2),
                    (Encoding::Gsm7, true),
                    "{text}"
                );
                assert!(text.ends_with(link), "{text}");
            }
        }
        assert_eq!(day_of_month(date, "es-MX"), "31 de marzo");
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
