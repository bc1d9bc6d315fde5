//! What had to slow down, as far as this process has heard.

use domain::{Channel, Handle, Seconds, Timestamp};
use policy::slowing::Limit;
use rustc_hash::FxHashMap;
use store::records::Slowdown;

use super::SlowedDown;

/// After this long without a word the next one is the first again.
const CALM: Seconds = Seconds::new(3600);

/// How many are kept; beyond, those that end soonest are forgotten, and the provider tells again.
const MAX: usize = 100_000;

type Key = (Limit, Channel, Option<Box<str>>);

#[derive(Debug)]
struct One {
    until: Timestamp,
    code: Option<u32>,
    times: u32,
    told_at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Slowed {
    all: FxHashMap<Key, One>,
}

fn key(limit: Limit, channel: Channel, handle: Option<&Handle>) -> Key {
    (limit, channel, handle.map(|handle| handle.as_str().into()))
}

impl Slowed {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Until when something has to wait, if it has to.
    pub(super) fn until(
        &self,
        limit: Limit,
        channel: Channel,
        handle: Option<&Handle>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if self.all.is_empty() {
            return None;
        }
        let one = self.all.get(&key(limit, channel, handle))?;
        (one.until > now).then_some(one.until)
    }

    /// Which time it is that something is too fast. What is told while it waits already is the same time: calls
    /// were open.
    pub(super) fn times(
        &self,
        limit: Limit,
        channel: Channel,
        handle: Option<&Handle>,
        now: Timestamp,
    ) -> u32 {
        match self.all.get(&key(limit, channel, handle)) {
            Some(one) if one.until > now => one.times,
            Some(one) if one.told_at + CALM > now => one.times.saturating_add(1),
            Some(_) | None => 1,
        }
    }

    /// Takes in what was told, here or elsewhere; whether it makes a difference.
    pub(super) fn hear(&mut self, told: &Slowdown) -> bool {
        let Some(limit) = Limit::of_code(&told.limit) else {
            return false; // a newer version's word
        };
        if self.all.len() >= MAX {
            self.make_room();
        }
        let new = One {
            until: told.until,
            code: told.code,
            times: told.times,
            told_at: told.told_at,
        };
        let key = key(limit, told.channel, told.handle.as_ref());
        match self.all.get_mut(&key) {
            None => {
                self.all.insert(key, new);
                true
            }
            Some(kept) if told.until > kept.until || told.times > kept.times => {
                kept.until = told.until.max(kept.until);
                kept.times = told.times;
                kept.code = told.code;
                kept.told_at = told.told_at.max(kept.told_at);
                true
            }
            Some(_) => false,
        }
    }

    /// Forgets what is over and calm.
    pub(super) fn forget(&mut self, now: Timestamp) {
        self.all
            .retain(|_, one| one.until > now || one.told_at + CALM > now);
    }

    fn make_room(&mut self) {
        let mut ends: Vec<Timestamp> = self.all.values().map(|one| one.until).collect();
        let middle = ends.len() / 2;
        let (_, median, _) = ends.select_nth_unstable(middle);
        let median = *median;
        self.all.retain(|_, one| one.until > median);
    }

    /// What waits on a channel and is about nobody in particular.
    pub(super) fn list(&self, channel: Channel, now: Timestamp) -> Vec<SlowedDown> {
        let mut found: Vec<_> = self
            .all
            .iter()
            .filter(|((_, on, handle), one)| *on == channel && handle.is_none() && one.until > now)
            .collect();
        found.sort_unstable_by_key(|((limit, ..), _)| *limit);
        found
            .into_iter()
            .map(|((limit, ..), one)| SlowedDown {
                limit: *limit,
                until: one.until,
                code: one.code,
                times: one.times,
            })
            .collect()
    }

    /// How many people of a channel something waits for.
    pub(super) fn people(&self, channel: Channel, now: Timestamp) -> usize {
        self.all
            .iter()
            .filter(|((_, on, handle), one)| *on == channel && handle.is_some() && one.until > now)
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_000_000);

    fn told(times: u32, at: Timestamp, seconds: u32) -> Slowdown {
        Slowdown {
            limit: "sender".into(),
            channel: Channel::Sms,
            handle: None,
            until: at + Seconds::new(seconds),
            code: Some(30022),
            times,
            told_at: at,
        }
    }

    #[test]
    fn calls_that_were_open_count_as_one_time() {
        let mut slowed = Slowed::default();
        let times = |slowed: &Slowed, now| slowed.times(Limit::Sender, Channel::Sms, None, now);
        assert_eq!(times(&slowed, START), 1);
        assert!(slowed.hear(&told(1, START, 30)));
        let still = START + Seconds::new(10);
        assert_eq!(times(&slowed, still), 1);
        assert!(
            !slowed.hear(&told(1, still, 10)),
            "a shorter one is no news"
        );
        let over = START + Seconds::new(30);
        assert_eq!(slowed.until(Limit::Sender, Channel::Sms, None, over), None);
        assert_eq!(times(&slowed, over), 2);
        assert_eq!(times(&slowed, START + CALM), 1);
    }

    #[test]
    fn what_is_over_is_forgotten_when_all_is_calm() {
        let mut slowed = Slowed::default();
        slowed.hear(&told(1, START, 30));
        slowed.forget(START + Seconds::new(60));
        assert!(!slowed.is_empty(), "the next one would be the second");
        slowed.forget(START + CALM);
        assert!(slowed.is_empty());
    }
}
