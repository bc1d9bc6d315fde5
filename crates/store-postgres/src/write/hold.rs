//! Decisions that send nothing: not now, or not ever.

use domain::PlaceState;
use store::Notice;
use store::ops::{Hold, Suppress};

use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::write::accept;
use crate::write::place::{end_place, keep_decision, own_place, recount, subject_of};

/// See [`store::Op::Hold`].
pub(crate) fn hold(tx: &mut Tx<'_>, op: &Hold) -> Done<bool> {
    let Some(place) = own_place(tx, op.seq.0, op.epoch)? else {
        return Ok(false);
    };
    if !matches!(place.state, PlaceState::Waiting | PlaceState::Held) {
        return Ok(false);
    }
    tx.change_place(place.seq, |row| {
        row.place.state = PlaceState::Held;
        row.place.due = Some(op.until);
        row.held_why = Some(op.why.clone());
        row.released_by_reply = op.released_by_reply;
    })?;
    recount(tx, place.state, PlaceState::Held);
    keep_decision(tx, place.seq, op.at, &op.decision)?;
    tx.event(&Event {
        at: op.at,
        kind: "message.held",
        member: Some(place.member),
        message: Some(place.message),
        detail: &op.why,
    });
    tx.notify(Notice::Waiting {
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
    let Some(place) = own_place(tx, op.seq.0, op.epoch)? else {
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
