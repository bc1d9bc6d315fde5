//! Places, counts, the outbox, what waits for an answer, switches.

use domain::{Channel, DeliveryStatus, Kind, Timestamp, UtcDay};
use rusqlite::{Connection, params};
use store::Seq;
use store::activity::ActivityKey;
use store::costs::{CostKey, CostSums, currency_of};
use store::questions::{EventsAfter, EventsWaiting, LastInbound, Places, StatsNow};
use store::records::{EventRecord, OfferRecord, PlaceRecord, Stats, SwitchRecord};

use crate::columns::{
    bytes, instant, instant_opt, lane_out, message_id, message_id_opt, priority, text, word,
};
use crate::fault::{Done, corrupt};
use crate::read::{all, one, outbound};

/// See [`store::questions::Places`].
pub(crate) fn places(c: &Connection, q: &Places) -> Done<Vec<PlaceRecord>> {
    all(
        c,
        "SELECT sequence_number, message_id, lane, priority, status, due, attempts
         FROM message_queues WHERE sequence_number > ?1 ORDER BY sequence_number LIMIT ?2",
        params![q.after.0, q.limit],
        |row| {
            Ok(PlaceRecord {
                seq: Seq(row.get(0)?),
                message: message_id(row, 1, "message_queues.message_id")?,
                lane: lane_out(row.get(2)?),
                priority: priority(row, 3)?,
                state: word(row, 4, "message_queues.status")?,
                due: instant_opt(row, 5)?,
                attempts_begun: row.get(6)?,
            })
        },
    )
}

/// See [`store::questions::StatsNow`].
pub(crate) fn stats(c: &Connection, q: &StatsNow) -> Done<Stats> {
    let mut stats = Stats {
        at: q.at,
        ..Stats::default()
    };
    let mut statement =
        c.prepare_cached("SELECT topic, word, value FROM counters WHERE value > 0")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let topic = text(row, 0, "counters.topic")?;
        let value = u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
        match topic {
            "status" => stats
                .by_status
                .push((word::<DeliveryStatus>(row, 1, "counters.word")?, value)),
            "channel" => stats
                .by_channel
                .push((word::<Channel>(row, 1, "counters.word")?, value)),
            "kind" => stats
                .by_kind
                .push((word::<Kind>(row, 1, "counters.word")?, value)),
            "place" => match text(row, 1, "counters.word")? {
                "waiting" => stats.waiting = value,
                "held" => stats.held = value,
                "unconfirmed" => stats.unconfirmed = value,
                _ => {}
            },
            "members" => stats.members = value,
            "inbound" => match text(row, 1, "counters.word")? {
                "left" => stats.left_to_people = value,
                _ => stats.unanswered = value,
            },
            _ => return Err(corrupt("counters.topic", "an unknown word")),
        }
    }
    stats.by_status.sort_unstable();
    stats.by_channel.sort_unstable();
    stats.by_kind.sort_unstable();
    stats.costs = costs(c, UtcDay::of(q.at).first_of_month())?;
    let copies = one(c, "SELECT count(*) FROM provider_copies", [], |row| {
        Ok(row.get::<_, i64>(0)?)
    })?;
    stats.provider_copies = copies.map_or(0, |count| u64::try_from(count).unwrap_or(0));
    if stats.waiting > 0 {
        stats.oldest_waiting = one(
            c,
            "SELECT created_at FROM message_queues WHERE status = 'waiting'
             ORDER BY sequence_number LIMIT 1",
            [],
            |row| Ok(q.at.since(instant(row, 0)?)),
        )?;
    }
    Ok(stats)
}

/// Costs since a day.
pub(super) fn costs(c: &Connection, since: UtcDay) -> Done<Vec<(CostKey, CostSums)>> {
    all(
        c,
        "SELECT day, channel, currency, estimated, awaiting, awaiting_attempts, charged,
           charged_attempts FROM costs WHERE day >= ?1 ORDER BY day, channel, currency",
        [since.number()],
        |row| {
            let key = CostKey {
                day: UtcDay::from_number(row.get(0)?),
                channel: word(row, 1, "costs.channel")?,
                currency: currency_of(text(row, 2, "costs.currency")?)?,
            };
            let sums = CostSums {
                estimated: row.get(3)?,
                awaiting: row.get(4)?,
                awaiting_attempts: row.get(5)?,
                charged: row.get(6)?,
                charged_attempts: row.get(7)?,
            };
            Ok((key, sums))
        },
    )
}

