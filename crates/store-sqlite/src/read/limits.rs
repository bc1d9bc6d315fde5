//! Limits of providers.

use rusqlite::{Connection, params};
use store::questions::LimitsSince;
use store::records::{LimitsTold, Slowdown};

use super::all;
use crate::columns::{handle, instant, text, word};
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
