//! Up to when occurrences were looked through.

use rusqlite::params;
use store::Shards;
use store::ops::NoteChecked;

use crate::fault::Done;
use crate::tx::Tx;

/// See [`store::Op::NoteChecked`].
pub(crate) fn note(tx: &mut Tx<'_>, op: NoteChecked) -> Done<Shards> {
    if op.epoch != tx.memory.epoch || tx.memory.held.is_some() {
        return Ok(Shards::NONE);
    }
    for shard in op.shards.iter() {
        tx.run(
            "INSERT INTO checked_occurrences (shard, checked_to) VALUES (?1, ?2)
             ON CONFLICT (shard) DO UPDATE SET checked_to = max(checked_to, excluded.checked_to)",
            params![shard.number(), op.to.as_micros()],
        )?;
    }
    Ok(op.shards)
}
