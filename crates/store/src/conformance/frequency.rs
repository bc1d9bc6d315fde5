//! Counting what goes to members, where caps of ours limit it.

use domain::{Channel, DeliveryStatus, Kind, MessageId, Seconds, Timestamp};

use super::world::World;
use crate::ops::{Accepted, CountSends, EraseMember, Send, Tidy};
use crate::questions::CountedSends;
use crate::records::{CountedSend, Member};

const DAY: u32 = 24 * 3_600;

/// At most so many within a day.
fn send(w: &World, to: &Member, message: Accepted, most: u32) -> Send {
    Send {
        member: to.profile.id,
        kind: Kind::DailyWorkout,
        message: message.id,
        root: message.id,
        limits: vec![(most, w.now() - Seconds::new(DAY))],
    }
}

async fn count(w: &World, sends: Vec<Send>) -> Vec<bool> {
    w.submit(CountSends { sends, at: w.now() }).await
}

async fn counted(w: &World, of: &[(&Member, Kind)], since: Timestamp) -> Vec<CountedSend> {
    let of = of.iter().map(|(member, kind)| (member.profile.id, *kind));
    w.ask(CountedSends {
        of: of.collect(),
        since,
    })
    .await
}

fn roots(counted: &[CountedSend]) -> Vec<MessageId> {
    counted.iter().map(|one| one.root).collect()
}

pub(super) async fn no_more_is_counted_than_a_cap_allows(mut w: World) -> World {
    let (ana, ben) = (
        w.member("Ana", &[Channel::Sms]).await,
        w.member("Ben", &[Channel::Sms]).await,
    );
    let start = w.now();
    let [one, two, three] = [
        w.workout(&ana).await,
        w.workout(&ana).await,
        w.workout(&ana).await,
    ];
    let bens = w.workout(&ben).await;
    // Of two that are planned at once one gets the last place; Ben has his own.
    let sends = vec![
        send(&w, &ana, one, 1),
        send(&w, &ana, two, 1),
        send(&w, &ben, bens, 1),
    ];
    assert_eq!(count(&w, sends).await, [true, false, true]);
    // One that is counted stays so: it is planned again, and goes.
    w.pass(60);
    assert_eq!(count(&w, vec![send(&w, &ana, one, 1)]).await, [true]);
    let expected = CountedSend {
        member: ana.profile.id,
        kind: Kind::DailyWorkout,
        root: one.id,
        at: start,
    };
    w.reopen().await;
    let workouts = [(&ana, Kind::DailyWorkout)];
    let before = start - Seconds::new(1);
    assert_eq!(counted(&w, &workouts, before).await, [expected]);
    assert!(counted(&w, &workouts, start).await.is_empty(), "later than");
    assert!(
        counted(&w, &[(&ana, Kind::Broadcast)], before)
            .await
            .is_empty()
    );
    assert!(counted(&w, &[], before).await.is_empty());
    let both = [(&ana, Kind::DailyWorkout), (&ben, Kind::DailyWorkout)];
    assert_eq!(counted(&w, &both, before).await.len(), 2);
    // A limit of its own for each: two a day, and one in the last minute.
    let mut strict = send(&w, &ana, two, 2);
    strict.limits.push((1, w.now() - Seconds::new(61)));
    assert_eq!(count(&w, vec![strict]).await, [false]);
    assert_eq!(count(&w, vec![send(&w, &ana, two, 2)]).await, [true]);
    // Without a limit it goes, and is counted.
    let mut urgent = send(&w, &ana, three, 0);
    urgent.limits.clear();
    assert_eq!(count(&w, vec![urgent]).await, [true]);
    let counted = counted(&w, &workouts, before).await;
    assert_eq!(roots(&counted), [one.id, two.id, three.id]);
    assert_eq!(count(&w, Vec::new()).await, [false; 0]);
    w.pass(DAY);
    let four = w.workout(&ana).await;
    assert_eq!(count(&w, vec![send(&w, &ana, four, 1)]).await, [true]);
    w
}

pub(super) async fn what_ends_badly_counts_no_more_and_a_chain_counts_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (first, leg) = (w.workout(&ana).await, w.workout(&ana).await);
    let before = w.now() - Seconds::new(1);
    let workouts = [(&ana, Kind::DailyWorkout)];
    assert_eq!(count(&w, vec![send(&w, &ana, first, 1)]).await, [true]);
    let attempt = w.begin(first, &ana).await;
    assert_eq!(roots(&counted(&w, &workouts, before).await), [first.id]);
    w.pass(60);
    let mut follows = send(&w, &ana, leg, 1);
    follows.root = first.id;
    assert_eq!(
        count(&w, vec![follows.clone()]).await,
        [true],
        "the same chain"
    );
    assert_eq!(counted(&w, &workouts, before).await.len(), 1);
    // The first one failed: the chain counts by the one that follows, from when that went.
    w.settle(first.seq, attempt, World::refused(DeliveryStatus::Failed))
        .await;
    let chain = counted(&w, &workouts, before).await;
    assert_eq!(roots(&chain), [first.id]);
    assert_eq!(chain[0].at, w.now());
    let attempt = w.begin(leg, &ana).await;
    w.settle(
        leg.seq,
        attempt,
        World::refused(DeliveryStatus::Undelivered),
    )
    .await;
    assert!(counted(&w, &workouts, before).await.is_empty());
    let next = w.workout(&ana).await;
    assert_eq!(count(&w, vec![send(&w, &ana, next, 1)]).await, [true]);
    w
}

pub(super) async fn counts_go_when_they_are_old_and_with_their_member(w: World) -> World {
    let (ana, ben) = (
        w.member("Ana", &[Channel::Sms]).await,
        w.member("Ben", &[Channel::Sms]).await,
    );
    let before = w.now() - Seconds::new(1);
    let (hers, his) = (w.workout(&ana).await, w.workout(&ben).await);
    let sends = vec![send(&w, &ana, hers, 9), send(&w, &ben, his, 9)];
    assert_eq!(count(&w, sends).await, [true, true]);
    let erase = EraseMember {
        id: ana.profile.id,
        at: w.now(),
    };
    assert!(w.submit(erase).await);
    let both = [(&ana, Kind::DailyWorkout), (&ben, Kind::DailyWorkout)];
    assert_eq!(roots(&counted(&w, &both, before).await), [his.id]);
    w.pass(31 * DAY);
    w.submit(Tidy { at: w.now() }).await;
    assert_eq!(
        counted(&w, &both, before).await.len(),
        1,
        "caps look back as far"
    );
    w.pass(2 * DAY);
    w.submit(Tidy { at: w.now() }).await;
    assert!(counted(&w, &both, before).await.is_empty());
    w
}
