//! Cancelling and retrying.

use domain::{Channel, DeliveryStatus, PlaceState};

use super::acts::{freed, waiting};
use super::world::World;
use crate::ops::{Cancel, CancelAnswer, ElapseAnswer, OnFailure, Retry, RetryAnswer, SettleAnswer};

fn cancel(w: &World, id: domain::MessageId) -> Cancel {
    Cancel { id, at: w.now() }
}

fn retry(w: &World, id: domain::MessageId) -> Retry {
    Retry { id, at: w.now() }
}

pub(super) async fn what_waits_can_be_cancelled(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    w.notices().await;
    for _ in 0..2 {
        let answer = w.submit(cancel(&w, message.id)).await;
        assert_eq!(answer, CancelAnswer::Cancelled);
    }
    assert!(freed(&w.notices().await, message.seq));
    let record = w.detail(message.id).await.record;
    assert_eq!(record.status, DeliveryStatus::Cancelled);
    assert_eq!(record.reason.as_deref(), Some("cancelled"));
    let unknown = w.ids().message();
    assert_eq!(w.submit(cancel(&w, unknown)).await, CancelAnswer::Unknown);
    w
}

pub(super) async fn what_is_begun_cannot_be_cancelled_but_goes_no_second_time(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    let answer = w.submit(cancel(&w, message.id)).await;
    assert_eq!(answer, CancelAnswer::TooLate(DeliveryStatus::Pending));
    let answer = w.settle(message.seq, attempt, w.again(true)).await;
    assert_eq!(answer, SettleAnswer::Settled(DeliveryStatus::Cancelled));
    assert_eq!(w.state(message).await, None);
    let (sent, _) = w.sent(&ana, "SM2").await;
    let answer = w.submit(cancel(&w, sent.id)).await;
    assert_eq!(answer, CancelAnswer::TooLate(DeliveryStatus::Accepted));
    w
}

pub(super) async fn what_is_cancelled_in_the_open_goes_no_second_time_whatever_is_heard(
    w: World,
) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    // Nothing is heard, and its kind would be repeated.
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    w.settle(message.seq, attempt, w.silence()).await;
    let answer = w.submit(cancel(&w, message.id)).await;
    assert_eq!(answer, CancelAnswer::TooLate(DeliveryStatus::Unconfirmed));
    w.pass(1_200);
    assert_eq!(w.elapse(message.seq).await, ElapseAnswer::Freed);
    assert_eq!(w.state(message).await, None);
    // It is heard to have failed, in a way that would be tried again.
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    w.settle(message.seq, attempt, w.silence()).await;
    w.submit(cancel(&w, message.id)).await;
    let mut failure = w.receipt_of(attempt, DeliveryStatus::Undelivered);
    failure.on_failure = OnFailure::Again {
        at: w.now(),
        counts: true,
    };
    w.submit(failure).await;
    assert_eq!(w.state(message).await, None);
    w
}

pub(super) async fn what_ended_badly_can_be_retried(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    let outcome = World::refused(DeliveryStatus::Failed);
    w.settle(message.seq, attempt, outcome).await;
    w.notices().await;
    assert_eq!(w.submit(retry(&w, message.id)).await, RetryAnswer::Waiting);
    assert_eq!(waiting(&w.notices().await, message.seq), Some(None));
    let facts = w.facts(message.seq).await.expect("it has a place again");
    assert_eq!(facts.place, PlaceState::Waiting);
    assert_eq!(facts.attempts_begun, 1);
    assert_eq!(facts.attempts_counted, 0);
    assert_eq!(
        w.submit(retry(&w, message.id)).await,
        RetryAnswer::TooLate(DeliveryStatus::Pending)
    );
    assert_eq!(w.begin(message, &ana).await.number, 2);
    w
}

pub(super) async fn what_arrived_cannot_be_retried(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, attempt) = w.sent(&ana, "SM1").await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    assert_eq!(
        w.submit(retry(&w, message.id)).await,
        RetryAnswer::TooLate(DeliveryStatus::Delivered)
    );
    let unknown = w.ids().message();
    assert_eq!(w.submit(retry(&w, unknown)).await, RetryAnswer::Unknown);
    w
}
