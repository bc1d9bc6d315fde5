//! Messages whose delivery is watched.

use rusqlite::params;
use store::ops::WatchDelivery;

use crate::fault::Done;
use crate::tx::Tx;

/// See [`store::Op::WatchDelivery`].
pub(crate) fn watch(tx: &Tx<'_>, op: &WatchDelivery) -> Done<()> {
    match op.due {
        Some(due) => tx.run(
            "INSERT INTO delivery_watches (message_id, due) VALUES (?1, ?2)
             ON CONFLICT (message_id) DO UPDATE SET due = excluded.due",
            params![op.message.as_bytes(), due.as_micros()],
        )?,
        None => tx.run(
            "DELETE FROM delivery_watches WHERE message_id = ?1",
            params![op.message.as_bytes()],
        )?,
    };
    Ok(())
}
