//! What came of an attempt (GUARANTEES 2.1, 2.3). An answer that comes too late to own its place
//! is evidence when it is positive, and changes nothing when it is not (G8).

use domain::{DeliveryStatus, PlaceState, Timestamp};
use store::ops::{OnFailure, Outcome, Settle, SettleAnswer};
use store::records::ErrorNote;

use crate::columns::attempt_key;
use crate::fault::Done;
use crate::tx::Tx;
use crate::work::{Carried, Segments};
use crate::write::costs;
use crate::write::effects;
use crate::write::parking;
use crate::write::place::{
    Place, Subject, advance_message, end_place, note_status, occupy, remove_place, wait_again,
};
use crate::write::receipt::{self, Attempt, Heard};
use crate::write::standing::{self, Standing};

/// See [`store::Op::Settle`].
pub(crate) fn settle(tx: &mut Tx<'_>, op: &Settle) -> Done<SettleAnswer> {
    let key = attempt_key(op.seq.0, op.attempt.number);
    let found = standing::by_key(tx, key)?;
    let Some(Standing {
        message,
        attempt,
        place: owned,
    }) = found.filter(|found| found.message.id == op.attempt.message)
    else {
        return Ok(SettleAnswer::Fenced);
    };
    // The attempt of this number may be one that the lane's new owner has open: then nothing is known of it here.
    let is_ours = owned.as_ref().is_none_or(|place| place.epoch == op.epoch.0);
    let current = op.epoch == tx.memory.ownership.epoch() && !attempt.settled && is_ours;
    let mine = owned.as_ref().filter(|place| {
        current && place.state == PlaceState::Begun && place.begun == op.attempt.number
    });
    let answer = match mine {
        Some(place) => SettleAnswer::Settled(own(tx, op, place, &message, &attempt)?),
        None => too_late(tx, op, &message, &attempt, owned.as_ref(), current)?,
    };
    if !matches!(answer, SettleAnswer::Fenced) || op.effects.opted_out.is_some() {
        // Whoever opted out at the provider has opted out, however late we hear of it.
        effects::apply(tx, &op.effects, &attempt, op.at)?;
    }
    Ok(answer)
}

/// The place is still ours.
fn own(
    tx: &mut Tx<'_>,
    op: &Settle,
    place: &Place,
    message: &Subject,
    attempt: &Attempt,
) -> Done<DeliveryStatus> {
    match &op.outcome {
        Outcome::Accepted {
            provider_message_id,
            status,
            segments,
            lane_waits_until,
        } => {
            let status = attempt.status.advance(*status);
            tx.change_attempt(attempt.key, |row| {
                row.status = status;
                row.provider_message_id = Some(provider_message_id.clone());
                row.segments = segments.or(row.segments);
                row.settled_at = Some(op.at.as_micros());
            })?;
            tx.memory.recent.remember(provider_message_id, attempt.key);
            let now = carried(
                tx,
                place,
                message,
                attempt,
                status,
                provider_message_id,
                op.at,
            )?;
            if status.is_closed() {
                remove_place(tx, place);
            } else {
                occupy(
                    tx,
                    place,
                    PlaceState::AwaitingReceipt,
                    Some(*lane_waits_until),
                )?;
            }
            if tx.memory.any_parked {
                return parking::unpark(tx, attempt.key, provider_message_id, now);
            }
            Ok(now)
        }
        Outcome::Again {
            at,
            counts,
            error,
            why,
        } => {
            settled_badly(
                tx,
                attempt,
                message,
                DeliveryStatus::Failed,
                error,
                None,
                op.at,
            )?;
            // This attempt or an earlier one was received after all: never a second time.
            if attempt.status.has_arrived() || message.status.has_arrived() {
                return end_place(tx, place, message, attempt.status, None, op.at);
            }
            if attempt.status.rank() >= DeliveryStatus::Accepted.rank() {
                // A receipt says that the provider has it: that outranks the answer.
                occupy(tx, place, PlaceState::AwaitingReceipt, Some(*at))?;
                return advance_message(tx, place, message, attempt.status, op.at);
            }
            let counted = place.counted.saturating_add(u8::from(*counts));
            if place.cancel {
                return end_place(
                    tx,
                    place,
                    message,
                    DeliveryStatus::Cancelled,
                    Some("cancelled"),
                    op.at,
                );
            }
            if counted >= place.max || place.begun == u8::MAX {
                return end_place(
                    tx,
                    place,
                    message,
                    DeliveryStatus::Failed,
                    Some("attempts_used_up"),
                    op.at,
                );
            }
            wait_again(tx, place, Some(*at), counted, Some(why))?;
            Ok(message.status)
        }
        Outcome::Ended {
            status,
            error,
            why,
            provider_message_id,
        } => {
            settled_badly(
                tx,
                attempt,
                message,
                *status,
                error,
                provider_message_id.as_deref(),
                op.at,
            )?;
            let status = attempt.status.advance(*status);
            end_place(tx, place, message, status, Some(why), op.at)
        }
        Outcome::Unconfirmed { until, why } => {
            let status = attempt.status.advance(DeliveryStatus::Unconfirmed);
            tx.change_attempt(attempt.key, |row| {
                row.status = status;
                row.error.get_or_insert_with(|| why.clone());
                row.settled_at = Some(op.at.as_micros());
            })?;
            if status.is_closed() {
                return end_place(tx, place, message, status, None, op.at);
            }
            let state = if status == DeliveryStatus::Unconfirmed {
                PlaceState::Unconfirmed
            } else {
                PlaceState::AwaitingReceipt
            };
            occupy(tx, place, state, Some(*until))?;
            advance_message(tx, place, message, status, op.at)
        }
    }
}

