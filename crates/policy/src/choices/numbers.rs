//! Numbers as people answer with them: `1`, `1.`, `#1`, `option 2`, `one`, `uno`, `dois`.

/// Words for the numbers of choices, in English, Spanish and Portuguese, without accents. `um` is
/// one in Portuguese and a pause in English: too little to go by.
const WORDS: &[(&str, usize)] = &[
    ("one", 1),
    ("first", 1),
    ("uno", 1),
    ("una", 1),
    ("primero", 1),
    ("primera", 1),
    ("primeiro", 1),
    ("primeira", 1),
    ("uma", 1),
    ("two", 2),
    ("second", 2),
    ("dos", 2),
    ("segundo", 2),
    ("segunda", 2),
    ("dois", 2),
    ("duas", 2),
    ("three", 3),
    ("third", 3),
    ("tres", 3),
    ("tercero", 3),
    ("tercera", 3),
    ("terceiro", 3),
    ("terceira", 3),
    ("four", 4),
    ("cuatro", 4),
    ("quatro", 4),
    ("five", 5),
    ("cinco", 5),
    ("six", 6),
    ("seis", 6),
    ("seven", 7),
    ("siete", 7),
    ("sete", 7),
    ("eight", 8),
    ("ocho", 8),
    ("oito", 8),
    ("nine", 9),
    ("nueve", 9),
    ("nove", 9),
    ("ten", 10),
    ("diez", 10),
    ("dez", 10),
];

/// Words around a number that change nothing about it.
const AROUND: &[&str] = &[
    "option", "number", "no", "nr", "reply", "opcion", "numero", "opcao", "responde", "responda",
    "la", "el", "a", "o", "the", "please", "por", "favor", "thanks", "gracias", "obrigado",
    "obrigada",
];

/// The number that is all there is.
pub(super) fn number(words: &[&str]) -> Option<usize> {
    let mut found = None;
    for word in words {
        let number = word.parse().ok().or_else(|| {
            WORDS
                .iter()
                .find(|(known, _)| known == word)
                .map(|(_, n)| *n)
        });
        match number {
            Some(number) if found.is_none() => found = Some(number),
            None if AROUND.contains(word) => {}
            Some(_) | None => return None,
        }
    }
    found
}
