//! What messages cost so far ([`store::costs`]): sums are written once for a whole batch.

use domain::Currency;
use rusqlite::{Row, params};
use store::costs::{Counted, CountedAttempt};

use crate::columns::instant;
use crate::fault::Done;
use crate::tx::Tx;
use crate::write::receipt::Attempt;

/// Writes by how much the sums changed.
pub(crate) fn write(tx: &mut Tx<'_>) -> Done<()> {
    if tx.memory.costs.is_empty() {
        return Ok(());
    }
    let mut statement = tx.prepared(
        "INSERT INTO costs (day, channel, currency, estimated, awaiting, awaiting_attempts, charged,
           charged_attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (day, channel, currency) DO UPDATE SET
           estimated = estimated + excluded.estimated, awaiting = awaiting + excluded.awaiting,
           awaiting_attempts = awaiting_attempts + excluded.awaiting_attempts,
           charged = charged + excluded.charged,
           charged_attempts = charged_attempts + excluded.charged_attempts",
    )?;
    for (key, by) in tx.memory.costs.take() {
        statement.execute(params![
            key.day.number(),
            key.channel.as_str(),
            key.currency.as_ref().map_or("", Currency::as_str),
            by.estimated,
            by.awaiting,
            by.awaiting_attempts,
            by.charged,
            by.charged_attempts
        ])?;
    }
    Ok(())
}

/// The provider does not have this attempt: it costs nothing.
pub(crate) fn take_back(tx: &mut Tx<'_>, attempt: &Attempt) -> Done<()> {
    let found = tx.one(
        "SELECT begun_at, estimate_amount, estimate_currency FROM attempts WHERE id = ?1",
        [attempt.key],
        |row| Ok((instant(row, 0)?, counted(row, 1)?)),
    )?;
    let Some((begun_at, Some(counted))) = found else {
        return Ok(());
    };
    tx.run(
        "UPDATE attempts SET estimate_amount = NULL, estimate_currency = NULL WHERE id = ?1",
        [attempt.key],
    )?;
    tx.memory.costs.refused(CountedAttempt {
        channel: attempt.channel,
        begun_at,
        counted: Some(counted),
    });
    Ok(())
}

/// As what an attempt is counted, by two columns.
pub(super) fn counted(row: &Row<'_>, first: usize) -> Done<Option<Counted>> {
    let currency: Option<String> = row.get(first + 1)?;
    Ok(Counted::from_columns(row.get(first)?, currency.as_deref())?)
}
