//! Endpoints that events are told to, what each was told, and keys of the API.

use domain::{DeliveryState, Scope, Secret, Stopped};

use super::World;
use crate::ops::{
    MoveEndpoint, NoteDeliveries, RemoveEndpoint, RepeatDelivery, RevokeKey, SaveEndpoint, SaveKey,
    SetSwitch, Tidy, UseKey,
};
use crate::questions::{
    ApiKeys, Deliveries, DeliveriesDue, Endpoints, EventBefore, EventsAfter, EventsWaiting,
};
use crate::records::{DeliveryRecord, EndpointLine, EndpointRecord, KeyRecord};

const DAY: u32 = 86_400;

fn endpoint(w: &World, position: i64) -> EndpointRecord {
    EndpointRecord {
        id: w.ids().webhook(),
        url: "https://crm.example/hooks?of=gymtext".into(),
        description: "The CRM's, „Kunden“".into(),
        events: vec!["message.*".into(), "consent.changed".into()],
        secret: Secret::new("whsec_one"),
        previous: None,
        stopped: None,
        made_at: w.now(),
        made_by: "Joana".into(),
        line: EndpointLine {
            position,
            ..EndpointLine::default()
        },
        retry_at: None,
    }
}

async fn saved(w: &World, endpoint: &EndpointRecord, is_new: bool) -> bool {
    w.submit(SaveEndpoint {
        endpoint: endpoint.clone(),
        is_new,
    })
    .await
}

fn tried(w: &World, event: i64, state: DeliveryState) -> DeliveryRecord {
    DeliveryRecord {
        event,
        kind: "message.status".into(),
        state,
        attempts: 1,
        code: Some(503),
        why: "the endpoint answered 503".into(),
        took_ms: 12,
        answer_bytes: 7,
        tried_at: Some(w.now()),
        next_at: (state == DeliveryState::Retrying).then(|| w.after(300)),
    }
}

fn note(w: &World, one: &EndpointRecord) -> NoteDeliveries {
    NoteDeliveries {
        endpoint: one.id,
        line: None,
        tried: Vec::new(),
        stopped: None,
        at: w.now(),
    }
}

pub(super) async fn an_endpoint_reads_back_and_its_line_moves_only_from_where_it_was(
    w: World,
) -> World {
    let one = endpoint(&w, 7);
    assert!(!saved(&w, &one, false).await, "it is not there");
    assert!(saved(&w, &one, true).await);
    w.pass(1);
    let other = endpoint(&w, 9);
    assert!(saved(&w, &other, true).await);
    assert_eq!(w.ask(Endpoints).await, [one.clone(), other.clone()]);

    let failing = EndpointLine {
        position: 7,
        tries: 2,
        next_at: Some(w.after(300)),
        failing_since: Some(w.now()),
    };
    let moved = NoteDeliveries {
        line: Some((7, failing)),
        ..note(&w, &one)
    };
    assert!(w.submit(moved.clone()).await);
    assert_eq!(w.ask(Endpoints).await[0].line, failing);
    let late = NoteDeliveries {
        line: Some((6, EndpointLine::default())),
        tried: vec![tried(&w, 7, DeliveryState::Delivered)],
        ..note(&w, &one)
    };
    assert!(!w.submit(late).await, "somebody moved it meanwhile");
    assert_eq!(w.ask(Endpoints).await[0].line, failing);
    let all = Deliveries {
        endpoint: one.id,
        state: None,
        before: None,
        limit: 10,
    };
    assert!(w.ask(all).await.is_empty(), "nothing of it is kept");

    let changed = EndpointRecord {
        url: "https://crm.example/other".into(),
        secret: Secret::new("whsec_two"),
        previous: Some((Secret::new("whsec_one"), w.after(DAY))),
        stopped: Some((Stopped::Failing, w.now())),
        line: failing,
        ..one.clone()
    };
    assert!(saved(&w, &changed, false).await);
    assert_eq!(w.ask(Endpoints).await[0], changed);
    let again = EndpointRecord {
        stopped: None,
        line: EndpointLine {
            position: 7,
            ..EndpointLine::default()
        },
        ..changed.clone()
    };
    assert!(saved(&w, &again, false).await);
    assert_eq!(w.ask(Endpoints).await[0], again, "tried at once");
    let gone = NoteDeliveries {
        stopped: Some(Stopped::Gone),
        ..note(&w, &one)
    };
    assert!(w.submit(gone).await);
    let stopped = w.ask(Endpoints).await[0].stopped;
    assert_eq!(stopped, Some((Stopped::Gone, w.now())));

    assert!(w.submit(RemoveEndpoint { id: one.id }).await);
    assert!(!w.submit(RemoveEndpoint { id: one.id }).await);
    assert!(!w.submit(moved).await, "it is gone");
    let position = 1;
    assert!(
        !w.submit(MoveEndpoint {
            id: one.id,
            position
        })
        .await
    );
    assert_eq!(w.ask(Endpoints).await, [other]);
    w
}

