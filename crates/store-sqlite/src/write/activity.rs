//! What happened ([`store::activity`]): written once for a whole batch.

use rusqlite::params;

use crate::fault::Done;
use crate::tx::Tx;

/// Adds it to its hours.
pub(crate) fn write(tx: &mut Tx<'_>) -> Done<()> {
    if tx.memory.activity.is_empty() {
        return Ok(());
    }
    let mut statement = tx.prepared(
        "INSERT INTO activity (hour, channel, what, count) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (hour, channel, what) DO UPDATE SET count = count + excluded.count",
    )?;
    for (key, count) in tx.memory.activity.take() {
        statement.execute(params![
            key.hour,
            key.channel_word(),
            key.what.as_str(),
            count
        ])?;
    }
    Ok(())
}
