//! The team: who belongs to it, who is logged in, and what is kept of what they change.

use domain::{MemberId, Timestamp};
use store::ops::{
    Audited, EndOperatorSessions, OpenOperatorSession, RemoveOperator, SaveOperator,
    SaveOperatorAnswer,
};
use store::records::OperatorRecord;
use store::{Answer, Op};

use crate::fault::Done;
use crate::rows::read_operator;
use crate::sql::params;
use crate::tx::Tx;
use crate::write::second_factors;

/// Everybody by whose phone this one goes.
fn with_phone(tx: &Tx<'_>, phone: &str) -> Done<Option<OperatorRecord>> {
    tx.one(
        "SELECT id, phone, name, role, made_at, made_by FROM operators
         WHERE phone = $1 AND removed_at IS NULL",
        params![phone],
        read_operator,
    )
}

/// See [`store::Op::SaveOperator`].
pub(crate) fn save(tx: &mut Tx<'_>, op: &SaveOperator) -> Done<SaveOperatorAnswer> {
    let operator = &op.operator;
    if let Some(other) = with_phone(tx, operator.phone.as_e164())?
        && other.id != operator.id
    {
        return Ok(SaveOperatorAnswer::PhoneTaken(other));
    }
    // Whoever may do something else from then on looks as nobody.
    tx.run(
        "DELETE FROM operator_looks WHERE operator_id IN
           (SELECT id FROM operators WHERE id = $1 AND role <> $2)",
        params![operator.id.as_bytes(), operator.role.as_str()],
    )?;
    tx.run(
        "INSERT INTO operators (id, phone, name, role, made_at, made_by)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET phone = excluded.phone, name = excluded.name,
           role = excluded.role",
        params![
            operator.id.as_bytes(),
            operator.phone.as_e164(),
            operator.name,
            operator.role.as_str(),
            operator.made_at.as_micros(),
            operator.made_by
        ],
    )?;
    Ok(SaveOperatorAnswer::Saved(operator.clone()))
}

/// See [`store::Op::RemoveOperator`].
pub(crate) fn remove(tx: &mut Tx<'_>, op: RemoveOperator) -> Done<bool> {
    let removed = tx.run(
        "UPDATE operators SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL",
        params![op.id.as_bytes(), op.at.as_micros()],
    )?;
    second_factors::forget_operator(tx, op.id)?;
    end_sessions(
        tx,
        EndOperatorSessions {
            operator: op.id,
            only: None,
        },
    )?;
    Ok(removed > 0)
}

/// See [`store::Op::OpenOperatorSession`].
pub(crate) fn open_session(tx: &mut Tx<'_>, op: &OpenOperatorSession) -> Done<bool> {
    let opened = tx.run(
        "INSERT INTO operator_sessions (key, operator_id, opened_at, expires_at)
         SELECT $1, id, $3, $4 FROM operators o WHERE id = $2 AND removed_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM operator_factors f
             WHERE f.operator_id = o.id AND f.confirmed_at IS NOT NULL)",
        params![
            op.key,
            op.operator.as_bytes(),
            op.at.as_micros(),
            op.expires_at.as_micros()
        ],
    )?;
    Ok(opened > 0)
}

/// See [`store::Op::EndOperatorSessions`].
pub(crate) fn end_sessions(tx: &mut Tx<'_>, op: EndOperatorSessions) -> Done<u32> {
    tx.run(
        "DELETE FROM operator_looks WHERE operator_id = $1 AND coalesce(session_key = $2, true)",
        params![op.operator.as_bytes(), op.only],
    )?;
    let ended = tx.run(
        "DELETE FROM operator_sessions WHERE operator_id = $1 AND coalesce(key = $2, true)",
        params![op.operator.as_bytes(), op.only],
    )?;
    Ok(u32::try_from(ended).unwrap_or(u32::MAX))
}

/// Sessions that are over.
pub(super) fn tidy(tx: &mut Tx<'_>, at: Timestamp) -> Done<u32> {
    let ended = tx.run(
        "DELETE FROM operator_sessions WHERE expires_at <= $1",
        params![at.as_micros()],
    )?;
    Ok(u32::try_from(ended).unwrap_or(u32::MAX))
}

/// See [`store::Op::Audited`]: the change, and what is kept of it if it was one.
pub(crate) fn audited(
    tx: &mut Tx<'_>,
    op: &Audited,
    apply: fn(&mut Tx<'_>, &Op) -> Done<Answer>,
) -> Done<Answer> {
    let answer = apply(tx, &op.operation)?;
    for entry in op.kept(&answer) {
        tx.add_audit(entry, op.at);
    }
    Ok(answer)
}

/// Takes what was said of an erased member out of the log.
pub(super) fn forget(tx: &mut Tx<'_>, member: MemberId) -> Done<()> {
    tx.run(
        "UPDATE audit_entries SET was = '', became = '' WHERE user_id = $1",
        params![member.as_bytes()],
    )?;
    Ok(())
}
