//! Places in their lanes (GUARANTEES 2.1): reading one, ending one, holding, suppressing, and what
//! happens when a timer runs out. A place that is over leaves its table.

use domain::{Channel, DeliveryStatus, Kind, MemberId, MessageId, PlaceState, Priority, Timestamp};
use rusqlite::{Row, params};
use store::ops::{Elapse, ElapseAnswer, Hold, Suppress};
use store::{Epoch, LaneKey, Notice, Seq, StoreError};

use crate::columns::{
    attempt_key, instant_opt, lane_out, member_id, message_id, priority, word, word_opt,
};
use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::write::accept;

/// A place as kept.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Its number.
    pub(crate) seq: i64,
    /// Its message.
    pub(crate) message: MessageId,
    /// Whose it is.
    pub(crate) member: MemberId,
    /// Its lane.
    pub(crate) lane: LaneKey,
    /// Its priority.
    pub(crate) priority: Priority,
    /// Its state.
    pub(crate) state: PlaceState,
    /// Its timer.
    pub(crate) due: Option<Timestamp>,
    /// Attempts begun.
    pub(crate) begun: u8,
    /// Attempts that count.
    pub(crate) counted: u8,
    /// The most that may count.
    pub(crate) max: u8,
    /// Whose epoch began it.
    pub(crate) epoch: i64,
    /// A cancel was asked for.
    pub(crate) cancel: bool,
    /// The next attempt may repeat an unconfirmed one.
    pub(crate) possible_repeat: bool,
}

/// A row with the columns of [`place`], in its order.
pub(crate) fn read_place(row: &Row<'_>) -> Done<Place> {
    Ok(Place {
        seq: row.get(0)?,
        message: message_id(row, 1, "message_queues.message_id")?,
        member: member_id(row, 2, "message_queues.client_id")?,
        lane: lane_out(row.get(3)?),
        priority: priority(row, 4)?,
        state: word(row, 5, "message_queues.status")?,
        due: instant_opt(row, 6)?,
        begun: row.get(7)?,
        counted: row.get(8)?,
        max: row.get(9)?,
        epoch: row.get(10)?,
        cancel: row.get(11)?,
        possible_repeat: row.get(12)?,
    })
}

/// The place with this number, unless it is over.
pub(crate) fn place(tx: &Tx<'_>, seq: i64) -> Done<Option<Place>> {
    tx.one(
        "SELECT q.sequence_number, q.message_id, q.client_id, q.lane, q.priority, q.status, q.due, \
           q.attempts, q.retry_count, q.max_retries, q.epoch, q.cancel_requested, q.possible_repeat \
         FROM message_queues q WHERE q.sequence_number = ?1",
        [seq],
        read_place,
    )
}

/// What of a message the operations look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    /// Its number.
    pub(crate) seq: i64,
    /// Its id.
    pub(crate) id: MessageId,
    /// Whose it is.
    pub(crate) member: MemberId,
    /// How far it has come.
    pub(crate) status: DeliveryStatus,
    /// The channel it used last.
    pub(crate) channel_used: Option<Channel>,
    /// What it is for.
    pub(crate) kind: Option<Kind>,
    /// Attempts begun, as last written here.
    pub(crate) attempts: u8,
}

/// A row with `seq, id, client_id, delivery_status, channel_used, kind, delivery_attempts`.
pub(crate) fn read_subject(row: &Row<'_>) -> Done<Subject> {
    Ok(Subject {
        seq: row.get(0)?,
        id: message_id(row, 1, "messages.id")?,
        member: member_id(row, 2, "messages.client_id")?,
        status: word(row, 3, "messages.delivery_status")?,
        channel_used: word_opt(row, 4, "messages.channel_used")?,
        kind: word_opt(row, 5, "messages.kind")?,
        attempts: row.get(6)?,
    })
}

/// The message with this number.
pub(crate) fn subject(tx: &Tx<'_>, seq: i64) -> Done<Option<Subject>> {
    tx.one(
        "SELECT seq, id, client_id, delivery_status, channel_used, kind, delivery_attempts
         FROM messages WHERE seq = ?1",
        [seq],
        read_subject,
    )
}

/// The message with this number, which a place's row promises.
pub(crate) fn subject_of(tx: &Tx<'_>, place: &Place) -> Done<Subject> {
    subject(tx, place.seq)?.ok_or_else(|| {
        StoreError::Corrupt(format!(
            "message_queues.sequence_number {}: no such message",
            place.seq
        ))
        .into()
    })
}

/// Refuses whoever does not own the lanes any more.
pub(crate) fn check_fence(tx: &Tx<'_>, epoch: Epoch) -> Done<()> {
    if epoch == tx.memory.epoch {
        Ok(())
    } else {
        Err(StoreError::Fenced.into())
    }
}

/// Tells counters and outbox that a message's status went on; the row is the caller's.
pub(crate) fn note_status(
    tx: &mut Tx<'_>,
    message: &Subject,
    status: DeliveryStatus,
    at: Timestamp,
) -> Done<()> {
    if status == message.status {
        return Ok(());
    }
    tx.count("status", message.status.as_str(), -1);
    tx.count("status", status.as_str(), 1);
    tx.event(&Event {
        at,
        kind: "message.status",
        member: Some(message.member),
        message: Some(message.id),
        detail: status.as_str(),
    })
}

