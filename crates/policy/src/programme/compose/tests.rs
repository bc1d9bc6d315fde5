//! The message of a day.

use super::*;
use domain::segments::Encoding;

fn session(words: &str, note: &str) -> Session {
    Session {
        title: "Legs".into(),
        parts: vec![
            Part::Paragraph(words.into()),
            Part::List(vec!["15 squats".into(), "10 lunges".into()]),
            Part::Note(note.into()),
        ],
        media: None,
    }
}

fn ana(position: Option<(usize, usize)>) -> Whose<'static> {
    Whose {
        name: "Ana Souza",
        language: "en",
        position,
    }
}

#[test]
fn a_day_greets_says_what_to_do_and_how_to_say_that_it_is_done() {
    assert_eq!(
        message(&session("3 rounds:", "Knees out."), &ana(Some((2, 3)))),
        "Hi, Ana! Week 2, day 3.\nLegs.\n3 rounds:\n- 15 squats\n- 10 lunges\nKnees out.\nReply DONE when you finish!"
    );
}

#[test]
fn a_greeting_never_costs_a_segment() {
    let words = "x"
        .repeat(160 - "Legs.\n\n- 15 squats\n- 10 lunges\nEnd.\nReply DONE when you finish!".len());
    let text = message(&session(&words, "End."), &ana(None));
    assert!(text.starts_with("Legs."), "{text}");
    assert_eq!(segments(&text, false).count, 1);
    // A name outside GSM-7 would make all of it dear.
    let kenji = Whose {
        name: "健二",
        language: "en",
        position: None,
    };
    let text = message(&session("3 rounds:", "Knees out."), &kenji);
    assert_eq!(segments(&text, false).encoding, Encoding::Gsm7);
}

#[test]
fn remarks_go_when_there_are_too_many_segments() {
    let long = session(&"x".repeat(380), &"A remark. ".repeat(10));
    let text = message(&long, &ana(None));
    assert!(
        !text.contains("remark") && text.contains("Reply DONE"),
        "{text}"
    );
    assert_eq!(segments(&text, false).count, 3);
}
