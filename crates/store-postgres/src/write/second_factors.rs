//! Second factors of the team, whoever is half logged in, and looking as a member.

use domain::{MemberId, OperatorId, Timestamp};
use store::ops::{
    ConfirmSecondFactor, DropSecondFactor, EndLook, EnterWithFactor, KeepSecondFactor, OpenLook,
    OpenOperatorEntry, RenewRecovery, SpendFactorTry, SpendFactorTryAnswer,
};
use store::records::FactorProof;

use crate::fault::Done;
use crate::read::second_factors::{FACTOR, read};
use crate::sql::params;
use crate::tx::Tx;

/// See [`store::Op::KeepSecondFactor`].
pub(crate) fn keep(tx: &mut Tx<'_>, op: &KeepSecondFactor) -> Done<bool> {
    let kept = tx.run(
        "INSERT INTO operator_factors (operator_id, secret, made_at, last_step, tries, tries_from)
         SELECT id, $2, $3, 0, 0, $3 FROM operators WHERE id = $1 AND removed_at IS NULL
         ON CONFLICT (operator_id) DO UPDATE SET secret = excluded.secret,
           made_at = excluded.made_at, last_step = 0, tries = 0, tries_from = excluded.tries_from
         WHERE operator_factors.confirmed_at IS NULL",
        params![
            op.operator.as_bytes(),
            op.secret.expose(),
            op.at.as_micros()
        ],
    )?;
    Ok(kept > 0)
}

/// See [`store::Op::ConfirmSecondFactor`].
pub(crate) fn confirm(tx: &mut Tx<'_>, op: &ConfirmSecondFactor) -> Done<bool> {
    let confirmed = tx.run(
        "UPDATE operator_factors SET confirmed_at = $3, last_step = $4, tries = 0
         WHERE operator_id = $1 AND secret = $2 AND confirmed_at IS NULL",
        params![
            op.operator.as_bytes(),
            op.secret.expose(),
            op.at.as_micros(),
            op.step
        ],
    )?;
    if confirmed == 0 {
        return Ok(false);
    }
    keep_recovery(tx, op.operator, &op.recovery)?;
    for statement in [
        "DELETE FROM operator_sessions WHERE operator_id = $1 AND key <> $2",
        "DELETE FROM operator_looks WHERE operator_id = $1 AND session_key <> $2",
    ] {
        tx.run(statement, params![op.operator.as_bytes(), op.session])?;
    }
    Ok(true)
}

fn keep_recovery(tx: &mut Tx<'_>, operator: OperatorId, hashes: &[[u8; 32]]) -> Done<()> {
    tx.run(
        "DELETE FROM operator_recovery_codes WHERE operator_id = $1",
        params![operator.as_bytes()],
    )?;
    for hash in hashes {
        tx.run(
            "INSERT INTO operator_recovery_codes (operator_id, hash) VALUES ($1, $2)
             ON CONFLICT DO NOTHING",
            params![operator.as_bytes(), hash],
        )?;
    }
    Ok(())
}

/// Uses a proof up: `true` to one caller only.
fn proves(tx: &mut Tx<'_>, operator: OperatorId, proof: FactorProof) -> Done<bool> {
    let used = match proof {
        FactorProof::Step(step) => tx.run(
            "UPDATE operator_factors SET last_step = $2, tries = 0
             WHERE operator_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2",
            params![operator.as_bytes(), step],
        )?,
        FactorProof::Recovery(hash) => {
            let used = tx.run(
                "DELETE FROM operator_recovery_codes WHERE operator_id = $1 AND hash = $2",
                params![operator.as_bytes(), hash],
            )?;
            if used > 0 {
                tx.run(
                    "UPDATE operator_factors SET tries = 0 WHERE operator_id = $1",
                    params![operator.as_bytes()],
                )?;
            }
            used
        }
    };
    Ok(used > 0)
}

/// See [`store::Op::DropSecondFactor`].
pub(crate) fn remove(tx: &mut Tx<'_>, op: DropSecondFactor) -> Done<bool> {
    if let Some(proof) = op.proof
        && !proves(tx, op.operator, proof)?
    {
        return Ok(false);
    }
    forget_operator(tx, op.operator)
}

/// Takes out what is kept of somebody's second factor; answers whether one was asked for.
pub(super) fn forget_operator(tx: &mut Tx<'_>, operator: OperatorId) -> Done<bool> {
    for statement in [
        "DELETE FROM operator_recovery_codes WHERE operator_id = $1",
        "DELETE FROM operator_entries WHERE operator_id = $1",
    ] {
        tx.run(statement, params![operator.as_bytes()])?;
    }
    let asked = tx.run(
        "DELETE FROM operator_factors WHERE operator_id = $1 AND confirmed_at IS NOT NULL",
        params![operator.as_bytes()],
    )?;
    tx.run(
        "DELETE FROM operator_factors WHERE operator_id = $1",
        params![operator.as_bytes()],
    )?;
    Ok(asked > 0)
}

