//! The words and phrases, in their plain form (`words::Plain`): lower case, no accents, no
//! apostrophes. What `|`, `?`, `..`, `^` and `$` mean is told at `words::occurs`.

/// Left out at both ends before anything is compared.
pub(super) const COURTESY: &[&str] = &[
    "please",
    "pls",
    "plz",
    "thanks",
    "thank",
    "thx",
    "you",
    "hi",
    "hello",
    "hey",
    "ok",
    "okay",
    "now",
    "already",
    "immediately",
    "sorry",
    "sir",
    "just",
    "por",
    "favor",
    "gracias",
    "hola",
    "ya",
    "porfa",
    "porfavor",
    "obrigado",
    "obrigada",
    "oi",
    "ola",
    "agora",
];

/// Stop words that are clear as a sentence, whatever follows it.
pub(super) const STOP_WORDS: &[&str] = &[
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "unsub",
    "revoke",
    "optout",
    "opt out",
    "stop it",
    "stop this",
    "stop everything",
    "stop messages",
    "stop texts",
    "stop texting",
    "unsubscribe me",
    "unsub me",
    "opt me out",
    "parar",
    "baja",
    "dar de baja",
    "darme de baja",
    "dame de baja",
    "sair",
    "descadastrar",
    "descadastre",
    "стоп",
    "arret",
    "stopp",
];

/// Stop words that count when they are all there is: each means other things in a sentence.
pub(super) const STOP_WORDS_ALONE: &[&str] = &[
    "cancel",
    "end",
    "quit",
    "cancel all",
    "end all",
    "quit all",
    "cancel messages",
    "end messages",
    "remove",
    "remove me",
    "leave me alone",
    "alto",
    "cancelar",
    "cancela",
    "detener",
    "deten",
    "salir",
    "para",
    "pare",
    "paren",
    "parad",
    "pará",
    "parem",
    "remover",
    "cancele",
    "me remova",
    "sair da lista",
];

/// Words that reopen an address.
pub(super) const START_WORDS: &[&str] = &[
    "start",
    "unstop",
    "resume",
    "start again",
    "start all",
    "optin",
    "opt in",
    "opt me in",
    "subscribe",
    "resubscribe",
    "alta",
    "iniciar",
    "comenzar",
    "empezar",
    "reanudar",
    "suscribir",
    "suscribirme",
    "dame de alta",
    "comecar",
    "retomar",
    "inscrever",
    "voltar",
];

/// Words that ask who we are and how this ends.
pub(super) const HELP_WORDS: &[&str] = &[
    "help",
    "info",
    "help me",
    "information",
    "ayuda",
    "informacion",
    "ayudame",
    "ajuda",
    "informacao",
    "me ajuda",
    "aide",
    "hilfe",
];

/// Sentences with a stop word that ask for the contrary, or for something else.
pub(super) const NOT_A_STOP: &[&str] = &[
    "dont|never|wont stop|quit|cancel|end|unsubscribe|remove",
    "do|will not stop|quit|cancel|end|unsubscribe|remove",
    "i|we cant|cannot|couldnt|wont|didnt|dont .. stop|quit",
    "i|we can|could|will|did|do not .. stop|quit",
    "dont want|wanna to? stop|quit|cancel|unsubscribe",
    "not want to stop|quit|cancel|unsubscribe",
    "stop by|at|in|over",
    "bus|pit|full|non|truck|one|rest|next|first stop",
    "no|nunca pares|pare|paren|pares|canceles|cancelen",
    "no quiero parar|cancelar|salir|darme",
    "nao|nunca pare|parem|para|pares|cancele",
    "nao quero parar|cancelar|sair",
    "alto rendimiento|nivel|impacto|rendimento|impacto",
    "estoy|estuve|sigo|estaba de baja",
];

/// Asking how is close to asking for it, but the answer is a person's.
pub(super) const HOW_TO_STOP: &[&str] = &[
    "how do|can|could|to|would .. stop|unsubscribe|opt|quit|cancel .. messages|texts|texting|this|these|it|out|$",
    "how do|can|could|to|would .. stop|quit $",
    "how do|can|to .. unsubscribe|opt",
    "como .. baja|cancelo|cancelar|descadastro|descadastrar|sair|parar|salir",
];

