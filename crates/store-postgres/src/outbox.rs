//! How events are numbered from one server to the next: by the transactions of the server that writes them, and what
//! `instance.events_from` adds. A server that has counted less than the one a database came from (its dump was read there, or
//! a name leads to another server since) would number below what endpoints and cursors have passed.

use crate::fault::Done;
use crate::recall;
use crate::sql::{Sql, params};

/// Where the next transaction would number its events below the newest one. Whatever is seen here was committed before any
/// transaction from the upper end on begins, so this is never so where a database stayed.
macro_rules! falls_behind {
    () => {
        "events_from + pg_snapshot_xmax(pg_current_snapshot())::text::bigint
           <= (SELECT coalesce(max(id), 0) >> 20 FROM events)"
    };
}

/// Up to where even the oldest open transaction numbers above it: one of an older program takes its number before it
/// waits for this.
const MOVE: &str = concat!(
    "UPDATE instance SET events_from = (SELECT coalesce(max(id), 0) >> 20 FROM events) + 1
       - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
     WHERE guard <> 'copying' AND ",
    falls_behind!()
);

/// Before a connection writes: what it writes is numbered above all there is. Who finds that it is so only looks. What is being
/// copied is numbered at the end of the copy.
pub(crate) fn go_on(sql: &Sql) -> Done<()> {
    let falls_behind = sql.one(
        concat!(
            "SELECT 1 FROM instance WHERE guard <> 'copying' AND ",
            falls_behind!()
        ),
        params![],
        |_| Ok(()),
    )?;
    if falls_behind.is_none() {
        return Ok(());
    }
    sql.batch("BEGIN")?;
    // Somebody else may do it in this instant; then nothing is left to do.
    let moved = recall::beside_nobody(sql).and_then(|()| raise(sql));
    sql.batch(if moved.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    if moved? {
        tracing::warn!(
            "this server has counted fewer transactions than the one its database came from; events go on being \
             numbered upwards"
        );
    }
    Ok(())
}

/// The same within a transaction that writes beside nobody; whether there was anything to do.
pub(crate) fn raise(sql: &Sql) -> Done<bool> {
    Ok(sql.run(MOVE, params![])? > 0)
}
