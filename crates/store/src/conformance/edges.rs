//! Values at the edges of what a database can hold, and beyond: both stores take them, and answer alike.

use domain::{Channel, DeliveryStatus, Direction, ErrorClass, Kind, Timestamp};

use super::acts::error;
use super::world::World;
use crate::lane::{Seq, Shards};
use crate::ops::{
    Accept, AcceptAnswer, Outcome, RecordInbound, RecordInboundAnswer, SetSwitch, SettleAnswer,
};
use crate::questions::{
    AttemptsAfter, ConsentsOf, DueMembers, EventsAfter, FactsOf, Members, Messages, Places,
    ReceiptsAfter, Switches, Unanswered, WindowsOf,
};
use crate::records::{Idempotency, InboundEffects, MessageRecord, NewInbound};

async fn records(w: &World, inbound: NewInbound) {
    let record = RecordInbound {
        inbound,
        effects: InboundEffects::default(),
    };
    let answer = w.submit(record).await;
    assert!(matches!(answer, RecordInboundAnswer::Recorded { .. }));
}

async fn only_inbound(w: &World) -> MessageRecord {
    let mut found = w
        .ask(Messages {
            direction: Some(Direction::Inbound),
            limit: 10,
            ..Messages::default()
        })
        .await;
    assert_eq!(found.len(), 1);
    found.remove(0)
}

pub(super) async fn a_nul_in_a_text_fails_nothing(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut inbound = w.inbound(&ana, Channel::Sms, "five\0sets");
    inbound.button = Some("done\0".into());
    inbound.metadata = r#"{"profile_name":"A\u0000na","path":"C:\\u0000"}"#.into();
    inbound.provider_message_id = "SM\0".into();
    records(&w, inbound).await;
    // A database may keep it or replace it by the sign for what cannot be shown.
    let text = only_inbound(&w).await.text;
    assert_eq!(text.as_str().replace('\0', "\u{fffd}"), "five\u{fffd}sets");
    let (accepted, attempt) = w.sent(&ana, "SM1").await;
    let mut receipt = w.receipt_of(attempt, DeliveryStatus::Delivered);
    receipt.word = "deli\0vered".into();
    w.submit(receipt).await;
    let detail = w.detail(accepted.id).await;
    assert_eq!(detail.record.status, DeliveryStatus::Delivered);
    assert_eq!(detail.receipts.len(), 1);
    w
}

pub(super) async fn the_largest_numbers_are_kept(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut message = w.message(&ana, Kind::System);
    message.attempts_max = u8::MAX;
    let accepted = w.accept(message).await;
    let attempt = w.begin(accepted, &ana).await;
    let outcome = Outcome::Accepted {
        provider_message_id: "SM1".into(),
        status: DeliveryStatus::Accepted,
        segments: Some(u16::MAX),
        lane_waits_until: w.after(600),
    };
    let settled = w.settle(accepted.seq, attempt, outcome).await;
    assert_eq!(settled, SettleAnswer::Settled(DeliveryStatus::Accepted));
    let mut receipt = w.receipt_of(attempt, DeliveryStatus::Failed);
    receipt.error = Some(error(u32::MAX, ErrorClass::InvalidNumber));
    w.submit(receipt).await;
    let detail = w.detail(accepted.id).await;
    assert_eq!(detail.attempts[0].segments, Some(u16::MAX));
    assert_eq!(detail.record.error_code, Some(u32::MAX));
    let attempts = w.ask(AttemptsAfter { after: 0, limit: 9 }).await;
    assert_eq!(attempts[0].error_code, Some(u32::MAX));
    let receipts = w.ask(ReceiptsAfter { after: 0, limit: 9 }).await;
    assert_eq!(receipts[0].error_code, Some(u32::MAX));
    w
}