/// What happened since an hour.
pub(super) fn activity(c: &Connection, since: i64) -> Done<Vec<(ActivityKey, i64)>> {
    all(
        c,
        "SELECT hour, channel, what, count FROM activity WHERE hour >= ?1
         ORDER BY hour, channel, what",
        [since],
        |row| {
            let channel = text(row, 1, "activity.channel")?;
            let what = text(row, 2, "activity.what")?;
            let key = ActivityKey::from_columns(row.get(0)?, channel, what)?;
            Ok((key, row.get(3)?))
        },
    )
}

/// See [`store::questions::EventsAfter`].
pub(crate) fn events_after(c: &Connection, q: &EventsAfter) -> Done<Vec<EventRecord>> {
    match q.after {
        Some(after) => all(
            c,
            "SELECT id, at, kind, client_id, message_id, detail FROM events
             WHERE id > ?1 ORDER BY id LIMIT ?2",
            params![after, q.limit],
            event,
        ),
        None => all(
            c,
            "SELECT id, at, kind, client_id, message_id, detail FROM events
             ORDER BY id DESC LIMIT 1",
            [],
            event,
        ),
    }
}

/// See [`store::questions::EventsWaiting`].
pub(crate) fn events_waiting(c: &Connection, q: EventsWaiting) -> Done<Vec<EventRecord>> {
    all(
        c,
        "SELECT id, at, kind, client_id, message_id, detail FROM events
         WHERE id > ?1 ORDER BY id LIMIT ?2",
        params![q.after, q.limit],
        event,
    )
}

fn event(row: &rusqlite::Row<'_>) -> Done<EventRecord> {
    Ok(EventRecord {
        id: row.get(0)?,
        at: instant(row, 1)?,
        kind: row.get(2)?,
        member: match row.get_ref(3)? {
            rusqlite::types::ValueRef::Null => None,
            _ => Some(domain::MemberId::from_bytes(bytes(
                row,
                3,
                "events.client_id",
            )?)),
        },
        message: message_id_opt(row, 4, "events.message_id")?,
        detail: row.get(5)?,
    })
}

/// How many of a member's newest messages are looked at for something said after an offer.
const NEWEST: u32 = 20;

/// The choices a message offered.
pub(crate) fn offer(c: &Connection, seq: i64) -> Done<Option<OfferRecord>> {
    let found = one(
        c,
        "SELECT o.id, o.blocks, o.delivery_status, coalesce(o.last_delivery_attempt_at, o.created_at),
           (SELECT count(*) FROM (SELECT l.channel_used, l.last_delivery_attempt_at AS at
              FROM messages l WHERE l.client_id = o.client_id AND l.direction = 'outbound'
              ORDER BY l.seq DESC LIMIT ?2) newest
            WHERE newest.channel_used = o.channel_used AND newest.at > o.last_delivery_attempt_at)
         FROM messages o WHERE o.seq = ?1",
        params![seq, NEWEST],
        |row| {
            let Some(choices) = outbound::blocks(row, 1)?.and_then(|rich| rich.choices) else {
                return Ok(None);
            };
            Ok(Some(OfferRecord {
                message: message_id(row, 0, "messages.id")?,
                choices,
                status: outbound::status(row, 2, "messages.delivery_status")?,
                offered_at: instant(row, 3)?,
                is_last_said: row.get::<_, i64>(4)? == 0,
            }))
        },
    )?;
    Ok(found.flatten())
}

/// See [`store::questions::Switches`].
pub(crate) fn switches(c: &Connection) -> Done<(u32, Vec<SwitchRecord>)> {
    let version = one(c, "SELECT switches_version FROM instance", [], |row| {
        Ok(row.get(0)?)
    })?
    .unwrap_or(0);
    let on = all(
        c,
        "SELECT scope, reason, actor, since FROM switches ORDER BY scope",
        [],
        |row| {
            Ok(SwitchRecord {
                scope: row.get(0)?,
                reason: row.get(1)?,
                actor: row.get(2)?,
                since: instant(row, 3)?,
            })
        },
    )?;
    Ok((version, on))
}

/// See [`store::questions::LastInbound`]. Strangers' messages count too.
pub(crate) fn last_inbound(c: &Connection, q: LastInbound) -> Done<Option<Timestamp>> {
    let newest = one(
        c,
        "SELECT max(at) FROM (
           SELECT max(created_at) AS at FROM messages
           WHERE direction = 'inbound' AND channel_used = ?1
           UNION ALL
           SELECT max(received_at) FROM stranger_messages WHERE channel = ?1)",
        [q.channel.as_str()],
        |row| instant_opt(row, 0),
    )?;
    Ok(newest.flatten())
}
