//! What other nodes wrote into this node's lanes: taken out by the transaction that goes on working
//! on them, so that it comes before what that transaction writes itself.

use domain::Timestamp;
use store::{Notice, SHARDS, Seq};

use crate::columns::{instant_opt, lane_out, priority, text};
use crate::fault::{Done, corrupt};
use crate::sql::{Query, Row, Value};
use crate::tx::Tx;

/// The shards whose notices are ours.
pub(crate) fn shards(tx: &Tx<'_>) -> Vec<i64> {
    let shards = tx.memory.ownership.shards();
    shards.iter().map(|shard| shard.number().into()).collect()
}

/// Takes out what is there for these.
pub(crate) fn query(shards: &[i64]) -> Query<'_> {
    if shards.len() == usize::from(SHARDS) {
        // One look-up instead of one for each.
        return Query::new(
            "DELETE FROM lane_notices WHERE shard >= 0
             RETURNING id, what, lane, seq, priority, due",
            &[],
        );
    }
    Query::new(
        "DELETE FROM lane_notices WHERE shard = ANY($1::bigint[])
         RETURNING id, what, lane, seq, priority, due",
        &[Value::Ints(shards)],
    )
}

/// Tells the scheduler what was taken out, in the order in which it was left.
pub(crate) fn take(tx: &mut Tx<'_>, rows: &[Row]) -> Done<()> {
    let mut found = rows.iter().map(read).collect::<Done<Vec<_>>>()?;
    found.sort_unstable_by_key(|(id, _)| *id);
    for (_, notice) in found {
        tx.notify(notice);
    }
    Ok(())
}

fn read(row: &Row) -> Done<(i64, Notice)> {
    let (lane, seq) = (lane_out(row.get(2)?), Seq(row.get(3)?));
    let due: Option<Timestamp> = instant_opt(row, 5)?;
    let notice = match text(row, 1, "lane_notices.what")? {
        "waiting" => Notice::Waiting {
            lane,
            seq,
            priority: priority(row, 4)?,
            due,
        },
        "occupied" => Notice::Occupied {
            lane,
            seq,
            until: due,
        },
        "freed" => Notice::Freed { lane, seq },
        _ => return Err(corrupt("lane_notices.what", "an unknown word")),
    };
    Ok((row.get(0)?, notice))
}
