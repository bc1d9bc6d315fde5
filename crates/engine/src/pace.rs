//! Token buckets of this process: per sender, and per pair of numbers on WhatsApp. Sharing them
//! between nodes is the store's part once there are nodes.

use std::sync::{Mutex, PoisonError};

use domain::{Channel, Timestamp};
use policy::outbound::SendPlan;
use policy::pacing::{Bucket, Take};
use rustc_hash::FxHashMap;

use crate::parts::Settings;

/// Pairs that are kept: a full bucket says no more than none, so old ones are dropped past this.
const PAIRS_MAX: usize = 100_000;

/// Our number and theirs.
type Pair = (Box<str>, Box<str>);

#[derive(Default)]
pub(crate) struct Pace {
    senders: Mutex<FxHashMap<(Channel, Box<str>), Bucket>>,
    pairs: Mutex<FxHashMap<Pair, Bucket>>,
}

impl Pace {
    /// Takes a token from every bucket the plan needs, or says when to come again.
    pub(crate) fn take(&self, plan: &SendPlan, settings: &Settings, now: Timestamp) -> Take {
        if let (Channel::Whatsapp, Some(rate)) = (plan.channel, settings.whatsapp_pair) {
            let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
            if pairs.len() >= PAIRS_MAX {
                pairs.clear();
            }
            let pair = (plan.sender.as_str().into(), plan.to.handle.as_str().into());
            if let Take::Wait(until) = pairs.entry(pair).or_default().take(now, rate) {
                return Take::Wait(until);
            }
        }
        if let Some(rate) = settings.rates.get(&plan.channel) {
            let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
            let sender = (plan.channel, plan.sender.as_str().into());
            return senders.entry(sender).or_default().take(now, *rate);
        }
        Take::Ok
    }
}
