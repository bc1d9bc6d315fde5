//! Limits of providers: what had to slow down, and who was reached; and what caps of ours count.

use domain::Handle;
use rustc_hash::FxHashSet;
use store::ops::{CountSends, ReachPeople, Send, SlowDown};
use store::records::CountedSend;

use crate::fault::Done;
use crate::read::limits::sends_since;
use crate::sql::{AsValue, Value, params};
use crate::tx::Tx;

/// See [`store::Op::SlowDown`].
pub(crate) fn slow_down(tx: &mut Tx<'_>, op: &SlowDown) -> Done<()> {
    let told = &op.slowdown;
    tx.run(
        "INSERT INTO slowdowns (limited, channel, address, until, code, times, told_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (limited, channel, address) DO UPDATE SET
           until = greatest(slowdowns.until, excluded.until), code = excluded.code,
           times = excluded.times, told_at = greatest(slowdowns.told_at, excluded.told_at)",
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

/// The lock of whoever takes room for people; made up.
const PEOPLE_LOCK: i64 = 0x6779_6d70_656f;

/// See [`store::Op::ReachPeople`]. Nodes take turns, and none waits for another within its transaction: a
/// node that does not get its turn refuses those that are not counted yet.
pub(crate) fn reach(tx: &mut Tx<'_>, op: &ReachPeople) -> Done<Vec<bool>> {
    let (channel, since) = (op.channel.as_str(), op.since.as_micros());
    let asked: Vec<Value<'_>> = op
        .handles
        .iter()
        .map(|handle| handle.as_str().value())
        .collect();
    let is_our_turn = tx
        .one(
            "SELECT pg_try_advisory_xact_lock($1)",
            params![PEOPLE_LOCK],
            |row| row.get::<bool>(0),
        )?
        .unwrap_or(false);
    let mut counted: FxHashSet<String> = tx
        .all(
            "SELECT address FROM reached_people
             WHERE channel = $1 AND address = ANY($2::text[]) AND reached_at > $3",
            &[channel.value(), Value::List(&asked), since.value()],
            |row| row.get(0),
        )?
        .into_iter()
        .collect();
    let mut room = if is_our_turn {
        let count: u32 = tx
            .one(
                "SELECT count(*) FROM reached_people WHERE channel = $1 AND reached_at > $2",
                params![channel, since],
                |row| row.get(0),
            )?
            .unwrap_or(0);
        op.max.saturating_sub(count)
    } else {
        0
    };
    let mut may = Vec::with_capacity(op.handles.len());
    for handle in &op.handles {
        let is_counted = counted.contains(handle.as_str());
        if !is_counted && room > 0 {
            room -= 1;
            counted.insert(handle.as_str().to_owned());
        }
        may.push(counted.contains(handle.as_str()));
    }
    let reached: Vec<Value<'_>> = counted.iter().map(AsValue::value).collect();
    tx.run(
        "INSERT INTO reached_people (channel, address, reached_at)
         SELECT $1, address, $3 FROM unnest($2::text[]) AS of(address)
         ON CONFLICT (channel, address) DO UPDATE SET reached_at = excluded.reached_at",
        &[
            channel.value(),
            Value::List(&reached),
            op.at.as_micros().value(),
        ],
    )?;
    Ok(may)
}

/// See [`store::Op::CountSends`]. One node at a time sends to a member, so nobody else counts theirs meanwhile.
pub(crate) fn count_sends(tx: &mut Tx<'_>, op: &CountSends) -> Done<Vec<bool>> {
    let asked: Vec<_> = op.sends.iter().map(|one| (one.member, one.kind)).collect();
    let since = op.sends.iter().filter_map(Send::since).min();
    tx.flush()?;
    let mut counted = match since {
        Some(since) => sends_since(tx.sql, &asked, since)?,
        None => Vec::new(),
    };
    let mut answers = Vec::with_capacity(op.sends.len());
    for send in &op.sends {
        let fits = {
            let theirs: Vec<CountedSend> = counted
                .iter()
                .filter(|one| one.member == send.member && one.kind == send.kind)
                .cloned()
                .collect();
            send.fits(&theirs)
        };
        if fits {
            counted.push(CountedSend {
                member: send.member,
                kind: send.kind,
                root: send.root,
                at: op.at,
            });
        }
        answers.push(fits);
    }
    let new: Vec<&Send> = op
        .sends
        .iter()
        .zip(&answers)
        .filter_map(|(send, fits)| fits.then_some(send))
        .collect();
    let ids = |of: fn(&Send) -> &[u8; 16]| -> Vec<Value<'_>> {
        new.iter().map(|send| Value::Bytes(of(send))).collect()
    };
    let kinds: Vec<Value<'_>> = new.iter().map(|send| send.kind.as_str().value()).collect();
    tx.run(
        "INSERT INTO counted_sends (user_id, kind, message_id, root_id, counted_at)
         SELECT member, kind, message, root, $5
         FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[]) AS of(member, kind, message, root)
         ON CONFLICT DO NOTHING",
        &[
            Value::List(&ids(|send| send.member.as_bytes())),
            Value::List(&kinds),
            Value::List(&ids(|send| send.message.as_bytes())),
            Value::List(&ids(|send| send.root.as_bytes())),
            op.at.as_micros().value(),
        ],
    )?;
    Ok(answers)
}
