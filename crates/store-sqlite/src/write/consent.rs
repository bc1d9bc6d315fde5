//! Consent of addresses (GUARANTEES 2.5) and what an opt-out silences (G14).
//!
//! An opt-out for everything ends what waits or is held *to that address*: places of members whose
//! address on that channel it is, when the message asks for that channel, or asks for none and the
//! member has opted in on no other channel. What may still go elsewhere stays and is planned again,
//! because the version its decision used has moved. The answer to the keyword is exempt. An
//! opt-out of marketing ends nothing here, the store does not know what is marketing: it raises the
//! version of both purposes, so that whatever was decided is decided again.

use domain::{
    AttemptId, Channel, ConsentEvent, ConsentState, DeliveryStatus, Handle, Kind, MemberId,
    MessageId, PlaceState, Purpose, Text, Timestamp,
};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::params;
use sha2::Sha256;
use store::ops::ConsentChange;
use store::records::{ConsentEntry, ConsentRecord, OpenQuestions, Opens, Proof, last_against};

use crate::columns::{attempt_key, instant, member_id, micros, word, word_opt};
use crate::fault::{Done, corrupt};
use crate::rows::open_questions;
use crate::tx::{Event, Tx};
use crate::write::accept;
use crate::write::place::{end_place, keep_decision, place, subject_of};

/// See [`store::Op::ChangeConsent`].
pub(crate) fn change(tx: &mut Tx<'_>, entry: &ConsentEntry, at: Timestamp) -> Done<ConsentChange> {
    let (record, asks) = write(tx, entry, at)?;
    let members = members_at(tx, entry.channel, &entry.handle)?;
    if entry.channel == Channel::Whatsapp {
        for member in &members {
            mirror(tx, *member)?;
        }
    }
    tx.event(&Event {
        at,
        kind: "consent.changed",
        member: members.first().copied(),
        message: None,
        detail: &format!("{} {}", entry.channel, record.state),
    })?;
    let (suppressed, begun) =
        if record.state == ConsentState::OptedOut && entry.purpose == Purpose::All {
            let mut silenced = members;
            silenced.extend(codes_to(tx, entry.channel, &entry.handle)?);
            silence(tx, entry.channel, &entry.handle, &silenced, at)?
        } else {
            (Vec::new(), Vec::new())
        };
    if let (true, Some(Opens::Request(request))) = (asks, &entry.opens) {
        // One that was asked before, or whose member is gone, is not asked again.
        let _stored = accept::one(tx, request, at)?;
    }
    Ok(ConsentChange {
        record,
        suppressed,
        begun,
    })
}

/// Writes ledger and state; the flag says that it asks for a confirmation which was not asked for yet.
fn write(tx: &mut Tx<'_>, entry: &ConsentEntry, at: Timestamp) -> Done<(ConsentRecord, bool)> {
    let before = current(tx, entry.channel, &entry.handle, entry.purpose)?;
    let version = before.version;
    let state = before.state.after(entry.event, entry.own_act);
    let open = before.open.after(entry, state, at);
    let asks = before.open.asked_at.is_none() && open.asked_at.is_some();
    let record = ConsentRecord {
        channel: entry.channel,
        handle: entry.handle.clone(),
        purpose: entry.purpose,
        state,
        version: version + 1,
        changed_at: Some(at),
        source: entry.source.clone(),
        wording: entry.wording.clone(),
        open,
    };
    put(tx, &record, at)?;
    enter(tx, entry, (record.state, record.version), at)?;
    if entry.purpose == Purpose::Marketing {
        raise_version_for_all(tx, entry, at)?;
    }
    Ok((record, asks))
}

/// Writes a line of the ledger: what happened, and the state and version after it.
fn enter(
    tx: &Tx<'_>,
    entry: &ConsentEntry,
    (state, version): (ConsentState, u32),
    at: Timestamp,
) -> Done<()> {
    tx.run(
        "INSERT INTO consent_ledger (channel, address, purpose, event, own_act, state, version,
           source, wording, actor, at, wording_version, evidence, said_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            entry.channel.as_str(),
            entry.handle.as_str(),
            entry.purpose.as_str(),
            entry.event.as_str(),
            entry.own_act,
            state.as_str(),
            version,
            entry.source,
            entry.wording.as_ref().map(Text::as_str),
            entry.actor,
            at.as_micros(),
            entry.proof.wording_version,
            entry.proof.evidence,
            micros(entry.proof.said_at)
        ],
    )?;
    Ok(())
}

