//! Tests of schedules over real zones and their odd days.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::from_jiff(text.parse().unwrap())
}

fn due_at(zone_name: &str, hour: u8, day: Date) -> Option<Timestamp> {
    let zone = zone(zone_name).unwrap();
    occurrence(Recurrence::Daily { hour }, &zone, day).map(|one| one.due_at)
}

#[test]
fn the_hour_is_that_of_the_members_wall_clock() {
    for (zone, hour, day, expected) in [
        (
            "Europe/Berlin",
            7,
            date(2026, 1, 15),
            "2026-01-15T06:00:00Z",
        ),
        (
            "Europe/Berlin",
            7,
            date(2026, 7, 15),
            "2026-07-15T05:00:00Z",
        ),
        (
            "America/Los_Angeles",
            20,
            date(2026, 1, 15),
            "2026-01-16T04:00:00Z",
        ),
        (
            "Pacific/Kiritimati",
            6,
            date(2026, 1, 15),
            "2026-01-14T16:00:00Z",
        ),
        (
            "Pacific/Pago_Pago",
            6,
            date(2026, 1, 15),
            "2026-01-15T17:00:00Z",
        ),
        (
            "Asia/Kathmandu",
            0,
            date(2026, 1, 15),
            "2026-01-14T18:15:00Z",
        ),
        (
            "Australia/Lord_Howe",
            8,
            date(2026, 1, 15),
            "2026-01-14T21:00:00Z",
        ),
    ] {
        assert_eq!(due_at(zone, hour, day), Some(at(expected)), "{zone} {hour}");
    }
}

#[test]
fn in_a_gap_it_is_due_at_the_first_instant_after_it() {
    for (zone, hour, day, expected) in [
        // 02:00 to 03:00 does not exist.
        (
            "America/New_York",
            2,
            date(2026, 3, 8),
            "2026-03-08T07:00:00Z",
        ),
        (
            "Europe/Lisbon",
            1,
            date(2026, 3, 29),
            "2026-03-29T01:00:00Z",
        ),
        // Midnight itself does not exist: the day begins at 01:00.
        ("Asia/Beirut", 0, date(2026, 3, 29), "2026-03-28T22:00:00Z"),
        // The gap swallows midnight: 23:00 of the 28th is due as the 29th begins.
        (
            "America/Nuuk",
            23,
            date(2026, 3, 28),
            "2026-03-29T01:00:00Z",
        ),
        // Half an hour is left out, from 02:00 to 02:30.
        (
            "Australia/Lord_Howe",
            2,
            date(2026, 10, 4),
            "2026-10-03T15:30:00Z",
        ),
    ] {
        assert_eq!(due_at(zone, hour, day), Some(at(expected)), "{zone} {hour}");
    }
}

#[test]
fn in_an_overlap_it_is_due_the_first_time() {
    for (zone, hour, day, expected) in [
        (
            "America/New_York",
            1,
            date(2026, 11, 1),
            "2026-11-01T05:00:00Z",
        ),
        (
            "Europe/Berlin",
            2,
            date(2026, 10, 25),
            "2026-10-25T00:00:00Z",
        ),
    ] {
        assert_eq!(due_at(zone, hour, day), Some(at(expected)), "{zone} {hour}");
    }
}

#[test]
fn a_date_that_does_not_exist_has_no_occurrence() {
    assert_eq!(due_at("Pacific/Apia", 7, date(2011, 12, 30)), None);
    assert!(due_at("Pacific/Apia", 7, date(2011, 12, 31)).is_some());
}

#[test]
fn it_is_due_for_four_hours_and_on_its_own_date_only() {
    let zone = zone("Europe/Berlin").unwrap();
    let evening = Recurrence::Daily { hour: 21 };
    let due = |now: &str| {
        outlook(evening, &zone, at(now), None)
            .due
            .map(|one| one.date)
    };
    assert_eq!(due("2026-01-15T19:59:59Z"), None);
    assert_eq!(due("2026-01-15T20:00:00Z"), Some(date(2026, 1, 15)));
    assert_eq!(due("2026-01-15T22:59:59Z"), Some(date(2026, 1, 15)));
    assert_eq!(
        due("2026-01-15T23:00:00Z"),
        None,
        "midnight in Berlin ends the day"
    );
    let morning = Recurrence::Daily { hour: 6 };
    let due = |now: &str| outlook(morning, &zone, at(now), None).due.is_some();
    assert!(due("2026-01-15T09:00:00Z"));
    assert!(!due("2026-01-15T09:00:01Z"));
}

