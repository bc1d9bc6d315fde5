//! The phrases by which a wish is understood, in the form of `words::Plain`; `|`, `?`, `..`, `^` and `$` as told
//! at `words::occurs`.

use crate::language::Language;

/// Sets that are planned, or are about something else.
pub(super) const NOT_LOGGED: &[&str] = &[
    "tomorrow|next|will|ill|should|want|wanna|gonna|plan|planning|planned|goal|target|try|could|would|max|if",
    "going to",
    "manana|proxima|proximo|voy|quiero|deberia|intentare|meta|planeo|pienso|maximo",
    "amanha|proxima|vou|quero|deveria|tentar|planejo|penso",
];

pub(super) const INSTEAD: &[&str] = &[
    // English
    "swap|replace|sub|substitute|alt|alternative|alternatives|instead",
    "change .. for|to|with something|another",
    "something|anything|give me else",
    "cant|cannot do",
    "dont have|like|want",
    "i hate",
    "without|no equipment|weights|dumbbells",
    // Spanish
    "cambiar|cambia|cambio|cambias|cambiame|sustituir|sustituye|sustituto|alternativa|alternativas|reemplazar|reemplaza",
    "en vez|lugar de",
    "en su lugar",
    "otra cosa",
    "no me gusta|gustan|sale|salen",
    "no puedo|se hacer?",
    // Portuguese
    "trocar|troca|troque|troco|substituir|substitua|substitui|substituto|substituta",
    "em vez de|da|do",
    "no lugar de|da|do",
    "outra coisa",
    "nao|n gosto",
    "nao|n consigo|posso|da|sei fazer?",
];

/// What is said of an exercise that is none of these.
pub(super) const NOT_ABOUT: &[&str] = &[
    "skip|skipped|skipping",
    "saltar|saltarme|salto|saltear",
    "pular|pulei|pulo",
];

pub(super) const EASIER: &[&str] = &[
    "easier|easy|simpler|beginner",
    "too hard|difficult|heavy|much|tough",
    "mas facil|faciles|sencillo|sencilla|ligero|ligera|suave|simple",
    "muy|demasiado dificil|duro|dura|duras|dificiles|pesado|pesada|pesadas",
    "mais facil|faceis|leve|leves|simples",
    "muito|demais dificil|dificeis|pesado|pesada|duro|puxado|puxada",
    "dificil|dificeis|pesado|pesada demais",
];

pub(super) const HARDER: &[&str] = &[
    "harder|tougher|advanced|challenge|challenging",
    "too easy|light",
    "more difficult",
    "mas dificil|dificiles|duro|dura|duras|intenso|intensa|intensas|reto",
    "muy|demasiado facil|faciles",
    "mais dificil|dificeis|pesado|pesada|intenso|intensa|desafio",
    "muito facil|faceis",
    "facil|faceis demais",
];

pub(super) const HOW: &[&str] = &[
    // English
    "how to|do|does|should|can|is|are",
    "whats|what is|are|a|an?",
    "what the .. is|are",
    "wtf is|are",
    "what .. is $",
    "explain|show|form|technique|video",
    // Spanish
    "como se|hago|hacer|hace|haces|debo|puedo|era|eran|es|son",
    "que es|son|era",
    "explica|explicame|tecnica|video|muestra|muestrame",
    // Portuguese
    "como que? se|faco|faz|fazer|fazem|devo|posso|e|era",
    "que e|sao",
    "explique|explica|mostra|mostre|me mostra",
];

pub(super) const WEEK: &[&str] = &[
    // English
    "^ week|weekly $",
    "^ this|my|next|whole|full week $",
    "^ weekly plan|schedule|workouts|overview $",
    "week plan|schedule|overview $",
    "plan|schedule|workouts|overview|what|whats|show|see|send .. this|the|my whole|full? week $",
    "what|whats|how .. this|the|my week look|looks|looking like? $",
    // Spanish
    "^ semana $",
    "^ esta|mi|proxima semana $",
    "^ la semana completa|entera|que? viene? $",
    "que toca|hay|tenemos|hacemos|entrenamos|viene .. semana $",
    "plan|planes|rutina|rutinas|entrenos|ver|muestra|muestrame|mandame .. semana $",
    "^ plan|rutina semanal $",
    "^ como viene|esta|queda la|esta|mi semana $",
    // Portuguese
    "^ minha|essa|esta|proxima semana $",
    "^ a|da semana toda|inteira? $",
    "o? que tem|temos|tera|vai|faco|fazemos .. semana $",
    "quais|qual|plano|programacao|treino|treinos|ver|mostra|manda .. semana $",
    "^ plano|treino|programacao semanal $",
    "^ como ta|esta|fica|e a|essa|minha semana $",
];

/// Weeks that are no answer to be given.
pub(super) const NOT_WEEK: &[&str] = &[
    "fin|fim de semana",
    "last|past|good|great|bad|tough|hard|every|per|each week",
    "semana pasada|passada",
    "por|cada|buena|mala|linda|dura semana",
    "times|days|veces|dias|vezes .. week|semana",
];

