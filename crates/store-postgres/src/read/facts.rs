//! Everything the planner needs of places, in a few statements for all of them.

use crate::sql::{Query, Row, Sql, Value, params};
use domain::{Channel, FreeEntry, Handle, Kind, Purpose, SessionWindow, Timestamp};
use rustc_hash::FxHashMap;
use store::Seq;
use store::questions::FactsOf;
use store::records::{ConsentRecord, MessageFacts, WindowRecord};

use crate::columns::{
    handle, instant, instant_opt, lane_out, message_id_opt, private_opt, text, word, word_opt,
};
use crate::fault::{Done, corrupt};
use crate::read::{BEGIN, all, logins, one, outbound};
use crate::rows::{open_questions, read_member};

/// A member without a profile is none. What few have is looked up where it is there.
const PLACES: &str =
    "SELECT p.user_id, u.phone_number, u.name, u.email, u.country, u.created_at, u.updated_at,
       p.preferred_messaging_provider, p.whatsapp_number, p.time_zone, p.locale,
       p.preferred_send_hour, p.programme, p.daily_workouts, p.weekly_checkins,
       p.chat_responses, p.system_notifications, p.cohort,
       m.id, m.client_id, m.kind, m.queue_name, m.channel, m.critical, m.content, m.media,
       m.template, m.variables, m.not_before, m.expires_at, m.in_reply_to, m.occasion,
       m.knocks_for, m.attempts_max, m.blocks, m.created_at,
       q.sequence_number, q.lane, q.status, q.due, q.held_why, q.attempts, q.retry_count,
       q.cancel_requested, q.possible_repeat,
       CASE WHEN q.attempts > 0 THEN (SELECT channel FROM attempts
         WHERE id = q.sequence_number * 256 + q.attempts) END,
       CASE WHEN m.in_reply_to IS NOT NULL THEN (SELECT channel_used FROM messages r
         WHERE r.id = m.in_reply_to) END,
       (SELECT switches_version FROM instance)
     FROM message_queues q JOIN messages m ON m.seq = ANY(ARRAY[q.sequence_number])
       LEFT JOIN users u ON u.id = ANY(ARRAY[m.client_id]) AND u.erased_at IS NULL
       LEFT JOIN user_profiles p ON p.user_id = ANY(ARRAY[u.id])
     WHERE q.sequence_number = ANY($1::bigint[])";

/// See [`store::questions::FactsOf`]. In a transaction of its own, in two goes.
pub(crate) fn facts_of(c: &Sql, q: &FactsOf) -> Done<Vec<Option<MessageFacts>>> {
    let seqs: Vec<i64> = q.seqs.iter().map(|seq| seq.0).collect();
    let queries = [
        Query::new(BEGIN, &[]),
        Query::new(PLACES, &[Value::Ints(&seqs)]),
    ];
    let rows = c.pipeline(&queries)?;
    let mut facts: FxHashMap<i64, MessageFacts> = FxHashMap::default();
    for row in rows.last().map_or(&[][..], Vec::as_slice) {
        let one = read_facts(row)?;
        facts.insert(one.seq.0, one);
    }
    of_codes(c, &mut facts)?;
    of_addresses(c, facts.values_mut().collect())?;
    Ok(seqs.iter().map(|seq| facts.get(seq).cloned()).collect())
}

/// Codes are for whoever has the phone they go to.
fn of_codes(c: &Sql, facts: &mut FxHashMap<i64, MessageFacts>) -> Done<()> {
    let codes: Vec<_> = facts
        .values()
        .map(|one| &one.message)
        .filter(|message| message.kind == Kind::LoginCode)
        .map(|message| message.id)
        .collect();
    if codes.is_empty() {
        return Ok(());
    }
    let mut members: FxHashMap<_, _> = logins::addressees(c, &codes)?.into_iter().collect();
    for one in facts.values_mut() {
        if one.message.kind == Kind::LoginCode {
            one.member = members.remove(&one.message.id);
        }
    }
    Ok(())
}

