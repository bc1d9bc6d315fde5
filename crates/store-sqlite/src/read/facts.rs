//! Everything the planner needs of a place, in one go.

use domain::{Channel, FreeEntry, Handle, Kind, Purpose, SessionWindow};
use rusqlite::{Connection, params};
use store::Seq;
use store::questions::FactsOf;
use store::records::{ConsentRecord, Member, MessageFacts, WindowRecord};

use crate::columns::{
    attempt_key, handle, instant, instant_opt, lane_out, message_id_opt, private_opt, word,
    word_opt,
};
use crate::fault::Done;
use crate::read::{all, logins, one, outbound};
use crate::rows::open_questions;

/// See [`store::questions::FactsOf`].
pub(crate) fn facts_of(c: &Connection, q: &FactsOf) -> Done<Vec<Option<MessageFacts>>> {
    let switches_version = one(c, "SELECT switches_version FROM instance", [], |row| {
        Ok(row.get(0)?)
    })?
    .unwrap_or(0);
    q.seqs
        .iter()
        .map(|seq| facts(c, *seq, switches_version))
        .collect()
}

fn facts(c: &Connection, seq: Seq, switches_version: u32) -> Done<Option<MessageFacts>> {
    let found = one(
        c,
        "SELECT q.lane, q.status, q.due, q.held_why, q.attempts, q.retry_count,
           q.cancel_requested, q.possible_repeat, m.created_at,
           m.id, m.client_id, m.kind, m.queue_name, m.channel, m.critical, m.content, m.media,
           m.template, m.variables, m.not_before, m.expires_at, m.in_reply_to, m.occasion,
           m.knocks_for, m.attempts_max, m.blocks
         FROM message_queues q JOIN messages m ON m.seq = q.sequence_number
         WHERE q.sequence_number = ?1",
        [seq.0],
        |row| {
            Ok(MessageFacts {
                seq,
                lane: lane_out(row.get(0)?),
                message: outbound::read(row, 9)?,
                created_at: instant(row, 8)?,
                place: word(row, 1, "message_queues.status")?,
                due: instant_opt(row, 2)?,
                held_why: row.get(3)?,
                attempts_begun: row.get(4)?,
                attempts_counted: row.get(5)?,
                last_channel: None,
                possible_repeat: row.get(7)?,
                cancel_requested: row.get(6)?,
                member: None,
                consents: Vec::new(),
                windows: Vec::new(),
                unreachable: Vec::new(),
                reply_channel: None,
                switches_version,
            })
        },
    )?;
    let Some(mut facts) = found else {
        return Ok(None);
    };
    if facts.attempts_begun > 0 {
        facts.last_channel = one(
            c,
            "SELECT channel FROM attempts WHERE id = ?1",
            [attempt_key(seq.0, facts.attempts_begun)],
            |row| word(row, 0, "attempts.channel"),
        )?;
    }
    if let Some(inbound) = facts.message.in_reply_to {
        facts.reply_channel = one(
            c,
            "SELECT channel_used FROM messages WHERE id = ?1",
            [inbound.as_bytes()],
            |row| word_opt(row, 0, "messages.channel_used"),
        )?
        .flatten();
    }
    let member = match facts.message.kind {
        Kind::LoginCode => logins::addressee(c, facts.message.id)?,
        _ => crate::rows::member(c, facts.message.member)?,
    };
    if let Some(member) = member {
        of_member(c, &member, &mut facts)?;
        facts.member = Some(member);
    }
    Ok(Some(facts))
}

fn of_member(c: &Connection, member: &Member, facts: &mut MessageFacts) -> Done<()> {
    for channel in Channel::ALL {
        let Some(handle) = member.handle(*channel) else {
            continue;
        };
        consents(c, *channel, &handle, &mut facts.consents)?;
        if *channel == Channel::Web {
            // Nobody is unreachable on our own page.
            continue;
        }
        let unreachable = one(
            c,
            "SELECT at, earlier_at FROM unreachable_addresses WHERE channel = ?1 AND address = ?2",
            params![channel.as_str(), handle.as_str()],
            |row| Ok((instant(row, 0)?, instant_opt(row, 1)?)),
        )?;
        if let Some((at, earlier)) = unreachable {
            let times = [Some(at), earlier].into_iter().flatten();
            facts.unreachable.extend(times.map(|at| (*channel, at)));
        }
        if *channel == Channel::Whatsapp {
            windows(c, &handle, &mut facts.windows)?;
        }
    }
    Ok(())
}

/// The consents of an address.
pub(crate) fn consents(
    c: &Connection,
    channel: Channel,
    of: &Handle,
    into: &mut Vec<ConsentRecord>,
) -> Done<()> {
    let found = all(
        c,
        "SELECT purpose, state, version, changed_at, source, wording, asked_at, doubt_since,
           doubt_why, doubt_message FROM consents
         WHERE channel = ?1 AND address = ?2",
        params![channel.as_str(), of.as_str()],
        |row| {
            Ok(ConsentRecord {
                channel,
                handle: of.clone(),
                purpose: word::<Purpose>(row, 0, "consents.purpose")?,
                state: word(row, 1, "consents.state")?,
                version: row.get(2)?,
                changed_at: instant_opt(row, 3)?,
                source: row.get(4)?,
                wording: private_opt(row, 5)?,
                open: open_questions(row, 6)?,
            })
        },
    )?;
    into.extend(found);
    Ok(())
}

/// The windows of an address.
pub(crate) fn windows(c: &Connection, of: &Handle, into: &mut Vec<WindowRecord>) -> Done<()> {
    let found = all(
        c,
        "SELECT sender, ends_at, entry_until, free_until FROM session_windows WHERE address = ?1",
        [of.as_str()],
        |row| {
            Ok(WindowRecord {
                sender: handle(row, 0, "session_windows.sender")?,
                handle: of.clone(),
                window: SessionWindow {
                    ends_at: instant(row, 1)?,
                },
                free_entry: FreeEntry {
                    answer_by: instant_opt(row, 2)?,
                    free_until: instant_opt(row, 3)?,
                },
            })
        },
    )?;
    into.extend(found);
    Ok(())
}

/// Messages linked to one: the inbound it answers, the body it knocks for, and the other way round.
pub(crate) fn linked(
    c: &Connection,
    id: domain::MessageId,
    seq: i64,
) -> Done<Vec<domain::MessageId>> {
    let own = one(
        c,
        "SELECT in_reply_to, knocks_for FROM messages WHERE seq = ?1",
        [seq],
        |row| {
            Ok([
                message_id_opt(row, 0, "messages.in_reply_to")?,
                message_id_opt(row, 1, "messages.knocks_for")?,
            ])
        },
    )?;
    let mut linked: Vec<_> = own.into_iter().flatten().flatten().collect();
    for sql in [
        "SELECT id FROM messages WHERE in_reply_to = ?1 ORDER BY seq",
        "SELECT id FROM messages WHERE knocks_for = ?1 ORDER BY seq",
    ] {
        linked.extend(all(c, sql, [id.as_bytes()], |row| {
            crate::columns::message_id(row, 0, "messages.id")
        })?);
    }
    Ok(linked)
}
