//! Each row reads as what a member wrote, and what they meant.

use super::*;
use proptest::prelude::*;

fn all(expected: Keyword, texts: &[&str]) {
    let wrong: Vec<_> = texts
        .iter()
        .map(|text| (*text, recognise(text, None)))
        .filter(|(_, found)| *found != expected)
        .collect();
    assert!(wrong.is_empty(), "these are not {expected:?}: {wrong:#?}");
}

#[test]
fn the_words_of_the_carriers_stop_however_they_are_written() {
    all(
        Keyword::Stop,
        &[
            "STOP",
            "stop",
            "Stop.",
            " stop \n",
            "STOP!!!",
            "\"stop\"",
            "stop 🛑",
            "🛑",
            "ＳＴＯＰ",
            "𝗦𝗧𝗢𝗣",
            "S T O P",
            "s.t.o.p.",
            "stop stop stop",
            "STOPALL",
            "Stop all",
            "UNSUBSCRIBE",
            "cancel",
            "END",
            "Quit",
            "REVOKE",
            "OPTOUT",
            "opt out",
            "Opt-out",
            "opt-out please",
            "stop please",
            "please stop",
            "ok stop",
            "Stop now",
            "STOP, thanks",
            "hi, stop",
            "just stop",
            "STOP. Who is this?",
            "Stop!\nI never signed up",
            "cancel please",
        ],
    );
}

#[test]
fn clear_sentences_stop() {
    all(
        Keyword::Stop,
        &[
            "please stop texting me",
            "Stop texting me!!",
            "stop sending me messages",
            "Could you please stop sending me these texts?",
            "can you stop messaging me",
            "I told you to stop",
            "unsubscribe me",
            "I want to unsubscribe",
            "please unsubscribe me from this list",
            "no more messages please",
            "No more texts",
            "don't text me anymore",
            "Do not contact me again",
            "do not text me",
            "never message me again",
            "I don't want these messages",
            "I no longer wish to receive texts from you",
            "i dont want to receive any more messages",
            "opt me out",
            "I'd like to opt out",
            "remove me from your list",
            "take me off this list please",
            "delete my number",
            "lose my number",
            "leave me alone",
            "I revoke my consent",
            "quit texting me",
            "stop all messages",
            "Stop these messages",
            "stop the texts",
            "cancel these messages",
            "stop spamming me",
            "I said stop",
            "I can't stop eating. Please unsubscribe me.",
            "Please don't! Stop messaging me",
            "You have the wrong number, please stop texting me",
            "STOP TEXTING ME OR I WILL CALL THE POLICE",
            "pls stop w these msgs, stop sending them",
            "I'm not interested, stop messaging me",
            "Hello, I would like to unsubscribe from these messages. Thank you",
            "do not send me any more texts",
            "Please take me off your list",
            "i don't want to get texts from you",
            "stop contacting me",
        ],
    );
}

#[test]
fn spanish_and_portuguese_stop_as_well() {
    all(
        Keyword::Stop,
        &[
            "PARAR",
            "Alto",
            "BAJA",
            "Cancelar",
            "salir",
            "para",
            "basta de mensajes",
            "no me escriban más",
            "No me escribas mas por favor",
            "ya no me manden mensajes",
            "deja de enviarme mensajes",
            "Dejen de mandarme mensajes!",
            "paren de escribirme",
            "no quiero más mensajes",
            "No quiero recibir más mensajes",
            "no más mensajes",
            "quiero darme de baja",
            "denme de baja por favor",
            "dame de baja",
            "bórrame de la lista",
            "déjenme en paz",
            "no quiero que me escriban",
            "SAIR",
            "Parar",
            "pare",
            "cancelar, obrigado",
            "pare de me mandar mensagem",
            "parem de me enviar mensagens",
            "não me mande mais mensagens",
            "Não quero mais receber mensagens",
            "não quero mensagens",
            "me tire da lista",
            "me remova dessa lista",
            "quero sair da lista",
            "chega de mensagens",
            "me deixe em paz",
        ],
    );
}

