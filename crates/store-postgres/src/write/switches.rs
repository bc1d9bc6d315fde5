//! Kill switches, and removing what is past keeping.

use crate::sql::params;
use domain::Seconds;
use store::Notice;
use store::ops::{SetSwitch, Tidy};

use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::write::{
    coach_turns, dead_letters, integrations, logins, operators, second_factors, subscriptions,
};

/// How long a parked receipt is kept (G23).
const PARKED_KEPT: Seconds = Seconds::new(7 * 24 * 3600);

/// How long an idempotency key is kept.
const KEYS_KEPT: Seconds = Seconds::new(30 * 24 * 3600);

/// How long limits are kept that are over: longer than the day over which people are counted.
const LIMITS_KEPT: Seconds = Seconds::new(2 * 24 * 3600);

/// How long what caps count is kept: a day longer than the longest cap.
const COUNTED_KEPT: Seconds = Seconds::new(32 * 24 * 3600);

/// How long it is kept why an occurrence has no message.
const OCCURRENCES_KEPT: Seconds = Seconds::new(60 * 24 * 3600);

/// How many rows of a table one call removes: the next call goes on.
const TIDY_MAX: u32 = 5_000;

/// See [`store::Op::SetSwitch`].
pub(crate) fn set(tx: &mut Tx<'_>, op: &SetSwitch) -> Done<u32> {
    if op.on {
        tx.run(
            "INSERT INTO switches (scope, reason, actor, since) VALUES ($1, $2, $3, $4)
             ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason, actor = excluded.actor",
            params![op.scope, op.reason, op.actor, op.at.as_micros()],
        )?;
    } else {
        tx.run("DELETE FROM switches WHERE scope = $1", params![&op.scope])?;
    }
    let version = move_version(tx)?;
    tx.event(&Event {
        at: op.at,
        kind: "switch.changed",
        member: None,
        message: None,
        detail: &format!("{} {}", op.scope, if op.on { "on" } else { "off" }),
    });
    Ok(version)
}

/// Moves the version that every decision rests on, and tells so: what was decided before is decided
/// again.
pub(super) fn move_version(tx: &mut Tx<'_>) -> Done<u32> {
    let version = tx
        .one(
            "UPDATE instance SET switches_version = switches_version + 1 RETURNING switches_version",
            params![],
            |row| row.get(0),
        )?
        .unwrap_or(tx.memory.switches_version);
    tx.memory.switches_version = version;
    tx.notify(Notice::Switches);
    Ok(version)
}

/// See [`store::Op::Tidy`].
pub(crate) fn tidy(tx: &mut Tx<'_>, op: &Tidy) -> Done<u32> {
    let parked = tx.run(
        "DELETE FROM parked_receipts WHERE id IN (SELECT id FROM
           (SELECT id, received_at FROM parked_receipts ORDER BY id LIMIT $2) AS oldest
            WHERE received_at < $1)",
        params![(op.at - PARKED_KEPT).as_micros(), TIDY_MAX],
    )?;
    let keys = tx.run(
        "DELETE FROM idempotency_keys WHERE (scope, key) IN (SELECT scope, key
           FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
        params![(op.at - KEYS_KEPT).as_micros(), TIDY_MAX],
    )?;
    let limits = tidy_limits(tx, op)?;
    let occurrences = tx.run(
        "DELETE FROM occurrences WHERE (user_id, occasion) IN (SELECT user_id, occasion
           FROM occurrences WHERE noted_at < $1 ORDER BY noted_at LIMIT $2)",
        params![(op.at - OCCURRENCES_KEPT).as_micros(), TIDY_MAX],
    )?;
    let logins = logins::tidy(tx, op.at)?
        + operators::tidy(tx, op.at)?
        + second_factors::tidy(tx, op.at)?
        + subscriptions::tidy(tx, op.at)?
        + coach_turns::tidy(tx, op.at)?
        + integrations::tidy(tx, op.at)?
        + dead_letters::tidy(tx, op.at)?;
    Ok(logins + u32::try_from(parked + keys + limits + occurrences).unwrap_or(u32::MAX))
}

/// Limits that are over.
fn tidy_limits(tx: &mut Tx<'_>, op: &Tidy) -> Done<u64> {
    let before = (op.at - LIMITS_KEPT).as_micros();
    let slowdowns = tx.run(
        "DELETE FROM slowdowns WHERE (limited, channel, address) IN (SELECT limited, channel, address
           FROM slowdowns WHERE told_at < $1 AND until < $1 ORDER BY told_at LIMIT $2)",
        params![before, TIDY_MAX],
    )?;
    let people = tx.run(
        "DELETE FROM reached_people WHERE (channel, address) IN (SELECT channel, address
           FROM reached_people WHERE reached_at < $1 ORDER BY reached_at LIMIT $2)",
        params![before, TIDY_MAX],
    )?;
    let counted = tx.run(
        "DELETE FROM counted_sends WHERE (user_id, kind, message_id) IN (SELECT user_id, kind, message_id
           FROM counted_sends WHERE counted_at < $1 ORDER BY counted_at LIMIT $2)",
        params![(op.at - COUNTED_KEPT).as_micros(), TIDY_MAX],
    )?;
    Ok(slowdowns + people + counted)
}