/// Removes a place and frees its lane; the message's row is the caller's.
pub(crate) fn remove_place(tx: &mut Tx<'_>, place: &Place) -> Done<()> {
    tx.run(
        "DELETE FROM message_queues WHERE sequence_number = ?1",
        [place.seq],
    )?;
    tx.count("place", place.state.as_str(), -1);
    tx.notices.push(Notice::Freed {
        lane: place.lane,
        seq: Seq(place.seq),
    });
    Ok(())
}

/// Ends a place: the message's status advances, the reason is kept, the lane is freed.
pub(crate) fn end_place(
    tx: &mut Tx<'_>,
    place: &Place,
    message: &Subject,
    status: DeliveryStatus,
    why: Option<&str>,
    at: Timestamp,
) -> Done<DeliveryStatus> {
    let status = message.status.advance(status);
    note_status(tx, message, status, at)?;
    tx.run(
        "UPDATE messages SET delivery_status = ?2, reason = coalesce(?3, reason),
           delivery_attempts = ?4, possible_repeat = max(possible_repeat, ?5) WHERE seq = ?1",
        params![
            place.seq,
            status.as_str(),
            why,
            place.begun,
            place.possible_repeat
        ],
    )?;
    remove_place(tx, place)?;
    Ok(status)
}

/// Moves a place to a state that keeps its lane, with a timer.
pub(crate) fn occupy(
    tx: &mut Tx<'_>,
    place: &Place,
    state: PlaceState,
    until: Option<Timestamp>,
) -> Done<()> {
    tx.run(
        "UPDATE message_queues SET status = ?2, due = ?3, held_why = NULL WHERE sequence_number = ?1",
        params![
            place.seq,
            state.as_str(),
            until.map(Timestamp::as_micros)
        ],
    )?;
    recount(tx, place.state, state);
    tx.notices.push(Notice::Occupied {
        lane: place.lane,
        seq: Seq(place.seq),
        until,
    });
    Ok(())
}

/// Puts a place back into its lane.
pub(crate) fn wait_again(
    tx: &mut Tx<'_>,
    place: &Place,
    due: Option<Timestamp>,
    counted: u8,
    why: Option<&str>,
) -> Done<()> {
    tx.run(
        "UPDATE message_queues SET status = 'waiting', due = ?2, retry_count = ?3, held_why = ?4,
           possible_repeat = ?5, released_by_reply = 0 WHERE sequence_number = ?1",
        params![
            place.seq,
            due.map(Timestamp::as_micros),
            counted,
            why,
            place.possible_repeat
        ],
    )?;
    recount(tx, place.state, PlaceState::Waiting);
    tx.notices.push(Notice::Waiting {
        lane: place.lane,
        seq: Seq(place.seq),
        priority: place.priority,
        due,
    });
    Ok(())
}

/// Keeps the counts of places by state.
pub(crate) fn recount(tx: &mut Tx<'_>, from: PlaceState, to: PlaceState) {
    if from != to {
        tx.count("place", from.as_str(), -1);
        tx.count("place", to.as_str(), 1);
    }
}

/// Keeps a decision that sent nothing.
pub(crate) fn keep_decision(tx: &Tx<'_>, seq: i64, at: Timestamp, decision: &str) -> Done<()> {
    tx.run(
        "INSERT INTO decisions (seq, at, decision) VALUES (?1, ?2, ?3)",
        params![seq, at.as_micros(), decision],
    )?;
    Ok(())
}

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

/// See [`store::Op::Elapse`].
pub(crate) fn elapse(tx: &mut Tx<'_>, op: &Elapse) -> Done<ElapseAnswer> {
    check_fence(tx, op.epoch)?;
    let Some(place) = place(tx, op.seq.0)? else {
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
    let heard: DeliveryStatus = tx
        .one("SELECT status FROM attempts WHERE id = ?1", [key], |row| {
            word(row, 0, "attempts.status")
        })?
        .unwrap_or(DeliveryStatus::Pending);
    let status = heard.advance(DeliveryStatus::Unconfirmed);
    tx.run(
        "UPDATE attempts SET status = ?2, error = coalesce(error, ?3) WHERE id = ?1",
        params![
            key,
            status.as_str(),
            "the process ended before the provider's answer was written"
        ],
    )?;
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

/// Advances a message's status without ending its place.
pub(crate) fn advance_message(
    tx: &mut Tx<'_>,
    place: &Place,
    message: &Subject,
    status: DeliveryStatus,
    at: Timestamp,
) -> Done<DeliveryStatus> {
    let status = message.status.advance(status);
    note_status(tx, message, status, at)?;
    tx.run(
        "UPDATE messages SET delivery_status = ?2, delivery_attempts = ?3 WHERE seq = ?1",
        params![place.seq, status.as_str(), place.begun],
    )?;
    Ok(status)
}