#[test]
fn the_same_words_in_other_sentences_do_not() {
    all(
        Keyword::None,
        &[
            "don't stop",
            "Don’t stop believing",
            "never stop!",
            "please don't unsubscribe me",
            "I don't want to stop",
            "I can't stop eating",
            "I cannot stop thinking about pizza",
            "should I stop by the gym?",
            "stop by the gym?",
            "when does my plan end",
            "When should the last set end?",
            "the bus stop is far away",
            "how many reps until the end of the week?",
            "I finished at the end of the day",
            "I did not quit!",
            "I had to stop after 3 rounds",
            "My watch stopped",
            "should I stop if it hurts?",
            "I quit smoking last year",
            "what does the end position look like?",
            "cancel that, I meant squats",
            "I want to end the week strong",
            "end of set 3",
            "remove the squats please",
            "can I cancel out the calories?",
            "no more squats please",
            "how do I stop my knees from caving in?",
            "sorry I missed your messages",
            "baja intensidad hoy?",
            "alto ahí jaja",
            "para mañana qué hago",
            "voy a parar en la tienda",
            "chega de moleza, bora treinar",
            "quero sair da rotina",
            "no pares",
            "no quiero parar",
            "¿para qué sirve este ejercicio?",
            "ejercicios para la espalda",
            "estoy de baja médica",
            "cardio de alto impacto",
            "não pare",
            "treino para as pernas",
            "vou sair para correr",
            "text me the workout please",
            "can I get the message again?",
            "done",
            "yes",
            "YES",
            "sí",
            "sim",
            "",
            "👍",
            "123",
        ],
    );
}

#[test]
fn start_and_help_are_words_of_their_own() {
    all(
        Keyword::Start,
        &[
            "START",
            "Start!",
            "unstop",
            "UNSTOP please",
            "resume",
            "opt in",
            "start again",
            "ALTA",
            "reanudar",
            "começar",
            "please start texting me again",
            "sign me back up",
        ],
    );
    all(
        Keyword::Help,
        &["HELP", "help!", "Info", "AYUDA", "ajuda", "help please"],
    );
    all(
        Keyword::None,
        &[
            "can you help me with squats?",
            "help me choose a weight",
            "start my workout",
            "when do we start?",
            "I will start tomorrow",
            "info about protein?",
        ],
    );
}

#[test]
fn what_may_mean_stop_is_left_to_a_person() {
    all(
        Keyword::Ambiguous(Ambiguity::PerhapsStop),
        &[
            "how do I unsubscribe?",
            "How can I stop these messages?",
            "I want to stop",
            "I quit",
            "can you stop",
            "basta",
            "¿cómo me doy de baja?",
            "como faço para sair?",
            "too many messages",
        ],
    );
    all(
        Keyword::Ambiguous(Ambiguity::PerhapsPause),
        &[
            "don't text me before 8",
            "stop texting me at night",
            "please stop sending messages during work",
            "stop for today",
            "pause the messages",
            "mute",
            "no me escriban los domingos",
        ],
    );
    all(
        Keyword::Ambiguous(Ambiguity::PerhapsCancelPlan),
        &[
            "cancel my subscription",
            "please cancel my plan",
            "cancelar mi suscripción",
            "cancelar minha assinatura",
        ],
    );
    all(
        Keyword::Ambiguous(Ambiguity::PerhapsWrongNumber),
        &["wrong number", "número equivocado"],
    );
}

#[test]
fn a_button_says_what_its_payload_says() {
    assert_eq!(recognise("Don't send me more", Some("STOP")), Keyword::Stop);
    assert_eq!(
        recognise("Stop promotions", Some("stop_messages")),
        Keyword::Stop
    );
    assert_eq!(recognise("Stop", Some("btn-3")), Keyword::Stop);
    assert_eq!(
        recognise("Start workout", Some("workout:start:7")),
        Keyword::None
    );
}

#[test]
fn a_stop_and_a_doubt_speak_against_consent_and_nothing_else_does() {
    for (text, button, against) in [
        ("STOP", None, true),
        ("🛑", None, true),
        ("no me escriban más", None, true),
        ("too many texts", None, true),
        ("pause the messages", None, true),
        ("cancel my subscription", None, true),
        ("wrong number", None, true),
        ("Not now", Some("STOP"), true),
        ("START", None, false),
        ("HELP", None, false),
        ("don't stop", None, false),
        ("How many squats?", None, false),
        ("", None, false),
    ] {
        let found = speaks_against_consent(text, button);
        assert_eq!(found, against, "{text:?} {button:?}");
    }
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,300}", payload in proptest::option::of("\\PC{0,30}")) {
        let _ = recognise(&text, payload.as_deref());
    }

    #[test]
    fn case_punctuation_and_emoji_around_it_change_nothing(
        word in proptest::sample::select(vec!["stop", "unsubscribe", "cancel", "quit", "end", "revoke", "optout", "parar", "baja", "sair"]),
        upper: bool,
        before in "[ .!*\"💪\\n]{0,5}",
        after in "[ .!*\"🙏\\n]{0,5}",
    ) {
        let word = if upper { word.to_uppercase() } else { word.to_owned() };
        let text = format!("{before}{word}{after}");
        prop_assert_eq!(recognise(&text, None), Keyword::Stop);
    }
}
