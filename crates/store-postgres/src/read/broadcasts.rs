//! The same words to many.

use domain::{BroadcastId, Currency, Money};
use store::questions::{
    BroadcastMembers, BroadcastNext, BroadcastPlaces, BroadcastProgress, Broadcasts,
};
use store::records::{
    BroadcastCounts, BroadcastMemberRecord, BroadcastPlan, BroadcastRecord, BroadcastStanding,
    NextMember,
};

use crate::columns::{
    bytes, instant, instant_opt, member_id, message_id, message_id_opt, text, word, word_opt,
};
use crate::fault::{Done, corrupt};
use crate::read::outbound::content;
use crate::read::{all, one};
use crate::sql::{AsValue as _, Row, Sql, Value, params};

/// The columns of a broadcast, in the order of [`read_broadcast`].
pub(crate) const BROADCAST: &str =
    "SELECT id, name, state, revision, content, media, template, variables, blocks, channel, filter, schedule,
       stages, created_at, created_by, changed_at, changed_by, starts_at, started_at, audience_after,
       audience_at, audience, taken, stage, stage_at, held_state, why, winds_up, ended_at FROM broadcasts";

/// How the message of a member stands: joined as `b`, `m` and `q`.
const STATUS: &str =
    "CASE WHEN b.stage IS NULL THEN 'to_come' WHEN b.seq IS NULL THEN 'passed_over'
    WHEN q.status IN ('waiting', 'held') THEN q.status ELSE m.delivery_status END";

/// Why it stands so.
const REASON: &str =
    "CASE WHEN b.seq IS NULL THEN b.why WHEN q.status IN ('waiting', 'held') THEN q.held_why
    ELSE m.reason END";

/// Whom, with their message and its place.
const JOINED: &str = "FROM broadcast_members b LEFT JOIN messages m ON m.seq = b.seq
    LEFT JOIN message_queues q ON q.sequence_number = b.seq";

/// A row with the columns of [`BROADCAST`].
pub(crate) fn read_broadcast(row: &Row) -> Done<BroadcastRecord> {
    let kept = |at, place: &str| text(row, at, place).map(str::to_owned);
    let filter = store::audience::parse(text(row, 10, "broadcasts.filter")?)
        .map_err(|_| corrupt("broadcasts.filter", "no conditions"))?;
    let when = store::broadcasts::when_of(text(row, 11, "broadcasts.schedule")?)
        .ok_or_else(|| corrupt("broadcasts.schedule", "no schedule"))?;
    let stages = store::broadcasts::stages_of(text(row, 12, "broadcasts.stages")?)
        .ok_or_else(|| corrupt("broadcasts.stages", "no stages"))?;
    let after = if row.is_null(19)? {
        None
    } else {
        Some(member_id(row, 19, "broadcasts.audience_after")?)
    };
    Ok(BroadcastRecord {
        id: BroadcastId::from_bytes(bytes(row, 0, "broadcasts.id")?),
        plan: BroadcastPlan {
            name: kept(1, "broadcasts.name")?,
            content: content(row, 4, 8)?,
            channel: word_opt(row, 9, "broadcasts.channel")?,
            filter,
            when,
            stages,
        },
        revision: row.get(3)?,
        standing: BroadcastStanding {
            state: word(row, 2, "broadcasts.state")?,
            starts_at: instant_opt(row, 17)?,
            started_at: instant_opt(row, 18)?,
            stage: row.get(23)?,
            stage_at: instant_opt(row, 24)?,
            held: word_opt(row, 25, "broadcasts.held_state")?,
            why: row.get(26)?,
            winds_up: row.get(27)?,
            ended_at: instant_opt(row, 28)?,
        },
        created_at: instant(row, 13)?,
        created_by: kept(14, "broadcasts.created_by")?,
        changed_at: instant(row, 15)?,
        changed_by: kept(16, "broadcasts.changed_by")?,
        audience_after: after,
        audience_at: instant_opt(row, 20)?,
        audience: row.get(21)?,
        taken: row.get(22)?,
    })
}

/// See [`store::questions::Broadcasts`].
pub(crate) fn broadcasts(c: &Sql, q: Broadcasts) -> Done<Vec<BroadcastRecord>> {
    let before = q.before.map_or([0xff; 16], |id| *id.as_bytes());
    let condition = if q.active {
        "(state IN ('scheduled', 'running', 'waiting') OR winds_up) AND"
    } else {
        ""
    };
    all(
        c,
        &format!("{BROADCAST} WHERE {condition} id < $1 ORDER BY id DESC LIMIT $2"),
        params![before, q.limit],
        read_broadcast,
    )
}

/// See [`store::questions::BroadcastById`].
pub(crate) fn by_id(c: &Sql, id: BroadcastId) -> Done<Option<BroadcastRecord>> {
    one(
        c,
        &format!("{BROADCAST} WHERE id = $1"),
        params![id.as_bytes()],
        read_broadcast,
    )
}

