//! What people say around what they want: greetings, thanks, pleas, a yes. It changes nothing about it, and is left out
//! before phrases are looked for.

use crate::words::occurs;

/// Rows of words that greet.
const GREETINGS: &[&str] = &[
    // English
    "hi",
    "hii",
    "hello",
    "hey",
    "heyy",
    "hiya",
    "yo",
    "sup",
    "gm",
    "morning",
    "good morning",
    "good afternoon",
    "good evening",
    "hello again",
    "hi again",
    "hey again",
    "hello there",
    "hi there",
    "hey there",
    "how are you",
    "hows it going",
    "whats up",
    // Spanish
    "hola",
    "holaa",
    "ola",
    "buenas",
    "buen dia",
    "buenos dias",
    "buenas tardes",
    "buenas noches",
    "que tal",
    "como estas",
    "como va",
    "que haces",
    // Portuguese
    "oi",
    "oii",
    "oie",
    "opa",
    "eae",
    "eai",
    "e ai",
    "salve",
    "bom dia",
    "boa tarde",
    "boa noite",
    "tudo bem",
    "tudo bom",
];

/// Rows of words that thank.
const THANKS: &[&str] = &[
    // English
    "thanks",
    "thank you",
    "thank",
    "thx",
    "thnx",
    "tnx",
    "ty",
    "tysm",
    "cheers",
    "thanks a lot",
    "thanks so much",
    "thank you so much",
    "thanks a million",
    "many thanks",
    "much appreciated",
    // Spanish
    "gracias",
    "grax",
    "muchas gracias",
    "mil gracias",
    // Portuguese
    "obrigado",
    "obrigada",
    "brigado",
    "brigada",
    "obg",
    "obgd",
    "muito obrigado",
    "muito obrigada",
    "valeu",
    "vlw",
];

/// Words that say yes. Not “si”, which is also “if”.
const YES: &[&str] = &[
    "yes", "yep", "yeah", "yup", "yea", "sure", "sip", "claro", "dale", "sim",
];

/// Words that say yes, or no more than that something was heard.
const HEARD: &[&str] = &["ok", "okay", "okey", "k", "vale", "blz", "beleza", "certo"];

/// Rows of words that ask nicely, are sorry, laugh, or call the coach.
const PLEAS: &[&str] = &[
    // English
    "please",
    "pls",
    "plz",
    "pleaseee",
    "sorry",
    "coach",
    "lol",
    "haha",
    "sir",
    "maam",
    "ugh",
    "omg",
    "dude",
    "bro",
    // Spanish
    "por favor",
    "porfa",
    "porfavor",
    "porfis",
    "perdon",
    "lo siento",
    "disculpa",
    "profe",
    "entrenador",
    "entrenadora",
    "jaja",
    "jajaja",
    "pues",
    "uf",
    "uff",
    "uy",
    "bueno",
    // Portuguese
    "pfv",
    "pf",
    "pfvr",
    "desculpa",
    "desculpe",
    "professor",
    "professora",
    "prof",
    "kkk",
    "kkkk",
    "rsrs",
    "entao",
    "poxa",
    "puts",
    "nossa",
    "aff",
];

const ALL: [&[&str]; 5] = [GREETINGS, THANKS, YES, HEARD, PLEAS];

/// Words from which nothing polite is taken away where they would be alone: “no thanks” is not “no”.
const HOLDS: &[&str] = &["no", "not", "nao", "n"];

/// What politeness that is all there is says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Courtesy {
    /// Hello.
    Greeting,
    /// Thank you.
    Thanks,
    /// Yes.
    Yes,
    /// Please, sorry and the like.
    Plea,
}

/// The words without politeness at either end; all of them, with what they say, where nothing else is said.
pub(crate) fn without<'w, 'a>(words: &'w [&'a str]) -> (&'w [&'a str], Option<Courtesy>) {
    let mut left = words;
    while let Some(length) = at_start(left) {
        left = left.get(length..).unwrap_or_default();
    }
    if left.is_empty() {
        return (words, said(words));
    }
    while let Some(length) = at_end(left) {
        left = left.get(..left.len() - length).unwrap_or_default();
    }
    (left, None)
}

/// How many words of politeness these begin with.
fn at_start(words: &[&str]) -> Option<usize> {
    let first = words.first()?;
    let rows = ALL.iter().flat_map(|list| list.iter());
    let rows = rows.filter(|row| row.starts_with(first));
    rows.filter_map(|row| taken(row, words)).max()
}

/// How many words of politeness these end with; never all of them, nor what a “no” is said to.
fn at_end(words: &[&str]) -> Option<usize> {
    let last = words.last()?;
    let rows = [THANKS, PLEAS].into_iter().flatten();
    let length = rows
        .filter(|row| row.ends_with(last))
        .filter_map(|row| {
            let length = row.split(' ').count();
            taken(row, words.get(words.len().checked_sub(length)?..)?)
        })
        .max()?;
    let holds = match words.get(..words.len() - length)? {
        [] => true,
        [only] => HOLDS.contains(only),
        _ => false,
    };
    (!holds).then_some(length)
}

/// How many words a row takes at the beginning.
fn taken(row: &str, words: &[&str]) -> Option<usize> {
    let mut length = 0;
    for word in row.split(' ') {
        if words.get(length) != Some(&word) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// What words that are all polite say: a yes before thanks, thanks before what was heard, that before a greeting.
fn said(words: &[&str]) -> Option<Courtesy> {
    let has = |list: &[&str]| list.iter().any(|row| occurs(row, words));
    if words.is_empty() {
        None
    } else if has(YES) {
        Some(Courtesy::Yes)
    } else if has(THANKS) {
        Some(Courtesy::Thanks)
    } else if has(HEARD) {
        Some(Courtesy::Yes)
    } else if has(GREETINGS) {
        Some(Courtesy::Greeting)
    } else {
        Some(Courtesy::Plea)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn politeness_is_left_out_at_both_ends() {
        for (text, left, courtesy) in [
            ("hi coach swap squats please", "swap squats", None),
            ("bom dia qual o treino por favor", "qual o treino", None),
            ("ok thanks", "ok thanks", Some(Courtesy::Thanks)),
            ("yes please", "yes please", Some(Courtesy::Yes)),
            ("hello there", "hello there", Some(Courtesy::Greeting)),
            ("please", "please", Some(Courtesy::Plea)),
            ("no thanks", "no thanks", None),
            ("hoy no gracias", "hoy no", None),
            ("yes thanks", "yes thanks", Some(Courtesy::Yes)),
            ("", "", None),
        ] {
            let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
            let (words, said) = without(&words);
            assert_eq!((words.join(" ").as_str(), said), (left, courtesy), "{text}");
        }
    }
}
