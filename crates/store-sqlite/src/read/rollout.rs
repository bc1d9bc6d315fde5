//! Whom WhatsApp is on for, and how far the outbox reaches back.

use rusqlite::{Connection, params};
use store::questions::RolloutMembers;
use store::records::{PrunedTo, RolloutMember, RolloutRecord};

use crate::columns::{instant, member_id, preference, text};
use crate::fault::{Done, corrupt};
use crate::read::{all, one};

/// See [`store::questions::RolloutNow`].
pub(crate) fn now(c: &Connection) -> Done<Option<RolloutRecord>> {
    one(
        c,
        "SELECT percent, cohorts, actor, since FROM rollout",
        [],
        |row| {
            let percent: i64 = row.get(0)?;
            Ok(RolloutRecord {
                percent: u8::try_from(percent)
                    .map_err(|_| corrupt("rollout.percent", "no percentage"))?,
                cohorts: text(row, 1, "rollout.cohorts")?
                    .split(',')
                    .filter(|cohort| !cohort.is_empty())
                    .map(Into::into)
                    .collect(),
                actor: text(row, 2, "rollout.actor")?.to_owned(),
                since: instant(row, 3)?,
            })
        },
    )
}

/// See [`store::questions::RolloutMembers`].
pub(crate) fn members(c: &Connection, q: RolloutMembers) -> Done<Vec<RolloutMember>> {
    let after = q.after.map_or([0; 16], |member| *member.as_bytes());
    all(
        c,
        "SELECT u.id, p.cohort, p.preferred_messaging_provider, u.country,
           EXISTS (SELECT 1 FROM consents s WHERE s.channel = 'sms' AND s.address = u.phone_number
             AND s.purpose = 'all' AND s.state = 'opted_in')
         FROM users u JOIN user_profiles p ON p.user_id = u.id
         WHERE u.erased_at IS NULL AND u.id > ?1
           AND EXISTS (SELECT 1 FROM consents c WHERE c.channel = 'whatsapp'
             AND c.address = coalesce(p.whatsapp_number, u.phone_number)
             AND c.purpose = 'all' AND c.state = 'opted_in')
         ORDER BY u.id LIMIT ?2",
        params![after, q.limit],
        |row| {
            let preferred: Option<String> = row.get(2)?;
            let place = "user_profiles.preferred_messaging_provider";
            Ok(RolloutMember {
                member: member_id(row, 0, "users.id")?,
                cohort: row.get(1)?,
                preferred: preferred
                    .map(|word| preference(&word).ok_or_else(|| corrupt(place, "an unknown word")))
                    .transpose()?,
                country: row.get(3)?,
                sms: row.get(4)?,
            })
        },
    )
}

/// See [`store::questions::EventsPruned`].
pub(crate) fn pruned(c: &Connection) -> Done<Option<PrunedTo>> {
    one(
        c,
        "SELECT event_id, at FROM pruned_events ORDER BY event_id DESC LIMIT 1",
        [],
        |row| {
            Ok(PrunedTo {
                event: row.get(0)?,
                at: instant(row, 1)?,
            })
        },
    )
}