fn read_facts(row: &Row) -> Done<MessageFacts> {
    let member = if row.is_null(0)? {
        None
    } else {
        Some(read_member(row)?)
    };
    Ok(MessageFacts {
        member,
        message: outbound::read(row, 18)?,
        created_at: instant(row, 35)?,
        seq: Seq(row.get(36)?),
        lane: lane_out(row.get(37)?),
        place: word(row, 38, "message_queues.status")?,
        due: instant_opt(row, 39)?,
        held_why: row.get(40)?,
        attempts_begun: row.get(41)?,
        attempts_counted: row.get(42)?,
        cancel_requested: row.get(43)?,
        possible_repeat: row.get(44)?,
        last_channel: word_opt(row, 45, "attempts.channel")?,
        reply_channel: word_opt(row, 46, "messages.channel_used")?,
        switches_version: row.get(47)?,
        consents: Vec::new(),
        windows: Vec::new(),
        unreachable: Vec::new(),
    })
}

type ByAddress<T> = FxHashMap<(Channel, String), T>;

/// What is known of the addresses of each member; ends the transaction.
fn of_addresses(c: &Sql, facts: Vec<&mut MessageFacts>) -> Done<()> {
    let mut handles: ByAddress<Handle> = FxHashMap::default();
    for member in facts.iter().filter_map(|one| one.member.as_ref()) {
        for channel in Channel::ALL {
            if let Some(handle) = member.handle(*channel) {
                handles.insert((*channel, handle.as_str().to_owned()), handle);
            }
        }
    }
    let (keys, addresses): (Vec<_>, Vec<_>) = handles
        .keys()
        .map(|(channel, address)| (Value::Text(channel.as_str()), Value::Text(address)))
        .unzip();
    let on_whatsapp: Vec<_> = handles
        .keys()
        .filter(|(channel, _)| *channel == Channel::Whatsapp)
        .map(|(_, address)| Value::Text(address))
        .collect();
    let of = [Value::List(&keys), Value::List(&addresses)];
    let queries = [
        Query::new(CONSENTS, &of),
        Query::new(UNREACHABLE, &of),
        Query::new(WINDOWS, &[Value::List(&on_whatsapp)]),
        Query::new("COMMIT", &[]),
    ];
    let answers = c.pipeline(&queries)?;
    let [consents, unreachable, windows, ..] = answers.as_slice() else {
        return Err(corrupt("consents", "fewer answers than questions"));
    };
    let consents = read_consents(consents, &handles)?;
    let unreachable = read_unreachable(unreachable)?;
    let windows = read_windows(windows)?;
    for one in facts {
        let Some(member) = &one.member else { continue };
        for channel in Channel::ALL {
            let Some(handle) = member.handle(*channel) else {
                continue;
            };
            let key = (*channel, handle.as_str().to_owned());
            if let Some(found) = consents.get(&key) {
                one.consents.extend(found.iter().cloned());
            }
            let times = unreachable.get(&key).into_iter().flatten();
            one.unreachable.extend(times.map(|at| (*channel, *at)));
            if *channel == Channel::Whatsapp
                && let Some(found) = windows.get(&key.1)
            {
                one.windows.extend(
                    found
                        .iter()
                        .map(|(sender, window, free_entry)| WindowRecord {
                            sender: sender.clone(),
                            handle: handle.clone(),
                            window: *window,
                            free_entry: *free_entry,
                        }),
                );
            }
        }
    }
    Ok(())
}

const CONSENTS: &str =
    "SELECT c.channel, c.address, c.purpose, c.state, c.version, c.changed_at, c.source,
       c.wording, c.asked_at, c.doubt_since, c.doubt_why, c.doubt_message
     FROM (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS address) AS of
     CROSS JOIN LATERAL (SELECT * FROM consents
       WHERE channel = of.channel AND address = of.address OFFSET 0) AS c";

fn read_consents(rows: &[Row], handles: &ByAddress<Handle>) -> Done<ByAddress<Vec<ConsentRecord>>> {
    let mut consents: ByAddress<Vec<ConsentRecord>> = FxHashMap::default();
    for row in rows {
        let key: (Channel, String) = (word(row, 0, "consents.channel")?, row.get(1)?);
        let Some(handle) = handles.get(&key) else {
            continue;
        };
        let record = ConsentRecord {
            channel: key.0,
            handle: handle.clone(),
            purpose: word::<Purpose>(row, 2, "consents.purpose")?,
            state: word(row, 3, "consents.state")?,
            version: row.get(4)?,
            changed_at: instant_opt(row, 5)?,
            source: row.get(6)?,
            wording: private_opt(row, 7)?,
            open: open_questions(row, 8)?,
        };
        consents.entry(key).or_default().push(record);
    }
    Ok(consents)
}

