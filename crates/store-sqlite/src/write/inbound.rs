//! Inbound messages with everything they cause, in one transaction (G3, G14, G24), and their answer.

use domain::{Channel, ConsentEvent, MemberId, MessageId, PlaceState, Purpose};
use rusqlite::params;
use store::ops::{AnswerInbound, ForAnswer, RecordInbound, RecordInboundAnswer};
use store::records::{ConsentEntry, NewInbound, Opens, Proof, WITH_PERSON};
use store::{Answer, Notice, Op};

use crate::columns::micros;
use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::write::accept;
use crate::write::act;
use crate::write::coach_turns;
use crate::write::consent;
use crate::write::conversations::{Heard, heard, keeper, waits_no_more};
use crate::write::members;
use crate::write::place::{place, wait_again};

/// See [`store::Op::RecordInbound`].
pub(crate) fn record(tx: &mut Tx<'_>, op: &RecordInbound) -> Done<RecordInboundAnswer> {
    let inbound = &op.inbound;
    if is_known(tx, inbound)? {
        return Ok(RecordInboundAnswer::Repeated);
    }
    let member = consent::members_at(tx, inbound.channel, &inbound.from)?
        .first()
        .copied();
    let released = match (member, op.effects.window) {
        (Some(member), Some(_)) if !op.effects.keeps_held => release(tx, member)?,
        _ => 0,
    };
    let entry = consent_of(tx, op, member.is_some())?;
    let entry = consent::unless_too_late(tx, entry, inbound.received_at)?;
    // What confirmed something is answered by our saying so.
    let confirmed = entry
        .as_ref()
        .is_some_and(|entry| entry.event == ConsentEvent::OptIn);
    let is_answered = confirmed || (released > 0 && op.effects.release_answers);
    let needs_answer = op.effects.needs_answer && !is_answered;
    match member {
        Some(member) => insert(tx, op, member, needs_answer)?,
        None => insert_stranger(tx, inbound)?,
    }
    tx.event(&Event {
        at: inbound.received_at,
        kind: "message.received",
        member,
        message: Some(inbound.id),
        detail: inbound.channel.as_str(),
    })?;
    if tx.memory.unreachable > 0 {
        // Whoever writes can be reached.
        tx.run(
            "DELETE FROM unreachable_addresses WHERE channel = ?1 AND address = ?2",
            params![inbound.channel.as_str(), inbound.from.as_str()],
        )?;
    }
    if let Some(window) = op.effects.window {
        tx.run(
            "INSERT INTO session_windows (address, sender, ends_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (address, sender) DO UPDATE SET ends_at = excluded.ends_at
             WHERE excluded.ends_at > ends_at",
            params![
                inbound.from.as_str(),
                inbound.to.as_str(),
                window.ends_at.as_micros()
            ],
        )?;
    }
    if let Some(until) = op.effects.free_entry {
        tx.run(
            "UPDATE session_windows SET entry_until = max(coalesce(entry_until, 0), ?3)
             WHERE address = ?1 AND sender = ?2",
            params![
                inbound.from.as_str(),
                inbound.to.as_str(),
                until.as_micros()
            ],
        )?;
    }
    let consent = match entry {
        None => None,
        Some(entry) => {
            let mut change = consent::change(tx, &entry, inbound.received_at)?;
            for (channel, handle) in &op.effects.also_stops {
                let also = ConsentEntry {
                    channel: *channel,
                    handle: handle.clone(),
                    ..entry.clone()
                };
                let also = consent::change(tx, &also, inbound.received_at)?;
                change.suppressed.extend(also.suppressed);
                change.begun.extend(also.begun);
            }
            Some(Box::new(change))
        }
    };
    if member.is_some() {
        let activity = &mut tx.memory.activity;
        activity.heard(inbound.channel, inbound.received_at);
    }
    if member.is_some() && needs_answer {
        tx.count("inbound", "unanswered", 1);
        tx.notices.push(Notice::Inbound);
    }
    Ok(RecordInboundAnswer::Recorded {
        member,
        consent,
        released,
    })
}

/// What it changes about the consent of its sender.
fn consent_of(tx: &Tx<'_>, op: &RecordInbound, by_member: bool) -> Done<Option<ConsentEntry>> {
    let (inbound, effects) = (&op.inbound, &op.effects);
    let entry = |event, source, opens| ConsentEntry {
        channel: inbound.channel,
        handle: inbound.from.clone(),
        purpose: Purpose::All,
        event,
        own_act: true,
        source,
        wording: Some(inbound.text.clone()),
        actor: "member".into(),
        proof: Proof {
            wording_version: None,
            evidence: Some(format!(
                "{}:{}",
                inbound.provider, inbound.provider_message_id
            )),
            said_at: effects.said_at,
        },
        opens,
    };
    if let Some(event) = effects.consent {
        let source = format!("{}_keyword", inbound.channel);
        return Ok(Some(entry(event, source, None)));
    }
    if let Some(why) = effects.doubt.as_ref().filter(|_| by_member) {
        let opens = Opens::Doubt {
            why: why.clone(),
            message: inbound.id,
        };
        let source = format!("{}_message", inbound.channel);
        return Ok(Some(entry(ConsentEvent::Doubt, source, Some(opens))));
    }
    let Some(since) = effects.confirms_since else {
        return Ok(None);
    };
    let now = consent::current(tx, inbound.channel, &inbound.from, Purpose::All)?;
    let asked = now.open.answered_by_yes(since, effects.said_at);
    let source = format!("{}_reply", inbound.channel);
    Ok(asked.then(|| entry(ConsentEvent::OptIn, source, None)))
}

