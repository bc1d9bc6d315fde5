//! Members and what is known of their addresses.

use domain::{MemberId, PhoneNumber, Purpose, Text};
use rusqlite::{Connection, params};
use store::questions::{ConsentsOf, Members, NamesOf, OwnersOf, WindowsOf};
use store::records::{ConsentRecord, Member, WindowRecord};

use crate::columns::{member_id, private};
use crate::fault::Done;
use crate::read::{all, facts, one};
use crate::rows::read_member;

pub(super) const MEMBER: &str = "SELECT u.id, u.phone_number, u.name, u.email, u.country, u.created_at, \
    u.updated_at, p.preferred_messaging_provider, p.whatsapp_number, p.time_zone, p.locale, \
    p.preferred_send_hour, p.programme, p.daily_workouts, p.weekly_checkins, \
    p.chat_responses, p.system_notifications, p.cohort FROM";

/// See [`store::questions::Members`].
pub(crate) fn members(c: &Connection, q: &Members) -> Done<Vec<Member>> {
    let before = q.before.map_or([0xff; 16], |member| *member.as_bytes());
    match &q.phone {
        Some(phone) => all(
            c,
            &format!(
                "{MEMBER} users u JOIN user_profiles p ON p.user_id = u.id
                 WHERE u.phone_number = ?1 AND u.id < ?2 AND u.erased_at IS NULL LIMIT ?3"
            ),
            params![phone.as_e164(), before, q.limit],
            read_member,
        ),
        None => all(
            c,
            &format!(
                "{MEMBER} users u JOIN user_profiles p ON p.user_id = u.id
                 WHERE u.id < ?1 AND u.erased_at IS NULL ORDER BY u.id DESC LIMIT ?2"
            ),
            params![before, q.limit],
            read_member,
        ),
    }
}

/// See [`store::questions::NamesOf`].
pub(crate) fn names_of(c: &Connection, q: &NamesOf) -> Done<Vec<Option<Text>>> {
    q.members
        .iter()
        .map(|member| {
            one(
                c,
                "SELECT name FROM users WHERE id = ?1 AND erased_at IS NULL",
                params![member.as_bytes()],
                |row| private(row, 0, "users.name"),
            )
        })
        .collect()
}

/// See [`store::questions::OwnersOf`].
pub(crate) fn owners_of(c: &Connection, q: &OwnersOf) -> Done<Vec<Option<MemberId>>> {
    let owner = |phone: &PhoneNumber| {
        one(
            c,
            "SELECT id FROM users WHERE phone_number = ?1",
            params![phone.as_e164()],
            |row| member_id(row, 0, "users.id"),
        )
    };
    q.phones.iter().map(owner).collect()
}

/// See [`store::questions::ConsentsOf`].
pub(crate) fn consents_of(c: &Connection, q: &ConsentsOf) -> Done<Vec<ConsentRecord>> {
    let mut found = Vec::new();
    for (channel, handle) in &q.addresses {
        facts::consents(c, *channel, handle, &mut found)?;
    }
    found.sort_by_key(|record| record.purpose != Purpose::All);
    Ok(found)
}

/// See [`store::questions::WindowsOf`].
pub(crate) fn windows_of(c: &Connection, q: &WindowsOf) -> Done<Vec<WindowRecord>> {
    let mut found = Vec::new();
    for handle in &q.handles {
        facts::windows(c, handle, &mut found)?;
    }
    Ok(found)
}
