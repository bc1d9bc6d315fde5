//! Who is meant when the same words go to many.

use domain::{Channel, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use store::questions::{CountMatching, MembersMatching};
use store::records::{AudienceCount, AudienceMember, SegmentRecord};

use crate::columns::{
    self, bytes, instant, member_id, preference, preference_word, private, text, word,
};
use crate::fault::{Done, corrupt};
use crate::read::all;

/// What is joined, and the conditions: each asks nothing where its value is NULL. Differs because lists are JSON here.
const MATCHING: &str = "FROM users u JOIN user_profiles p ON p.user_id = u.id
    WHERE u.erased_at IS NULL AND u.phone_number IS NOT NULL
      AND (?1 IS NULL OR lower(p.locale) IN (SELECT value FROM json_each(?1))
        OR lower(substr(p.locale, 1, instr(p.locale || '-', '-') - 1)) IN (SELECT value FROM json_each(?1)))
      AND (?2 IS NULL OR u.country IN (SELECT value FROM json_each(?2)))
      AND (?3 IS NULL OR p.time_zone IN (SELECT value FROM json_each(?3)))
      AND (?4 IS NULL OR p.programme IN (SELECT value FROM json_each(?4)))
      AND (?5 IS NULL OR p.preferred_messaging_provider IN (SELECT value FROM json_each(?5)))
      AND ((?6 = 0 AND ?7 = 0 AND ?8 = 0)
        OR (?6 = 1 AND EXISTS (SELECT 1 FROM consents c WHERE c.channel = 'sms' AND c.address = u.phone_number
          AND c.purpose = 'all' AND c.state = 'opted_in'))
        OR (?7 = 1 AND EXISTS (SELECT 1 FROM consents c WHERE c.channel = 'whatsapp'
          AND c.address = coalesce(p.whatsapp_number, u.phone_number)
          AND c.purpose = 'all' AND c.state = 'opted_in'))
        OR (?8 = 1 AND EXISTS (SELECT 1 FROM consents c WHERE c.channel = 'email' AND c.address = u.email
          AND c.purpose = 'all' AND c.state = 'opted_in')))
      AND (?9 IS NULL OR ?9 = EXISTS (SELECT 1 FROM session_windows w
        WHERE w.address = coalesce(p.whatsapp_number, u.phone_number) AND w.ends_at > ?10))
      AND (?11 IS NULL OR EXISTS (SELECT 1 FROM messages m
        WHERE m.client_id = u.id AND m.direction = 'inbound' AND m.created_at >= ?11))
      AND (?12 IS NULL OR NOT EXISTS (SELECT 1 FROM messages m
        WHERE m.client_id = u.id AND m.direction = 'inbound' AND m.created_at >= ?12))
      AND (?13 IS NULL OR u.created_at >= ?13)
      AND (?14 IS NULL OR u.created_at < ?14)";

/// Whether a WhatsApp session window is open.
const IS_OPEN: &str = "EXISTS (SELECT 1 FROM session_windows w
    WHERE w.address = coalesce(p.whatsapp_number, u.phone_number) AND w.ends_at > ?10)";

/// The values of the conditions.
fn values(filter: &domain::audience::Filter, at: Timestamp) -> Vec<Value> {
    let list = |words: Vec<&str>| {
        if words.is_empty() {
            Value::Null
        } else {
            Value::Text(serde_json::json!(words).to_string())
        }
    };
    let texts = |set: &'_ std::collections::BTreeSet<Box<str>>| {
        list(set.iter().map(|text| &**text).collect())
    };
    let flag = |on: bool| Value::Integer(i64::from(on));
    let instant =
        |at: Option<Timestamp>| at.map_or(Value::Null, |at| Value::Integer(at.as_micros()));
    let preferred = &filter.preferred_channels;
    vec![
        texts(&filter.languages),
        texts(&filter.countries),
        texts(&filter.time_zones),
        texts(&filter.programmes),
        list(preferred.iter().map(|one| preference_word(*one)).collect()),
        flag(filter.opted_in.contains(&Channel::Sms)),
        flag(filter.opted_in.contains(&Channel::Whatsapp)),
        flag(filter.opted_in.contains(&Channel::Email)),
        filter.window_open.map_or(Value::Null, flag),
        Value::Integer(at.as_micros()),
        instant(filter.heard_from(at)),
        instant(filter.silent_from(at)),
        instant(filter.joined_from),
        instant(filter.joined_before),
    ]
}

