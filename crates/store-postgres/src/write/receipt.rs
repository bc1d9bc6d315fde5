//! Receipts (G7, G21, G23): kept once, applied by rank, parked while their message is unknown.

use domain::{Channel, DeliveryStatus, PlaceState, Timestamp};
use store::ops::{OnFailure, Receipt, ReceiptAnswer};
use store::records::ErrorNote;

use crate::columns::attempt_number;
use crate::fault::Done;
use crate::tx::Tx;
use crate::work::{Carried, ReceiptRow, Segments};
use crate::write::effects;
use crate::write::parking;
use crate::write::place::{Place, Subject, end_place, note_status, occupy, wait_again};
use crate::write::standing;

/// How many different receipts of one attempt are listed; further ones still count.
const LISTED_MAX: usize = 200;

/// An attempt as kept.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// Its row.
    pub(crate) key: i64,
    /// The highest rank heard.
    pub(crate) status: DeliveryStatus,
    /// On which channel.
    pub(crate) channel: Channel,
    /// By which provider, as the column has it.
    pub(crate) provider: String,
    /// From.
    pub(crate) sender: String,
    /// To.
    pub(crate) address: String,
    /// Whether its answer was written.
    pub(crate) settled: bool,
    /// The provider's id.
    pub(crate) provider_message_id: Option<String>,
    /// SMS segments.
    pub(crate) segments: Option<u16>,
}

impl Attempt {
    /// Where what the provider told of it can be looked up.
    pub(crate) fn evidence(&self) -> Option<String> {
        let id = self.provider_message_id.as_ref()?;
        Some(format!("{}:{id}", self.provider))
    }

    /// Its number.
    pub(crate) fn number(&self) -> u8 {
        attempt_number(self.key)
    }

    /// Who carries it, in the plan's columns of its message.
    pub(crate) fn carried(&self, at: Timestamp) -> Carried {
        Carried {
            channel: self.channel,
            from: self.sender.clone(),
            to: self.address.clone(),
            provider: self.provider.clone(),
            provider_message_id: None,
            segments: Segments::Stay,
            at: at.as_micros(),
        }
    }

    /// Counts the message under this attempt's channel.
    pub(crate) fn count_channel(&self, tx: &mut Tx<'_>, message: &Subject) {
        if message.channel_used == Some(self.channel) {
            return;
        }
        if let Some(before) = message.channel_used {
            tx.count("channel", before.as_str(), -1);
        }
        tx.count("channel", self.channel.as_str(), 1);
    }
}

/// What was heard of an attempt.
#[derive(Clone, Debug)]
pub(crate) struct Heard<'a> {
    /// What it means.
    pub(crate) status: DeliveryStatus,
    /// Its error.
    pub(crate) error: Option<&'a ErrorNote>,
    /// The provider's id.
    pub(crate) provider_message_id: &'a str,
    /// What follows a failure.
    pub(crate) on_failure: &'a OnFailure,
    /// When.
    pub(crate) at: Timestamp,
}

/// See [`store::Op::Receipt`].
pub(crate) fn receive(tx: &mut Tx<'_>, op: &Receipt) -> Done<ReceiptAnswer> {
    let Some((message, attempt)) = whose(tx, op)? else {
        return parking::park(tx, op);
    };
    if !list(tx, attempt.key, op)? {
        return Ok(ReceiptAnswer::Repeated);
    }
    let status = match op.status {
        None => message.status,
        Some(status) => {
            let place = if looks_at_the_place(attempt.status, status) {
                tx.place(message.seq)?
            } else {
                None
            };
            let heard = Heard {
                status,
                error: op.error.as_ref(),
                provider_message_id: &op.provider_message_id,
                on_failure: &op.on_failure,
                at: op.at,
            };
            hear(tx, &attempt, &message, place.as_ref(), &heard)?
        }
    };
    effects::apply(tx, &op.effects, &attempt, op.at)?;
    Ok(ReceiptAnswer::Applied(message.id, status))
}

/// Whether what was heard may end the place of its message.
pub(crate) const fn ends(heard: DeliveryStatus) -> bool {
    heard.has_arrived() || heard.has_ended_badly()
}

/// Whether what was heard of an attempt that stands so far concerns the place of its message. On the way nothing
/// does, but where nobody knew whether the attempt was received at all.
const fn looks_at_the_place(before: DeliveryStatus, heard: DeliveryStatus) -> bool {
    ends(heard) || matches!(before, DeliveryStatus::Unconfirmed)
}