/// Whether it was stored before, under a member or as a stranger's.
fn is_known(tx: &Tx<'_>, inbound: &NewInbound) -> Done<bool> {
    let key = params![
        inbound.provider.as_str(),
        inbound.account,
        inbound.provider_message_id
    ];
    // One without an account was there when the database that this is a copy of was taken over.
    let known = tx.one(
        "SELECT 1 FROM messages WHERE direction = 'inbound' AND provider = ?1 AND account = ?2
           AND provider_message_id = ?3
         UNION ALL
         SELECT 1 FROM messages WHERE direction = 'inbound' AND provider = ?1 AND account IS NULL
           AND provider_message_id = ?3",
        key,
        |_| Ok(()),
    )?;
    if known.is_some() {
        return Ok(true);
    }
    let known = tx.one(
        "SELECT 1 FROM stranger_messages WHERE provider = ?1 AND account = ?2
           AND provider_message_id = ?3",
        key,
        |_| Ok(()),
    )?;
    Ok(known.is_some())
}

fn media(inbound: &NewInbound) -> Option<String> {
    (!inbound.media.is_empty()).then(|| {
        let rows = inbound
            .media
            .iter()
            .map(|(url, kind)| serde_json::json!([url, kind]));
        serde_json::Value::Array(rows.collect()).to_string()
    })
}

fn insert(tx: &Tx<'_>, op: &RecordInbound, member: MemberId, needs_answer: bool) -> Done<()> {
    let inbound = &op.inbound;
    tx.run(
        "INSERT INTO messages (id, client_id, direction, delivery_status, channel_used, phone_from,
           phone_to, provider, provider_message_id, created_at, unanswered, account, button, media,
           metadata, content, answer_from)
         VALUES (?1, ?2, 'inbound', 'delivered', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        params![
            inbound.id.as_bytes(),
            member.as_bytes(),
            inbound.channel.as_str(),
            inbound.from.as_str(),
            inbound.to.as_str(),
            inbound.provider.as_str(),
            inbound.provider_message_id,
            inbound.received_at.as_micros(),
            needs_answer.then_some(1),
            inbound.account,
            inbound.button,
            media(inbound),
            inbound.metadata,
            inbound.text.as_str(),
            micros(op.effects.answer_from.filter(|_| needs_answer))
        ],
    )?;
    Ok(())
}

fn insert_stranger(tx: &Tx<'_>, inbound: &NewInbound) -> Done<()> {
    tx.run(
        "INSERT INTO stranger_messages (id, provider, account, provider_message_id, channel,
           address, sender, button, media, metadata, content, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            inbound.id.as_bytes(),
            inbound.provider.as_str(),
            inbound.account,
            inbound.provider_message_id,
            inbound.channel.as_str(),
            inbound.from.as_str(),
            inbound.to.as_str(),
            inbound.button,
            media(inbound),
            inbound.metadata,
            inbound.text.as_str(),
            inbound.received_at.as_micros()
        ],
    )?;
    Ok(())
}

/// Puts what waited for the member's reply back into its lane.
pub(crate) fn release(tx: &mut Tx<'_>, member: MemberId) -> Done<u32> {
    let held = tx.all(
        "SELECT q.sequence_number FROM messages m
         JOIN message_queues q ON q.sequence_number = m.seq
         WHERE m.client_id = ?1
           AND m.seq >= (SELECT coalesce(min(sequence_number), 0) FROM message_queues)
           AND q.status = 'held' AND q.released_by_reply = 1 ORDER BY m.seq",
        [member.as_bytes()],
        |row| Ok(row.get::<_, i64>(0)?),
    )?;
    let mut released = 0;
    for seq in held {
        if let Some(place) = place(tx, seq)?.filter(|place| place.state == PlaceState::Held) {
            wait_again(tx, &place, None, place.counted, None)?;
            released += 1;
        }
    }
    Ok(released)
}

/// Whoever asks to be written to on a channel is tried there again.
fn reachable_again(tx: &mut Tx<'_>, member: MemberId, channel: Channel) -> Done<()> {
    let known = members::read(tx, member)?;
    if let Some(handle) = known.and_then(|member| member.handle(channel)) {
        tx.run(
            "DELETE FROM unreachable_addresses WHERE channel = ?1 AND address = ?2",
            params![channel.as_str(), handle.as_str()],
        )?;
    }
    Ok(())
}