pub(super) const TOMORROW: &[&str] = &[
    // English
    "^ and? what? about? for? tomorrow $",
    "what|whats .. tomorrow",
    "tomorrows workout|training|session|plan",
    "workout|training|session .. tomorrow",
    "tomorrow what",
    // Spanish
    "^ y? para? manana $",
    "que .. manana $",
    "que toca|hay|hacemos|tenemos .. manana",
    "manana que toca|hay|hacemos|entrenamos|tenemos",
    "entreno|entrenamiento|rutina de|para manana",
    // Portuguese
    "^ e? para? amanha $",
    "que|qual .. amanha",
    "treino de|para|e? amanha",
    "amanha qual|que",
    "amanha o que",
];

/// A tomorrow on which something else is to be.
pub(super) const NOT_TOMORROW: &[&str] = &[
    "cant|cannot|wont|ill|will|not|skip|move|moved|postpone|if|until|see|instead|swap|start|before",
    "no|mover|pasar|pasarlo|cambiar|hasta|nos|saltar|si",
    "nao|n|mudar|passar|adiar|ate|pular|se|vou",
    "la|por|da manana",
];

/// A holiday without an end.
pub(super) const PAUSE: &[&str] = &[
    "^ pause|pausa|pausar|pausame $",
    "pause|pausing my|all|the all? workouts|workout|training|trainings|program|programme|plan $",
    "^ pause workouts|training|everything|me $",
    "^ can|could|would|will you|we|i pause it|me|everything $",
    "^ i? want|need|like|have|wanna to? pause $",
    "pausa|pausas|pausar|pausame|pausen mi|mis|los|el|todos los|mis? entrenos|entreno|entrenamientos|entrenamiento|plan|rutina $",
    "^ pausa|pausar|pausame todo|entrenos $",
    "^ quiero|necesito pausar $",
    "pausa|pausar|pause|pausem meu|meus|os|o|todos os|meus? treinos|treino|plano $",
    "^ pausa|pausar|pause tudo|treinos $",
    "^ quero|preciso pausar $",
];

/// A holiday with the day they come back.
pub(super) const PAUSE_UNTIL: &[&str] = &[
    "pause|pausing",
    "no workouts|workout|training until|for",
    "pausa|pausar|pausame",
    "sin|sem entrenos|entreno|treinos|treino hasta|por|ate",
];

/// Only with the day they come back.
pub(super) const AWAY: &[&str] = &[
    "on|have|taking|take|going|for a? on? holiday|holidays|vacation|vacations|vacay|break",
    "going on holiday|holidays|vacation|vacations",
    "de|en vacaciones",
    "de|em ferias",
];

/// A pause that is asked about, refused, over, or one of an exercise; and one that begins later.
pub(super) const NOT_PAUSE: &[&str] = &[
    "^ how|what|whats|when|why|should|shall|is|are|do|does|did|will|would the|a|my|i|it|this|that|about|happens|if|to|do|does|many|much|long",
    "^ como|que|cuando|cuanto|cuanta|debo|deberia|es|hay|por|se|si",
    "^ como|o|quando|quanto|quanta|devo|sera|por|qual|quais",
    "dont|doesnt|not|never|without|no|nao|n|sem|sin|nunca to? want|wanna|need|quiero|quero|preciso|necesito|hace|hay|tem|precisa? to? falta? pause|pausing|pausar|pausa|pauses|pausen|pausem",
    "second|seconds|secs|sec|segundo|segundos|minute|minutes|min|mins|minuto|minutos",
    "between|entre|bottom|top|abajo|arriba|embaixo|rep|reps|set|sets|series|serie",
    "pause|pausa was|is|were|fue|es|foi|e|and|y|on|at|en|no|na",
    "from|starting|beginning|begins|starts|desde|partir|comecando|empezando|empieza .. monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|next|lunes|martes|miercoles|jueves|viernes|sabado|domingo|manana|proxima|proximo|segunda|terca|quarta|quinta|sexta|amanha|dia",
    "pause|pausa|pausar|vacation|holiday|vacaciones|ferias next|on|monday|tomorrow|manana|amanha|proxima",
    "que viene|vem",
    "was|were|after|before|last|fui|antes|despues|depois|estuve|estive|estava|estaba .. vacation|holiday|vacaciones|ferias",
];

pub(super) const RESUME: &[&str] = &[
    // English
    "^ im|i? am? back now|again|already? $",
    "^ im|i? am? back from my|the|our|a? holiday|holidays|vacation|vacations|break|trip|pause $",
    "^ unpause my|the? workouts|training|everything? $",
    "^ resume|continue my|the|all? workouts|workout|training|program|programme|plan $",
    "^ end my|the|this? pause|holiday|break|vacation $",
    "^ my|the? pause|holiday|break|vacation is? over $",
    // Spanish
    "^ vuelvo $",
    "^ ya? volvi|regrese $",
    "^ ya? volvi|regrese|vuelto de mis|las|la? vacaciones|viaje|pausa $",
    "^ ya? he vuelto|regresado $",
    "^ ya? estoy de vuelta|regreso $",
    "^ reanuda|reanudar|reanudemos|retoma|retomar|activa mi|mis|los|el entrenos|entreno|entrenamientos|entrenamiento|plan|rutina $",
    "^ quita|quitar|termina|terminar|acaba|acabar la|mi? pausa $",
    // Portuguese
    "^ ja? voltei $",
    "^ ja? voltei de|das|da minhas? ferias|viagem|pausa $",
    "^ ja? to|estou de volta $",
    "^ retoma|retomar|retome|reativa meu|meus|os|o treinos|treino|plano $",
    "^ tira|tirar|tire|acaba|acabar|encerra|encerrar a|minha? pausa $",
];