/// Applies what was heard to attempt, message and place: that is given unless it does not matter. Answers the message's status.
pub(crate) fn hear(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    message: &Subject,
    place: Option<&Place>,
    heard: &Heard<'_>,
) -> Done<DeliveryStatus> {
    let before = attempt.status;
    let after = before.advance(heard.status);
    let conflict = (before.has_arrived() && heard.status.has_ended_badly())
        || (before.has_ended_badly() && heard.status.has_arrived());
    let error = heard.error.filter(|_| heard.status.has_ended_badly());
    if conflict || attempt.provider_message_id.is_none() || error.is_some() {
        tx.change_attempt(attempt.key, |row| {
            row.status = after;
            row.conflict |= conflict;
            if let Some(error) = error {
                row.error_code = row.error_code.or(error.code);
                row.error.get_or_insert_with(|| error.meaning.clone());
            }
            row.provider_message_id
                .get_or_insert_with(|| heard.provider_message_id.to_owned());
        })?;
    } else if after != before {
        tx.advance_attempt(attempt.key, after)?;
    }
    if attempt.provider_message_id.is_none() {
        learn_carrier(tx, attempt, message, heard)?;
    }
    if after == before {
        return Ok(message.status);
    }
    let newest = place.map_or(message.attempts, |place| place.begun);
    let of_newest = attempt.number() >= newest;
    if after.has_arrived() {
        return match place {
            // A later attempt is in flight: its own answer ends the place.
            Some(place) if place.state == PlaceState::Begun && !of_newest => {
                raise(tx, message, after, heard.at)
            }
            Some(place) => end_place(tx, place, message, after, None, heard.at),
            None => raise(tx, message, after, heard.at),
        };
    }
    if after.has_ended_badly() {
        if !of_newest {
            return Ok(message.status);
        }
        return failed(tx, message, place, after, heard);
    }
    match place.filter(|_| of_newest) {
        Some(place) if place.state == PlaceState::Unconfirmed => {
            occupy(tx, place, PlaceState::AwaitingReceipt, place.due)?;
            raise(tx, message, after, heard.at)
        }
        // The repeat of an unconfirmed attempt that turns out to have been taken.
        Some(place)
            if before == DeliveryStatus::Unconfirmed
                && matches!(place.state, PlaceState::Waiting | PlaceState::Held) =>
        {
            let safe = Place {
                possible_repeat: false,
                ..place.clone()
            };
            end_place(tx, &safe, message, after, None, heard.at)
        }
        _ => raise(tx, message, after, heard.at),
    }
}

/// The newest attempt failed by receipt.
fn failed(
    tx: &mut Tx<'_>,
    message: &Subject,
    place: Option<&Place>,
    status: DeliveryStatus,
    heard: &Heard<'_>,
) -> Done<DeliveryStatus> {
    if let Some(error) = heard.error {
        tx.change_message(message.seq, |row| row.failed_first(error))?;
    }
    let Some(place) = place else {
        return raise(tx, message, status, heard.at);
    };
    if matches!(place.state, PlaceState::Waiting | PlaceState::Held) {
        return Ok(message.status);
    }
    if let OnFailure::Again { at, counts } = heard.on_failure {
        let counted = place.counted.saturating_add(u8::from(*counts));
        if counted < place.max && place.begun < u8::MAX && !place.cancel {
            wait_again(tx, place, Some(*at), counted, Some("failed_by_receipt"))?;
            return Ok(message.status);
        }
    }
    end_place(tx, place, message, status, Some(status.as_str()), heard.at)
}

/// Raises a message's status without touching its place.
fn raise(
    tx: &mut Tx<'_>,
    message: &Subject,
    status: DeliveryStatus,
    at: Timestamp,
) -> Done<DeliveryStatus> {
    let status = message.status.advance(status);
    if status != message.status {
        note_status(tx, message, status, at);
        tx.change_message(message.seq, |row| row.advance(status))?;
    }
    Ok(status)
}

/// A receipt that comes before the answer, or instead of it, tells who carried the message.
fn learn_carrier(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    message: &Subject,
    heard: &Heard<'_>,
) -> Done<()> {
    tx.memory
        .recent
        .remember(heard.provider_message_id, attempt.key);
    attempt.count_channel(tx, message);
    tx.change_message(message.seq, |row| {
        row.carried(Carried {
            provider_message_id: Some(heard.provider_message_id.to_owned()),
            segments: match attempt.segments {
                None => Segments::Stay,
                known => Segments::Are(known),
            },
            ..attempt.carried(heard.at)
        });
    })?;
    Ok(())
}

/// The attempt a receipt belongs to, by our id or among the newest by the provider's.
fn whose(tx: &Tx<'_>, op: &Receipt) -> Done<Option<(Subject, Attempt)>> {
    if let Some(id) = op.attempt {
        return standing::attempt_by_id(tx, id);
    }
    let Some(key) = tx.memory.recent.find(&op.provider_message_id) else {
        return Ok(None);
    };
    Ok(standing::attempt_by_key(tx, key)?.filter(|(_, attempt)| {
        attempt.provider == op.provider.as_str()
            && attempt.provider_message_id.as_deref() == Some(&*op.provider_message_id)
    }))
}

/// Lists a receipt; `false` when the same was heard before.
fn list(tx: &Tx<'_>, attempt: i64, op: &Receipt) -> Done<bool> {
    let code = op.error.as_ref().and_then(|error| error.code);
    let (again, listed, next) = tx.receipts(attempt, |heard| {
        let again = heard
            .iter()
            .any(|one| one.word == op.word && one.error_code == code);
        let next = heard.last().map_or(attempt * 256, |last| last.id + 1);
        (again, heard.len(), next)
    })?;
    if again {
        return Ok(false);
    }
    if listed < LISTED_MAX {
        tx.add_receipt(
            attempt,
            ReceiptRow {
                id: next,
                word: op.word.clone(),
                status: op.status,
                error_code: code,
                at: op.at.as_micros(),
            },
        );
    }
    Ok(true)
}
