//! What we ask of whoever knows how our own numbers stand with a channel.

use std::fmt;

use domain::sender::{SenderQuality, SenderStatus};
use domain::{Channel, Handle};
use futures_util::future::BoxFuture;

use crate::provider::FetchError;

/// Knows how our numbers stand. Implementations: `Twilio`, [`crate::Local`].
pub trait SenderHost: Send + Sync + fmt::Debug {
    /// All our numbers on a channel that have something like a standing; of SMS none have.
    fn senders(&self, channel: Channel) -> BoxFuture<'_, Result<Vec<RemoteSender>, FetchError>>;
}

/// One of our numbers, as its provider tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteSender {
    /// The number.
    pub handle: Handle,
    /// Whether it may be used.
    pub status: SenderStatus,
    /// Its quality.
    pub quality: SenderQuality,
    /// How many people it may reach outside a window within a day; `None` where there is no limit, or none was told.
    pub people: Option<u32>,
    /// Why it is not online, where the provider says so.
    pub reason: Option<Box<str>>,
}
