//! How legs are named.

use domain::{Content, Kind, MemberId, QueueName};

use super::*;

fn message(occasion: Option<String>) -> NewMessage {
    NewMessage {
        id: MessageId::from_bytes([7; 16]),
        member: MemberId::from_bytes([8; 16]),
        kind: Kind::DailyWorkout,
        queue: QueueName::default(),
        channel: None,
        critical: false,
        content: Content::text_only("10 squats").unwrap(),
        not_before: None,
        expires_at: None,
        in_reply_to: None,
        occasion,
        knocks_for: None,
        attempts_max: 5,
    }
}

#[test]
fn a_leg_names_its_chain_and_its_number() {
    let first = Leg::of(&message(Some("daily_workout:2026-11-22".into())));
    assert_eq!(first, Leg::of(&message(None)));
    assert_eq!((first.root, first.number), (message(None).id, 1));
    for number in 2..=LEGS_MAX {
        let root = MessageId::from_bytes([9; 16]);
        let leg = Leg { root, number };
        assert_eq!(Leg::of(&message(Some(leg.occasion()))), leg);
    }
    let odd = ["leg:", "leg::", "leg:2", "leg:nobody:2", "knock:2"];
    for odd in odd {
        assert_eq!(Leg::of(&message(Some(odd.into()))), first, "{odd}");
    }
}
