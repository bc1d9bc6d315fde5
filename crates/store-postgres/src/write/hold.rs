//! Decisions that send nothing: not now, or not ever.

use domain::PlaceState;
use store::ops::{Hold, Replan, Replanned, Suppress};
use store::{Notice, Seq};

use crate::fault::Done;
use crate::sql::Value;
use crate::tx::{Event, Tx};
use crate::write::accept;
use crate::write::place::{end_place, keep_decision, own_place, recount, subject_of, wait_again};

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

/// See [`store::Op::Replan`].
pub(crate) fn replan(tx: &mut Tx<'_>, op: &Replan) -> Done<Replanned> {
    let whys: Vec<Value<'_>> = op.whys.iter().map(|why| Value::Text(why)).collect();
    let held = tx.all(
        "SELECT sequence_number FROM message_queues
         WHERE sequence_number > $1 AND status = 'held' AND held_why = ANY($2::text[])
         ORDER BY sequence_number LIMIT $3",
        &[
            Value::Int(op.after.0),
            Value::List(&whys),
            Value::Int(i64::from(op.limit)),
        ],
        |row| row.get::<i64>(0),
    )?;
    let mut count = 0;
    for seq in &held {
        tx.hold(*seq)?;
        if let Some(place) = tx
            .place(*seq)?
            .filter(|place| place.state == PlaceState::Held)
        {
            wait_again(tx, &place, None, place.counted, None)?;
            count += 1;
        }
    }
    Ok(Replanned {
        count,
        last: held.last().map(|seq| Seq(*seq)),
    })
}
