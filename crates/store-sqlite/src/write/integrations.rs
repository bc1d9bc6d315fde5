//! Endpoints that events are told to, what each was told, and keys of the API.

use domain::{Scope, Seconds, Secret, Stopped, Timestamp, WebhookId};
use rusqlite::params;
use store::ops::{
    MoveEndpoint, NoteDeliveries, RemoveEndpoint, RepeatDelivery, RevokeKey, SaveEndpoint, SaveKey,
    UseKey,
};
use store::records::{DeliveryRecord, EndpointLine};

use crate::columns::micros;
use crate::fault::Done;
use crate::tx::Tx;

/// How long deliveries are kept that are over.
const DELIVERIES_KEPT: Seconds = Seconds::new(7 * 24 * 3600);

/// How many one call removes: the next call goes on.
const TIDY_MAX: u32 = 5_000;

/// See [`store::Op::SaveEndpoint`].
pub(crate) fn save(tx: &mut Tx<'_>, op: &SaveEndpoint) -> Done<bool> {
    let one = &op.endpoint;
    let previous = one.previous.as_ref();
    let stopped = one.stopped;
    let events = one.events.join(" ");
    let saved = if op.is_new {
        tx.run(
            "INSERT INTO webhook_endpoints (id, url, description, events, secret, previous_secret,
               previous_until, stopped, stopped_at, made_at, made_by, position)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                one.id.as_bytes(),
                one.url,
                one.description,
                events,
                one.secret.expose(),
                previous.map(|(secret, _)| Secret::expose(secret)),
                previous.map(|(_, until)| until.as_micros()),
                stopped.map(|(why, _)| Stopped::as_str(why)),
                stopped.map(|(_, at)| at.as_micros()),
                one.made_at.as_micros(),
                one.made_by,
                one.line.position
            ],
        )?
    } else {
        tx.run(
            "UPDATE webhook_endpoints SET url = ?2, description = ?3, events = ?4, secret = ?5,
               previous_secret = ?6, previous_until = ?7, stopped = ?8, stopped_at = ?9,
               tries = CASE WHEN ?10 AND stopped IS NOT NULL THEN 0 ELSE tries END,
               next_at = CASE WHEN ?10 AND stopped IS NOT NULL THEN NULL ELSE next_at END,
               failing_since = CASE WHEN ?10 AND stopped IS NOT NULL THEN NULL ELSE failing_since END
             WHERE id = ?1",
            params![
            one.id.as_bytes(),
            one.url,
            one.description,
            events,
            one.secret.expose(),
            previous.map(|(secret, _)| Secret::expose(secret)),
            previous.map(|(_, until)| until.as_micros()),
            stopped.map(|(why, _)| Stopped::as_str(why)),
            stopped.map(|(_, at)| at.as_micros()),
            stopped.is_none()
        ],
        )?
    };
    Ok(saved > 0)
}

/// See [`store::Op::RemoveEndpoint`].
pub(crate) fn remove(tx: &mut Tx<'_>, op: RemoveEndpoint) -> Done<bool> {
    tx.run(
        "DELETE FROM webhook_deliveries WHERE endpoint_id = ?1",
        params![op.id.as_bytes()],
    )?;
    let removed = tx.run(
        "DELETE FROM webhook_endpoints WHERE id = ?1",
        params![op.id.as_bytes()],
    )?;
    Ok(removed > 0)
}

/// See [`store::Op::MoveEndpoint`]. What waited for its turn beside the line has it in the line again.
pub(crate) fn move_to(tx: &mut Tx<'_>, op: MoveEndpoint) -> Done<bool> {
    let moved = tx.run(
        "UPDATE webhook_endpoints SET position = ?2, tries = 0, next_at = NULL WHERE id = ?1",
        params![op.id.as_bytes(), op.position],
    )?;
    tx.run(
        "DELETE FROM webhook_deliveries
         WHERE endpoint_id = ?1 AND event_id > ?2 AND state IN ('waiting', 'retrying')",
        params![op.id.as_bytes(), op.position],
    )?;
    Ok(moved > 0)
}

/// See [`store::Op::RepeatDelivery`].
pub(crate) fn repeat(tx: &mut Tx<'_>, op: &RepeatDelivery) -> Done<bool> {
    let repeated = tx.run(
        "INSERT INTO webhook_deliveries (endpoint_id, event_id, kind, state, attempts, why, took_ms,
           answer_bytes, next_at)
         SELECT id, ?2, ?3, 'retrying', 0, '', 0, 0, ?4 FROM webhook_endpoints
         WHERE id = ?1 AND position >= ?2
         ON CONFLICT (endpoint_id, event_id) DO UPDATE SET state = 'retrying', attempts = 0,
           next_at = excluded.next_at",
        params![op.endpoint.as_bytes(), op.event, op.kind, op.at.as_micros()],
    )?;
    Ok(repeated > 0)
}

