//! Token buckets of this process: per sender, and per pair of numbers on WhatsApp. A pair's member
//! is in one shard, so one process meters it; a sender's rate is divided by the shards that each
//! process holds, which add up to the whole.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use domain::{Channel, Handle, Seconds, Timestamp};
use policy::outbound::SendPlan;
use policy::pacing::{Bucket, Rate, Take};
use rustc_hash::FxHashMap;

use store::SHARDS;

use crate::Engine;
use crate::limits::PaceNow;
use crate::parts::Settings;

/// Pairs that are kept: a full bucket says no more than none, so old ones are dropped past this.
const PAIRS_MAX: usize = 100_000;

/// Our number and theirs.
type Pair = (Box<str>, Box<str>);

#[derive(Default)]
pub(crate) struct Pace {
    senders: Mutex<FxHashMap<(Channel, Box<str>), Bucket>>,
    pairs: Mutex<FxHashMap<Pair, Bucket>>,
    /// Whether our number on WhatsApp is degraded: it sends at half its pace (GUARANTEES 2.9).
    degraded: AtomicBool,
}

/// What WhatsApp lets a number send where no pace is set: 80 messages a second (facts/whatsapp.md 1.7).
const WHATSAPP_RATE: Rate = Rate {
    every: Seconds::from_micros(12_500),
    burst: 80,
};

impl Pace {
    /// Takes a token from every bucket the plan needs, or says when to come again.
    fn take(&self, plan: &SendPlan, settings: &Settings, shards: u32, now: Timestamp) -> Take {
        let pair_rate = settings
            .whatsapp_pair
            .filter(|_| plan.channel == Channel::Whatsapp);
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = pair_rate.map(|rate| {
            if pairs.len() >= PAIRS_MAX {
                pairs.retain(|_, bucket| bucket.full_at > now);
            }
            let pair: Pair = (plan.sender.as_str().into(), plan.to.handle.as_str().into());
            let mut bucket = pairs.get(&pair).copied().unwrap_or_default();
            (pair, bucket.take(now, rate), bucket)
        });
        if let Some((_, Take::Wait(until), _)) = pair {
            return Take::Wait(until);
        }
        if let Some(rate) = self.rate(settings, plan.channel) {
            let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
            let sender = (plan.channel, plan.sender.as_str().into());
            let rate = part_of(rate, shards);
            let taken = senders
                .entry(sender)
                .or_default()
                .take_many(now, rate, tokens(plan));
            if let Take::Wait(until) = taken {
                return Take::Wait(until);
            }
        }
        if let Some((pair, Take::Ok, bucket)) = pair {
            pairs.insert(pair, bucket);
        }
        Take::Ok
    }
}

impl Pace {
    /// From now on, or no longer, at half the pace.
    pub(crate) fn degrade(&self, degraded: bool) {
        self.degraded.store(degraded, Ordering::Relaxed);
    }

    /// How fast our number on a channel may send, where anything bounds it.
    fn rate(&self, settings: &Settings, channel: Channel) -> Option<Rate> {
        let set = settings.rates.get(&channel).copied();
        if channel != Channel::Whatsapp || !self.degraded.load(Ordering::Relaxed) {
            return set;
        }
        let whole = set.unwrap_or(WHATSAPP_RATE);
        Some(Rate {
            every: Seconds::from_micros(whole.every.as_micros().saturating_mul(2)),
            burst: (whole.burst / 2).max(1),
        })
    }

    /// Puts back what was taken for a plan whose request is not made.
    fn give_back(&self, plan: &SendPlan, settings: &Settings, shards: u32) {
        if let (Channel::Whatsapp, Some(rate)) = (plan.channel, settings.whatsapp_pair) {
            let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
            let pair: Pair = (plan.sender.as_str().into(), plan.to.handle.as_str().into());
            if let Some(bucket) = pairs.get_mut(&pair) {
                bucket.give_back(rate, 1);
            }
        }
        if let Some(rate) = self.rate(settings, plan.channel) {
            let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
            let sender = (plan.channel, plan.sender.as_str().into());
            if let Some(bucket) = senders.get_mut(&sender) {
                bucket.give_back(part_of(rate, shards), tokens(plan));
            }
        }
    }

    /// What a plan would have to wait for now, and until when; nothing is taken.
    fn ahead(
        &self,
        plan: &SendPlan,
        settings: &Settings,
        shards: u32,
        now: Timestamp,
    ) -> Option<(Pacing, Timestamp)> {
        if let (Channel::Whatsapp, Some(rate)) = (plan.channel, settings.whatsapp_pair) {
            let pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
            let pair: Pair = (plan.sender.as_str().into(), plan.to.handle.as_str().into());
            let mut bucket = pairs.get(&pair).copied().unwrap_or_default();
            if let Take::Wait(until) = bucket.take(now, rate) {
                return Some((Pacing::Pair, until));
            }
        }
        let rate = part_of(self.rate(settings, plan.channel)?, shards);
        let senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = (plan.channel, plan.sender.as_str().into());
        let mut bucket = senders.get(&sender).copied().unwrap_or_default();
        match bucket.take_many(now, rate, tokens(plan)) {
            Take::Wait(until) => Some((Pacing::Sender, until)),
            Take::Ok => None,
        }
    }
}

/// Whose pace it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pacing {
    /// That of our number to one person.
    Pair,
    /// That of our number.
    Sender,
}

/// How many tokens of a sender a message takes: each segment of an SMS counts (facts/twilio.md 10).
fn tokens(plan: &SendPlan) -> u32 {
    plan.segments
        .as_ref()
        .map_or(1, |segments| u32::from(segments.count))
}