pub(super) async fn the_line_of_one_that_is_stopped_stays_where_it_is(w: World) -> World {
    let one = endpoint(&w, 7);
    assert!(saved(&w, &one, true).await);
    let paused = EndpointRecord {
        stopped: Some((Stopped::Paused, w.now())),
        ..one.clone()
    };
    assert!(saved(&w, &paused, false).await);
    // Who was telling it something in that instant comes with the answer.
    let told = NoteDeliveries {
        line: Some((
            7,
            EndpointLine {
                position: 8,
                ..EndpointLine::default()
            },
        )),
        tried: vec![tried(&w, 8, DeliveryState::Delivered)],
        ..note(&w, &one)
    };
    assert!(!w.submit(told.clone()).await);
    assert_eq!(w.ask(Endpoints).await, [paused]);
    let all = Deliveries {
        endpoint: one.id,
        state: None,
        before: None,
        limit: 10,
    };
    assert!(w.ask(all).await.is_empty(), "it is told that again");
    assert!(saved(&w, &one, false).await);
    assert!(w.submit(told).await);
    assert_eq!(w.ask(Endpoints).await[0].line.position, 8);
    w
}

pub(super) async fn what_was_put_aside_is_tried_again_when_it_is_due(w: World) -> World {
    let one = endpoint(&w, 20);
    assert!(saved(&w, &one, true).await);
    let noted = NoteDeliveries {
        tried: vec![
            tried(&w, 11, DeliveryState::Delivered),
            tried(&w, 12, DeliveryState::Retrying),
            tried(&w, 13, DeliveryState::Failed),
            tried(&w, 21, DeliveryState::Waiting),
        ],
        ..note(&w, &one)
    };
    assert!(w.submit(noted).await);
    let listed = async |state, before| -> Vec<i64> {
        let found = w
            .ask(Deliveries {
                endpoint: one.id,
                state,
                before,
                limit: 3,
            })
            .await;
        found.iter().map(|one| one.event).collect()
    };
    assert_eq!(listed(None, None).await, [21, 13, 12]);
    assert_eq!(listed(None, Some(12)).await, [11]);
    assert_eq!(listed(Some(DeliveryState::Failed), None).await, [13]);
    let due = async || {
        w.ask(DeliveriesDue {
            endpoint: one.id,
            at: w.now(),
            limit: 10,
        })
        .await
    };
    assert!(due().await.is_empty());
    assert_eq!(w.ask(Endpoints).await[0].retry_at, Some(w.after(300)));
    w.pass(300);
    let found = due().await;
    assert_eq!(found.len(), 1);
    let as_noted = DeliveryRecord {
        tried_at: found[0].tried_at,
        next_at: Some(w.now()),
        ..tried(&w, 12, DeliveryState::Retrying)
    };
    assert_eq!(found[0], as_noted);

    let repeat = |event| RepeatDelivery {
        endpoint: one.id,
        event,
        kind: "message.status".into(),
        at: w.now(),
    };
    assert!(w.submit(repeat(11)).await, "told before");
    assert!(w.submit(repeat(9)).await, "what is no longer kept, too");
    assert!(!w.submit(repeat(21)).await, "it has its turn in the line");
    let again: Vec<i64> = due().await.iter().map(|one| one.event).collect();
    assert_eq!(again, [9, 11, 12]);

    let position = 10;
    assert!(
        w.submit(MoveEndpoint {
            id: one.id,
            position
        })
        .await
    );
    assert_eq!(w.ask(Endpoints).await[0].line.position, 10);
    let again: Vec<i64> = due().await.iter().map(|one| one.event).collect();
    assert_eq!(again, [9], "the line tells the others");
    assert_eq!(listed(None, None).await, [13, 9]);

    w.pass(8 * DAY);
    w.submit(Tidy { at: w.now() }).await;
    assert_eq!(listed(None, None).await, [9], "what is over goes in time");
    w
}

