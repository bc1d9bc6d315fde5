//! Codes that prove whose phone it is, and sessions (G34, G35).
//!
//! A code's message belongs to nobody: a row of `users` that is erased from its first moment. So a number that
//! is no member's can be written to by the ordinary way, and no member's messages hold a code.

use domain::{
    ConsentState, DeliveryStatus, Handle, MemberId, MessageId, Purpose, Seconds, Timestamp,
};
use store::ops::{
    Cancel, EndCodes, EndSessions, EraseMember, OpenCode, OpenCodeAnswer, OpenSession, SpendTry,
    SpendTryAnswer, UseCode, UseSession,
};
use store::records::{CodeToTry, NewCode, NewMessage};

use crate::columns::{member_id, message_id, text, word};
use crate::fault::{Done, corrupt};
use crate::sql::{Row, params};
use crate::tx::Tx;
use crate::write::{accept, cancel, consent, copies, erase, members, place};

/// The lock of whoever counts codes; made up.
const CODES_LOCK: i64 = 0x6779_6d63_6f64;

/// How long a code counts against its ceilings: a day, and an hour to spare.
const CODES_KEPT: Seconds = Seconds::new(25 * 3600);

/// How many one call ends or forgets.
const ENDED_MAX: u32 = 500;

/// See [`store::Op::OpenCode`]. Nodes take turns, and none waits for another within its transaction.
pub(crate) fn open(tx: &mut Tx<'_>, op: &OpenCode) -> Done<OpenCodeAnswer> {
    let is_our_turn = tx
        .one(
            "SELECT pg_try_advisory_xact_lock($1)",
            params![CODES_LOCK],
            |row| row.get::<bool>(0),
        )?
        .unwrap_or(false);
    if !is_our_turn {
        return Ok(OpenCodeAnswer::Busy);
    }
    if let Some(full) = full(tx, op)? {
        return Ok(full);
    }
    let code = &op.code;
    let earlier = tx.all(
        "SELECT id, message_id FROM login_codes WHERE address = $1 AND channel = $2
           AND purpose <> 'farewell' AND ended_at IS NULL",
        params![code.handle.as_str(), code.channel.as_str()],
        read_ids,
    )?;
    for (id, message) in earlier {
        end(tx, id, message, "followed", op.at)?;
    }
    put(tx, code, &op.message, op.at)?;
    Ok(OpenCodeAnswer::Opened)
}

/// Keeps a code and the message that brings it.
pub(crate) fn put(
    tx: &mut Tx<'_>,
    code: &NewCode,
    message: &NewMessage,
    at: Timestamp,
) -> Done<()> {
    tx.run(
        "INSERT INTO users (id, name, created_at, updated_at, erased_at) VALUES ($1, '', $2, $2, $2)",
        params![code.id.as_bytes(), at.as_micros()],
    )?;
    let seq = accept::store(tx, message, at)?.seq;
    tx.run(
        "INSERT INTO login_codes (id, message_id, address, country, network, locale, browser, salt,
           hash, opened_at, expires_at, channel, purpose, user_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        params![
            code.id.as_bytes(),
            message.id.as_bytes(),
            code.handle.as_str(),
            code.country,
            code.network,
            code.locale,
            code.browser,
            code.salt,
            code.hash,
            at.as_micros(),
            code.expires_at.as_micros(),
            code.channel.as_str(),
            code.purpose.as_str(),
            code.member.as_ref().map(MemberId::as_bytes)
        ],
    )?;
    // Also where only the hash of an erased member's address says so, which the planner does not see (G18).
    let now = consent::current(tx, code.channel, &code.handle, Purpose::All)?;
    if now.state == ConsentState::OptedOut
        && let Some(found) = tx.place(seq.0)?
    {
        let message = place::subject_of(tx, &found)?;
        let status = DeliveryStatus::Suppressed;
        place::end_place(tx, &found, &message, status, Some("opted_out"), at)?;
    }
    Ok(())
}

