//! How one attempt stands, its message and its place, in one look: what an answer and a receipt
//! both start from.

use domain::AttemptId;

use crate::columns::attempt_key;
use crate::fault::Done;
use crate::tx::Tx;
use crate::write::place::{Place, Subject};
use crate::write::receipt::Attempt;

/// An attempt, its message, and the message's place unless that is over.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// The message.
    pub(crate) message: Subject,
    /// The attempt.
    pub(crate) attempt: Attempt,
    /// The place.
    pub(crate) place: Option<Place>,
}

/// The attempt with this row, its message, and its place.
pub(crate) fn by_key(tx: &Tx<'_>, key: i64) -> Done<Option<Standing>> {
    let Some((message, attempt)) = attempt_by_key(tx, key)? else {
        return Ok(None);
    };
    let place = tx.place(message.seq)?;
    Ok(Some(Standing {
        message,
        attempt,
        place,
    }))
}

/// The attempt with this id, and its message.
pub(crate) fn attempt_by_id(tx: &Tx<'_>, id: AttemptId) -> Done<Option<(Subject, Attempt)>> {
    match tx.hold_id(id.message)? {
        None => Ok(None),
        Some(seq) => attempt_by_key(tx, attempt_key(seq, id.number)),
    }
}

/// The attempt with this row, and its message.
pub(crate) fn attempt_by_key(tx: &Tx<'_>, key: i64) -> Done<Option<(Subject, Attempt)>> {
    let Some(message) = tx.subject(key >> 8)? else {
        return Ok(None);
    };
    Ok(tx.attempt(key)?.map(|attempt| (message, attempt)))
}
