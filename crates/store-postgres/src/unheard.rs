//! What became of a transaction whose COMMIT was sent and not answered: the connection broke, or the server
//! stood still. Its callers were told that nothing is certain; but if it was committed after all, the
//! scheduler must hear of it, or what was stored would wait until the next start (G32). So the server is
//! asked before anything else is written.

use domain::{MemberId, MessageId};
use store::{Epoch, Notice, Ownership, Shard, Shards, StoreError};
use tokio_postgres::error::SqlState;

use crate::fault::Done;
use crate::sql::{AsValue as _, Sql, Value, params};
use crate::work::EventRow;

/// What holds from then on if the transaction was committed.
#[derive(Debug)]
pub(crate) struct Unheard {
    /// Its number.
    pub(crate) transaction: i64,
    /// What would be there.
    pub(crate) witness: Option<Witness>,
    /// What the scheduler is to be told.
    pub(crate) notices: Vec<Notice>,
    /// The fence.
    pub(crate) epoch: Epoch,
    /// The shards that are ours.
    pub(crate) shards: Shards,
    /// Those that are about to be let go.
    pub(crate) leaving: Shards,
}

/// Something that only this transaction has written.
#[derive(Clone, Debug)]
pub(crate) enum Witness {
    /// A row of the outbox.
    Event(EventRow),
    /// An attempt, which only the owner of its lane begins.
    Attempt(i64),
}

/// What is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Committed,
    NotCommitted,
    /// Nobody can tell: what this node believes must be read again.
    Unknown,
}

impl Unheard {
    /// How it ended. Should it still be open, it is ended: nobody waits for it any more.
    ///
    /// A server that crashed gives the numbers of transactions again that left nothing on its disk. So a number
    /// proves that something was not committed, and something only together with a witness.
    pub(crate) fn end(&self, sql: &Sql) -> Done<End> {
        let mut status = self.status(sql)?;
        if status.as_deref() == Some("in progress") {
            sql.all(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE backend_xid::text::bigint = $1 % 4294967296 AND pid <> pg_backend_pid()
                   AND usename = current_user AND datname = current_database()",
                params![self.transaction],
                |_| Ok(()),
            )?;
            status = self.status(sql)?;
        }
        match status.as_deref() {
            // It ends in a moment, or is being committed.
            Some("in progress") => Err(StoreError::Unavailable(
                "it is not known yet what became of the transaction before".into(),
            )
            .into()),
            Some("committed") => match &self.witness {
                None => Ok(End::Unknown),
                Some(witness) if witness.is_there(sql)? => Ok(End::Committed),
                Some(_) => Ok(End::NotCommitted),
            },
            _ => Ok(End::NotCommitted),
        }
    }

    /// As PostgreSQL has it. `None` is one it does not know: so old that nobody waits for it, or, after a
    /// crash, none that was given since.
    fn status(&self, sql: &Sql) -> Done<Option<String>> {
        let status = sql.one(
            "SELECT pg_xact_status($1::bigint::text::xid8)",
            params![self.transaction],
            |row| row.get(0),
        );
        match status {
            Err(fault) if fault.code() == Some(&SqlState::INVALID_PARAMETER_VALUE) => Ok(None),
            other => Ok(other?.flatten()),
        }
    }
}

impl Witness {
    fn is_there(&self, sql: &Sql) -> Done<bool> {
        let found = match self {
            Self::Attempt(key) => {
                sql.one("SELECT 1 FROM attempts WHERE id = $1", params![key], |_| {
                    Ok(())
                })?
            }
            Self::Event(event) => {
                let member = event.member.as_ref().map(MemberId::as_bytes);
                let message = event.message.as_ref().map(MessageId::as_bytes);
                sql.one(
                    "SELECT 1 FROM events WHERE id = $1 AND at = $2 AND kind = $3 AND detail = $4
                       AND client_id IS NOT DISTINCT FROM $5 AND message_id IS NOT DISTINCT FROM $6",
                    &[
                        event.id.value(),
                        event.at.value(),
                        event.kind.value(),
                        event.detail.value(),
                        member.map_or(Value::Null, |id| Value::Bytes(id)),
                        message.map_or(Value::Null, |id| Value::Bytes(id)),
                    ],
                    |_| Ok(()),
                )?
            }
        };
        Ok(found.is_some())
    }
}

