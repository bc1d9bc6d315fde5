//! Receipts (G7, G21, G23): kept once, applied by rank, parked while their message is unknown.

use domain::{Channel, DeliveryStatus, PlaceState, Timestamp};
use rusqlite::{Row, params};
use store::ops::{OnFailure, Receipt, ReceiptAnswer};
use store::records::ErrorNote;

use crate::columns::{attempt_number, text, word};
use crate::fault::Done;
use crate::tx::Tx;
use crate::write::effects;
use crate::write::parking;
use crate::write::place::{Place, Subject, end_place, note_status, occupy, wait_again};
use crate::write::standing::{self, Standing};

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

/// A row with `status, channel, provider, sender, address, settled_at IS NOT NULL,
/// provider_message_id, segments` of the attempt `key`, from `first` on.
pub(crate) fn read_attempt(row: &Row<'_>, key: i64, first: usize) -> Done<Attempt> {
    Ok(Attempt {
        key,
        status: word(row, first, "attempts.status")?,
        channel: word(row, first + 1, "attempts.channel")?,
        provider: row.get(first + 2)?,
        sender: row.get(first + 3)?,
        address: row.get(first + 4)?,
        settled: row.get(first + 5)?,
        provider_message_id: row.get(first + 6)?,
        segments: row.get(first + 7)?,
    })
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
    let Some(Standing {
        attempt,
        message,
        place,
    }) = whose(tx, op)?
    else {
        return parking::park(tx, op);
    };
    if !list(tx, attempt.key, op)? {
        return Ok(ReceiptAnswer::Repeated);
    }
    let status = match op.status {
        None => message.status,
        Some(status) => {
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

/// Applies what was heard to attempt, message and place. Answers the message's status.
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
    if after != before || conflict || attempt.provider_message_id.is_none() || error.is_some() {
        tx.run(
            "UPDATE attempts SET status = ?2, conflict = max(conflict, ?3),
               error_code = coalesce(error_code, ?4), error = coalesce(error, ?5),
               provider_message_id = coalesce(provider_message_id, ?6) WHERE id = ?1",
            params![
                attempt.key,
                after.as_str(),
                conflict,
                error.and_then(|error| error.code),
                error.map(|error| error.meaning.as_str()),
                heard.provider_message_id
            ],
        )?;
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
        tx.run(
            "UPDATE messages SET error_code = coalesce(error_code, ?2),
               delivery_error = coalesce(delivery_error, ?3) WHERE seq = ?1",
            params![message.seq, error.code, error.meaning],
        )?;
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
        note_status(tx, message, status, at)?;
        tx.run(
            "UPDATE messages SET delivery_status = ?2 WHERE seq = ?1",
            params![message.seq, status.as_str()],
        )?;
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
    tx.run(
        "UPDATE messages SET channel_used = ?2, phone_from = ?3, phone_to = ?4, provider = ?5,
           provider_message_id = ?6, segments = coalesce(?7, segments),
           last_delivery_attempt_at = ?8 WHERE seq = ?1",
        params![
            message.seq,
            attempt.channel.as_str(),
            attempt.sender,
            attempt.address,
            attempt.provider,
            heard.provider_message_id,
            attempt.segments,
            heard.at.as_micros()
        ],
    )?;
    Ok(())
}

/// The attempt a receipt belongs to, by our id or among the newest by the provider's.
fn whose(tx: &Tx<'_>, op: &Receipt) -> Done<Option<Standing>> {
    if let Some(id) = op.attempt {
        return standing::by_id(tx, id);
    }
    let Some(key) = tx.memory.recent.find(&op.provider_message_id) else {
        return Ok(None);
    };
    Ok(
        standing::by_key(tx, key)?.filter(|Standing { attempt, .. }| {
            attempt.provider == op.provider.as_str()
                && attempt.provider_message_id.as_deref() == Some(&*op.provider_message_id)
        }),
    )
}

/// Lists a receipt; `false` when the same was heard before.
fn list(tx: &Tx<'_>, attempt: i64, op: &Receipt) -> Done<bool> {
    let code = op.error.as_ref().and_then(|error| error.code);
    let listed = tx.all(
        "SELECT id, word, error_code FROM receipts WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        [attempt * 256, attempt * 256 + 255],
        |row| {
            let same =
                text(row, 1, "receipts.word")? == op.word && row.get::<_, Option<u32>>(2)? == code;
            Ok((row.get::<_, i64>(0)?, same))
        },
    )?;
    if listed.iter().any(|(_, same)| *same) {
        return Ok(false);
    }
    let next = listed.last().map_or(attempt * 256, |(last, _)| last + 1);
    if listed.len() < LISTED_MAX {
        tx.run(
            "INSERT INTO receipts (id, word, status, error_code, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                next,
                op.word,
                op.status.map(DeliveryStatus::as_str),
                code,
                op.at.as_micros()
            ],
        )?;
    }
    Ok(true)
}
