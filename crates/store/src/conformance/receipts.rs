//! Receipts (G7, G21, G22): in any order, at any age, in any state.

use domain::{Channel, DeliveryStatus, ErrorClass, Kind, PlaceState};

use super::acts::{error, freed, waiting};
use super::world::World;
use crate::ops::{ElapseAnswer, OnFailure, ReceiptAnswer, SettleAnswer};

pub(super) async fn receipts_give_the_same_status_in_any_order(w: World) -> World {
    use DeliveryStatus::{Delivered, Read, Sent, Undelivered};
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let words = [Sent, Delivered, Read, Undelivered];
    let mut orders = Vec::new();
    for code in 0..words.len().pow(4) {
        let order = [code % 4, code / 4 % 4, code / 16 % 4, code / 64];
        let mut sorted = order;
        sorted.sort_unstable();
        if sorted == [0, 1, 2, 3] {
            orders.push(order);
        }
    }
    assert_eq!(orders.len(), 24);
    for order in orders {
        let (message, attempt) = w.sent(&ana, "SM1").await;
        let mut last = 0;
        for index in order {
            w.receipt(attempt, words[index]).await;
            let rank = w.status(message).await.rank();
            assert!(rank >= last, "what a reader has seen never goes down");
            last = rank;
        }
        let detail = w.detail(message.id).await;
        assert_eq!(detail.record.status, Read, "in order {order:?}");
        assert_eq!(detail.attempts[0].status, Read);
        assert!(detail.attempts[0].conflict);
        assert_eq!(detail.receipts.len(), 4);
        assert_eq!(detail.record.place, None);
    }
    w
}

pub(super) async fn a_repeated_receipt_changes_nothing(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, attempt) = w.sent(&ana, "SM1").await;
    let first = w.receipt(attempt, DeliveryStatus::Delivered).await;
    assert_eq!(
        first,
        ReceiptAnswer::Applied(message.id, DeliveryStatus::Delivered)
    );
    w.notices().await;
    for _ in 0..3 {
        let again = w.receipt(attempt, DeliveryStatus::Delivered).await;
        assert_eq!(again, ReceiptAnswer::Repeated);
    }
    assert_eq!(w.notices().await, []);
    assert_eq!(w.detail(message.id).await.receipts.len(), 1);
    w
}

pub(super) async fn a_receipt_before_the_answer_counts(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    w.receipt(attempt, DeliveryStatus::Sent).await;
    assert_eq!(w.state(message).await, Some(PlaceState::Begun));
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    let answer = w
        .settle(message.seq, attempt, w.taken("SM-by-receipt"))
        .await;
    assert_eq!(answer, SettleAnswer::Settled(DeliveryStatus::Delivered));
    assert!(freed(&w.notices().await, message.seq));
    let detail = w.detail(message.id).await;
    assert_eq!(detail.record.status, DeliveryStatus::Delivered);
    assert_eq!(detail.record.place, None);
    assert_eq!(detail.record.channel, Some(Channel::Sms));
    w
}

pub(super) async fn delivered_frees_the_lane(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, attempt) = w.sent(&ana, "SM1").await;
    w.notices().await;
    w.receipt(attempt, DeliveryStatus::Sent).await;
    assert!(!freed(&w.notices().await, message.seq));
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    assert!(freed(&w.notices().await, message.seq));
    w
}

pub(super) async fn a_failure_by_receipt_ends_or_goes_again(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (ended, attempt) = w.sent(&ana, "SM1").await;
    let mut failure = w.receipt_of(attempt, DeliveryStatus::Undelivered);
    failure.error = Some(error(30003, ErrorClass::Transient));
    w.submit(failure.clone()).await;
    assert!(freed(&w.notices().await, ended.seq));
    let record = w.detail(ended.id).await.record;
    assert_eq!(record.status, DeliveryStatus::Undelivered);
    assert_eq!(record.error_code, Some(30003));
    let (again, attempt) = w.sent(&ana, "SM2").await;
    failure.attempt = Some(attempt);
    failure.on_failure = OnFailure::Again {
        at: w.after(60),
        counts: true,
    };
    w.submit(failure).await;
    assert_eq!(
        waiting(&w.notices().await, again.seq),
        Some(Some(w.after(60)))
    );
    let facts = w.facts(again.seq).await.expect("it has a place");
    assert_eq!(facts.attempts_counted, 1);
    assert_eq!(w.begin(again, &ana).await.number, 2);
    w
}

