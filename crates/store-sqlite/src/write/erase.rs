//! Erasing a member (G18, G39): what waits ends, content and identity go, the rows that other rows
//! count on stay empty. What is overwritten is overwritten with zeros, free pages included.

use domain::{Channel, ConsentState, DeliveryStatus, Handle, MemberId, PlaceState, Purpose};
use rusqlite::params;
use store::ops::EraseMember;
use store::records::Member;

use crate::columns::ERASED;
use crate::fault::Done;
use crate::tx::Tx;
use crate::write::addresses;
use crate::write::consent;
use crate::write::copies;
use crate::write::dead_letters;
use crate::write::logins::{self, Forgotten};
use crate::write::members;
use crate::write::notes;
use crate::write::place::{end_place, place, subject_of};
use crate::write::subscriptions;
use crate::write::{operators, second_factors};

/// See [`store::Op::EraseMember`].
pub(crate) fn erase(tx: &mut Tx<'_>, op: &EraseMember) -> Done<bool> {
    let Some(member) = members::read(tx, op.id)? else {
        return Ok(false);
    };
    end_places(tx, op)?;
    tx.connection.execute_batch("PRAGMA secure_delete = ON")?;
    let erased = empty(tx, op, &member);
    tx.connection.execute_batch("PRAGMA secure_delete = OFF")?;
    erased?;
    tx.count("members", "all", -1);
    tx.event(&members::event("member.erased", op.id, op.at))?;
    Ok(true)
}

fn end_places(tx: &mut Tx<'_>, op: &EraseMember) -> Done<()> {
    for (seq, _, _) in consent::places_of(tx, op.id)? {
        let Some(place) = place(tx, seq)? else {
            continue;
        };
        match place.state {
            PlaceState::Waiting | PlaceState::Held => {
                let message = subject_of(tx, &place)?;
                end_place(
                    tx,
                    &place,
                    &message,
                    DeliveryStatus::Suppressed,
                    Some("erased"),
                    op.at,
                )?;
            }
            PlaceState::Begun
            | PlaceState::Unconfirmed
            | PlaceState::AwaitingReceipt
            | PlaceState::Ended => {
                tx.run(
                    "UPDATE message_queues SET cancel_requested = 1 WHERE sequence_number = ?1",
                    [seq],
                )?;
            }
        }
    }
    Ok(())
}

fn empty(tx: &mut Tx<'_>, op: &EraseMember, member: &Member) -> Done<()> {
    let id = op.id.as_bytes();
    for (word, left) in [("unanswered", "IS NULL"), ("left", "IS NOT NULL")] {
        let sql = format!(
            "SELECT count(*) FROM messages WHERE unanswered = 1 AND left_to {left} AND client_id = ?1"
        );
        let waiting: i64 = tx.prepared(&sql)?.query_row([id], |row| row.get(0))?;
        tx.count("inbound", word, -waiting);
    }
    copies::note_messages(tx, op)?;
    empty_messages(tx, op.id)?;
    tx.run("DELETE FROM occasions WHERE client_id = ?1", [id])?;
    tx.run("DELETE FROM enrolments WHERE user_id = ?1", [id])?;
    tx.run("DELETE FROM pauses WHERE user_id = ?1", [id])?;
    tx.run("DELETE FROM logged_sets WHERE user_id = ?1", [id])?;
    tx.run("DELETE FROM counted_sends WHERE user_id = ?1", [id])?;
    tx.run("DELETE FROM occurrences WHERE user_id = ?1", [id])?;
    tx.run("DELETE FROM conversations WHERE client_id = ?1", [id])?;
    tx.run("DELETE FROM coach_turns WHERE user_id = ?1", [id])?;
    tx.run("DELETE FROM member_sessions WHERE user_id = ?1", [id])?;
    operators::forget(tx, op.id)?;
    second_factors::forget_member(tx, op.id)?;
    notes::forget(tx, op.id)?;
    dead_letters::forget(tx, op.id)?;
    subscriptions::erase(tx, op)?;
    tx.run("DELETE FROM user_profiles WHERE user_id = ?1", [id])?;
    tx.run(
        "UPDATE users SET phone_number = NULL, name = '', email = NULL, country = NULL,
           updated_at = ?2, erased_at = ?2 WHERE id = ?1",
        params![id, op.at.as_micros()],
    )?;
    logins::forget(tx, &Forgotten::Of(op.id), op.at)?;
    addresses::forget(tx, op)?;
    for channel in Channel::ALL {
        if let Some(handle) = member.handle(*channel) {
            forget_address(tx, *channel, &handle, op)?;
        }
    }
    Ok(())
}

