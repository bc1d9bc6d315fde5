//! Who is logged in, and whom a code is for.

use domain::{Channel, MessageId, Preferences};
use rusqlite::{Connection, params};
use store::questions::SessionOf;
use store::records::{Member, NewMember, SessionRecord};

use crate::columns::{instant, member_id, text, word};
use crate::fault::Done;
use crate::read::one;

/// See [`store::questions::SessionOf`].
pub(crate) fn session(c: &Connection, q: &SessionOf) -> Done<Option<SessionRecord>> {
    one(
        c,
        "SELECT user_id, opened_at, expires_at FROM member_sessions
         WHERE key = ?1 AND expires_at > ?2",
        params![q.key, q.at.as_micros()],
        |row| {
            Ok(SessionRecord {
                member: member_id(row, 0, "member_sessions.user_id")?,
                opened_at: instant(row, 1)?,
                expires_at: instant(row, 2)?,
            })
        },
    )
}

/// Whoever has the phone a code goes to, as the planner asks for members: nothing is known of them.
pub(crate) fn addressee(c: &Connection, message: MessageId) -> Done<Option<Member>> {
    one(
        c,
        "SELECT id, address, country, locale, opened_at FROM login_codes WHERE message_id = ?1",
        [message.as_bytes()],
        |row| {
            let opened_at = instant(row, 4)?;
            Ok(Member {
                profile: NewMember {
                    id: member_id(row, 0, "login_codes.id")?,
                    name: "".into(),
                    phone: word(row, 1, "login_codes.address")?,
                    country: row.get(2)?,
                    email: None,
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