/// Mostly there are none at all.
const UNREACHABLE: &str = "SELECT u.channel, u.address, u.at, u.earlier_at
     FROM (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS address) AS of
     CROSS JOIN LATERAL (SELECT * FROM unreachable_addresses
       WHERE channel = of.channel AND address = of.address OFFSET 0) AS u
     WHERE EXISTS (SELECT 1 FROM unreachable_addresses)";

fn read_unreachable(rows: &[Row]) -> Done<ByAddress<Vec<Timestamp>>> {
    rows.iter()
        .map(|row| {
            let channel: Channel = word(row, 0, "unreachable_addresses.channel")?;
            let times = [Some(instant(row, 2)?), instant_opt(row, 3)?];
            let times = times.into_iter().flatten().collect();
            Ok(((channel, row.get(1)?), times))
        })
        .collect()
}

const WINDOWS: &str =
    "SELECT address, sender, ends_at, entry_until, free_until FROM session_windows
     WHERE address = ANY($1::text[])";

/// One window: our sender, when it ends, and whether they came by an advertisement.
type Window = (Handle, SessionWindow, FreeEntry);

fn read_windows(rows: &[Row]) -> Done<FxHashMap<String, Vec<Window>>> {
    let mut windows: FxHashMap<String, Vec<Window>> = FxHashMap::default();
    for row in rows {
        let address = text(row, 0, "session_windows.address")?.to_owned();
        let sender = handle(row, 1, "session_windows.sender")?;
        let window = (sender, session(row, 2)?, free_entry(row, 3)?);
        windows.entry(address).or_default().push(window);
    }
    Ok(windows)
}

fn session(row: &Row, at: usize) -> Done<SessionWindow> {
    Ok(SessionWindow {
        ends_at: instant(row, at)?,
    })
}

fn free_entry(row: &Row, first: usize) -> Done<FreeEntry> {
    Ok(FreeEntry {
        answer_by: instant_opt(row, first)?,
        free_until: instant_opt(row, first + 1)?,
    })
}

/// The statements, for whoever looks at their plans.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 4] = [PLACES, CONSENTS, UNREACHABLE, WINDOWS];

/// The consents of an address.
pub(crate) fn consents(
    c: &Sql,
    channel: Channel,
    of: &Handle,
    into: &mut Vec<ConsentRecord>,
) -> Done<()> {
    let found = all(
        c,
        "SELECT purpose, state, version, changed_at, source, wording, asked_at, doubt_since,
           doubt_why, doubt_message FROM consents
         WHERE channel = $1 AND address = $2",
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
pub(crate) fn windows(c: &Sql, of: &Handle, into: &mut Vec<WindowRecord>) -> Done<()> {
    let found = all(
        c,
        "SELECT sender, ends_at, entry_until, free_until FROM session_windows WHERE address = $1",
        params![of.as_str()],
        |row| {
            Ok(WindowRecord {
                sender: handle(row, 0, "session_windows.sender")?,
                handle: of.clone(),
                window: session(row, 1)?,
                free_entry: free_entry(row, 2)?,
            })
        },
    )?;
    into.extend(found);
    Ok(())
}

/// Messages linked to one: the inbound it answers, the body it knocks for, and the other way round.
pub(crate) fn linked(c: &Sql, id: domain::MessageId, seq: i64) -> Done<Vec<domain::MessageId>> {
    let own = one(
        c,
        "SELECT in_reply_to, knocks_for FROM messages WHERE seq = $1",
        params![seq],
        |row| {
            Ok([
                message_id_opt(row, 0, "messages.in_reply_to")?,
                message_id_opt(row, 1, "messages.knocks_for")?,
            ])
        },
    )?;
    let mut linked: Vec<_> = own.into_iter().flatten().flatten().collect();
    for sql in [
        "SELECT id FROM messages WHERE in_reply_to = $1 ORDER BY seq",
        "SELECT id FROM messages WHERE knocks_for = $1 ORDER BY seq",
    ] {
        linked.extend(all(c, sql, params![id.as_bytes()], |row| {
            crate::columns::message_id(row, 0, "messages.id")
        })?);
    }
    Ok(linked)
}
