//! The durable mark before the call: an attempt is begun only while everything its decision relied
//! on still holds (G5, G13, G19).

use domain::{DeliveryStatus, PlaceState, Purpose};
use rusqlite::params;
use store::Notice;
use store::ops::{Begin, BeginAnswer, MovedFact};

use crate::columns::attempt_key;
use crate::fault::Done;
use crate::tx::Tx;
use crate::write::place::{check_fence, place, recount};

/// See [`store::Op::Begin`].
pub(crate) fn begin(tx: &mut Tx<'_>, op: &Begin) -> Done<BeginAnswer> {
    check_fence(tx, op.epoch)?;
    let Some(place) = place(tx, op.seq.0)? else {
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
    if let Some(moved) = moved(tx, op, place.cancel)? {
        return Ok(BeginAnswer::FactsMoved(moved));
    }
    let (amount, currency) = op.cost.to_columns();
    tx.run(
        "INSERT INTO attempts (id, status, channel, provider, sender, address, template, segments,
           begun_at, decision, estimate_amount, estimate_currency)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            attempt_key(op.seq.0, op.attempt.number),
            DeliveryStatus::Pending.as_str(),
            op.channel.as_str(),
            op.provider.as_str(),
            op.from.as_str(),
            op.to.as_str(),
            op.template,
            op.segments,
            op.at.as_micros(),
            op.decision,
            amount,
            currency
        ],
    )?;
    tx.memory.costs.begun(op.channel, op.at, op.cost);
    tx.run(
        "UPDATE message_queues SET status = 'begun', attempts = ?2, epoch = ?3, due = NULL,
           held_why = NULL WHERE sequence_number = ?1",
        params![op.seq.0, op.attempt.number, op.epoch.0],
    )?;
    recount(tx, place.state, PlaceState::Begun);
    tx.notices.push(Notice::Occupied {
        lane: place.lane,
        seq: op.seq,
        until: None,
    });
    Ok(BeginAnswer::Begun)
}

/// The first fact that is not as the decision saw it.
fn moved(tx: &Tx<'_>, op: &Begin, cancel: bool) -> Done<Option<MovedFact>> {
    if cancel {
        return Ok(Some(MovedFact::Cancelled));
    }
    let consent_version: u32 = tx
        .one(
            "SELECT version FROM consents WHERE channel = ?1 AND address = ?2 AND purpose = ?3",
            params![op.channel.as_str(), op.to.as_str(), Purpose::All.as_str()],
            |row| Ok(row.get(0)?),
        )?
        .unwrap_or(0);
    if consent_version != op.expected.consent_version {
        return Ok(Some(MovedFact::Consent));
    }
    if let Some(expected) = op.expected.window_ends_at {
        let ends_at: Option<i64> = tx.one(
            "SELECT ends_at FROM session_windows WHERE address = ?1 AND sender = ?2",
            params![op.to.as_str(), op.from.as_str()],
            |row| Ok(row.get(0)?),
        )?;
        if ends_at.is_none_or(|ends_at| ends_at < expected.as_micros()) {
            return Ok(Some(MovedFact::Window));
        }
    }
    if tx.memory.switches_version != op.expected.switches_version {
        return Ok(Some(MovedFact::Switches));
    }
    Ok(None)
}
