//! How members say in words of their own what our buttons say, in the form of `words::Plain`; `|`, `?`, `..`, `^` and `$`
//! as told at `words::occurs`. Each phrase is all of a text: “skip today” is done, “skip the squats” is for a person.

/// Nothing more of today's workout.
pub(super) const SKIP: &[&str] = &[
    // English
    "^ skip|skipping today|todays? workout|session|training? $",
    "^ skip the|my? workout|session|training for? today? $",
    "^ i|im|we|ill? will|have|need|want|got|going|gonna|wanna|gotta|must|can|could|might|lets? i|we? to? skip|skipping today|todays workout|session|training? $",
    "^ i|im? am? skipping today|todays workout|session|training? $",
    "^ not today $",
    "^ i|we? cant|cannot|wont|couldnt make it|today|todays today|workout? $",
    "^ i? cant|cannot train|workout|exercise|today today? $",
    "^ i? cant|cannot work out today $",
    "^ i? cant|cannot do it|todays today|workout $",
    "^ i? wont be able to train|workout|make it? today $",
    "^ im|ill? need|have|want|gonna|going? to? take|taking today off $",
    "^ i need|have|want to take today off $",
    "^ cancel today|todays workout|session|training? $",
    // Spanish
    "^ saltar $",
    "^ hoy no $",
    "^ hoy no puedo|podre|entreno|entrenare|entrenar entrenar? $",
    "^ hoy no voy a entrenar|poder entrenar? $",
    "^ no puedo|podre entrenar? hoy $",
    "^ no voy a poder? entrenar? hoy $",
    "^ hoy paso|descanso $",
    "^ hoy me? lo? salto $",
    "^ hoy me? salto el entreno|entrenamiento|de hoy? $",
    "^ me? salto|saltare el? entreno|entrenamiento? de? hoy $",
    "^ me? salta|saltar|saltate el|la? entreno|entrenamiento|rutina? de? hoy $",
    "^ puedo|quiero|prefiero saltar|saltarme el|la? entreno|entrenamiento|rutina? de? hoy $",
    "^ cancela|cancelar el|la entreno|entrenamiento|rutina de hoy $",
    // Portuguese
    "^ pular $",
    "^ pula|pular|pulo o? treino? de? hoje $",
    "^ vou|quero|preciso|posso|podemos|prefiro|vamos pular o? treino? de? hoje $",
    "^ hoje vou|quero|preciso|prefiro pular o? treino? $",
    "^ hoje nao|n $",
    "^ hoje nao|n vai dar|rolar para? treinar? $",
    "^ hoje eu? nao|n da|consigo|posso|treino|vou para? treinar? $",
    "^ nao|n vou|consigo|posso treinar hoje $",
    "^ hoje eu? nao|n vou conseguir|poder treinar? $",
    "^ nao|n vou conseguir|poder treinar? hoje $",
    "^ nao|n vai dar hoje $",
    "^ hoje eu? passo $",
    "^ hoje eu? vou descansar $",
    "^ cancela|cancelar o treino de hoje $",
];

/// Not now: in some hours, and we ask when.
pub(super) const LATER: &[&str] = &[
    // English
    "^ later today? $",
    "^ maybe later $",
    "^ not now $",
    "^ reschedule it|today|please? $",
    "^ can|could|will|would? you|we? send|text|remind|resend|do|give me|it|this|the|my? workout? later today? $",
    // Spanish
    "^ mas tarde $",
    "^ luego|despues $",
    "^ mejor luego|despues $",
    "^ mejor mas tarde $",
    "^ ahora no puedo? $",
    "^ me? puedes? lo? mandas|manda|mandar|mandarlo|mandamelo|mandarmelo|envialo|enviamelo|recuerdame|recuerdamelo luego|despues $",
    "^ me? puedes? lo? mandas|manda|mandar|mandarlo|mandamelo|mandarmelo|envialo|enviamelo|recuerdame|recuerdamelo mas tarde $",
    // Portuguese
    "^ mais tarde $",
    "^ depois $",
    "^ melhor depois $",
    "^ agora nao|n da|posso|consigo? $",
    "^ pode? me? manda|mande|mandar|envia|enviar|lembra|lembrar depois $",
    "^ pode? me? manda|mande|mandar|envia|enviar|lembra|lembrar mais tarde $",
];

/// What stands before a number of hours.
pub(super) const IN: &[&str] = &[
    // English
    "^ in $",
    "^ can|could|will|would? you? send|text|remind|resend|give me|it|the|my? workout? in $",
    // Spanish
    "^ en|dentro de? $",
    "^ me? puedes? lo? mandas|manda|mandar|mandarlo|mandamelo|mandarmelo|envialo|enviamelo|recuerdame|recuerdamelo en|dentro de? $",
    // Portuguese
    "^ em|daqui a? $",
    "^ pode? me? manda|mande|mandar|envia|enviar|lembra|lembrar em|daqui a? $",
];

pub(super) const HOURS: &[&str] = &["hour", "hours", "hr", "hrs", "h", "hora", "horas"];

/// Counts in words.
pub(super) const COUNTS: &[(u8, &[&str])] = &[
    (1, &["a", "an", "one", "una", "uma"]),
    (2, &["two", "dos", "dois", "duas"]),
    (3, &["three", "tres"]),
    (4, &["four", "cuatro", "quatro"]),
    (5, &["five", "cinco"]),
    (6, &["six", "seis"]),
];
