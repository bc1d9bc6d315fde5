//! Consent of addresses (GUARANTEES 2.5) and what an opt-out silences (G13, G14).

use domain::{Channel, ConsentEvent, ConsentState, DeliveryStatus, Kind, PlaceState, Purpose};

use super::acts::entry;
use super::world::World;
use crate::ops::{BeginAnswer, ChangeConsent, MovedFact};
use crate::questions::ConsentsOf;

pub(super) async fn consent_follows_the_table(w: World) -> World {
    use ConsentEvent::{Import, OptIn, OptOut, Start};
    use ConsentState::{OptedIn, OptedOut, Unknown};
    for (events, own_act, state) in [
        (&[Import][..], false, Unknown),
        (&[OptIn], false, OptedIn),
        (&[OptOut, OptIn], false, OptedOut),
        (&[OptOut, OptIn], true, OptedIn),
        (&[OptOut, Import], false, OptedOut),
        (&[OptOut, Start], true, OptedIn),
        (&[OptIn, OptOut], true, OptedOut),
    ] {
        let ana = w.stranger_to_consent("Ana").await;
        let handle = ana.handle(Channel::Sms).expect("a number");
        for event in events {
            let mut entry = entry(Channel::Sms, &handle, *event);
            entry.own_act = own_act;
            w.submit(ChangeConsent { entry, at: w.now() }).await;
        }
        let now = w
            .ask(ConsentsOf {
                addresses: vec![(Channel::Sms, handle)],
            })
            .await;
        assert_eq!(now[0].state, state, "after {events:?}");
    }
    w
}

pub(super) async fn every_change_raises_the_version(w: World) -> World {
    let ana = w.stranger_to_consent("Ana").await;
    let handle = ana.handle(Channel::Sms).expect("a number");
    let mut version = 0;
    for event in [
        ConsentEvent::OptIn,
        ConsentEvent::OptIn,
        ConsentEvent::OptOut,
        ConsentEvent::Start,
    ] {
        let change = w.consent(&ana, Channel::Sms, event).await;
        assert!(change.record.version > version);
        version = change.record.version;
    }
    let now = w
        .ask(ConsentsOf {
            addresses: vec![(Channel::Sms, handle)],
        })
        .await;
    assert_eq!(now[0].version, version);
    assert_eq!(now[0].source, "join_page");
    assert!(now[0].wording.is_some());
    w
}

pub(super) async fn stop_ends_what_waits_to_that_address(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let ben = w.member("Ben", &[Channel::Sms]).await;
    let (first, second) = (w.workout(&ana).await, w.workout(&ana).await);
    let other = w.workout(&ben).await;
    w.notices().await;
    let change = w.consent(&ana, Channel::Sms, ConsentEvent::OptOut).await;
    assert_eq!(change.suppressed, [first.id, second.id]);
    let notices = w.notices().await;
    for message in [first, second] {
        assert_eq!(w.status(message).await, DeliveryStatus::Suppressed);
        assert_eq!(w.state(message).await, None);
        assert!(super::acts::freed(&notices, message.seq));
    }
    let detail = w.detail(first.id).await;
    assert_eq!(detail.record.reason.as_deref(), Some("opted_out"));
    assert_eq!(detail.decisions.len(), 1, "the reason can be asked for");
    assert_eq!(w.state(other).await, Some(PlaceState::Waiting));
    w
}

pub(super) async fn stop_leaves_what_may_go_elsewhere(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms, Channel::Whatsapp]).await;
    let anywhere = w.workout(&ana).await;
    let mut bound = w.message(&ana, Kind::System);
    bound.channel = Some(Channel::Sms);
    let bound = w.accept(bound).await;
    w.consent(&ana, Channel::Sms, ConsentEvent::OptOut).await;
    assert_eq!(w.status(bound).await, DeliveryStatus::Suppressed);
    assert_eq!(
        w.detail(anywhere.id).await.record.place,
        Some(PlaceState::Waiting)
    );
    w
}

pub(super) async fn stop_spares_its_own_confirmation(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut confirmation = w.message(&ana, Kind::KeywordReply);
    confirmation.channel = Some(Channel::Sms);
    let confirmation = w.accept(confirmation).await;
    w.consent(&ana, Channel::Sms, ConsentEvent::OptOut).await;
    assert_eq!(w.state(confirmation).await, Some(PlaceState::Waiting));
    w
}

pub(super) async fn stop_names_what_is_already_begun(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    let change = w.consent(&ana, Channel::Sms, ConsentEvent::OptOut).await;
    assert_eq!(change.begun, [attempt]);
    assert_eq!(change.suppressed, []);
    w
}

pub(super) async fn a_marketing_stop_moves_the_version_that_begin_compares(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let message = w.workout(&ana).await;
    let begin = w.begin_of(message, &ana, Channel::Whatsapp).await;
    let handle = ana.handle(Channel::Whatsapp).expect("a number");
    let mut stop = entry(Channel::Whatsapp, &handle, ConsentEvent::OptOut);
    stop.purpose = Purpose::Marketing;
    let change = w
        .submit(ChangeConsent {
            entry: stop,
            at: w.now(),
        })
        .await;
    assert_eq!(change.suppressed, [], "the planner knows what is marketing");
    assert_eq!(
        w.submit(begin).await,
        BeginAnswer::FactsMoved(MovedFact::Consent)
    );
    w
}