/// What an inbound message says of consent, unless it was said before something against it: then the ledger keeps that it
/// was said, and nothing changes.
pub(crate) fn unless_too_late(
    tx: &Tx<'_>,
    entry: Option<ConsentEntry>,
    at: Timestamp,
) -> Done<Option<ConsentEntry>> {
    let Some(entry) = entry else {
        return Ok(None);
    };
    let said_at = entry.proof.said_at;
    // What may never come too late asks for nothing.
    if !entry.event.comes_too_late(said_at, said_at) {
        return Ok(Some(entry));
    }
    let now = current(tx, entry.channel, &entry.handle, entry.purpose)?;
    let mut against_at = against_at(tx, &entry)?;
    if against_at.is_none() && now.state == ConsentState::OptedOut {
        // Of somebody who was erased; otherwise nobody knows since when.
        let erased = erased_at(tx, entry.channel, &entry.handle, entry.purpose)?;
        against_at = Some(erased.unwrap_or(at));
    }
    if !entry.event.comes_too_late(said_at, against_at) {
        return Ok(Some(entry));
    }
    enter(tx, &entry, (now.state, now.version), at)?;
    Ok(None)
}

/// When something was last said against the address of this entry.
fn against_at(tx: &Tx<'_>, entry: &ConsentEntry) -> Done<Option<Timestamp>> {
    let lines = tx.all(
        "SELECT event, state, coalesce(said_at, at) FROM consent_ledger
         WHERE address = ?2 AND channel = ?1 AND purpose = ?3",
        params![
            entry.channel.as_str(),
            entry.handle.as_str(),
            entry.purpose.as_str()
        ],
        |row| {
            Ok((
                word(row, 0, "consent_ledger.event")?,
                word(row, 1, "consent_ledger.state")?,
                instant(row, 2)?,
            ))
        },
    )?;
    Ok(last_against(lines))
}

fn put(tx: &Tx<'_>, record: &ConsentRecord, at: Timestamp) -> Done<()> {
    let doubt = record.open.doubt.as_ref();
    tx.run(
        "INSERT INTO consents (channel, address, purpose, state, version, changed_at, source, wording,
           asked_at, doubt_since, doubt_why, doubt_message)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (channel, address, purpose) DO UPDATE SET state = excluded.state,
           version = excluded.version, changed_at = excluded.changed_at, source = excluded.source,
           wording = excluded.wording, asked_at = excluded.asked_at,
           doubt_since = excluded.doubt_since, doubt_why = excluded.doubt_why,
           doubt_message = excluded.doubt_message",
        params![
            record.channel.as_str(),
            record.handle.as_str(),
            record.purpose.as_str(),
            record.state.as_str(),
            record.version,
            at.as_micros(),
            record.source,
            record.wording.as_ref().map(Text::as_str),
            micros(record.open.asked_at),
            doubt.map(|doubt| doubt.since.as_micros()),
            doubt.map(|doubt| doubt.why.as_str()),
            doubt.and_then(|doubt| doubt.message.as_ref().map(MessageId::as_bytes))
        ],
    )?;
    Ok(())
}

/// `begin` compares one version, that of everything; a change for marketing must move it too.
fn raise_version_for_all(tx: &Tx<'_>, entry: &ConsentEntry, at: Timestamp) -> Done<()> {
    let raised = tx.run(
        "UPDATE consents SET version = version + 1
         WHERE channel = ?1 AND address = ?2 AND purpose = 'all'",
        params![entry.channel.as_str(), entry.handle.as_str()],
    )?;
    if raised == 0 {
        let Current { state, version, .. } =
            current(tx, entry.channel, &entry.handle, Purpose::All)?;
        let record = ConsentRecord {
            channel: entry.channel,
            handle: entry.handle.clone(),
            purpose: Purpose::All,
            state,
            version: version + 1,
            changed_at: Some(at),
            source: entry.source.clone(),
            wording: None,
            open: OpenQuestions::default(),
        };
        put(tx, &record, at)?;
    }
    Ok(())
}

/// A consent as it stands.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) state: ConsentState,
    pub(crate) version: u32,
    pub(crate) open: OpenQuestions,
}

