//! What recurs: whose occurrences have no end yet, and up to when that was looked through.

use domain::{MemberId, Timestamp};
use store::Shard;
use store::questions::DueMembers;
use store::records::{DuePage, Member};

use crate::columns::{instant, instant_opt, member_id};
use crate::fault::{Done, corrupt};
use crate::read::members::MEMBER;
use crate::read::{all, one};
use crate::rows::read_member;
use crate::session::by_key;
use crate::sql::{Sql, params};

/// See [`store::questions::DueMembers`]. Nearly all have an end, whose key is looked up in an index for each; a plan that
/// joins would read every end there ever was. `OFFSET 0` keeps it from that, and what is wide is read of those only who
/// have none.
pub(crate) fn due_members(c: &Sql, q: &DueMembers) -> Done<DuePage> {
    let plans = by_key("SET LOCAL", "off");
    c.batch(&format!("{plans} SET LOCAL enable_indexonlyscan = on"))?;
    let to = among(c, q)?;
    let after = q.after.map_or([0; 16], |member| *member.as_bytes());
    let last = to.map_or([0xff; 16], |member| *member.as_bytes());
    let (from, until) = q.hours.unwrap_or((0, 23));
    let members: Vec<Member> = all(
        c,
        &format!(
            "{MEMBER} (SELECT d.user_id FROM user_profiles d
               WHERE d.time_zone = $1 AND d.user_id > $2 AND d.user_id <= $3
                 AND d.preferred_send_hour BETWEEN $4 AND $5
                 AND NOT EXISTS (SELECT 1 FROM occasions o
                   WHERE o.client_id = d.user_id AND o.occasion = $6 OFFSET 0)
                 AND NOT EXISTS (SELECT 1 FROM occurrences o
                   WHERE o.user_id = d.user_id AND o.occasion = $6 OFFSET 0)
               ORDER BY d.user_id OFFSET 0) AS due
             JOIN user_profiles p ON p.user_id = due.user_id JOIN users u ON u.id = due.user_id
             WHERE u.erased_at IS NULL AND u.created_at <= $7
             ORDER BY due.user_id LIMIT $8"
        ),
        params![
            q.time_zone,
            after,
            last,
            from,
            until,
            q.occasion,
            q.joined_by.as_micros(),
            q.limit
        ],
        read_member,
    )?;
    Ok(q.page(members, to))
}

/// The last of those among whom they are looked for; `None` where all that are left are.
fn among(c: &Sql, q: &DueMembers) -> Done<Option<MemberId>> {
    let after = q.after.map_or([0; 16], |member| *member.as_bytes());
    let (from, until) = q.hours.unwrap_or((0, 23));
    one(
        c,
        "SELECT user_id FROM user_profiles
         WHERE time_zone = $1 AND user_id > $2 AND preferred_send_hour BETWEEN $3 AND $4
         ORDER BY user_id LIMIT 1 OFFSET $5",
        params![q.time_zone, after, from, until, q.among.saturating_sub(1)],
        |row| member_id(row, 0, "user_profiles.user_id"),
    )
}

/// See [`store::questions::TimeZones`]: a leap from zone to zone along the index.
pub(crate) fn time_zones(c: &Sql) -> Done<Vec<String>> {
    all(
        c,
        "WITH RECURSIVE zones (zone) AS (
           SELECT min(time_zone) FROM user_profiles
           UNION ALL
           SELECT (SELECT min(time_zone) FROM user_profiles WHERE time_zone > zone)
           FROM zones WHERE zone IS NOT NULL)
         SELECT zone FROM zones WHERE zone IS NOT NULL",
        params![],
        |row| row.get(0),
    )
}

/// See [`store::questions::CheckedTo`].
pub(crate) fn checked_to(c: &Sql) -> Done<Vec<(Shard, Timestamp)>> {
    all(
        c,
        "SELECT shard, checked_to FROM checked_occurrences ORDER BY shard",
        params![],
        |row| {
            let shard = Shard::new(row.get(0)?)
                .ok_or_else(|| corrupt("checked_occurrences.shard", "no shard"))?;
            Ok((shard, instant(row, 1)?))
        },
    )
}

/// See [`store::questions::RecursFrom`].
pub(crate) fn recurs_from(c: &Sql) -> Done<Option<Timestamp>> {
    let found = one(c, "SELECT recurs_from FROM instance", params![], |row| {
        instant_opt(row, 0)
    })?;
    Ok(found.flatten())
}
