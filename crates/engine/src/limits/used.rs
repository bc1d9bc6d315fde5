//! What was used of limits of our own: how often members were written to, where a cap counts that, and what of the
//! budget is left. Read once for a whole batch, and only where something is set.

use domain::{Kind, MemberId, Timestamp};
use policy::budget::Purse;
use store::StoreError;
use store::questions::CountedSends;
use store::records::{CountedSend, MessageFacts};

use crate::Engine;
use crate::legs;

/// What was used when it was asked about.
#[derive(Debug, Default)]
pub(crate) struct Used {
    counted: Vec<CountedSend>,
    pub(crate) purses: Vec<Purse>,
}

impl Used {
    /// When others of a message's kind went to its member.
    pub(crate) fn counted_for(&self, facts: &MessageFacts) -> Vec<Timestamp> {
        if self.counted.is_empty() {
            return Vec::new();
        }
        let message = &facts.message;
        let root = legs::root_of(message);
        let theirs = self.counted.iter().filter(|one| {
            one.member == message.member && one.kind == message.kind && one.root != root
        });
        theirs.map(|one| one.at).collect()
    }
}

impl Engine {
    /// What was used of the limits that hold for these members and kinds.
    pub(crate) async fn used(
        &self,
        of: impl Iterator<Item = (MemberId, Kind)>,
        now: Timestamp,
    ) -> Result<Used, StoreError> {
        let purses = self.budget().await?;
        let purses = purses.iter().filter_map(|budget| {
            Some(Purse {
                period: budget.period,
                left: budget.limit.minus(budget.spent)?,
                until: budget.until,
            })
        });
        Ok(Used {
            purses: purses.collect(),
            counted: self.counted_sends(of, now).await?,
        })
    }

    async fn counted_sends(
        &self,
        of: impl Iterator<Item = (MemberId, Kind)>,
        now: Timestamp,
    ) -> Result<Vec<CountedSend>, StoreError> {
        let caps = &self.inner.settings.planner.caps;
        if caps.is_empty() {
            return Ok(Vec::new());
        }
        let mut since = now;
        let mut capped = Vec::new();
        for (member, kind) in of {
            if let Some(from) = caps.since(kind, now) {
                since = since.min(from);
                capped.push((member, kind));
            }
        }
        if capped.is_empty() {
            return Ok(Vec::new());
        }
        capped.sort_unstable_by_key(|(member, kind)| (*member, kind.as_str()));
        capped.dedup();
        let asked = CountedSends { of: capped, since };
        self.ask().question(asked).await
    }
}
