//! Rows that writing and reading both turn into records.

use crate::sql::{Row, Sql, params};
use domain::{MemberId, OperatorId, PhoneNumber, Preferences, Topic};
use store::records::{Doubt, Member, NewMember, OpenQuestions, OperatorRecord};

use crate::columns::{
    bytes, instant, instant_opt, member_id, message_id_opt, preference, private, text, word,
    word_opt,
};
use crate::fault::{Done, corrupt};

/// One member, unless unknown or erased.
pub(crate) fn member(sql: &Sql, id: MemberId) -> Done<Option<Member>> {
    sql.one(
        "SELECT u.id, u.phone_number, u.name, u.email, u.country, u.created_at, u.updated_at,
           p.preferred_messaging_provider, p.whatsapp_number, p.time_zone, p.locale,
           p.preferred_send_hour, p.programme, p.daily_workouts, p.weekly_checkins,
           p.chat_responses, p.system_notifications, p.cohort
         FROM users u JOIN user_profiles p ON p.user_id = u.id
         WHERE u.id = $1 AND u.erased_at IS NULL",
        params![id.as_bytes()],
        read_member,
    )
}

/// A row with the columns of [`member`], in its order.
pub(crate) fn read_member(row: &Row) -> Done<Member> {
    let phone: PhoneNumber = word(row, 1, "users.phone_number")?;
    let preferred = match row.get::<Option<String>>(7)? {
        None => None,
        Some(found) => Some(preference(&found).ok_or_else(|| {
            corrupt(
                "user_profiles.preferred_messaging_provider",
                "an unknown word",
            )
        })?),
    };
    Ok(Member {
        profile: NewMember {
            id: member_id(row, 0, "users.id")?,
            name: private(row, 2, "users.name")?,
            phone,
            country: row.get(4)?,
            email: row.get(3)?,
            time_zone: text(row, 9, "user_profiles.time_zone")?.to_owned(),
            locale: text(row, 10, "user_profiles.locale")?.to_owned(),
            preferred_send_hour: row.get(11)?,
            preferred_channel: preferred,
            preferences: preferences(row, 13)?,
            cohort: row.get(17)?,
            programme: text(row, 12, "user_profiles.programme")?.to_owned(),
        },
        whatsapp_number: word_opt(row, 8, "user_profiles.whatsapp_number")?,
        created_at: instant(row, 5)?,
        updated_at: instant(row, 6)?,
    })
}

/// The wishes for all topics in their order, from this column on.
fn preferences(row: &Row, at: usize) -> Done<Preferences> {
    let mut preferences = Preferences::default();
    for (topic, at) in Topic::ALL.iter().zip(at..) {
        preferences = preferences.with(*topic, word_opt(row, at, "a preference")?);
    }
    Ok(preferences)
}

/// The columns `asked_at, doubt_since, doubt_why, doubt_message` of `consents`, from this one on.
pub(crate) fn open_questions(row: &Row, at: usize) -> Done<OpenQuestions> {
    let doubt = match instant_opt(row, at + 1)? {
        None => None,
        Some(since) => Some(Doubt {
            since,
            why: row.get::<Option<String>>(at + 2)?.unwrap_or_default(),
            message: message_id_opt(row, at + 3, "consents.doubt_message")?,
        }),
    };
    Ok(OpenQuestions {
        asked_at: instant_opt(row, at)?,
        doubt,
    })
}

/// Somebody of the team: `id, phone, name, role, made_at, made_by`.
pub(crate) fn read_operator(row: &Row) -> Done<OperatorRecord> {
    Ok(OperatorRecord {
        id: OperatorId::from_bytes(bytes(row, 0, "operators.id")?),
        phone: word(row, 1, "operators.phone")?,
        name: text(row, 2, "operators.name")?.to_owned(),
        role: word(row, 3, "operators.role")?,
        made_at: instant(row, 4)?,
        made_by: text(row, 5, "operators.made_by")?.to_owned(),
    })
}
