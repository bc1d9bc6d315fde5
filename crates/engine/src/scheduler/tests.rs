//! The scheduler's promises: stories first, then whatever may happen.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;
use domain::Seconds;

const NOW: Timestamp = Timestamp::from_seconds(1_000);

fn waiting(lane: u64, seq: i64) -> Notice {
    Notice::Waiting {
        lane: LaneKey(lane),
        seq: Seq(seq),
        priority: Priority::Normal,
        due: None,
    }
}

fn claim(scheduler: &mut Scheduler, most: usize) -> Vec<i64> {
    let mut claimed = Vec::new();
    scheduler.claim(most, &mut claimed);
    claimed.into_iter().map(|(_, seq)| seq.0).collect()
}

#[test]
fn one_place_of_a_lane_at_a_time_in_the_order_of_acknowledgement() {
    let mut scheduler = Scheduler::default();
    for seq in 1..=3 {
        scheduler.note(&waiting(7, seq), NOW);
    }
    scheduler.note(&waiting(8, 4), NOW);
    assert_eq!(claim(&mut scheduler, 10), [1, 4]);
    assert!(claim(&mut scheduler, 10).is_empty());
    scheduler.note(
        &Notice::Freed {
            lane: LaneKey(7),
            seq: Seq(1),
        },
        NOW,
    );
    assert_eq!(claim(&mut scheduler, 10), [2]);
}

#[test]
fn answers_go_before_daily_work_before_broadcasts() {
    let mut scheduler = Scheduler::default();
    for (lane, priority) in [
        (1, Priority::Low),
        (2, Priority::Normal),
        (3, Priority::High),
    ] {
        let notice = Notice::Waiting {
            lane: LaneKey(lane),
            seq: Seq(lane.cast_signed()),
            priority,
            due: None,
        };
        scheduler.note(&notice, NOW);
    }
    assert_eq!(claim(&mut scheduler, 2), [3, 2]);
    assert_eq!(claim(&mut scheduler, 2), [1]);
}

#[test]
fn a_place_that_is_not_due_waits_for_its_timer_and_holds_its_lane() {
    let mut scheduler = Scheduler::default();
    let due = NOW + Seconds::new(60);
    scheduler.note(
        &Notice::Waiting {
            lane: LaneKey(1),
            seq: Seq(1),
            priority: Priority::Normal,
            due: Some(due),
        },
        NOW,
    );
    scheduler.note(&waiting(1, 2), NOW);
    assert!(claim(&mut scheduler, 9).is_empty());
    assert_eq!(scheduler.next_timer(), Some(due));
    scheduler.wake(due);
    assert_eq!(claim(&mut scheduler, 9), [1]);
}

#[test]
fn an_occupied_lane_waits_for_its_receipt_or_its_timer() {
    let mut scheduler = Scheduler::default();
    scheduler.note(&waiting(1, 1), NOW);
    scheduler.note(&waiting(1, 2), NOW);
    assert_eq!(claim(&mut scheduler, 9), [1]);
    let until = NOW + Seconds::new(600);
    scheduler.note(
        &Notice::Occupied {
            lane: LaneKey(1),
            seq: Seq(1),
            until: Some(until),
        },
        NOW,
    );
    assert!(claim(&mut scheduler, 9).is_empty());
    assert_eq!(scheduler.wake(until).elapsed, [(LaneKey(1), Seq(1))]);
    scheduler.note(
        &Notice::Freed {
            lane: LaneKey(1),
            seq: Seq(1),
        },
        until,
    );
    assert_eq!(claim(&mut scheduler, 9), [2]);
}

#[test]
fn looking_again_does_not_put_off_a_timer_that_was_set_meanwhile() {
    let mut scheduler = Scheduler::default();
    let occupied = |until| Notice::Occupied {
        lane: LaneKey(7),
        seq: Seq(1),
        until: Some(until),
    };
    scheduler.note(&occupied(NOW), NOW);
    assert_eq!(scheduler.wake(NOW).elapsed, [(LaneKey(7), Seq(1))]);
    let soon = NOW + Seconds::new(2);
    scheduler.note(&occupied(soon), NOW);
    scheduler.watch_again(LaneKey(7), Seq(1), NOW + Seconds::new(30));
    assert_eq!(scheduler.wake(soon).elapsed, [(LaneKey(7), Seq(1))]);
    scheduler.watch_again(LaneKey(7), Seq(1), NOW + Seconds::new(30));
    let later = NOW + Seconds::new(30);
    assert_eq!(scheduler.wake(later).elapsed, [(LaneKey(7), Seq(1))]);
}

