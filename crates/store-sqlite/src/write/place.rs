//! Places in their lanes (GUARANTEES 2.1): reading one, moving one, ending one. A place that is over
//! leaves its table.

use domain::{Channel, DeliveryStatus, Kind, MemberId, MessageId, PlaceState, Priority, Timestamp};
use rusqlite::{Row, params};
use store::{Epoch, LaneKey, Notice, Seq, StoreError};

use crate::columns::{instant_opt, lane_out, member_id, message_id, priority, word, word_opt};
use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::write::dead_letters;

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

/// A row with the columns of [`place`] in its order, from `first` on.
pub(crate) fn read_place(row: &Row<'_>, first: usize) -> Done<Place> {
    Ok(Place {
        seq: row.get(first)?,
        message: message_id(row, first + 1, "message_queues.message_id")?,
        member: member_id(row, first + 2, "message_queues.client_id")?,
        lane: lane_out(row.get(first + 3)?),
        priority: priority(row, first + 4)?,
        state: word(row, first + 5, "message_queues.status")?,
        due: instant_opt(row, first + 6)?,
        begun: row.get(first + 7)?,
        counted: row.get(first + 8)?,
        max: row.get(first + 9)?,
        epoch: row.get(first + 10)?,
        cancel: row.get(first + 11)?,
        possible_repeat: row.get(first + 12)?,
    })
}

/// The place with this number, unless it is over.
pub(crate) fn place(tx: &Tx<'_>, seq: i64) -> Done<Option<Place>> {
    tx.one(
        "SELECT q.sequence_number, q.message_id, q.client_id, q.lane, q.priority, q.status, q.due, \
           q.attempts, q.retry_count, q.max_retries, q.epoch, q.cancel_requested, q.possible_repeat \
         FROM message_queues q WHERE q.sequence_number = ?1",
        [seq],
        |row| read_place(row, 0),
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

/// A row with `seq, id, client_id, delivery_status, channel_used, kind, delivery_attempts`, from
/// `first` on.
pub(crate) fn read_subject(row: &Row<'_>, first: usize) -> Done<Subject> {
    Ok(Subject {
        seq: row.get(first)?,
        id: message_id(row, first + 1, "messages.id")?,
        member: member_id(row, first + 2, "messages.client_id")?,
        status: word(row, first + 3, "messages.delivery_status")?,
        channel_used: word_opt(row, first + 4, "messages.channel_used")?,
        kind: word_opt(row, first + 5, "messages.kind")?,
        attempts: row.get(first + 6)?,
    })
}

/// The message with this number.
pub(crate) fn subject(tx: &Tx<'_>, seq: i64) -> Done<Option<Subject>> {
    tx.one(
        "SELECT seq, id, client_id, delivery_status, channel_used, kind, delivery_attempts
         FROM messages WHERE seq = ?1",
        [seq],
        |row| read_subject(row, 0),
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

/// Refuses whoever does not own the lanes any more, or not here.
pub(crate) fn check_fence(tx: &Tx<'_>, epoch: Epoch) -> Done<()> {
    if epoch == tx.memory.epoch && tx.memory.held.is_none() {
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
    let activity = &mut tx.memory.activity;
    activity.moved(message.channel_used, message.status, status, at);
    dead_letters::note(tx, message, status, at)?;
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
