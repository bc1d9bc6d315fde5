//! When another channel takes over.

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

fn looked_at(rule: Rule, status: DeliveryStatus, place: Option<PlaceState>, ago: u32) -> Next {
    let watched = Watched {
        kind: Kind::DailyWorkout,
        rule,
        status,
        place,
        begun_at: Some(NOW - Seconds::new(ago)),
    };
    next(&watched, NOW)
}

#[test]
fn silence_counts_from_the_request_and_only_where_the_kind_says_so() {
    let patient = Rule::After(Seconds::new(600));
    let sent = |rule, ago| looked_at(rule, DeliveryStatus::Sent, None, ago);
    assert_eq!(sent(patient, 600), Next::Leg(Why::Silence));
    assert_eq!(sent(patient, 599), Next::Look(NOW + Seconds::new(1)));
    assert_eq!(sent(Rule::OnFailure, 86_400), Next::Done);
    assert_eq!(sent(Rule::Never, 86_400), Next::Done);
}

#[test]
fn what_arrived_or_was_not_to_be_sent_is_left_alone() {
    for status in DeliveryStatus::ALL {
        let left = matches!(
            status,
            DeliveryStatus::Delivered
                | DeliveryStatus::Read
                | DeliveryStatus::Played
                | DeliveryStatus::Suppressed
                | DeliveryStatus::Cancelled
                | DeliveryStatus::Expired
        );
        let rule = Rule::After(Seconds::new(1));
        for place in [None, Some(PlaceState::Held)] {
            let next = looked_at(rule, *status, place, 600);
            if left {
                assert_eq!(next, Next::Done, "{status}");
            }
        }
    }
}

#[test]
fn a_failure_starts_the_next_leg_once_nothing_more_is_tried_here() {
    for rule in [Rule::OnFailure, Rule::After(Seconds::new(600))] {
        for status in [DeliveryStatus::Failed, DeliveryStatus::Undelivered] {
            assert_eq!(looked_at(rule, status, None, 1), Next::Leg(Why::Failed));
            let waits = looked_at(rule, status, Some(PlaceState::Waiting), 1);
            assert!(matches!(waits, Next::Look(_)));
        }
    }
}

#[test]
fn what_may_have_arrived_is_said_again_only_by_kinds_that_would_repeat_it() {
    let ended = |kind| {
        let watched = Watched {
            kind,
            rule: Rule::OnFailure,
            status: DeliveryStatus::Unconfirmed,
            place: None,
            begun_at: None,
        };
        next(&watched, NOW)
    };
    assert_eq!(ended(Kind::DailyWorkout), Next::Leg(Why::Unconfirmed));
    assert_eq!(ended(Kind::System), Next::Done);
    let place = Some(PlaceState::Unconfirmed);
    let waits = looked_at(Rule::OnFailure, DeliveryStatus::Unconfirmed, place, 600);
    assert!(
        matches!(waits, Next::Look(_)),
        "the quiet period is not over"
    );
}

#[test]
fn urgent_messages_are_impatient_and_some_kinds_never_go_on() {
    let rules = Rules::default();
    let five = Rule::After(Seconds::new(300));
    assert_eq!(rules.of(Kind::Broadcast, false), Rule::Never);
    assert_eq!(rules.of(Kind::Broadcast, true), five);
    assert_eq!(rules.of(Kind::ChatReply, false), Rule::Never);
    assert_eq!(rules.of(Kind::System, false), Rule::OnFailure);
    for kind in [Kind::KeywordReply, Kind::Knock] {
        assert_eq!(rules.of(kind, true), Rule::Never);
    }
}

#[test]
fn rules_are_read_from_a_setting_and_faults_are_named() {
    let rules: Rules = "critical=60, broadcast = failure,daily_workout=never,weekly_checkin=90"
        .parse()
        .unwrap();
    assert_eq!(rules.of(Kind::System, true), Rule::After(Seconds::new(60)));
    assert_eq!(rules.of(Kind::Broadcast, false), Rule::OnFailure);
    assert_eq!(rules.of(Kind::DailyWorkout, false), Rule::Never);
    assert_eq!(
        rules.of(Kind::WeeklyCheckin, false),
        Rule::After(Seconds::new(90))
    );
    assert_eq!("".parse::<Rules>().unwrap(), Rules::default());
    for wrong in [
        "daily_workout",
        "daily_workout=0",
        "knock=60",
        "lunch=60",
        "critical=never",
        "system=-1",
    ] {
        let error = wrong.parse::<Rules>().unwrap_err();
        assert!(error.to_string().contains(wrong), "{error}");
    }
}

#[test]
fn why_another_one_followed_is_told_by_what_was_known_then() {
    let at = Timestamp::from_seconds;
    let because =
        |status, failed_at: Option<i64>| followed_because(status, failed_at.map(at), at(100));
    assert_eq!(because(DeliveryStatus::Failed, Some(99)), Why::Failed);
    assert_eq!(
        because(DeliveryStatus::Undelivered, Some(101)),
        Why::Silence
    );
    assert_eq!(because(DeliveryStatus::Sent, None), Why::Silence);
    assert_eq!(
        because(DeliveryStatus::Delivered, None),
        Why::Silence,
        "it came late"
    );
    assert_eq!(because(DeliveryStatus::Unconfirmed, None), Why::Unconfirmed);
}