/// Writes what the provider's acceptance tells about the message, in the plan's columns too.
fn carried(
    tx: &mut Tx<'_>,
    place: &Place,
    message: &Subject,
    attempt: &Attempt,
    status: DeliveryStatus,
    provider_message_id: &str,
    at: Timestamp,
) -> Done<DeliveryStatus> {
    let status = message.status.advance(status);
    note_status(tx, message, status, at);
    attempt.count_channel(tx, message);
    tx.change_message(place.seq, |row| {
        row.advance(status);
        row.carried(Carried {
            provider_message_id: Some(provider_message_id.to_owned()),
            segments: Segments::Are(attempt.segments),
            ..attempt.carried(at)
        });
        row.attempts = place.begun;
        if place.possible_repeat {
            row.may_repeat();
        }
    })?;
    Ok(status)
}

/// Writes a refusal into the attempt and its message.
fn settled_badly(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    message: &Subject,
    status: DeliveryStatus,
    error: &ErrorNote,
    provider_message_id: Option<&str>,
    at: Timestamp,
) -> Done<()> {
    tx.change_attempt(attempt.key, |row| {
        row.status = attempt.status.advance(status);
        row.error_code = row.error_code.or(error.code);
        row.error.get_or_insert_with(|| error.meaning.clone());
        if let Some(id) = provider_message_id {
            row.provider_message_id = Some(id.to_owned());
        }
        row.settled_at = Some(at.as_micros());
        row.conflict |= attempt.status.has_arrived();
    })?;
    if let Some(id) = provider_message_id {
        tx.memory.recent.remember(id, attempt.key);
    }
    if provider_message_id.is_none() && attempt.provider_message_id.is_none() {
        costs::take_back(tx, attempt)?;
    }
    attempt.count_channel(tx, message);
    tx.change_message(message.seq, |row| {
        row.failed(error);
        row.carried(Carried {
            provider_message_id: provider_message_id.map(str::to_owned),
            ..attempt.carried(at)
        });
        row.attempts = attempt.number();
    })?;
    Ok(())
}

/// The fence is old, the attempt is settled, or a receipt has already moved the place.
fn too_late(
    tx: &mut Tx<'_>,
    op: &Settle,
    message: &Subject,
    attempt: &Attempt,
    place: Option<&Place>,
    current: bool,
) -> Done<SettleAnswer> {
    let status = match &op.outcome {
        Outcome::Accepted {
            provider_message_id,
            status,
            segments,
            lane_waits_until: _,
        } => {
            tx.change_attempt(attempt.key, |row| {
                row.settled_at.get_or_insert(op.at.as_micros());
                row.segments = segments.or(row.segments);
            })?;
            let heard = Heard {
                status: *status,
                error: None,
                provider_message_id,
                on_failure: &OnFailure::End,
                at: op.at,
            };
            let now = receipt::hear(tx, attempt, message, place, &heard)?;
            if tx.memory.any_parked {
                parking::unpark(tx, attempt.key, provider_message_id, now)?
            } else {
                now
            }
        }
        Outcome::Unconfirmed { .. } if current => {
            tx.change_attempt(attempt.key, |row| {
                row.settled_at = Some(op.at.as_micros());
            })?;
            message.status
        }
        Outcome::Again { .. } | Outcome::Ended { .. } | Outcome::Unconfirmed { .. } => {
            return Ok(SettleAnswer::Fenced);
        }
    };
    Ok(if current {
        SettleAnswer::Settled(status)
    } else {
        SettleAnswer::Fenced
    })
}
