//! Audiences that were saved.

use domain::SegmentId;
use store::ops::{DeleteSegment, SaveSegment, SaveSegmentAnswer};
use store::records::SegmentRecord;

use crate::columns::bytes;
use crate::fault::{Done, corrupt};
use crate::read::read_segment;
use crate::sql::params;
use crate::tx::Tx;
use crate::write::idempotency::{self, Key};

fn by_id(tx: &Tx<'_>, id: SegmentId) -> Done<Option<SegmentRecord>> {
    tx.one(
        "SELECT id, name, filter, created_at, created_by, changed_at FROM segments WHERE id = $1",
        params![id.as_bytes()],
        read_segment,
    )
}

/// See [`store::Op::SaveSegment`].
pub(crate) fn save(tx: &mut Tx<'_>, op: &SaveSegment) -> Done<SaveSegmentAnswer> {
    if let Some(key) = &op.idempotency {
        match idempotency::look_up(tx, key)? {
            Key::New => {}
            Key::Reused => return Ok(SaveSegmentAnswer::KeyReused),
            Key::Known(answer) => {
                let id: [u8; 16] = answer
                    .try_into()
                    .map_err(|_| corrupt("idempotency_keys.answer", "not 16 bytes"))?;
                // One that was deleted since is no answer any more: the call counts as a new one.
                if let Some(segment) = by_id(tx, SegmentId::from_bytes(id))? {
                    return Ok(SaveSegmentAnswer::Saved {
                        segment: Box::new(segment),
                        replayed: true,
                    });
                }
            }
        }
    }
    let new = &op.segment;
    let named = tx.one(
        "SELECT id FROM segments WHERE name = $1 AND id <> $2",
        params![new.name, new.id.as_bytes()],
        |row| bytes(row, 0, "segments.id"),
    )?;
    if let Some(other) = named {
        return Ok(SaveSegmentAnswer::NameTaken(SegmentId::from_bytes(other)));
    }
    tx.run(
        "INSERT INTO segments (id, name, filter, created_at, created_by, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, filter = excluded.filter,
           changed_at = excluded.changed_at",
        params![
            new.id.as_bytes(),
            new.name,
            store::audience::written(&new.filter),
            new.created_at.as_micros(),
            new.created_by,
            op.at.as_micros()
        ],
    )?;
    if let Some(key) = &op.idempotency {
        idempotency::keep(tx, key, new.id.as_bytes(), op.at)?;
    }
    let segment = by_id(tx, new.id)?.ok_or_else(|| corrupt("segments.id", "not there"))?;
    Ok(SaveSegmentAnswer::Saved {
        segment: Box::new(segment),
        replayed: false,
    })
}

/// See [`store::Op::DeleteSegment`].
pub(crate) fn delete(tx: &mut Tx<'_>, op: DeleteSegment) -> Done<bool> {
    let deleted = tx.run(
        "DELETE FROM segments WHERE id = $1",
        params![op.id.as_bytes()],
    )?;
    Ok(deleted > 0)
}
