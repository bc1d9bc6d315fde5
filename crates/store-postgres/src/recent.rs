//! The newest attempts, in memory and bounded. Receipts carry our attempt id, so there is no index on provider
//! ids; the few that come without one are looked up here. The others name their message by its id, and what
//! belongs to it goes by its number: those of the newest are known here, too.

use std::collections::VecDeque;
use std::hash::{BuildHasher, BuildHasherDefault};

use domain::MessageId;
use rustc_hash::{FxHashMap, FxHasher};

use crate::fault::Done;
use crate::sql::{Sql, params};

/// How many are remembered: at full speed the last seconds, for most the last days.
const RECENT_MAX: usize = 16_384;

/// Hash of a provider's id to the row of its attempt. An entry is only a hint: whoever uses it
/// compares the row.
#[derive(Debug, Default)]
pub(crate) struct RecentIds {
    attempts: FxHashMap<u64, i64>,
    order: VecDeque<u64>,
}

impl RecentIds {
    /// Fills it from the newest attempts.
    pub(crate) fn load(sql: &Sql) -> Done<Self> {
        let mut recent = Self::default();
        let newest_first = sql.all(
            "SELECT id, provider_message_id FROM attempts ORDER BY id DESC LIMIT $1",
            params![i64::try_from(RECENT_MAX).unwrap_or(i64::MAX)],
            |row| Ok((row.get::<i64>(0)?, row.get::<Option<String>>(1)?)),
        )?;
        for (attempt, id) in newest_first.into_iter().rev() {
            if let Some(id) = id {
                recent.remember(&id, attempt);
            }
        }
        Ok(recent)
    }

    /// Remembers one.
    pub(crate) fn remember(&mut self, provider_message_id: &str, attempt: i64) {
        let hash = hash(provider_message_id);
        if self.attempts.insert(hash, attempt).is_none() {
            self.order.push_back(hash);
        }
        if self.order.len() > RECENT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.attempts.remove(&oldest);
        }
    }

    /// The attempt that probably has it.
    pub(crate) fn find(&self, provider_message_id: &str) -> Option<i64> {
        self.attempts.get(&hash(provider_message_id)).copied()
    }
}

/// Numbers of messages by their ids: of those that were begun last. A number never changes, but whoever uses
/// it compares the row, as the database may be another.
#[derive(Debug, Default)]
pub(crate) struct RecentNumbers {
    numbers: FxHashMap<MessageId, i64>,
    order: VecDeque<MessageId>,
}

impl RecentNumbers {
    /// Remembers one.
    pub(crate) fn remember(&mut self, id: MessageId, seq: i64) {
        if self.numbers.insert(id, seq).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > RECENT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.numbers.remove(&oldest);
        }
    }

    /// The number this one probably has.
    pub(crate) fn of(&self, id: MessageId) -> Option<i64> {
        self.numbers.get(&id).copied()
    }
}

fn hash(text: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(text)
}
