//! Whom WhatsApp is on for, and what of the outbox is past keeping.

use domain::{Channel, DeliveryState, Secret, Stopped};

use super::World;
use crate::ops::{
    BeginAnswer, MovedFact, NoteDeliveries, PruneEvents, Pruned, RecordPrices, SaveEndpoint,
    SetRollout, SetSwitch,
};
use crate::questions::{EventsAfter, EventsPruned, RolloutMembers, RolloutNow, Switches};
use crate::records::{DeliveryRecord, EndpointLine, EndpointRecord, EventRecord, RolloutRecord};

const DAY: u32 = 86_400;

fn rollout(w: &World, percent: u8) -> RolloutRecord {
    RolloutRecord {
        percent,
        cohorts: vec!["team".into(), "early-2026".into()],
        actor: "Joana".into(),
        since: w.now(),
    }
}

async fn set(w: &World, rollout: Option<RolloutRecord>) -> u32 {
    let at = w.now();
    w.submit(SetRollout { rollout, at }).await
}

pub(super) async fn a_rollout_is_kept_moves_the_version_and_goes_back(w: World) -> World {
    assert_eq!(w.ask(RolloutNow).await, None);
    let (before, _) = w.ask(Switches).await;
    let first = set(&w, Some(rollout(&w, 25))).await;
    assert!(before < first);
    assert_eq!(w.ask(Switches).await.0, first);
    assert_eq!(w.ask(RolloutNow).await, Some(rollout(&w, 25)));
    w.pass(60);
    let mut other = rollout(&w, 0);
    other.cohorts.clear();
    assert!(first < set(&w, Some(other.clone())).await);
    assert_eq!(w.ask(RolloutNow).await, Some(other));
    set(&w, None).await;
    assert_eq!(w.ask(RolloutNow).await, None);
    w
}

pub(super) async fn begin_refuses_when_a_rollout_moved(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let begin = w.begin_of(message, &ana, Channel::Sms).await;
    set(&w, Some(rollout(&w, 10))).await;
    assert_eq!(
        w.submit(begin).await,
        BeginAnswer::FactsMoved(MovedFact::Switches)
    );
    w
}

pub(super) async fn who_agreed_to_whatsapp_is_told_page_by_page(w: World) -> World {
    let both = [Channel::Sms, Channel::Whatsapp];
    let mut members = Vec::new();
    for (name, agreed) in [
        ("Ana", &both[..]),
        ("Bia", &both[1..]),
        ("Carla", &both[..]),
    ] {
        members.push((w.member(name, agreed).await.profile.id, agreed.len() == 2));
    }
    w.member("Duda", &[Channel::Sms]).await;
    members.sort_unstable();
    let page = async |after, limit| w.ask(RolloutMembers { after, limit }).await;
    let first = page(None, 2).await;
    let rest = page(first.last().map(|one| one.member), 2).await;
    let all = first.iter().chain(&rest);
    let told: Vec<_> = all.map(|one| (one.member, one.sms)).collect();
    assert_eq!(told, members);
    w
}

fn endpoint(w: &World, position: i64) -> EndpointRecord {
    EndpointRecord {
        id: w.ids().webhook(),
        url: format!("https://crm.example/{position}"),
        description: String::new(),
        events: vec!["*".into()],
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

/// Six events, a day between two of them.
async fn six(w: &World) -> Vec<EventRecord> {
    for turn in 0..6 {
        w.submit(SetSwitch {
            scope: "all".into(),
            on: turn % 2 == 0,
            reason: "a test".into(),
            actor: "a test".into(),
            at: w.now(),
        })
        .await;
        w.pass(DAY);
    }
    kept(w, 6).await
}

async fn kept(w: &World, count: usize) -> Vec<EventRecord> {
    let all = EventsAfter {
        after: Some(0),
        limit: 100,
    };
    w.ask_until(all, |events| events.len() == count).await
}

async fn prune(w: &World, before: domain::Timestamp, priced: bool, limit: u32) -> Pruned {
    let prune = PruneEvents {
        before,
        priced,
        limit,
    };
    w.submit(prune).await
}

pub(super) async fn the_outbox_is_pruned_page_by_page_and_keeps_its_newest(w: World) -> World {
    let all = six(&w).await;
    assert_eq!(w.ask(EventsPruned).await, None);
    let before = w.now();
    let first = prune(&w, before, false, 2).await;
    assert_eq!((first.events, first.more), (2, true));
    let told = w.ask(EventsPruned).await.expect("it was pruned");
    assert_eq!((told.event, told.at), (all[1].id, all[1].at));
    // What is younger stays.
    let young = prune(&w, all[3].at, false, 10).await;
    assert_eq!((young.events, young.more), (1, false));
    let rest = prune(&w, before, false, 10).await;
    assert_eq!(rest.events, 2, "the newest stays");
    assert_eq!(kept(&w, 1).await[0].id, all[5].id);
    assert_eq!(prune(&w, before, false, 10).await, Pruned::default());
    assert_eq!(
        w.ask(EventsPruned).await.map(|to| to.event),
        Some(all[4].id)
    );
    w
}

pub(super) async fn nothing_is_pruned_that_somebody_is_still_to_read(w: World) -> World {
    let all = six(&w).await;
    let before = w.now();
    // Nobody has followed the outbox for prices yet.
    assert_eq!(prune(&w, before, true, 10).await.events, 0);
    let told = RecordPrices {
        told: Vec::new(),
        asked_to: Some(all[3].id),
        at: w.now(),
    };
    w.submit(told).await;
    let slow = endpoint(&w, all[0].id);
    let mut stopped = endpoint(&w, 0);
    stopped.stopped = Some((Stopped::Paused, w.now()));
    for endpoint in [slow.clone(), stopped] {
        let is_new = true;
        w.submit(SaveEndpoint { endpoint, is_new }).await;
    }
    assert_eq!(prune(&w, before, true, 10).await.events, 1, "as far as it");
    // It goes on, and leaves one aside.
    let aside = DeliveryRecord {
        event: all[2].id,
        kind: "switch.changed".into(),
        state: DeliveryState::Retrying,
        attempts: 3,
        code: Some(500),
        why: "it answered 500".into(),
        took_ms: 1,
        answer_bytes: 0,
        tried_at: Some(w.now()),
        next_at: Some(w.after(300)),
    };
    let noted = NoteDeliveries {
        endpoint: slow.id,
        line: Some((
            all[0].id,
            EndpointLine {
                position: all[5].id,
                ..EndpointLine::default()
            },
        )),
        tried: vec![aside],
        stopped: None,
        at: w.now(),
    };
    assert!(w.submit(noted).await);
    assert_eq!(
        prune(&w, before, true, 10).await.events,
        1,
        "up to that one"
    );
    assert_eq!(kept(&w, 4).await[0].id, all[2].id);
    w
}
