//! What stands in our tables, in the words of the old ones: asked for before a database is given back, and
//! written when it is.

use super::examine::count;
use crate::fault::Done;
use crate::sql::Sql;

/// Words for statuses that are ours alone.
const OF_STATUS: &str = "CASE delivery_status
       WHEN 'accepted' THEN 'queued'
       WHEN 'unconfirmed' THEN 'sent'
       WHEN 'undelivered' THEN 'failed'
       WHEN 'cancelled' THEN 'failed'
       WHEN 'suppressed' THEN 'failed'
       WHEN 'expired' THEN 'failed'
       WHEN 'read' THEN 'delivered'
       WHEN 'played' THEN 'delivered'
       ELSE delivery_status END";

/// Entries that operators decided about, with what became of each.
pub(super) const ENTRIES: &str = "SELECT a.id, CASE
       WHEN a.adopted_state = 'discarded' THEN 'failed'
       WHEN q.status IN ('waiting', 'held') THEN 'pending'
       WHEN q.status IS NOT NULL OR m.delivery_status IN ('accepted', 'sent', 'unconfirmed') THEN 'sent'
       WHEN m.delivery_status IN ('delivered', 'read', 'played') THEN 'delivered'
       ELSE 'failed' END AS word
     FROM adopted_message_queues a LEFT JOIN messages m ON m.id = a.message_id
     LEFT JOIN message_queues q ON q.sequence_number = m.seq
     WHERE a.adopted_state = 'discarded' OR a.adopted_state = 'released' AND m.id IS NOT NULL";

/// Of an open place. One that may be with the provider is `sent`, which nobody sends again.
pub(super) const PLACE: &str =
    "CASE WHEN q.status IN ('waiting', 'held') THEN 'pending' ELSE 'sent' END";

/// Places that were no entries before, where there were any.
pub(super) const NEW_PLACE: &str = "NOT EXISTS (SELECT 1 FROM adopted_message_queues a
       WHERE a.message_id = q.message_id AND a.adopted_state = 'released')";

/// Messages that came or went since: those have newer numbers, or a reason why they ended, which none had
/// that was there before.
fn since(sql: &Sql) -> Done<String> {
    let newest = count(
        sql,
        "SELECT value FROM adopted_facts WHERE name = 'newest_message'",
    )?;
    Ok(format!(
        "direction = 'outbound' AND (seq > {newest} OR reason IS NOT NULL)"
    ))
}

/// Of a message: an expression over its row.
pub(super) fn message(sql: &Sql) -> Done<String> {
    let since = since(sql)?;
    Ok(format!(
        "CASE WHEN {since} THEN {OF_STATUS} ELSE delivery_status END"
    ))
}

/// Writes them into messages.
pub(super) fn write(sql: &Sql) -> Done<()> {
    let since = since(sql)?;
    sql.batch(&format!(
        "UPDATE messages SET
           delivery_error = CASE
             WHEN delivery_status IN ('cancelled', 'suppressed', 'expired')
               THEN coalesce(delivery_error, delivery_status || coalesce(': ' || reason, ''))
             ELSE delivery_error END,
           delivery_status = {OF_STATUS}
         WHERE {since}"
    ))
}
