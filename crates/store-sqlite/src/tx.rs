//! One operation's view of the transaction it runs in: statements, events, counters, notices.

use domain::{MemberId, MessageId, Timestamp};
use rusqlite::{CachedStatement, Connection, Params, Row, params};
use store::Notice;

use crate::fault::Done;
use crate::statements::Statements;
use crate::writer::Memory;

/// The transaction.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    /// The writing connection.
    pub(crate) connection: &'a Connection,
    /// Its statements that were used in this transaction.
    pub(crate) statements: Statements<'a>,
    /// What the writer remembers.
    pub(crate) memory: &'a mut Memory,
    /// What the scheduler will be told.
    pub(crate) notices: &'a mut Vec<Notice>,
}

impl<'a> Tx<'a> {
    /// A statement, prepared once per connection: for what is put together, and what runs once in a transaction.
    pub(crate) fn prepared(&self, sql: &str) -> Done<CachedStatement<'a>> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    /// Runs a statement and answers how many rows it changed.
    pub(crate) fn run(&self, sql: &'static str, params: impl Params) -> Done<usize> {
        let mut statement = self.statements.take(self.connection, sql)?;
        let changed = statement.execute(params)?;
        self.statements.put_back(sql, statement);
        Ok(changed)
    }

    /// The same with a statement that is put together.
    pub(crate) fn run_made(&self, sql: &str, params: impl Params) -> Done<usize> {
        Ok(self.prepared(sql)?.execute(params)?)
    }

    /// The first row, if there is one.
    pub(crate) fn one<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Done<T>,
    ) -> Done<Option<T>> {
        let mut statement = self.statements.take(self.connection, sql)?;
        let found = match statement.query(params)?.next()? {
            Some(row) => Some(read(row)?),
            None => None,
        };
        self.statements.put_back(sql, statement);
        Ok(found)
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Done<T>,
    ) -> Done<Vec<T>> {
        let mut statement = self.statements.take(self.connection, sql)?;
        let mut found = Vec::new();
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        drop(rows);
        self.statements.put_back(sql, statement);
        Ok(found)
    }

    /// Adds a row to the outbox.
    pub(crate) fn event(&mut self, event: &Event<'_>) -> Done<()> {
        self.memory.events = true;
        self.run(
            "INSERT INTO events (at, kind, client_id, message_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
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
        if self.memory.counts.is_empty() {
            return Ok(());
        }
        let mut statement = self.prepared(
            "INSERT INTO counters (topic, word, value) VALUES (?1, ?2, ?3)
             ON CONFLICT (topic, word) DO UPDATE SET value = value + excluded.value",
        )?;
        for ((topic, word), by) in self.memory.counts.drain() {
            if by != 0 {
                statement.execute(params![topic, word, by])?;
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
