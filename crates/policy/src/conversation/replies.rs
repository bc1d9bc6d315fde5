//! The words of the answers. `{name}` becomes `, Ana` or nothing, `{service}` our name.

use super::Intent;
use crate::language::Language::{self, English, Portuguese, Spanish};
use crate::safety::Topic;

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
        (Intent::Injury, language) => safe(Topic::Injury, language),
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

pub(super) const fn safe(topic: Topic, language: Language) -> &'static str {
    match (topic, language) {
        (Topic::Crisis, English) => {
            "I'm glad you wrote this{name}. I'm an automatic reply; a person of our team is being told now. If you may be in danger, please call your local emergency number or a crisis line right away, or go to someone you trust."
        }
        (Topic::Crisis, Spanish) => {
            "Gracias por escribirlo{name}. Soy una respuesta automatica; aviso ahora a una persona del equipo. Si puedes estar en peligro, llama ya al numero de emergencias de tu zona o a una linea de ayuda, o busca a alguien de confianza."
        }
        (Topic::Crisis, Portuguese) => {
            "Obrigado por escrever{name}. Sou uma resposta automatica; aviso agora uma pessoa da equipe. Se voce pode estar em perigo, ligue ja para o numero de emergencia da sua regiao ou uma linha de apoio, ou procure alguem de confianca."
        }
        (Topic::Eating, English) => {
            "Thank you for telling me{name}. I've passed this to a person of our team. Please go easy on training for now, and if you can, talk to a doctor or someone you trust. If you feel unwell, call your local emergency number."
        }
        (Topic::Eating, Spanish) => {
            "Gracias por contarmelo{name}. Se lo he pasado a una persona del equipo. De momento no te exijas con el entreno y, si puedes, habla con un doctor o alguien de confianza. Si te sientes mal, llama a emergencias."
        }
        (Topic::Eating, Portuguese) => {
            "Obrigado por me contar{name}. Passei isso a uma pessoa da equipe. Por agora nao se cobre no treino e, se puder, fale com um doutor ou alguem de confianca. Se passar mal, ligue para a emergencia."
        }
        (Topic::Injury, English) => {
            "I'm sorry to hear that{name}. Please rest and leave out what hurts; I've passed this to your coach. If it is serious or gets worse, see a doctor or call your local emergency number."
        }
        (Topic::Injury, Spanish) => {
            "Lo siento{name}. Descansa y no hagas lo que te duele; se lo he pasado a tu coach. Si es grave o empeora, ve a un doctor o llama a emergencias."
        }
        (Topic::Injury, Portuguese) => {
            "Sinto muito{name}. Descanse e evite o que doi; passei ao seu coach. Se for grave ou piorar, procure um doutor ou ligue para a emergencia."
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

pub(super) const fn stopped_everywhere(language: Language) -> &'static str {
    match language {
        English => {
            "{service}: you will get no more messages from us, neither here nor by SMS, WhatsApp or e-mail. Write START to chat here again; the other channels you can allow on your page."
        }
        Spanish => {
            "{service}: no recibiras mas mensajes nuestros, ni aqui ni por SMS, WhatsApp o correo. Escribe ALTA para volver a hablar aqui; los otros canales los permites en tu pagina."
        }
        Portuguese => {
            "{service}: voce nao recebe mais mensagens nossas, nem aqui nem por SMS, WhatsApp ou e-mail. Escreva VOLTAR para conversar aqui de novo; os outros canais voce permite na sua pagina."
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