#[test]
fn a_suppressed_place_in_the_middle_leaves_and_the_lane_goes_on() {
    let mut scheduler = Scheduler::default();
    for seq in 1..=3 {
        scheduler.note(&waiting(1, seq), NOW);
    }
    scheduler.note(
        &Notice::Freed {
            lane: LaneKey(1),
            seq: Seq(2),
        },
        NOW,
    );
    assert_eq!(claim(&mut scheduler, 9), [1]);
    scheduler.note(
        &Notice::Freed {
            lane: LaneKey(1),
            seq: Seq(1),
        },
        NOW,
    );
    assert_eq!(claim(&mut scheduler, 9), [3]);
    scheduler.note(
        &Notice::Freed {
            lane: LaneKey(1),
            seq: Seq(3),
        },
        NOW,
    );
    assert_eq!(scheduler.lane_count(), 0);
}

#[test]
fn a_held_place_is_released_early() {
    let mut scheduler = Scheduler::default();
    scheduler.note(&waiting(1, 1), NOW);
    assert_eq!(claim(&mut scheduler, 9), [1]);
    let due = Some(NOW + Seconds::new(3_600));
    let held = Notice::Waiting {
        lane: LaneKey(1),
        seq: Seq(1),
        priority: Priority::Normal,
        due,
    };
    scheduler.note(&held, NOW);
    assert!(claim(&mut scheduler, 9).is_empty());
    scheduler.note(&waiting(1, 1), NOW);
    assert_eq!(claim(&mut scheduler, 9), [1]);
    // The old timer means nothing any more.
    scheduler.wake(NOW + Seconds::new(7_200));
    assert!(claim(&mut scheduler, 9).is_empty());
}

#[test]
fn what_is_given_back_comes_again() {
    let mut scheduler = Scheduler::default();
    scheduler.note(&waiting(1, 1), NOW);
    scheduler.note(&waiting(1, 2), NOW);
    assert_eq!(claim(&mut scheduler, 9), [1]);
    scheduler.give_back(LaneKey(1), Seq(1), Some(NOW + Seconds::new(1)));
    assert!(claim(&mut scheduler, 9).is_empty());
    scheduler.wake(NOW + Seconds::new(1));
    assert_eq!(claim(&mut scheduler, 9), [1]);
}

#[test]
fn a_message_tried_again_comes_before_younger_ones_of_its_lane() {
    let mut scheduler = Scheduler::default();
    scheduler.note(&waiting(1, 5), NOW);
    scheduler.note(&waiting(1, 9), NOW);
    scheduler.note(&waiting(1, 7), NOW);
    assert_eq!(claim(&mut scheduler, 9), [5]);
    scheduler.note(
        &Notice::Freed {
            lane: LaneKey(1),
            seq: Seq(5),
        },
        NOW,
    );
    assert_eq!(claim(&mut scheduler, 9), [7]);
}

/// What may happen to a lane, as the store would tell it.
#[derive(Clone, Debug)]
enum Happens {
    Accepted {
        lane: u64,
    },
    Claim {
        most: usize,
    },
    /// A claimed place is begun, accepted, and its receipt comes.
    Delivered {
        pick: usize,
    },
    /// A claimed place is held for a while.
    Held {
        pick: usize,
    },
    GivenBack {
        pick: usize,
    },
    /// A waiting place is suppressed.
    Suppressed {
        pick: usize,
    },
    Later {
        seconds: u32,
    },
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0..6_u64).prop_map(|lane| Happens::Accepted { lane }),
        3 => (1..5_usize).prop_map(|most| Happens::Claim { most }),
        3 => any::<usize>().prop_map(|pick| Happens::Delivered { pick }),
        1 => any::<usize>().prop_map(|pick| Happens::Held { pick }),
        1 => any::<usize>().prop_map(|pick| Happens::GivenBack { pick }),
        1 => any::<usize>().prop_map(|pick| Happens::Suppressed { pick }),
        2 => (1..90_u32).prop_map(|seconds| Happens::Later { seconds }),
    ]
}

