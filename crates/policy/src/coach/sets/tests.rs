//! What counts as logged, in three languages.

use proptest::prelude::*;

use super::*;
use crate::programme::shipped;

fn exercises(language: &str) -> &'static [Exercise] {
    let everyday = shipped::all()
        .iter()
        .find(|one| one.slug == "everyday")
        .unwrap();
    &everyday.course(language).unwrap().1.exercises
}

/// What was logged in a few letters; `-` for nothing.
fn told(text: &str, language: &str) -> String {
    let Some(works) = logged(text, exercises(language)) else {
        return "-".into();
    };
    let one = |work: &Work| {
        let weight = work
            .weight
            .map_or(String::new(), |weight| format!(" at {weight}"));
        format!("{} {}x{}{weight}", work.exercise, work.sets, work.each)
            .trim()
            .to_owned()
    };
    works.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn sets_are_understood_as_members_write_them() {
    for (text, expected) in [
        ("done, 4x5 at 80", "4x5 at 80"),
        ("Done 4 x 5 @ 80kg", "4x5 at 80 kg"),
        ("4×5 80 kg", "4x5 at 80 kg"),
        ("4x5x80", "4x5 at 80"),
        ("squats 4x5 at 77.5", "Squats 4x5 at 77.5"),
        (
            "squats: 4 sets of 5 with 77,5 kilos",
            "Squats 4x5 at 77.5 kg",
        ),
        ("did 3x10 push-ups", "Push-ups 3x10"),
        ("plank 3x45s", "Plank 3x45s"),
        ("plank 3 x 1 min", "Plank 3x60s"),
        (
            "squats 5x5 100lb, push ups 3x12, plank 3x30 sec",
            "Squats 5x5 at 100 lb, Push-ups 3x12, Plank 3x30s",
        ),
        (
            "squats 5x5 at 80, then 3x8 at 60",
            "Squats 5x5 at 80, Squats 3x8 at 60",
        ),
        (
            "bench 3x8 60, row 3x10 40",
            "bench 3x8 at 60, row 3x10 at 40",
        ),
        (
            "I did bench press 3x8 reps at 60 lbs",
            "bench press 3x8 at 60 lb",
        ),
        ("3x8 4x5", "3x8, 4x5"),
        ("Done!", "-"),
        ("done, 3 rounds of pause squats", "-"),
        ("is 4x5 at 80 right?", "-"),
        ("I can't do 4x5 at 80", "-"),
        ("tomorrow 4x5 at 80", "-"),
        ("I want to try 4x5 at 80", "-"),
        ("my knee hurts after 4x5 at 80", "-"),
        ("4x5 at 80 was too heavy", "-"),
        ("didn't finish 4x5", "-"),
        ("0x5 at 80", "-"),
        ("4x0", "-"),
        ("4x99999999999", "-"),
        ("x5 at 80", "-"),
        ("ran 5 km in 28 min", "-"),
        (
            "4x5 at 80 squats, 3x12 push ups",
            "Squats 4x5 at 80, Push-ups 3x12",
        ),
        ("4x5 at 80 felt great", "4x5 at 80"),
        ("my hour is 7:30", "-"),
    ] {
        assert_eq!(told(text, "en"), expected, "{text}");
    }
    for (text, expected) in [
        ("hecho, 4x5 con 80", "4x5 at 80"),
        (
            "sentadillas 4 series de 8 con 20 kg",
            "Sentadillas 4x8 at 20 kg",
        ),
        ("hice 3x12 flexiones", "Flexiones 3x12"),
        ("plancha 3x30 segundos", "Plancha 3x30s"),
        ("mañana 4x5 con 80", "-"),
        ("me duele la rodilla, 4x5 con 80", "-"),
        ("no pude 4x5 con 80", "-"),
    ] {
        assert_eq!(told(text, "es"), expected, "{text}");
    }
    for (text, expected) in [
        ("feito, 4x5 com 80 quilos", "4x5 at 80 kg"),
        (
            "agachamentos 4 séries de 8 com 20",
            "Agachamentos 4x8 at 20",
        ),
        ("fiz 3x12 apoios", "Apoios 3x12"),
        ("amanhã 4x5 com 80", "-"),
        ("não consegui 4x5", "-"),
    ] {
        assert_eq!(told(text, "pt"), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_bounded(text in "[a-z0-9x@., ]{0,120}") {
        for work in logged(&text, exercises("en")).unwrap_or_default() {
            prop_assert!((1..=SETS_MAX).contains(&work.sets));
            prop_assert!(work.exercise.chars().count() <= EXERCISE_CHARS_MAX.max(60));
            if let Some(weight) = work.weight {
                prop_assert!(weight.hundredths <= WEIGHT_MAX);
            }
        }
    }
}
