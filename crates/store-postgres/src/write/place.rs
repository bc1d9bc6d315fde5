//! Places in their lanes (GUARANTEES 2.1): reading one, moving one, ending one. A place that is over
//! leaves its table.

use domain::{Channel, DeliveryStatus, Kind, MemberId, MessageId, PlaceState, Priority, Timestamp};
use store::{Epoch, LaneKey, Notice, Seq, StoreError};

use crate::fault::Done;
use crate::sql::params;
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

/// The place with this number, unless it is over, held against other nodes; refuses whoever does not
/// schedule its lane with this fence.
pub(crate) fn own_place(tx: &Tx<'_>, seq: i64, epoch: Epoch) -> Done<Option<Place>> {
    check_fence(tx, epoch)?;
    let Some(place) = tx.place(seq)? else {
        return Ok(None);
    };
    tx.check_lane(place.lane)?;
    Ok(Some(place))
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

/// The message with this number, which a place's row promises.
pub(crate) fn subject_of(tx: &Tx<'_>, place: &Place) -> Done<Subject> {
    tx.subject(place.seq)?.ok_or_else(|| {
        StoreError::Corrupt(format!(
            "message_queues.sequence_number {}: no such message",
            place.seq
        ))
        .into()
    })
}

/// Refuses whoever does not own the lanes any more.
pub(crate) fn check_fence(tx: &Tx<'_>, epoch: Epoch) -> Done<()> {
    if epoch == tx.memory.ownership.epoch() && epoch.0 != 0 {
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
) {
    if status == message.status {
        return;
    }
    tx.count("status", message.status.as_str(), -1);
    tx.count("status", status.as_str(), 1);
    let activity = &mut tx.memory.activity;
    activity.moved(message.channel_used, message.status, status, at);
    dead_letters::note(tx, message, status, at);
    tx.event(&Event {
        at,
        kind: "message.status",
        member: Some(message.member),
        message: Some(message.id),
        detail: status.as_str(),
    });
}

/// Removes a place and frees its lane; the message's row is the caller's.
pub(crate) fn remove_place(tx: &mut Tx<'_>, place: &Place) {
    tx.drop_place(place.seq);
    tx.count("place", place.state.as_str(), -1);
    tx.notify(Notice::Freed {
        lane: place.lane,
        seq: Seq(place.seq),
    });
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
    note_status(tx, message, status, at);
    tx.change_message(place.seq, |row| {
        row.advance(status);
        row.begun(place.begun);
        if let Some(why) = why {
            row.ended(why);
        }
        if place.possible_repeat {
            row.may_repeat();
        }
    })?;
    remove_place(tx, place);
    Ok(status)
}

/// Moves a place to a state that keeps its lane, with a timer.
pub(crate) fn occupy(
    tx: &mut Tx<'_>,
    place: &Place,
    state: PlaceState,
    until: Option<Timestamp>,
) -> Done<()> {
    tx.move_place(place.seq, |place| {
        place.state = state;
        place.due = until;
    })?;
    recount(tx, place.state, state);
    tx.notify(Notice::Occupied {
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
    tx.change_place(place.seq, |row| {
        row.place.state = PlaceState::Waiting;
        row.place.due = due;
        row.place.counted = counted;
        row.place.possible_repeat = place.possible_repeat;
        row.held_why = why.map(str::to_owned);
        row.released_by_reply = false;
    })?;
    recount(tx, place.state, PlaceState::Waiting);
    tx.notify(Notice::Waiting {
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
    tx.apart().run(
        "INSERT INTO decisions (seq, at, decision) VALUES ($1, $2, $3)",
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
    note_status(tx, message, status, at);
    tx.change_message(place.seq, |row| {
        row.advance(status);
        row.begun(place.begun);
    })?;
    Ok(status)
}
