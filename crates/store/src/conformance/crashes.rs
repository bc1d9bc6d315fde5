//! What must outlive the process. Closing and opening again stands for a crash here: a store does
//! nothing at closing that it relies on.

use domain::{Channel, DeliveryStatus, Kind, PlaceState};

use super::world::World;
use crate::error::StoreError;
use crate::lane::SHARDS;
use crate::ops::{
    Accept, AcceptAnswer, Beat, BeginAnswer, ElapseAnswer, MovedFact, ReceiptAnswer, SetSwitch,
    SettleAnswer,
};
use crate::questions::Switches;
use crate::records::Idempotency;

pub(super) async fn what_was_answered_survives_a_reopening(mut w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    w.reopen().await;
    let facts = w.facts(message.seq).await.expect("it has its place");
    assert_eq!(facts.place, PlaceState::Waiting);
    assert_eq!(facts.message.id, message.id);
    let next = w.workout(&ana).await;
    assert!(next.seq > message.seq, "numbers are never reused");
    w
}

pub(super) async fn a_key_keeps_its_answer_across_a_reopening(mut w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = w
            .submit(Accept {
                messages: vec![w.message(&ana, Kind::System)],
                idempotency: Some(Idempotency {
                    scope: "api".into(),
                    key: "k".into(),
                    fingerprint: [1; 32],
                }),
                at: w.now(),
            })
            .await;
        let AcceptAnswer::Accepted { results, .. } = answer else {
            panic!("the body is the same");
        };
        answers.push(results);
        w.reopen().await;
    }
    assert_eq!(answers[0], answers[1]);
    w
}

pub(super) async fn a_reopening_raises_the_epoch(mut w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let begin = w.begin_of(message, &ana, Channel::Sms).await;
    let before = w.epoch();
    w.reopen().await;
    assert!(w.epoch() > before);
    assert!(matches!(w.try_submit(begin).await, Err(StoreError::Fenced)));
    w
}

pub(super) async fn parked_receipts_survive_a_reopening(mut w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let stray = w.sent(&ana, "SM0").await;
    let mut receipt = w.receipt_of(stray.1, DeliveryStatus::Delivered);
    receipt.attempt = None;
    receipt.provider_message_id = "SM7".into();
    assert_eq!(w.submit(receipt).await, ReceiptAnswer::Parked);
    w.reopen().await;
    let attempt = w.begin(message, &ana).await;
    let answer = w.settle(message.seq, attempt, w.taken("SM7")).await;
    assert_eq!(answer, SettleAnswer::Settled(DeliveryStatus::Delivered));
    // And a receipt by the provider's id still finds what was settled before.
    let mut known = w.receipt_of(stray.1, DeliveryStatus::Delivered);
    known.attempt = None;
    known.provider_message_id = "SM0".into();
    assert_eq!(
        w.submit(known).await,
        ReceiptAnswer::Applied(stray.0.id, DeliveryStatus::Delivered)
    );
    w
}

pub(super) async fn switches_and_their_version_survive_a_reopening(mut w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let mut begin = w.begin_of(message, &ana, Channel::Sms).await;
    let version = w
        .submit(SetSwitch {
            scope: "all".into(),
            on: true,
            reason: "trouble".into(),
            actor: "operator:eve".into(),
            at: w.now(),
        })
        .await;
    w.reopen().await;
    assert_eq!(w.ask(Switches).await.0, version);
    begin.epoch = w.epoch();
    assert_eq!(
        w.submit(begin).await,
        BeginAnswer::FactsMoved(MovedFact::Switches)
    );
    w
}

pub(super) async fn what_has_arrived_is_not_sent_again(mut w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    // The answer to the first attempt was lost; while the repeat is open, the first is delivered.
    for dies in [true, false] {
        let message = w.workout(&ana).await;
        let first = w.begin(message, &ana).await;
        w.settle(message.seq, first, w.silence()).await;
        w.pass(1_200);
        assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Waiting);
        let second = w.begin(message, &ana).await;
        let receipt = w.receipt_of(first, DeliveryStatus::Delivered);
        w.submit(receipt).await;
        let facts = w.facts(message.seq).await.expect("the repeat is open");
        assert_eq!(facts.place, PlaceState::Begun);
        if dies {
            w.reopen().await;
            assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Unconfirmed);
            w.pass(1_200);
            assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Freed);
        } else {
            w.settle(message.seq, second, w.again(true)).await;
        }
        assert!(w.facts(message.seq).await.is_none());
        assert_eq!(w.status(message).await, DeliveryStatus::Delivered);
    }
    w
}

pub(super) async fn a_beat_keeps_the_lanes(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    for _ in 0..3 {
        let answer = w
            .submit(Beat {
                claims: true,
                at: w.now(),
            })
            .await;
        assert_eq!((answer.shards, answer.nodes), (u32::from(SHARDS), 1));
        assert_eq!(answer.clock_off, None);
        w.pass(60);
    }
    w.begin(message, &ana).await;
    w
}
