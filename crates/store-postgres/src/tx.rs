//! One operation's view of the transaction it runs in: statements, events, counters, notices.

use std::cell::RefCell;

use domain::{MemberId, MessageId, Timestamp};
use store::{Epoch, LaneKey, Notice, Shards, StoreError};

use crate::columns::lane_in;
use crate::fault::Done;
use crate::sql::{Row, Sql, Value};
use crate::work::{EventRow, LaneNoticeRow, Work};
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
    /// The rows that are worked on.
    pub(crate) work: RefCell<Work>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(sql: &'a Sql, memory: &'a mut Memory, notices: &'a mut Vec<Notice>) -> Self {
        Self {
            sql,
            memory,
            notices,
            work: RefCell::default(),
        }
    }

    /// Runs a statement and answers how many rows it changed. What is worked on is written before, and
    /// forgotten: the statement may change it.
    pub(crate) fn run(&self, sql: &str, values: &[Value<'_>]) -> Done<u64> {
        self.flush_and_forget()?;
        self.sql.run(sql, values)
    }

    /// The first row, if there is one, of a statement that changes no row that is worked on.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row) -> Done<T>,
    ) -> Done<Option<T>> {
        self.flush()?;
        self.sql.one(sql, values, read)
    }

    /// All rows of such a statement.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row) -> Done<T>,
    ) -> Done<Vec<T>> {
        self.flush()?;
        self.sql.all(sql, values, read)
    }

    /// For statements that neither read nor change a table that is worked on ([`crate::work`]).
    pub(crate) fn apart(&self) -> &'a Sql {
        self.sql
    }

    /// Tells whoever schedules the lane: the scheduler of this process, or a row for another.
    pub(crate) fn notify(&mut self, notice: Notice) {
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
                return;
            }
        };
        if self.memory.leaving.contains(lane.shard()) {
            return; // whoever takes it next reads the places themselves
        }
        if self.memory.ownership.owns(lane.shard()) {
            self.notices.push(notice);
            return;
        }
        self.memory.told_others = true;
        self.add_lane_notice(LaneNoticeRow {
            shard: lane.shard().number(),
            what,
            lane: lane_in(lane),
            seq: seq.0,
            priority,
            due: due.map(Timestamp::as_micros),
        });
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

    /// Adds a row to the outbox. Its number is the transaction's and its place in it, so that readers who stay below the
    /// oldest open transaction pass over none.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        self.memory.events += 1;
        let transaction = self.memory.transaction + self.memory.events_from;
        self.add_event(EventRow {
            id: (transaction << 20) | self.memory.events,
            at: event.at.as_micros(),
            kind: event.kind.to_owned(),
            member: event.member,
            message: event.message,
            detail: event.detail.to_owned(),
        });
    }

    /// Changes a counter when this transaction commits.
    pub(crate) fn count(&mut self, topic: &'static str, word: &'static str, by: i64) {
        *self.memory.counts.entry((topic, word)).or_insert(0) += by;
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
