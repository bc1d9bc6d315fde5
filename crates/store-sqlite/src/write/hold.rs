//! Decisions that send nothing: not now, or not ever.

use domain::PlaceState;
use rusqlite::params;
use store::ops::{Hold, Replan, Replanned, Suppress};
use store::{Notice, Seq};

use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::write::accept;
use crate::write::place::{
    check_fence, end_place, keep_decision, place, recount, subject_of, wait_again,
};

/// See [`store::Op::Hold`].
pub(crate) fn hold(tx: &mut Tx<'_>, op: &Hold) -> Done<bool> {
    check_fence(tx, op.epoch)?;
    let Some(place) = place(tx, op.seq.0)? else {
        return Ok(false);
    };
    if !matches!(place.state, PlaceState::Waiting | PlaceState::Held) {
        return Ok(false);
    }
    tx.run(
        "UPDATE message_queues SET status = 'held', due = ?2, held_why = ?3, released_by_reply = ?4
         WHERE sequence_number = ?1",
        params![
            place.seq,
            op.until.as_micros(),
            op.why,
            op.released_by_reply
        ],
    )?;
    recount(tx, place.state, PlaceState::Held);
    keep_decision(tx, place.seq, op.at, &op.decision)?;
    tx.event(&Event {
        at: op.at,
        kind: "message.held",
        member: Some(place.member),
        message: Some(place.message),
        detail: &op.why,
    })?;
    tx.notices.push(Notice::Waiting {
        lane: place.lane,
        seq: op.seq,
        priority: place.priority,
        due: Some(op.until),
    });
    if let Some(knock) = &op.knock {
        // An occasion that is taken means that we have knocked already.
        let _knocked = accept::one(tx, knock, op.at)?;
    }
    Ok(true)
}

/// See [`store::Op::Suppress`].
pub(crate) fn suppress(tx: &mut Tx<'_>, op: &Suppress) -> Done<bool> {
    check_fence(tx, op.epoch)?;
    let Some(place) = place(tx, op.seq.0)? else {
        return Ok(false);
    };
    if !matches!(place.state, PlaceState::Waiting | PlaceState::Held) {
        return Ok(false);
    }
    let message = subject_of(tx, &place)?;
    keep_decision(tx, place.seq, op.at, &op.decision)?;
    end_place(tx, &place, &message, op.status, Some(&op.why), op.at)?;
    Ok(true)
}

/// See [`store::Op::Replan`].
pub(crate) fn replan(tx: &mut Tx<'_>, op: &Replan) -> Done<Replanned> {
    let whys = serde_json::json!(op.whys).to_string();
    let held = tx.all(
        "SELECT sequence_number FROM message_queues
         WHERE sequence_number > ?1 AND status = 'held'
           AND held_why IN (SELECT value FROM json_each(?2))
         ORDER BY sequence_number LIMIT ?3",
        params![op.after.0, whys, op.limit],
        |row| Ok(row.get::<_, i64>(0)?),
    )?;
    let mut count = 0;
    for seq in &held {
        if let Some(place) = place(tx, *seq)?.filter(|place| place.state == PlaceState::Held) {
            wait_again(tx, &place, None, place.counted, None)?;
            count += 1;
        }
    }
    Ok(Replanned {
        count,
        last: held.last().map(|seq| Seq(*seq)),
    })
}