/// The consent now. An address that was opted out when its member was erased starts there again
/// (G18).
pub(crate) fn current(
    tx: &Tx<'_>,
    channel: Channel,
    handle: &Handle,
    purpose: Purpose,
) -> Done<Current> {
    let known = tx.one(
        "SELECT state, version, asked_at, doubt_since, doubt_why, doubt_message FROM consents
         WHERE channel = ?1 AND address = ?2 AND purpose = ?3",
        params![channel.as_str(), handle.as_str(), purpose.as_str()],
        |row| {
            Ok(Current {
                state: word(row, 0, "consents.state")?,
                version: row.get(1)?,
                open: open_questions(row, 2)?,
            })
        },
    )?;
    if let Some(known) = known {
        return Ok(known);
    }
    let erased = erased_at(tx, channel, handle, purpose)?;
    Ok(Current {
        state: erased.map_or(ConsentState::Unknown, |_| ConsentState::OptedOut),
        version: 0,
        open: OpenQuestions::default(),
    })
}

/// When an address was erased as opted out.
fn erased_at(
    tx: &Tx<'_>,
    channel: Channel,
    handle: &Handle,
    purpose: Purpose,
) -> Done<Option<Timestamp>> {
    tx.one(
        "SELECT erased_at FROM erased_addresses WHERE hash = ?1",
        [erased_hash(tx, channel, handle, purpose)?],
        |row| instant(row, 0),
    )
}

/// The keyed hash of an address as it is kept after an erasure.
pub(crate) fn erased_hash(
    tx: &Tx<'_>,
    channel: Channel,
    handle: &Handle,
    purpose: Purpose,
) -> Done<Vec<u8>> {
    let mut hash = Hmac::<Sha256>::new_from_slice(&tx.memory.hash_key)
        .map_err(|_| corrupt("erased_addresses.hash", "no key"))?;
    for part in [channel.as_str(), purpose.as_str(), handle.as_str()] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    Ok(hash.finalize().into_bytes().to_vec())
}

/// Brings back the opt-out of an erased address that turns up again.
pub(crate) fn remember_erased(
    tx: &mut Tx<'_>,
    channel: Channel,
    handle: &Handle,
    at: Timestamp,
) -> Done<()> {
    for purpose in Purpose::ALL {
        let now = current(tx, channel, handle, *purpose)?;
        if now.state == ConsentState::OptedOut && now.version == 0 {
            let entry = ConsentEntry {
                channel,
                handle: handle.clone(),
                purpose: *purpose,
                event: ConsentEvent::Import,
                own_act: false,
                source: "erased_address".into(),
                wording: None,
                actor: "system".into(),
                proof: Proof::default(),
                opens: None,
            };
            write(tx, &entry, at)?;
        }
    }
    Ok(())
}

/// Members whose address on the channel this is.
pub(crate) fn members_at(tx: &Tx<'_>, channel: Channel, handle: &Handle) -> Done<Vec<MemberId>> {
    let sql = match channel {
        Channel::Sms => "SELECT id FROM users WHERE phone_number = ?1",
        Channel::Whatsapp => {
            "SELECT user_id FROM user_profiles WHERE whatsapp_number = ?1
             UNION
             SELECT u.id FROM users u JOIN user_profiles p ON p.user_id = u.id
             WHERE u.phone_number = ?1 AND p.whatsapp_number IS NULL"
        }
        Channel::Email => "SELECT id FROM users WHERE email = ?1",
        Channel::Web => return member_itself(tx, handle),
    };
    tx.all(sql, [handle.as_str()], |row| member_id(row, 0, "users.id"))
}

/// In the web chat an address is a member's id.
fn member_itself(tx: &Tx<'_>, handle: &Handle) -> Done<Vec<MemberId>> {
    let Ok(id) = handle.as_str().parse::<MemberId>() else {
        return Ok(Vec::new());
    };
    let known = tx.one(
        "SELECT 1 FROM users WHERE id = ?1 AND erased_at IS NULL",
        [id.as_bytes()],
        |_| Ok(()),
    )?;
    Ok(known.map(|()| id).into_iter().collect())
}

/// Codes on their way to an address, whose messages are nobody's.
fn codes_to(tx: &Tx<'_>, channel: Channel, handle: &Handle) -> Done<Vec<MemberId>> {
    tx.all(
        "SELECT id FROM login_codes WHERE address = ?1 AND channel = ?2",
        params![handle.as_str(), channel.as_str()],
        |row| member_id(row, 0, "login_codes.id"),
    )
}

