//! What a transaction asks first: whether this node still is one, and what others may have changed of what
//! the writer remembers.

use store::{Notice, Ownership};

use crate::fault::Done;
use crate::sql::{Query, Row, Value};
use crate::tx::Tx;

/// The question. The node's row is held until the transaction ends: whoever takes its lanes over waits.
pub(crate) fn query(ownership: &Ownership) -> Query<'static> {
    Query::new(
        // The row lock needs the transaction's number: asking for it costs nothing more.
        "SELECT i.switches_version, EXISTS (SELECT 1 FROM parked_receipts),
           pg_current_xact_id()::text::bigint,
           (SELECT epoch FROM nodes WHERE epoch = $1 FOR KEY SHARE)
         FROM instance i FOR SHARE OF i",
        &[Value::Int(ownership.epoch().0)],
    )
}

/// Takes the answer in; `false` when this node was fenced since it looked last. One that is none has no
/// lanes, and may do everything else.
pub(crate) fn take(tx: &mut Tx<'_>, answer: &[Row]) -> Done<bool> {
    let mut is_a_node = false;
    if let Some(row) = answer.first() {
        let version = row.get(0)?;
        if tx.memory.switches_version != version {
            tx.memory.switches_version = version;
            tx.notify(Notice::Switches); // another node has changed something
        }
        tx.memory.any_parked = row.get(1)?;
        tx.memory.transaction = row.get(2)?;
        is_a_node = !row.is_null(3)?;
    }
    if !is_a_node && tx.memory.ownership.epoch().0 != 0 {
        tx.lose_all();
        return Ok(false);
    }
    Ok(true)
}
