//! Reading what coaches write, and saying what is wrong.

use super::super::{AtEnd, Days, Part};
use super::*;
use proptest::prelude::*;

const FRONT: &str = "+++\nname = \"Legs\"\nsummary = \"Only legs.\"\n+++\n";

fn files(languages: &[(&str, String)]) -> BTreeMap<String, String> {
    languages
        .iter()
        .map(|(language, text)| ((*language).to_owned(), text.clone()))
        .collect()
}

fn english(body: &str) -> Reading {
    read("legs", &files(&[("en", format!("{FRONT}{body}"))]))
}

/// What is said of a body, without what every finding says anyway.
fn said(body: &str) -> Vec<(Rule, Option<usize>)> {
    english(body)
        .findings
        .iter()
        .map(|found| (found.rule, found.line))
        .collect()
}

#[test]
fn a_programme_is_what_its_file_says() {
    let text = "+++\nname = \"Beine\"\nsummary = \"Nur Beine.\"\ndays = \"of the week\"\nat_end = \"repeat\"\n+++\n\
        ## Woche 1-2\n### Tag 1: Unten\n![](https://example.org/a.jpg)\nWarm.\nDann:\n\n- 10 Beugen\n- 5 Schritte\n\nRuhe.\n\n> Knie!\n\
        ## Woche 3\n### Tag 7: Oben\nGehen.\n\
        ## Übungen\n### Beugen\nTief.\n- also: Beuge, Squat\n- instead: Brücke\n- easier: Stuhl\n- harder: Pause\n";
    let Reading {
        programme,
        findings,
    } = read("beine", &files(&[("de", text.to_owned())]));
    assert_eq!(findings, []);
    let programme = programme.unwrap();
    assert_eq!(
        (programme.days, programme.at_end),
        (Days::OfTheWeek, AtEnd::Repeat)
    );
    let (language, course) = programme.course("pt-BR").unwrap();
    assert_eq!(
        (language, course.name.as_str(), course.weeks.len()),
        ("de", "Beine", 3)
    );
    assert_eq!(course.session(1, 1), course.session(2, 1));
    let session = course.session(1, 1).unwrap();
    assert_eq!(session.title, "Unten");
    assert_eq!(session.media.as_deref(), Some("https://example.org/a.jpg"));
    assert_eq!(
        session.parts,
        [
            Part::Paragraph("Warm.\nDann:".into()),
            Part::List(vec!["10 Beugen".into(), "5 Schritte".into()]),
            Part::Paragraph("Ruhe.".into()),
            Part::Note("Knie!".into()),
        ]
    );
    assert_eq!(
        (course.session(3, 1), course.session(3, 7).is_some()),
        (None, true)
    );
    let exercise = course.exercises.first().unwrap();
    assert_eq!(
        (exercise.name.as_str(), exercise.how.as_str()),
        ("Beugen", "Tief.")
    );
    assert_eq!(exercise.also, ["Beuge", "Squat"]);
    assert_eq!(exercise.instead.as_deref(), Some("Brücke"));
    assert_eq!(exercise.easier.as_deref(), Some("Stuhl"));
    assert_eq!(exercise.harder.as_deref(), Some("Pause"));
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (body, expected) in [
        ("", vec![(Rule::Weeks, None)]),
        ("## Week 2\n### Day 1: A\nx\n", vec![(Rule::Weeks, None)]),
        (
            "## Week 1\n### Day 1: A\nx\n## Week 1\n### Day 2: B\nx\n",
            vec![(Rule::Weeks, Some(8))],
        ),
        (
            "## Week 1\n### Day 1: A\nx\n### Day 1: B\nx\n",
            vec![(Rule::Days, Some(8))],
        ),
        ("## Week 1\n### Day 8: A\nx\n", vec![(Rule::Days, Some(6))]),
        ("## Week 1\n### Legs\nx\n", vec![(Rule::Heading, Some(6))]),
        (
            "# Week 1\n",
            vec![(Rule::Heading, Some(5)), (Rule::Weeks, None)],
        ),
        (
            "## Week 1\nx\n### Day 1: A\nx\n",
            vec![(Rule::Stray, Some(6))],
        ),
        ("## Week 1\n### Day 1: A\n", vec![(Rule::Empty, Some(6))]),
        ("## Week 1\n### Day 1\nx\n", vec![(Rule::Empty, Some(6))]),
        (
            "## Week 1\n### Day 1: A\nx\n## Exercises\n### Squat\n",
            vec![(Rule::Empty, Some(9))],
        ),
        (
            "## Week 1\n### Day 1: A\n![](http://example.org)\nx\n",
            vec![(Rule::Media, Some(7))],
        ),
        (
            "## Week 1\n### Day 1: A\n**x**\n",
            vec![(Rule::Markup, Some(7))],
        ),
        (
            "## Week 61\n### Day 1: A\nx\n",
            vec![(Rule::TooLarge, Some(5)), (Rule::Weeks, None)],
        ),
        (
            "## Week 1\n### Day 1: A\n10 × x\n",
            vec![(Rule::Characters, None)],
        ),
    ] {
        assert_eq!(said(body), expected, "{body}");
    }
    let long = format!("## Week 1\n### Day 1: A\n{}\n", "x ".repeat(300));
    assert_eq!(said(&long), [(Rule::Segments, None)]);
}

