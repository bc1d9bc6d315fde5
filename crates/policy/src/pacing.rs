//! Limits as token buckets: pure data, one for each sender, pair of numbers or account, that every
//! node can keep in a row of a table.
//!
//! A bucket is one instant, the one at which it would be full again (the generic cell rate
//! algorithm, ITU-T I.371): whole microseconds, no rounding, no drift.

use domain::{Channel, Seconds, Timestamp};

/// How fast something may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// One every this long, in the long run.
    pub every: Seconds,
    /// How many at once after a pause, at least 1.
    pub burst: u32,
}

/// One WhatsApp message every 6 s from one number to one person (131056). Meta lets up to 45 go at
/// once on credit, to be followed by silence; we lend only three, so that a conversation stays
/// lively and never silent for long (facts/whatsapp.md 1.7).
pub const WHATSAPP_PAIR: Rate = Rate {
    every: Seconds::new(6),
    burst: 3,
};

/// 80 messages a second from one WhatsApp number (facts/whatsapp.md 1.7, facts/twilio.md 10).
pub const WHATSAPP_SENDER: Rate = Rate {
    every: Seconds::from_micros(12_500),
    burst: 80,
};

/// One segment a second from a long code (facts/twilio.md 10). Twilio queues ten hours of it
/// (21611), so a short burst only waits there.
pub const SMS_LONG_CODE: Rate = Rate {
    every: Seconds::new(1),
    burst: 10,
};

/// About three segments a second from a toll-free number (facts/twilio.md 10).
pub const SMS_TOLL_FREE: Rate = Rate {
    every: Seconds::from_micros(333_334),
    burst: 10,
};

/// The pace between one of our numbers and one person; `None` where the provider sets none.
pub const fn pair_rate(channel: Channel) -> Option<Rate> {
    match channel {
        Channel::Whatsapp => Some(WHATSAPP_PAIR),
        Channel::Sms | Channel::Email | Channel::Web => None,
    }
}

/// A bucket of tokens. A new one is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Bucket {
    /// When it is full again; in the past, it is full.
    pub full_at: Timestamp,
}

/// Whether tokens were there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// They were, and have been taken.
    Ok,
    /// They will be at this instant; nothing was taken.
    Wait(Timestamp),
}

impl Bucket {
    /// Takes one token.
    pub fn take(&mut self, now: Timestamp, rate: Rate) -> Take {
        self.take_many(now, rate, 1)
    }

    /// Takes `count` tokens at once: the segments of an SMS. More than the burst are let through
    /// when the bucket is full, and paid for afterwards.
    pub fn take_many(&mut self, now: Timestamp, rate: Rate, count: u32) -> Take {
        let every = rate.every.as_micros();
        let cost = every.saturating_mul(i64::from(count));
        let room = every.saturating_mul(i64::from(rate.burst.max(1)));
        let full_at = self.full_at.max(now).as_micros().saturating_add(cost);
        let free_at = full_at.saturating_sub(room.max(cost));
        if free_at <= now.as_micros() {
            self.full_at = Timestamp::from_micros(full_at);
            Take::Ok
        } else {
            Take::Wait(Timestamp::from_micros(free_at))
        }
    }

    /// Puts back tokens that were taken for nothing.
    pub fn give_back(&mut self, rate: Rate, count: u32) {
        let cost = rate.every.as_micros().saturating_mul(i64::from(count));
        self.full_at = Timestamp::from_micros(self.full_at.as_micros().saturating_sub(cost));
    }

    /// How many tokens are there now.
    pub fn tokens(self, now: Timestamp, rate: Rate) -> u32 {
        let every = rate.every.as_micros().max(1);
        let missing = self.full_at.since(now).as_micros();
        let missing = missing.saturating_add(every - 1) / every;
        rate.burst
            .max(1)
            .saturating_sub(u32::try_from(missing).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_seconds(1_000);

    #[test]
    fn a_pair_gets_a_small_burst_and_then_one_every_six_seconds() {
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            assert_eq!(bucket.take(START, WHATSAPP_PAIR), Take::Ok);
        }
        let next = START + Seconds::new(6);
        assert_eq!(bucket.take(START, WHATSAPP_PAIR), Take::Wait(next));
        assert_eq!(bucket.take(next, WHATSAPP_PAIR), Take::Ok);
        assert_eq!(
            bucket.take(next, WHATSAPP_PAIR),
            Take::Wait(next + Seconds::new(6))
        );
        assert_eq!(bucket.tokens(next + Seconds::new(6), WHATSAPP_PAIR), 1);
        assert_eq!(bucket.tokens(next + Seconds::new(600), WHATSAPP_PAIR), 3);
    }

    #[test]
    fn a_message_of_more_segments_than_the_burst_is_not_stuck() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.take_many(START, SMS_LONG_CODE, 11), Take::Ok);
        assert_eq!(
            bucket.take(START, SMS_LONG_CODE),
            Take::Wait(START + Seconds::new(2))
        );
    }

    #[test]
    fn what_was_taken_for_nothing_can_be_put_back() {
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            assert_eq!(bucket.take(START, WHATSAPP_PAIR), Take::Ok);
        }
        bucket.give_back(WHATSAPP_PAIR, 1);
        assert_eq!(bucket.tokens(START, WHATSAPP_PAIR), 1);
        assert_eq!(bucket.take(START, WHATSAPP_PAIR), Take::Ok);
        assert_eq!(bucket.tokens(START, WHATSAPP_PAIR), 0);
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_the_rate_allow(
            steps in proptest::collection::vec(0_u32..20_000, 1..200),
            every_millis in 1_u32..5_000,
            burst in 1_u32..20,
        ) {
            let rate = Rate { every: Seconds::from_millis(every_millis), burst };
            let (mut bucket, mut now, mut taken) = (Bucket::default(), START, 0_i64);
            for step in steps {
                now = now + Seconds::from_millis(step);
                match bucket.take(now, rate) {
                    Take::Ok => taken += 1,
                    Take::Wait(until) => {
                        prop_assert!(until > now);
                        let mut later = bucket;
                        prop_assert_eq!(later.take(until, rate), Take::Ok);
                    }
                }
                let allowed = i64::from(burst) + now.since(START).as_micros() / rate.every.as_micros();
                prop_assert!(taken <= allowed);
            }
        }
    }
}
