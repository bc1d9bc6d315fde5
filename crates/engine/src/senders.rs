//! Our own numbers and how they are (GUARANTEES 2.9). What had to slow down stands in [`crate::limits`]; a
//! stop is a kill switch of the store: it lasts until a person turns it off.

use std::sync::Arc;

use domain::Channel;

use crate::Engine;
use crate::parts::SenderSetting;

pub(crate) struct Senders {
    list: Vec<SenderSetting>,
}

impl crate::Engine {
    /// Our own number on a channel, as people write to it.
    pub fn our_number(&self, channel: Channel) -> Option<String> {
        let sender = self.inner.senders.on(channel)?;
        Some(sender.handle.as_str().to_owned())
    }
}

impl Senders {
    pub(crate) const fn new(list: Vec<SenderSetting>) -> Self {
        Self { list }
    }

    pub(crate) fn all(&self) -> &[SenderSetting] {
        &self.list
    }

    pub(crate) fn on(&self, channel: Channel) -> Option<&SenderSetting> {
        self.list.iter().find(|sender| sender.channel == channel)
    }

    /// The channels whose numbers belong to the same account at the same provider, this one included.
    pub(crate) fn sharing_account_with(&self, channel: Channel) -> Vec<Channel> {
        let Some(carrier) = self.on(channel).map(|sender| &sender.carrier) else {
            return Vec::new();
        };
        self.list
            .iter()
            .filter(|sender| Arc::ptr_eq(&sender.carrier, carrier))
            .map(|sender| sender.channel)
            .collect()
    }
}

/// The scope of the switch that stops a sender.
pub(crate) fn stop_scope(sender: &SenderSetting) -> String {
    format!("sender:{}:{}", sender.channel, sender.handle.as_str())
}

impl Engine {
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
