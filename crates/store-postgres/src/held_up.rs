//! Who holds the outbox up. Its readers stay below the oldest transaction of the whole server that writes
//! (docs/decisions/0009), whichever database that is in.

use domain::Timestamp;
use store::StoreError;

use crate::columns::instant;
use crate::session::Address;
use crate::sql::{Line, Sql, params};

/// A transaction that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Whose it is.
    pub who: Who,
    /// In which database.
    pub database: String,
    /// The role that began it.
    pub role: String,
    /// What its session calls itself; empty where it says nothing, or this role may not see it.
    pub application: String,
    /// Since when, at the latest: where this role may not see that of another, since when an event waits for it.
    pub since: Timestamp,
}

/// Whose a transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Of a session, by the process of the server that it has.
    Session(i64),
    /// Of nobody: it was prepared under this name, and waits to be committed or rolled back.
    Prepared(String),
}

/// The oldest transaction that writes, in the server of the database at `postgres://…`, if one does. Blocks.
pub fn holder(address: &str) -> Result<Option<Holder>, StoreError> {
    let address = Address::parse(address)
        .map_err(|why| StoreError::Unavailable(format!("its address {why}")))?;
    let sql = Sql::connect(&Line::to(address))?;
    // Locks are shown to everybody, and each transaction that writes holds one of its own number.
    Ok(sql.one(
        "SELECT l.pid::bigint, p.gid::text, coalesce(a.datname, p.database, '')::text,
           coalesce(a.usename, p.owner, '')::text, coalesce(a.application_name, ''),
           coalesce(a.xact_start, p.prepared, (SELECT e.at FROM events e, instance i
             WHERE e.id >= (x.oldest::text::bigint + i.events_from) << 20 ORDER BY e.id LIMIT 1), clock_timestamp())
         FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS oldest) x
         JOIN pg_locks l ON l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
           AND l.transactionid = x.oldest::xid
         LEFT JOIN pg_stat_activity a ON a.pid = l.pid
         LEFT JOIN pg_prepared_xacts p ON p.transaction = x.oldest::xid",
        params![],
        |row| {
            let who = match row.get::<Option<i64>>(0)? {
                Some(pid) => Who::Session(pid),
                None => Who::Prepared(row.get::<Option<String>>(1)?.unwrap_or_default()),
            };
            Ok(Holder {
                who,
                database: row.get(2)?,
                role: row.get(3)?,
                application: row.get(4)?,
                since: instant(row, 5)?,
            })
        },
    )?)
}
