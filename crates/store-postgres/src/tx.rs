//! One operation's view of the transaction it runs in: statements, events, counters, notices.

use domain::{MemberId, MessageId, Timestamp};
use store::{Epoch, LaneKey, Notice, Shards, StoreError};

use crate::columns::lane_in;
use crate::fault::Done;
use crate::sql::{Row, Sql, Value, params};
use crate::writer::Memory;

/// The transaction.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    /// The writing connection.
    pub(crate) sql: &'a Sql,
    /// What the writer remembers.
    pub(crate) memory: &'a mut Memory,
    /// What the scheduler will be told.
    notices: &'a mut Vec<Notice>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(sql: &'a Sql, memory: &'a mut Memory, notices: &'a mut Vec<Notice>) -> Self {
        Self {
            sql,
            memory,
            notices,
        }
    }

    /// Runs a statement and answers how many rows it changed.
    pub(crate) fn run(&self, sql: &str, values: &[Value<'_>]) -> Done<u64> {
        self.sql.run(sql, values)
    }

    /// The first row, if there is one.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row) -> Done<T>,
    ) -> Done<Option<T>> {
        self.sql.one(sql, values, read)
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row) -> Done<T>,
    ) -> Done<Vec<T>> {
        self.sql.all(sql, values, read)
    }

    /// Holds a message against other nodes until this transaction ends: whoever changes it, its place,
    /// its attempts or their receipts asks here first, and looks at them only afterwards.
    pub(crate) fn hold(&self, seq: i64) -> Done<()> {
        self.run(
            "SELECT 1 FROM messages WHERE seq = $1 FOR NO KEY UPDATE",
            params![seq],
        )?;
        Ok(())
    }

    /// Tells whoever schedules the lane: the scheduler of this process, or a row for another.
    pub(crate) fn notify(&mut self, notice: Notice) -> Done<()> {
        let (what, lane, seq, priority, due) = match notice {
            Notice::Waiting {
                lane,
                seq,
                priority,
                due,
            } => ("waiting", lane, seq, priority as u8, due),
            Notice::Occupied { lane, seq, until } => ("occupied", lane, seq, 1, until),
            Notice::Freed { lane, seq } => ("freed", lane, seq, 1, None),
            Notice::Lost(_) | Notice::Events | Notice::Inbound | Notice::Switches => {
                self.notices.push(notice);
                return Ok(());
            }
        };
        if self.memory.leaving.contains(lane.shard()) {
            return Ok(()); // whoever takes it next reads the places themselves
        }
        if self.memory.ownership.owns(lane.shard()) {
            self.notices.push(notice);
            return Ok(());
        }
        self.memory.told_others = true;
        self.run(
            "INSERT INTO lane_notices (shard, what, lane, seq, priority, due)
             VALUES ($1, $2, $3, $4, $5, $6)",
            params![
                lane.shard().number(),
                what,
                lane_in(lane),
                seq.0,
                priority,
                due.map(Timestamp::as_micros)
            ],
        )?;
        Ok(())
    }

    /// Refuses whoever does not schedule this lane any more.
    pub(crate) fn check_lane(&self, lane: LaneKey) -> Done<()> {
        let shard = lane.shard();
        if self.memory.ownership.owns(shard) && !self.memory.leaving.contains(shard) {
            Ok(())
        } else {
            Err(StoreError::Fenced.into())
        }
    }

    /// This node was fenced: whatever it had is somebody else's.
    pub(crate) fn lose_all(&mut self) {
        self.memory.leaving = Shards::NONE;
        self.memory.ownership.set(Epoch(0), Shards::NONE);
        self.notices.push(Notice::Lost(Shards::ALL));
    }

    /// Adds a row to the outbox. Its number is the transaction's and its place in it, so that readers
    /// who stay below the oldest open transaction pass over none.
    pub(crate) fn event(&mut self, event: &Event<'_>) -> Done<()> {
        self.memory.events += 1;
        self.run(
            "INSERT INTO events (id, at, kind, client_id, message_id, detail)
             VALUES ((pg_current_xact_id()::text::bigint << 20) | $1, $2, $3, $4, $5, $6)",
            params![
                self.memory.events,
                event.at.as_micros(),
                event.kind,
                event.member.as_ref().map(MemberId::as_bytes),
                event.message.as_ref().map(MessageId::as_bytes),
                event.detail
            ],
        )?;
        Ok(())
    }

    /// Changes a counter when this transaction commits.
    pub(crate) fn count(&mut self, topic: &'static str, word: &'static str, by: i64) {
        *self.memory.counts.entry((topic, word)).or_insert(0) += by;
    }

    /// Writes what the counters changed by, once for a whole batch.
    pub(crate) fn write_counts(&mut self) -> Done<()> {
        let node = self.memory.ownership.epoch().0;
        let counts: Vec<_> = self.memory.counts.drain().collect();
        for ((topic, word), by) in counts {
            if by != 0 {
                self.run(
                    "INSERT INTO counters (node, topic, word, value) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (topic, word, node)
                     DO UPDATE SET value = counters.value + excluded.value",
                    params![node, topic, word, by],
                )?;
            }
        }
        Ok(())
    }
}

/// A row for the outbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event<'a> {
    /// When.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) kind: &'a str,
    /// Of whom.
    pub(crate) member: Option<MemberId>,
    /// Of which message.
    pub(crate) message: Option<MessageId>,
    /// A word more.
    pub(crate) detail: &'a str,
}
