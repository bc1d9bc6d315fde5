//! Their messages: numbered by age, their words for statuses read as ours. Addresses stay as they are
//! written; reading understands them.

use super::examine::count;
use super::{Adoption, exists, undo};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// What a word of theirs is in ours, judged with everything else the row says. A message that nobody
/// holds and whose word says that it was about to leave may have left.
const STATUS: &str = "CASE
       WHEN direction = 'inbound' THEN CASE lower(delivery_status)
         WHEN 'read' THEN 'read' WHEN 'played' THEN 'played' ELSE 'delivered' END
       WHEN lower(delivery_status) IN ('pending', 'queued', 'scheduled', 'sending', 'accepted')
         THEN CASE
           WHEN provider_message_id IS NOT NULL THEN 'accepted'
           WHEN lower(delivery_status) IN ('pending', 'queued', 'scheduled') AND id IN (HELD)
             THEN 'pending'
           ELSE 'unconfirmed' END
       WHEN lower(delivery_status) IN ('unconfirmed', 'sent', 'undelivered', 'failed', 'cancelled',
         'suppressed', 'expired', 'delivered', 'read', 'played') THEN lower(delivery_status)
       WHEN lower(delivery_status) = 'canceled' THEN 'cancelled'
       WHEN lower(delivery_status) IN ('error', 'rejected', 'bounced') THEN 'failed'
       WHEN provider_message_id IS NOT NULL THEN 'accepted'
       ELSE 'unconfirmed' END";

/// The channel a message came or went by, where its provider is one of ours.
const CHANNEL: &str = "CASE
       WHEN provider NOT IN ('twilio', 'whatsapp', 'local', 'websocket') THEN NULL
       WHEN provider = 'whatsapp' OR phone_from LIKE 'whatsapp:%' OR phone_to LIKE 'whatsapp:%'
         THEN 'whatsapp'
       WHEN provider = 'websocket' THEN 'web'
       ELSE 'sms' END";

/// Takes them over; their columns have our types by now.
pub(super) fn take(sql: &Sql, adoption: &mut Adoption) -> Done<()> {
    let held = if exists(sql, "adopted_message_queues")? {
        "SELECT message_id FROM adopted_message_queues WHERE adopted_state = 'held'
           AND message_id IS NOT NULL"
    } else {
        "SELECT id FROM messages WHERE false"
    };
    let of = ("messages", "id");
    let status = STATUS.replace("HELD", held);
    let differs = format!("delivery_status IS DISTINCT FROM ({status})");
    undo::change(sql, of, "delivery_status", &status, &differs)?;
    let attempts = "least(greatest(delivery_attempts, 0), 255)";
    let out_of_bounds = "delivery_attempts NOT BETWEEN 0 AND 255";
    undo::change(sql, of, "delivery_attempts", attempts, out_of_bounds)?;
    adoption.messages = sql.run(
        &format!(
            "UPDATE messages m SET seq = n.seq, channel_used = n.channel
             FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS seq,
                 CASE WHEN delivery_status <> 'pending' THEN {CHANNEL} END AS channel
               FROM messages) n
             WHERE n.id = m.id AND m.seq IS NULL"
        ),
        params![],
    )?;
    let newest = count(sql, "SELECT coalesce(max(seq), 0) FROM messages")?;
    sql.run(
        "INSERT INTO adopted_facts (name, value) VALUES ('newest_message', $1)",
        params![newest],
    )?;
    sql.run(
        "SELECT setval('messages_seq', greatest($1::bigint, 1), $1::bigint > 0)",
        params![newest],
    )?;
    remember_inbound(sql)?;
    sql.batch(
        "INSERT INTO counters (node, topic, word, value)
         SELECT 0, 'status', delivery_status, count(*) FROM messages
         WHERE direction = 'outbound' GROUP BY delivery_status",
    )
}

/// What the provider has told once is not stored again when it tells it again, or when its list is read.
/// To whose account it came is not known: the provider's ids are its own across accounts.
fn remember_inbound(sql: &Sql) -> Done<()> {
    sql.batch(
        "INSERT INTO inbound_keys (provider, account, provider_message_id, channel, received_at)
         SELECT provider, '', provider_message_id, channel_used, created_at FROM messages
         WHERE direction = 'inbound' AND provider_message_id IS NOT NULL
           AND channel_used IS NOT NULL
         ON CONFLICT DO NOTHING",
    )
}
