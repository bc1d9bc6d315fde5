//! Codes that prove whose phone it is, and sessions (G34, G35).
//!
//! A code's message belongs to nobody: a row of `users` that is erased from its first moment. So a number that
//! is no member's can be written to by the ordinary way, and no member's messages hold a code.

use domain::{
    Channel, ConsentState, DeliveryStatus, Handle, MemberId, MessageId, Purpose, Seconds, Timestamp,
};
use store::ops::{
    Cancel, EndCodes, EndSessions, EraseMember, OpenCode, OpenCodeAnswer, OpenSession, SpendTry,
    SpendTryAnswer, UseCode,
};
use store::records::CodeToTry;

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
        "SELECT id, message_id FROM login_codes WHERE address = $1 AND ended_at IS NULL",
        params![code.phone.as_e164()],
        read_ids,
    )?;
    for (id, message) in earlier {
        end(tx, id, message, "followed", op.at)?;
    }
    tx.run(
        "INSERT INTO users (id, name, created_at, updated_at, erased_at) VALUES ($1, '', $2, $2, $2)",
        params![code.id.as_bytes(), op.at.as_micros()],
    )?;
    let seq = accept::store(tx, &op.message, op.at)?.seq;
    tx.run(
        "INSERT INTO login_codes (id, message_id, address, country, network, locale, browser, salt,
           hash, opened_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            code.id.as_bytes(),
            op.message.id.as_bytes(),
            code.phone.as_e164(),
            code.country,
            code.network,
            code.locale,
            code.browser,
            code.salt,
            code.hash,
            op.at.as_micros(),
            code.expires_at.as_micros()
        ],
    )?;
    // Also where only the hash of an erased member's address says so, which the planner does not see (G18).
    let handle = Handle::Phone(code.phone.clone());
    let now = consent::current(tx, Channel::Sms, &handle, Purpose::All)?;
    if now.state == ConsentState::OptedOut
        && let Some(found) = tx.place(seq.0)?
    {
        let message = place::subject_of(tx, &found)?;
        let status = DeliveryStatus::Suppressed;
        place::end_place(tx, &found, &message, status, Some("opted_out"), op.at)?;
    }
    Ok(OpenCodeAnswer::Opened)
}

/// The ceiling that is reached, if one is.
fn full(tx: &Tx<'_>, op: &OpenCode) -> Done<Option<OpenCodeAnswer>> {
    let (code, most) = (&op.code, &op.ceilings);
    let (hour, day) = (most.hour_from.as_micros(), most.day_from.as_micros());
    let counts: [(&str, &str, i64, u32, OpenCodeAnswer); 4] = [
        (
            "SELECT count(*) FROM login_codes WHERE address = $1 AND opened_at > $2",
            code.phone.as_e164(),
            hour,
            most.address_per_hour,
            OpenCodeAnswer::AddressCeiling,
        ),
        (
            "SELECT count(*) FROM login_codes WHERE network = $1 AND opened_at > $2",
            &code.network,
            hour,
            most.network_per_hour,
            OpenCodeAnswer::NetworkCeiling,
        ),
        (
            "SELECT count(*) FROM login_codes WHERE country = $1 AND opened_at > $2",
            &code.country,
            day,
            most.country_per_day,
            OpenCodeAnswer::CountryCeiling,
        ),
        (
            "SELECT count(*) FROM login_codes WHERE $1 <> '' AND opened_at > $2",
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
             AND NOT EXISTS (SELECT 1 FROM login_codes n WHERE n.address = c.address
               AND (n.opened_at, n.id) > (c.opened_at, c.id))
           ORDER BY c.opened_at DESC, c.id DESC LIMIT 1)
           AND tries < $3 AND ended_at IS NULL
         RETURNING id, address, country, salt, hash, tries",
        params![op.browser, op.at.as_micros(), op.tries_max],
        |row| {
            let tries: u32 = row.get(5)?;
            let broken = |place| move |_| corrupt(place, "not as many bytes");
            Ok(CodeToTry {
                id: member_id(row, 0, "login_codes.id")?,
                phone: word(row, 1, "login_codes.address")?,
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

/// Forgets codes that count no longer, and those of an address that is to be forgotten.
pub(crate) fn forget(
    tx: &mut Tx<'_>,
    before: Timestamp,
    address: Option<&Handle>,
    at: Timestamp,
) -> Done<u32> {
    let forgotten = tx.all(
        "SELECT id, message_id FROM login_codes WHERE opened_at < $1 AND coalesce(address = $2, true)
         ORDER BY opened_at LIMIT $3",
        params![before.as_micros(), address.map(Handle::as_str), ENDED_MAX],
        read_ids,
    )?;
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
    let codes = forget(tx, at - CODES_KEPT, None, at)?;
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
