//! Calling a message back before it leaves, and putting one that ended badly back into its lane.

use crate::sql::params;
use domain::{DeliveryStatus, MessageId, PlaceState, QueueName, Timestamp};
use store::ops::{Cancel, CancelAnswer, Retry, RetryAnswer};
use store::{LaneKey, Notice, Seq};

use crate::columns::{attempt_key, attempt_number, instant_opt, lane_in, micros, word};
use crate::fault::{Done, corrupt};
use crate::tx::{Event, Tx};
use crate::write::place::{Subject, end_place, note_status};

fn outbound(tx: &Tx<'_>, id: MessageId) -> Done<Option<Subject>> {
    let Some(seq) = tx.hold_id(id)? else {
        return Ok(None);
    };
    // An inbound message has no kind.
    Ok(tx.subject(seq)?.filter(|message| message.kind.is_some()))
}

/// See [`store::Op::Cancel`].
pub(crate) fn cancel(tx: &mut Tx<'_>, op: &Cancel) -> Done<CancelAnswer> {
    let Some(message) = outbound(tx, op.id)? else {
        return Ok(CancelAnswer::Unknown);
    };
    let Some(place) = tx.place(message.seq)? else {
        return Ok(if message.status == DeliveryStatus::Cancelled {
            CancelAnswer::Cancelled
        } else {
            CancelAnswer::TooLate(message.status)
        });
    };
    match place.state {
        PlaceState::Waiting | PlaceState::Held => {
            end_place(
                tx,
                &place,
                &message,
                DeliveryStatus::Cancelled,
                Some("cancelled"),
                op.at,
            )?;
            Ok(CancelAnswer::Cancelled)
        }
        PlaceState::Begun | PlaceState::Unconfirmed => {
            // Too late for this attempt; no further one will be begun.
            tx.run(
                "UPDATE message_queues SET cancel_requested = true WHERE sequence_number = $1",
                params![place.seq],
            )?;
            tx.event(&Event {
                at: op.at,
                kind: "message.cancel_requested",
                member: Some(place.member),
                message: Some(place.message),
                detail: "",
            });
            Ok(CancelAnswer::TooLate(message.status))
        }
        PlaceState::AwaitingReceipt | PlaceState::Ended => {
            Ok(CancelAnswer::TooLate(message.status))
        }
    }
}

/// See [`store::Op::Retry`].
pub(crate) fn retry(tx: &mut Tx<'_>, op: &Retry) -> Done<RetryAnswer> {
    let Some(message) = outbound(tx, op.id)? else {
        return Ok(RetryAnswer::Unknown);
    };
    let unconfirmed = message.status == DeliveryStatus::Unconfirmed;
    let over = tx.place(message.seq)?.is_none();
    if !over || !(message.status.has_ended_badly() || unconfirmed) {
        return Ok(RetryAnswer::TooLate(message.status));
    }
    let begun = attempts_begun(tx, message.seq)?;
    if begun == u8::MAX {
        return Ok(RetryAnswer::TooLate(message.status));
    }
    let Some(kind) = message.kind else {
        return Err(corrupt("messages.kind", "none on an outbound message"));
    };
    let (queue, attempts_max, possible_repeat, not_before) = tx
        .one(
            "SELECT m.queue_name, m.attempts_max, m.possible_repeat, m.not_before FROM messages m
             JOIN users u ON u.id = ANY(ARRAY[m.client_id]) WHERE m.seq = $1 AND u.erased_at IS NULL",
            params![message.seq],
            |row| {
                Ok((
                    word::<QueueName>(row, 0, "messages.queue_name")?,
                    row.get::<u8>(1)?,
                    row.get::<bool>(2)?,
                    instant_opt(row, 3)?,
                ))
            },
        )?
        .map_or((None, 0, false, None), |(queue, max, repeat, due)| {
            (Some(queue), max, repeat, due)
        });
    let Some(queue) = queue else {
        return Ok(RetryAnswer::TooLate(message.status));
    };
    let due: Option<Timestamp> = not_before.filter(|at| *at > op.at);
    let lane = LaneKey::of(message.member, &queue);
    tx.run(
        "INSERT INTO message_queues (sequence_number, id, message_id, client_id, lane, priority, due,
           attempts, max_retries, possible_repeat, created_at, queue_name, shard)
         VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            message.seq,
            message.id.as_bytes(),
            message.member.as_bytes(),
            lane_in(lane),
            kind.priority() as u8,
            micros(due),
            begun,
            attempts_max,
            unconfirmed || possible_repeat,
            op.at.as_micros(),
            queue.as_str(),
            lane.shard().number()
        ],
    )?;
    tx.count("place", PlaceState::Waiting.as_str(), 1);
    note_status(tx, &message, DeliveryStatus::Pending, op.at);
    tx.run(
        "UPDATE messages SET delivery_status = 'pending', reason = NULL, delivery_attempts = $2
         WHERE seq = $1",
        params![message.seq, begun],
    )?;
    tx.notify(Notice::Waiting {
        lane,
        seq: Seq(message.seq),
        priority: kind.priority(),
        due,
    });
    Ok(RetryAnswer::Waiting)
}

fn attempts_begun(tx: &Tx<'_>, seq: i64) -> Done<u8> {
    let newest: Option<i64> = tx
        .one(
            "SELECT max(id) FROM attempts WHERE id BETWEEN $1 AND $2",
            params![attempt_key(seq, 0), attempt_key(seq, u8::MAX)],
            |row| row.get(0),
        )?
        .flatten();
    Ok(newest.map_or(0, attempt_number))
}
