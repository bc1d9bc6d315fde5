//! What messages cost so far ([`store::costs`]): sums are written once for a whole batch.

use store::costs::{Counted, CountedAttempt};

use crate::columns::instant;
use crate::fault::Done;
use crate::sql::{Row, params};
use crate::tx::Tx;
use crate::write::receipt::Attempt;

/// The provider does not have this attempt: it costs nothing.
pub(crate) fn take_back(tx: &mut Tx<'_>, attempt: &Attempt) -> Done<()> {
    // Changes columns of which nothing is kept among what is worked on.
    let found = tx.one(
        "UPDATE attempts SET estimate_amount = NULL, estimate_currency = NULL
         FROM (SELECT id, begun_at, estimate_amount, estimate_currency FROM attempts
               WHERE id = $1 AND estimate_currency IS NOT NULL FOR UPDATE) AS before
         WHERE attempts.id = ANY(ARRAY[before.id])
         RETURNING before.begun_at, before.estimate_amount, before.estimate_currency",
        params![attempt.key],
        |row| Ok((instant(row, 0)?, counted(row, 1)?)),
    )?;
    if let Some((begun_at, counted)) = found {
        tx.memory.costs.refused(CountedAttempt {
            channel: attempt.channel,
            begun_at,
            counted,
        });
    }
    Ok(())
}

/// As what an attempt is counted, by two columns.
pub(super) fn counted(row: &Row, first: usize) -> Done<Option<Counted>> {
    let currency: Option<String> = row.get(first + 1)?;
    Ok(Counted::from_columns(row.get(first)?, currency.as_deref())?)
}
