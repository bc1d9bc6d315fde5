//! Whose occurrences have no end, and up to when that was looked through.

use domain::{MemberId, Seconds, Timestamp};

use super::World;
use crate::lane::{Epoch, SHARDS, Shard, Shards};
use crate::ops::{NoteChecked, NoteOccurrences};
use crate::questions::{CheckedTo, DueMembers, RecursFrom};
use crate::records::OccurrenceEnd;

const OCCASION: &str = "daily_workout:2026-11-20";

pub(super) async fn who_is_due_is_told_page_by_page_among_so_many(w: World) -> World {
    let mut members = Vec::new();
    for number in 0..5 {
        members.push(w.member(&format!("Ana {number}"), &[]).await.profile);
    }
    members.sort_unstable_by_key(|member| member.id);
    let ids: Vec<MemberId> = members.iter().map(|member| member.id).collect();
    let page = async |after, limit, among| {
        let asked = DueMembers {
            time_zone: members[0].time_zone.clone(),
            hours: None,
            occasion: OCCASION.into(),
            joined_by: w.now(),
            after,
            limit,
            among,
        };
        let page = w.ask(asked).await;
        let found = page.members.iter().map(|one| one.profile.id);
        (found.collect::<Vec<_>>(), page.next)
    };
    assert_eq!(page(None, 9, 9).await, (ids.clone(), None));
    assert_eq!(page(None, 2, 9).await, (ids[..2].to_vec(), Some(ids[1])));
    assert_eq!(page(Some(ids[1]), 9, 9).await, (ids[2..].to_vec(), None));
    assert_eq!(page(None, 9, 3).await, (ids[..3].to_vec(), Some(ids[2])));
    // Where nobody is found there may be somebody further on.
    let ends = ids[..3].iter().map(|member| OccurrenceEnd {
        member: *member,
        occasion: OCCASION.into(),
        due_at: w.now(),
        why: "rest_day".into(),
    });
    let ends = ends.collect();
    w.submit(NoteOccurrences { ends, at: w.now() }).await;
    assert_eq!(page(None, 9, 3).await, (Vec::new(), Some(ids[2])));
    assert_eq!(page(Some(ids[2]), 9, 3).await, (ids[3..].to_vec(), None));
    assert_eq!(page(None, 9, 9).await, (ids[3..].to_vec(), None));
    w
}

fn shards(numbers: impl IntoIterator<Item = u8>) -> Shards {
    let shards = numbers.into_iter().filter_map(Shard::new);
    shards.fold(Shards::NONE, Shards::with)
}

async fn note(w: &World, shards: Shards, epoch: Epoch, to: Timestamp) -> Shards {
    w.submit(NoteChecked { shards, epoch, to }).await
}

async fn kept(w: &World) -> Vec<(u8, Timestamp)> {
    let kept = w.ask(CheckedTo).await;
    kept.into_iter()
        .map(|(shard, to)| (shard.number(), to))
        .collect()
}

pub(super) async fn up_to_when_occurrences_were_looked_through_never_moves_back(
    mut w: World,
) -> World {
    assert_eq!(kept(&w).await, []);
    let (first, later) = (w.now(), w.after(3_600));
    let two = shards([3, SHARDS - 1]);
    assert_eq!(note(&w, two, w.epoch(), first).await, two);
    assert_eq!(kept(&w).await, [(3, first), (SHARDS - 1, first)]);
    let one = shards([3]);
    note(&w, one, w.epoch(), later).await;
    assert_eq!(kept(&w).await, [(3, later), (SHARDS - 1, first)]);
    // A clock that was set back.
    note(&w, one, w.epoch(), first - Seconds::new(60)).await;
    assert_eq!(note(&w, Shards::NONE, w.epoch(), later).await, Shards::NONE);
    w.reopen().await;
    assert_eq!(kept(&w).await, [(3, later), (SHARDS - 1, first)]);
    note(&w, Shards::ALL, w.epoch(), later).await;
    let all: Vec<_> = (0..SHARDS).map(|shard| (shard, later)).collect();
    assert_eq!(kept(&w).await, all);
    w
}

pub(super) async fn only_whoever_has_the_lanes_notes_that_it_looked(mut w: World) -> World {
    let before = w.epoch();
    w.reopen().await;
    assert_eq!(note(&w, Shards::ALL, before, w.now()).await, Shards::NONE);
    let never = Epoch(w.epoch().0 + 1);
    assert_eq!(note(&w, Shards::ALL, never, w.now()).await, Shards::NONE);
    assert_eq!(kept(&w).await, []);
    w
}

/// It moves when a home is confirmed, which is beside all operations: a new database has none, and one that was taken over
/// the instant of that.
pub(super) async fn since_when_what_recurs_is_ours_moves_by_no_operation(w: World) -> World {
    let before = w.ask(RecursFrom).await;
    w.member("Ana", &[]).await;
    note(&w, Shards::ALL, w.epoch(), w.now()).await;
    assert_eq!(w.ask(RecursFrom).await, before);
    w
}