pub(super) async fn instants_far_away_are_kept(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    // The last microsecond anybody can write down, and one before 1970.
    let last = Timestamp::from_micros(253_402_207_200_999_999);
    for at in [last, Timestamp::from_micros(-1), Timestamp::EPOCH] {
        let mut message = w.message(&ana, Kind::System);
        message.not_before = Some(at);
        message.expires_at = Some(at);
        let accepted = w.accept(message).await;
        let record = w.detail(accepted.id).await.record;
        assert_eq!(record.not_before, Some(at));
        assert_eq!(record.expires_at, Some(at));
        assert_eq!(record.due, Some(at));
    }
    // Before anything a database needs to know of: taken, and long due.
    let mut message = w.message(&ana, Kind::System);
    message.not_before = Some(Timestamp::from_seconds(-377_705_023_201));
    let accepted = w.accept(message).await;
    let facts = w.facts(accepted.seq).await.expect("it has a place");
    assert!(facts.due.is_some_and(|due| due < Timestamp::EPOCH));
    w
}

pub(super) async fn long_texts_of_any_script_are_kept(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let text = "\u{1f3cb}\u{200d}\u{2642}\u{fe0f} 深蹲 \u{202e}قرفصاء\u{202c} e\u{301}\r\n\t"
        .repeat(4_000);
    let mut inbound = w.inbound(&ana, Channel::Sms, &text);
    inbound.media = vec![(
        format!("https://example.com/{}", "a".repeat(8_000)),
        String::new(),
    )];
    let media = inbound.media[0].0.clone();
    records(&w, inbound).await;
    let found = only_inbound(&w).await;
    assert!(found.text.as_str() == text, "another text");
    assert_eq!(found.media, [media]);
    w
}

pub(super) async fn texts_are_told_apart_and_ordered_by_their_bytes(w: World) -> World {
    let mut scopes = [
        "all",
        "queue:Zebra",
        "queue:apple",
        "queue:zebra",
        "queue:a-b",
        "queue:ab",
        "queue:a_b",
        "queue:äpfel",
        "queue:a\u{308}pfel",
    ];
    for scope in scopes {
        w.submit(SetSwitch {
            scope: scope.into(),
            on: true,
            reason: "a test".into(),
            actor: "test".into(),
            at: w.now(),
        })
        .await;
    }
    let (_, switches) = w.ask(Switches).await;
    let found: Vec<&str> = switches
        .iter()
        .map(|switch| switch.scope.as_str())
        .collect();
    scopes.sort_unstable();
    assert_eq!(found, scopes);
    let ana = w.member("Ana", &[Channel::Sms]).await;
    for key in ["key", "Key", "KEY", "k\u{e9}y", "ke\u{301}y", "key "] {
        let answer = w
            .submit(Accept {
                messages: vec![w.message(&ana, Kind::System)],
                idempotency: Some(Idempotency {
                    scope: "ana".into(),
                    key: key.into(),
                    fingerprint: [1; 32],
                }),
                at: w.now(),
            })
            .await;
        assert!(
            matches!(
                answer,
                AcceptAnswer::Accepted {
                    replayed: false,
                    ..
                }
            ),
            "{key:?} is a key of its own"
        );
    }
    for (occasion, free) in [("a", true), ("A", true), ("a ", true), ("a", false)] {
        let mut message = w.message(&ana, Kind::DailyWorkout);
        message.occasion = Some(occasion.into());
        let answer = w
            .submit(Accept {
                messages: vec![message],
                idempotency: None,
                at: w.now(),
            })
            .await;
        let AcceptAnswer::Accepted { results, .. } = answer else {
            panic!("no key was given");
        };
        assert_eq!(results[0].is_ok(), free, "{occasion:?}");
    }
    w
}

pub(super) async fn nothing_and_an_empty_text_are_two_things(w: World) -> World {
    let mut with = w.somebody("Ana");
    with.email = Some(String::new());
    with.country = Some(String::new());
    let mut without = w.somebody("Ben");
    (without.email, without.country) = (None, None);
    for member in [with, without] {
        let (id, email, country) = (member.id, member.email.clone(), member.country.clone());
        w.submit(crate::ops::CreateMember {
            member,
            consents: Vec::new(),
            idempotency: None,
            at: w.now(),
        })
        .await;
        let found = w.member_now(id).await.expect("they are there").profile;
        assert_eq!((found.email, found.country), (email, country));
    }
    w.submit(SetSwitch {
        scope: String::new(),
        on: true,
        reason: String::new(),
        actor: String::new(),
        at: w.now(),
    })
    .await;
    assert_eq!(w.ask(Switches).await.1[0].reason, "");
    w
}

