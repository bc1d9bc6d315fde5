//! Receipts that come before their message is known, and what is removed when it is old (G23).

use domain::{Channel, DeliveryStatus, Kind};

use super::world::World;
use crate::ops::{Accept, AcceptAnswer, ReceiptAnswer, SettleAnswer, Tidy};
use crate::records::Idempotency;

pub(super) async fn a_receipt_nobody_knows_is_parked_and_applied_later(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    for status in [DeliveryStatus::Sent, DeliveryStatus::Delivered] {
        let mut receipt = w.receipt_of(attempt, status);
        receipt.attempt = None;
        receipt.provider_message_id = "SM7".into();
        assert_eq!(w.submit(receipt.clone()).await, ReceiptAnswer::Parked);
        assert_eq!(w.submit(receipt).await, ReceiptAnswer::Repeated);
    }
    let answer = w.settle(message.seq, attempt, w.taken("SM7")).await;
    assert_eq!(answer, SettleAnswer::Settled(DeliveryStatus::Delivered));
    let detail = w.detail(message.id).await;
    assert_eq!(detail.record.status, DeliveryStatus::Delivered);
    assert_eq!(detail.receipts.len(), 2);
    assert_eq!(detail.record.place, None);
    w
}

pub(super) async fn a_receipt_of_an_attempt_that_never_was_is_parked(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, mut attempt) = w.sent(&ana, "SM1").await;
    attempt.number = 2;
    let answer = w.receipt(attempt, DeliveryStatus::Delivered).await;
    assert_eq!(answer, ReceiptAnswer::Parked);
    attempt.message = w.ids().message();
    let mut foreign = w.receipt_of(attempt, DeliveryStatus::Delivered);
    foreign.provider_message_id = "SM-unheard-of".into();
    assert_eq!(w.submit(foreign).await, ReceiptAnswer::Parked);
    assert_eq!(w.status(message).await, DeliveryStatus::Accepted);
    w
}

pub(super) async fn tidy_removes_what_is_past_keeping(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let accept = || Accept {
        messages: vec![w.message(&ana, Kind::System)],
        idempotency: Some(Idempotency {
            scope: "api".into(),
            key: "k".into(),
            fingerprint: [1; 32],
        }),
        at: w.now(),
    };
    w.submit(accept()).await;
    let (_, attempt) = w.sent(&ana, "SM1").await;
    let mut unknown = w.receipt_of(attempt, DeliveryStatus::Delivered);
    unknown.attempt = None;
    unknown.provider_message_id = "SM9".into();
    w.submit(unknown.clone()).await;
    let tidy = || Tidy { at: w.now() };
    w.pass(6 * 24 * 3_600);
    assert_eq!(w.submit(tidy()).await, 0);
    w.pass(2 * 24 * 3_600);
    assert_eq!(w.submit(tidy()).await, 1, "the parked receipt after 7 days");
    assert_eq!(w.submit(unknown).await, ReceiptAnswer::Parked);
    w.pass(23 * 24 * 3_600);
    assert_eq!(w.submit(tidy()).await, 2, "and the key after 30");
    let AcceptAnswer::Accepted { replayed, .. } = w.submit(accept()).await else {
        panic!("the key is new again");
    };
    assert!(!replayed);
    w
}
