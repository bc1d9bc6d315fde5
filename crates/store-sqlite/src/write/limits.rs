//! Limits of providers: what had to slow down, and who was reached; and what caps of ours count.

use domain::Handle;
use rusqlite::params;
use store::ops::{CountSends, ReachPeople, SlowDown};

use crate::fault::Done;
use crate::read::limits::sends_since;
use crate::tx::Tx;

/// See [`store::Op::SlowDown`].
pub(crate) fn slow_down(tx: &mut Tx<'_>, op: &SlowDown) -> Done<()> {
    let told = &op.slowdown;
    tx.run(
        "INSERT INTO slowdowns (limited, channel, address, until, code, times, told_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (limited, channel, address) DO UPDATE SET
           until = max(slowdowns.until, excluded.until), code = excluded.code,
           times = excluded.times, told_at = max(slowdowns.told_at, excluded.told_at)",
        params![
            told.limit,
            told.channel.as_str(),
            told.handle.as_ref().map_or("", Handle::as_str),
            told.until.as_micros(),
            told.code,
            told.times,
            told.told_at.as_micros()
        ],
    )?;
    Ok(())
}

/// See [`store::Op::ReachPeople`].
pub(crate) fn reach(tx: &mut Tx<'_>, op: &ReachPeople) -> Done<Vec<bool>> {
    let channel = op.channel.as_str();
    let since = op.since.as_micros();
    let mut count: u32 = tx
        .one(
            "SELECT count(*) FROM reached_people WHERE channel = ?1 AND reached_at > ?2",
            params![channel, since],
            |row| Ok(row.get(0)?),
        )?
        .unwrap_or(0);
    let mut may = Vec::with_capacity(op.handles.len());
    for handle in &op.handles {
        let is_counted = tx
            .one(
                "SELECT 1 FROM reached_people
                 WHERE channel = ?1 AND address = ?2 AND reached_at > ?3",
                params![channel, handle.as_str(), since],
                |_| Ok(()),
            )?
            .is_some();
        if !is_counted && count >= op.max {
            may.push(false);
            continue;
        }
        count += u32::from(!is_counted);
        tx.run(
            "INSERT INTO reached_people (channel, address, reached_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (channel, address) DO UPDATE SET reached_at = excluded.reached_at",
            params![channel, handle.as_str(), op.at.as_micros()],
        )?;
        may.push(true);
    }
    Ok(may)
}

/// See [`store::Op::CountSends`].
pub(crate) fn count_sends(tx: &mut Tx<'_>, op: &CountSends) -> Done<Vec<bool>> {
    let mut counted = Vec::with_capacity(op.sends.len());
    for send in &op.sends {
        let of = (send.member, send.kind);
        let fits = match send.since() {
            Some(since) => send.fits(&sends_since(tx.connection, of, since)?),
            None => true,
        };
        if fits {
            tx.run(
                "INSERT INTO counted_sends (user_id, kind, message_id, root_id, counted_at)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                params![
                    send.member.as_bytes(),
                    send.kind.as_str(),
                    send.message.as_bytes(),
                    send.root.as_bytes(),
                    op.at.as_micros()
                ],
            )?;
        }
        counted.push(fits);
    }
    Ok(counted)
}
