//! Up to when occurrences were looked through.

use store::Shards;
use store::ops::NoteChecked;

use crate::fault::Done;
use crate::sql::params;
use crate::tx::Tx;

/// See [`store::Op::NoteChecked`]. No other operation works on the table.
pub(crate) fn note(tx: &mut Tx<'_>, op: NoteChecked) -> Done<Shards> {
    if op.epoch != tx.memory.ownership.epoch() {
        return Ok(Shards::NONE);
    }
    let kept = op.shards.within(tx.memory.ownership.shards());
    let numbers: Vec<i64> = kept.iter().map(|shard| shard.number().into()).collect();
    tx.apart().run(
        "INSERT INTO checked_occurrences (shard, checked_to)
         SELECT shard, $2::timestamptz FROM unnest($1::bigint[]) AS of(shard)
         ON CONFLICT (shard) DO UPDATE SET
           checked_to = greatest(checked_occurrences.checked_to, excluded.checked_to)",
        params![numbers.as_slice(), op.to.as_micros()],
    )?;
    Ok(kept)
}
