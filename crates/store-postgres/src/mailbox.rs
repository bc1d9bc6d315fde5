//! What other nodes wrote into this node's lanes: taken out by the transaction that goes on working
//! on them, so that it comes before what that transaction writes itself.

use domain::Timestamp;
use store::{Notice, Seq};

use crate::columns::{instant_opt, lane_out, priority, text};
use crate::fault::{Done, corrupt};
use crate::sql::params;
use crate::tx::Tx;

/// Takes out what is there for our shards.
pub(crate) fn take_out(tx: &mut Tx<'_>) -> Done<()> {
    let shards: Vec<i64> = tx
        .memory
        .ownership
        .shards()
        .iter()
        .map(|shard| shard.number().into())
        .collect();
    if shards.is_empty() {
        return Ok(());
    }
    let mut found = tx.all(
        "DELETE FROM lane_notices WHERE shard = ANY($1::bigint[])
         RETURNING id, what, lane, seq, priority, due",
        params![shards.as_slice()],
        |row| {
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
            Ok((row.get::<i64>(0)?, notice))
        },
    )?;
    found.sort_unstable_by_key(|(id, _)| *id);
    for (_, notice) in found {
        tx.notify(notice);
    }
    Ok(())
}
