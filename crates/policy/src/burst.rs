//! Which messages of a member belong together and are answered by one answer. People write as they speak: “knee
//! hurts”, “sorry, left one”, “swap squats?”. A burst is closed when nothing more came for a while, or when its
//! first message has waited long enough. A tap says all there is to say: it is never waited for, and closes what
//! was written before it.
//!
//! Absent on purpose: keywords. STOP, START and HELP are obeyed when they are heard (`keywords`).

use domain::{Seconds, Timestamp};

/// How long is waited for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// After each message; zero answers each one alone.
    pub gap: Seconds,
    /// After the first one, whatever comes.
    pub longest: Seconds,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            gap: Seconds::new(4),
            longest: Seconds::new(12),
        }
    }
}

/// A message that waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When it came.
    pub at: Timestamp,
    /// Whether it is a tap on a button or a row.
    pub tapped: bool,
}

/// The first burst of those that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// So many messages, and no more will come to it.
    Closed(usize),
    /// More may come until then.
    Open {
        /// When it is closed, unless more comes.
        until: Timestamp,
    },
}

/// From when on a message has to be looked at.
pub fn looked_at_from(heard: Heard, pace: Pace) -> Timestamp {
    if heard.tapped {
        heard.at
    } else {
        heard.at + pace.gap.min(pace.longest)
    }
}

/// The first burst of what one member wrote on one channel, in its order; `None` where there is nothing.
pub fn first(heard: &[Heard], pace: Pace, now: Timestamp) -> Option<First> {
    let begun = heard.first()?;
    if begun.tapped {
        return Some(First::Closed(1));
    }
    let end = begun.at + pace.longest;
    let mut last = begun.at;
    for (count, next) in heard.iter().enumerate().skip(1) {
        if next.tapped || next.at >= last + pace.gap || next.at >= end {
            return Some(First::Closed(count));
        }
        last = next.at;
    }
    let until = (last + pace.gap).min(end);
    Some(if now >= until {
        First::Closed(heard.len())
    } else {
        First::Open { until }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BEGIN: Timestamp = Timestamp::from_seconds(1_795_000_000);

    fn at(seconds: u32) -> Timestamp {
        BEGIN + Seconds::new(seconds)
    }

    /// `3` is a text after three seconds, `3t` a tap.
    fn heard(told: &str) -> Vec<Heard> {
        let one = |word: &str| Heard {
            at: at(word.trim_end_matches('t').parse().unwrap()),
            tapped: word.ends_with('t'),
        };
        told.split_whitespace().map(one).collect()
    }

    #[test]
    fn a_burst_ends_by_silence_by_its_age_or_by_a_tap() {
        for (told, now, expected) in [
            ("0", 3, First::Open { until: at(4) }),
            ("0", 4, First::Closed(1)),
            ("0 2 5", 8, First::Open { until: at(9) }),
            ("0 2 5", 9, First::Closed(3)),
            ("0 3 6 9", 11, First::Open { until: at(12) }),
            ("0 3 6 9", 12, First::Closed(4)),
            ("0 3 6 9 12", 12, First::Closed(4)),
            ("0 4", 4, First::Closed(1)),
            ("0t", 0, First::Closed(1)),
            ("0 1t", 1, First::Closed(1)),
            ("0 1 2t 3", 2, First::Closed(2)),
            // A clock that was set back keeps nobody waiting for more than the gap.
            ("0 2", 1, First::Open { until: at(6) }),
        ] {
            let pace = Pace::default();
            assert_eq!(
                first(&heard(told), pace, at(now)),
                Some(expected),
                "{told} at {now}"
            );
        }
        assert_eq!(first(&[], Pace::default(), BEGIN), None);
    }

    #[test]
    fn without_a_gap_each_is_answered_alone_and_at_once() {
        let pace = Pace {
            gap: Seconds::new(0),
            longest: Seconds::new(12),
        };
        assert_eq!(first(&heard("0 0 0"), pace, BEGIN), Some(First::Closed(1)));
    }

    proptest! {
        #[test]
        fn nobody_waits_longer_than_the_longest(gaps in prop::collection::vec(0_u32..9, 1..20), gap in 0_u32..6, longest in 0_u32..20) {
            let pace = Pace { gap: Seconds::new(gap), longest: Seconds::new(longest) };
            let mut now = 0;
            let told: Vec<_> = gaps.iter().map(|more| { now += more; Heard { at: at(now), tapped: false } }).collect();
            let began = told[0].at;
            let closed = first(&told, pace, began + pace.longest);
            let in_time: Vec<_> = told.iter().filter(|one| one.at <= began + pace.longest).copied().collect();
            prop_assert!(matches!(closed, Some(First::Closed(count)) if count >= 1 && count <= told.len()));
            // What comes later changes nothing about a burst that is closed.
            prop_assert_eq!(closed, first(&in_time, pace, began + pace.longest));
            let due = looked_at_from(told[0], pace);
            prop_assert!(due <= began + pace.longest);
        }
    }
}