/// Keeps the plan's columns in step with the ledger.
pub(crate) fn mirror(tx: &Tx<'_>, member: MemberId) -> Done<()> {
    tx.run(
        "UPDATE user_profiles SET (whatsapp_opt_in, whatsapp_opt_in_date) = (
           SELECT coalesce(max(c.state = 'opted_in'), 0),
             max(CASE WHEN c.state = 'opted_in' THEN c.changed_at END)
           FROM users u LEFT JOIN consents c ON c.channel = 'whatsapp' AND c.purpose = 'all'
             AND c.address = coalesce(user_profiles.whatsapp_number, u.phone_number)
           WHERE u.id = user_profiles.user_id)
         WHERE user_id = ?1",
        [member.as_bytes()],
    )?;
    Ok(())
}

/// Ends what waits to an opted-out address and lists what is already begun to it.
fn silence(
    tx: &mut Tx<'_>,
    channel: Channel,
    handle: &Handle,
    members: &[MemberId],
    at: Timestamp,
) -> Done<(Vec<MessageId>, Vec<AttemptId>)> {
    let (mut suppressed, mut begun) = (Vec::new(), Vec::new());
    for member in members {
        let elsewhere = opted_in_elsewhere(tx, *member, channel)?;
        for (seq, kind, wish) in places_of(tx, *member)? {
            let Some(place) = place(tx, seq)? else {
                continue;
            };
            match place.state {
                PlaceState::Waiting | PlaceState::Held => {
                    let to_it = match wish {
                        Some(wish) => wish == channel,
                        None => !elsewhere,
                    };
                    if !to_it || kind == Some(Kind::KeywordReply) {
                        continue;
                    }
                    let message = subject_of(tx, &place)?;
                    keep_decision(
                        tx,
                        seq,
                        at,
                        r#"{"decision":"suppress","reason":"opted_out"}"#,
                    )?;
                    end_place(
                        tx,
                        &place,
                        &message,
                        DeliveryStatus::Suppressed,
                        Some("opted_out"),
                        at,
                    )?;
                    suppressed.push(place.message);
                }
                PlaceState::Begun => {
                    let key = attempt_key(seq, place.begun);
                    let to_it = tx.one(
                        "SELECT 1 FROM attempts
                         WHERE id = ?1 AND channel = ?2 AND address = ?3 AND settled_at IS NULL",
                        params![key, channel.as_str(), handle.as_str()],
                        |_| Ok(()),
                    )?;
                    if to_it.is_some() {
                        begun.push(AttemptId {
                            message: place.message,
                            number: place.begun,
                        });
                    }
                }
                PlaceState::Unconfirmed | PlaceState::AwaitingReceipt | PlaceState::Ended => {}
            }
        }
    }
    Ok((suppressed, begun))
}

/// A place's number with its message's kind and wished channel.
type MemberPlace = (i64, Option<Kind>, Option<Channel>);

/// The places of a member, by way of the listing index.
pub(crate) fn places_of(tx: &Tx<'_>, member: MemberId) -> Done<Vec<MemberPlace>> {
    tx.all(
        "SELECT m.seq, m.kind, m.channel FROM messages m
         JOIN message_queues q ON q.sequence_number = m.seq
         WHERE m.client_id = ?1
           AND m.seq >= (SELECT coalesce(min(sequence_number), 0) FROM message_queues)
         ORDER BY m.seq",
        [member.as_bytes()],
        |row| {
            Ok((
                row.get(0)?,
                word_opt(row, 1, "messages.kind")?,
                word_opt(row, 2, "messages.channel")?,
            ))
        },
    )
}

/// Whether the member has opted in on another channel than this one.
fn opted_in_elsewhere(tx: &Tx<'_>, member: MemberId, channel: Channel) -> Done<bool> {
    let found = tx.one(
        "SELECT 1 FROM users u JOIN user_profiles p ON p.user_id = u.id
         JOIN consents c ON c.state = 'opted_in' AND c.purpose = 'all' AND c.channel <> ?2
           AND ((c.channel = 'sms' AND c.address = u.phone_number)
             OR (c.channel = 'whatsapp' AND c.address = coalesce(p.whatsapp_number, u.phone_number))
             OR (c.channel = 'email' AND c.address = u.email)
             OR (c.channel = 'web' AND c.address = ?3))
         WHERE u.id = ?1",
        params![
            member.as_bytes(),
            channel.as_str(),
            Handle::member(member).as_str()
        ],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}
