//! Who is meant when the same words go to many.

use std::collections::BTreeMap;

use domain::audience::Filter;
use domain::{Channel, MemberId, PhoneNumber, SegmentId, Text, Timestamp};

/// An audience that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRecord {
    /// Its id.
    pub id: SegmentId,
    /// What it is called; no two are called the same.
    pub name: String,
    /// Who is meant.
    pub filter: Filter,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// One of an audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceMember {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: Text,
    /// Their number.
    pub phone: PhoneNumber,
    /// Their language.
    pub locale: String,
    /// The country of their number.
    pub country: Option<String>,
    /// Their IANA time zone.
    pub time_zone: String,
    /// The programme they follow, as they have it.
    pub programme: String,
    /// The channel they prefer.
    pub preferred_channel: Option<Channel>,
    /// Whether a WhatsApp session window of theirs is open.
    pub window_open: bool,
    /// When they joined.
    pub joined_at: Timestamp,
}

/// How many an audience has, and how they differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudienceCount {
    /// All of them.
    pub total: u64,
    /// By the channel they prefer; `None` prefers none.
    pub by_channel: BTreeMap<Option<Channel>, u64>,
    /// By language, without what follows a dash, in lower case.
    pub by_language: BTreeMap<String, u64>,
    /// Those with an open WhatsApp session window.
    pub windows_open: u64,
}

impl AudienceCount {
    /// Counts some more of a kind.
    pub fn add(&mut self, channel: Option<Channel>, language: &str, is_open: bool, count: u64) {
        self.total += count;
        *self.by_channel.entry(channel).or_default() += count;
        *self.by_language.entry(language.to_owned()).or_default() += count;
        if is_open {
            self.windows_open += count;
        }
    }
}
