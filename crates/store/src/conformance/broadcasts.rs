//! The same words to many.

use domain::broadcast::{Stages, When, position};
use domain::{BroadcastId, BroadcastState, Channel, Content, Kind, MemberId};

use super::World;
use crate::ops::{
    Cancel, CancelAnswer, EraseMember, Made, MakeBroadcast, MoveBroadcast, MoveBroadcastAnswer,
    SaveBroadcast, SaveBroadcastAnswer, SetSwitch, TakeAudience,
};
use crate::questions::{
    BroadcastById, BroadcastMembers, BroadcastNext, BroadcastPlaces, BroadcastProgress, Broadcasts,
    Switches,
};
use crate::records::{
    BroadcastCounts, BroadcastMemberRecord, BroadcastPlan, BroadcastRecord, BroadcastStanding,
    Idempotency, Member, NewMessage,
};

fn plan(name: &str) -> BroadcastPlan {
    BroadcastPlan {
        name: name.into(),
        content: Content::text_only("The gym is closed on Friday").expect("a content"),
        channel: None,
        filter: domain::audience::Filter::default(),
        when: When::Now,
        stages: Stages {
            percents: vec![50, 100],
            ..Stages::default()
        },
    }
}

fn save(w: &World, id: BroadcastId, plan: BroadcastPlan, base: Option<u32>) -> SaveBroadcast {
    SaveBroadcast {
        id,
        plan,
        base,
        by: "Joana".into(),
        idempotency: None,
        at: w.now(),
    }
}

async fn draft(w: &World, name: &str) -> BroadcastRecord {
    let id = w.ids().broadcast();
    match w.submit(save(w, id, plan(name), None)).await {
        SaveBroadcastAnswer::Saved { record, .. } => *record,
        other => panic!("{other:?}"),
    }
}

async fn known(w: &World, id: BroadcastId) -> BroadcastRecord {
    w.ask(BroadcastById { id }).await.expect("it exists")
}

/// Moves it on from how it stands.
async fn moved(w: &World, id: BroadcastId, to: BroadcastStanding) -> BroadcastRecord {
    let now = known(w, id).await;
    let answer = w
        .submit(MoveBroadcast {
            id,
            revision: now.revision,
            from: now.standing,
            to: to.clone(),
            switch: None,
            at: w.now(),
        })
        .await;
    match answer {
        MoveBroadcastAnswer::Moved(record) => {
            assert_eq!(record.standing, to);
            *record
        }
        other => panic!("{other:?}"),
    }
}

fn running(w: &World) -> BroadcastStanding {
    BroadcastStanding {
        state: BroadcastState::Running,
        started_at: Some(w.now()),
        ..BroadcastStanding::DRAFT
    }
}

fn take(w: &World, id: BroadcastId, members: &[&Member]) -> TakeAudience {
    let ids = || members.iter().map(|member| member.profile.id);
    TakeAudience {
        id,
        after: None,
        members: ids().map(|one| (one, position(id, one))).collect(),
        up_to: ids().max(),
        is_whole: true,
        at: w.now(),
    }
}

fn messages(w: &World, id: BroadcastId, members: &[&Member]) -> Vec<NewMessage> {
    members
        .iter()
        .map(|member| NewMessage {
            occasion: Some(format!("broadcast:{id}")),
            ..w.message(member, Kind::Broadcast)
        })
        .collect()
}

async fn make(w: &World, id: BroadcastId, stage: u8, members: &[&Member]) -> MakeBroadcast {
    MakeBroadcast {
        id,
        stage,
        taken: known(w, id).await.taken,
        messages: messages(w, id, members),
        passed_over: Vec::new(),
        at: w.now(),
    }
}

/// A broadcast that runs, with everybody in its audience.
async fn started(w: &World, members: &[&Member]) -> BroadcastId {
    let id = draft(w, "Closed").await.id;
    moved(w, id, running(w)).await;
    assert!(w.submit(take(w, id, members)).await);
    id
}

