//! Answers and what they mean, as a table.

use super::*;

const OFFERED: Timestamp = Timestamp::from_seconds(1_795_348_800);

fn workout() -> Vec<Choice> {
    [
        ("start_workout", "Start workout"),
        ("skip_today", "Skip today"),
        ("reschedule", "Reschedule"),
    ]
    .map(|(id, title)| Choice::button(Some(id), title).unwrap())
    .into()
}

fn titled(titles: &[&str]) -> Vec<Choice> {
    titles
        .iter()
        .map(|title| Choice::row(None, title, None).unwrap())
        .collect()
}

fn read(text: &str, tapped: Option<&str>, choices: &[Choice], last: bool, after: u32) -> String {
    let offer = Offer {
        choices,
        offered_at: OFFERED,
        is_last_said: last,
    };
    match meant(text, tapped, &offer, OFFERED + Seconds::new(after)) {
        Meant::Choice(choice) => choice.id().to_owned(),
        Meant::Ambiguous => "ambiguous".to_owned(),
        Meant::Other => "other".to_owned(),
    }
}

#[test]
fn a_number_the_word_or_a_near_miss_mean_the_same() {
    for text in [
        "1",
        " 1. ",
        "1)",
        "#1",
        "1️⃣",
        "option 1",
        "opción 1",
        "Reply 1",
        "one",
        "One!",
        "uno",
        "uma",
        "the first",
        "1 please",
        "Start workout",
        "start  WORKOUT!",
        "start_workout",
        "start workot",
        "strat workout",
        "startworkout",
        "stat workuot",
        "start",
    ] {
        assert_eq!(
            read(text, None, &workout(), true, 60),
            "start_workout",
            "{text}"
        );
    }
    for text in [
        "2",
        "dos",
        "dois",
        "two",
        "skip",
        "Skip today",
        "skip tody",
        "skp today",
    ] {
        assert_eq!(
            read(text, None, &workout(), true, 60),
            "skip_today",
            "{text}"
        );
    }
    for text in ["3", "tres", "três", "reschedule", "Reschedul", "reshedule"] {
        assert_eq!(
            read(text, None, &workout(), true, 60),
            "reschedule",
            "{text}"
        );
    }
}

#[test]
fn what_is_none_of_them_is_not_guessed() {
    for text in [
        "",
        "0",
        "4",
        "11",
        "1 2",
        "1 or 2",
        "today",
        "workout",
        "don't skip today",
        "Reschedule?",
        "which one",
        "no",
        "um",
        "👍",
        "I did 3 sets",
        "skip leg day forever",
        "none",
    ] {
        assert_eq!(read(text, None, &workout(), true, 60), "other", "{text}");
    }
    let days = titled(&["Tuesday", "Thursday", "Skip today", "Skip tomorrow"]);
    for (text, meaning) in [
        ("tuesday", "Tuesday"),
        ("thrusday", "Thursday"),
        ("tursday", "ambiguous"),
        ("skip", "ambiguous"),
        ("skip tomorow", "Skip tomorrow"),
    ] {
        assert_eq!(read(text, None, &days, true, 60), meaning, "{text}");
    }
    // "3" is the third, and also the title of the first.
    let sets = titled(&["3", "4", "5"]);
    for (text, meaning) in [
        ("3", "ambiguous"),
        ("4", "4"),
        ("5", "5"),
        ("2", "4"),
        ("1", "3"),
    ] {
        assert_eq!(read(text, None, &sets, true, 60), meaning, "{text}");
    }
    let short = titled(&["Yes", "No", "Done"]);
    for (text, meaning) in [
        ("yes", "Yes"),
        ("yea", "other"),
        ("none", "other"),
        ("dne", "Done"),
    ] {
        assert_eq!(read(text, None, &short, true, 60), meaning, "{text}");
    }
}

#[test]
fn a_number_answers_what_was_said_last_and_a_word_for_a_day() {
    let day = 24 * 3600;
    for (text, last, after, meaning) in [
        ("2", true, day - 1, "skip_today"),
        ("2", true, day, "other"),
        ("2", false, 60, "other"),
        ("skip today", false, 60, "skip_today"),
        ("skip today", false, day - 1, "skip_today"),
        ("skip today", true, day, "other"),
    ] {
        assert_eq!(
            read(text, None, &workout(), last, after),
            meaning,
            "{text} {last} {after}"
        );
    }
}

#[test]
fn a_tap_names_itself_at_any_age() {
    assert_eq!(
        read("Skip today", Some("skip_today"), &workout(), false, 999_999),
        "skip_today"
    );
    assert_eq!(read("Old one", Some("old"), &workout(), true, 1), "other");
}

#[test]
fn our_own_buttons_are_known_by_id_and_by_title() {
    for (id, title, expected) in [
        (Some("start_workout"), "Go!", Some(Action::StartWorkout)),
        (None, "Empezar entreno", Some(Action::StartWorkout)),
        (None, "Começar treino", Some(Action::StartWorkout)),
        (Some("skip_today"), "x", Some(Action::SkipToday)),
        (None, "Pular hoje", Some(Action::SkipToday)),
        (Some("9f2"), "Reschedule", Some(Action::Reschedule)),
        (
            Some("later_1h"),
            "In 1 hour",
            Some(Action::Later { hours: 1 }),
        ),
        (Some("STOP"), "No more", Some(Action::Stop)),
        (None, "Stop messages", Some(Action::Stop)),
        (Some("legs"), "Legs", None),
        (None, "I skip today because of work", None),
    ] {
        assert_eq!(action(id, title), expected, "{id:?} {title}");
    }
}
