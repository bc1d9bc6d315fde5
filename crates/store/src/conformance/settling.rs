//! What came of an attempt (GUARANTEES 2.1 to 2.3, G8).

use domain::{Channel, ConsentState, DeliveryStatus, Kind, PlaceState, Purpose};

use super::acts::{freed, occupied, waiting};
use super::world::World;
use crate::lane::Epoch;
use crate::ops::{AddressEffects, SettleAnswer};
use crate::questions::{ConsentsOf, WindowsOf};

pub(super) async fn acceptance_waits_for_the_receipt(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    w.notices().await;
    let answer = w.settle(message.seq, attempt, w.taken("SM1")).await;
    assert_eq!(answer, SettleAnswer::Settled(DeliveryStatus::Accepted));
    assert_eq!(
        occupied(&w.notices().await, message.seq),
        Some(Some(w.after(600)))
    );
    assert_eq!(w.state(message).await, Some(PlaceState::AwaitingReceipt));
    let detail = w.detail(message.id).await;
    assert_eq!(detail.record.status, DeliveryStatus::Accepted);
    assert_eq!(detail.record.provider_message_id.as_deref(), Some("SM1"));
    assert_eq!(detail.record.channel, Some(Channel::Sms));
    assert_eq!(detail.record.to, ana.handle(Channel::Sms));
    assert_eq!(detail.record.segments, Some(1));
    assert_eq!(detail.attempts[0].settled_at, Some(w.now()));
    w
}

pub(super) async fn a_refusal_for_now_goes_back_into_the_lane(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    let answer = w.settle(message.seq, attempt, w.again(true)).await;
    assert_eq!(answer, SettleAnswer::Settled(DeliveryStatus::Pending));
    assert_eq!(
        waiting(&w.notices().await, message.seq),
        Some(Some(w.after(60)))
    );
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.place, PlaceState::Waiting);
    assert_eq!(facts.attempts_begun, 1);
    assert_eq!(facts.attempts_counted, 1);
    assert_eq!(facts.held_why.as_deref(), Some("busy"));
    assert_eq!(facts.last_channel, Some(Channel::Sms));
    assert_eq!(w.begin(message, &ana).await.number, 2);
    w
}

pub(super) async fn attempts_are_used_up(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    for number in 1..=3 {
        assert!(w.facts(message.seq).await.is_some(), "before try {number}");
        let attempt = w.begin(message, &ana).await;
        w.settle(message.seq, attempt, w.again(true)).await;
    }
    assert!(freed(&w.notices().await, message.seq));
    let detail = w.detail(message.id).await;
    assert_eq!(detail.record.status, DeliveryStatus::Failed);
    assert_eq!(detail.record.error_code, Some(20429));
    assert_eq!(detail.record.place, None);
    assert_eq!(detail.attempts.len(), 3);
    w
}

pub(super) async fn a_refusal_that_counts_nothing_uses_no_attempt(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    for _ in 0..5 {
        let attempt = w.begin(message, &ana).await;
        w.settle(message.seq, attempt, w.again(false)).await;
    }
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.attempts_begun, 5);
    assert_eq!(facts.attempts_counted, 0);
    w
}

pub(super) async fn a_refusal_for_good_frees_the_lane(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    w.notices().await;
    let outcome = World::refused(DeliveryStatus::Failed);
    let answer = w.settle(message.seq, attempt, outcome).await;
    assert_eq!(answer, SettleAnswer::Settled(DeliveryStatus::Failed));
    assert!(freed(&w.notices().await, message.seq));
    let record = w.detail(message.id).await.record;
    assert_eq!(record.status, DeliveryStatus::Failed);
    assert_eq!(record.reason.as_deref(), Some("invalid_number"));
    assert_eq!(record.error_code, Some(21211));
    w
}

pub(super) async fn no_answer_is_unconfirmed(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    w.notices().await;
    let answer = w.settle(message.seq, attempt, w.silence()).await;
    assert_eq!(answer, SettleAnswer::Settled(DeliveryStatus::Unconfirmed));
    assert_eq!(
        occupied(&w.notices().await, message.seq),
        Some(Some(w.after(1_200)))
    );
    let detail = w.detail(message.id).await;
    assert_eq!(detail.record.place, Some(PlaceState::Unconfirmed));
    assert_eq!(detail.record.status, DeliveryStatus::Unconfirmed);
    assert!(detail.attempts[0].error.is_some());
    w
}