/// Takes words and addresses out of somebody's messages.
pub(super) fn empty_messages(tx: &Tx<'_>, member: MemberId) -> Done<()> {
    let id = member.as_bytes();
    tx.run(
        "UPDATE attempts SET sender = ?2, address = ?2, decision = '{}', error = NULL
         WHERE id IN (SELECT a.id FROM messages m
           JOIN attempts a ON a.id BETWEEN m.seq * 256 AND m.seq * 256 + 255
           WHERE m.client_id = ?1)",
        params![id, ERASED],
    )?;
    tx.run(
        "UPDATE decisions SET decision = '{}'
         WHERE seq IN (SELECT seq FROM messages WHERE client_id = ?1)",
        [id],
    )?;
    tx.run(
        "UPDATE messages SET content = '', media = NULL, blocks = NULL, variables = NULL,
           metadata = '{}',
           phone_from = NULL, phone_to = NULL, button = NULL, occasion = NULL,
           delivery_error = NULL, unanswered = NULL, answer_from = NULL, left_to = NULL, answer_id = NULL,
           answered_by = NULL WHERE client_id = ?1",
        [id],
    )?;
    Ok(())
}

/// Removes what is kept of an address, unless another member has it too.
fn forget_address(
    tx: &mut Tx<'_>,
    channel: Channel,
    handle: &Handle,
    op: &EraseMember,
) -> Done<()> {
    if !consent::members_at(tx, channel, handle)?.is_empty() {
        return Ok(());
    }
    logins::forget(tx, &Forgotten::To(handle), op.at)?;
    for purpose in Purpose::ALL {
        if consent::current(tx, channel, handle, *purpose)?.state == ConsentState::OptedOut {
            let hash = consent::erased_hash(tx, channel, handle, *purpose)?;
            tx.run(
                "INSERT INTO erased_addresses (hash, erased_at) VALUES (?1, ?2)
                 ON CONFLICT (hash) DO UPDATE SET erased_at = max(erased_addresses.erased_at, excluded.erased_at)",
                params![hash, op.at.as_micros()],
            )?;
        }
    }
    let address = params![channel.as_str(), handle.as_str()];
    tx.run(
        "DELETE FROM consents WHERE channel = ?1 AND address = ?2",
        address,
    )?;
    tx.run(
        "DELETE FROM consent_ledger WHERE channel = ?1 AND address = ?2",
        address,
    )?;
    tx.run(
        "DELETE FROM unreachable_addresses WHERE channel = ?1 AND address = ?2",
        address,
    )?;
    tx.run(
        "DELETE FROM slowdowns WHERE channel = ?1 AND address = ?2",
        address,
    )?;
    tx.run(
        "DELETE FROM reached_people WHERE channel = ?1 AND address = ?2",
        address,
    )?;
    copies::note_strangers(tx, channel.as_str(), handle.as_str(), op.at)?;
    tx.run(
        "DELETE FROM stranger_messages WHERE channel = ?1 AND address = ?2",
        address,
    )?;
    if channel == Channel::Whatsapp {
        tx.run(
            "DELETE FROM session_windows WHERE address = ?1",
            [handle.as_str()],
        )?;
    }
    Ok(())
}