/// See [`store::questions::BroadcastNext`].
pub(crate) fn next(c: &Sql, q: BroadcastNext) -> Done<Vec<NextMember>> {
    all(
        c,
        "SELECT b.user_id, CASE WHEN u.erased_at IS NULL THEN p.time_zone END
         FROM broadcast_members b
           JOIN users u ON u.id = b.user_id LEFT JOIN user_profiles p ON p.user_id = b.user_id
         WHERE b.broadcast_id = $1 AND b.stage IS NULL ORDER BY b.position, b.user_id LIMIT $2",
        params![q.id.as_bytes(), q.limit],
        |row| {
            Ok(NextMember {
                member: member_id(row, 0, "broadcast_members.user_id")?,
                time_zone: row.get(1)?,
            })
        },
    )
}

/// See [`store::questions::BroadcastMembers`].
pub(crate) fn members(c: &Sql, q: &BroadcastMembers) -> Done<Vec<BroadcastMemberRecord>> {
    let (position, member) = q.after.map_or((-1, [0xff; 16]), |(position, member)| {
        (position, *member.as_bytes())
    });
    all(
        c,
        &format!(
            "SELECT b.user_id, b.position, b.stage, m.id, {STATUS}, {REASON}, m.channel_used
             {JOINED} WHERE b.broadcast_id = $1 AND (b.position, b.user_id) > ($2, $3)
               AND ($4::text IS NULL OR {STATUS} = $4)
             ORDER BY b.position, b.user_id LIMIT $5"
        ),
        params![q.id.as_bytes(), position, member, q.status, q.limit],
        |row| {
            Ok(BroadcastMemberRecord {
                member: member_id(row, 0, "broadcast_members.user_id")?,
                position: row.get(1)?,
                stage: row.get(2)?,
                message: message_id_opt(row, 3, "messages.id")?,
                status: text(row, 4, "messages.delivery_status")?.to_owned(),
                reason: row.get(5)?,
                channel: word_opt(row, 6, "messages.channel_used")?,
            })
        },
    )
}

/// See [`store::questions::BroadcastProgress`].
pub(crate) fn progress(c: &Sql, q: BroadcastProgress) -> Done<BroadcastCounts> {
    let id = q.id.as_bytes();
    let of = &[id.value(), q.stage.value()];
    let by_status = all(
        c,
        &format!(
            "SELECT {STATUS}, {REASON}, count(*) {JOINED}
             WHERE b.broadcast_id = $1 AND ($2::integer IS NULL OR b.stage = $2) GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        of,
        |row| {
            let status = text(row, 0, "messages.delivery_status")?.to_owned();
            Ok((status, row.get(1)?, row.get(2)?))
        },
    )?;
    let replies = count(
        c,
        "SELECT count(*) FROM broadcast_members b JOIN messages m ON m.seq = b.seq
         WHERE b.broadcast_id = $1 AND ($2::integer IS NULL OR b.stage = $2)
           AND EXISTS (SELECT 1 FROM messages r WHERE r.client_id = b.user_id AND r.direction = 'inbound'
             AND r.seq > m.seq
             AND r.created_at >= m.last_delivery_attempt_at
             AND r.created_at < m.last_delivery_attempt_at + interval '1 day')",
        of,
    )?;
    let stops = count(
        c,
        "SELECT count(*) FROM broadcast_members b JOIN messages m ON m.seq = b.seq
         WHERE b.broadcast_id = $1 AND ($2::integer IS NULL OR b.stage = $2)
           AND EXISTS (SELECT 1 FROM consent_ledger l WHERE l.address = m.phone_to AND l.event = 'opt_out'
             AND l.at >= m.last_delivery_attempt_at AND l.at < m.last_delivery_attempt_at + interval '1 day')",
        of,
    )?;
    let costs = all(
        c,
        "SELECT coalesce(p.currency, a.estimate_currency), sum(coalesce(p.amount, a.estimate_amount))::bigint
         FROM broadcast_members b JOIN attempts a ON a.id BETWEEN b.seq * 256 AND b.seq * 256 + 255
           LEFT JOIN attempt_prices p ON p.id = a.id AND p.amount IS NOT NULL
         WHERE b.broadcast_id = $1 AND ($2::integer IS NULL OR b.stage = $2) AND b.seq IS NOT NULL
           AND coalesce(p.currency, a.estimate_currency, '') <> ''
         GROUP BY 1 ORDER BY 1",
        of,
        |row| {
            let currency: Currency = word(row, 0, "attempts.estimate_currency")?;
            Ok(Money::from_micros(row.get(1)?, currency))
        },
    )?;
    Ok(BroadcastCounts {
        by_status,
        replies,
        stops,
        costs,
    })
}

fn count(c: &Sql, sql: &str, of: &[Value<'_>]) -> Done<u64> {
    Ok(one(c, sql, of, |row| row.get(0))?.unwrap_or(0))
}

/// See [`store::questions::BroadcastPlaces`].
pub(crate) fn places(c: &Sql, q: BroadcastPlaces) -> Done<Vec<domain::MessageId>> {
    all(
        c,
        "SELECT q.message_id FROM broadcast_members b JOIN message_queues q ON q.sequence_number = b.seq
         WHERE b.broadcast_id = $1 AND b.seq IS NOT NULL
           AND (NOT $2::boolean OR q.status IN ('waiting', 'held') OR (NOT q.cancel_requested
             AND q.status IN ('begun', 'unconfirmed')))
         LIMIT $3",
        params![q.id.as_bytes(), q.not_left, q.limit],
        |row| message_id(row, 0, "message_queues.message_id"),
    )
}
