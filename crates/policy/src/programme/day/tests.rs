//! Which day it is, with holidays.

use super::super::read::read;
use super::*;
use jiff::ToSpan as _;
use jiff::civil::date;
use proptest::prelude::*;

/// Two weeks; sessions on days 1 and 3 of the first, on day 1 of the second.
fn programme(front: &str) -> Programme {
    let text = format!(
        "+++\nname = \"A\"\nsummary = \"B\"\n{front}+++\n## Week 1\n### Day 1: One\nx\n### Day 3: Three\nx\n## Week 2\n### Day 1: Eight\nx\n"
    );
    let reading = read("a", &[("en".to_owned(), text)].into());
    reading.programme.expect("a programme")
}

/// A Thursday.
const START: Date = date(2026, 11, 26);

fn began(pauses: &[(i32, Option<i32>)]) -> Enrolment {
    let day = |n: i32| START + n.days();
    let pauses = pauses.iter().map(|(from, until)| Pause {
        from: day(*from),
        until: until.map(day),
    });
    Enrolment {
        started_on: START,
        pauses: pauses.collect(),
    }
}

fn days(programme: &Programme, enrolment: &Enrolment, count: i32) -> Vec<String> {
    let word = |day| match day {
        DayOf::NotBegun => "not begun".to_owned(),
        DayOf::Paused { .. } => "paused".to_owned(),
        DayOf::Session { week, day } => format!("{week}.{day}"),
        DayOf::Rest { .. } => "rest".to_owned(),
        DayOf::Finished => "finished".to_owned(),
    };
    (-1..count)
        .map(|n| word(day_of(programme, enrolment, START + n.days())))
        .collect()
}

#[test]
fn counted_days_begin_with_the_member() {
    assert_eq!(
        days(&programme(""), &began(&[]), 16),
        [
            "not begun",
            "1.1",
            "rest",
            "1.3",
            "rest",
            "rest",
            "rest",
            "rest",
            "2.1",
            "rest",
            "rest",
            "rest",
            "rest",
            "rest",
            "rest",
            "finished",
            "finished"
        ]
    );
}

#[test]
fn days_of_the_week_stay_what_they_are() {
    // Thursday to Sunday are the rest of the first week; the Monday after it is the second week's.
    let repeats = programme("days = \"of the week\"\nat_end = \"repeat\"\n");
    assert_eq!(
        days(&repeats, &began(&[]), 12),
        [
            "not begun",
            "rest",
            "rest",
            "rest",
            "rest",
            "2.1",
            "rest",
            "rest",
            "rest",
            "rest",
            "rest",
            "rest",
            "1.1"
        ]
    );
}

#[test]
fn a_holiday_loses_nothing() {
    let counted = programme("");
    assert_eq!(
        days(&counted, &began(&[(1, Some(4))]), 7),
        [
            "not begun",
            "1.1",
            "paused",
            "paused",
            "paused",
            "rest",
            "1.3",
            "rest"
        ]
    );
    assert_eq!(
        days(&counted, &began(&[(1, None)]), 4),
        ["not begun", "1.1", "paused", "paused", "paused"]
    );
}

#[test]
fn only_whole_weeks_of_a_holiday_are_made_up_for_where_days_are_those_of_the_week() {
    let week = programme("days = \"of the week\"\n");
    // Five days off over the Monday of the second week: it is gone.
    let short = days(&week, &began(&[(3, Some(8))]), 12);
    assert_eq!(short.last().map(String::as_str), Some("finished"));
    // Seven days off: that Monday comes a week later.
    let long = days(&week, &began(&[(1, Some(8))]), 12);
    assert_eq!(long.last().map(String::as_str), Some("2.1"));
}

#[test]
fn a_day_in_two_holidays_counts_once() {
    let one = began(&[(1, Some(5))]);
    let two = began(&[(2, Some(5)), (1, Some(4))]);
    let counted = programme("");
    assert_eq!(days(&counted, &one, 20), days(&counted, &two, 20));
}

proptest! {
    #[test]
    fn whatever_the_holidays_every_session_comes_once_and_in_order(
        pauses in proptest::collection::vec((0_i32..40, 0_i32..20), 0..4)
    ) {
        let pauses: Vec<_> = pauses.into_iter().map(|(from, long)| (from, Some(from + long))).collect();
        let seen: Vec<_> = days(&programme(""), &began(&pauses), 120)
            .into_iter()
            .filter(|day| day.contains('.'))
            .collect();
        prop_assert_eq!(seen, ["1.1", "1.3", "2.1"]);
    }
}
