//! Second factors of the team, who is half logged in, and who looks as a member.

use domain::{OperatorId, Secret};
use rusqlite::{Connection, Row, params};
use store::questions::{LookOf, OperatorEntryOf, SecondFactorOf};
use store::records::{LookRecord, OperatorRecord, SecondFactorRecord};

use crate::columns::{bytes, instant, instant_opt, member_id, text};
use crate::fault::Done;
use crate::read::{all, one};
use crate::rows::read_operator;

/// A second factor, as [`read`] reads it.
pub(crate) const FACTOR: &str = "SELECT f.secret, f.confirmed_at, f.last_step,
       (SELECT count(*) FROM operator_recovery_codes r WHERE r.operator_id = f.operator_id)
     FROM operator_factors f WHERE f.operator_id = ?1";

/// Reads [`FACTOR`].
pub(crate) fn read(row: &Row<'_>) -> Done<SecondFactorRecord> {
    Ok(SecondFactorRecord {
        secret: Secret::new(text(row, 0, "operator_factors.secret")?),
        confirmed_at: instant_opt(row, 1)?,
        last_step: row.get(2)?,
        recovery_left: row.get(3)?,
    })
}

/// See [`store::questions::SecondFactorOf`].
pub(crate) fn of(c: &Connection, q: SecondFactorOf) -> Done<Option<SecondFactorRecord>> {
    one(c, FACTOR, params![q.operator.as_bytes()], read)
}

/// See [`store::questions::SecondFactors`].
pub(crate) fn everybody(c: &Connection) -> Done<Vec<OperatorId>> {
    all(
        c,
        "SELECT operator_id FROM operator_factors WHERE confirmed_at IS NOT NULL ORDER BY operator_id",
        [],
        |row| {
            let id = bytes(row, 0, "operator_factors.operator_id")?;
            Ok(OperatorId::from_bytes(id))
        },
    )
}

/// See [`store::questions::OperatorEntryOf`].
pub(crate) fn entry(c: &Connection, q: OperatorEntryOf) -> Done<Option<OperatorRecord>> {
    one(
        c,
        "SELECT o.id, o.phone, o.name, o.role, o.made_at, o.made_by
         FROM operator_entries e JOIN operators o ON o.id = e.operator_id
         WHERE e.key = ?1 AND e.expires_at > ?2 AND o.removed_at IS NULL",
        params![q.key, q.at.as_micros()],
        read_operator,
    )
}

/// See [`store::questions::LookOf`].
pub(crate) fn look(c: &Connection, q: LookOf) -> Done<Option<LookRecord>> {
    one(
        c,
        "SELECT o.id, o.phone, o.name, o.role, o.made_at, o.made_by,
           l.user_id, l.opened_at, l.expires_at
         FROM operator_looks l
           JOIN operator_sessions s ON s.key = l.session_key
           JOIN operators o ON o.id = l.operator_id
         WHERE l.key = ?1 AND l.session_key = ?2
           AND l.expires_at > ?3 AND s.expires_at > ?3 AND o.removed_at IS NULL",
        params![q.key, q.session, q.at.as_micros()],
        |row| {
            Ok(LookRecord {
                operator: read_operator(row)?,
                member: member_id(row, 6, "operator_looks.user_id")?,
                opened_at: instant(row, 7)?,
                expires_at: instant(row, 8)?,
            })
        },
    )
}
