//! Bursts as people write them.

use super::*;
use crate::coach::tests::exercises;

const TODAY: Date = jiff::civil::date(2026, 11, 25);

/// A burst with its lines apart by ` / `, as what its parts say.
fn said(burst: &str) -> Vec<String> {
    let lines: Vec<&str> = burst.split(" / ").collect();
    let exercises = exercises("en");
    let parts = parts(&lines, exercises, TODAY);
    let mut seen: Vec<usize> = parts.iter().flat_map(|part| part.lines.clone()).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..lines.len()).collect::<Vec<_>>(), "{burst}");
    let word = |part: &Part<'_>| match &part.reading {
        Reading::Topic(topic) => topic.code().to_owned(),
        Reading::Act(action) => format!("{action:?}"),
        Reading::Channel(channel) => channel.to_string(),
        Reading::Logs(work) => work
            .iter()
            .map(|work| format!("{} {}x", work.exercise, work.sets))
            .collect::<Vec<_>>()
            .join(","),
        Reading::Wish(wish) => wish.code().to_owned(),
        Reading::Intent(intent) => intent.code().to_owned(),
    };
    parts.iter().map(word).collect()
}

#[test]
fn the_lines_of_a_burst_are_read_together() {
    for (burst, expected) in [
        ("swap squats", vec!["swap"]),
        ("swap / squats?", vec!["swap"]),
        ("swap squats / please", vec!["swap"]),
        ("swap squats / pls 🙏", vec!["swap"]),
        ("hi / swap squats? / thanks", vec!["swap"]),
        ("hi / how are you?", vec!["greeting"]),
        ("thanks / 👍", vec!["thanks"]),
        ("hello / workout / please", vec!["todays_workout"]),
        ("please", vec!["unknown"]),
        ("done / this week", vec!["done", "this_week"]),
        ("this week / tomorrow?", vec!["this_week", "tomorrow"]),
        ("done! / done", vec!["done"]),
        ("pause / until monday", vec!["pause"]),
        ("squats / 4x5 at 80", vec!["Squats 4x"]),
        (
            "done / squats 4x5 at 80 / plank 3x45s",
            vec!["done", "Squats 4x", "Plank 3x"],
        ),
        (
            "skip today / see you tomorrow",
            vec!["SkipToday", "unknown"],
        ),
        ("how long is the session? / done", vec!["question", "done"]),
        (
            "what shoes do you wear? / I mean for running / on asphalt",
            vec!["question"],
        ),
        (
            "knee hurts / sorry, left one / swap squats?",
            vec!["injury"],
        ),
        ("swap squats / because my knee / hurts", vec!["injury"]),
        ("done / I want to / die", vec!["crisis"]),
        ("my back hurts / and i want to die", vec!["crisis"]),
        ("", vec!["unknown"]),
    ] {
        assert_eq!(said(burst), expected, "{burst}");
    }
}

#[test]
fn pause_until_a_day_said_after_it_knows_the_day() {
    let exercises = exercises("en");
    let parts = parts(&["pause", "until monday"], exercises, TODAY);
    let until = Some(jiff::civil::date(2026, 11, 30));
    assert_eq!(parts[0].reading, Reading::Wish(Wish::Pause { until }));
    assert_eq!(parts[0].lines, [0, 1]);
}
