//! What a transaction asks first: whether this node still is one, and what others may have changed of what
//! the writer remembers, and which transaction this is.

use store::Ownership;

use crate::fault::Done;
use crate::sql::{Query, Row, Value};
use crate::tx::Tx;

/// The questions. The node's row is held until the transaction ends: whoever takes its lanes over waits.
pub(crate) fn queries(ownership: &Ownership) -> [Query<'static>; 2] {
    [
        Query::new(
            "SELECT 1 FROM nodes WHERE epoch = $1 FOR KEY SHARE",
            &[Value::Int(ownership.epoch().0)],
        ),
        Query::new(
            "SELECT i.switches_version, EXISTS (SELECT 1 FROM parked_receipts),
               pg_current_xact_id()::text::bigint
             FROM instance i FOR SHARE OF i",
            &[],
        ),
    ]
}

/// Takes the answers in; `false` when this node was fenced since it looked last. One that is none has no
/// lanes, and may do everything else.
pub(crate) fn take(tx: &mut Tx<'_>, node: &[Row], instance: &[Row]) -> Done<bool> {
    if let Some(row) = instance.first() {
        tx.memory.switches_version = row.get(0)?;
        tx.memory.any_parked = row.get(1)?;
        tx.memory.transaction = row.get(2)?;
    }
    if node.is_empty() && tx.memory.ownership.epoch().0 != 0 {
        tx.lose_all();
        return Ok(false);
    }
    Ok(true)
}
