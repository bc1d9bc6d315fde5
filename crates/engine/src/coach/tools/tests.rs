//! What a model asks for is read strictly, and told what is wrong.

use super::*;
use crate::coach::Line;
use crate::coach::turn::tests::turn;

fn call(name: &str, arguments: &str) -> ToolCall {
    ToolCall {
        id: "call_1".into(),
        name: name.into(),
        arguments: arguments.into(),
    }
}

#[test]
fn what_is_right_is_told_or_noted() {
    let turn = turn("Hm.");
    let told = |name: &str, arguments: &str| match called(&call(name, arguments), &turn) {
        Ok(Called::Told(text)) => text,
        other => panic!("{name}: {other:?}"),
    };
    assert!(told("todays_workout", "{}").contains("Squats"));
    assert_eq!(told("tomorrow", ""), "There is no workout on that day.");
    assert!(told("this_week", "{}").starts_with("Wed 18: Legs"));
    assert!(told("how_to", r#"{"exercise":"squat"}"#).starts_with("Squats: "));
    assert_eq!(
        told("harder", r#"{"exercise":"Squats"}"#),
        "Their coach wrote nothing about that."
    );
    let does = |name: &str, arguments: &str| match called(&call(name, arguments), &turn) {
        Ok(Called::Does(act, _)) => act,
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(does("hour", r#"{"hour":0}"#), Act::Hour { hour: 0 });
    assert_eq!(does("pause", "{}"), Act::Pause { until: None });
    let until = Some("2026-11-30".to_owned());
    assert_eq!(
        does("pause", r#"{"until":"2026-11-30"}"#),
        Act::Pause { until }
    );
    let arguments = r#"{"sets":[{"exercise":"squats","sets":4,"reps":5,"weight":77.5,"unit":"kg"},{"sets":3,"seconds":45}]}"#;
    let Act::LogSets { sets } = does("log_sets", arguments) else {
        panic!("no sets");
    };
    let works: Vec<_> = sets.iter().filter_map(work).collect();
    let told: Vec<String> = works
        .iter()
        .map(|work| {
            let weight = work.weight.map(|weight| weight.to_string());
            format!("{} {}x{} {weight:?}", work.exercise, work.sets, work.each)
        })
        .collect();
    assert_eq!(told, [r#"Squats 4x5 Some("77.5 kg")"#, " 3x45s None"]);
    let reason = r#"{"reason":"health"}"#;
    assert_eq!(
        called(&call("hand_to_person", reason), &turn),
        Ok(Called::HandedOver)
    );
}

#[test]
fn what_is_wrong_is_refused_with_a_sentence() {
    let turn = turn("Hm.");
    for (name, arguments, why) in [
        ("erase_member", "{}", "no such tool"),
        ("tomorrow", r#"{"day":2}"#, "unknown field"),
        ("tomorrow", "soon", "arguments are wrong"),
        ("how_to", "{}", "missing field"),
        ("how_to", r#"{"exercise":"moonwalk"}"#, "there are: Squats"),
        ("hour", r#"{"hour":24}"#, "from 0 to 23"),
        ("hour", r#"{"hour":"seven"}"#, "invalid type"),
        ("hour", r#"{"hour":7,"member":"mem_1"}"#, "unknown field"),
        ("later", r#"{"hours":0}"#, "from 1 to 12"),
        ("pause", r#"{"until":"2026-11-18"}"#, "after today"),
        ("pause", r#"{"until":"2028-01-01"}"#, "within a year"),
        ("pause", r#"{"until":"monday"}"#, "YYYY-MM-DD"),
        ("language", r#"{"language":"de"}"#, "en, es or pt"),
        ("log_sets", r#"{"sets":[]}"#, "1 to 10"),
        ("log_sets", r#"{"sets":[{"sets":3}]}"#, "reps or seconds"),
        (
            "log_sets",
            r#"{"sets":[{"sets":3,"reps":5,"seconds":5}]}"#,
            "not both",
        ),
        (
            "log_sets",
            r#"{"sets":[{"sets":99,"reps":5}]}"#,
            "1 to 50 sets",
        ),
        (
            "log_sets",
            r#"{"sets":[{"sets":3,"reps":5,"weight":-2}]}"#,
            "weight",
        ),
        (
            "log_sets",
            r#"{"sets":[{"sets":3,"reps":5,"unit":"stone"}]}"#,
            "kg or lb",
        ),
        (
            "log_sets",
            r#"{"sets":[{"sets":3,"reps":5,"exercise":"chess"}]}"#,
            "no such exercise",
        ),
        ("hand_to_person", r#"{"reason":"fun"}"#, "unknown variant"),
    ] {
        let wrong = called(&call(name, arguments), &turn).expect_err(name);
        assert!(wrong.contains(why), "{name} {arguments}: {wrong}");
    }
}

#[test]
fn every_tool_is_known_and_takes_an_object() {
    let turn = turn("Hm.");
    for tool in all() {
        assert_eq!(tool.parameters.get("type"), Some(&json!("object")));
        let unknown = Err("there is no such tool".to_owned());
        assert_ne!(
            called(&call(tool.name, "{}"), &turn),
            unknown,
            "{}",
            tool.name
        );
    }
    assert_eq!(turn.said, Vec::<Line>::new());
}