/// See [`store::questions::MembersMatching`].
pub(crate) fn matching(c: &Connection, q: &MembersMatching) -> Done<Vec<AudienceMember>> {
    let mut values = values(&q.filter, q.at);
    let after = q.after.map_or([0; 16], |member| *member.as_bytes());
    values.push(Value::Blob(after.to_vec()));
    values.push(Value::Integer(q.limit.into()));
    all(
        c,
        &format!(
            "SELECT u.id, u.name, u.phone_number, p.locale, u.country, p.time_zone,
               p.preferred_messaging_provider, {IS_OPEN}, u.created_at, p.programme
             {MATCHING} AND u.id > ?15 ORDER BY u.id LIMIT ?16"
        ),
        params_from_iter(values),
        |row| {
            Ok(AudienceMember {
                id: member_id(row, 0, "users.id")?,
                name: private(row, 1, "users.name")?,
                phone: word(row, 2, "users.phone_number")?,
                locale: text(row, 3, "user_profiles.locale")?.to_owned(),
                country: row.get(4)?,
                time_zone: text(row, 5, "user_profiles.time_zone")?.to_owned(),
                preferred_channel: preferred(row, 6)?,
                window_open: row.get(7)?,
                joined_at: instant(row, 8)?,
                programme: text(row, 9, "user_profiles.programme")?.to_owned(),
            })
        },
    )
}

/// See [`store::questions::CountMatching`].
pub(crate) fn count(c: &Connection, q: &CountMatching) -> Done<AudienceCount> {
    let rows = all(
        c,
        &format!(
            "SELECT p.preferred_messaging_provider,
               lower(substr(p.locale, 1, instr(p.locale || '-', '-') - 1)), {IS_OPEN}, count(*)
             {MATCHING} GROUP BY 1, 2, 3"
        ),
        params_from_iter(values(&q.filter, q.at)),
        |row| {
            let language = text(row, 1, "user_profiles.locale")?.to_owned();
            Ok((
                preferred(row, 0)?,
                language,
                row.get(2)?,
                columns::count(row, 3)?,
            ))
        },
    )?;
    let mut counted = AudienceCount::default();
    for (channel, language, is_open, count) in rows {
        counted.add(channel, &language, is_open, count);
    }
    Ok(counted)
}

fn preferred(row: &Row<'_>, at: usize) -> Done<Option<Channel>> {
    let found: Option<String> = row.get(at)?;
    let place = "user_profiles.preferred_messaging_provider";
    found
        .map(|word| preference(&word).ok_or_else(|| corrupt(place, "an unknown word")))
        .transpose()
}

/// See [`store::questions::Segments`].
pub(crate) fn segments(c: &Connection) -> Done<Vec<SegmentRecord>> {
    all(
        c,
        "SELECT id, name, filter, created_at, created_by, changed_at FROM segments ORDER BY name",
        [],
        read_segment,
    )
}

/// A row with the columns of [`segments`], in their order.
pub(crate) fn read_segment(row: &Row<'_>) -> Done<SegmentRecord> {
    let filter = store::audience::parse(text(row, 2, "segments.filter")?)
        .map_err(|_| corrupt("segments.filter", "no conditions"))?;
    Ok(SegmentRecord {
        id: domain::SegmentId::from_bytes(bytes(row, 0, "segments.id")?),
        name: text(row, 1, "segments.name")?.to_owned(),
        filter,
        created_at: instant(row, 3)?,
        created_by: text(row, 4, "segments.created_by")?.to_owned(),
        changed_at: instant(row, 5)?,
    })
}
