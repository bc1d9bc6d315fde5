//! What goes on several channels at once: one message for each, all accepted or none, and none follows another.
//!
//! They are bound to the first of them by their occasion, as the legs of a fallback chain are (`legs`): whoever reads
//! one finds all of them, and no column was needed.

use domain::{Channel, DeliveryStatus, MessageId, QueueName};
use serde_json::{Value, json};
use store::questions::{AsAccepted, ByOccasion, MessageById};
use store::records::NewMessage;

use crate::{Draft, Engine, EngineError};

/// The most messages of one request: there are not more channels.
const TOGETHER_MAX: usize = Channel::ALL.len();

/// One of the messages of one request, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BesideView {
    /// The message.
    pub id: MessageId,
    /// On which channel it went or would go.
    pub channel: Option<Channel>,
    /// How far it came.
    pub status: DeliveryStatus,
}

impl BesideView {
    /// As the handset page shows it.
    pub(crate) fn to_value(&self) -> Value {
        json!({
            "message_id": self.id.to_string(), "channel": self.channel.map(Channel::as_str), "status": self.status.as_str(),
        })
    }
}

impl Engine {
    /// The messages that go on several channels at once with this one, itself included, in the order in which the channels were
    /// named; empty where it stands alone.
    pub async fn together(&self, id: MessageId) -> Result<Vec<BesideView>, EngineError> {
        let Some(message) = self.ask().question(AsAccepted { id }).await? else {
            return Ok(Vec::new());
        };
        let first = first_of(&message);
        let others = ByOccasion {
            member: message.member,
            occasions: (2..=TOGETHER_MAX)
                .map(|number| occasion(first, number))
                .collect(),
        };
        let others = self.ask().question(others).await?;
        let others: Vec<MessageId> = others.into_iter().flatten().collect();
        let mut views = Vec::new();
        if !others.is_empty() {
            for id in std::iter::once(first).chain(others) {
                let detail = self.ask().question(MessageById { id }).await?;
                views.extend(detail.map(|detail| BesideView {
                    id,
                    channel: detail.record.channel,
                    status: detail.record.status,
                }));
            }
        }
        Ok(views)
    }
}

/// Gives each but the first a lane of its own, so that none waits for another to arrive.
pub(crate) fn in_lanes(drafts: &mut [Draft]) {
    for draft in drafts.iter_mut().skip(1) {
        if let Some(channel) = draft.channel {
            draft.queue = beside(&draft.queue, channel);
        }
    }
}

/// Binds each but the first to the first.
pub(crate) fn linked(
    messages: impl Iterator<Item = NewMessage>,
) -> impl Iterator<Item = NewMessage> {
    let mut first = None;
    messages.enumerate().map(move |(place, message)| {
        let first = *first.get_or_insert(message.id);
        if place == 0 {
            return message;
        }
        NewMessage {
            occasion: Some(occasion(first, place + 1)),
            ..message
        }
    })
}

fn occasion(first: MessageId, number: usize) -> String {
    format!("beside:{first}:{number}")
}

/// The first message of the request that a message belongs to; itself, where it stands alone.
fn first_of(message: &NewMessage) -> MessageId {
    let first = || {
        let occasion = message.occasion.as_deref()?.strip_prefix("beside:")?;
        occasion.rsplit_once(':')?.0.parse().ok()
    };
    first().unwrap_or(message.id)
}

/// The queue of a message that goes on a channel beside others.
fn beside(queue: &QueueName, channel: Channel) -> QueueName {
    let name = format!("{}:{}", queue.as_str(), channel.as_str());
    // Where that is too long for a name, the channel alone is one.
    name.parse()
        .or_else(|_| channel.as_str().parse())
        .unwrap_or_default()
}