/// See [`store::Op::ForAnswer`]. All lanes are this process's.
pub(crate) fn for_answer(
    tx: &mut Tx<'_>,
    op: &ForAnswer,
    apply: fn(&mut Tx<'_>, &Op) -> Done<Answer>,
) -> Done<Option<Answer>> {
    let waits = tx.one(
        "SELECT 1 FROM messages WHERE id = ?1 AND unanswered = 1 AND left_to IS NULL",
        [op.whose.inbound.as_bytes()],
        |_| Ok(()),
    )?;
    match waits {
        Some(()) => apply(tx, &op.operation).map(Some),
        None => Ok(None),
    }
}

/// See [`store::Op::AnswerInbound`].
pub(crate) fn answer(tx: &mut Tx<'_>, op: &AnswerInbound) -> Done<bool> {
    let answered = answered(tx, op)?;
    coach_turns::end(tx, op, answered)?;
    Ok(answered)
}

fn answered(tx: &mut Tx<'_>, op: &AnswerInbound) -> Done<bool> {
    let Some(last) = heard(tx, op.inbound)? else {
        let strangers = tx.run(
            "UPDATE stranger_messages SET answered_at = ?2 WHERE id = ?1 AND answered_at IS NULL",
            params![op.inbound.as_bytes(), op.at.as_micros()],
        )?;
        return Ok(strangers > 0);
    };
    let (seq, member) = (last.seq, last.member);
    let mut all = Vec::with_capacity(op.also.len() + 1);
    for id in &op.also {
        all.extend(heard(tx, *id)?);
    }
    all.push(last);
    if !may_be_answered(tx, op, &all, member)? {
        return Ok(false);
    }
    if let Some(chosen) = &op.chosen {
        tx.run(
            "UPDATE messages SET button = ?2, in_reply_to = ?3 WHERE seq = ?1",
            params![
                seq,
                chosen.id,
                chosen.offer.as_ref().map(MessageId::as_bytes)
            ],
        )?;
        tx.event(&Event {
            at: op.at,
            kind: "message.chosen",
            member: Some(member),
            message: Some(op.inbound),
            detail: &chosen.id,
        })?;
    }
    if let Some(channel) = op.prefers {
        reachable_again(tx, member, channel)?;
        members::prefer(tx, member, channel, "asked_for", op.at)?;
    }
    let found = match &op.act {
        Some(found) => act::act(tx, member, found, op.at)? > 0,
        None => true,
    };
    let mut reply = None;
    for one in if found { &op.replies } else { &op.otherwise } {
        // A reply that was made before, or whose member is gone, is no reason to answer twice.
        let stored = accept::one(tx, one, op.at)?;
        reply = reply.or(stored.ok().map(|accepted| accepted.id));
    }
    let reply = reply.as_ref().map(MessageId::as_bytes);
    for heard in &all {
        let left = op.left.as_ref().filter(|left| left.holds(heard.id));
        let (kind, why) = if let Some(left) = left {
            tx.run(
                "UPDATE messages SET left_to = ?2, answer_id = ?3 WHERE seq = ?1",
                params![heard.seq, left.why, reply],
            )?;
            tx.count("inbound", "unanswered", -1);
            tx.count("inbound", "left", 1);
            ("message.left", Some(&left.why))
        } else {
            tx.run(
                    "UPDATE messages SET unanswered = NULL, answered_at = ?2, reason = ?3, answer_id = ?4
                     WHERE seq = ?1",
                    params![heard.seq, op.at.as_micros(), op.dismissed, reply],
                )?;
            waits_no_more(tx, heard);
            ("message.answered", op.dismissed.as_ref())
        };
        tx.event(&Event {
            at: op.at,
            kind,
            member: Some(member),
            message: Some(heard.id),
            detail: why.map_or("", |why| why),
        })?;
    }
    Ok(true)
}

/// Whether nobody has answered any of them, and whether it is the rules that have to.
fn may_be_answered(tx: &Tx<'_>, op: &AnswerInbound, all: &[Heard], member: MemberId) -> Done<bool> {
    let is_open = |heard: &Heard| {
        !heard.is_answered && heard.left_to.is_none() && (heard.waits || op.left.is_none())
    };
    if all.len() != op.also.len() + 1 || !all.iter().all(is_open) {
        return Ok(false);
    }
    if op.dismissed.is_none() {
        let is_kept = keeper(tx, member)?.is_some();
        let is_for_keeper = op.left.as_ref().is_some_and(|left| left.why == WITH_PERSON);
        if is_kept != is_for_keeper {
            return Ok(false);
        }
    }
    let told = op.left.as_ref().filter(|_| !op.replies.is_empty());
    let Some((why, since)) = told.and_then(|left| Some((&left.why, left.unless_replied_since?)))
    else {
        return Ok(true);
    };
    let replied = tx.one(
        "SELECT 1 FROM messages WHERE client_id = ?1 AND left_to = ?2 AND answer_id IS NOT NULL
           AND created_at > ?3 LIMIT 1",
        params![member.as_bytes(), why, since.as_micros()],
        |_| Ok(()),
    )?;
    Ok(replied.is_none())
}
