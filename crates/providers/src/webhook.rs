//! What a provider tells us: messages of members, and receipts for ours. Each provider parses its
//! own wire into these; nothing here has been judged.

use std::fmt;

use domain::{Address, AttemptId, Channel, DeliveryStatus, Handle, ProviderError, Text, Timestamp};

/// A request of a provider, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A member wrote.
    Inbound(Box<Inbound>),
    /// Something became of a message of ours.
    Receipt(Receipt),
    /// Nothing we act on; answered 2xx all the same.
    Ignored {
        /// For people, without content.
        why: Box<str>,
    },
}

/// One end of a message: an address, or something that cannot be one of ours (a short code, an
/// alphanumeric sender).
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Party {
    /// An address.
    Known(Address),
    /// Anything else, as the provider wrote it without its channel prefix.
    Other {
        /// The channel.
        channel: Channel,
        /// What stood there, at most 256 bytes.
        text: Box<str>,
    },
}

impl Party {
    /// Reads a handle on a channel.
    pub fn new(channel: Channel, text: &str) -> Self {
        let phone_like = text.starts_with('+') || channel != Channel::Sms;
        match text.parse::<Handle>() {
            Ok(handle) if phone_like => Self::Known(Address { channel, handle }),
            Ok(_) | Err(_) => Self::Other {
                channel,
                text: text.chars().take(64).collect::<String>().into(),
            },
        }
    }

    /// The channel.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Known(address) => address.channel,
            Self::Other { channel, .. } => *channel,
        }
    }

    /// The address, where it is one.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Known(address) => Some(address),
            Self::Other { .. } => None,
        }
    }

    /// As databases keep it: `+…`, `US.…`, `12345`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(address) => address.handle.as_str(),
            Self::Other { text, .. } => text,
        }
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(address) => fmt::Debug::fmt(address, f),
            Self::Other { channel, .. } => write!(f, "Other({channel}, …)"),
        }
    }
}

/// A message of a member. Everything in it is data from outside (G36, G37).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The provider's id: with provider and account, the key that keeps it single (G24).
    pub provider_message_id: Box<str>,
    /// The provider's account.
    pub account: Box<str>,
    /// The messaging service, where one was used.
    pub messaging_service: Option<Box<str>>,
    /// Who wrote, and on which channel.
    pub from: Party,
    /// Our sender they wrote to.
    pub to: Party,
    /// The text, possibly empty. NUL was replaced by U+FFFD.
    pub text: Text,
    /// Pictures, sounds, documents.
    pub media: Vec<InboundMedia>,
    /// A tapped button.
    pub button: Option<Button>,
    /// A chosen row of a list.
    pub list: Option<ListReply>,
    /// A place.
    pub location: Option<Location>,
    /// The name the person chose on WhatsApp.
    pub profile_name: Option<Text>,
    /// The person's WhatsApp id: digits, which can differ from the number.
    pub wa_id: Option<Text>,
    /// The business-scoped user id, as an address.
    pub external_user: Option<Party>,
    /// Forwarded by the person.
    pub forwarded: bool,
    /// Forwarded many times.
    pub frequently_forwarded: bool,
    /// Our message it answers, by the provider's id.
    pub replied_to: Option<Box<str>>,
    /// Who had sent the message it answers.
    pub replied_to_sender: Option<Party>,
    /// The advertisement it came from.
    pub referral: Option<Referral>,
    /// What the provider's own opt-out handling made of it; it has answered already.
    pub opt_out: Option<OptOut>,
    /// The provider's word for the kind of message: `text`, `image`, `interactive`, …
    pub message_type: Option<Box<str>>,
    /// JSON of rich replies, unread.
    pub interactive_data: Option<Text>,
    /// JSON of a form's answers, unread.
    pub flow_data: Option<Text>,
    /// JSON of the channel, unread.
    pub channel_metadata: Option<Text>,
    /// Where the carrier says the person's number is from; empty values are left out.
    pub from_country: Option<Box<str>>,
    /// How many segments it came in.
    pub segments: Option<u16>,
    /// When the provider received it, where it says so.
    pub at: Option<Timestamp>,
}

