//! A message as a caller describes it, before it has an id and a place.

use domain::{Channel, Content, Kind, MemberId, MessageId, QueueName, Timestamp};

/// What to say, to whom, why.
#[derive(Clone, Debug)]
pub struct Draft {
    /// To whom.
    pub member: MemberId,
    /// What it says.
    pub content: Content,
    /// What it is for.
    pub kind: Kind,
    /// In which queue.
    pub queue: QueueName,
    /// The channel the caller insists on.
    pub channel: Option<Channel>,
    /// Whether it must arrive somehow.
    pub critical: bool,
    /// Not before.
    pub not_before: Option<Timestamp>,
    /// Not after.
    pub expires_at: Option<Timestamp>,
    /// The inbound message it answers.
    pub in_reply_to: Option<MessageId>,
    /// Unique per member, so that an occasion happens once.
    pub occasion: Option<String>,
}

impl Draft {
    /// A system message with the usual settings.
    pub fn new(member: MemberId, content: Content) -> Self {
        Self {
            member,
            content,
            kind: Kind::System,
            queue: QueueName::default(),
            channel: None,
            critical: false,
            not_before: None,
            expires_at: None,
            in_reply_to: None,
            occasion: None,
        }
    }
}