/// Whether this node has the shards that it believes it has. One of nobody else's would be worked on by nobody.
pub(crate) fn is_as_believed(sql: &Sql, ownership: &Ownership) -> Done<bool> {
    let said = sql.all(
        "SELECT shard FROM shards WHERE owner = $1",
        params![ownership.epoch().0],
        |row| row.get::<u8>(0),
    )?;
    let said = said.into_iter().filter_map(Shard::new);
    Ok(said.fold(Shards::NONE, Shards::with) == ownership.shards())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Address;
    use crate::sql::Line;

    fn event(detail: &str) -> EventRow {
        EventRow {
            id: 1,
            at: 1_795_000_000_000_000,
            kind: "message.accepted".into(),
            member: None,
            message: None,
            detail: detail.into(),
        }
    }

    fn unheard(transaction: i64, witness: Option<Witness>) -> Unheard {
        Unheard {
            transaction,
            witness,
            notices: Vec::new(),
            epoch: Epoch(1),
            shards: Shards::ALL,
            leaving: Shards::NONE,
        }
    }

    fn number(sql: &Sql) -> i64 {
        let number = "SELECT pg_current_xact_id()::text::bigint";
        sql.one(number, params![], |row| row.get(0))
            .unwrap()
            .unwrap()
    }

    #[test]
    fn a_number_that_was_given_again_proves_nothing() {
        let database = test_postgres::database().unwrap();
        crate::migrate::up(&database.address).unwrap();
        let line = Line::to(Address::parse(&database.address).unwrap());
        let sql = line.connect().unwrap();
        sql.batch("BEGIN").unwrap();
        let committed = number(&sql);
        let there = event("there");
        sql.run(
            "INSERT INTO events (id, at, kind, detail)
             VALUES ($1, timestamptz '2026-11-18 11:06:40+00', $2, $3)",
            params![there.id, there.kind, there.detail],
        )
        .unwrap();
        sql.batch("COMMIT").unwrap();
        let end = |transaction, witness| unheard(transaction, witness).end(&sql).unwrap();
        let at = "SELECT (extract(epoch FROM at) * 1000000)::bigint FROM events";
        let at: i64 = sql.one(at, params![], |row| row.get(0)).unwrap().unwrap();
        let there = |detail: &str| {
            Some(Witness::Event(EventRow {
                at,
                ..event(detail)
            }))
        };
        assert_eq!(end(committed, there("there")), End::Committed);
        assert_eq!(end(committed, there("of another")), End::NotCommitted);
        assert_eq!(
            end(committed, Some(Witness::Attempt(256))),
            End::NotCommitted
        );
        assert_eq!(end(committed, None), End::Unknown);
        // What a server does not know after a crash.
        assert_eq!(
            end(committed + 1_000_000, there("there")),
            End::NotCommitted
        );
        sql.batch("BEGIN").unwrap();
        let aborted = number(&sql);
        sql.batch("ROLLBACK").unwrap();
        assert_eq!(end(aborted, there("there")), End::NotCommitted);
    }

    #[test]
    fn one_that_is_still_open_is_ended() {
        let database = test_postgres::database().unwrap();
        let line = Line::to(Address::parse(&database.address).unwrap());
        let (left, sql) = (line.connect().unwrap(), line.connect().unwrap());
        left.batch("BEGIN").unwrap();
        let open = unheard(number(&left), None);
        for _ in 0..10_000 {
            match open.end(&sql) {
                Ok(end) => {
                    assert_eq!(end, End::NotCommitted);
                    assert!(left.batch("COMMIT").is_err(), "its connection is gone");
                    return;
                }
                Err(fault) => assert!(fault.is_of_the_whole(), "{fault:?}"),
            }
        }
        panic!("it is still open");
    }
}