/// See [`store::Op::RenewRecovery`].
pub(crate) fn renew(tx: &mut Tx<'_>, op: &RenewRecovery) -> Done<bool> {
    if !proves(tx, op.operator, op.proof)? {
        return Ok(false);
    }
    keep_recovery(tx, op.operator, &op.recovery)?;
    Ok(true)
}

/// See [`store::Op::SpendFactorTry`].
pub(crate) fn spend_try(tx: &mut Tx<'_>, op: SpendFactorTry) -> Done<SpendFactorTryAnswer> {
    let spent = tx.run(
        "UPDATE operator_factors
         SET tries = CASE WHEN tries_from <= $3 THEN 1 ELSE tries + 1 END,
           tries_from = CASE WHEN tries_from <= $3 THEN $4 ELSE tries_from END
         WHERE operator_id = $1 AND (tries_from <= $3 OR tries < $2)",
        params![
            op.operator.as_bytes(),
            op.tries_max,
            op.since.as_micros(),
            op.at.as_micros()
        ],
    )?;
    let found = tx.one(FACTOR, params![op.operator.as_bytes()], read)?;
    Ok(match (found, spent) {
        (None, _) => SpendFactorTryAnswer::None,
        (Some(_), 0) => SpendFactorTryAnswer::TooMany,
        (Some(factor), _) => SpendFactorTryAnswer::Spent(factor),
    })
}

/// See [`store::Op::OpenOperatorEntry`].
pub(crate) fn open_entry(tx: &mut Tx<'_>, op: &OpenOperatorEntry) -> Done<bool> {
    let opened = tx.run(
        "INSERT INTO operator_entries (key, operator_id, expires_at)
         SELECT $1, id, $3 FROM operators WHERE id = $2 AND removed_at IS NULL",
        params![op.key, op.operator.as_bytes(), op.expires_at.as_micros()],
    )?;
    Ok(opened > 0)
}

/// See [`store::Op::EnterWithFactor`]: the proof is used up first, so that two browsers with one code never both get in.
pub(crate) fn enter(tx: &mut Tx<'_>, op: &EnterWithFactor) -> Done<bool> {
    let session = &op.session;
    if !proves(tx, session.operator, op.proof)? {
        return Ok(false);
    }
    let entered = tx.run(
        "DELETE FROM operator_entries WHERE key = $1 AND operator_id = $2 AND expires_at > $3",
        params![
            op.entry,
            session.operator.as_bytes(),
            session.at.as_micros()
        ],
    )?;
    if entered == 0 {
        return Ok(false);
    }
    let opened = tx.run(
        "INSERT INTO operator_sessions (key, operator_id, opened_at, expires_at)
         SELECT $1, id, $3, $4 FROM operators WHERE id = $2 AND removed_at IS NULL",
        params![
            session.key,
            session.operator.as_bytes(),
            session.at.as_micros(),
            session.expires_at.as_micros()
        ],
    )?;
    Ok(opened > 0)
}

/// See [`store::Op::OpenLook`].
pub(crate) fn open_look(tx: &mut Tx<'_>, op: &OpenLook) -> Done<bool> {
    tx.run(
        "DELETE FROM operator_looks WHERE session_key = $1",
        params![op.session],
    )?;
    let opened = tx.run(
        "INSERT INTO operator_looks (key, session_key, operator_id, user_id, opened_at, expires_at)
         SELECT $1, s.key, s.operator_id, u.id, $4, $5
         FROM operator_sessions s, users u
         WHERE s.key = $2 AND s.expires_at > $4 AND u.id = $3 AND u.erased_at IS NULL",
        params![
            op.key,
            op.session,
            op.member.as_bytes(),
            op.at.as_micros(),
            op.expires_at.as_micros()
        ],
    )?;
    Ok(opened > 0)
}

/// See [`store::Op::EndLook`].
pub(crate) fn end_look(tx: &mut Tx<'_>, op: EndLook) -> Done<bool> {
    let ended = tx.run("DELETE FROM operator_looks WHERE key = $1", params![op.key])?;
    Ok(ended > 0)
}

/// Ends looking as a member who is erased.
pub(super) fn forget_member(tx: &mut Tx<'_>, member: MemberId) -> Done<()> {
    tx.run(
        "DELETE FROM operator_looks WHERE user_id = $1",
        params![member.as_bytes()],
    )?;
    Ok(())
}

/// Entries and looks that are over.
pub(super) fn tidy(tx: &mut Tx<'_>, at: Timestamp) -> Done<u32> {
    let mut ended = 0;
    for statement in [
        "DELETE FROM operator_entries WHERE expires_at <= $1",
        "DELETE FROM operator_looks WHERE expires_at <= $1",
    ] {
        let gone = tx.run(statement, params![at.as_micros()])?;
        ended += u32::try_from(gone).unwrap_or(u32::MAX);
    }
    Ok(ended)
}