/// Clear wishes to get no more messages.
pub(super) const STOP: &[&str] = &[
    // English
    "stop|quit|cease|end|cancel all? of? the|these|those|your|my|this|any|all? messages|message|texts|text|texting|sms|msgs|messaging|notifications|spam",
    "stop|quit|cease|end all|everything $",
    "stop|quit|cease ever? texting|messaging|txting|msging|contacting|writing|sending|spamming|bothering|emailing|notifying|harassing",
    "stop|quit to? text|message|send|contact|write me|us",
    "stop|quit with? these|this|the|your|all|all? of? messages|texts|spam|msgs|sms",
    "stop it|this|that $",
    "dont|never|not text|txt|message|msg|contact|write|email|bother|spam|send me|us|this|here|anymore|any",
    "dont|never|not ever? text|txt|message|msg|contact|write|bother again|anymore|$",
    "dont|not send|keep .. messages|texts|msgs|texting|messaging|anything|sms|these|stuff",
    "no more|further messages|message|texts|text|texting|sms|msgs|notifications|spam",
    "dont|not|longer|never want|wish|need|like|care to? receive|get|have|hear|be .. messages|texts|msgs|sms|these|this|anything|from|texted|contacted|them|notifications",
    "dont|not|longer want|wish|need|like any|more|these|your|the|this|any? messages|texts|msgs|sms|more|texting|notifications",
    "dont want .. messages|texts|msgs|sms|texting",
    "unsubscribe me|us|from|this|my|now",
    "want|like|wish|need|going to unsubscribe|unsub|opt",
    "can|could|would you unsubscribe|unsub",
    "^ unsubscribe",
    "unsubscribe $",
    "opt|opting|opted me? out",
    "remove|delete|erase|take me|us|my|this .. list|lists|number|database|contacts|system",
    "remove|take me|us from|off",
    "lose|forget my number",
    "leave me|us alone",
    "revoke|withdraw|withdrawing|revoking my|all|any consent|permission",
    "i hereby? revoke|withdraw",
    "told|tell|asked|ask|said .. to? stop $",
    "you stop .. texting|messaging|contacting|sending",
    "not interested .. stop|unsubscribe",
    // Spanish
    "deja|deje|dejen|dejad|para|pare|paren|parad|parar|dejar de enviarme|mandarme|escribirme|enviar|mandar|escribir|molestar|molestarme|contactarme|llamarme|enviarnos",
    "no|nunca me|nos escriban|escribas|escriba|escribais|manden|mandes|mande|envien|envies|envie|enviar|mandar|escribir|contacten|contactes|contacte|molesten|molestes|moleste|molesteis|enviéis|envieis|mandeis",
    "no envien|envies|envie|manden|mandes|mande|escriban|escribas mas|mensajes|nada|sms|mensaje",
    "no mas mensajes|mensaje|sms|textos|avisos|notificaciones",
    "no quiero|deseo|queremos|necesito .. mensajes|mensaje|msj|msjs|sms|avisos|notificaciones",
    "no quiero|deseo|queremos .. recibir|recibirlos .. mas|nada|esto|mensajes|sms|$",
    "no quiero que me escriban|escribas|manden|mandes|envien|envies|contacten",
    "dar|darme|dame|deme|denme|dadme|darse|darnos|darte de baja",
    "me doy de baja",
    "quiero|quisiera|solicito|pido la? baja",
    "borrame|borrenme|borreme|eliminame|eliminenme|elimineme|quitame|quitenme|quiteme|sacame|saquenme|saqueme de|$",
    "basta|suficiente de mensajes|mensaje|sms",
    "cancelar|cancela|cancelen|detener|detengan|deten|parar|paren|pare los|estos|todos|sus? mensajes|sms",
    "cancelar|cancela|cancelen|detener|detengan|parar mensajes|sms",
    "dejenme|dejame|dejadme en paz",
    // Portuguese
    "pare|parem|para|parar|deixe|deixem|deixa de me? mandar|enviar|escrever|contatar|incomodar|perturbar|mandarem|enviarem|ligar",
    "nao me mande|mandem|manda|mandes|envie|enviem|envia|escreva|escrevam|contate|contatem|perturbe|perturbem|incomode|incomodem|procure",
    "nao mande|mandem|envie|enviem mais|mensagem|mensagens|nada|sms",
    "nao|n mande|mandem|manda|envie|enviem|envia mais? mensagem|mensagens|msg|msgs|nada|sms",
    "nao|n quero|desejo|preciso .. mensagem|mensagens|msg|msgs|sms|avisos|notificacoes",
    "nao|n quero|desejo .. receber .. mais|nada|isso|mensagens|msg|msgs|$",
    "me tire|tira|tirem|remova|remove|removam|exclua|descadastre|descadastra da|do|dessa|desta|$",
    "me descadastre|descadastra|descadastrem|descadastrar",
    "sair|saia|remover|tirar da lista",
    "chega|basta de mensagem|mensagens|msg|msgs|sms",
    "sem mais mensagens|sms",
    "cancelar|cancele|parar|pare as|essas|estas|todas mensagens",
    "cancelar|cancele|parar mensagens|sms",
    "me deixe|deixa|deixem em paz",
];

