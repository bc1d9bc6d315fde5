//! What we ask of a provider.

use std::fmt;

use domain::{ProviderAnswer, ProviderError};
use futures_util::future::BoxFuture;

use crate::remote::{ListQuery, Media, Page, RemoteMessage};
use crate::request::SendRequest;
use crate::shape::Shape;

/// Carries messages. Implementations: `Twilio`, [`crate::Local`].
pub trait Provider: Send + Sync + fmt::Debug {
    /// Its name, for logs and settings: `twilio`, `local`.
    fn name(&self) -> &'static str;

    /// Hands over one message with at most one request (G5), and says what the answer proves.
    fn send(&self, request: SendRequest) -> BoxFuture<'_, ProviderAnswer>;

    /// What the provider knows of a message; `None` when it knows none by this id.
    fn fetch<'a>(
        &'a self,
        provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteMessage>, FetchError>>;

    /// Whether it keeps a list of what was written to us, so that what nobody told us can be found.
    fn keeps_a_list(&self) -> bool;

    /// One page of the provider's list of messages. An empty list is never evidence (G7).
    fn list(&self, query: ListQuery) -> BoxFuture<'_, Result<Page<RemoteMessage>, FetchError>>;

    /// The addresses and types of the media of one message, for messages found by [`Self::list`].
    fn media_of<'a>(
        &'a self,
        provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Vec<crate::webhook::InboundMedia>, FetchError>>;

    /// The bytes of a medium a member sent, from the provider's own hosts only (G37).
    fn fetch_media<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Media, FetchError>>;

    /// Has it delete a message and its media, for who wants to be forgotten; what it does not have is
    /// deleted. An error is an answer for now: it may refuse while a message is under way.
    fn delete<'a>(&'a self, provider_message_id: &'a str) -> BoxFuture<'a, Result<(), FetchError>>;

    /// Makes buttons or a list known, and answers with the id they are sent by. Reaches nobody;
    /// asked before an attempt is begun, so that the attempt itself stays one request (G5).
    fn prepare<'a>(&'a self, shape: &'a Shape) -> BoxFuture<'a, Result<Box<str>, FetchError>>;
}

/// Why something could not be read from a provider.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum FetchError {
    /// No connection.
    #[error("the provider could not be reached: {why}")]
    Unreachable {
        /// For people.
        why: Box<str>,
    },
    /// A connection, but no usable answer in time.
    #[error("the provider gave no usable answer: {why}")]
    NoAnswer {
        /// For people.
        why: Box<str>,
    },
    /// The provider said no.
    #[error("the provider refused with HTTP {status}: {}", error.meaning)]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The provider's error.
        error: ProviderError,
    },
    /// More bytes than we take.
    #[error("the answer is larger than {bytes_max} bytes")]
    TooLarge {
        /// The bound.
        bytes_max: usize,
    },
    /// An address we do not fetch from.
    #[error("this address is not fetched: {why}")]
    NotAllowed {
        /// For people.
        why: Box<str>,
    },
}
