//! A message as the carrier keeps it, and as the REST API and the handset show it.

use std::sync::Arc;

use domain::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::address::Channel;
use crate::dates::rfc_2822;
use crate::error::message as error_message;
use crate::hook::Hook;
use crate::sid::Sid;

/// Twilio's statuses (facts/twilio.md 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Accepted,
    Scheduled,
    Queued,
    Sending,
    Sent,
    Delivered,
    Read,
    Undelivered,
    Failed,
    Canceled,
    Receiving,
    Received,
}

impl Status {
    pub(crate) const ALL: [Self; 12] = [
        Self::Accepted,
        Self::Scheduled,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Undelivered,
        Self::Failed,
        Self::Canceled,
        Self::Receiving,
        Self::Received,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Receiving => "receiving",
            Self::Received => "received",
        }
    }

    /// Whether nothing more is to come, but for a `read`.
    pub(crate) const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Delivered
                | Self::Read
                | Self::Undelivered
                | Self::Failed
                | Self::Canceled
                | Self::Received
        )
    }
}

/// Who wrote a message, in Twilio's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Inbound,
    Api,
    Reply,
}

impl Direction {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Api => "outbound-api",
            Self::Reply => "outbound-reply",
        }
    }
}

/// A piece of media that belongs to a message.
#[derive(Clone, Debug)]
pub(crate) struct Media {
    pub(crate) sid: Sid,
    /// Where it lies, for media of outbound messages.
    pub(crate) url: String,
    pub(crate) content_type: String,
    /// Its bytes, for media that was said by a handset.
    pub(crate) bytes: Option<bytes::Bytes>,
}

/// A button or list row under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Button {
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<String>,
    /// `reply`, `list`, `url`, `phone` or `code`.
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// What opens, is called or is copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
}

/// What only few messages have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extras {
    pub(crate) template: Option<Value>,
    pub(crate) content: Option<Sid>,
    pub(crate) category: Option<String>,
    /// What WhatsApp will say against the variables of its template.
    pub(crate) trouble: Option<u32>,
    pub(crate) buttons: Vec<Button>,
    pub(crate) location: Option<Value>,
    pub(crate) contact: Option<String>,
    /// The message it quotes.
    pub(crate) quotes: Option<Sid>,
    pub(crate) send_at: Option<Timestamp>,
    pub(crate) wants_feedback: bool,
    pub(crate) feedback: Option<String>,
    /// Written by the carrier itself: an answer to STOP.
    pub(crate) by_carrier: bool,
}

/// A message as the carrier keeps it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) seq: u64,
    pub(crate) sid: Sid,
    pub(crate) direction: Direction,
    pub(crate) channel: Channel,
    /// Without its prefix.
    pub(crate) from: Option<Arc<str>>,
    pub(crate) to: Arc<str>,
    pub(crate) service: Option<Sid>,
    pub(crate) body: Box<str>,
    pub(crate) media: Vec<Media>,
    pub(crate) status: Status,
    pub(crate) error: Option<u32>,
    pub(crate) segments: u32,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) sent: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) hook: Option<Arc<Hook>>,
    pub(crate) extras: Option<Box<Extras>>,
}

/// The resource of the REST API; its fields stand in the order Twilio has them.
#[derive(Serialize)]
pub(crate) struct Resource<'a> {
    account_sid: &'a str,
    api_version: &'static str,
    body: &'a str,
    date_created: String,
    date_sent: Option<String>,
    date_updated: String,
    direction: &'static str,
    error_code: Option<u32>,
    error_message: Option<&'static str>,
    from: Option<String>,
    messaging_service_sid: Option<String>,
    num_media: String,
    num_segments: String,
    price: Option<String>,
    price_unit: &'static str,
    sid: String,
    status: &'static str,
    subresource_uris: Subresources,
    to: String,
    uri: String,
}

#[derive(Serialize)]
struct Subresources {
    media: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    feedback: Option<String>,
}

