//! Who is logged in, and whom a code is for.

use domain::{Channel, MessageId, Preferences};
use store::questions::SessionOf;
use store::records::{Member, NewMember, SessionRecord};

use crate::columns::{instant, member_id, message_id, text, word};
use crate::fault::Done;
use crate::read::{all, one};
use crate::sql::{Sql, Value, params};

/// See [`store::questions::SessionOf`].
pub(crate) fn session(c: &Sql, q: &SessionOf) -> Done<Option<SessionRecord>> {
    one(
        c,
        "SELECT user_id, opened_at, expires_at FROM member_sessions
         WHERE key = $1 AND expires_at > $2",
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

/// Whoever have the phones these codes go to, as the planner asks for members: nothing is known of them.
pub(crate) fn addressees(c: &Sql, messages: &[MessageId]) -> Done<Vec<(MessageId, Member)>> {
    let ids: Vec<Value<'_>> = messages
        .iter()
        .map(|id| Value::Bytes(id.as_bytes()))
        .collect();
    all(
        c,
        "SELECT id, address, country, locale, opened_at, message_id FROM login_codes
         WHERE message_id = ANY($1::uuid[])",
        &[Value::List(&ids)],
        |row| {
            let opened_at = instant(row, 4)?;
            let member = Member {
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
            };
            Ok((message_id(row, 5, "login_codes.message_id")?, member))
        },
    )
}
