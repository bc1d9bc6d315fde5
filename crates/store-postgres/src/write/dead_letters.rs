//! Messages that ended badly: kept in a list of their own while they stand so, and worked through from there.

use domain::{DeliveryStatus, MemberId, MessageId, Timestamp};
use store::ops::{DeadWork, Retry, RetryAnswer, WorkDeadLetters};

use crate::fault::Done;
use crate::sql::params;
use crate::tx::Tx;
use crate::write::cancel;
use crate::write::place::Subject;

/// How long one is listed, in days.
const KEPT_DAYS: u32 = 60;

/// The most that is removed in one go.
const TIDY_MAX: i64 = 1_000;

/// Whether a message that stands so is in the list. Who called it back knows that.
fn is_listed(status: DeliveryStatus) -> bool {
    status.has_ended_badly() && status != DeliveryStatus::Cancelled
}

/// A message's status goes on: it enters the list, or leaves it.
pub(super) fn note(tx: &Tx<'_>, message: &Subject, status: DeliveryStatus, at: Timestamp) {
    if is_listed(status) {
        tx.list_dead(message.seq, Some((status, at)));
    } else if is_listed(message.status) {
        tx.list_dead(message.seq, None);
    }
}

/// See [`store::Op::WorkDeadLetters`]: each is looked at once more, now that nobody else changes it. It may have been tried
/// again meanwhile, and have ended once more.
pub(crate) fn work(tx: &mut Tx<'_>, op: &WorkDeadLetters) -> Done<u32> {
    let mut done = 0;
    for id in &op.messages {
        let Some(seq) = still_listed(tx, *id, op.until)? else {
            continue;
        };
        let is_done = match op.what {
            DeadWork::Retry => {
                let again = Retry { id: *id, at: op.at };
                cancel::retry(tx, &again)? == RetryAnswer::Waiting
            }
            DeadWork::Leave => {
                tx.run(
                    "UPDATE dead_letters SET left_at = $2 WHERE seq = $1",
                    params![seq, op.at.as_micros()],
                )? > 0
            }
        };
        done += u32::from(is_done);
    }
    Ok(done)
}

/// The number of a message that ended badly until an instant and is listed still, held against other nodes.
fn still_listed(tx: &Tx<'_>, id: MessageId, until: Timestamp) -> Done<Option<i64>> {
    let Some(seq) = tx.hold_id(id)? else {
        return Ok(None);
    };
    tx.one(
        "SELECT seq FROM dead_letters WHERE seq = $1 AND ended_at <= $2 AND left_at IS NULL",
        params![seq, until.as_micros()],
        |row| row.get(0),
    )
}

/// Takes an erased member's messages off the list.
pub(super) fn forget(tx: &Tx<'_>, member: MemberId) -> Done<()> {
    tx.run(
        "DELETE FROM dead_letters WHERE seq IN (SELECT seq FROM messages WHERE client_id = $1)",
        params![member.as_bytes()],
    )?;
    Ok(())
}

/// Those that are listed for too long.
pub(super) fn tidy(tx: &Tx<'_>, at: Timestamp) -> Done<u32> {
    let before = at - domain::Seconds::new(KEPT_DAYS * 86_400);
    let listed = tx.run(
        "DELETE FROM dead_letters WHERE seq IN (SELECT seq FROM dead_letters
           WHERE left_at IS NULL AND ended_at < $1 ORDER BY ended_at LIMIT $2)",
        params![before.as_micros(), TIDY_MAX],
    )?;
    let left = tx.run(
        "DELETE FROM dead_letters WHERE seq IN (SELECT seq FROM dead_letters
           WHERE left_at < $1 ORDER BY left_at LIMIT $2)",
        params![before.as_micros(), TIDY_MAX],
    )?;
    Ok(u32::try_from(listed + left).unwrap_or(u32::MAX))
}
