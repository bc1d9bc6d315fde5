//! What of the lanes is this process's right now: told by its store, read by whoever plans.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

use tokio::sync::Notify;

use crate::home::Held;
use crate::lane::{Epoch, SHARDS, Shard, Shards};

/// The fence and the shards of a process. On a database of its own it holds all of them for good; on a
/// shared one they come and go, and a process that was fenced comes back with another epoch.
#[derive(Debug)]
pub struct Ownership {
    epoch: AtomicI64,
    shards: AtomicU64,
    shared: bool,
    /// Why nothing is sent, as its number.
    held: AtomicU8,
    doorbell: Notify,
}

impl Ownership {
    /// The only process on its database.
    pub fn alone(epoch: Epoch) -> Self {
        Self {
            epoch: AtomicI64::new(epoch.0),
            shards: AtomicU64::new(Shards::ALL.bits()),
            shared: false,
            held: AtomicU8::new(0),
            doorbell: Notify::new(),
        }
    }

    /// One of many, and nothing is its own yet.
    pub fn shared() -> Self {
        Self {
            epoch: AtomicI64::new(0),
            shards: AtomicU64::new(0),
            shared: true,
            held: AtomicU8::new(0),
            doorbell: Notify::new(),
        }
    }

    /// Whether other processes may work on the same database.
    pub const fn is_shared(&self) -> bool {
        self.shared
    }

    /// The fence to plan with.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::Acquire))
    }

    /// The shards whose lanes this process schedules.
    pub fn shards(&self) -> Shards {
        Shards::from_bits(self.shards.load(Ordering::Acquire))
    }

    /// Whether a shard is this process's.
    pub fn owns(&self, shard: Shard) -> bool {
        self.shards().contains(shard)
    }

    /// Whether this process has the first shard: it does what one of all should do.
    pub fn has_the_first(&self) -> bool {
        self.shards().bits() & 1 == 1
    }

    /// This process's part of what all of them together may do: limits are shared by it.
    pub fn share(&self) -> f64 {
        f64::from(self.shards().count()) / f64::from(SHARDS)
    }

    /// The store has learnt what is this process's.
    pub fn set(&self, epoch: Epoch, shards: Shards) {
        self.epoch.store(epoch.0, Ordering::Release);
        self.shards.store(shards.bits(), Ordering::Release);
    }

    /// Why this process sends nothing though it serves: its database is not at home here (G33).
    pub fn held(&self) -> Option<Held> {
        Held::of(self.held.load(Ordering::Acquire))
    }

    /// The store has learnt whether its database is at home here. On a database of its own the lanes
    /// come and go with that; on a shared one they come and go by beats.
    pub fn hold(&self, why: Option<Held>) {
        self.held
            .store(why.map_or(0, |why| why as u8), Ordering::Release);
        if !self.shared {
            let shards = if why.is_some() {
                Shards::NONE
            } else {
                Shards::ALL
            };
            self.shards.store(shards.bits(), Ordering::Release);
        }
    }

    /// Another process has written something this one should look at.
    pub fn ring(&self) {
        self.doorbell.notify_one();
    }

    /// Waits for [`Ownership::ring`].
    pub async fn rung(&self) {
        self.doorbell.notified().await;
    }
}
