//! What providers still keep of erased members, until they have deleted it too (G39).

use domain::Timestamp;
use store::ops::{EraseMember, RecordCopies};

use crate::fault::Done;
use crate::sql::params;
use crate::tx::Tx;

/// Notes what the provider has of a member's messages, or may have: an attempt whose id is not known
/// yet is looked up when it is asked about.
pub(crate) fn note_messages(tx: &Tx<'_>, op: &EraseMember) -> Done<()> {
    tx.run(
        "INSERT INTO provider_copies (channel, attempt, provider_message_id, erased_at, ask_at)
         SELECT a.channel, a.id, '', $2, $2 FROM messages m
           JOIN attempts a ON a.id BETWEEN m.seq * 256 AND m.seq * 256 + 255
         WHERE m.client_id = $1 AND a.provider IN ('twilio', 'whatsapp')
           AND (a.provider_message_id IS NOT NULL OR a.status NOT IN
             ('failed', 'undelivered', 'cancelled', 'suppressed', 'expired'))
         ON CONFLICT DO NOTHING",
        params![op.id.as_bytes(), op.at.as_micros()],
    )?;
    tx.run(
        "INSERT INTO provider_copies (channel, attempt, provider_message_id, erased_at, ask_at)
         SELECT channel_used, 0, provider_message_id, $2, $2 FROM messages
         WHERE client_id = $1 AND direction = 'inbound' AND provider_message_id IS NOT NULL
           AND coalesce(provider, '') <> 'websocket'
         ON CONFLICT DO NOTHING",
        params![op.id.as_bytes(), op.at.as_micros()],
    )?;
    Ok(())
}

/// Notes what was received from an address before it was a member's.
pub(crate) fn note_strangers(tx: &Tx<'_>, channel: &str, address: &str, at: Timestamp) -> Done<()> {
    tx.run(
        "INSERT INTO provider_copies (channel, attempt, provider_message_id, erased_at, ask_at)
         SELECT channel, 0, provider_message_id, $3, $3 FROM stranger_messages
         WHERE channel = $1 AND address = $2 ON CONFLICT DO NOTHING",
        params![channel, address, at.as_micros()],
    )?;
    Ok(())
}

/// See [`store::Op::RecordCopies`].
pub(crate) fn record(tx: &mut Tx<'_>, op: &RecordCopies) -> Done<u32> {
    let mut gone = 0;
    for told in &op.told {
        let id = &told.copy;
        match told.ask_at {
            None => {
                let removed = tx.run(
                    "DELETE FROM provider_copies
                     WHERE channel = $1 AND attempt = $2 AND provider_message_id = $3",
                    params![id.channel.as_str(), id.attempt, &id.received],
                )?;
                gone += u32::from(removed > 0);
            }
            Some(ask_at) => {
                tx.run(
                    "UPDATE provider_copies SET asked = $4, ask_at = $5
                     WHERE channel = $1 AND attempt = $2 AND provider_message_id = $3",
                    params![
                        id.channel.as_str(),
                        id.attempt,
                        &id.received,
                        i32::from(told.asked),
                        ask_at.as_micros()
                    ],
                )?;
            }
        }
    }
    Ok(gone)
}
