//! What happened in each hour, counted as it happens, so that pictures of a month read no message: messages that arrived, were
//! read, failed, and what members wrote. Both stores count alike, by what stands here; sums of several nodes are added.

use std::collections::BTreeMap;

use domain::{Channel, DeliveryStatus, Timestamp};

use crate::error::StoreError;

/// Something that happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// It arrived.
    Arrived,
    /// It was read; it also counts as arrived.
    Read,
    /// It failed, or its carrier gave up. One that arrives after all counts as both.
    Failed,
    /// It was not sent, for a reason: suppressed, expired or called back.
    Withheld,
    /// A member wrote it.
    Heard,
}

impl Happening {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Arrived,
        Self::Read,
        Self::Failed,
        Self::Withheld,
        Self::Heard,
    ];

    /// The word it is kept as.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Withheld => "withheld",
            Self::Heard => "heard",
        }
    }

    /// By that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// What is counted apart from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActivityKey {
    /// Hours since 1 January 1970, 0:00 UTC.
    pub hour: i64,
    /// The channel; `None` of what had none yet.
    pub channel: Option<Channel>,
    /// What happened.
    pub what: Happening,
}

impl ActivityKey {
    /// The channel as it is kept: an empty word where there is none.
    pub fn channel_word(&self) -> &'static str {
        self.channel.map_or("", Channel::as_str)
    }

    /// What is kept as this.
    pub fn from_columns(hour: i64, channel: &str, what: &str) -> Result<Self, StoreError> {
        let unknown =
            |column: &str| StoreError::Corrupt(format!("activity.{column}: an unknown word"));
        let channel = match channel {
            "" => None,
            word => Some(word.parse().map_err(|_| unknown("channel"))?),
        };
        let what = Happening::from_word(what).ok_or_else(|| unknown("what"))?;
        Ok(Self {
            hour,
            channel,
            what,
        })
    }
}

/// The hour of an instant, as it is kept.
pub const fn hour_of(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(3_600_000_000)
}

/// How much happened in one transaction.
#[derive(Debug, Default)]
pub struct ActivityChanges(BTreeMap<ActivityKey, i64>);

impl ActivityChanges {
    /// A message goes from one status to another.
    pub fn moved(
        &mut self,
        channel: Option<Channel>,
        before: DeliveryStatus,
        after: DeliveryStatus,
        at: Timestamp,
    ) {
        let failed =
            |status| matches!(status, DeliveryStatus::Failed | DeliveryStatus::Undelivered);
        let withheld = |status| {
            matches!(
                status,
                DeliveryStatus::Suppressed | DeliveryStatus::Expired | DeliveryStatus::Cancelled
            )
        };
        for (what, is_so, was_so) in [
            (
                Happening::Arrived,
                after.has_arrived(),
                before.has_arrived(),
            ),
            (
                Happening::Read,
                after == DeliveryStatus::Read,
                before == DeliveryStatus::Read,
            ),
            (Happening::Failed, failed(after), failed(before)),
            (Happening::Withheld, withheld(after), withheld(before)),
        ] {
            if is_so && !was_so {
                self.add(channel, what, at);
            }
        }
    }

    /// A member wrote.
    pub fn heard(&mut self, channel: Channel, at: Timestamp) {
        self.add(Some(channel), Happening::Heard, at);
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All of it, in the order of the keys; none is left.
    pub fn take(&mut self) -> Vec<(ActivityKey, i64)> {
        std::mem::take(&mut self.0).into_iter().collect()
    }

    fn add(&mut self, channel: Option<Channel>, what: Happening, at: Timestamp) {
        let key = ActivityKey {
            hour: hour_of(at),
            channel,
            what,
        };
        *self.0.entry(key).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(7_200);

    fn counted(steps: &[(DeliveryStatus, DeliveryStatus)]) -> Vec<(&'static str, i64)> {
        let mut changes = ActivityChanges::default();
        for (before, after) in steps {
            changes.moved(Some(Channel::Sms), *before, *after, AT);
        }
        let all = changes.take().into_iter();
        all.map(|(key, count)| {
            assert_eq!(key.hour, 2);
            (key.what.as_str(), count)
        })
        .collect()
    }

    #[test]
    fn each_thing_is_counted_once_for_a_message_and_what_is_skipped_counts_too() {
        use DeliveryStatus::{Cancelled, Delivered, Failed, Pending, Read, Sent, Undelivered};
        assert_eq!(
            counted(&[(Pending, Sent), (Sent, Delivered)]),
            [("arrived", 1)]
        );
        let read = [("arrived", 1), ("read", 1)];
        assert_eq!(counted(&[(Sent, Read)]), read);
        assert_eq!(counted(&[(Sent, Delivered), (Delivered, Read)]), read);
        assert_eq!(counted(&[(Failed, Undelivered)]), []);
        assert_eq!(counted(&[(Pending, Cancelled)]), [("withheld", 1)]);
        let late = [("arrived", 1), ("failed", 1)];
        assert_eq!(counted(&[(Sent, Failed), (Failed, Delivered)]), late);
    }
}
