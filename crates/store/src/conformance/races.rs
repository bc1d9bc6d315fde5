//! What happens at the same instant.

use domain::{Channel, ConsentEvent, Direction, Kind};
use futures_util::future::{join, join_all};

use super::world::World;
use crate::ops::{
    Accept, AcceptAnswer, Begin, BeginAnswer, Operation, RecordInbound, RecordInboundAnswer,
};
use crate::questions::Messages;
use crate::records::{Idempotency, InboundEffects};

pub(super) async fn two_callers_with_one_key_make_one_message(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let callers = (0..8).map(|_| {
        w.submit(Accept {
            messages: vec![w.message(&ana, Kind::System)],
            idempotency: Some(Idempotency {
                scope: "api".into(),
                key: "same".into(),
                fingerprint: [3; 32],
            }),
            at: w.now(),
        })
    });
    let mut ids = Vec::new();
    let mut fresh = 0;
    for answer in join_all(callers).await {
        let AcceptAnswer::Accepted { results, replayed } = answer else {
            panic!("the body is the same");
        };
        fresh += u32::from(!replayed);
        ids.push(results[0].expect("accepted"));
    }
    assert_eq!(fresh, 1);
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(w.places().await.len(), 1);
    w
}

pub(super) async fn one_inbound_brought_twice_at_once_is_stored_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let inbound = w.inbound(&ana, Channel::Sms, "hello");
    let deliveries = (0..8).map(|_| {
        let mut inbound = inbound.clone();
        inbound.id = w.ids().message();
        w.submit(RecordInbound {
            inbound,
            effects: InboundEffects {
                needs_answer: true,
                ..InboundEffects::default()
            },
        })
    });
    let recorded = join_all(deliveries)
        .await
        .into_iter()
        .filter(|answer| matches!(answer, RecordInboundAnswer::Recorded { .. }))
        .count();
    assert_eq!(recorded, 1);
    let found = w
        .ask(Messages {
            direction: Some(Direction::Inbound),
            limit: 10,
            ..Messages::default()
        })
        .await;
    assert_eq!(found.len(), 1);
    w
}

pub(super) async fn stop_and_begin_at_once_never_both_win(w: World) -> World {
    for stop_first in [true, false] {
        for _ in 0..10 {
            let ana = w.member("Ana", &[Channel::Sms]).await;
            let message = w.workout(&ana).await;
            let begin = w.begin_of(message, &ana, Channel::Sms).await;
            let attempt = begin.attempt;
            let stop = RecordInbound {
                inbound: w.inbound(&ana, Channel::Sms, "STOP"),
                effects: InboundEffects {
                    consent: Some(ConsentEvent::OptOut),
                    ..InboundEffects::default()
                },
            };
            let (begun, stopped) = if stop_first {
                let (stopped, begun) = join(w.submit(stop), w.submit(begin)).await;
                (begun, stopped)
            } else {
                join(w.submit(begin), w.submit(stop)).await
            };
            let RecordInboundAnswer::Recorded {
                consent: Some(change),
                ..
            } = stopped
            else {
                panic!("a consent change");
            };
            match begun {
                BeginAnswer::Begun => {
                    assert_eq!(change.begun, [attempt], "STOP waits for it");
                    assert!(change.suppressed.is_empty());
                }
                BeginAnswer::Gone | BeginAnswer::FactsMoved(_) => {
                    assert_eq!(change.suppressed, [message.id]);
                    assert!(change.begun.is_empty());
                }
            }
        }
    }
    w
}

pub(super) async fn one_bad_operation_does_not_fail_its_neighbours(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let accept = |id| {
        let mut message = w.message(&ana, Kind::System);
        message.id = id;
        Accept {
            messages: vec![message],
            idempotency: None,
            at: w.now(),
        }
        .into_op()
    };
    w.note_use("Accept");
    let twice = w.ids().message();
    let ids = [
        w.ids().message(),
        twice,
        w.ids().message(),
        twice,
        w.ids().message(),
    ];
    w.notices().await;
    let answers = w
        .committer()
        .submit_all(ids.into_iter().map(accept).collect())
        .await
        .expect("the store works");
    let good: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, true, true, false, true]);
    assert_eq!(w.places().await.len(), 4);
    let waiting = w
        .notices()
        .await
        .iter()
        .filter(|notice| matches!(notice, crate::Notice::Waiting { .. }))
        .count();
    assert_eq!(waiting, 4, "nothing is told of what was taken back");
    w
}

pub(super) async fn two_begins_of_one_place_begin_it_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let begin: Begin = w.begin_of(message, &ana, Channel::Sms).await;
    let (one, other) = join(w.submit(begin.clone()), w.submit(begin)).await;
    assert_eq!(
        [one, other]
            .iter()
            .filter(|answer| **answer == BeginAnswer::Begun)
            .count(),
        1
    );
    w
}