#[test]
fn what_costs_more_may_be_used_and_what_is_wrong_may_not() {
    assert!(
        english("## Week 1\n### Day 1: A\n10 × x\n")
            .programme
            .is_some()
    );
    assert!(english("## Week 1\n### Day 8: A\nx\n").programme.is_none());
    let said = english("## Week 1\n### Day 8: A\nx\n")
        .findings
        .first()
        .unwrap()
        .to_string();
    assert_eq!(
        said,
        "en.md, line 6: “Day 8” is written twice, or is not 1 to 7"
    );
}

#[test]
fn the_front_matter_is_asked_for_by_name() {
    for (text, about) in [
        ("", "The beginning"),
        ("# Hello\n", "The beginning"),
        ("+++\nname = \"A\"\n", "The end"),
        ("+++\nname = 1\n+++\n", "`name`"),
        ("+++\nname = \"A\"\n+++\n", "`summary`"),
        (
            "+++\nname = \"A\"\nsummary = \"B\"\ncolour = 1\n+++\n",
            "`colour`",
        ),
        (
            "+++\nname = \"A\"\nsummary = \"B\"\ndays = \"odd\"\n+++\n",
            "`days`",
        ),
        ("+++\nname = \"A\nsummary\n+++\n", "The front matter ("),
    ] {
        let reading = read("a", &files(&[("en", text.to_owned())]));
        let found = reading.findings.first().unwrap();
        assert_eq!(found.rule, Rule::FrontMatter, "{text}");
        assert!(found.about.starts_with(about), "{}", found.about);
        assert_eq!(reading.programme, None);
    }
}

#[test]
fn languages_have_to_agree() {
    let one = format!("{FRONT}## Week 1\n### Day 1: A\nx\n");
    let rules = |other: String| {
        let found = read("a", &files(&[("en", one.clone()), ("es", other)])).findings;
        found
            .iter()
            .map(|found| (found.language.clone(), found.rule))
            .collect::<Vec<_>>()
    };
    assert_eq!(rules(format!("{FRONT}## Semana 1\n### Dia 1: B\ny\n")), []);
    assert_eq!(
        rules(format!("{FRONT}## Semana 1\n### Dia 2: B\ny\n")),
        [
            ("es".to_owned(), Rule::Unlike),
            ("es".to_owned(), Rule::Unlike)
        ]
    );
    let weeks = format!("{FRONT}## Semana 1-2\n### Dia 1: B\ny\n");
    assert_eq!(rules(weeks), [("es".to_owned(), Rule::Unlike)]);
    let repeats = "+++\nname = \"A\"\nsummary = \"B\"\nat_end = \"repeat\"\n+++\n## Semana 1\n### Dia 1: B\ny\n";
    assert_eq!(rules(repeats.to_owned()), []);
}

#[test]
fn names_are_names() {
    let one = format!("{FRONT}## Week 1\n### Day 1: A\nx\n");
    for slug in ["", "Legs", "legs day", "-legs", "legs-", &"x".repeat(61)] {
        assert_eq!(
            read(slug, &files(&[("en", one.clone())])).programme,
            None,
            "{slug}"
        );
    }
    assert_eq!(read("legs", &files(&[])).programme, None);
    assert_eq!(read("legs", &files(&[("EN", one.clone())])).programme, None);
    assert_eq!(
        read("legs", &files(&[("en", "x".repeat(BYTES_MAX + 1))])).programme,
        None
    );
}

proptest! {
    #[test]
    fn no_text_does_harm(text in "(\\+\\+\\+|#{1,3}|Week 1|Day [0-9]:|>|- |!\\[\\]\\(|\\)|\\PC{0,8}|\n){0,60}") {
        let reading = english(&text);
        prop_assert_eq!(reading.programme.is_none(), reading.findings.iter().any(|one| one.rule.severity() == Severity::Error));
        for found in reading.findings {
            prop_assert!(!found.to_string().is_empty());
        }
    }
}
