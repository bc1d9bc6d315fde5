//! Limits of providers.

use domain::{Kind, MemberId, Timestamp};
use store::questions::{CountedSends, LimitsSince};
use store::records::{CountedSend, LimitsTold, Slowdown};

use super::all;
use crate::columns::{handle, instant, member_id, message_id, text, word};
use crate::fault::Done;
use crate::sql::{AsValue, Sql, Value, params};

/// See [`store::questions::LimitsSince`].
pub(crate) fn since(c: &Sql, q: LimitsSince) -> Done<LimitsTold> {
    let slowdowns = all(
        c,
        "SELECT limited, channel, address, until, code, times, told_at
         FROM slowdowns WHERE told_at >= $1 ORDER BY limited, channel, address",
        params![q.since.as_micros()],
        |row| {
            let is_of_nobody = text(row, 2, "slowdowns.address")?.is_empty();
            Ok(Slowdown {
                limit: row.get(0)?,
                channel: word(row, 1, "slowdowns.channel")?,
                handle: if is_of_nobody {
                    None
                } else {
                    Some(handle(row, 2, "slowdowns.address")?)
                },
                until: instant(row, 3)?,
                code: row.get(4)?,
                times: row.get(5)?,
                told_at: instant(row, 6)?,
            })
        },
    )?;
    let people = all(
        c,
        "SELECT channel, address, reached_at FROM reached_people WHERE reached_at >= $1
         ORDER BY reached_at, address",
        params![q.since.as_micros()],
        |row| {
            Ok((
                word(row, 0, "reached_people.channel")?,
                handle(row, 1, "reached_people.address")?,
                instant(row, 2)?,
            ))
        },
    )?;
    Ok(LimitsTold { slowdowns, people })
}

/// See [`store::questions::CountedSends`].
pub(crate) fn counted_sends(c: &Sql, q: &CountedSends) -> Done<Vec<CountedSend>> {
    sends_since(c, &q.of, q.since)
}

/// What counts of members and kinds.
pub(crate) fn sends_since(
    c: &Sql,
    of: &[(MemberId, Kind)],
    since: Timestamp,
) -> Done<Vec<CountedSend>> {
    let members: Vec<Value<'_>> = of
        .iter()
        .map(|(member, _)| Value::Bytes(member.as_bytes()))
        .collect();
    let kinds: Vec<Value<'_>> = of.iter().map(|(_, kind)| kind.as_str().value()).collect();
    let all = all(
        c,
        "SELECT s.user_id, s.kind, s.root_id, s.counted_at, m.delivery_status
         FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[])) AS of(member, kind)
         JOIN counted_sends s ON s.user_id = of.member AND s.kind = of.kind AND s.counted_at > $3
         JOIN messages m ON m.id = s.message_id",
        &[
            Value::List(&members),
            Value::List(&kinds),
            since.as_micros().value(),
        ],
        |row| {
            let one = CountedSend {
                member: member_id(row, 0, "counted_sends.user_id")?,
                kind: word(row, 1, "counted_sends.kind")?,
                root: message_id(row, 2, "counted_sends.root_id")?,
                at: instant(row, 3)?,
            };
            Ok((one, word(row, 4, "messages.delivery_status")?))
        },
    )?;
    Ok(CountedSend::that_count(all))
}
