//! What providers still keep of erased members (G39).

use domain::{Channel, Timestamp};

/// Names a provider's copy of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyId {
    /// The channel it went by.
    pub channel: Channel,
    /// The number of our attempt; 0 for a message we received.
    pub attempt: i64,
    /// The provider's id of a message we received; empty for an attempt, whose id may still come to be
    /// known.
    pub received: String,
}

/// A provider's copy that is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderCopy {
    /// Which.
    pub id: CopyId,
    /// What the provider calls it; `None` while nobody knows.
    pub provider_message_id: Option<String>,
    /// Since when it should be gone.
    pub erased_at: Timestamp,
    /// How often that was asked for.
    pub asked: u8,
}
