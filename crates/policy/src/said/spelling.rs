//! Short forms and slips of the thumb, as data. A slip is one letter too many, too few, another, or two that changed
//! places, in a word of five letters or more; a word that is one itself is none.

/// Short forms and how they are written out.
const SHORT: &[(&str, &str)] = &[
    // English
    ("u", "you"),
    ("ur", "your"),
    ("tmrw", "tomorrow"),
    ("tmr", "tomorrow"),
    ("tmw", "tomorrow"),
    ("tomo", "tomorrow"),
    ("2moro", "tomorrow"),
    ("tommorow", "tomorrow"),
    ("wk", "week"),
    ("wks", "weeks"),
    ("wod", "workout"),
    ("til", "until"),
    ("till", "until"),
    ("wat", "what"),
    ("wats", "whats"),
    // Spanish
    ("q", "que"),
    ("mnn", "manana"),
    ("mnna", "manana"),
    ("cmo", "como"),
    // Portuguese
    ("hj", "hoje"),
    ("amnh", "amanha"),
    ("amn", "amanha"),
    ("vc", "voce"),
    ("pra", "para"),
    ("pro", "para"),
    ("pras", "para"),
    ("pros", "para"),
    ("td", "todo"),
];

/// Words that are looked for, and that a slip may hide.
const OFTEN: &[&str] = &[
    // English
    "workout",
    "training",
    "session",
    "tomorrow",
    "tomorrows",
    "today",
    "todays",
    "finished",
    "completed",
    "thanks",
    "morning",
    "easier",
    "harder",
    "instead",
    "replace",
    "alternative",
    "explain",
    // Spanish
    "entreno",
    "entrenamiento",
    "rutina",
    "semana",
    "manana",
    "gracias",
    "dificil",
    "cambiar",
    // Portuguese
    "treino",
    "amanha",
    "obrigado",
    "obrigada",
    "trocar",
];

/// Words drawn out: “dooone”.
const DRAWN_OUT: &[&str] = &[
    "done", "go", "hey", "hi", "yes", "thanks", "please", "hola", "oi", "feito", "bora", "vamos",
];

/// Words one letter away from one of those, or from an exercise, that mean something else.
const WORDS_OF_THEIR_OWN: &[&str] = &[
    "toda", "todas", "workouts", "sessions", "finishes", "finisher", "replaced", "explains",
    "entrena", "entrene", "entrenos", "semanas", "mananas", "treina", "treinou", "treinos",
    "trocas", "trocou", "cambiare", "plan", "plans", "plane", "blank", "ponto", "pontos", "pronto",
    "easter", "tomorrow", "mornings", "thank", "cambia", "lunes", "lunar",
];

/// The shortest word that may hide behind a slip.
const LETTERS_MIN: usize = 5;

/// A short form as it is written out.
pub(super) fn written_out(word: &str) -> &str {
    let found = SHORT.iter().find(|(short, _)| *short == word);
    found.map_or(word, |(_, long)| long)
}

/// A word with a slip undone.
pub(super) fn mended(word: &str) -> &str {
    if OFTEN.contains(&word) || WORDS_OF_THEIR_OWN.contains(&word) {
        return word;
    }
    let drawn_out = DRAWN_OUT.iter().find(|known| is_drawn_out(word, known));
    let slip = || OFTEN.iter().find(|known| is_slip(word, known));
    drawn_out.or_else(slip).map_or(word, |known| known)
}

/// Whether a word is one of an exercise's name with a slip in it.
pub(crate) fn is_slip_of_name(said: &str, name: &str) -> bool {
    !WORDS_OF_THEIR_OWN.contains(&said) && is_slip(said, name)
}

/// Whether `said` is `meant` with one slip; the first letter is always right.
fn is_slip(said: &str, meant: &str) -> bool {
    let (said, meant) = (said.as_bytes(), meant.as_bytes());
    if meant.len() < LETTERS_MIN
        || said.len().abs_diff(meant.len()) > 1
        || said.first() != meant.first()
    {
        return false;
    }
    let same = |(one, other): &(&u8, &u8)| one == other;
    let before = said.iter().zip(meant).take_while(same).count();
    let (said, meant) = (
        said.get(before..).unwrap_or_default(),
        meant.get(before..).unwrap_or_default(),
    );
    let after = said
        .iter()
        .rev()
        .zip(meant.iter().rev())
        .take_while(same)
        .count();
    let said = said.get(..said.len() - after).unwrap_or_default();
    let meant = meant.get(..meant.len() - after).unwrap_or_default();
    match (said, meant) {
        ([] | [_], [_]) | ([_], []) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

/// Whether `said` is `meant` with a letter three times or more where it stands once.
fn is_drawn_out(said: &str, meant: &str) -> bool {
    let (mut said, mut is_longer) = (said.as_bytes(), false);
    for letter in meant.as_bytes() {
        let run = said.iter().take_while(|other| *other == letter).count();
        if run == 0 || run == 2 {
            return false;
        }
        is_longer |= run > 2;
        said = said.get(run..).unwrap_or_default();
    }
    is_longer && said.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_undone_and_a_word_of_its_own_is_none() {
        for (said, meant) in [
            ("workuot", "workout"),
            ("wrkout", "workout"),
            ("workkout", "workout"),
            ("workput", "workout"),
            ("finshed", "finished"),
            ("trieno", "treino"),
            ("dooone", "done"),
            ("gooo", "go"),
            ("finish", "finish"),
            ("finisher", "finisher"),
            ("toda", "toda"),
            ("workouts", "workouts"),
            ("good", "good"),
            ("", ""),
        ] {
            assert_eq!(mended(said), meant, "{said}");
        }
        assert!(is_slip_of_name("sqauts", "squats"));
        assert!(!is_slip_of_name("plan", "plank"));
        assert_eq!(written_out("tmrw"), "tomorrow");
    }
}
