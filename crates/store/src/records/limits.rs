//! What had to slow down, and who was reached.

use domain::{Channel, Handle, Timestamp};

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
