//! The words of the answers. `{name}` becomes `, Ana` or nothing, `{service}` our name.

use super::Intent;
use crate::language::Language::{self, English, Portuguese, Spanish};

pub(super) const fn to(intent: Intent, language: Language) -> &'static str {
    match (intent, language) {
        (Intent::Greeting, English) => {
            "Hi{name}! Good to hear from you. Text WORKOUT for today's session, or ask me anything."
        }
        (Intent::Greeting, Spanish) => {
            "Hola{name}! Me alegra leerte. Escribe ENTRENO para ver el de hoy, o pregunta lo que quieras."
        }
        (Intent::Greeting, Portuguese) => {
            "Oi{name}! Que bom falar com voce. Escreva TREINO para ver o de hoje, ou pergunte o que quiser."
        }
        (Intent::TodaysWorkout, English) => "Here's your workout for today{name}:",
        (Intent::TodaysWorkout, Spanish) => "Este es tu entreno de hoy{name}:",
        (Intent::TodaysWorkout, Portuguese) => "Este é o seu treino de hoje{name}:",
        (Intent::Ready, English) => "Great{name}, let's go:",
        (Intent::Ready, Spanish) => "Genial{name}, vamos:",
        (Intent::Ready, Portuguese) => "Boa{name}, vamos:",
        (Intent::Done, English) => {
            "Well done{name}! That's one more in the bank. How did it feel, easy, right or hard?"
        }
        (Intent::Done, Spanish) => {
            "Muy bien{name}! Uno mas en tu cuenta. Te ha resultado suave, justo o duro?"
        }
        (Intent::Done, Portuguese) => {
            "Muito bem{name}! Mais um na conta. Foi leve, na medida ou pesado?"
        }
        (Intent::Thanks, English) => "Any time{name}! I'm here when you need me.",
        (Intent::Thanks, Spanish) => "De nada{name}! Me tienes cuando me necesites.",
        (Intent::Thanks, Portuguese) => "De nada{name}! Conte comigo sempre.",
        (Intent::Injury, English) => {
            "I'm sorry to hear that{name}. Please rest and skip what hurts; your coach will write to you soon. If it is serious, call a doctor or your emergency number."
        }
        (Intent::Injury, Spanish) => {
            "Lo siento{name}. Descansa y no hagas lo que te duele; tu coach te escribe pronto. Si es grave, llama a un doctor o a emergencias."
        }
        (Intent::Injury, Portuguese) => {
            "Sinto muito{name}. Descanse e evite o que doi; o seu coach responde logo. Se for grave, ligue para um doutor ou para a emergencia."
        }
        (Intent::Question, English) => {
            "Good question{name}! I've passed it to your coach, who will answer here soon."
        }
        (Intent::Question, Spanish) => {
            "Buena pregunta{name}! Se la he pasado a tu coach y pronto te responde por aqui."
        }
        (Intent::Question, Portuguese) => {
            "Boa pergunta{name}! Passei ao seu coach, que logo responde por aqui."
        }
        (Intent::Unknown, English) => {
            "Got it{name}. Your coach will read this. Text WORKOUT for today's session, or DONE when you finish it."
        }
        (Intent::Unknown, Spanish) => {
            "Recibido{name}. Tu coach lo va a leer. Escribe ENTRENO para ver el de hoy, o HECHO al acabarlo."
        }
        (Intent::Unknown, Portuguese) => {
            "Recebido{name}. O seu coach vai ler. Escreva TREINO para ver o de hoje, ou FEITO ao terminar."
        }
    }
}

pub(super) const fn no_workout(language: Language) -> &'static str {
    match language {
        English => "No training today. Enjoy the rest!",
        Spanish => "Hoy no hay entreno. Disfruta del descanso!",
        Portuguese => "Hoje sem treino. Aproveite o descanso!",
    }
}

pub(super) const fn stopped(language: Language) -> &'static str {
    match language {
        English => {
            "{service}: you are unsubscribed and will get no more messages from us here. Text START to hear from us again."
        }
        Spanish => {
            "{service}: te has dado de baja y no te escribiremos mas por aqui. Escribe ALTA para volver a recibir mensajes."
        }
        Portuguese => {
            "{service}: voce saiu da lista e nao recebe mais mensagens por aqui. Escreva VOLTAR para receber de novo."
        }
    }
}

pub(super) const fn started(language: Language) -> &'static str {
    match language {
        English => {
            "{service}: you're subscribed again. Msg & data rates may apply. Text HELP for help, STOP to end."
        }
        Spanish => {
            "{service}: vuelves a recibir mensajes. Pueden aplicarse tarifas. AYUDA para ayuda, ALTO para terminar."
        }
        Portuguese => {
            "{service}: voce volta a receber mensagens. Podem ser cobradas tarifas. AJUDA para ajuda, PARAR para encerrar."
        }
    }
}

pub(super) const fn help(language: Language) -> &'static str {
    match language {
        English => {
            "{service}: your coach by text, one workout a day. Msg & data rates may apply. Write your question here. Text STOP to end."
        }
        Spanish => {
            "{service}: tu coach por mensaje, un entreno al dia. Pueden aplicarse tarifas. Escribe aqui tu pregunta. ALTO para terminar."
        }
        Portuguese => {
            "{service}: seu coach por mensagem, um treino por dia. Podem ser cobradas tarifas. Escreva aqui. PARAR para encerrar."
        }
    }
}

pub(super) const fn perhaps_stop(language: Language) -> &'static str {
    match language {
        English => {
            "{service}: your coach will read this. Until then we only reply here. Text STOP to get no more messages, START to go on."
        }
        Spanish => {
            "{service}: tu coach lo va a leer. Hasta entonces solo respondemos aqui. Escribe ALTO para no recibir mas, ALTA para seguir."
        }
        Portuguese => {
            "{service}: o seu coach vai ler. Enquanto isso, so respondemos aqui. Escreva PARAR para nao receber mais, VOLTAR para seguir."
        }
    }
}

/// Asks the owner of a number that somebody gave us whether it was them.
pub(super) const fn opt_in_request(language: Language) -> &'static str {
    match language {
        English => {
            "{service}: did you sign up for coaching by text? Reply YES to confirm. Msg & data rates may apply. If not, ignore this."
        }
        Spanish => {
            "{service}: te has apuntado al coaching por mensaje? Responde SI para confirmar. Pueden aplicarse tarifas. Si no, ignora esto."
        }
        Portuguese => {
            "{service}: foi voce que pediu coaching por mensagem? Responda SIM para confirmar. Podem ser cobradas tarifas. Se nao, ignore."
        }
    }
}

pub(super) const fn opted_in(language: Language) -> &'static str {
    match language {
        English => {
            "{service}: thanks, you're in. Msg & data rates may apply. Text HELP for help, STOP to end."
        }
        Spanish => {
            "{service}: gracias, ya estas dentro. Pueden aplicarse tarifas. AYUDA para ayuda, ALTO para terminar."
        }
        Portuguese => {
            "{service}: obrigado, tudo certo. Podem ser cobradas tarifas. AJUDA para ajuda, PARAR para encerrar."
        }
    }
}
