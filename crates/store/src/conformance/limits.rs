//! What had to slow down, and who was reached, kept for the next process and for the others.

use domain::{Channel, Handle, Seconds};

use super::world::World;
use crate::ops::{EraseMember, ReachPeople, SlowDown, Tidy};
use crate::questions::LimitsSince;
use crate::records::{LimitsTold, Slowdown};

const DAY: u32 = 24 * 3_600;

fn handle_of(number: &str) -> Handle {
    Handle::Phone(number.parse().expect("a number"))
}

fn slowdown(w: &World, handle: Option<Handle>, seconds: u32, times: u32) -> Slowdown {
    Slowdown {
        limit: if handle.is_some() { "pair" } else { "sender" }.into(),
        channel: Channel::Whatsapp,
        handle,
        until: w.after(seconds),
        code: Some(63018),
        times,
        told_at: w.now(),
    }
}

async fn told(w: &World, slowdown: Slowdown) {
    w.submit(SlowDown { slowdown }).await;
}

async fn reach(w: &World, handles: &[&Handle], max: u32) -> Vec<bool> {
    w.submit(ReachPeople {
        channel: Channel::Whatsapp,
        handles: handles.iter().copied().cloned().collect(),
        max,
        since: w.now() - Seconds::new(DAY),
        at: w.now(),
    })
    .await
}

async fn since(w: &World, since: domain::Timestamp) -> LimitsTold {
    w.ask(LimitsSince { since }).await
}

pub(super) async fn a_slowdown_outlives_its_process_and_only_grows(mut w: World) -> World {
    let start = w.now();
    let long = slowdown(&w, None, 600, 1);
    told(&w, long.clone()).await;
    let pair = slowdown(&w, Some(handle_of("+14155552671")), 4, 2);
    told(&w, pair.clone()).await;
    w.pass(60);
    // Another process was told of a shorter one.
    let shorter = slowdown(&w, None, 30, 2);
    told(&w, shorter.clone()).await;
    w.reopen().await;
    let kept = since(&w, start).await.slowdowns;
    let grown = Slowdown {
        until: long.until,
        ..shorter
    };
    assert_eq!(kept, [pair, grown.clone()]);
    // Who has asked before asks for what is new.
    assert_eq!(since(&w, w.now()).await.slowdowns, [grown]);
    w
}

pub(super) async fn whoever_was_reached_is_known_by_when(w: World) -> World {
    let (ana, ben) = (handle_of("+14155552671"), handle_of("+14155552672"));
    let start = w.now();
    assert_eq!(reach(&w, &[&ana, &ben, &ana], 9).await, [true; 3]);
    w.pass(60);
    reach(&w, &[&ana], 9).await;
    let people = since(&w, start).await.people;
    assert_eq!(
        people,
        [
            (Channel::Whatsapp, ben, start),
            (Channel::Whatsapp, ana.clone(), w.now())
        ]
    );
    assert_eq!(
        since(&w, w.now()).await.people,
        [(Channel::Whatsapp, ana, w.now())]
    );
    w
}

pub(super) async fn limits_go_when_they_are_old_and_with_their_member(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let start = w.now();
    let hers = ana.handle(Channel::Whatsapp).expect("an address");
    let bens = handle_of("+14155552699");
    reach(&w, &[&hers, &bens], 9).await;
    told(&w, slowdown(&w, Some(hers), 600, 1)).await;
    told(&w, slowdown(&w, None, 3 * DAY, 1)).await;
    let erase = EraseMember {
        id: ana.profile.id,
        at: w.now(),
    };
    assert!(w.submit(erase).await);
    let left = since(&w, start).await;
    assert_eq!(left.people, [(Channel::Whatsapp, bens, start)]);
    assert_eq!(left.slowdowns.len(), 1);
    w.pass(2 * DAY + 1);
    assert_eq!(w.submit(Tidy { at: w.now() }).await, 1, "a person");
    assert_eq!(since(&w, start).await.slowdowns.len(), 1, "not over yet");
    w.pass(DAY);
    w.submit(Tidy { at: w.now() }).await;
    w.pass(2 * DAY);
    assert_eq!(w.submit(Tidy { at: w.now() }).await, 1);
    assert_eq!(since(&w, start).await, LimitsTold::default());
    w
}

pub(super) async fn no_more_people_are_reached_than_a_day_allows(mut w: World) -> World {
    let people: Vec<Handle> = (0..4)
        .map(|n| handle_of(&format!("+1415555267{n}")))
        .collect();
    let [ana, ben, cy, dee] = [&people[0], &people[1], &people[2], &people[3]];
    assert_eq!(reach(&w, &[ana], 2).await, [true]);
    w.pass(3_600);
    assert_eq!(reach(&w, &[ben, cy, ana], 2).await, [true, false, true]);
    w.reopen().await;
    assert_eq!(reach(&w, &[cy, dee], 2).await, [false, false]);
    // Ana was reached again an hour later, so Ben and she are counted until then.
    w.pass(DAY - 1);
    assert_eq!(reach(&w, &[cy], 2).await, [false]);
    w.pass(1);
    assert_eq!(reach(&w, &[cy, dee, ben], 2).await, [true, true, false]);
    // A greater limit makes room at once, a smaller one takes nobody's back.
    assert_eq!(reach(&w, &[ben], 3).await, [true]);
    assert_eq!(reach(&w, &[cy, ana], 1).await, [true, false]);
    w
}