pub(super) async fn a_key_holds_until_it_is_revoked(w: World) -> World {
    let key = |name: &str, digest: u8| KeyRecord {
        id: w.ids().key(),
        name: name.into(),
        scopes: vec![Scope::Read, Scope::Send],
        digest: [digest; 32],
        made_at: w.now(),
        made_by: "Joana".into(),
        used_at: None,
        expires_at: Some(w.after(DAY)),
    };
    let crm = key("crm", 1);
    assert!(w.submit(SaveKey { key: crm.clone() }).await);
    assert!(
        !w.submit(SaveKey { key: key("crm", 2) }).await,
        "the name is taken"
    );
    assert_eq!(w.ask(ApiKeys).await, std::slice::from_ref(&crm));
    let at = w.after(60);
    w.submit(UseKey { id: crm.id, at }).await;
    let earlier = w.now();
    w.submit(UseKey {
        id: crm.id,
        at: earlier,
    })
    .await;
    assert_eq!(w.ask(ApiKeys).await[0].used_at, Some(at), "the latest");
    let revoke = RevokeKey {
        id: crm.id,
        at: w.now(),
    };
    assert!(w.submit(revoke).await);
    assert!(!w.submit(revoke).await);
    assert!(w.ask(ApiKeys).await.is_empty());
    assert!(
        w.submit(SaveKey { key: key("crm", 2) }).await,
        "and is free again"
    );
    w
}

pub(super) async fn events_are_found_by_when_they_were(w: World) -> World {
    let before = async |at| w.ask(EventBefore { at }).await;
    assert_eq!(before(w.now()).await, None);
    for on in [true, false] {
        w.submit(SetSwitch {
            scope: "all".into(),
            on,
            reason: "a test".into(),
            actor: "a test".into(),
            at: w.now(),
        })
        .await;
        w.pass(60);
    }
    let all = w
        .ask_until(
            EventsAfter {
                after: Some(0),
                limit: 10,
            },
            |events| events.len() == 2,
        )
        .await;
    assert_eq!(before(all[0].at).await, None);
    assert_eq!(before(all[1].at).await, Some(all[0].id));
    assert_eq!(before(w.now()).await, Some(all[1].id));
    w
}

pub(super) async fn what_waits_in_the_outbox_is_known_at_once(w: World) -> World {
    let waiting = async |after, limit| -> Vec<(i64, String)> {
        let found = w.ask(EventsWaiting { after, limit }).await;
        found.into_iter().map(|one| (one.id, one.detail)).collect()
    };
    assert!(waiting(0, 10).await.is_empty());
    for on in [true, false] {
        w.submit(SetSwitch {
            scope: "all".into(),
            on,
            reason: "a test".into(),
            actor: "a test".into(),
            at: w.now(),
        })
        .await;
    }
    // Whatever else is being written in the database meanwhile.
    let all = waiting(0, 10).await;
    let told: Vec<&str> = all.iter().map(|(_, detail)| detail.as_str()).collect();
    assert_eq!(told, ["all on", "all off"]);
    assert_eq!(waiting(all[0].0, 10).await, all[1..]);
    assert_eq!(waiting(0, 1).await, all[..1]);
    w
}