#[test]
fn the_weekly_question_comes_on_the_local_sunday() {
    for (name, now, expected) in [
        ("America/Los_Angeles", "2026-11-23T00:30:00Z", None),
        (
            "America/Los_Angeles",
            "2026-11-23T01:00:00Z",
            Some(date(2026, 11, 22)),
        ),
        (
            "Pacific/Auckland",
            "2026-11-22T04:00:00Z",
            Some(date(2026, 11, 22)),
        ),
        ("Pacific/Auckland", "2026-11-22T17:00:00Z", None),
    ] {
        let zone = zone(name).unwrap();
        let found = outlook(Recurrence::Weekly, &zone, at(now), None);
        assert_eq!(found.due.map(|one| one.date), expected, "{name} {now}");
        assert_eq!(found.next.unwrap().date.weekday(), Weekday::Sunday);
    }
}

#[test]
fn moving_west_or_choosing_an_earlier_hour_does_not_bring_a_second_one_within_twelve_hours() {
    let zone = zone("UTC").unwrap();
    let last = at("2026-01-14T22:00:00Z");
    let found = outlook(
        Recurrence::Daily { hour: 6 },
        &zone,
        at("2026-01-15T06:10:00Z"),
        Some(last),
    );
    assert_eq!(found.due, None);
    assert_eq!(found.next.unwrap().due_at, at("2026-01-16T06:00:00Z"));
}

#[test]
fn downtime_lists_what_was_missed() {
    let zone = zone("America/Sao_Paulo").unwrap();
    let daily = Recurrence::Daily { hour: 7 };
    let missed = between(
        daily,
        &zone,
        at("2026-01-10T10:00:00Z"),
        at("2026-01-13T12:00:00Z"),
    );
    let dates: Vec<_> = missed.iter().map(|one| one.date).collect();
    assert_eq!(
        dates,
        [date(2026, 1, 11), date(2026, 1, 12), date(2026, 1, 13)]
    );
    let all = between(
        daily,
        &zone,
        at("2020-01-01T00:00:00Z"),
        at("2026-01-13T12:00:00Z"),
    );
    assert_eq!(all.len(), MISSED_MAX);
    assert_eq!(all.last().unwrap().date, date(2026, 1, 13));
}

#[test]
fn an_unknown_zone_is_named() {
    let error = zone("Mars/Olympus").unwrap_err();
    assert!(error.to_string().contains("Mars/Olympus"));
}

/// Every distinct zone there is, every day of three years, four hours: once a date, never early,
/// growing, and never closer than 22 h.
#[test]
fn every_zone_has_one_occurrence_a_date() {
    let (first, end) = (date(2025, 1, 1), date(2028, 1, 1));
    let mut seen = std::collections::HashSet::new();
    for name in jiff::tz::db().available() {
        let name = name.as_str();
        let zone = zone(name).unwrap();
        let start = zone.to_timestamp(first.at(0, 0, 0, 0)).unwrap();
        let changes: Vec<_> = zone
            .following(start)
            .take_while(|change| zone.to_datetime(change.timestamp()).date() < end)
            .map(|change| (change.timestamp(), change.offset()))
            .collect();
        if !seen.insert((zone.to_offset(start), changes)) {
            continue;
        }
        for hour in [0, 2, 12, 23] {
            let mut day = first;
            let mut last: Option<Timestamp> = None;
            while day < end {
                let found = occurrence(Recurrence::Daily { hour }, &zone, day)
                    .unwrap_or_else(|| panic!("{name} has no {day}"));
                let wall = zone.to_datetime(found.due_at.to_jiff());
                let early = day.at(i8::try_from(hour).unwrap(), 0, 0, 0);
                let late = day.tomorrow().unwrap().at(0, 0, 0, 0);
                assert!((early..=late).contains(&wall), "{name} {day} is at {wall}");
                let then = outlook(Recurrence::Daily { hour }, &zone, found.due_at, None);
                assert_eq!(then.due, Some(found), "{name} {day}");
                if let Some(last) = last {
                    let apart = found.due_at.since(last);
                    assert!(
                        apart >= Seconds::new(22 * 3600),
                        "{name} {day}: {apart:?} apart"
                    );
                }
                last = Some(found.due_at);
                day = day.tomorrow().unwrap();
            }
        }
    }
}

proptest! {
    #[test]
    fn next_is_after_now_and_is_then_due(
        seconds in 1_600_000_000_i64..2_000_000_000,
        hour in 0_u8..24,
        which in 0_usize..8,
    ) {
        let name = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "Africa/Cairo",
            "America/St_Johns", "Asia/Tehran", "Pacific/Apia"][which];
        let zone = zone(name).unwrap();
        let now = Timestamp::from_seconds(seconds);
        for recurrence in [Recurrence::Daily { hour }, Recurrence::Weekly] {
            let next = outlook(recurrence, &zone, now, None).next.unwrap();
            prop_assert!(next.due_at > now);
            let then = outlook(recurrence, &zone, next.due_at, None);
            prop_assert_eq!(then.due, Some(next));
            prop_assert!(between(recurrence, &zone, now, next.due_at).ends_with(&[next]));
        }
    }
}
