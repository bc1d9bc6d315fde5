//! The durable mark before the call (G5, G8, G13, G19).

use domain::{Channel, ConsentEvent, DeliveryStatus, PlaceState};

use super::acts::occupied;
use super::world::World;
use crate::error::StoreError;
use crate::lane::Epoch;
use crate::ops::{AddressEffects, BeginAnswer, MovedFact, RecordTemplates, SetSwitch, Settle};
use crate::questions::{Switches, WindowsOf};

pub(super) async fn begin_marks_the_attempt_and_occupies_the_lane(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    w.notices().await;
    let attempt = w.begin(message, &ana).await;
    assert_eq!(occupied(&w.notices().await, message.seq), Some(None));
    assert_eq!(attempt.number, 1);
    let detail = w.detail(message.id).await;
    assert_eq!(detail.record.place, Some(PlaceState::Begun));
    assert_eq!(detail.record.attempts, 1);
    assert_eq!(detail.attempts.len(), 1);
    assert_eq!(detail.attempts[0].begun_at, w.now());
    assert_eq!(detail.attempts[0].status, DeliveryStatus::Pending);
    assert_eq!(detail.attempts[0].settled_at, None);
    assert_eq!(
        Some(&detail.attempts[0].to),
        ana.handle(Channel::Sms).as_ref()
    );
    w
}

pub(super) async fn begin_wants_the_next_number(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let right = w.begin_of(message, &ana, Channel::Sms).await;
    let mut wrong = right.clone();
    wrong.attempt.number = 2;
    assert_eq!(w.submit(wrong).await, BeginAnswer::Gone);
    let mut foreign = right.clone();
    foreign.attempt.message = w.ids().message();
    assert_eq!(w.submit(foreign).await, BeginAnswer::Gone);
    assert_eq!(w.submit(right).await, BeginAnswer::Begun);
    w
}

pub(super) async fn begin_refuses_when_consent_moved(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let begin = w.begin_of(message, &ana, Channel::Sms).await;
    w.consent(&ana, Channel::Sms, ConsentEvent::OptIn).await;
    assert_eq!(
        w.submit(begin).await,
        BeginAnswer::FactsMoved(MovedFact::Consent)
    );
    assert_eq!(w.state(message).await, Some(PlaceState::Waiting));
    w.begin(message, &ana).await;
    w
}

pub(super) async fn begin_refuses_when_the_window_closed(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let message = w.workout(&ana).await;
    let mut begin = w.begin_of(message, &ana, Channel::Whatsapp).await;
    begin.expected.window_ends_at = Some(w.after(60));
    assert_eq!(
        w.submit(begin.clone()).await,
        BeginAnswer::FactsMoved(MovedFact::Window),
        "there is none"
    );
    w.writes(&ana, Channel::Whatsapp, "hi", None).await;
    let windows = w
        .ask(WindowsOf {
            handles: vec![ana.handle(Channel::Whatsapp).expect("a number")],
        })
        .await;
    begin.expected.window_ends_at = Some(windows[0].window.ends_at);
    assert_eq!(w.submit(begin.clone()).await, BeginAnswer::Begun);
    let mut settle: Settle = w.settle_of(message.seq, begin.attempt, w.again(false));
    settle.effects = AddressEffects {
        window_closed: true,
        ..AddressEffects::default()
    };
    w.submit(settle).await;
    begin.attempt.number = 2;
    assert_eq!(
        w.submit(begin).await,
        BeginAnswer::FactsMoved(MovedFact::Window)
    );
    w
}

pub(super) async fn begin_refuses_when_a_switch_moved(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let begin = w.begin_of(message, &ana, Channel::Sms).await;
    let version = w
        .submit(SetSwitch {
            scope: "channel:sms".into(),
            on: true,
            reason: "carrier trouble".into(),
            actor: "operator:eve".into(),
            at: w.now(),
        })
        .await;
    assert!(version > begin.expected.switches_version);
    assert_eq!(w.ask(Switches).await.0, version);
    assert_eq!(
        w.submit(begin).await,
        BeginAnswer::FactsMoved(MovedFact::Switches)
    );
    w
}

pub(super) async fn begin_refuses_when_a_template_moved(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let record = async |status: &str| {
        w.submit(RecordTemplates {
            templates: vec![w.template("HX1", status)],
            at: w.now(),
        })
        .await
    };
    record("approved").await;
    let message = w.workout(&ana).await;
    let begin = w.begin_of(message, &ana, Channel::Sms).await;
    // Nothing is new: what was decided stands.
    assert!(record("approved").await.is_empty());
    assert_eq!(
        w.ask(Switches).await.0,
        begin.expected.switches_version,
        "the version moves only when something changed"
    );
    assert_eq!(record("paused").await.len(), 1);
    assert_eq!(
        w.submit(begin).await,
        BeginAnswer::FactsMoved(MovedFact::Switches)
    );
    let again = w.begin_of(message, &ana, Channel::Sms).await;
    assert_eq!(w.submit(again).await, BeginAnswer::Begun);
    w
}

pub(super) async fn an_old_epoch_begins_nothing(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let mut begin = w.begin_of(message, &ana, Channel::Sms).await;
    begin.epoch = Epoch(begin.epoch.0 - 1);
    assert!(matches!(w.try_submit(begin).await, Err(StoreError::Fenced)));
    assert_eq!(w.state(message).await, Some(PlaceState::Waiting));
    w
}