/// The ceiling that is reached, if one is.
fn full(tx: &Tx<'_>, op: &OpenCode) -> Done<Option<OpenCodeAnswer>> {
    let (code, most) = (&op.code, &op.ceilings);
    let (hour, day) = (most.hour_from.as_micros(), most.day_from.as_micros());
    let counts: [(&str, &str, i64, u32, OpenCodeAnswer); 4] = [
        (
            "SELECT count(*) FROM login_codes
             WHERE address = $1 AND opened_at > $2 AND purpose <> 'farewell'",
            code.handle.as_str(),
            hour,
            most.address_per_hour,
            OpenCodeAnswer::AddressCeiling,
        ),
        (
            "SELECT count(*) FROM login_codes
             WHERE network = $1 AND opened_at > $2 AND purpose <> 'farewell'",
            &code.network,
            hour,
            most.network_per_hour,
            OpenCodeAnswer::NetworkCeiling,
        ),
        (
            "SELECT count(*) FROM login_codes
             WHERE country = $1 AND opened_at > $2 AND purpose <> 'farewell'",
            &code.country,
            day,
            most.country_per_day,
            OpenCodeAnswer::CountryCeiling,
        ),
        (
            "SELECT count(*) FROM login_codes
             WHERE $1 <> '' AND opened_at > $2 AND purpose <> 'farewell'",
            &code.country,
            day,
            most.per_day,
            OpenCodeAnswer::Ceiling,
        ),
    ];
    for (sql, of, since, max, answer) in counts {
        let count: u32 = tx
            .one(sql, params![of, since], |row| row.get(0))?
            .unwrap_or(0);
        if count >= max {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

/// See [`store::Op::SpendTry`]. The newest code of an address is the only one, whoever asked for it. What is asked
/// of the row itself is asked again where another node has just changed it.
pub(crate) fn spend_try(tx: &mut Tx<'_>, op: &SpendTry) -> Done<SpendTryAnswer> {
    tx.one(
        "UPDATE login_codes SET tries = tries + 1 WHERE id = (
           SELECT c.id FROM login_codes c
           WHERE c.browser = $1 AND c.ended_at IS NULL AND c.expires_at > $2 AND c.tries < $3
             AND c.purpose = $4
             AND NOT EXISTS (SELECT 1 FROM login_codes n WHERE n.address = c.address
               AND n.channel = c.channel AND n.purpose <> 'farewell'
               AND (n.opened_at, n.id) > (c.opened_at, c.id))
           ORDER BY c.opened_at DESC, c.id DESC LIMIT 1)
           AND tries < $3 AND ended_at IS NULL
         RETURNING id, address, country, salt, hash, tries, user_id",
        params![
            op.browser,
            op.at.as_micros(),
            op.tries_max,
            op.purpose.as_str()
        ],
        |row| {
            let tries: u32 = row.get(5)?;
            let broken = |place| move |_| corrupt(place, "not as many bytes");
            Ok(CodeToTry {
                id: member_id(row, 0, "login_codes.id")?,
                member: if row.is_null(6)? {
                    None
                } else {
                    Some(member_id(row, 6, "login_codes.user_id")?)
                },
                handle: word(row, 1, "login_codes.address")?,
                country: text(row, 2, "login_codes.country")?.to_owned(),
                salt: row
                    .get::<&[u8]>(3)?
                    .try_into()
                    .map_err(broken("login_codes.salt"))?,
                hash: row
                    .get::<&[u8]>(4)?
                    .try_into()
                    .map_err(broken("login_codes.hash"))?,
                left: op.tries_max.saturating_sub(tries),
            })
        },
    )
}

/// See [`store::Op::UseCode`].
pub(crate) fn use_up(tx: &mut Tx<'_>, op: &UseCode) -> Done<bool> {
    let message = tx.one(
        // Two nodes that are told the same code at once take turns, and the second finds it used.
        "SELECT message_id FROM login_codes WHERE id = $1 AND ended_at IS NULL AND expires_at > $2
         FOR UPDATE",
        params![op.id.as_bytes(), op.at.as_micros()],
        |row| message_id(row, 0, "login_codes.message_id"),
    )?;
    let Some(message) = message else {
        return Ok(false);
    };
    end(tx, op.id, message, "used", op.at)?;
    Ok(true)
}

/// See [`store::Op::EndCodes`].
pub(crate) fn end_old(tx: &mut Tx<'_>, op: &EndCodes) -> Done<u32> {
    let over = tx.all(
        "SELECT id, message_id FROM login_codes WHERE ended_at IS NULL AND expires_at <= $1
         ORDER BY opened_at LIMIT $2",
        params![op.at.as_micros(), ENDED_MAX],
        read_ids,
    )?;
    for (id, message) in &over {
        end(tx, *id, *message, "over", op.at)?;
    }
    Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
}

/// Ends a code: what still waits is not sent, and the digits stand nowhere any more.
fn end(tx: &mut Tx<'_>, id: MemberId, message: MessageId, why: &str, at: Timestamp) -> Done<()> {
    tx.run(
        "UPDATE login_codes SET ended_at = $2, ended_why = $3 WHERE id = $1",
        params![id.as_bytes(), at.as_micros(), why],
    )?;
    let call_back = Cancel { id: message, at };
    let _too_late_or_not = cancel::cancel(tx, &call_back)?;
    // The message may still be on its way into the table.
    tx.flush_and_forget()?;
    tx.run(
        "UPDATE messages SET content = '' WHERE id = $1",
        params![message.as_bytes()],
    )?;
    Ok(())
}

/// Which codes are forgotten.
pub(crate) enum Forgotten<'a> {
    /// Those that count no longer.
    Before(Timestamp),
    /// Those that went to an address.
    To(&'a Handle),
    /// Those a member asked for, to prove something of theirs.
    Of(MemberId),
}

/// Forgets codes.
pub(crate) fn forget(tx: &mut Tx<'_>, which: &Forgotten<'_>, at: Timestamp) -> Done<u32> {
    let forgotten = match which {
        Forgotten::Before(instant) => tx.all(
            "SELECT id, message_id FROM login_codes WHERE opened_at < $1 ORDER BY opened_at LIMIT $2",
            params![instant.as_micros(), ENDED_MAX],
            read_ids,
        )?,
        Forgotten::To(handle) => tx.all(
            "SELECT id, message_id FROM login_codes WHERE address = $1 LIMIT $2",
            params![handle.as_str(), ENDED_MAX],
            read_ids,
        )?,
        Forgotten::Of(member) => tx.all(
            "SELECT id, message_id FROM login_codes WHERE user_id = $1 LIMIT $2",
            params![member.as_bytes(), ENDED_MAX],
            read_ids,
        )?,
    };
    for (id, message) in &forgotten {
        end(tx, *id, *message, "over", at)?;
        copies::note_messages(tx, &EraseMember { id: *id, at })?;
        erase::empty_messages(tx, *id)?;
        tx.run(
            "DELETE FROM login_codes WHERE id = $1",
            params![id.as_bytes()],
        )?;
    }
    Ok(u32::try_from(forgotten.len()).unwrap_or(u32::MAX))
}

/// What is past keeping.
pub(super) fn tidy(tx: &mut Tx<'_>, at: Timestamp) -> Done<u32> {
    let codes = forget(tx, &Forgotten::Before(at - CODES_KEPT), at)?;
    let sessions = tx.run(
        "DELETE FROM member_sessions WHERE expires_at <= $1",
        params![at.as_micros()],
    )?;
    Ok(codes + u32::try_from(sessions).unwrap_or(u32::MAX))
}

/// See [`store::Op::OpenSession`].
pub(crate) fn open_session(tx: &mut Tx<'_>, op: &OpenSession) -> Done<bool> {
    let session = &op.session;
    if members::read(tx, session.member)?.is_none() {
        return Ok(false);
    }
    tx.run(
        "INSERT INTO member_sessions (key, user_id, opened_at, expires_at) VALUES ($1, $2, $3, $4)",
        params![
            session.key,
            session.member.as_bytes(),
            op.at.as_micros(),
            session.expires_at.as_micros()
        ],
    )?;
    Ok(true)
}

/// See [`store::Op::UseSession`].
pub(crate) fn use_session(tx: &mut Tx<'_>, op: &UseSession) -> Done<bool> {
    let used = tx.run(
        "UPDATE member_sessions SET used_at = $2 WHERE key = $1",
        params![op.key, op.at.as_micros()],
    )?;
    Ok(used > 0)
}

/// See [`store::Op::EndSessions`].
pub(crate) fn end_sessions(tx: &mut Tx<'_>, op: &EndSessions) -> Done<u32> {
    let ended = tx.run(
        "DELETE FROM member_sessions WHERE user_id = $1 AND coalesce(key = $2, true)",
        params![op.member.as_bytes(), op.only],
    )?;
    Ok(u32::try_from(ended).unwrap_or(u32::MAX))
}

fn read_ids(row: &Row) -> Done<(MemberId, MessageId)> {
    Ok((
        member_id(row, 0, "login_codes.id")?,
        message_id(row, 1, "login_codes.message_id")?,
    ))
}
