//! Endpoints that events are told to, what each was told, and keys of the API.

use domain::{KeyId, Secret, WebhookId};
use rusqlite::{Connection, Row, params};
use store::questions::{Deliveries, DeliveriesDue, EventBefore};
use store::records::{DeliveryRecord, EndpointLine, EndpointRecord, KeyRecord, WaitingEndpoint};

use crate::columns::{bytes, instant, instant_opt, text, word, word_opt};
use crate::fault::{Done, corrupt};
use crate::read::{all, one};

/// See [`store::questions::Endpoints`].
pub(crate) fn endpoints(c: &Connection) -> Done<Vec<EndpointRecord>> {
    all(
        c,
        "SELECT id, url, description, events, secret, previous_secret, previous_until, stopped, stopped_at,
           made_at, made_by, position, tries, next_at, failing_since,
           (SELECT min(d.next_at) FROM webhook_deliveries d
             WHERE d.endpoint_id = webhook_endpoints.id AND d.state = 'retrying')
         FROM webhook_endpoints ORDER BY id",
        [],
        |row| {
            let previous = match (row.get::<_, Option<String>>(5)?, instant_opt(row, 6)?) {
                (Some(secret), Some(until)) => Some((Secret::new(secret), until)),
                _ => None,
            };
            let stopped = word_opt(row, 7, "webhook_endpoints.stopped")?;
            let stopped_at = instant_opt(row, 8)?;
            Ok(EndpointRecord {
                id: WebhookId::from_bytes(bytes(row, 0, "webhook_endpoints.id")?),
                url: text(row, 1, "webhook_endpoints.url")?.to_owned(),
                description: text(row, 2, "webhook_endpoints.description")?.to_owned(),
                events: text(row, 3, "webhook_endpoints.events")?
                    .split(' ')
                    .map(str::to_owned)
                    .collect(),
                secret: Secret::new(text(row, 4, "webhook_endpoints.secret")?),
                previous,
                stopped: stopped.zip(stopped_at),
                made_at: instant(row, 9)?,
                made_by: text(row, 10, "webhook_endpoints.made_by")?.to_owned(),
                line: EndpointLine {
                    position: row.get(11)?,
                    tries: row.get(12)?,
                    next_at: instant_opt(row, 13)?,
                    failing_since: instant_opt(row, 14)?,
                },
                retry_at: instant_opt(row, 15)?,
            })
        },
    )
}

/// See [`store::questions::Deliveries`].
pub(crate) fn deliveries(c: &Connection, q: Deliveries) -> Done<Vec<DeliveryRecord>> {
    let before = q.before.unwrap_or(i64::MAX);
    match q.state {
        Some(state) => all(
            c,
            "SELECT event_id, kind, state, attempts, code, why, took_ms, answer_bytes, tried_at, next_at
             FROM webhook_deliveries WHERE endpoint_id = ?1 AND event_id < ?2 AND state = ?4
             ORDER BY event_id DESC LIMIT ?3",
            params![q.endpoint.as_bytes(), before, q.limit, state.as_str()],
            read_delivery,
        ),
        None => all(
            c,
            "SELECT event_id, kind, state, attempts, code, why, took_ms, answer_bytes, tried_at, next_at
             FROM webhook_deliveries WHERE endpoint_id = ?1 AND event_id < ?2
             ORDER BY event_id DESC LIMIT ?3",
            params![q.endpoint.as_bytes(), before, q.limit],
            read_delivery,
        ),
    }
}

/// See [`store::questions::DeliveriesDue`].
pub(crate) fn due(c: &Connection, q: DeliveriesDue) -> Done<Vec<DeliveryRecord>> {
    all(
        c,
        "SELECT event_id, kind, state, attempts, code, why, took_ms, answer_bytes, tried_at, next_at
         FROM webhook_deliveries WHERE endpoint_id = ?1 AND state = 'retrying' AND next_at <= ?2
         ORDER BY next_at, event_id LIMIT ?3",
        params![q.endpoint.as_bytes(), q.at.as_micros(), q.limit],
        read_delivery,
    )
}

fn read_delivery(row: &Row<'_>) -> Done<DeliveryRecord> {
    Ok(DeliveryRecord {
        event: row.get(0)?,
        kind: text(row, 1, "webhook_deliveries.kind")?.to_owned(),
        state: word(row, 2, "webhook_deliveries.state")?,
        attempts: row.get(3)?,
        code: row.get(4)?,
        why: text(row, 5, "webhook_deliveries.why")?.to_owned(),
        took_ms: row.get(6)?,
        answer_bytes: row.get(7)?,
        tried_at: instant_opt(row, 8)?,
        next_at: instant_opt(row, 9)?,
    })
}

/// All endpoints, with when the first event happened that each has not passed.
pub(crate) fn waiting(c: &Connection) -> Done<Vec<WaitingEndpoint>> {
    let of_one = |endpoint: EndpointRecord| {
        let waits_since = one(
            c,
            "SELECT at FROM events WHERE id > ?1 ORDER BY id LIMIT 1",
            params![endpoint.line.position],
            |row| instant(row, 0),
        )?;
        Ok(WaitingEndpoint {
            url: endpoint.url,
            stopped: endpoint.stopped,
            waits_since,
        })
    };
    endpoints(c)?.into_iter().map(of_one).collect()
}

/// See [`store::questions::EventBefore`].
pub(crate) fn event_before(c: &Connection, q: EventBefore) -> Done<Option<i64>> {
    one(
        c,
        "SELECT id FROM events WHERE at < ?1 ORDER BY id DESC LIMIT 1",
        params![q.at.as_micros()],
        |row| Ok(row.get(0)?),
    )
}

/// See [`store::questions::ApiKeys`].
pub(crate) fn keys(c: &Connection) -> Done<Vec<KeyRecord>> {
    all(
        c,
        "SELECT id, name, scopes, digest, made_at, made_by, used_at, expires_at FROM api_keys
         WHERE revoked_at IS NULL ORDER BY id",
        [],
        |row| {
            let scopes = text(row, 2, "api_keys.scopes")?.split_whitespace();
            let digest: Vec<u8> = row.get(3)?;
            Ok(KeyRecord {
                id: KeyId::from_bytes(bytes(row, 0, "api_keys.id")?),
                name: text(row, 1, "api_keys.name")?.to_owned(),
                scopes: scopes
                    .map(|word| {
                        word.parse()
                            .map_err(|_| corrupt("api_keys.scopes", "an unknown word"))
                    })
                    .collect::<Done<_>>()?,
                digest: digest
                    .try_into()
                    .map_err(|_| corrupt("api_keys.digest", "not 32 bytes"))?,
                made_at: instant(row, 4)?,
                made_by: text(row, 5, "api_keys.made_by")?.to_owned(),
                used_at: instant_opt(row, 6)?,
                expires_at: instant_opt(row, 7)?,
            })
        },
    )
}
