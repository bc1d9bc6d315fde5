//! The phrases by which a text is guessed, in the form of `words::Plain`, without politeness around; `|`, `?`, `..`, `^`
//! and `$` as told at `words::occurs`.

pub(super) const TODAYS_WORKOUT: &[&str] = &[
    // English
    "^ workout|training $",
    "todays workout|training|session|plan",
    "workout|training|session|plan .. today",
    "send|give|gimme|show|text|get|see|want|need|resend|whats|what|where|wheres .. my|the|a|todays workout|training",
    "what|whats .. today $",
    "what do i|we do today",
    // Spanish
    "^ entreno|entrenamiento|rutina $",
    "entreno|entrenamiento|rutina de|para hoy",
    "que toca|hago|hacemos|hay|entrenamos|tenemos para? hoy",
    "hoy que toca|hago|hacemos|hay|entrenamos|tenemos",
    "manda|mandas|mandar|mandame|dame|pasame|pasas|envia|envias|enviame|cual|donde|quiero .. entreno|entrenamiento|rutina",
    "no me? llego|recibi .. entreno|entrenamiento|rutina",
    "hay entreno|entrenamiento hoy",
    // Portuguese
    "^ treino $",
    "treino de|para|do hoje|dia",
    "manda|mande|mandar|envia|enviar|passa|qual|cade .. treino",
    "quero o|meu|ver treino",
    "treino e? hoje",
    "nao|n recebi|chegou .. treino",
    "o|que que .. hoje $",
];

/// A workout that is spoken of, and not asked for.
pub(super) const NOT_TODAYS: &[&str] = &[
    "did you",
    "mas|menos|antes|despues|despues de|del? entreno|entrenar $",
    "antes|depois|para do treino",
    "before|after|during .. workout|training",
    "dura|demora el|la|o entreno|rutina|treino",
    "terminei|acabei|fiz|termine|hice|finished|did|skipped",
    "a|the last|previous|yesterdays workout",
    "changed",
    "workout|training|session|plan|entreno|rutina|treino .. was|were|felt|took|fue|estuvo|foi",
    "^ si|if|se",
];

pub(super) const ONLY_GREETING: &[&str] = &[
    "^ hi|hello|hey how .. you|going $",
    "^ how are you $",
    "^ whats up $",
    "^ hola que tal|haces $",
    "^ hola como estas|va|vas $",
    "^ que tal $",
    "^ oi|ola tudo bem|bom $",
    "^ tudo bem|bom $",
];

pub(super) const QUESTION: &[&str] = &[
    "^ how|what|whats|when|where|why|which|who|should|can|could|is|are|do|does|may",
    "^ did you|i|we|they|he|she|that",
    "^ como|que|cuando|donde|cual|cuanto|cuantas|cuantos|cuanta|puedo|debo|es|hay",
    "^ quando|onde|qual|quanto|quantas|quantos|posso|devo|por|o que",
];

/// Something that was not done, is not done yet, or is something else.
pub(crate) const NOT_DONE: &[&str] = &[
    // English
    "not|havent|didnt|couldnt|cant|never .. done|do|did|finish|finished|complete|completed|train|start",
    "almost|nearly|half|when|once|until|before|if|be|get|getting|only|barely .. done|did|finish|finished|complete|completed",
    "ill|will|gonna .. done|finish",
    "done|finished with you|yall|work|school|class|life|men|him|her",
    "done|finished with this|that|it $",
    "done|finished with this|that app|thing|shit|crap",
    "so done",
    "done for",
    "did|done .. wrong",
    "today|hoy|hoje not|no|nao|n",
    "done|finished|finishing my|the? work|working|dinner|lunch|breakfast|eating|school|class|shift|shower|coffee|homework|meeting|cooking",
    "well|easier done",
    "did|do|have not",
    "how|what|where .. done",
    "did you|they|he|she|that",
    // Spanish
    "no lo|la|me? he|hice|pude|termine|entrene|acabe|hecho",
    "aun|todavia no",
    "casi|cuando|si|apenas|antes .. termine|termino|terminado|acabe|acabo|hecho|listo|lista",
    "hecho|hecha polvo|mierda|trizas|leyenda",
    "de|bien|mal hecho",
    "dicho y hecho",
    "no|nao|n esta|ta|fue|foi .. hecho|hecha|terminado|feito|feita|concluido",
    "hice|hecho|hecha .. desayuno|almuerzo|cena|comida|tarea|cafe",
    "desayuno|almuerzo|cena|comida|tarea .. hecho|hecha",
    "fiz|feito .. bolo|almoco|jantar|cafe|comida",
    "almoco|jantar|cafe|bolo|comida .. feito|feita",
    "termine|acabe|acabo|terminado con mi|el|ella|ese|esa",
    "termine|acabe|acabo|acabado de comer|cenar|desayunar|almorzar|trabajar|estudiar|cocinar|despertar|despertarme|llegar|salir|levantarme",
    "hice|hecho|hago .. mal",
    // Portuguese
    "nao|n fiz|terminei|acabei|consegui|treinei|deu|fui",
    "ainda nao|n",
    "quase|quando|se|antes .. terminei|terminando|terminar|acabando|acabei|feito|feita",
    "fiz|terminei|feito so|apenas",
    "bem|mal feito",
    "fiz .. errado|errada|mal|anos|aniversario",
    "terminei|acabei o|a|com namoro|casamento|trabalho|faculdade|ele|ela|almoco|jantar|banho",
    "acabei de acordar|chegar|almocar|jantar|comer|sair|levantar|trabalhar|estudar",
    "falta",
];