async fn all_of(w: &World, id: BroadcastId) -> Vec<BroadcastMemberRecord> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = BroadcastMembers {
            id,
            status: None,
            after,
            limit: 1,
        };
        let page = w.ask(page).await;
        let Some(last) = page.last() else {
            return found;
        };
        after = Some((last.position, last.member));
        found.extend(page);
    }
}

async fn progress(w: &World, id: BroadcastId, stage: Option<u8>) -> BroadcastCounts {
    w.ask(BroadcastProgress { id, stage }).await
}

pub(super) async fn a_draft_is_edited_by_whoever_saw_it_last(w: World) -> World {
    let first = draft(&w, "Closed").await;
    assert_eq!(
        (first.revision, &first.standing),
        (1, &BroadcastStanding::DRAFT)
    );
    assert_eq!(first.plan, plan("Closed"));
    w.pass(1);
    let mut better = plan("Closed on Friday");
    better.channel = Some(Channel::Sms);
    better.when = When::At(w.after(60));
    let answer = w.submit(save(&w, first.id, better.clone(), Some(1))).await;
    let SaveBroadcastAnswer::Saved { record, .. } = answer else {
        panic!("{answer:?}");
    };
    assert_eq!((record.revision, &record.plan), (2, &better));
    assert_eq!(record.created_at, first.created_at);
    assert_eq!(record.changed_at, w.now());
    let answer = w.submit(save(&w, first.id, plan("Open"), Some(1))).await;
    assert_eq!(answer, SaveBroadcastAnswer::Stale(record.clone()));
    let nobodys = w.ids().broadcast();
    let answer = w.submit(save(&w, nobodys, plan("Open"), Some(1))).await;
    assert_eq!(answer, SaveBroadcastAnswer::Unknown);
    moved(&w, first.id, running(&w)).await;
    let answer = w.submit(save(&w, first.id, plan("Open"), Some(2))).await;
    assert!(matches!(answer, SaveBroadcastAnswer::Stale(_)), "it runs");
    let second = draft(&w, "Second").await;
    let list = |active| Broadcasts {
        active,
        before: None,
        limit: 10,
    };
    let ids = |all: Vec<BroadcastRecord>| all.iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(w.ask(list(false)).await), [second.id, first.id]);
    assert_eq!(ids(w.ask(list(true)).await), [first.id]);
    w
}

pub(super) async fn the_same_key_makes_one_broadcast(w: World) -> World {
    let post = |body: u8| SaveBroadcast {
        idempotency: Some(Idempotency {
            scope: "first".into(),
            key: "k".into(),
            fingerprint: [body; 32],
        }),
        ..save(&w, w.ids().broadcast(), plan("Closed"), None)
    };
    let first = w.submit(post(1)).await;
    let SaveBroadcastAnswer::Saved { record, .. } = first else {
        panic!("{first:?}");
    };
    let again = SaveBroadcastAnswer::Saved {
        record,
        replayed: true,
    };
    assert_eq!(w.submit(post(1)).await, again);
    assert_eq!(w.submit(post(2)).await, SaveBroadcastAnswer::KeyReused);
    w
}

pub(super) async fn a_broadcast_moves_on_only_from_how_it_was_seen(w: World) -> World {
    let draft = draft(&w, "Closed").await;
    let pause = BroadcastStanding {
        state: BroadcastState::Paused,
        held: Some(BroadcastState::Running),
        why: Some("a mistake".into()),
        ..running(&w)
    };
    let scope = format!("queue:{}", draft.id);
    let operation = |from: BroadcastStanding| MoveBroadcast {
        id: draft.id,
        revision: draft.revision,
        from,
        to: pause.clone(),
        switch: Some(SetSwitch {
            scope: scope.clone(),
            on: true,
            reason: "a mistake".into(),
            actor: "Joana".into(),
            at: w.now(),
        }),
        at: w.now(),
    };
    let answer = w.submit(operation(running(&w))).await;
    assert_eq!(answer, MoveBroadcastAnswer::Stale(Box::new(draft.clone())));
    assert!(w.ask(Switches).await.1.is_empty(), "nothing was switched");
    moved(&w, draft.id, running(&w)).await;
    let answer = w.submit(operation(running(&w))).await;
    assert!(matches!(answer, MoveBroadcastAnswer::Moved(_)));
    assert_eq!(w.ask(Switches).await.1[0].scope, scope);
    let nobodys = MoveBroadcast {
        id: w.ids().broadcast(),
        ..operation(running(&w))
    };
    assert_eq!(w.submit(nobodys).await, MoveBroadcastAnswer::Unknown);
    w
}

