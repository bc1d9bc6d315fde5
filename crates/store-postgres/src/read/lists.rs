//! Places, counts, the outbox, what waits for an answer, switches.

use crate::sql::{Row, Sql, params};
use domain::{Channel, DeliveryStatus, Kind, Timestamp, UtcDay};
use store::Seq;
use store::activity::ActivityKey;
use store::costs::{CostKey, CostSums, currency_of};
use store::questions::{EventsAfter, EventsWaiting, LastInbound, Places, StatsNow};
use store::records::{EventRecord, OfferRecord, PlaceRecord, Stats, SwitchRecord};

use crate::columns::{
    instant, instant_opt, lane_out, member_id, message_id, message_id_opt, priority, text, word,
};
use crate::fault::{Done, corrupt};
use crate::read::{all, one, outbound};

/// See [`store::questions::Places`].
pub(crate) fn places(c: &Sql, q: &Places) -> Done<Vec<PlaceRecord>> {
    all(
        c,
        "SELECT sequence_number, message_id, lane, priority, status, due, attempts
         FROM message_queues WHERE sequence_number > $1 ORDER BY sequence_number LIMIT $2",
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
pub(crate) fn stats(c: &Sql, q: &StatsNow) -> Done<Stats> {
    let mut stats = Stats {
        at: q.at,
        ..Stats::default()
    };
    let counts = "SELECT topic, word, sum(value)::bigint FROM counters GROUP BY topic, word
       HAVING sum(value) > 0";
    all(c, counts, params![], |row| {
        let topic = text(row, 0, "counters.topic")?;
        let value = u64::try_from(row.get::<i64>(2)?).unwrap_or(0);
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
        Ok(())
    })?;
    stats.by_status.sort_unstable();
    stats.by_channel.sort_unstable();
    stats.by_kind.sort_unstable();
    stats.costs = costs(c, UtcDay::of(q.at).first_of_month())?;
    let copies = one(
        c,
        "SELECT count(*) FROM provider_copies",
        params![],
        |row| row.get::<i64>(0),
    )?;
    stats.provider_copies = copies.map_or(0, |count| u64::try_from(count).unwrap_or(0));
    if stats.waiting > 0 {
        stats.oldest_waiting = one(
            c,
            "SELECT created_at FROM message_queues WHERE status = 'waiting'
             ORDER BY sequence_number LIMIT 1",
            params![],
            |row| Ok(q.at.since(instant(row, 0)?)),
        )?;
    }
    Ok(stats)
}

/// What happened since an hour, on all nodes.
pub(super) fn activity(c: &Sql, since: i64) -> Done<Vec<(ActivityKey, i64)>> {
    all(
        c,
        "SELECT hour, channel, what, sum(count)::bigint FROM activity WHERE hour >= $1
         GROUP BY hour, channel, what ORDER BY hour, channel COLLATE \"C\", what COLLATE \"C\"",
        params![since],
        |row| {
            let channel = text(row, 1, "activity.channel")?;
            let what = text(row, 2, "activity.what")?;
            let key = ActivityKey::from_columns(row.get(0)?, channel, what)?;
            Ok((key, row.get(3)?))
        },
    )
}

/// Costs since a day, of all nodes.
pub(super) fn costs(c: &Sql, since: UtcDay) -> Done<Vec<(CostKey, CostSums)>> {
    all(
        c,
        "SELECT day, channel, currency, sum(estimated)::bigint, sum(awaiting)::bigint,
           sum(awaiting_attempts)::bigint, sum(charged)::bigint, sum(charged_attempts)::bigint
         FROM costs WHERE day >= $1 GROUP BY day, channel, currency ORDER BY day, channel, currency",
        params![since.number()],
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

/// See [`store::questions::EventsAfter`].
pub(crate) fn events_after(c: &Sql, q: &EventsAfter) -> Done<Vec<EventRecord>> {
    match q.after {
        Some(after) => all(
            c,
            "SELECT id, at, kind, client_id, message_id, detail FROM events
             WHERE id > $1 AND id < (SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + events_from) << 20
               FROM instance)
             ORDER BY id LIMIT $2",
            params![after, q.limit],
            event,
        ),
        None => all(
            c,
            "SELECT id, at, kind, client_id, message_id, detail FROM events
             WHERE id < (SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + events_from) << 20
               FROM instance)
             ORDER BY id DESC LIMIT 1",
            params![],
            event,
        ),
    }
}

/// See [`store::questions::EventsWaiting`].
pub(crate) fn events_waiting(c: &Sql, q: EventsWaiting) -> Done<Vec<EventRecord>> {
    all(
        c,
        "SELECT id, at, kind, client_id, message_id, detail FROM events
         WHERE id > $1 ORDER BY id LIMIT $2",
        params![q.after, q.limit],
        event,
    )
}

fn event(row: &Row) -> Done<EventRecord> {
    Ok(EventRecord {
        id: row.get(0)?,
        at: instant(row, 1)?,
        kind: row.get(2)?,
        member: if row.is_null(3)? {
            None
        } else {
            Some(member_id(row, 3, "events.client_id")?)
        },
        message: message_id_opt(row, 4, "events.message_id")?,
        detail: row.get(5)?,
    })
}

/// How many of a member's newest messages are looked at for something said after an offer.
const NEWEST: u32 = 20;

/// The choices a message offered.
pub(crate) fn offer(c: &Sql, seq: i64) -> Done<Option<OfferRecord>> {
    let found = one(
        c,
        "SELECT o.id, o.blocks, o.delivery_status, coalesce(o.last_delivery_attempt_at, o.created_at),
           (SELECT count(*) FROM (SELECT l.channel_used, l.last_delivery_attempt_at AS at
              FROM messages l WHERE l.client_id = o.client_id AND l.direction = 'outbound'
              ORDER BY l.seq DESC LIMIT $2) newest
            WHERE newest.channel_used = o.channel_used AND newest.at > o.last_delivery_attempt_at)
         FROM messages o WHERE o.seq = $1",
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
                is_last_said: row.get::<i64>(4)? == 0,
            }))
        },
    )?;
    Ok(found.flatten())
}

/// See [`store::questions::Switches`].
pub(crate) fn switches(c: &Sql) -> Done<(u32, Vec<SwitchRecord>)> {
    let version = one(
        c,
        "SELECT switches_version FROM instance",
        params![],
        |row| row.get(0),
    )?
    .unwrap_or(0);
    let on = all(
        c,
        // Differs because an order of texts is the database's own unless it is named.
        "SELECT scope, reason, actor, since FROM switches ORDER BY scope COLLATE \"C\"",
        params![],
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
pub(crate) fn last_inbound(c: &Sql, q: LastInbound) -> Done<Option<Timestamp>> {
    let newest = one(
        c,
        "SELECT max(received_at) FROM inbound_keys WHERE channel = $1",
        params![q.channel.as_str()],
        |row| instant_opt(row, 0),
    )?;
    Ok(newest.flatten())
}
