//! What other nodes wrote into this node's lanes: taken out by the transaction that goes on working
//! on them, so that it comes before what that transaction writes itself.

use domain::Timestamp;
use store::{Notice, Seq, Shards};

use crate::columns::{instant_opt, lane_out, priority, text};
use crate::fault::{Done, corrupt};
use crate::sql::{Query, Row, Value};
use crate::tx::Tx;

/// Runs of neighbouring shards: a look-up for each, where each shard by itself would be 64 of them.
#[derive(Debug)]
pub(crate) struct Runs {
    first: Vec<i64>,
    last: Vec<i64>,
}

impl Runs {
    /// Of these shards.
    pub(crate) fn of(shards: Shards) -> Self {
        let runs = shards.runs().into_iter();
        let (first, last) = runs
            .map(|(first, last)| (i64::from(first.number()), i64::from(last.number())))
            .unzip();
        Self { first, last }
    }
}

/// Takes out what is there for these.
pub(crate) fn query(runs: &Runs) -> Query<'_> {
    Query::new(
        "DELETE FROM lane_notices n
         USING (SELECT unnest($1::bigint[]) AS first, unnest($2::bigint[]) AS last) AS run
         WHERE n.shard BETWEEN run.first AND run.last
         RETURNING n.id, n.what, n.lane, n.seq, n.priority, n.due",
        &[Value::Ints(&runs.first), Value::Ints(&runs.last)],
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