pub(super) async fn evidence_ends_an_unconfirmed_place(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    w.settle(message.seq, attempt, w.silence()).await;
    w.notices().await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    assert!(freed(&w.notices().await, message.seq));
    let record = w.detail(message.id).await.record;
    assert_eq!(record.status, DeliveryStatus::Delivered);
    assert!(!record.possible_repeat);
    w
}

pub(super) async fn a_sent_receipt_on_an_unconfirmed_place_waits_for_more(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    w.settle(message.seq, attempt, w.silence()).await;
    w.receipt(attempt, DeliveryStatus::Sent).await;
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.place, PlaceState::AwaitingReceipt);
    assert_eq!(w.status(message).await, DeliveryStatus::Sent);
    w
}

pub(super) async fn evidence_calls_back_a_waiting_repeat(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    for status in [DeliveryStatus::Sent, DeliveryStatus::Delivered] {
        let message = w.workout(&ana).await;
        let attempt = w.begin(message, &ana).await;
        w.settle(message.seq, attempt, w.silence()).await;
        w.pass(1_200);
        assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Waiting);
        w.receipt(attempt, status).await;
        assert_eq!(w.state(message).await, None, "nothing is sent again");
        assert!(freed(&w.notices().await, message.seq));
        assert_eq!(w.status(message).await, status);
    }
    w
}

pub(super) async fn arrival_and_failure_of_one_attempt_are_a_conflict(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, attempt) = w.sent(&ana, "SM1").await;
    w.receipt(attempt, DeliveryStatus::Failed).await;
    assert!(!w.detail(message.id).await.attempts[0].conflict);
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    let detail = w.detail(message.id).await;
    assert!(detail.attempts[0].conflict);
    assert_eq!(detail.record.status, DeliveryStatus::Delivered);
    w
}

pub(super) async fn an_unknown_word_is_kept_and_changes_nothing(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, attempt) = w.sent(&ana, "SM1").await;
    let mut odd = w.receipt_of(attempt, DeliveryStatus::Sent);
    odd.word = "teleported".into();
    odd.status = None;
    let answer = w.submit(odd).await;
    assert_eq!(
        answer,
        ReceiptAnswer::Applied(message.id, DeliveryStatus::Accepted)
    );
    let detail = w.detail(message.id).await;
    assert_eq!(detail.receipts[0].word, "teleported");
    assert_eq!(detail.receipts[0].status, None);
    w
}

pub(super) async fn a_receipt_by_the_providers_id_finds_its_attempt(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, attempt) = w.sent(&ana, "SM1").await;
    let mut receipt = w.receipt_of(attempt, DeliveryStatus::Delivered);
    receipt.attempt = None;
    receipt.provider_message_id = "SM1".into();
    assert_eq!(
        w.submit(receipt).await,
        ReceiptAnswer::Applied(message.id, DeliveryStatus::Delivered)
    );
    w
}

pub(super) async fn a_late_failure_ends_a_message_whose_lane_went_on(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut reply = w.message(&ana, Kind::System);
    reply.occasion = None;
    let message = w.accept(reply).await;
    let attempt = w.begin(message, &ana).await;
    w.settle(message.seq, attempt, w.taken("SM1")).await;
    w.pass(600);
    assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Freed);
    assert_eq!(w.status(message).await, DeliveryStatus::Accepted);
    w.receipt(attempt, DeliveryStatus::Undelivered).await;
    assert_eq!(w.status(message).await, DeliveryStatus::Undelivered);
    w
}
