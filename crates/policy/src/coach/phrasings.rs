//! What members write, as people do at six in the morning, and what it is read as: tables that a coach can read
//! (`phrasings/`), one for each language of a member.
//!
//! A row is `code | text`. Codes are those of `Reading`, of keywords and of what may be one, with what goes with them:
//! `swap Squats`, `log Squats 4x5@80kg`, `later 2`, `pause 2026-11-30` or `pause -` without an end, `hour 7`,
//! `language es`, `channel sms`, `topic injury`, `today` for today's workout. `person` is a question, or what is not
//! understood: nothing is done, and it waits for a person.

use domain::work::Work;
use jiff::civil::{Date, date};

use super::Wish;
use super::reading::{Reading, parts};
use super::tests::exercises;
use crate::choices::{Action, action};
use crate::conversation::Intent;
use crate::keywords::{Keyword, recognise};

/// A Friday.
const TODAY: Date = date(2026, 11, 27);

const TABLES: [(&str, &str); 3] = [
    ("en", include_str!("phrasings/en.txt")),
    ("es", include_str!("phrasings/es.txt")),
    ("pt", include_str!("phrasings/pt.txt")),
];

/// Said before and after anything, in the language of the table.
const POLITE: [(&str, &[(&str, &str)]); 3] = [
    (
        "en",
        &[
            ("hi coach, ", " please"),
            ("Good morning! ", ""),
            ("hey ", " pls 🙏"),
            ("please ", ""),
            ("ok ", " thanks"),
            ("", " thank you so much!"),
            ("", " lol"),
            ("sorry, ", " 😅"),
        ],
    ),
    (
        "es",
        &[
            ("hola profe, ", " por favor"),
            ("Buenos días! ", ""),
            ("buenas, ", " porfa 🙏"),
            ("ok ", " gracias"),
            ("", " muchas gracias!"),
            ("perdón, ", " jaja"),
        ],
    ),
    (
        "pt",
        &[
            ("oi, ", " por favor"),
            ("Bom dia coach! ", ""),
            ("opa ", " pfv 🙏"),
            ("blz ", " valeu"),
            ("", " muito obrigada!"),
            ("desculpa, ", " kkk"),
        ],
    ),
];

struct Row {
    language: &'static str,
    expected: &'static str,
    text: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    TABLES.into_iter().flat_map(|(language, table)| {
        let lines = table
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(move |line| {
            let (expected, text) = line.split_once(" | ").unwrap_or_else(|| panic!("{line}"));
            Row {
                language,
                expected,
                text,
            }
        })
    })
}

/// What happens to a text, on the way it takes through the engine.
fn read(text: &str, language: &str) -> String {
    let keyword = match recognise(text, None) {
        Keyword::Stop => "stop",
        Keyword::Start => "start",
        Keyword::Help => "help",
        // One of our own choices says what it means.
        Keyword::Ambiguous(why) if action(None, text).is_none() => why.code(),
        Keyword::Ambiguous(_) | Keyword::None => "",
    };
    if !keyword.is_empty() {
        return keyword.into();
    }
    let parts = parts(&[text], exercises(language), TODAY);
    let [part] = parts.as_slice() else {
        panic!("{text} has {} parts", parts.len());
    };
    let code = part.reading.code();
    match &part.reading {
        Reading::Topic(_) => format!("topic {code}"),
        Reading::Act(Action::Later { hours }) => format!("{code} {hours}"),
        Reading::Act(_) => code.into(),
        Reading::Channel(channel) => format!("{code} {channel}"),
        Reading::Logs(works) => {
            let sets: Vec<String> = works.iter().map(sets).collect();
            format!("{code} {}", sets.join(", "))
        }
        Reading::Wish(wish) => match wish {
            Wish::Exercise(_, exercise) => format!("{code} {}", exercise.name),
            Wish::Pause { until: Some(until) } => format!("{code} {until}"),
            Wish::Pause { until: None } => format!("{code} -"),
            Wish::Hour(hour) => format!("{code} {hour}"),
            Wish::Speak(language) => format!("{code} {}", language.tag()),
            Wish::Week | Wish::Tomorrow | Wish::Resume => code.into(),
        },
        Reading::Intent(intent) => match intent {
            Intent::TodaysWorkout => "today".into(),
            Intent::Question | Intent::Unknown => "person".into(),
            Intent::Greeting | Intent::Done | Intent::Ready | Intent::Thanks | Intent::Injury => {
                code.into()
            }
        },
    }
}

