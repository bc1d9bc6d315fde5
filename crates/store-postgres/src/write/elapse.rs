//! What happens when a place's timer runs out (GUARANTEES 2.1, G6, G10).

use domain::{DeliveryStatus, Kind, PlaceState, Timestamp};
use store::ops::{Elapse, ElapseAnswer};

use crate::columns::attempt_key;
use crate::fault::Done;
use crate::tx::Tx;
use crate::write::place::{
    Place, advance_message, end_place, occupy, own_place, subject_of, wait_again,
};

/// See [`store::Op::Elapse`].
pub(crate) fn elapse(tx: &mut Tx<'_>, op: &Elapse) -> Done<ElapseAnswer> {
    let Some(place) = own_place(tx, op.seq.0, op.epoch)? else {
        return Ok(ElapseAnswer::Unchanged);
    };
    let over = place.due.is_some_and(|due| due <= op.at);
    match place.state {
        PlaceState::Held if over => {
            wait_again(tx, &place, None, place.counted, None)?;
            Ok(ElapseAnswer::Waiting)
        }
        PlaceState::AwaitingReceipt if over => {
            let message = subject_of(tx, &place)?;
            end_place(tx, &place, &message, message.status, None, op.at)?;
            Ok(ElapseAnswer::Freed)
        }
        PlaceState::Unconfirmed if over => unconfirmed_is_over(tx, &place, op.at),
        PlaceState::Begun if place.epoch != op.epoch.0 => left_begun(tx, &place, op),
        PlaceState::Waiting
        | PlaceState::Ended
        | PlaceState::Held
        | PlaceState::AwaitingReceipt
        | PlaceState::Unconfirmed
        | PlaceState::Begun => Ok(ElapseAnswer::Unchanged),
    }
}

/// Q is over and nothing was heard: the kind decides (G6).
fn unconfirmed_is_over(tx: &mut Tx<'_>, place: &Place, at: Timestamp) -> Done<ElapseAnswer> {
    let message = subject_of(tx, place)?;
    if message.status.has_arrived() {
        // An earlier attempt turned out to have been received while this one was open.
        end_place(tx, place, &message, message.status, None, at)?;
        return Ok(ElapseAnswer::Freed);
    }
    let counted = place.counted.saturating_add(1);
    let resends = message.kind.is_some_and(Kind::resends_when_unconfirmed)
        && counted < place.max
        && place.begun < u8::MAX
        && !place.cancel;
    if !resends {
        end_place(
            tx,
            place,
            &message,
            DeliveryStatus::Unconfirmed,
            Some("unconfirmed"),
            at,
        )?;
        return Ok(ElapseAnswer::Freed);
    }
    let repeat = Place {
        possible_repeat: true,
        ..place.clone()
    };
    wait_again(tx, &repeat, None, counted, Some("unconfirmed"))?;
    Ok(ElapseAnswer::Waiting)
}

/// An earlier process began it and never said what came of it: we may have asked the provider.
fn left_begun(tx: &mut Tx<'_>, place: &Place, op: &Elapse) -> Done<ElapseAnswer> {
    let message = subject_of(tx, place)?;
    let key = attempt_key(place.seq, place.begun);
    let heard = tx
        .attempt(key)?
        .map_or(DeliveryStatus::Pending, |attempt| attempt.status);
    let status = heard.advance(DeliveryStatus::Unconfirmed);
    tx.change_attempt(key, |row| {
        row.status = status;
        row.error.get_or_insert_with(|| {
            "the process ended before the provider's answer was written".into()
        });
    })?;
    // Receipts may have told us more than the lost answer would have.
    if status.rank() > DeliveryStatus::Unconfirmed.rank() {
        advance_message(tx, place, &message, status, op.at)?;
        occupy(tx, place, PlaceState::AwaitingReceipt, Some(op.quiet_until))?;
        return Ok(ElapseAnswer::Unchanged);
    }
    advance_message(tx, place, &message, status, op.at)?;
    occupy(tx, place, PlaceState::Unconfirmed, Some(op.quiet_until))?;
    Ok(ElapseAnswer::Unconfirmed)
}
