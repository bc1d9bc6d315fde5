//! Members who go from one address to another. Consent stays behind: it was given for an address by whoever had it.

use domain::{Channel, ConsentEvent, ConsentState, Handle, Purpose, Timestamp};
use rusqlite::params;
use store::ops::{EraseMember, UpdateMember};
use store::records::{ConsentEntry, FormerAddress, Member, Proof};

use crate::columns::{instant, word};
use crate::fault::Done;

use crate::tx::Tx;
use crate::write::{consent, logins};

/// What they agreed to for addresses that are theirs no longer ends there, and `begin` refuses what was decided
/// for one.
pub(super) fn leave(tx: &mut Tx<'_>, op: &UpdateMember, before: &Member, now: &Member) -> Done<()> {
    for channel in Channel::ALL {
        let Some(old) = before.handle(*channel) else {
            continue;
        };
        if now.handle(*channel).as_ref() == Some(&old) {
            continue;
        }
        tx.run(
            "INSERT INTO former_addresses (user_id, channel, address, left_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
            params![
                op.id.as_bytes(),
                channel.as_str(),
                old.as_str(),
                op.at.as_micros()
            ],
        )?;
        if consent::members_at(tx, *channel, &old)?.is_empty() {
            stay_behind(tx, op, *channel, &old)?;
        }
    }
    Ok(())
}

fn stay_behind(tx: &mut Tx<'_>, op: &UpdateMember, channel: Channel, handle: &Handle) -> Done<()> {
    for purpose in Purpose::ALL {
        if consent::current(tx, channel, handle, *purpose)?.version == 0 {
            continue;
        }
        let own_act = op.proved.is_some();
        let entry = ConsentEntry {
            channel,
            handle: handle.clone(),
            purpose: *purpose,
            event: ConsentEvent::Left,
            own_act,
            source: "address_left".into(),
            wording: None,
            actor: if own_act { "member" } else { "system" }.into(),
            proof: Proof::default(),
            opens: None,
        };
        consent::change(tx, &entry, op.at)?;
    }
    Ok(())
}

/// What goes with an address they proved.
pub(super) fn prove(tx: &mut Tx<'_>, op: &UpdateMember) -> Done<()> {
    let Some(proved) = &op.proved else {
        return Ok(());
    };
    for entry in &proved.consents {
        consent::change(tx, entry, op.at)?;
    }
    if let Some((code, message)) = &proved.farewell {
        logins::put(tx, code, message, op.at)?;
    }
    Ok(())
}

/// Forgets where somebody could be written to before: what is from their time, and nobody's after them.
pub(super) fn forget(tx: &mut Tx<'_>, op: &EraseMember) -> Done<()> {
    let id = op.id.as_bytes();
    let former = tx.all(
        "SELECT channel, address, left_at FROM former_addresses WHERE user_id = ?1",
        [id],
        |row| {
            Ok(FormerAddress {
                channel: word(row, 0, "former_addresses.channel")?,
                handle: word(row, 1, "former_addresses.address")?,
                left_at: instant(row, 2)?,
            })
        },
    )?;
    for one in &former {
        forget_one(tx, one, op.at)?;
    }
    tx.run("DELETE FROM former_addresses WHERE user_id = ?1", [id])?;
    Ok(())
}

fn forget_one(tx: &mut Tx<'_>, former: &FormerAddress, at: Timestamp) -> Done<()> {
    let (on, handle) = (former.channel.as_str(), former.handle.as_str());
    for purpose in Purpose::ALL {
        let state = consent::current(tx, former.channel, &former.handle, *purpose)?.state;
        if state == ConsentState::OptedOut {
            let hash = consent::erased_hash(tx, former.channel, &former.handle, *purpose)?;
            tx.run(
                "INSERT INTO erased_addresses (hash, erased_at) VALUES (?1, ?2)
                 ON CONFLICT (hash) DO UPDATE SET erased_at = max(erased_addresses.erased_at, excluded.erased_at)",
                params![hash, at.as_micros()],
            )?;
        }
    }
    let left = former.left_at.as_micros();
    tx.run(
        "DELETE FROM consent_ledger WHERE channel = ?1 AND address = ?2 AND at <= ?3",
        params![on, handle, left],
    )?;
    tx.run(
        "DELETE FROM consents WHERE channel = ?1 AND address = ?2 AND changed_at <= ?3",
        params![on, handle, left],
    )?;
    if !consent::members_at(tx, former.channel, &former.handle)?.is_empty() {
        return Ok(());
    }
    for table in ["unreachable_addresses", "slowdowns", "reached_people"] {
        tx.run_made(
            &format!("DELETE FROM {table} WHERE channel = ?1 AND address = ?2"),
            params![on, handle],
        )?;
    }
    tx.run(
        "DELETE FROM session_windows WHERE address = ?1",
        params![handle],
    )?;
    Ok(())
}