/// They have to say that it is for good: an hour alone may be about today, and a number about anything.
pub(super) const HOUR: &[&str] = &[
    "change|set|move|make|switch|put my|the workout|training|daily? hour|time|schedule to|for|at|from",
    "change|set|move|make|switch my workout|workouts|training hour|time to|for|at|from",
    "send|text .. workouts at",
    "my? workouts at",
    "cambia|cambias|cambiar|cambiame|pon|poner|ponme|mueve mi|la|el hora|horario",
    "mis entrenos|entrenamientos a las|la",
    "^ entrenos a las|la",
    "recibir|recibirlo .. a las|la",
    "muda|mudar|mude|troca|trocar|altera|alterar meu|minha|o|a hora|horario",
    "meus treinos as|a",
    "^ treinos as",
    "receber .. as|a",
];

/// To be sent at an hour, where it is said that it is for good.
pub(super) const HOUR_SENT: &[&str] = &[
    "send|text|move|message|get|want|deliver .. at|to",
    "mandame|manda|mandas|mandalo|mandamelo|enviame|envia|enviamelo|escribeme|quiero .. a las|la",
    "manda|mande|envia|envie|quero|escreve .. as|a",
];

pub(super) const FOR_GOOD: &[&str] = &[
    "from now on",
    "every day|morning|evening",
    "everyday|daily|always",
    "todos los dias",
    "cada dia|manana|tarde|noche",
    "siempre|diario|diariamente",
    "a partir de|desde ahora|hoy|agora|hoje",
    "todo dia",
    "todos os dias",
    "toda manha|noite|tarde",
    "sempre|diariamente",
];

/// Another hour once, or not at all.
pub(super) const NOT_HOUR: &[&str] = &[
    "tomorrow|today|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|once|only",
    "amanha|hoje|lunes|martes|miercoles|jueves|viernes|sabado|domingo|segunda|terca|quarta|quinta|sexta",
    "^ manana",
    "hoy $",
    "dont|not|never|no|nao|n me? change|set|move|send|text|cambies|cambia|cambiar|mandes|quiero|mude|muda|mudar|troca|mande|manda|quero",
    "^ how|what|why|should|when|did|como|que|cuando|por|quando",
    "to|las a quarter",
    "quarter|menos|cuarto",
];

/// Whose hours these words are part of; taken out before a day is looked for.
pub(super) const PART_OF_DAY: &[&str] = &["de|por|en la manana", "a partir de|desde hoy|hoje"];

pub(super) const SPEAK: &[(Language, &[&str])] = &[
    (
        Language::English,
        &[
            "^ in|en|em? english|ingles $",
            "^ switch|change back? to english $",
            "speak|write|text|reply|answer|talk|send .. in? english $",
            "^ en|em ingles",
            "escribe|escribeme|escribirme|escribir|habla|hablame|hablar|hablarme|responde|respondeme|contesta en? ingles $",
            "escreve|escrever|escreva|fala|falar|fale|responde|responda em? ingles $",
        ],
    ),
    (
        Language::Spanish,
        &[
            "^ in|en|em? spanish|espanol|espanhol|castellano $",
            "^ switch|change back? to spanish $",
            "speak|write|text|reply|answer|talk|send .. in? spanish|espanol $",
            "escribe|escribeme|escribirme|escribir|habla|hablame|hablar|hablarme|responde|respondeme|contesta en? espanol|castellano $",
            "escreve|escrever|escreva|fala|falar|fale|responde|responda em? espanhol $",
        ],
    ),
    (
        Language::Portuguese,
        &[
            "^ in|en|em? portuguese|portugues $",
            "^ switch|change back? to portuguese $",
            "speak|write|text|reply|answer|talk|send .. in? portuguese|portugues $",
            "escribe|escribeme|escribirme|escribir|habla|hablame|hablar|responde en? portugues $",
            "escreve|escrever|escreva|fala|falar|fale|responde|responda em? portugues $",
        ],
    ),
];

/// Whether we speak it, where it is a question.
pub(super) const NOT_SPEAK_ASKED: &[&str] = &["^ habla|fala|speak|speaks"];

/// Languages that are spoken of.
pub(super) const NOT_SPEAK: &[&str] = &[
    "^ do|does|did|is|are|what|whats|how|why|where|which|i|my|we",
    "^ que|como|por|estoy|hablas|yo|mi|se|es",
    "^ o|como|por|estou|to|voce|eu|meu|minha|qual",
    "dont|not|no|nao|n me? speak|write|talk|hables|hablo|escribas|escribir|fale|fala|falo|escreva|escreve",
];
