//! Limits of providers.

use domain::{Kind, MemberId, Timestamp};
use rusqlite::{Connection, params};
use store::questions::{CountedSends, LimitsSince};
use store::records::{CountedSend, LimitsTold, Slowdown};

use super::all;
use crate::columns::{handle, instant, message_id, text, word};
use crate::fault::Done;

/// See [`store::questions::LimitsSince`].
pub(crate) fn since(c: &Connection, q: LimitsSince) -> Done<LimitsTold> {
    let slowdowns = all(
        c,
        "SELECT limited, channel, address, until, code, times, told_at
         FROM slowdowns WHERE told_at >= ?1 ORDER BY limited, channel, address",
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
        "SELECT channel, address, reached_at FROM reached_people WHERE reached_at >= ?1
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
pub(crate) fn counted_sends(c: &Connection, q: &CountedSends) -> Done<Vec<CountedSend>> {
    let mut counted = Vec::new();
    for of in &q.of {
        counted.extend(sends_since(c, *of, q.since)?);
    }
    Ok(counted)
}

/// What counts of one member and kind.
pub(crate) fn sends_since(
    c: &Connection,
    (member, kind): (MemberId, Kind),
    since: Timestamp,
) -> Done<Vec<CountedSend>> {
    let all = all(
        c,
        "SELECT s.root_id, s.counted_at, m.delivery_status FROM counted_sends s
           JOIN messages m ON m.id = s.message_id
         WHERE s.user_id = ?1 AND s.kind = ?2 AND s.counted_at > ?3",
        params![member.as_bytes(), kind.as_str(), since.as_micros()],
        |row| {
            let one = CountedSend {
                member,
                kind,
                root: message_id(row, 0, "counted_sends.root_id")?,
                at: instant(row, 1)?,
            };
            Ok((one, word(row, 2, "messages.delivery_status")?))
        },
    )?;
    Ok(CountedSend::that_count(all))
}
