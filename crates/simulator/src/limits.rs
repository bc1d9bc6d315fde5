//! Limits of WhatsApp: how many people a day, and how fast to one of them (facts/whatsapp.md 1.7). What is over
//! them fails with 63018, as at Twilio.

use domain::{Seconds, Timestamp};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// People are counted over this long.
const DAY: Seconds = Seconds::new(24 * 3600);

/// One message in so long to one person.
const PAIR_EVERY: Seconds = Seconds::new(6);

/// So many may go at once, on credit.
const PAIR_BURST: u32 = 45;

/// Which limits are kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// How many different people may be written to outside a window within 24 hours, all numbers together;
    /// absent, as many as one likes.
    pub(crate) whatsapp_people: Option<u32>,
    /// Whether one message in 6 seconds goes from a number to a person, 45 of them on credit.
    pub(crate) whatsapp_pair: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            whatsapp_people: None,
            whatsapp_pair: true,
        }
    }
}

/// What counts towards them.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) limits: Limits,
    people: FxHashMap<String, Timestamp>,
    /// When a pair has paid for what it sent.
    pairs: FxHashMap<(String, String), Timestamp>,
}

impl Meter {
    /// Counts a message that would arrive; whether it is within the limits.
    pub(crate) fn admits(
        &mut self,
        (from, to): (&str, &str),
        outside_window: bool,
        now: Timestamp,
    ) -> bool {
        let pair = (from.to_owned(), to.to_owned());
        let paid_at = self.pairs.get(&pair).copied().unwrap_or(now).max(now) + PAIR_EVERY;
        let credit = Seconds::from_micros(PAIR_EVERY.as_micros() * i64::from(PAIR_BURST));
        if self.limits.whatsapp_pair && paid_at > now + credit {
            return false;
        }
        if outside_window && let Some(max) = self.limits.whatsapp_people {
            self.people.retain(|_, at| *at + DAY > now);
            if !self.people.contains_key(to) && self.people.len() >= max as usize {
                return false;
            }
            self.people.insert(to.to_owned(), now);
        }
        if self.pairs.len() >= 100_000 {
            self.pairs.retain(|_, paid_at| *paid_at > now);
        }
        self.pairs.insert(pair, paid_at);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_000_000);

    #[test]
    fn a_person_gets_forty_five_at_once_and_then_one_every_six_seconds() {
        let mut meter = Meter::default();
        let mut sent = |at| meter.admits(("a", "b"), false, at);
        assert_eq!((0..50).filter(|_| sent(START)).count(), 45);
        assert!(!sent(START + Seconds::new(5)));
        assert!(sent(START + Seconds::new(6)));
        assert!(!sent(START + Seconds::new(6)));
    }

    #[test]
    fn so_many_people_a_day_and_the_same_ones_again() {
        let mut meter = Meter::default();
        meter.limits.whatsapp_people = Some(1);
        assert!(meter.admits(("a", "b"), true, START));
        assert!(!meter.admits(("a", "c"), true, START));
        assert!(meter.admits(("a", "c"), false, START), "in a window");
        let later = START + Seconds::new(60);
        assert!(meter.admits(("x", "b"), true, later), "counted already");
        assert!(!meter.admits(("a", "c"), true, START + DAY));
        assert!(meter.admits(("a", "c"), true, later + DAY));
    }
}