pub(super) const DONE: &[&str] = &[
    // English
    "^ done|finished|completed|complete",
    "^ did it|all|everything|the|my|todays|both|every|some|squats|a",
    "all|just|im|its|workout|ive|is|am done|finished|complete|completed",
    "i|ive did|finished|completed|done|crushed|nailed|smashed|killed|logged|log",
    "^ log",
    "^ crushed|nailed|smashed|killed|aced it|that|this|todays|the",
    "^ just did|completed|crushed|smashed it|the|todays",
    "done $",
    // Spanish
    "hecho|hecha|terminado|terminada|acabado|completado|completada|complete",
    "^ termine|acabe",
    "ya termine|acabe|entrene|cumpli",
    "termine|acabe $",
    "termine|acabe el|la|todo|toda|mi|con|de",
    "^ entrene",
    "acabo de terminar|entrenar|completar|hacer|acabar",
    "listo ya",
    "lo|la hice",
    "ya? hice el|la|mi|todo|toda",
    // Portuguese
    "^ feito|feita|terminei|conclui|completei|finalizei|treinei|concluido|finalizado",
    "ja|eu|tudo terminei|conclui|completei|finalizei|treinei|feito",
    "acabei de treinar|terminar|fazer|completar",
    "todo|tudo|ta|esta feito|pago|concluido|completo|finalizado",
    "treino .. feito|pago|concluido|completo|finalizado",
    "^ mais um pago $",
    "^ pago $",
    "fiz|terminei|acabei|conclui|completei o|os|as|meu|tudo|todo|todos|todas|hoje|agora|treino",
    "fiz|terminei|acabei|conclui|completei $",
];

/// Not ready, or not for this.
pub(super) const NOT_READY: &[&str] = &[
    "not|isnt|arent|never|almost|when|dont|no|nao|n|casi|quase|cuando|quando .. ready|go|begin|start|listo|lista|pronto|pronta|comecar",
];

pub(super) const READY: &[&str] = &[
    "^ im|i|am|all? am? ready now|for? it|today|this|coach? $",
    "ready when you are $",
    "^ ready to go|start|begin|train|roll|workout $",
    "^ go|begin $",
    "^ start $",
    "start .. workout|now|today",
    "lets go|start|begin|do",
    "^ send it $",
    "^ si $",
    "^ ya|estoy|ya|estoy? listo|lista $",
    "^ listo|lista para",
    "^ vamos alla|por|con|a? ello|todo|darle|entrenar? $",
    "empezamos|empecemos",
    "^ envialo|mandalo|enviamelo|mandamelo $",
    "^ to|estou|ja? pronto|pronta $",
    "bora $",
    "^ bora|partiu",
    "^ vamos nessa|la|comecar? $",
    "vamos comecar",
    "^ pode enviar|mandar $",
    "^ manda|envia|mande|envie $",
];

/// Asked, and meant as a wish to begin.
pub(super) const READY_ASKED: &[&str] = &["^ empezamos|comenzamos|vamos|comecamos|bora $"];

/// Thanks for nothing.
pub(super) const NO_THANKS: &[&str] = &[
    "no|nao|n|not|nada|isnt|wasnt|arent|didnt|dont|couldnt muy|muito|so|very|really|feeling|feel|too|all|that? thanks|thank|thx|great|perfect|cool|awesome|gracias|genial|perfecto|obrigado|obrigada|otimo|perfeito",
];

pub(super) const THANKS: &[&str] = &[
    "thanks|thank|thx|ty|appreciate",
    "^ awesome|great|perfect|amazing|nice",
    "^ cool $",
    "^ that|thats|this|its|sounds is|was? awesome|great|perfect|cool|amazing|good $",
    "gracias",
    "^ genial|perfecto|excelente|buenisimo",
    "obrigado|obrigada|valeu",
    "^ otimo|perfeito|show|top|maravilha",
];

pub(super) const GREETING: &[&str] = &[
    "^ hi|hello|hey|hola|oi|ola again|there|everyone|team|everybody $",
    "^ good morning|afternoon|evening",
];