pub(super) async fn an_old_fence_keeps_good_news_as_evidence(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    let mut settle = w.settle_of(message.seq, attempt, w.taken("SM1"));
    settle.epoch = Epoch(settle.epoch.0 - 1);
    assert_eq!(w.submit(settle).await, SettleAnswer::Fenced);
    let detail = w.detail(message.id).await;
    assert_eq!(detail.attempts[0].status, DeliveryStatus::Accepted);
    assert_eq!(
        detail.attempts[0].provider_message_id.as_deref(),
        Some("SM1")
    );
    assert_eq!(detail.record.status, DeliveryStatus::Accepted);
    w
}

pub(super) async fn an_old_fence_drops_bad_news(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    for outcome in [
        w.again(true),
        World::refused(DeliveryStatus::Failed),
        w.silence(),
    ] {
        let mut settle = w.settle_of(message.seq, attempt, outcome);
        settle.epoch = Epoch(settle.epoch.0 - 1);
        assert_eq!(w.submit(settle).await, SettleAnswer::Fenced);
    }
    let detail = w.detail(message.id).await;
    assert_eq!(detail.record.place, Some(PlaceState::Begun));
    assert_eq!(detail.attempts[0].status, DeliveryStatus::Pending);
    w
}

pub(super) async fn a_second_settle_changes_nothing(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, attempt) = w.sent(&ana, "SM1").await;
    for outcome in [w.taken("SM1"), w.again(true), w.silence()] {
        let answer = w.settle(message.seq, attempt, outcome).await;
        assert_eq!(answer, SettleAnswer::Fenced);
    }
    assert_eq!(w.status(message).await, DeliveryStatus::Accepted);
    assert_eq!(w.state(message).await, Some(PlaceState::AwaitingReceipt));
    let mut never = attempt;
    never.number = 9;
    let answer = w.settle(message.seq, never, w.taken("SM9")).await;
    assert_eq!(answer, SettleAnswer::Fenced, "it was never begun");
    w
}

pub(super) async fn an_opt_out_by_the_provider_is_a_stop(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let mut later = w.message(&ana, Kind::Broadcast);
    later.queue = "other".parse().expect("a queue");
    let later = w.accept(later).await;
    let attempt = w.begin(message, &ana).await;
    let outcome = World::refused(DeliveryStatus::Suppressed);
    let mut settle = w.settle_of(message.seq, attempt, outcome);
    settle.effects = AddressEffects {
        opted_out: Some((Purpose::All, "provider:21610".into())),
        ..AddressEffects::default()
    };
    w.submit(settle).await;
    let consents = w
        .ask(ConsentsOf {
            addresses: vec![(Channel::Sms, ana.handle(Channel::Sms).expect("a number"))],
        })
        .await;
    assert_eq!(consents[0].state, ConsentState::OptedOut);
    assert_eq!(consents[0].source, "provider:21610");
    assert_eq!(w.status(message).await, DeliveryStatus::Suppressed);
    assert_eq!(w.status(later).await, DeliveryStatus::Suppressed);
    w
}

pub(super) async fn a_closed_window_is_closed(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    w.writes(&ana, Channel::Whatsapp, "hi", None).await;
    w.pass(60);
    let message = w.workout(&ana).await;
    let begin = w.begin_of(message, &ana, Channel::Whatsapp).await;
    let attempt = begin.attempt;
    w.submit(begin).await;
    let mut settle = w.settle_of(message.seq, attempt, w.again(false));
    settle.effects.window_closed = true;
    w.submit(settle).await;
    let windows = w
        .ask(WindowsOf {
            handles: vec![ana.handle(Channel::Whatsapp).expect("a number")],
        })
        .await;
    assert_eq!(windows[0].window.ends_at, w.now());
    w
}

pub(super) async fn an_unreachable_address_is_known(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let message = w.workout(&ana).await;
    let begin = w.begin_of(message, &ana, Channel::Whatsapp).await;
    let attempt = begin.attempt;
    w.submit(begin).await;
    let mut settle = w.settle_of(message.seq, attempt, w.again(true));
    settle.effects.unreachable = true;
    w.submit(settle).await;
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.unreachable, [(Channel::Whatsapp, w.now())]);
    w.writes(&ana, Channel::Whatsapp, "here I am", None).await;
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.unreachable, [], "whoever writes can be reached");
    w
}
