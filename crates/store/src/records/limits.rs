//! What had to slow down, who was reached, and what was counted as sent.

use domain::{Channel, DeliveryStatus, Handle, Kind, MemberId, MessageId, Timestamp};

/// Something that had to slow down when it was last told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slowdown {
    /// What, as a word of `policy::slowing`.
    pub limit: String,
    /// The channel.
    pub channel: Channel,
    /// Whose address, where it is about one person.
    pub handle: Option<Handle>,
    /// Until when.
    pub until: Timestamp,
    /// The provider's number for it.
    pub code: Option<u32>,
    /// How often it was told, one time after another.
    pub times: u32,
    /// When it was told last.
    pub told_at: Timestamp,
}

/// What was told of limits from an instant on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitsTold {
    /// What had to slow down.
    pub slowdowns: Vec<Slowdown>,
    /// Who was reached outside a session window, and when last.
    pub people: Vec<(Channel, Handle, Timestamp)>,
}

/// A message that was counted as sent, and did not end badly since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedSend {
    /// To whom.
    pub member: MemberId,
    /// What was counted.
    pub kind: Kind,
    /// The first message of its chain.
    pub root: MessageId,
    /// When.
    pub at: Timestamp,
}

impl CountedSend {
    /// What counts of all that was counted: of each chain the first message that did not end badly; the oldest first.
    pub fn that_count(mut all: Vec<(Self, DeliveryStatus)>) -> Vec<Self> {
        all.retain(|(_, status)| !status.has_ended_badly());
        let mut counted: Vec<Self> = all.into_iter().map(|(one, _)| one).collect();
        let of = |one: &Self| (one.member, one.kind.as_str(), one.root);
        counted.sort_unstable_by_key(|one| (of(one), one.at));
        counted.dedup_by_key(|one| of(one));
        counted.sort_by_key(|one| one.at);
        counted
    }
}