pub(super) async fn an_audience_is_taken_page_by_page_and_once(w: World) -> World {
    let (ana, bia) = (w.member("Ana", &[]).await, w.member("Bia", &[]).await);
    let id = draft(&w, "Closed").await.id;
    let first = TakeAudience {
        is_whole: false,
        ..take(&w, id, &[&ana])
    };
    assert!(!w.submit(first.clone()).await, "it is a draft");
    moved(&w, id, running(&w)).await;
    assert!(w.submit(first.clone()).await);
    assert!(!w.submit(first).await, "that page was taken");
    let now = known(&w, id).await;
    assert_eq!((now.audience, now.audience_at), (1, None));
    assert_eq!(now.audience_after, Some(ana.profile.id));
    let second = TakeAudience {
        after: Some(ana.profile.id),
        ..take(&w, id, &[&bia])
    };
    assert!(w.submit(second.clone()).await);
    assert!(!w.submit(second).await, "it is whole");
    let now = known(&w, id).await;
    assert_eq!((now.audience, now.audience_at), (2, Some(w.now())));
    let next = w.ask(BroadcastNext { id, limit: 10 }).await;
    let mut expected: Vec<MemberId> = vec![ana.profile.id, bia.profile.id];
    expected.sort_by_key(|member| position(id, *member));
    let next: Vec<_> = next.into_iter().map(|one| one.member).collect();
    assert_eq!(next, expected);
    w
}

pub(super) async fn each_member_has_one_message_of_a_broadcast_ever(w: World) -> World {
    let sms = &[Channel::Sms];
    let (ana, bia) = (w.member("Ana", sms).await, w.member("Bia", sms).await);
    let (caio, dora) = (w.member("Caio", sms).await, w.member("Dora", sms).await);
    let id = started(&w, &[&ana, &bia, &caio, &dora]).await;
    let erase = EraseMember {
        id: caio.profile.id,
        at: w.now(),
    };
    assert!(w.submit(erase).await);
    let next = w.ask(BroadcastNext { id, limit: 10 }).await;
    let erased: Vec<_> = next
        .iter()
        .filter(|one| one.time_zone.is_none())
        .map(|one| one.member)
        .collect();
    assert_eq!(erased, [caio.profile.id]);

    assert_eq!(
        w.submit(make(&w, id, 1, &[&ana]).await).await,
        None,
        "another stage"
    );
    let made = |messages, passed_over| {
        Some(Made {
            messages,
            passed_over,
        })
    };
    let answer = w.submit(make(&w, id, 0, &[&ana, &caio]).await).await;
    assert_eq!(answer, made(1, 1));
    let again = MakeBroadcast {
        passed_over: vec![(dora.profile.id, "local_time_over".into())],
        ..make(&w, id, 0, &[&ana, &bia]).await
    };
    assert_eq!(w.submit(again).await, made(1, 1));
    assert_eq!(known(&w, id).await.taken, 4);
    assert!(w.ask(BroadcastNext { id, limit: 10 }).await.is_empty());

    let all = all_of(&w, id).await;
    let stands = |member: &Member| {
        let found = all.iter().find(|one| one.member == member.profile.id);
        let found = found.expect("one of the audience");
        (found.status.as_str(), found.reason.as_deref())
    };
    assert_eq!(stands(&ana), ("waiting", None));
    assert_eq!(stands(&bia), ("waiting", None));
    assert_eq!(stands(&caio), ("passed_over", Some("erased")));
    assert_eq!(stands(&dora), ("passed_over", Some("local_time_over")));
    assert!(all.is_sorted_by_key(|one| one.position));
    let waiting = BroadcastMembers {
        id,
        status: Some("waiting".into()),
        after: None,
        limit: 10,
    };
    assert_eq!(w.ask(waiting).await.len(), 2);
    let counts = progress(&w, id, None).await;
    assert_eq!((counts.total(), counts.with_word("waiting")), (4, 2));
    assert_eq!(progress(&w, id, Some(1)).await.total(), 0);
    w
}