/// The part of a rate that goes with so many shards. A process that has none sends nothing.
fn part_of(rate: Rate, shards: u32) -> Rate {
    let (part, whole) = (shards.max(1), u32::from(SHARDS));
    let every = rate.every.as_micros() * i64::from(whole) / i64::from(part);
    Rate {
        every: Seconds::from_micros(every),
        burst: (rate.burst * part / whole).max(1),
    }
}

impl Engine {
    /// How fast one of our numbers may send, where it has a pace.
    pub(crate) fn pace_of(
        &self,
        channel: Channel,
        sender: &Handle,
        now: Timestamp,
    ) -> Option<PaceNow> {
        let whole = self.inner.pace.rate(&self.inner.settings, channel)?;
        let rate = part_of(whole, self.inner.ownership.shards().count());
        let senders = self.inner.pace.senders.lock();
        let senders = senders.unwrap_or_else(PoisonError::into_inner);
        let bucket = senders.get(&(channel, sender.as_str().into()));
        let mut bucket = bucket.copied().unwrap_or_default();
        Some(PaceNow {
            every: whole.every,
            burst: whole.burst,
            free_here: bucket.tokens(now, rate),
            next_at: match bucket.take(now, rate) {
                Take::Ok => None,
                Take::Wait(until) => Some(until),
            },
        })
    }

    /// What a plan would have to wait for now by our own pace, as far as this process knows.
    pub(crate) fn pace_ahead(
        &self,
        plan: &SendPlan,
        now: Timestamp,
    ) -> Option<(Pacing, Timestamp)> {
        let shards = self.inner.ownership.shards().count();
        self.inner
            .pace
            .ahead(plan, &self.inner.settings, shards, now)
    }

    /// A plan whose turn was taken is not begun: others may go instead.
    pub(crate) fn give_turn_back(&self, plan: &SendPlan) {
        let shards = self.inner.ownership.shards().count();
        self.inner
            .pace
            .give_back(plan, &self.inner.settings, shards);
    }

    /// Whether a plan may go now, by the limits of its sender and its pair.
    pub(crate) fn take_turn(&self, plan: &SendPlan, now: Timestamp) -> Take {
        let shards = self.inner.ownership.shards().count();
        self.inner
            .pace
            .take(plan, &self.inner.settings, shards, now)
    }
}

#[cfg(test)]
mod tests {
    use domain::{Address, Channel, Handle, ProviderName, Seconds, Timestamp};
    use policy::outbound::{FactVersions, Form, SendPlan};
    use policy::pacing::{Rate, Take};

    use super::{Pace, part_of};
    use crate::parts::Settings;

    #[test]
    fn a_turn_that_is_given_back_is_another_messages() {
        let number: Handle = Handle::Phone("+14155552671".parse().unwrap());
        let plan = SendPlan {
            channel: Channel::Whatsapp,
            provider: ProviderName::Whatsapp,
            sender: number.clone(),
            to: Address {
                channel: Channel::Whatsapp,
                handle: number,
            },
            form: Form::Text {
                text: "Hi".into(),
                media: Vec::new(),
            },
            segments: None,
            versions: FactVersions::default(),
        };
        let rate = Rate {
            every: Seconds::new(60),
            burst: 1,
        };
        let settings = Settings {
            rates: [(Channel::Whatsapp, rate)].into(),
            whatsapp_pair: Some(rate),
            ..Settings::default()
        };
        let (pace, now) = (Pace::default(), Timestamp::from_seconds(1_000));
        assert_eq!(pace.take(&plan, &settings, 64, now), Take::Ok);
        assert!(matches!(
            pace.take(&plan, &settings, 64, now),
            Take::Wait(_)
        ));
        assert!(pace.ahead(&plan, &settings, 64, now).is_some());
        pace.give_back(&plan, &settings, 64);
        assert!(pace.ahead(&plan, &settings, 64, now).is_none());
        assert_eq!(pace.take(&plan, &settings, 64, now), Take::Ok);
    }

    #[test]
    fn a_degraded_number_sends_at_half_its_pace() {
        let rate = Rate {
            every: Seconds::new(2),
            burst: 5,
        };
        let settings = Settings {
            rates: [(Channel::Whatsapp, rate), (Channel::Sms, rate)].into(),
            ..Settings::default()
        };
        let pace = Pace::default();
        assert_eq!(pace.rate(&settings, Channel::Whatsapp), Some(rate));
        pace.degrade(true);
        let half = pace.rate(&settings, Channel::Whatsapp).unwrap();
        assert_eq!((half.every, half.burst), (Seconds::new(4), 2));
        assert_eq!(pace.rate(&settings, Channel::Sms), Some(rate));
        let unset = pace.rate(&Settings::default(), Channel::Whatsapp).unwrap();
        assert_eq!((unset.every, unset.burst), (Seconds::from_millis(25), 40));
        pace.degrade(false);
        assert_eq!(pace.rate(&Settings::default(), Channel::Whatsapp), None);
    }

    #[test]
    fn the_parts_of_a_rate_do_not_exceed_it() {
        let rate = Rate {
            every: Seconds::new(1),
            burst: 10,
        };
        assert_eq!(part_of(rate, 64), rate);
        let half = part_of(rate, 32);
        assert_eq!((half.every, half.burst), (Seconds::new(2), 5));
        let least = part_of(rate, 1);
        assert_eq!((least.every, least.burst), (Seconds::new(64), 1));
    }
}