pub(super) async fn lists_end_where_nothing_is_left(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (accepted, attempt) = w.sent(&ana, "SM1").await;
    w.receipt(attempt, DeliveryStatus::Sent).await;
    let messages = |before, limit| Messages {
        before: Some(Seq(before)),
        limit,
        ..Messages::default()
    };
    assert_eq!(w.ask(messages(i64::MAX, 9)).await.len(), 1);
    for (before, limit) in [(accepted.seq.0, 9), (0, 9), (i64::MIN, 9), (i64::MAX, 0)] {
        assert!(w.ask(messages(before, limit)).await.is_empty(), "{before}");
    }
    let members = |before, limit| Members {
        before,
        limit,
        ..Members::default()
    };
    assert!(w.ask(members(Some(ana.profile.id), 9)).await.is_empty());
    assert!(w.ask(members(None, 0)).await.is_empty());
    assert_eq!(w.ask(members(None, u32::MAX)).await.len(), 1);
    let due = DueMembers {
        time_zone: "America/New_York".into(),
        hours: None,
        occasion: "nothing".into(),
        joined_by: w.now(),
        after: Some(ana.profile.id),
        limit: 9,
        among: 9,
    };
    let due = w.ask(due).await;
    assert!(due.members.is_empty() && due.next.is_none());
    let newest = EventsAfter {
        after: None,
        limit: 1,
    };
    w.ask_until(newest, |newest| !newest.is_empty()).await;
    for (after, left) in [(i64::MIN, true), (-1, true), (i64::MAX, false)] {
        let places = Places {
            after: Seq(after),
            limit: 9,
        };
        assert_eq!(!w.ask(places).await.is_empty(), left, "places {after}");
        let events = EventsAfter {
            after: Some(after),
            limit: 9,
        };
        assert_eq!(!w.ask(events).await.is_empty(), left, "events {after}");
        let attempts = AttemptsAfter { after, limit: 9 };
        assert_eq!(!w.ask(attempts).await.is_empty(), left, "attempts {after}");
        let receipts = ReceiptsAfter { after, limit: 9 };
        assert_eq!(!w.ask(receipts).await.is_empty(), left, "receipts {after}");
    }
    assert!(
        w.ask(Unanswered {
            at: w.now(),
            limit: 0,
            shards: Shards::ALL
        })
        .await
        .is_empty()
    );
    w
}

pub(super) async fn facts_come_in_the_order_asked_for(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let first = w.workout(&ana).await;
    let second = w.workout(&ana).await;
    let asked = [second.seq, Seq(i64::MAX), first.seq, second.seq, Seq(-1)];
    let facts = w
        .ask(FactsOf {
            seqs: asked.to_vec(),
        })
        .await;
    let found: Vec<_> = facts
        .iter()
        .map(|facts| facts.as_ref().map(|facts| facts.message.id))
        .collect();
    let (first, second) = (Some(first.id), Some(second.id));
    assert_eq!(found, [second, None, first, second, None]);
    assert!(w.ask(FactsOf { seqs: Vec::new() }).await.is_empty());
    let nobody = ConsentsOf {
        addresses: Vec::new(),
    };
    assert!(w.ask(nobody).await.is_empty());
    let handles = Vec::new();
    assert!(w.ask(WindowsOf { handles }).await.is_empty());
    w
}

pub(super) async fn receipts_of_one_instant_stay_in_the_order_heard(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (accepted, attempt) = w.sent(&ana, "SM1").await;
    let words = ["zzz", "sent", "aaa", "Sent", "queued"];
    for word in words {
        let mut receipt = w.receipt_of(attempt, DeliveryStatus::Sent);
        receipt.word = word.into();
        receipt.status = None;
        w.submit(receipt).await;
    }
    let detail = w.detail(accepted.id).await;
    let told: Vec<&str> = detail
        .receipts
        .iter()
        .map(|one| one.word.as_str())
        .collect();
    assert_eq!(told, words);
    let listed = w.ask(ReceiptsAfter { after: 0, limit: 9 }).await;
    let listed: Vec<&str> = listed.iter().map(|one| one.word.as_str()).collect();
    assert_eq!(listed, words);
    w
}
