//! What waits, what ended badly and is worked through, and notes of the team.

use domain::{Channel, DeliveryStatus, Kind, PlaceState, Text};

use super::World;
use crate::lane::Seq;
use crate::ops::{
    Accepted, DeadWork, EraseMember, KeepNote, RemoveNote, Retry, RetryAnswer, Tidy,
    WorkDeadLetters,
};
use crate::questions::{DeadCounts, DeadLetters, NotesOf, WaitingNow};
use crate::records::{DeadCount, DeadGroup, DeadLetter, Member, MemberNote};

const DAY: u32 = 86_400;

fn invalid() -> DeadGroup {
    DeadGroup {
        status: DeliveryStatus::Failed,
        reason: Some("invalid_number".into()),
        error_code: Some(21211),
    }
}

async fn fails(w: &World, to: &Member) -> Accepted {
    let message = w.workout(to).await;
    fails_again(w, message, to).await;
    message
}

async fn fails_again(w: &World, message: Accepted, to: &Member) {
    let attempt = w.begin(message, to).await;
    let outcome = World::refused(DeliveryStatus::Failed);
    w.settle(message.seq, attempt, outcome).await;
}

async fn counts(w: &World) -> Vec<DeadCount> {
    w.ask(DeadCounts {
        since: w.now() - domain::Seconds::new(7 * DAY),
        limit: 100,
    })
    .await
}

async fn listed(w: &World, group: DeadGroup, before: Option<Seq>) -> Vec<DeadLetter> {
    w.ask(DeadLetters {
        group,
        since: w.now() - domain::Seconds::new(7 * DAY),
        until: w.now(),
        before,
        look_at: 100,
        limit: 1,
    })
    .await
}

fn work(w: &World, what: DeadWork, messages: &[Accepted]) -> WorkDeadLetters {
    WorkDeadLetters {
        messages: messages.iter().map(|one| one.id).collect(),
        until: w.now(),
        what,
        at: w.now(),
    }
}

pub(super) async fn what_ended_badly_is_told_by_why_until_it_ends_otherwise(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let ben = w.member("Ben", &[Channel::Sms]).await;
    let (arrived, attempt) = w.sent(&ben, "SM9").await;
    let first = fails(&w, &ana).await;
    w.pass(1);
    let second = fails(&w, &ana).await;
    let newest = w.now();
    w.receipt(attempt, DeliveryStatus::Undelivered).await;
    let all = counts(&w).await;
    assert_eq!(all.iter().map(|one| one.count).sum::<u64>(), 3, "{all:?}");
    let one = all.iter().find(|one| one.group == invalid());
    let one = one.expect("the group");
    assert_eq!((one.count, one.newest), (2, newest));

    let page = listed(&w, invalid(), None).await;
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].message.id, second.id);
    assert_eq!(page[0].ended_at, newest);
    let page = listed(&w, invalid(), Some(second.seq)).await;
    assert_eq!(page[0].message.id, first.id);

    // A late good word takes it off; a retry does; age does.
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    assert_eq!(w.status(arrived).await, DeliveryStatus::Delivered);
    let again = Retry {
        id: first.id,
        at: w.now(),
    };
    assert_eq!(w.submit(again).await, RetryAnswer::Waiting);
    let all = counts(&w).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].count, 1);
    w.pass(8 * DAY);
    assert!(counts(&w).await.is_empty());
    w.pass(60 * DAY);
    assert!(w.submit(Tidy { at: w.now() }).await >= 1);
    w
}

pub(super) async fn a_group_is_tried_again_page_by_page_and_never_twice(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(fails(&w, &ana).await);
    }
    let first = work(&w, DeadWork::Retry, &all[..2]);
    assert_eq!(w.submit(first.clone()).await, 2);
    // A second press, or a second operator, does nothing more with those.
    let whole = work(&w, DeadWork::Retry, &all);
    assert_eq!(w.submit(whole.clone()).await, 1);
    assert_eq!(w.submit(whole.clone()).await, 0);
    for one in &all {
        assert_eq!(w.state(*one).await, Some(PlaceState::Waiting));
    }
    // What fails once more is not what was meant.
    w.pass(1);
    fails_again(&w, all[0], &ana).await;
    assert_eq!(w.submit(whole).await, 0);
    assert_eq!(w.status(all[0]).await, DeliveryStatus::Failed);
    assert_eq!(counts(&w).await[0].count, 1);
    w
}

pub(super) async fn what_is_left_is_off_the_list_until_it_fails_again(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = fails(&w, &ana).await;
    let leave = work(&w, DeadWork::Leave, &[message]);
    assert_eq!(w.submit(leave.clone()).await, 1);
    assert_eq!(w.submit(leave).await, 0);
    assert!(counts(&w).await.is_empty());
    let again = Retry {
        id: message.id,
        at: w.now(),
    };
    assert_eq!(w.submit(again).await, RetryAnswer::Waiting);
    fails_again(&w, message, &ana).await;
    assert_eq!(counts(&w).await.len(), 1);
    let id = ana.profile.id;
    assert!(w.submit(EraseMember { id, at: w.now() }).await);
    assert!(counts(&w).await.is_empty(), "it goes with its member");
    w
}

pub(super) async fn what_waits_is_told_by_what_it_waits_for(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let ben = w.member("Ben", &[Channel::Sms]).await;
    let since = w.now();
    let first = w.workout(&ana).await;
    w.pass(60);
    let _second = w.workout(&ana).await;
    let mut later = w.message(&ben, Kind::System);
    later.not_before = Some(w.after(3_600));
    w.accept(later).await;
    let waiting = w
        .ask(WaitingNow {
            at: w.now(),
            limit: 10,
        })
        .await;
    assert_eq!(waiting.by_state, [(PlaceState::Waiting, 3)]);
    assert_eq!(waiting.looked_at, 3);
    let [now, later] = waiting.groups.as_slice() else {
        panic!("two groups: {waiting:?}");
    };
    assert_eq!((now.places, now.lanes, now.is_later), (2, 1, false));
    assert_eq!((now.first, now.since), (first.seq, since));
    assert_eq!((later.places, later.is_later), (1, true));
    assert_eq!(later.due_first, Some(w.after(3_600)));
    let few = w
        .ask(WaitingNow {
            at: w.now(),
            limit: 1,
        })
        .await;
    assert_eq!((few.looked_at, few.groups.len()), (1, 1));
    w
}

pub(super) async fn notes_are_the_teams_and_go_with_their_member(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let id = ana.profile.id;
    let note = |text: &str| MemberNote {
        id: w.ids().note(),
        member: id,
        author: "Joana".into(),
        text: Text::from(text),
        at: w.now(),
    };
    let first = note("Had a knee operation.");
    let kept = KeepNote {
        note: first.clone(),
    };
    assert!(w.submit(kept).await);
    w.pass(1);
    let second = note("Prefers mornings.");
    let kept = KeepNote {
        note: second.clone(),
    };
    assert!(w.submit(kept).await);
    let all = async || {
        w.ask(NotesOf {
            member: id,
            limit: 10,
        })
        .await
    };
    assert_eq!(all().await, [second.clone(), first.clone()]);
    let remove = RemoveNote {
        id: first.id,
        member: id,
        at: w.now(),
    };
    assert!(w.submit(remove).await);
    assert!(!w.submit(remove).await, "once");
    assert_eq!(all().await, [second]);
    assert!(w.submit(EraseMember { id, at: w.now() }).await);
    assert!(all().await.is_empty());
    assert!(!w.submit(KeepNote { note: first }).await, "nobody");
    w
}
