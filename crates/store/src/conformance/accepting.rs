//! Accepting messages (G1, G2).

use domain::{Channel, Content, Kind, MediaUrl, PlaceState, TemplateUse, Text};

use super::acts::waiting;
use super::world::World;
use crate::lane::{LaneKey, Seq};
use crate::notice::Notice;
use crate::ops::{Accept, AcceptAnswer, AcceptRefusal, Accepted};
use crate::questions::StatsNow;
use crate::records::{Idempotency, NewMessage};

type Results = Vec<Result<Accepted, AcceptRefusal>>;

async fn accept(w: &World, messages: Vec<NewMessage>, key: Option<Idempotency>) -> (Results, bool) {
    let answer = w
        .submit(Accept {
            messages,
            idempotency: key,
            at: w.now(),
        })
        .await;
    match answer {
        AcceptAnswer::Accepted { results, replayed } => (results, replayed),
        AcceptAnswer::KeyReused => panic!("the key is new"),
    }
}

fn key(fingerprint: u8) -> Idempotency {
    Idempotency {
        scope: "api:1".into(),
        key: "order-7".into(),
        fingerprint: [fingerprint; 32],
    }
}

pub(super) async fn an_accepted_message_has_a_place_and_a_notice(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    w.notices().await;
    let mut message = w.message(&ana, Kind::DailyWorkout);
    message.not_before = Some(w.after(30));
    let accepted = w.accept(message).await;
    let notices = w.notices().await;
    assert_eq!(waiting(&notices, accepted.seq), Some(Some(w.after(30))));
    assert!(notices.contains(&Notice::Events));
    let places = w.places().await;
    assert_eq!(places.len(), 1);
    assert_eq!(places[0].message, accepted.id);
    assert_eq!(
        places[0].lane,
        LaneKey::of(ana.profile.id, &domain::QueueName::default())
    );
    assert_eq!(places[0].due, Some(w.after(30)));
    assert_eq!(w.state(accepted).await, Some(PlaceState::Waiting));
    let detail = w.detail(accepted.id).await;
    assert_eq!(detail.record.place, Some(PlaceState::Waiting));
    assert_eq!(detail.record.created_at, w.now());
    w
}

pub(super) async fn numbers_grow_in_the_order_of_acceptance(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut last = Seq(0);
    for _ in 0..5 {
        let messages = (0..3).map(|_| w.message(&ana, Kind::Broadcast)).collect();
        for result in accept(&w, messages, None).await.0 {
            let seq = result.expect("accepted").seq;
            assert!(seq > last);
            last = seq;
        }
    }
    let places = w.places().await;
    assert_eq!(places.len(), 15);
    assert!(places.is_sorted_by(|a, b| a.seq < b.seq));
    w
}

pub(super) async fn an_unknown_member_refuses_only_its_own_message(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut stray = w.message(&ana, Kind::System);
    stray.member = w.ids().member();
    let messages = vec![
        w.message(&ana, Kind::System),
        stray,
        w.message(&ana, Kind::System),
    ];
    let (results, _) = accept(&w, messages, None).await;
    assert!(results[0].is_ok());
    assert_eq!(results[1], Err(AcceptRefusal::UnknownMember));
    assert!(results[2].is_ok());
    w
}

pub(super) async fn an_occasion_is_taken_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let ben = w.member("Ben", &[Channel::Sms]).await;
    let daily = |to| {
        let mut message = w.message(to, Kind::DailyWorkout);
        message.occasion = Some("daily_workout:2026-11-22".into());
        message
    };
    let first = w.accept(daily(&ana)).await;
    let (results, _) = accept(&w, vec![daily(&ana), daily(&ben)], None).await;
    assert_eq!(results[0], Err(AcceptRefusal::OccasionTaken(first.id)));
    assert!(results[1].is_ok(), "it is unique per member");
    w
}

pub(super) async fn the_same_key_gives_the_same_answer(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut stray = w.message(&ana, Kind::System);
    stray.member = w.ids().member();
    let first = vec![w.message(&ana, Kind::System), stray];
    let (results, replayed) = accept(&w, first, Some(key(1))).await;
    assert!(!replayed);
    let again = vec![w.message(&ana, Kind::System), w.message(&ana, Kind::System)];
    let (same, replayed) = accept(&w, again, Some(key(1))).await;
    assert!(replayed);
    assert_eq!(same, results);
    assert_eq!(w.places().await.len(), 1);
    w
}

pub(super) async fn the_same_key_with_another_body_stores_nothing(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    accept(&w, vec![w.message(&ana, Kind::System)], Some(key(1))).await;
    let answer = w
        .submit(Accept {
            messages: vec![w.message(&ana, Kind::System)],
            idempotency: Some(key(2)),
            at: w.now(),
        })
        .await;
    assert!(matches!(answer, AcceptAnswer::KeyReused));
    assert_eq!(w.ask(StatsNow { at: w.now() }).await.waiting, 1);
    let mut other = key(2);
    other.scope = "api:2".into();
    let (_, replayed) = accept(&w, vec![w.message(&ana, Kind::System)], Some(other)).await;
    assert!(!replayed, "another caller's same key is another key");
    w
}

pub(super) async fn facts_hold_all_that_was_said(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms, Channel::Whatsapp]).await;
    let mut message = w.message(&ana, Kind::Broadcast);
    let url: MediaUrl = "https://example.com/squat.jpg".parse().expect("a URL");
    let template = TemplateUse::new(
        "daily_workout",
        [("1".into(), Text::from("Ana"))].into_iter().collect(),
    )
    .expect("a template");
    message.content = Content::new(
        Text::from("Olá \u{1f3cb}\u{fe0f} \"squats\""),
        vec![url],
        Some(template),
    )
    .expect("a content");
    message.channel = Some(Channel::Whatsapp);
    message.critical = true;
    message.queue = "broadcasts".parse().expect("a queue");
    message.expires_at = Some(w.after(3_600));
    message.attempts_max = 5;
    let given = message.clone();
    let accepted = w.accept(message).await;
    let facts = w.facts(accepted.seq).await.expect("it has a place");
    assert_eq!(facts.message.content, given.content);
    assert_eq!(facts.message.channel, given.channel);
    assert_eq!(facts.message.queue, given.queue);
    assert_eq!(facts.message.expires_at, given.expires_at);
    assert_eq!(facts.message.attempts_max, 5);
    assert!(facts.message.critical);
    assert_eq!(facts.attempts_begun, 0);
    assert_eq!(facts.consents.len(), 2);
    assert_eq!(facts.member.expect("she exists").profile.id, ana.profile.id);
    assert_eq!(w.facts(Seq(accepted.seq.0 + 1)).await.map(|f| f.seq), None);
    w
}
