//! Holds, and what happens when a place's timer runs out (GUARANTEES 2.1, G6, G10).

use domain::{Channel, DeliveryStatus, Kind, PlaceState};

use super::acts::{freed, waiting};
use super::world::World;
use crate::error::StoreError;
use crate::lane::{Epoch, Seq};
use crate::ops::{BeginAnswer, Elapse, ElapseAnswer, Hold, SettleAnswer, Suppress};

fn hold(w: &World, seq: Seq) -> Hold {
    Hold {
        seq,
        epoch: w.epoch(),
        until: w.after(3_600),
        why: "quiet_hours".into(),
        released_by_reply: false,
        decision: r#"{"decision":"hold"}"#.into(),
        knock: None,
        at: w.now(),
    }
}

pub(super) async fn a_lane_waits_for_a_receipt_only_so_long(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, _) = w.sent(&ana, "SM1").await;
    assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Unchanged);
    w.pass(600);
    assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Freed);
    assert!(freed(&w.notices().await, message.seq));
    assert!(w.facts(message.seq).await.is_none());
    assert_eq!(w.status(message).await, DeliveryStatus::Accepted);
    assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Unchanged);
    w
}

pub(super) async fn a_held_place_returns_when_it_is_due(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    w.notices().await;
    assert!(w.submit(hold(&w, message.seq)).await);
    assert_eq!(
        waiting(&w.notices().await, message.seq),
        Some(Some(w.after(3_600)))
    );
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.place, PlaceState::Held);
    assert_eq!(facts.held_why.as_deref(), Some("quiet_hours"));
    assert_eq!(facts.due, Some(w.after(3_600)));
    assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Unchanged);
    w.pass(3_600);
    assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Waiting);
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.place, PlaceState::Waiting);
    assert_eq!(w.detail(message.id).await.decisions.len(), 1);
    w
}

pub(super) async fn a_hold_can_be_begun_when_due_and_not_before(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    w.submit(hold(&w, message.seq)).await;
    let begin = w.begin_of(message, &ana, Channel::Sms).await;
    assert_eq!(w.submit(begin).await, BeginAnswer::Gone);
    w.pass(3_600);
    w.begin(message, &ana).await;
    assert!(!w.submit(hold(&w, message.seq)).await, "it has begun");
    w
}

pub(super) async fn a_knock_goes_out_beside_the_held_body_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let body = w.workout(&ana).await;
    let knock = |w: &World| {
        let mut knock = w.message(&ana, Kind::Knock);
        knock.queue = "knock".parse().expect("a queue");
        knock.knocks_for = Some(body.id);
        knock.occasion = Some(format!("knock:{}", body.id));
        knock
    };
    let first = knock(&w);
    for knock in [first.clone(), knock(&w)] {
        let mut hold = hold(&w, body.seq);
        hold.released_by_reply = true;
        hold.knock = Some(knock);
        assert!(w.submit(hold).await);
    }
    assert_eq!(w.places().await.len(), 2, "the body and one knock");
    assert_eq!(w.detail(body.id).await.linked, [first.id]);
    assert_eq!(w.detail(first.id).await.linked, [body.id]);
    w
}

pub(super) async fn a_repeat_is_flagged_and_only_for_kinds_that_allow_it(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    for (kind, repeats) in [(Kind::DailyWorkout, true), (Kind::System, false)] {
        let message = w.accept(w.message(&ana, kind)).await;
        let attempt = w.begin(message, &ana).await;
        w.settle(message.seq, attempt, w.silence()).await;
        assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Unchanged);
        w.pass(1_200);
        w.notices().await;
        let answer = w.elapse(message.seq).await;
        if repeats {
            assert_eq!(answer, ElapseAnswer::Waiting);
            let facts = w.facts(message.seq).await.expect("it has a place");
            assert!(facts.possible_repeat);
            let attempt = w.begin(message, &ana).await;
            assert_eq!(attempt.number, 2);
            w.settle(message.seq, attempt, w.taken("SM2")).await;
            assert!(w.detail(message.id).await.record.possible_repeat);
        } else {
            assert_eq!(answer, ElapseAnswer::Freed);
            assert!(freed(&w.notices().await, message.seq));
            let record = w.detail(message.id).await.record;
            assert_eq!(record.status, DeliveryStatus::Unconfirmed);
            assert_eq!(record.reason.as_deref(), Some("unconfirmed"));
            assert!(!record.possible_repeat);
        }
    }
    w
}

pub(super) async fn a_place_left_begun_by_an_earlier_process_is_unconfirmed(mut w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Unchanged);
    w.reopen().await;
    assert_eq!(w.state(message).await, Some(PlaceState::Begun));
    assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Unconfirmed);
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.place, PlaceState::Unconfirmed);
    assert_eq!(w.status(message).await, DeliveryStatus::Unconfirmed);
    let mut late = w.settle_of(message.seq, attempt, w.taken("SM1"));
    late.epoch = Epoch(w.epoch().0 - 1);
    assert_eq!(w.submit(late).await, SettleAnswer::Fenced);
    assert_eq!(w.status(message).await, DeliveryStatus::Accepted);
    assert_eq!(w.state(message).await, Some(PlaceState::AwaitingReceipt));
    w
}

pub(super) async fn a_suppressed_place_keeps_its_reason(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    for status in [
        DeliveryStatus::Suppressed,
        DeliveryStatus::Expired,
        DeliveryStatus::Cancelled,
        DeliveryStatus::Failed,
    ] {
        let message = w.workout(&ana).await;
        w.notices().await;
        let suppress = Suppress {
            seq: message.seq,
            epoch: w.epoch(),
            status,
            why: "too_old".into(),
            decision: r#"{"decision":"suppress"}"#.into(),
            at: w.now(),
        };
        assert!(w.submit(suppress.clone()).await);
        assert!(freed(&w.notices().await, message.seq));
        assert!(!w.submit(suppress).await, "it is over");
        let detail = w.detail(message.id).await;
        assert_eq!(detail.record.status, status);
        assert_eq!(detail.record.reason.as_deref(), Some("too_old"));
        assert_eq!(detail.decisions.len(), 1);
    }
    w
}

pub(super) async fn an_old_epoch_holds_and_suppresses_nothing(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let old = Epoch(w.epoch().0 - 1);
    let mut hold = hold(&w, message.seq);
    hold.epoch = old;
    assert!(matches!(w.try_submit(hold).await, Err(StoreError::Fenced)));
    let suppress = Suppress {
        seq: message.seq,
        epoch: old,
        status: DeliveryStatus::Expired,
        why: "too_old".into(),
        decision: "{}".into(),
        at: w.now(),
    };
    assert!(matches!(
        w.try_submit(suppress).await,
        Err(StoreError::Fenced)
    ));
    let elapse = Elapse {
        seq: message.seq,
        epoch: old,
        quiet_until: w.now(),
        at: w.now(),
    };
    assert!(matches!(
        w.try_submit(elapse).await,
        Err(StoreError::Fenced)
    ));
    assert_eq!(w.state(message).await, Some(PlaceState::Waiting));
    w
}
