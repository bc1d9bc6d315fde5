//! Whom WhatsApp is on for, and what of the outbox is past keeping.

use rusqlite::params;
use store::ops::{PruneEvents, Pruned, SetRollout};

use crate::columns::instant;
use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::write::switches::move_version;

/// See [`store::Op::SetRollout`].
pub(crate) fn set(tx: &mut Tx<'_>, op: &SetRollout) -> Done<u32> {
    let detail = if let Some(rollout) = &op.rollout {
        tx.run(
            "INSERT INTO rollout (id, percent, cohorts, actor, since) VALUES (1, ?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET percent = excluded.percent, cohorts = excluded.cohorts,
               actor = excluded.actor, since = excluded.since",
            params![
                rollout.percent,
                rollout.cohorts.join(","),
                rollout.actor,
                rollout.since.as_micros()
            ],
        )?;
        format!("{} %", rollout.percent)
    } else {
        tx.run("DELETE FROM rollout", [])?;
        "settings".to_owned()
    };
    let version = move_version(tx)?;
    tx.event(&Event {
        at: op.at,
        kind: "rollout.changed",
        member: None,
        message: None,
        detail: &detail,
    })?;
    Ok(version)
}

/// How far everybody has come who reads the outbox in its order and says so: endpoints that are told something, what was put
/// aside for them, and whoever asks for prices. The newest event is never passed, so that no number is given twice.
const PASSED: &str = "SELECT min(passed) FROM (
    SELECT max(id) - 1 AS passed FROM events
    UNION ALL SELECT min(position) FROM webhook_endpoints WHERE stopped IS NULL
    UNION ALL SELECT min(d.event_id) - 1 FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
      WHERE d.state = 'retrying' AND e.stopped IS NULL
    UNION ALL SELECT coalesce((SELECT max(event_id) FROM price_marks), 0) WHERE ?1) AS readers";

/// See [`store::Op::PruneEvents`].
pub(crate) fn prune(tx: &mut Tx<'_>, op: &PruneEvents) -> Done<Pruned> {
    let passed = tx
        .one(PASSED, params![op.priced], |row| {
            Ok(row.get::<_, Option<i64>>(0)?)
        })?
        .flatten();
    let oldest = tx.all(
        "SELECT id, at FROM events ORDER BY id LIMIT ?1",
        params![op.limit],
        |row| Ok((row.get::<_, i64>(0)?, instant(row, 1)?)),
    )?;
    let goes = |(id, at): &&(i64, domain::Timestamp)| {
        *at < op.before && passed.is_some_and(|passed| *id <= passed)
    };
    let going: Vec<_> = oldest.iter().take_while(goes).collect();
    let Some((last, at)) = going.last() else {
        return Ok(Pruned::default());
    };
    let events = tx.run("DELETE FROM events WHERE id <= ?1", [last])?;
    tx.run(
        "INSERT INTO pruned_events (event_id, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![*last, at.as_micros()],
    )?;
    tx.run("DELETE FROM pruned_events WHERE event_id < ?1", [last])?;
    Ok(Pruned {
        events: u32::try_from(events).unwrap_or(u32::MAX),
        more: going.len() == oldest.len(),
    })
}