/// Places of a lane that are not over, in order; the lanes somebody has claimed.
#[derive(Default)]
struct Model {
    open: BTreeMap<u64, VecDeque<i64>>,
    claimed: Vec<(LaneKey, Seq)>,
    /// Heads that are not to be claimed before this instant.
    not_before: BTreeMap<i64, Timestamp>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever happens: one place of a lane at a time, in order, none before its time, and at the
    /// end none is left behind.
    #[test]
    fn lanes_keep_their_order_and_lose_nothing(story in prop::collection::vec(happens(), 1..60)) {
        let mut scheduler = Scheduler::default();
        let mut model = Model::default();
        let (mut now, mut last) = (NOW, 0_i64);
        for step in story {
            match step {
                Happens::Accepted { lane } => {
                    last += 1;
                    model.open.entry(lane).or_default().push_back(last);
                    scheduler.note(&waiting(lane, last), now);
                }
                Happens::Claim { most } => claim_and_check(&mut scheduler, &mut model, most, now)?,
                Happens::Delivered { pick } => {
                    let Some((lane, seq)) = take(&mut model.claimed, pick) else { continue };
                    scheduler.note(&Notice::Occupied { lane, seq, until: None }, now);
                    scheduler.note(&Notice::Freed { lane, seq }, now);
                    over(&mut model, lane.0, seq.0);
                }
                Happens::Held { pick } => {
                    let Some((lane, seq)) = take(&mut model.claimed, pick) else { continue };
                    let due = now + Seconds::new(40);
                    let priority = Priority::Normal;
                    scheduler.note(&Notice::Waiting { lane, seq, priority, due: Some(due) }, now);
                    model.not_before.insert(seq.0, due);
                }
                Happens::GivenBack { pick } => {
                    let Some((lane, seq)) = take(&mut model.claimed, pick) else { continue };
                    scheduler.give_back(lane, seq, None);
                }
                Happens::Suppressed { pick } => {
                    let all: Vec<(u64, i64)> = model
                        .open
                        .iter()
                        .flat_map(|(lane, seqs)| seqs.iter().map(|seq| (*lane, *seq)))
                        .filter(|(_, seq)| model.claimed.iter().all(|(_, claimed)| claimed.0 != *seq))
                        .collect();
                    let Some((lane, seq)) = all.get(pick % all.len().max(1)).copied() else { continue };
                    scheduler.note(&Notice::Freed { lane: LaneKey(lane), seq: Seq(seq) }, now);
                    over(&mut model, lane, seq);
                }
                Happens::Later { seconds } => {
                    now = now + Seconds::new(seconds);
                    scheduler.wake(now);
                }
            }
        }
        // In the end everything can be sent.
        while model.open.values().any(|seqs| !seqs.is_empty()) {
            now = now + Seconds::new(100);
            scheduler.wake(now);
            claim_and_check(&mut scheduler, &mut model, 100, now)?;
            prop_assert!(!model.claimed.is_empty(), "something waits and cannot be claimed");
            while let Some((lane, seq)) = take(&mut model.claimed, 0) {
                scheduler.note(&Notice::Freed { lane, seq }, now);
                over(&mut model, lane.0, seq.0);
            }
        }
        prop_assert_eq!(scheduler.lane_count(), 0);
    }
}

fn claim_and_check(
    scheduler: &mut Scheduler,
    model: &mut Model,
    most: usize,
    now: Timestamp,
) -> Result<(), TestCaseError> {
    let mut claimed = Vec::new();
    scheduler.claim(most, &mut claimed);
    for (lane, seq) in claimed {
        prop_assert!(
            model.claimed.iter().all(|(other, _)| *other != lane),
            "two of one lane at a time"
        );
        let head = model
            .open
            .get(&lane.0)
            .and_then(|seqs| seqs.front().copied());
        prop_assert_eq!(head, Some(seq.0), "out of order");
        prop_assert!(
            model.not_before.get(&seq.0).is_none_or(|due| *due <= now),
            "before its time"
        );
        model.claimed.push((lane, seq));
    }
    Ok(())
}

fn take(claimed: &mut Vec<(LaneKey, Seq)>, pick: usize) -> Option<(LaneKey, Seq)> {
    (!claimed.is_empty()).then(|| claimed.swap_remove(pick % claimed.len()))
}

fn over(model: &mut Model, lane: u64, seq: i64) {
    if let Some(seqs) = model.open.get_mut(&lane) {
        seqs.retain(|other| *other != seq);
    }
}
