//! What it knows: pages, customers, subscriptions, events. In memory, and bounded.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most of each kind that is remembered; the oldest are forgotten first.
const EACH_MAX: usize = 10_000;

/// How long a paid period is.
pub(super) const PERIOD_SECONDS: i64 = 30 * 86_400;

/// How long it is tried to get what is owed.
pub(super) const DUNNING_SECONDS: i64 = 14 * 86_400;

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Faults {
    /// Every call is answered with 500.
    pub(super) down: bool,
    /// Events are kept and not sent, until somebody sends them.
    pub(super) hold_events: bool,
}

/// A page to pay on.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) member: String,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) plan_metadata: BTreeMap<String, String>,
    pub(super) customer: Option<String>,
    pub(super) email: Option<String>,
    pub(super) success_url: String,
    pub(super) cancel_url: String,
    pub(super) trial_end: Option<i64>,
    pub(super) made_at: i64,
    pub(super) subscription: Option<String>,
    /// What the page says of the last try.
    pub(super) declined: bool,
}

/// How long a page to pay on holds.
pub(super) const SESSION_SECONDS: i64 = 86_400;

impl Session {
    pub(super) fn status(&self, now: Timestamp) -> &'static str {
        if self.subscription.is_some() {
            "complete"
        } else if now.as_seconds() >= self.made_at + SESSION_SECONDS {
            "expired"
        } else {
            "open"
        }
    }
}

/// A page to manage on.
#[derive(Clone, Debug)]
pub(super) struct Portal {
    pub(super) customer: String,
    pub(super) return_url: String,
}

/// A subscription.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub(super) id: String,
    pub(super) customer: String,
    pub(super) status: &'static str,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) cancels: bool,
    pub(super) made_at: i64,
    pub(super) ended_at: Option<i64>,
    /// Whether the card will be declined.
    pub(super) card_fails: bool,
}

/// What is told.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) kind: &'static str,
    pub(super) subscription: String,
    pub(super) payload: String,
    pub(super) sent: u32,
    pub(super) answer: Option<u16>,
}

/// An answer that is given again to the same key.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub(super) asked: String,
    pub(super) status: u16,
    pub(super) answer: Value,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Books {
    seed: u64,
    made: u64,
    pub(super) faults: Faults,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) portals: BTreeMap<String, Portal>,
    pub(super) customers: BTreeMap<String, Option<String>>,
    pub(super) subscriptions: BTreeMap<String, Subscription>,
    pub(super) events: BTreeMap<String, Event>,
    pub(super) keys: BTreeMap<String, Remembered>,
}

impl Books {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    pub(super) fn reset(&mut self) {
        let made = self.made;
        *self = Self::new(self.seed);
        self.made = made;
    }

    /// A new id, in an order that is that of making.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_{:010}x{:016x}", self.made, self.seed)
    }
}

/// Keeps one more, and forgets the oldest.
pub(super) fn keep<T>(all: &mut BTreeMap<String, T>, id: String, one: T) {
    all.insert(id, one);
    if all.len() > EACH_MAX {
        all.pop_first();
    }
}