/// A stop for some hours or days is a question of times, not of consent.
pub(super) const ONLY_SOMETIMES: &[&str] = &[
    "before|until|till|during|while|tonight|tomorrow|early|late|night|nights|weekend|weekends|vacation|holiday|holidays|week|month|sunday|sundays|saturday|saturdays|monday|friday",
    "at work|night|noon|midnight|1|2|3|4|5|6|7|8|9|10|11|12",
    "in the? morning|mornings|evening|evenings|afternoon",
    "for now|today|a",
    "so|too many|much|often",
    "in|en|em english|spanish|portuguese|ingles|espanol|espanhol|portugues",
    "today $",
    "antes|mientras|hasta|domingo|domingos|sabado|sabados|vacaciones|noche|noches|temprano|semana|mes",
    "por|en la la? manana|mananas|tarde|tardes",
    "hoy $",
    "enquanto|ate|noite|cedo|ferias|feriado|semana|mes",
    "de|pela manha|tarde",
    "hoje $",
];

/// Clear wishes to be written to again.
pub(super) const START: &[&str] = &[
    "start|resume texting|messaging|sending|messages|texts .. again|$",
    "text|message|write me again",
    "sign|subscribe|opt me back? up|in",
    "opt back? in $",
    "dar|darme|dame|deme de alta",
    "vuelve|vuelvan|volver a escribirme|enviarme|mandarme",
    "volta|volte|voltem|voltar a me? mandar|enviar|escrever",
];

/// Plans are cancelled by billing, and a member may want to go on reading.
pub(super) const CANCEL_PLAN: &[&str] = &[
    "cancel|end|stop|terminate my|the|our|this? subscription|membership|plan|account|payment|payments|billing|trial|program|contract",
    "cancel|stop charging|billing",
    "cancelar|cancela|cancelen|terminar mi|la|el? suscripcion|plan|cuenta|membresia|pago|pagos",
    "cancelar|cancele|encerrar a|o|minha|meu? assinatura|plano|conta|pagamento",
];

/// A rest.
pub(super) const PAUSE: &[&str] = &[
    "^ snooze|mute",
    "pause|snooze|mute my|the|these|all? messages|texts|texting",
    "stop .. for|until .. now|today|tomorrow|week|weeks|month|while|days|monday|vacation",
    "stop|no more my|the|these|daily? workouts|workout|reminders",
    "take|need|want a break from",
    "pausa|pausar los|mis|as|os|minhas? mensajes|mensagens",
    "^ parar|pare|paren|para por hoy|hoje|ahora",
];

/// The person may not be the member.
pub(super) const WRONG_NUMBER: &[&str] = &[
    "wrong number|person|guy",
    "numero equivocado|incorrecto|errado",
    "se equivoco|equivocaron de numero",
];

/// What may well mean stop.
pub(super) const PERHAPS_STOP: &[&str] = &[
    "i|we want|wanna|need to? stop|quit|cancel|out",
    "i|im quit|quitting|out $",
    "can|could|will|would you .. stop",
    "make it|this|these stop",
    "^ stop the|your|my|that",
    "too|so many messages|texts|msgs",
    "spam $",
    "^ spam",
    "reported|reporting|report .. spam",
    "^ enough $",
    "^ no more|mas $",
    "^ basta",
    "^ chega $",
    "quiero|quisiera salir|cancelar|parar",
    "quero sair|cancelar|parar $",
    "demasiados|muchos mensajes",
    "muitas mensagens",
];
