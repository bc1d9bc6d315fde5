//! The durable mark before the call: an attempt is begun only while everything its decision relied
//! on still holds (G5, G13, G19).

use domain::{MemberId, PlaceState};
use store::Notice;
use store::ops::{Begin, BeginAnswer, MovedFact};

use crate::columns::attempt_key;
use crate::fault::Done;
use crate::tx::Tx;
use crate::work::NewAttempt;
use crate::write::place::{own_place, recount};

/// See [`store::Op::Begin`].
pub(crate) fn begin(tx: &mut Tx<'_>, op: &Begin) -> Done<BeginAnswer> {
    let Some(place) = own_place(tx, op.seq.0, op.epoch)? else {
        return Ok(BeginAnswer::Gone);
    };
    let ready = match place.state {
        PlaceState::Waiting => true,
        PlaceState::Held => place.due.is_none_or(|due| due <= op.at),
        PlaceState::Begun
        | PlaceState::Unconfirmed
        | PlaceState::AwaitingReceipt
        | PlaceState::Ended => false,
    };
    if !ready
        || place.message != op.attempt.message
        || place.begun.checked_add(1) != Some(op.attempt.number)
    {
        return Ok(BeginAnswer::Gone);
    }
    if let Some(moved) = moved(tx, op, place.member, place.cancel)? {
        return Ok(BeginAnswer::FactsMoved(moved));
    }
    tx.add_attempt(NewAttempt {
        key: attempt_key(op.seq.0, op.attempt.number),
        channel: op.channel,
        provider: op.provider.as_str(),
        sender: op.from.as_str().to_owned(),
        address: op.to.as_str().to_owned(),
        template: op.template.clone(),
        segments: op.segments,
        begun_at: op.at.as_micros(),
        decision: op.decision.clone(),
        estimate: op.cost.to_columns(),
    });
    tx.memory.numbers.remember(op.attempt.message, op.seq.0);
    tx.memory.costs.begun(op.channel, op.at, op.cost);
    tx.move_place(op.seq.0, |place| {
        place.state = PlaceState::Begun;
        place.begun = op.attempt.number;
        place.epoch = op.epoch.0;
        place.due = None;
    })?;
    recount(tx, place.state, PlaceState::Begun);
    tx.notify(Notice::Occupied {
        lane: place.lane,
        seq: op.seq,
        until: None,
    });
    Ok(BeginAnswer::Begun)
}

/// The first fact that is not as the decision saw it.
fn moved(tx: &Tx<'_>, op: &Begin, member: MemberId, cancel: bool) -> Done<Option<MovedFact>> {
    if cancel {
        return Ok(Some(MovedFact::Cancelled));
    }
    tx.hold_steady(&[member])?;
    if tx.consent_version(op.channel, op.to.as_str())? != op.expected.consent_version {
        return Ok(Some(MovedFact::Consent));
    }
    if let Some(expected) = op.expected.window_ends_at {
        let ends_at = tx.window_ends_at(op.to.as_str(), op.from.as_str())?;
        if ends_at.is_none_or(|ends_at| ends_at < expected) {
            return Ok(Some(MovedFact::Window));
        }
    }
    if tx.memory.switches_version != op.expected.switches_version {
        return Ok(Some(MovedFact::Switches));
    }
    Ok(None)
}
