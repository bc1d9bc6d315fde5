//! What a provider remembers: its messages, page by page, and its media.

use std::fmt;

use bytes::Bytes;
use domain::{Address, Channel, Direction, ProviderError, Text, Timestamp};

use crate::webhook::{Inbound, InboundMedia, Party, ReceiptStatus};

/// A message as the provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteMessage {
    /// The provider's id.
    pub provider_message_id: Box<str>,
    /// The account it belongs to.
    pub account: Option<Box<str>>,
    /// Which way it went.
    pub direction: Direction,
    /// The channel it went by.
    pub channel: Channel,
    /// Who sent it; `None` until a sender was chosen.
    pub from: Option<Party>,
    /// To whom.
    pub to: Option<Party>,
    /// Its text as the provider keeps it, possibly changed by smart encoding or a template.
    pub text: Text,
    /// How far it has come.
    pub status: ReceiptStatus,
    /// What went wrong, if anything did.
    pub error: Option<ProviderError>,
    /// How many segments; `None` while unknown.
    pub segments: Option<u16>,
    /// How many media it carries.
    pub media_count: u16,
    /// What it cost, as the provider writes it: a negative decimal such as `-0.00750`; `None`
    /// until it was rated.
    pub price: Option<Box<str>>,
    /// Currency of the price, ISO 4217 in upper case.
    pub price_unit: Option<Box<str>>,
    /// When the provider took it or received it.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// When it left.
    pub sent_at: Option<Timestamp>,
}

impl RemoteMessage {
    /// The inbound message this is, as its webhook would have told it: for the sweep over what
    /// webhooks missed (G3). `None` for our own messages and for those without a sender.
    pub fn into_inbound(self, media: Vec<InboundMedia>) -> Option<Inbound> {
        if self.direction != Direction::Inbound {
            return None;
        }
        Some(Inbound {
            text: self.text,
            media,
            segments: self.segments,
            at: self.sent_at.or(self.created_at),
            ..Inbound::bare(
                self.provider_message_id,
                self.account.unwrap_or_default(),
                self.from?,
                self.to?,
            )
        })
    }
}

/// Which messages to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Only these.
    pub direction: Option<Direction>,
    /// Only to this address.
    pub to: Option<Address>,
    /// Only from this address.
    pub from: Option<Address>,
    /// Only those sent at or after this instant.
    pub since: Option<Timestamp>,
    /// How many a page; the provider's own choice when `None`. At most 1,000.
    pub page_size: Option<u16>,
    /// Where the previous page ended; the other fields must be those of the first query.
    pub cursor: Option<Cursor>,
}

/// Where a list goes on; only the provider that made it understands it. It may hold numbers of
/// people (a query), so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) Box<str>);

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor(…)")
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it; it may be empty though more pages follow.
    pub items: Vec<T>,
    /// Where the list goes on; `None` on the last page.
    pub next: Option<Cursor>,
}

/// A fetched medium.
#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    /// Its content type as the host said, untrusted.
    pub content_type: Option<Box<str>>,
    /// Its bytes, bounded.
    pub bytes: Bytes,
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
