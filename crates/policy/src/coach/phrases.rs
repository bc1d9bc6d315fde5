//! The phrases by which a wish is understood, in the form of `words::Plain`; `|`, `?`, `..`, `^` and `$` as told
//! at `words::occurs`.

use crate::language::Language;

/// Sets that are planned, or are about something else.
pub(super) const NOT_LOGGED: &[&str] = &[
    "tomorrow|next|will|ill|should|want|wanna|gonna|plan|goal|target|try|could|would",
    "going to",
    "manana|proxima|proximo|voy|quiero|deberia|intentare|meta",
    "amanha|proxima|vou|quero|deveria|tentar",
];

pub(super) const INSTEAD: &[&str] = &[
    "swap|replace|substitute|alternative|alternatives|instead",
    "cant|cannot do",
    "dont have|like|want",
    "without|no equipment|weights|dumbbells",
    "cambiar|cambia|cambio|cambiame|sustituir|sustituye|sustituto|alternativa|alternativas|reemplazar|reemplaza",
    "en vez|lugar de",
    "no puedo|se hacer?",
    "trocar|troca|troque|substituir|substitua|substituto|substituta",
    "em vez de",
    "no lugar de",
    "nao consigo|posso|da",
];

pub(super) const EASIER: &[&str] = &[
    "easier|easy|simpler|beginner",
    "too hard|difficult|heavy|much",
    "mas facil|sencillo|sencilla|ligero|suave",
    "muy|demasiado dificil|duro|dura|duras|dificiles|pesado",
    "mais facil|leve|simples",
    "muito|demais dificil|pesado|duro|puxado",
    "dificil|dificeis|pesado demais",
];

pub(super) const HARDER: &[&str] = &[
    "harder|tougher|advanced|challenge|challenging",
    "too easy|light",
    "more difficult",
    "mas dificil|duro|dura|intenso|reto",
    "muy|demasiado facil|faciles",
    "mais dificil|pesado|intenso|desafio",
    "muito facil|faceis",
    "facil|faceis demais",
];

pub(super) const HOW: &[&str] = &[
    "how to|do|does|should|can|is|are",
    "whats|what is|are|a|an?",
    "explain|show|form|technique|video",
    "como se|hago|hacer|hace|debo|puedo",
    "que es|son",
    "explica|explicame|tecnica|muestra|muestrame",
    "como se|faco|faz|fazer|devo|posso",
    "o que e|sao",
    "explique|mostra|mostre",
];

pub(super) const WEEK: &[&str] = &[
    "^ week $",
    "^ this|my|next week $",
    "week plan|schedule|overview",
    "plan|schedule|workouts|what|whats|show|see .. this|the|my week $",
    "^ semana $",
    "^ esta|mi|proxima semana $",
    "que .. semana $",
    "plan|ver|muestra|muestrame .. semana $",
    "^ minha|essa|proxima semana $",
    "^ a semana $",
    "o que|quais|plano|ver|mostra .. semana $",
];

pub(super) const TOMORROW: &[&str] = &[
    "^ and? what? about? tomorrow $",
    "^ y manana $",
    "^ e amanha $",
    "what|whats .. tomorrow",
    "tomorrows workout|training|session",
    "workout|training|session .. tomorrow",
    "que .. manana",
    "entreno|entrenamiento|rutina .. manana",
    "o que|qual .. amanha",
    "treino .. amanha",
    "^ amanha $",
];

pub(super) const PAUSE: &[&str] = &[
    "^ pause",
    "pause my|the|all|workouts|training|until|for",
    "^ pausa|pausar|pausame",
    "pausa|pausar mi|mis|los|el|hasta|por|entrenos|entreno|meu|meus|os|o|treinos|treino|ate",
];

/// Only with the day they come back.
pub(super) const AWAY: &[&str] = &[
    "on|have|taking a? holiday|vacation",
    "de|en vacaciones",
    "de|em ferias",
];

pub(super) const RESUME: &[&str] = &[
    "^ back $",
    "im back",
    "i am back",
    "end|over .. pause|holiday|break",
    "^ vuelvo $",
    "ya volvi|regrese|estoy",
    "ja? voltei",
];

/// They have to say that it is for good: an hour alone may be about today, and a number about anything.
pub(super) const HOUR: &[&str] = &[
    "change|set|move|make my|the workout|training? hour|time to|for|at",
    "send|text .. workouts at",
    "workouts at",
    "cambia|cambiar|pon|poner mi|la hora|horario",
    "entrenos a las",
    "muda|mudar|mude|troca|trocar meu|minha|o|a hora|horario",
    "treinos as",
];

pub(super) const SPEAK: &[(Language, &[&str])] = &[
    (
        Language::English,
        &[
            "^ english please? $",
            "in english",
            "speak|write|text english",
            "en|em ingles",
            "^ ingles $",
        ],
    ),
    (
        Language::Spanish,
        &[
            "^ espanol|spanish $",
            "in spanish",
            "speak|write|text spanish",
            "en espanol",
            "habla|escribe espanol",
            "em espanhol",
        ],
    ),
    (
        Language::Portuguese,
        &[
            "^ portugues|portuguese $",
            "in portuguese",
            "speak|write|text portuguese",
            "em portugues",
            "en portugues",
            "fala|escreve portugues",
        ],
    ),
];
