//! Tests of quiet hours over real zones.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::from_jiff(text.parse().unwrap())
}

fn usual() -> QuietHours {
    "21-8".parse().unwrap()
}

#[test]
fn the_night_is_the_members_own() {
    for (zone, now, end) in [
        ("America/Recife", "2026-11-27T23:59:59Z", None),
        (
            "America/Recife",
            "2026-11-28T00:00:00Z",
            Some("2026-11-28T11:00:00Z"),
        ),
        (
            "America/Recife",
            "2026-11-28T10:59:59Z",
            Some("2026-11-28T11:00:00Z"),
        ),
        ("America/Recife", "2026-11-28T11:00:00Z", None),
        (
            "Asia/Kathmandu",
            "2026-11-27T18:00:00Z",
            Some("2026-11-28T02:15:00Z"),
        ),
        // The night in which clocks go forward is an hour shorter.
        (
            "Europe/Berlin",
            "2026-03-28T23:30:00Z",
            Some("2026-03-29T06:00:00Z"),
        ),
        // Samoa had no 30 December 2011.
        (
            "Pacific/Apia",
            "2011-12-30T09:30:00Z",
            Some("2011-12-30T18:00:00Z"),
        ),
    ] {
        assert_eq!(
            usual().end(None, zone, None, at(now)),
            end.map(at),
            "{zone} {now}"
        );
    }
}

#[test]
fn the_hour_they_chose_is_never_quiet_and_who_rises_early_is_up() {
    let end = |chosen, now: &str| {
        usual().end(None, "UTC", Some(chosen), at(&format!("2026-11-27T{now}Z")))
    };
    assert_eq!(end(6, "05:59:00"), Some(at("2026-11-27T06:00:00Z")));
    assert_eq!(end(6, "06:00:00"), None);
    assert_eq!(end(6, "07:40:00"), None, "they are up");
    assert_eq!(end(6, "22:00:00"), Some(at("2026-11-28T06:00:00Z")));
    assert_eq!(end(22, "22:30:00"), None);
    assert_eq!(
        end(22, "23:10:00"),
        Some(at("2026-11-28T08:00:00Z")),
        "an hour later they sleep"
    );
    assert_eq!(end(0, "00:30:00"), None);
    assert_eq!(end(0, "01:30:00"), Some(at("2026-11-27T08:00:00Z")));
    assert_eq!(end(18, "21:30:00"), Some(at("2026-11-28T08:00:00Z")));
}

#[test]
fn a_country_may_have_others_or_none() {
    let quiet: QuietHours = "21-8, fr:20-10, BR:off".parse().unwrap();
    let now = at("2026-11-27T20:30:00Z");
    assert_eq!(quiet.end(Some("US"), "UTC", None, now), None);
    assert_eq!(
        quiet.end(Some("FR"), "UTC", None, now),
        Some(at("2026-11-28T10:00:00Z"))
    );
    let midnight = at("2026-11-28T00:30:00Z");
    assert_eq!(quiet.end(Some("BR"), "UTC", None, midnight), None);
    assert!(quiet.end(None, "UTC", None, midnight).is_some());
    assert!(
        quiet.end(None, "Mars/Olympus", None, midnight).is_some(),
        "an unknown zone counts as UTC"
    );
}

#[test]
fn what_is_written_is_understood_or_refused_whole() {
    for text in ["21-8", "21-8, FR:20-10, BR:off", "off", "off, US:21-8"] {
        assert_eq!(text.parse::<QuietHours>().unwrap().to_string(), text);
    }
    assert_eq!("".parse::<QuietHours>(), Ok(QuietHours::OFF));
    for text in [
        "21",
        "8-8",
        "21-24",
        "-1-8",
        "night",
        "FRA:21-8",
        "F1:21-8",
        "FR",
        "FR:",
        "21:00-8:00",
    ] {
        assert!(text.parse::<QuietHours>().is_err(), "{text}");
    }
}

#[test]
fn answers_codes_and_what_is_urgent_do_not_wait() {
    for kind in Kind::ALL {
        assert!(!keeps(*kind, true), "{kind}");
    }
    for kind in [
        Kind::ChatReply,
        Kind::KeywordReply,
        Kind::LoginCode,
        Kind::Welcome,
        Kind::System,
    ] {
        assert!(!keeps(kind, false), "{kind}");
    }
    for kind in [Kind::DailyWorkout, Kind::Broadcast, Kind::Knock] {
        assert!(keeps(kind, false), "{kind}");
    }
}

proptest! {
    #[test]
    fn when_it_ends_it_is_quiet_no_more_and_until_then_it_is(
        seconds in 1_600_000_000_i64..2_000_000_000,
        from in 0_u8..24,
        until in 0_u8..24,
        chosen in proptest::option::of(0_u8..24),
        which in 0_usize..6,
        between in 0.0_f64..1.0,
    ) {
        prop_assume!(from != until);
        let name = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "America/Nuuk",
            "Australia/Lord_Howe"][which];
        let quiet: QuietHours = format!("{from}-{until}").parse().unwrap();
        let now = Timestamp::from_seconds(seconds);
        if let Some(end) = quiet.end(None, name, chosen, now) {
            prop_assert!(end > now);
            prop_assert_eq!(quiet.end(None, name, chosen, end), None);
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a point on the way")]
            let inside = now.as_micros() + ((end.as_micros() - now.as_micros() - 1) as f64 * between) as i64;
            prop_assert!(quiet.end(None, name, chosen, Timestamp::from_micros(inside)).is_some());
        }
    }
}