/// `Squats 4x5@80kg`.
fn sets(work: &Work) -> String {
    let Work {
        exercise,
        sets,
        each,
        weight,
    } = work;
    let weight = weight.map_or(String::new(), |weight| {
        format!("@{weight}").replace(' ', "")
    });
    format!("{exercise} {sets}x{each}{weight}")
        .trim()
        .to_owned()
}

#[test]
fn hundreds_of_phrasings_are_read_as_they_are_meant() {
    let wrong: Vec<String> = rows()
        .filter_map(|row| {
            let found = read(row.text, row.language);
            let Row {
                language,
                expected,
                text,
            } = row;
            (found != expected).then(|| format!("{language} {text:?}: {found}, not {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} rows: {wrong:#?}", wrong.len());
}

#[test]
fn every_language_has_its_share_of_rows_and_of_near_misses() {
    for (language, _) in TABLES {
        let of = |is: fn(&Row) -> bool| {
            rows()
                .filter(|row| row.language == language && is(row))
                .count()
        };
        assert!(of(|_| true) >= 300, "{language}");
        assert!(
            of(|row| row.expected.starts_with("per")) >= 90,
            "{language}"
        );
    }
    let mut seen = std::collections::BTreeSet::new();
    for row in rows() {
        assert!(seen.insert((row.language, row.text)), "twice: {}", row.text);
    }
}

#[test]
fn politeness_around_it_changes_nothing() {
    let mut wrong = Vec::new();
    for row in rows() {
        let has_words = row.text.contains(char::is_alphanumeric);
        let is_polite = matches!(row.expected, "thanks" | "greeting");
        let polite = POLITE
            .into_iter()
            .find(|(language, _)| *language == row.language);
        let around = polite.map_or(&[][..], |(_, around)| around);
        // Thanks beside a greeting are thanks, and “ok” beside either is no more.
        let around = around.iter().filter(|_| has_words && !is_polite);
        let said = around.map(|(before, after)| format!("{before}{}{after}", row.text));
        let said = said.chain([
            row.text.to_uppercase(),
            format!("{} 🙌", row.text),
            format!("  {}!! ", row.text),
        ]);
        for text in said {
            let found = read(&text, row.language);
            if found != row.expected {
                wrong.push(format!("{text:?}: {found}, not {}", row.expected));
            }
        }
    }
    assert!(wrong.is_empty(), "{} texts: {wrong:#?}", wrong.len());
}

#[test]
fn what_a_person_has_to_see_is_never_read_as_a_wish() {
    let table = include_str!("../safety/tests/safety.txt");
    for line in table.lines().filter(|line| line.contains(" | ")) {
        let (expected, text) = line.split_once(" | ").unwrap();
        for language in ["en", "es", "pt"] {
            let found = read(text, language);
            if expected == "-" {
                // Figures of speech may be anything that changes nothing.
                let changes = [
                    "pause",
                    "resume",
                    "hour",
                    "language",
                    "channel",
                    "skip",
                    "later",
                    "reschedule",
                    "stop",
                    "start",
                    "log",
                ];
                assert!(
                    !changes.contains(&found.split(' ').next().unwrap()),
                    "{text}: {found}"
                );
            } else if recognise(text, None) == Keyword::None {
                assert_eq!(found, format!("topic {expected}"), "{text}");
            }
        }
    }
}
