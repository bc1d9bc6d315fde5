//! The same words to many: how such a broadcast stands, when it goes, and in which stages.

use jiff::civil::DateTime;

use crate::channel::words;
use crate::ids::{BroadcastId, MemberId};
use crate::time::{Seconds, Timestamp};

words! {
    /// How a broadcast stands.
    BroadcastState {
        /// It may be edited, and nothing is made of it.
        Draft = "draft",
        /// It starts by itself at its time.
        Scheduled = "scheduled",
        /// Its audience is taken, its messages are made and go.
        Running = "running",
        /// A stage is made, and the next one waits.
        Waiting = "waiting",
        /// Nothing is made, and what waits is held.
        Paused = "paused",
        /// Everything is made, and nothing waits any more.
        Finished = "finished",
        /// Somebody took it back: what had not left is cancelled.
        Cancelled = "cancelled",
    }
}

words! {
    /// What becomes of members for whom a local time is over when their message is made.
    Past {
        /// They get it at once.
        Send = "send",
        /// They do not get it.
        Skip = "skip",
    }
}

/// When the messages of a broadcast go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// As soon as it is started.
    #[default]
    Now,
    /// At an instant, the same for everybody.
    At(Timestamp),
    /// At a time of each member's own day.
    Local {
        /// The wall clock's date and time.
        time: DateTime,
        /// What becomes of those for whom it is over.
        past: Past,
    },
}

/// The most stages.
pub const STAGES_MAX: usize = 10;

/// In which steps the audience is reached, and when the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    /// How much of the audience is reached with each, in per cent: they grow, and end with 100.
    pub percents: Vec<u8>,
    /// How long after a stage the next one begins by itself; `None` waits for a person.
    pub go_on_after: Option<Seconds>,
    /// The share of a stage that may end badly, in per cent: failed, suppressed or answered with a stop. With more, the
    /// broadcast pauses itself rather than going on by itself.
    pub bad_percent_max: u8,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            percents: vec![100],
            go_on_after: None,
            bad_percent_max: 5,
        }
    }
}

impl Stages {
    /// Whether the steps grow and end with everybody.
    pub fn are_sound(&self) -> bool {
        let percents = &self.percents;
        let pairs = percents.iter().zip(percents.iter().skip(1));
        (1..=STAGES_MAX).contains(&percents.len())
            && percents.first().is_some_and(|first| *first > 0)
            && percents.last() == Some(&100)
            && pairs.into_iter().all(|(one, next)| one < next)
    }

    /// How many of an audience are reached once a stage is made; everybody past the last.
    pub fn bound(&self, stage: u8, audience: u64) -> u64 {
        let percent = self.percents.get(usize::from(stage)).copied();
        (audience * u64::from(percent.unwrap_or(100))).div_ceil(100)
    }

    /// Whether there is none after this one.
    pub fn is_last(&self, stage: u8) -> bool {
        usize::from(stage) + 1 >= self.percents.len()
    }
}

/// Where a member stands in the order of a broadcast: always the same place, so that each stage is a random sample that
/// says nothing about who was asked first (`SplitMix64` over both ids; it needs spread, not secrecy).
pub fn position(broadcast: BroadcastId, member: MemberId) -> i64 {
    let words = broadcast
        .as_bytes()
        .chunks(8)
        .chain(member.as_bytes().chunks(8));
    let mut hash: u64 = 0;
    for word in words {
        let word = word
            .iter()
            .fold(0_u64, |so_far, byte| (so_far << 8) | u64::from(*byte));
        hash = hash.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ word;
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^= hash >> 31;
    }
    i64::try_from(hash >> 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(percents: &[u8]) -> Stages {
        Stages {
            percents: percents.to_vec(),
            ..Stages::default()
        }
    }

    #[test]
    fn stages_grow_and_end_with_everybody() {
        assert!(stages(&[1, 10, 100]).are_sound() && Stages::default().are_sound());
        for bad in [&[][..], &[0, 100], &[10, 10, 100], &[50, 10, 100], &[50]] {
            assert!(!stages(bad).are_sound(), "{bad:?}");
        }
    }

    #[test]
    fn a_stage_reaches_somebody_wherever_there_is_anybody() {
        let steps = stages(&[1, 50, 100]);
        assert_eq!([0, 1, 2].map(|stage| steps.bound(stage, 3)), [1, 2, 3]);
        assert_eq!(steps.bound(0, 0), 0);
        assert_eq!(steps.bound(0, 100_000), 1_000);
        assert!(steps.is_last(2) && !steps.is_last(1));
    }

    #[test]
    fn places_of_neighbours_are_far_apart() {
        let broadcast = BroadcastId::from_bytes([7; 16]);
        let half = (0..1_000_u16)
            .filter(|number| {
                let mut id = [0; 16];
                id[14..].copy_from_slice(&number.to_be_bytes());
                position(broadcast, MemberId::from_bytes(id)) < i64::MAX / 2
            })
            .count();
        assert!((450..550).contains(&half), "{half}");
    }
}