pub(super) async fn nothing_is_made_of_a_broadcast_that_is_paused(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let id = started(&w, &[&ana]).await;
    let paused = BroadcastStanding {
        state: BroadcastState::Paused,
        held: Some(BroadcastState::Running),
        ..known(&w, id).await.standing
    };
    moved(&w, id, paused).await;
    assert_eq!(w.submit(make(&w, id, 0, &[&ana]).await).await, None);
    assert_eq!(w.ask(BroadcastNext { id, limit: 10 }).await.len(), 1);
    w
}

pub(super) async fn what_came_of_a_broadcast_is_counted(w: World) -> World {
    let sms = &[Channel::Sms];
    let (ana, bia) = (w.member("Ana", sms).await, w.member("Bia", sms).await);
    let id = started(&w, &[&ana, &bia]).await;
    w.submit(make(&w, id, 0, &[&ana, &bia]).await).await;
    let places = |not_left| BroadcastPlaces {
        id,
        not_left,
        limit: 10,
    };
    assert_eq!(w.ask(places(true)).await.len(), 2);
    let of = |member: MemberId, all: &[BroadcastMemberRecord]| {
        let found = all.iter().find(|one| one.member == member);
        found.and_then(|one| one.message).expect("a message")
    };
    let all = all_of(&w, id).await;
    let hers = of(ana.profile.id, &all);
    let seq = w.detail(hers).await.record.seq;
    let attempt = w.begin(crate::ops::Accepted { id: hers, seq }, &ana).await;
    w.settle(seq, attempt, w.taken("SM1")).await;
    assert_eq!(w.ask(places(true)).await.len(), 1, "hers has left");
    assert_eq!(w.ask(places(false)).await.len(), 2, "and has its place");
    w.pass(60);
    w.writes(&ana, Channel::Sms, "Thank you", None).await;
    let stop = Some(domain::ConsentEvent::OptOut);
    w.writes(&ana, Channel::Sms, "STOP", stop).await;
    let cancel = Cancel {
        id: of(bia.profile.id, &all),
        at: w.now(),
    };
    assert_eq!(w.submit(cancel).await, CancelAnswer::Cancelled);
    let counts = progress(&w, id, Some(0)).await;
    assert_eq!((counts.replies, counts.stops), (1, 1));
    assert_eq!(counts.with_word("accepted"), 1);
    assert_eq!(counts.with_word("cancelled"), 1);
    w
}

pub(super) async fn two_who_make_the_same_stage_make_no_more_than_it_has(w: World) -> World {
    let sms = &[Channel::Sms];
    let (ana, bia) = (w.member("Ana", sms).await, w.member("Bia", sms).await);
    let caio = w.member("Caio", sms).await;
    let id = started(&w, &[&ana, &bia, &caio]).await;
    // The other read how far it is before this one made its page, and asked who is next after it.
    let late = make(&w, id, 0, &[&bia]).await;
    assert!(w.submit(make(&w, id, 0, &[&ana]).await).await.is_some());
    assert_eq!(w.submit(late).await, None);
    assert_eq!(known(&w, id).await.taken, 1);
    assert_eq!(progress(&w, id, None).await.with_word("waiting"), 1);
    assert!(w.submit(make(&w, id, 0, &[&bia]).await).await.is_some());
    w
}