/// See [`store::Op::NoteDeliveries`].
pub(crate) fn note(tx: &mut Tx<'_>, op: &NoteDeliveries) -> Done<bool> {
    let known = if let Some((from, line)) = op.line {
        move_line(tx, op.endpoint, from, line)?
    } else {
        let found = tx.one(
            "SELECT 1 FROM webhook_endpoints WHERE id = ?1",
            params![op.endpoint.as_bytes()],
            |_| Ok(()),
        )?;
        found.is_some()
    };
    if !known {
        return Ok(false);
    }
    if let Some((_, line)) = op.line {
        // What waited and is not wanted any more.
        tx.run(
            "DELETE FROM webhook_deliveries
             WHERE endpoint_id = ?1 AND state = 'waiting' AND event_id <= ?2",
            params![op.endpoint.as_bytes(), line.position],
        )?;
    }
    for one in &op.tried {
        keep(tx, op.endpoint, one)?;
    }
    if let Some(why) = op.stopped {
        tx.run(
            "UPDATE webhook_endpoints SET stopped = ?2, stopped_at = ?3
             WHERE id = ?1 AND stopped IS NULL",
            params![op.endpoint.as_bytes(), why.as_str(), op.at.as_micros()],
        )?;
    }
    Ok(true)
}

/// Moves a line on, unless somebody moved it meanwhile or stopped its endpoint: then it stays, and what was told is told
/// again.
fn move_line(tx: &mut Tx<'_>, id: WebhookId, from: i64, line: EndpointLine) -> Done<bool> {
    let moved = tx.run(
        "UPDATE webhook_endpoints SET position = ?3, tries = ?4, next_at = ?5, failing_since = ?6
         WHERE id = ?1 AND position = ?2 AND stopped IS NULL",
        params![
            id.as_bytes(),
            from,
            line.position,
            line.tries,
            micros(line.next_at),
            micros(line.failing_since)
        ],
    )?;
    Ok(moved > 0)
}

fn keep(tx: &mut Tx<'_>, endpoint: WebhookId, one: &DeliveryRecord) -> Done<()> {
    tx.run(
        "INSERT INTO webhook_deliveries (endpoint_id, event_id, kind, state, attempts, code, why, took_ms,
           answer_bytes, tried_at, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (endpoint_id, event_id) DO UPDATE SET state = excluded.state,
           attempts = excluded.attempts, code = excluded.code, why = excluded.why,
           took_ms = excluded.took_ms, answer_bytes = excluded.answer_bytes,
           tried_at = excluded.tried_at, next_at = excluded.next_at",
        params![
            endpoint.as_bytes(),
            one.event,
            one.kind,
            one.state.as_str(),
            one.attempts,
            one.code,
            one.why,
            one.took_ms,
            one.answer_bytes,
            micros(one.tried_at),
            micros(one.next_at)
        ],
    )?;
    Ok(())
}

/// Deliveries that are over.
pub(super) fn tidy(tx: &mut Tx<'_>, at: Timestamp) -> Done<u32> {
    let removed = tx.run(
        "DELETE FROM webhook_deliveries WHERE (endpoint_id, event_id) IN (SELECT endpoint_id, event_id
           FROM webhook_deliveries WHERE tried_at < ?1 AND state IN ('delivered', 'failed')
           ORDER BY tried_at LIMIT ?2)",
        params![(at - DELIVERIES_KEPT).as_micros(), TIDY_MAX],
    )?;
    Ok(u32::try_from(removed).unwrap_or(u32::MAX))
}

/// See [`store::Op::SaveKey`].
pub(crate) fn save_key(tx: &mut Tx<'_>, op: &SaveKey) -> Done<bool> {
    let key = &op.key;
    let scopes: Vec<&str> = key.scopes.iter().copied().map(Scope::as_str).collect();
    let saved = tx.run(
        "INSERT INTO api_keys (id, name, scopes, digest, made_at, made_by, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING",
        params![
            key.id.as_bytes(),
            key.name,
            scopes.join(" "),
            key.digest,
            key.made_at.as_micros(),
            key.made_by,
            micros(key.expires_at)
        ],
    )?;
    Ok(saved > 0)
}

/// See [`store::Op::RevokeKey`].
pub(crate) fn revoke_key(tx: &mut Tx<'_>, op: RevokeKey) -> Done<bool> {
    let revoked = tx.run(
        "UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
        params![op.id.as_bytes(), op.at.as_micros()],
    )?;
    Ok(revoked > 0)
}

/// See [`store::Op::UseKey`].
pub(crate) fn use_key(tx: &mut Tx<'_>, op: UseKey) -> Done<()> {
    tx.run(
        "UPDATE api_keys SET used_at = ?2 WHERE id = ?1 AND (used_at IS NULL OR used_at < ?2)",
        params![op.id.as_bytes(), op.at.as_micros()],
    )?;
    Ok(())
}
