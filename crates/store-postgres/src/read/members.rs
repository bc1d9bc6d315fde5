//! Members and what is known of their addresses.

use domain::{MemberId, Purpose, Text};
use rustc_hash::FxHashMap;
use store::questions::{ConsentsOf, Members, NamesOf, OwnersOf, WindowsOf};
use store::records::{ConsentRecord, Member, WindowRecord};

use crate::columns::{member_id, private};
use crate::fault::Done;
use crate::read::{all, facts, keyed};
use crate::rows::read_member;
use crate::sql::{AsValue as _, Sql, Value, params};

pub(super) const MEMBER: &str = "SELECT u.id, u.phone_number, u.name, u.email, u.country, u.created_at, \
    u.updated_at, p.preferred_messaging_provider, p.whatsapp_number, p.time_zone, p.locale, \
    p.preferred_send_hour, p.programme, p.daily_workouts, p.weekly_checkins, \
    p.chat_responses, p.system_notifications, p.cohort FROM";

/// See [`store::questions::Members`].
pub(crate) fn members(c: &Sql, q: &Members) -> Done<Vec<Member>> {
    let before = q.before.map_or([0xff; 16], |member| *member.as_bytes());
    match &q.phone {
        Some(phone) => all(
            c,
            &format!(
                "{MEMBER} users u JOIN user_profiles p ON p.user_id = u.id
                 WHERE u.phone_number = $1 AND u.id < $2 AND u.erased_at IS NULL LIMIT $3"
            ),
            params![phone.as_e164(), before, q.limit],
            read_member,
        ),
        None => all(
            c,
            &format!(
                "{MEMBER} users u JOIN user_profiles p ON p.user_id = u.id
                 WHERE u.id < $1 AND u.erased_at IS NULL ORDER BY u.id DESC LIMIT $2"
            ),
            params![before, q.limit],
            read_member,
        ),
    }
}

/// See [`store::questions::NamesOf`].
pub(crate) fn names_of(c: &Sql, q: &NamesOf) -> Done<Vec<Option<Text>>> {
    let ids: Vec<Value<'_>> = q
        .members
        .iter()
        .map(|member| member.as_bytes().value())
        .collect();
    let names: FxHashMap<MemberId, Text> = keyed(
        c,
        "SELECT id, name FROM users WHERE id = ANY($1::uuid[]) AND erased_at IS NULL",
        &[Value::List(&ids)],
        |row| {
            Ok((
                member_id(row, 0, "users.id")?,
                private(row, 1, "users.name")?,
            ))
        },
    )?;
    let of = |member| names.get(member).cloned();
    Ok(q.members.iter().map(of).collect())
}

/// See [`store::questions::OwnersOf`].
pub(crate) fn owners_of(c: &Sql, q: &OwnersOf) -> Done<Vec<Option<MemberId>>> {
    let phones: Vec<Value<'_>> = q
        .phones
        .iter()
        .map(|phone| Value::Text(phone.as_e164()))
        .collect();
    let owners: FxHashMap<String, MemberId> = keyed(
        c,
        "SELECT phone_number, id FROM users WHERE phone_number = ANY($1::text[])",
        &[Value::List(&phones)],
        |row| Ok((row.get(0)?, member_id(row, 1, "users.id")?)),
    )?;
    let of = |phone: &domain::PhoneNumber| owners.get(phone.as_e164()).copied();
    Ok(q.phones.iter().map(of).collect())
}

/// See [`store::questions::ConsentsOf`].
pub(crate) fn consents_of(c: &Sql, q: &ConsentsOf) -> Done<Vec<ConsentRecord>> {
    let mut found = Vec::new();
    for (channel, handle) in &q.addresses {
        facts::consents(c, *channel, handle, &mut found)?;
    }
    found.sort_by_key(|record| record.purpose != Purpose::All);
    Ok(found)
}

/// See [`store::questions::WindowsOf`].
pub(crate) fn windows_of(c: &Sql, q: &WindowsOf) -> Done<Vec<WindowRecord>> {
    let mut found = Vec::new();
    for handle in &q.handles {
        facts::windows(c, handle, &mut found)?;
    }
    Ok(found)
}