impl Inbound {
    /// A message with nothing in it.
    pub fn bare(provider_message_id: Box<str>, account: Box<str>, from: Party, to: Party) -> Self {
        Self {
            provider_message_id,
            account,
            messaging_service: None,
            from,
            to,
            text: Text::default(),
            media: Vec::new(),
            button: None,
            list: None,
            location: None,
            profile_name: None,
            wa_id: None,
            external_user: None,
            forwarded: false,
            frequently_forwarded: false,
            replied_to: None,
            replied_to_sender: None,
            referral: None,
            opt_out: None,
            message_type: None,
            interactive_data: None,
            flow_data: None,
            channel_metadata: None,
            from_country: None,
            segments: None,
            at: None,
        }
    }

    /// The channel it came on.
    pub fn channel(&self) -> Channel {
        self.from.channel()
    }
}

/// A medium of an inbound message.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMedia {
    /// Where it lies, at the provider.
    pub url: Box<str>,
    /// Its type as the provider says.
    pub content_type: Option<Box<str>>,
}

impl fmt::Debug for InboundMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InboundMedia({:?})", self.content_type)
    }
}

/// A tapped button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// Our id of the button.
    pub payload: Option<Text>,
    /// Its title.
    pub text: Option<Text>,
    /// `REPLY` or `ACTION`.
    pub kind: Option<Box<str>>,
}

/// A chosen row of a list (parameter names UNVERIFIED, facts/twilio.md 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListReply {
    /// Our id of the row.
    pub id: Text,
    /// Its title.
    pub title: Option<Text>,
    /// Its description.
    pub description: Option<Text>,
}

/// A place on the map, as sent; coordinates are checked to be numbers in range, and kept as text.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// Degrees north, decimal.
    pub latitude: Box<str>,
    /// Degrees east, decimal.
    pub longitude: Box<str>,
    /// The postal address.
    pub address: Option<Text>,
    /// The name of the place.
    pub label: Option<Text>,
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Location(…)")
    }
}

/// The advertisement a WhatsApp conversation came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referral {
    /// Its text.
    pub body: Option<Text>,
    /// Its headline.
    pub headline: Option<Text>,
    /// Its id.
    pub source_id: Option<Text>,
    /// `ad` or `post`.
    pub source_type: Option<Text>,
    /// Its address.
    pub source_url: Option<Text>,
    /// The id of its medium.
    pub media_id: Option<Text>,
    /// The type of its medium.
    pub media_content_type: Option<Text>,
    /// The address of its medium.
    pub media_url: Option<Text>,
    /// The click's id.
    pub click_id: Option<Text>,
}

/// What the provider's own keyword handling did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOut {
    /// The person stopped.
    Stop,
    /// The person started again.
    Start,
    /// The person asked for help.
    Help,
}

/// What became of a message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The attempt, from the signed query.
    pub attempt: Option<AttemptId>,
    /// The provider's id.
    pub provider_message_id: Box<str>,
    /// The provider's account.
    pub account: Box<str>,
    /// How far it has come.
    pub status: ReceiptStatus,
    /// What went wrong.
    pub error: Option<ProviderError>,
    /// The channel it went by.
    pub channel: Channel,
    /// The person it was for.
    pub to: Option<Party>,
    /// Our sender.
    pub from: Option<Party>,
    /// When it happened, where the provider says so.
    pub at: Option<Timestamp>,
    /// The carrier's own time of it (`YYMMDDhhmm`, zone unknown): tells repeats apart.
    pub carrier_time: Option<Box<str>>,
}

/// The status in a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// A status we know.
    Known(DeliveryStatus),
    /// A word we do not know: kept, and changes nothing (G23). At most 40 letters.
    Unknown(Box<str>),
}

impl ReceiptStatus {
    /// The status, where it is known.
    pub fn known(&self) -> Option<DeliveryStatus> {
        match self {
            Self::Known(status) => Some(*status),
            Self::Unknown(_) => None,
        }
    }
}
