//! Who is logged in, and whom a code is for.

use domain::{Channel, MessageId, Preferences};
use rusqlite::{Connection, params};
use store::questions::{AccountOf, SessionOf};
use store::records::{AccountRecord, FormerAddress, Member, NewMember, SessionRecord};

use crate::columns::{instant, member_id, text, word};
use crate::fault::Done;
use crate::read::{all, one};

/// See [`store::questions::SessionOf`].
pub(crate) fn session(c: &Connection, q: &SessionOf) -> Done<Option<SessionRecord>> {
    one(
        c,
        "SELECT user_id, opened_at, expires_at, coalesce(used_at, opened_at) FROM member_sessions
         WHERE key = ?1 AND expires_at > ?2",
        params![q.key, q.at.as_micros()],
        read_session,
    )
}

fn read_session(row: &rusqlite::Row<'_>) -> Done<SessionRecord> {
    Ok(SessionRecord {
        member: member_id(row, 0, "member_sessions.user_id")?,
        opened_at: instant(row, 1)?,
        used_at: instant(row, 3)?,
        expires_at: instant(row, 2)?,
    })
}

/// See [`store::questions::AccountOf`].
pub(crate) fn account(c: &Connection, q: &AccountOf) -> Done<AccountRecord> {
    let sessions = all(
        c,
        "SELECT user_id, opened_at, expires_at, coalesce(used_at, opened_at) FROM member_sessions
         WHERE user_id = ?1 AND expires_at > ?2 ORDER BY opened_at DESC",
        params![q.member.as_bytes(), q.at.as_micros()],
        read_session,
    )?;
    let former = all(
        c,
        "SELECT channel, address, left_at FROM former_addresses WHERE user_id = ?1
         ORDER BY left_at DESC",
        params![q.member.as_bytes()],
        |row| {
            Ok(FormerAddress {
                channel: word(row, 0, "former_addresses.channel")?,
                handle: word(row, 1, "former_addresses.address")?,
                left_at: instant(row, 2)?,
            })
        },
    )?;
    Ok(AccountRecord { sessions, former })
}

/// Whoever has the phone a code goes to, as the planner asks for members: nothing is known of them.
pub(crate) fn addressee(c: &Connection, message: MessageId) -> Done<Option<Member>> {
    one(
        c,
        // Whoever proves an e-mail address is the member who asks: they have a phone.
        "SELECT c.id, CASE c.channel WHEN 'email' THEN u.phone_number ELSE c.address END, c.country,
           c.locale, c.opened_at, CASE c.channel WHEN 'email' THEN c.address END
         FROM login_codes c LEFT JOIN users u ON u.id = c.user_id
         WHERE c.message_id = ?1 AND (c.channel <> 'email' OR u.phone_number IS NOT NULL)",
        [message.as_bytes()],
        |row| {
            let opened_at = instant(row, 4)?;
            Ok(Member {
                profile: NewMember {
                    id: member_id(row, 0, "login_codes.id")?,
                    name: "".into(),
                    phone: word(row, 1, "login_codes.address")?,
                    country: row.get(2)?,
                    email: row.get(5)?,
                    time_zone: "UTC".to_owned(),
                    locale: text(row, 3, "login_codes.locale")?.to_owned(),
                    preferred_send_hour: 0,
                    preferred_channel: Some(Channel::Sms),
                    preferences: Preferences::default(),
                    cohort: None,
                    programme: String::new(),
                },
                whatsapp_number: None,
                created_at: opened_at,
                updated_at: opened_at,
            })
        },
    )
}
