//! How the service is.

use std::sync::atomic::Ordering;

use domain::Seconds;
use store::questions::Switches;
use store::{Epoch, StoreError};

use crate::{Engine, EngineError};

/// This process among those that share its database.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// Its fence; 0 while it has none.
    pub epoch: Epoch,
    /// How many of the shards are its own.
    pub shards: u32,
    /// How many processes there were at the last beat, itself included.
    pub nodes: u32,
    /// By how much its machine's clock is ahead of the database's, if that is too much to be trusted.
    pub clock_off: Option<Seconds>,
}

/// What health says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Ready for work.
    Ready,
    /// Not started yet: the lanes are being read.
    Starting,
    /// Shutting down: finish and go elsewhere.
    Draining,
    /// It takes requests, and sends nothing: its machine's clock cannot be trusted (G28).
    ClockOff,
    /// It takes requests, and sends nothing: its database is not at home here (G33).
    Held,
}

impl Engine {
    /// How it is, without asking the store.
    pub fn health(&self) -> Health {
        if self.inner.draining.load(Ordering::Acquire) {
            Health::Draining
        } else if !self.inner.started.load(Ordering::Acquire) {
            Health::Starting
        } else if self.held().is_some() {
            Health::Held
        } else if self.node().is_some_and(|node| node.clock_off.is_some()) {
            Health::ClockOff
        } else {
            Health::Ready
        }
    }

    /// Whether the store answers, and writes: after a transaction that failed as a whole it has to prove that.
    pub async fn check_store(&self) -> Result<(), StoreError> {
        self.ask().question(Switches).await?;
        match self.inner.committer.trouble() {
            None => Ok(()),
            Some(_) => self.inner.committer.prove().await,
        }
    }

    /// What it is among others; `None` on a database of its own.
    pub fn node(&self) -> Option<Node> {
        let ownership = &self.inner.ownership;
        if !ownership.is_shared() {
            return None;
        }
        let beat = self.last_beat();
        Some(Node {
            epoch: ownership.epoch(),
            shards: ownership.shards().count(),
            nodes: beat.map_or(0, |beat| beat.nodes),
            clock_off: beat.and_then(|beat| beat.clock_off),
        })
    }

    /// Counts, from the store.
    pub async fn stats(&self) -> Result<store::records::Stats, EngineError> {
        Ok(self
            .ask()
            .question(store::questions::StatsNow { at: self.now() })
            .await?)
    }
}
