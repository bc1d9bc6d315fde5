//! What a transaction asks first: whether this node still is one, and what others may have changed of what
//! the writer remembers.

use store::{Notice, Op, Ownership};

use crate::fault::Done;
use crate::sql::{Query, Row, Sql, Value};
use crate::tx::Tx;

/// Held by every writing transaction until it ends, together with all others or alone; made up.
const WRITING: i64 = 0x6779_6d77_7269;

/// The question, once it has this lock. The row lock needs the transaction's number: asking for it costs nothing more.
macro_rules! first {
    ($lock:literal) => {
        concat!(
            "SELECT i.switches_version, EXISTS (SELECT 1 FROM parked_receipts),
               pg_current_xact_id()::text::bigint,
               (SELECT epoch FROM nodes WHERE epoch = $1 FOR KEY SHARE), i.events_from
             FROM (SELECT ",
            $lock,
            ") AS first, instance i FOR SHARE OF i"
        )
    };
}

/// Beside whom a transaction writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Others, of other nodes.
    #[default]
    Others,
    /// Nobody: it waits for all that have begun, and all that begin wait for it.
    Nobody,
}

impl Beside {
    /// What these operations need.
    pub(crate) fn of(ops: &[Op]) -> Self {
        if ops.iter().any(|op| needs_all(op.plain())) {
            Self::Nobody
        } else {
            Self::Others
        }
    }
}

/// Whether an operation waits for everybody else.
///
/// An erasure: whoever looked for the member before has committed what they wrote of them, and whoever looks afterwards finds
/// that they are erased. What moves the version of the switches: every transaction holds the row with its version, and where many nodes write
/// there is always one, so whoever only waited for the row would wait for good.
const fn needs_all(op: &Op) -> bool {
    match op {
        Op::EraseMember(_)
        | Op::SetSwitch(_)
        | Op::SetRollout(_)
        | Op::RecordTemplates(_)
        | Op::RecordSenders(_) => true,
        Op::MoveBroadcast(op) => op.switch.is_some(),
        _ => false,
    }
}

/// Beside nobody, as whoever turns something from outside a node does it. To be said within a transaction.
pub(crate) fn beside_nobody(sql: &Sql) -> Done<()> {
    sql.one(
        "SELECT pg_advisory_xact_lock($1)",
        &[Value::Int(WRITING)],
        |_| Ok(()),
    )?;
    Ok(())
}

/// The question. The node's row is held until the transaction ends: whoever takes its lanes over waits.
///
/// The lock of all comes before that of any row, so that nobody who waits for it holds one. Whoever wants it alone waits for it
/// but a moment: everybody else waits behind them.
pub(crate) fn query(ownership: &Ownership, beside: Beside) -> Query<'static> {
    let sql = match beside {
        Beside::Others => first!("pg_advisory_xact_lock_shared($2)"),
        Beside::Nobody => {
            first!("set_config('lock_timeout', '600ms', true), pg_advisory_xact_lock($2)")
        }
    };
    Query::new(sql, &[Value::Int(ownership.epoch().0), Value::Int(WRITING)])
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
        tx.memory.events_from = row.get(4)?;
    }
    if !is_a_node && tx.memory.ownership.epoch().0 != 0 {
        tx.lose_all();
        return Ok(false);
    }
    Ok(true)
}
