//! Our own numbers and how they are (GUARANTEES 2.9). A throttle is memory: it passes by itself. A
//! stop is a kill switch of the store: it lasts until a person turns it off.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::{Channel, Seconds, Timestamp};

use crate::Engine;
use crate::parts::SenderSetting;

pub(crate) struct Senders {
    list: Vec<SenderSetting>,
    throttled: Mutex<BTreeMap<Channel, Timestamp>>,
}

impl Senders {
    pub(crate) fn new(list: Vec<SenderSetting>) -> Self {
        Self {
            list,
            throttled: Mutex::default(),
        }
    }

    pub(crate) fn all(&self) -> &[SenderSetting] {
        &self.list
    }

    pub(crate) fn on(&self, channel: Channel) -> Option<&SenderSetting> {
        self.list.iter().find(|sender| sender.channel == channel)
    }

    pub(crate) fn throttle(&self, channel: Channel, until: Timestamp) {
        let mut throttled = self
            .throttled
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let at = throttled.entry(channel).or_insert(until);
        *at = until.max(*at);
    }

    /// Until when the channel's sender is throttled, if it is.
    pub(crate) fn throttled(&self, channel: Channel, now: Timestamp) -> Option<Timestamp> {
        let mut throttled = self
            .throttled
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match throttled.get(&channel) {
            Some(until) if *until > now => Some(*until),
            Some(_) => {
                throttled.remove(&channel);
                None
            }
            None => None,
        }
    }
}

/// The scope of the switch that stops a sender.
pub(crate) fn stop_scope(sender: &SenderSetting) -> String {
    format!("sender:{}:{}", sender.channel, sender.handle.as_str())
}

impl Engine {
    /// Slows a sender down after a 429 or the like (G12).
    pub(crate) fn throttle(&self, channel: Channel, after: Seconds) {
        let until = self.now() + after;
        tracing::warn!(
            channel = channel.as_str(),
            seconds = after.as_f64(),
            "a sender is throttled"
        );
        self.inner.senders.throttle(channel, until);
    }

    /// Stops a sender until a person turns its switch off; its messages stay where they are.
    pub(crate) async fn stop_sender(&self, channel: Channel, why: &str) {
        let Some(sender) = self.inner.senders.on(channel) else {
            return;
        };
        tracing::error!(
            channel = channel.as_str(),
            why,
            "a sender is stopped until an operator turns it on again"
        );
        if let Err(error) = self
            .set_switch(&stop_scope(sender), true, why, "provider")
            .await
        {
            tracing::error!(%error, "the stop of a sender could not be stored");
        }
    }
}
