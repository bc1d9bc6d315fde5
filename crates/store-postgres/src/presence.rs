//! Who is there: every process that serves a database holds a lock on it, shared with all others, for as
//! long as its writing connection stands. Whoever copies it wants it alone. Unlike a lease it ends with
//! the process, and a process away from home has it too.

use store::StoreError;

use crate::fault::Done;
use crate::sql::{Sql, params};

/// The lock, within the database: a number of our own.
const LOCK: i64 = 0x0067_796d_7465_7874;

/// This process serves it from now on, unless it is being copied.
pub(crate) fn serve(sql: &Sql) -> Done<()> {
    take(
        sql,
        "SELECT pg_try_advisory_lock_shared($1)",
        "it is being copied; wait until that is done",
    )
}

/// Nobody serves it, nor will as long as this connection stands.
pub(crate) fn be_alone(sql: &Sql) -> Done<()> {
    take(
        sql,
        "SELECT pg_try_advisory_lock($1)",
        "somebody is serving it, or copies it; stop that first",
    )
}

fn take(sql: &Sql, how: &str, otherwise: &str) -> Done<()> {
    let taken = sql.one(how, params![LOCK], |row| row.get::<bool>(0))?;
    if taken == Some(true) {
        Ok(())
    } else {
        Err(StoreError::Unavailable(otherwise.into()).into())
    }
}
