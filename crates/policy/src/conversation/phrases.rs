//! The phrases by which a text is guessed, in the form of `words::Plain`; `|`, `?`, `..`, `^` and `$`
//! as told at `words::occurs`.

pub(super) const TODAYS_WORKOUT: &[&str] = &[
    "^ workout|training $",
    "todays workout|training|session|plan",
    "workout|training|session|plan .. today",
    "send|give|show|text|get|see|want|whats|what|where .. my|the|a|todays workout|training",
    "what|whats .. today $",
    "^ entreno|entrenamiento|rutina $",
    "entreno|entrenamiento|rutina de|para hoy",
    "que toca|hago|hacemos|hay hoy",
    "manda|mandame|dame|enviame|cual .. entreno|entrenamiento|rutina",
    "^ treino $",
    "treino de|para|do hoje|dia",
    "manda|mande|me|qual .. treino",
    "o que .. hoje",
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
    "^ como|que|cuando|donde|cual|cuanto|cuantas|cuantos|cuanta|puedo|debo|es|hay",
    "^ quando|onde|qual|quanto|quantas|quantos|posso|devo|por|o que",
];

pub(crate) const NOT_DONE: &[&str] = &[
    "not|havent|didnt|couldnt|cant|never .. done|do|finish|finished|complete|completed|train|start",
    "no lo? he|hice|pude|termine|entrene",
    "nao fiz|terminei|consegui|treinei",
];

pub(super) const DONE: &[&str] = &[
    "^ done|finished|completed|complete|did",
    "all|just|im|its|workout|is done|finished|complete|completed",
    "i|ive did|finished|completed|done|crushed|nailed|logged|log",
    "^ log",
    "hecho|hecha|termine|acabe|terminado|acabado|completado|complete",
    "listo ya",
    "lo|la hice",
    "^ feito|feita",
    "fiz|terminei|acabei|conclui|completei|feito",
];

pub(super) const READY: &[&str] = &[
    "ready|go|begin",
    "^ yes|yep|yeah|yup|sure|ok|okay|start $",
    "start .. workout|now|today",
    "lets go|start|begin|do",
    "^ send it please? $",
    "^ si|claro|vale|dale|va $",
    "listo|lista|empezamos|vamos|empecemos",
    "^ envialo|mandalo|enviamelo|mandamelo $",
    "^ sim|claro|bora $",
    "pronto|pronta|bora|comecar",
    "^ pode enviar|mandar $",
    "^ manda|envia|mande|envie $",
];

pub(super) const THANKS: &[&str] = &[
    "thanks|thank|thx|ty|appreciate|awesome|great|perfect|cool",
    "gracias|genial|perfecto",
    "obrigado|obrigada|valeu|otimo|perfeito",
];

pub(super) const GREETING: &[&str] = &[
    "^ hi|hello|hey|yo|hiya|morning",
    "good morning|afternoon|evening",
    "^ hola|buenas|buenos",
    "^ oi|ola|bom|boa|opa",
];