impl Record {
    /// The number of the person at the handset.
    pub(crate) fn handset(&self) -> &str {
        match self.direction {
            Direction::Inbound => self.from.as_deref().unwrap_or(""),
            Direction::Api | Direction::Reply => &self.to,
        }
    }

    pub(crate) fn sender_address(&self) -> Option<String> {
        self.from
            .as_ref()
            .map(|from| format!("{}{from}", self.channel.prefix()))
    }

    pub(crate) fn to_address(&self) -> String {
        format!("{}{}", self.channel.prefix(), self.to)
    }

    pub(crate) fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// As the REST API shows it. The price is there only some time after the end.
    pub(crate) fn resource<'a>(
        &'a self,
        account: &'a str,
        now: Timestamp,
        price_after: domain::Seconds,
    ) -> Resource<'a> {
        let sid = self.sid.to_string();
        let uri = format!("/2010-04-01/Accounts/{account}/Messages/{sid}");
        let rated = self.ended.is_some_and(|ended| now >= ended + price_after);
        // Before a service has picked the sender, nothing about the segments is known.
        let segments = if self.from.is_none() {
            0
        } else {
            self.segments
        };
        Resource {
            account_sid: account,
            api_version: "2010-04-01",
            body: &self.body,
            date_created: rfc_2822(self.created),
            date_sent: self.sent.map(rfc_2822),
            date_updated: rfc_2822(self.updated),
            direction: self.direction.as_str(),
            error_code: self.error,
            error_message: self.error.map(error_message),
            from: self.sender_address(),
            messaging_service_sid: self.service.map(|sid| sid.to_string()),
            num_media: self.media.len().to_string(),
            num_segments: segments.to_string(),
            price: rated.then(|| self.price()).flatten(),
            price_unit: "USD",
            status: self.status.as_str(),
            subresource_uris: Subresources {
                media: format!("{uri}/Media.json"),
                feedback: self
                    .extras
                    .as_ref()
                    .is_some_and(|extras| extras.wants_feedback)
                    .then(|| format!("{uri}/Feedback.json")),
            },
            to: self.to_address(),
            uri: format!("{uri}.json"),
            sid,
        }
    }

    /// The charge of the whole message, negative, in dollars; US list prices stand for all
    /// countries. Refused and cancelled messages cost nothing.
    fn price(&self) -> Option<String> {
        let micros = match (self.status, self.channel) {
            (Status::Canceled, _) => return None,
            (Status::Failed, _) => 1_000,
            (_, Channel::Whatsapp) => 5_000,
            (_, Channel::Sms) if !self.media.is_empty() => 22_000,
            (_, Channel::Sms) => 8_300 * u64::from(self.segments),
        };
        Some(format!(
            "-{}.{:05}",
            micros / 1_000_000,
            micros % 1_000_000 / 10
        ))
    }

    /// As the handset shows it.
    pub(crate) fn on_handset(&self) -> Value {
        let direction = match self.direction {
            Direction::Inbound => "out",
            Direction::Api | Direction::Reply => "in",
        };
        let media: Vec<Value> = self
            .media
            .iter()
            .map(|media| json!({"url": media.url, "content_type": media.content_type}))
            .collect();
        let none = Extras::default();
        let extras = self.extras.as_deref().unwrap_or(&none);
        json!({
            "id": self.sid.to_string(),
            "direction": direction,
            "channel": self.channel.as_str(),
            "from": self.from.as_deref(),
            "to": &*self.to,
            "body": self.body,
            "media": media,
            "template": extras.template,
            "buttons": extras.buttons,
            "location": extras.location,
            "contact": extras.contact,
            "quotes": extras.quotes.map(|sid| sid.to_string()),
            "by_carrier": extras.by_carrier,
            "status": self.status.as_str(),
            "error_code": self.error,
            "error_message": self.error.map(error_message),
            "at": crate::dates::iso_8601_millis(self.created),
            "updated_at": crate::dates::iso_8601_millis(self.updated),
        })
    }
}
