//! How our own numbers stand at their provider.

use rusqlite::params;
use store::ops::RecordSenders;
use store::records::SenderStanding;

use crate::fault::Done;
use crate::read::standings;
use crate::tx::{Event, Tx};
use crate::write::switches::move_version;

/// See [`store::Op::RecordSenders`].
pub(crate) fn record(tx: &mut Tx<'_>, op: &RecordSenders) -> Done<Vec<SenderStanding>> {
    let kept = standings::standings(tx.connection)?;
    let mut changed = Vec::new();
    for new in &op.senders {
        let before = kept
            .iter()
            .find(|one| one.channel == new.channel && one.sender == new.sender);
        if before.is_some_and(|before| !new.differs_from(before)) {
            continue;
        }
        let standing = SenderStanding {
            changed_at: op.at,
            ..new.clone()
        };
        write(tx, &standing)?;
        tx.event(&Event {
            at: op.at,
            kind: "sender.changed",
            member: None,
            message: None,
            detail: &standing.detail(),
        })?;
        changed.push(standing);
    }
    if !changed.is_empty() {
        move_version(tx)?;
    }
    Ok(changed)
}

fn write(tx: &Tx<'_>, standing: &SenderStanding) -> Done<()> {
    tx.run(
        "INSERT INTO sender_standings (channel, sender, status, quality, people, reason, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (channel, sender) DO UPDATE SET status = excluded.status,
           quality = excluded.quality, people = excluded.people, reason = excluded.reason,
           changed_at = excluded.changed_at",
        params![
            standing.channel.as_str(),
            standing.sender.as_str(),
            standing.status.as_str(),
            standing.quality.as_str(),
            standing.people.map(i64::from),
            standing.reason,
            standing.changed_at.as_micros()
        ],
    )?;
    Ok(())
}
