//! How our own numbers stand at their provider.

use domain::sender::{SenderQuality, SenderStatus};
use domain::{Channel, Handle, Timestamp};

/// One of our numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderStanding {
    /// Its channel.
    pub channel: Channel,
    /// The number.
    pub sender: Handle,
    /// Whether it may be used.
    pub status: SenderStatus,
    /// Its quality.
    pub quality: SenderQuality,
    /// How many people it may reach outside a window within a day, where a limit was told.
    pub people: Option<u32>,
    /// Why it is not online, in the provider's words; may be empty.
    pub reason: String,
    /// Since when it is so.
    pub changed_at: Timestamp,
}

impl SenderStanding {
    /// Whether anything but the time is different.
    pub fn differs_from(&self, other: &Self) -> bool {
        (self.status, self.quality, self.people, &self.reason)
            != (other.status, other.quality, other.people, &other.reason)
    }

    /// What an event of it says: the number itself is not for it.
    pub fn detail(&self) -> String {
        let people = self
            .people
            .map_or_else(String::new, |people| format!(", {people} people a day"));
        format!(
            "{} {}, quality {}{people}",
            self.channel, self.status, self.quality
        )
    }
}
