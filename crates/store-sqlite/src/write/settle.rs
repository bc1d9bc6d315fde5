//! What came of an attempt (GUARANTEES 2.1, 2.3). An answer that comes too late to own its place
//! is evidence when it is positive, and changes nothing when it is not (G8).

use domain::{DeliveryStatus, PlaceState, Timestamp};
use rusqlite::params;
use store::ops::{OnFailure, Outcome, Settle, SettleAnswer};
use store::records::ErrorNote;

use crate::columns::attempt_key;
use crate::fault::Done;
use crate::tx::Tx;
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
    let current = op.epoch == tx.memory.epoch && !attempt.settled && is_ours;
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
            tx.run(
                "UPDATE attempts SET status = ?2, provider_message_id = ?3,
                   segments = coalesce(?4, segments), settled_at = ?5 WHERE id = ?1",
                params![
                    attempt.key,
                    status.as_str(),
                    provider_message_id,
                    segments,
                    op.at.as_micros()
                ],
            )?;
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
                remove_place(tx, place)?;
            } else {
                occupy(
                    tx,
                    place,
                    PlaceState::AwaitingReceipt,
                    Some(*lane_waits_until),
                )?;
            }
            if tx.memory.parked > 0 {
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
            tx.run(
                "UPDATE attempts SET status = ?2, error = coalesce(error, ?3), settled_at = ?4
                 WHERE id = ?1",
                params![attempt.key, status.as_str(), why, op.at.as_micros()],
            )?;
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
    note_status(tx, message, status, at)?;
    attempt.count_channel(tx, message);
    tx.run(
        "UPDATE messages SET delivery_status = ?2, channel_used = ?3, phone_from = ?4,
           phone_to = ?5, provider = ?6, provider_message_id = ?7, segments = ?8,
           delivery_attempts = ?9, last_delivery_attempt_at = ?10,
           possible_repeat = max(possible_repeat, ?11) WHERE seq = ?1",
        params![
            place.seq,
            status.as_str(),
            attempt.channel.as_str(),
            attempt.sender,
            attempt.address,
            attempt.provider,
            provider_message_id,
            attempt.segments,
            place.begun,
            at.as_micros(),
            place.possible_repeat
        ],
    )?;
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
    tx.run(
        "UPDATE attempts SET status = ?2, error_code = coalesce(error_code, ?3),
           error = coalesce(error, ?4), provider_message_id = coalesce(?5, provider_message_id),
           settled_at = ?6, conflict = max(conflict, ?7) WHERE id = ?1",
        params![
            attempt.key,
            attempt.status.advance(status).as_str(),
            error.code,
            error.meaning,
            provider_message_id,
            at.as_micros(),
            attempt.status.has_arrived()
        ],
    )?;
    if let Some(id) = provider_message_id {
        tx.memory.recent.remember(id, attempt.key);
    }
    if provider_message_id.is_none() && attempt.provider_message_id.is_none() {
        costs::take_back(tx, attempt)?;
    }
    attempt.count_channel(tx, message);
    tx.run(
        "UPDATE messages SET error_code = ?2, delivery_error = ?3, channel_used = ?4,
           phone_from = ?5, phone_to = ?6, provider = ?7, delivery_attempts = ?8,
           last_delivery_attempt_at = ?9,
           provider_message_id = coalesce(?10, provider_message_id) WHERE seq = ?1",
        params![
            message.seq,
            error.code,
            error.meaning,
            attempt.channel.as_str(),
            attempt.sender,
            attempt.address,
            attempt.provider,
            attempt.number(),
            at.as_micros(),
            provider_message_id
        ],
    )?;
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
            tx.run(
                "UPDATE attempts SET settled_at = coalesce(settled_at, ?2),
                   segments = coalesce(?3, segments) WHERE id = ?1",
                params![attempt.key, op.at.as_micros(), segments],
            )?;
            let heard = Heard {
                status: *status,
                error: None,
                provider_message_id,
                on_failure: &OnFailure::End,
                at: op.at,
            };
            let now = receipt::hear(tx, attempt, message, place, &heard)?;
            if tx.memory.parked > 0 {
                parking::unpark(tx, attempt.key, provider_message_id, now)?
            } else {
                now
            }
        }
        Outcome::Unconfirmed { .. } if current => {
            tx.run(
                "UPDATE attempts SET settled_at = ?2 WHERE id = ?1",
                params![attempt.key, op.at.as_micros()],
            )?;
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
