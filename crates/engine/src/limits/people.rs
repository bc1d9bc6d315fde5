//! People reached outside a session window: WhatsApp counts different ones over a moving day, for all numbers of
//! a portfolio together (facts/whatsapp.md 1.7). The store counts them for all processes; what is known here
//! saves asking it for nothing.

use domain::{Handle, Seconds, Timestamp};
use rustc_hash::FxHashMap;

use super::PeopleNow;

const DAY: Seconds = Seconds::new(24 * 3600);

/// How long to wait where another process was asking, or where it is not known when there is room again.
pub(crate) const SOON: Seconds = Seconds::new(2);

#[derive(Debug, Default)]
pub(crate) struct People {
    /// What the setting allows.
    set: Option<u32>,
    /// What the provider told.
    told: Option<u32>,
    reached: FxHashMap<Box<str>, Timestamp>,
    /// When the first of them is no longer counted.
    frees_at: Option<Timestamp>,
}

impl People {
    pub(crate) fn new(set: Option<u32>) -> Self {
        Self {
            set,
            ..Self::default()
        }
    }

    /// The provider tells how many may be reached; `None` sets no limit.
    pub(crate) fn is_told(&mut self, told: Option<u32>) {
        self.told = told;
    }

    /// What the setting allows.
    pub(crate) const fn set(&self) -> Option<u32> {
        self.set
    }

    /// The smaller one of both: a setting does not raise what the provider allows.
    fn max(&self) -> Option<u32> {
        match (self.set, self.told) {
            (Some(set), Some(told)) => Some(set.min(told)),
            (set, told) => set.or(told),
        }
    }

    /// How many may be reached, and since when they count; `None` when nobody counts.
    pub(crate) fn rule(&self, now: Timestamp) -> Option<(u32, Timestamp)> {
        self.max().map(|max| (max, now - DAY))
    }

    /// Until when a person has to wait who would be reached now.
    pub(crate) fn waits(&mut self, handle: &Handle, now: Timestamp) -> Option<Timestamp> {
        let max = self.max()?;
        self.count(now);
        let count = u32::try_from(self.reached.len()).unwrap_or(u32::MAX);
        if count < max || self.reached.contains_key(handle.as_str()) {
            return None;
        }
        Some(self.frees_at.unwrap_or(now + SOON))
    }

    /// Counts a person who is reached now.
    pub(crate) fn reach(&mut self, handle: &Handle, now: Timestamp) {
        self.reached.insert(handle.as_str().into(), now);
        self.frees_at = self.frees_at.or(Some(now + DAY));
    }

    /// Takes in whom others reached.
    pub(super) fn hear(&mut self, told: impl Iterator<Item = (Handle, Timestamp)>, now: Timestamp) {
        if self.max().is_none() {
            return;
        }
        for (handle, at) in told {
            let kept = self.reached.entry(handle.as_str().into()).or_insert(at);
            *kept = at.max(*kept);
        }
        self.frees_at = Some(now);
        self.count(now);
    }

    /// Forgets whom it is a day ago.
    fn count(&mut self, now: Timestamp) {
        if self.frees_at.is_none_or(|at| at > now) {
            return;
        }
        self.reached.retain(|_, at| *at + DAY > now);
        self.frees_at = self.reached.values().min().map(|at| *at + DAY);
    }

    /// How it stands, where anybody counts.
    pub(crate) fn told(&mut self, now: Timestamp) -> Option<PeopleNow> {
        let max = self.max()?;
        self.count(now);
        Some(PeopleNow {
            max,
            reached: u32::try_from(self.reached.len()).unwrap_or(u32::MAX),
            more_at: self.frees_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_000_000);

    fn person(number: u32) -> Handle {
        Handle::Phone(format!("+1415555{number:04}").parse().unwrap())
    }

    #[test]
    fn so_many_a_day_and_the_same_ones_again() {
        let mut people = People::new(Some(2));
        for number in 0..2 {
            assert_eq!(people.waits(&person(number), START), None);
            people.reach(&person(number), START + Seconds::new(number));
        }
        let later = START + Seconds::new(60);
        assert_eq!(people.waits(&person(0), later), None, "counted already");
        assert_eq!(people.waits(&person(2), later), Some(START + DAY));
        assert_eq!(people.waits(&person(2), START + DAY), None);
    }

    #[test]
    fn the_smaller_one_of_what_is_set_and_what_was_told_counts() {
        for (set, told, max) in [
            (None, None, None),
            (Some(5), None, Some(5)),
            (None, Some(7), Some(7)),
            (Some(5), Some(7), Some(5)),
            (Some(9), Some(7), Some(7)),
        ] {
            let mut people = People::new(set);
            people.is_told(told);
            assert_eq!(people.rule(START).map(|(max, _)| max), max);
        }
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let mut people = People::new(None);
        assert_eq!(people.waits(&person(1), START), None);
        people.hear([(person(1), START)].into_iter(), START);
        assert!(people.reached.is_empty());
    }
}
