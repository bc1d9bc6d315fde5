//! What became of a transaction whose COMMIT was sent and not answered: the connection broke, or the server
//! stood still. Its callers were told that nothing is certain; but if it was committed after all, the
//! scheduler must hear of it, or what was stored would wait until the next start (G32). So the server is
//! asked before anything else is written.

use store::{Epoch, Notice, Shards, StoreError};

use crate::fault::Done;
use crate::sql::{Sql, params};

/// What holds from then on if the transaction was committed.
#[derive(Debug)]
pub(crate) struct Unheard {
    /// Its number.
    pub(crate) transaction: i64,
    /// What the scheduler is to be told.
    pub(crate) notices: Vec<Notice>,
    /// The fence.
    pub(crate) epoch: Epoch,
    /// The shards that are ours.
    pub(crate) shards: Shards,
    /// Those that are about to be let go.
    pub(crate) leaving: Shards,
}

impl Unheard {
    /// Whether it was committed. Should it still be open, it is ended: nobody waits for it any more.
    pub(crate) fn was_committed(&self, sql: &Sql) -> Done<bool> {
        match self.status(sql)?.as_deref() {
            Some("in progress") => {}
            status => return Ok(status == Some("committed")),
        }
        sql.all(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE backend_xid::text::bigint = $1 % 4294967296 AND pid <> pg_backend_pid()",
            params![self.transaction],
            |_| Ok(()),
        )?;
        match self.status(sql)?.as_deref() {
            // It ends in a moment, or is being committed.
            Some("in progress") => Err(StoreError::Unavailable(
                "it is not known yet what became of the transaction before".into(),
            )
            .into()),
            status => Ok(status == Some("committed")),
        }
    }

    /// As PostgreSQL has it; it forgets only what is far older than anything a node waits for.
    fn status(&self, sql: &Sql) -> Done<Option<String>> {
        let status = sql.one(
            "SELECT pg_xact_status($1::bigint::text::xid8)",
            params![self.transaction],
            |row| row.get(0),
        )?;
        Ok(status.flatten())
    }
}
