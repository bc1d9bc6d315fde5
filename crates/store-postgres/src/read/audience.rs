//! Who is meant when the same words go to many.

use domain::{Channel, Timestamp};
use store::questions::{CountMatching, MembersMatching};
use store::records::{AudienceCount, AudienceMember, SegmentRecord};

use crate::columns::{
    bytes, instant, member_id, micros, preference, preference_word, private, text, word,
};
use crate::fault::{Done, corrupt};
use crate::read::all;
use crate::sql::{AsValue as _, Row, Sql, Value, params};

/// What is joined, and the conditions: each asks nothing where its value is NULL.
const MATCHING: &str = "FROM users u JOIN user_profiles p ON p.user_id = u.id
    WHERE u.erased_at IS NULL AND u.phone_number IS NOT NULL
      AND ($1::text[] IS NULL OR lower(p.locale) = ANY($1)
        OR split_part(lower(p.locale), '-', 1) = ANY($1))
      AND ($2::text[] IS NULL OR u.country = ANY($2))
      AND ($3::text[] IS NULL OR p.time_zone = ANY($3))
      AND ($4::text[] IS NULL OR p.programme = ANY($4))
      AND ($5::text[] IS NULL OR p.preferred_messaging_provider = ANY($5))
      AND (NOT ($6::boolean OR $7::boolean OR $8::boolean)
        OR ($6 AND EXISTS (SELECT 1 FROM consents c WHERE c.channel = 'sms' AND c.address = u.phone_number
          AND c.purpose = 'all' AND c.state = 'opted_in'))
        OR ($7 AND EXISTS (SELECT 1 FROM consents c WHERE c.channel = 'whatsapp'
          AND c.address = coalesce(p.whatsapp_number, u.phone_number)
          AND c.purpose = 'all' AND c.state = 'opted_in'))
        OR ($8 AND EXISTS (SELECT 1 FROM consents c WHERE c.channel = 'email' AND c.address = u.email
          AND c.purpose = 'all' AND c.state = 'opted_in')))
      AND ($9::boolean IS NULL OR $9 = EXISTS (SELECT 1 FROM session_windows w
        WHERE w.address = coalesce(p.whatsapp_number, u.phone_number) AND w.ends_at > $10))
      AND ($11::timestamptz IS NULL OR EXISTS (SELECT 1 FROM messages m
        WHERE m.client_id = u.id AND m.direction = 'inbound' AND m.created_at >= $11))
      AND ($12::timestamptz IS NULL OR NOT EXISTS (SELECT 1 FROM messages m
        WHERE m.client_id = u.id AND m.direction = 'inbound' AND m.created_at >= $12))
      AND ($13::timestamptz IS NULL OR u.created_at >= $13)
      AND ($14::timestamptz IS NULL OR u.created_at < $14)";

/// Whether a WhatsApp session window is open.
const IS_OPEN: &str = "EXISTS (SELECT 1 FROM session_windows w
    WHERE w.address = coalesce(p.whatsapp_number, u.phone_number) AND w.ends_at > $10)";

/// Asks with the values of the conditions, and more that follow them.
fn ask<T>(
    c: &Sql,
    query: &str,
    filter: &domain::audience::Filter,
    at: Timestamp,
    more: &[Value<'_>],
    read: impl FnMut(&Row) -> Done<T>,
) -> Done<Vec<T>> {
    let lists = [
        &filter.languages,
        &filter.countries,
        &filter.time_zones,
        &filter.programmes,
    ]
    .map(|set| set.iter().map(|text| Value::Text(text)).collect::<Vec<_>>());
    let preferred: Vec<_> = filter
        .preferred_channels
        .iter()
        .map(|one| Value::Text(preference_word(*one)))
        .collect();
    let mut values: Vec<Value<'_>> = Vec::with_capacity(16);
    for list in lists.iter().chain([&preferred]) {
        values.push(if list.is_empty() {
            Value::Null
        } else {
            Value::List(list)
        });
    }
    for channel in [Channel::Sms, Channel::Whatsapp, Channel::Email] {
        values.push(Value::Bool(filter.opted_in.contains(&channel)));
    }
    values.push(filter.window_open.value());
    values.push(Value::Int(at.as_micros()));
    for instant in [
        filter.heard_from(at),
        filter.silent_from(at),
        filter.joined_from,
        filter.joined_before,
    ] {
        values.push(micros(instant).map_or(Value::Null, Value::Int));
    }
    values.extend_from_slice(more);
    all(c, query, &values, read)
}

/// See [`store::questions::MembersMatching`].
pub(crate) fn matching(c: &Sql, q: &MembersMatching) -> Done<Vec<AudienceMember>> {
    let after = q.after.map_or([0; 16], |member| *member.as_bytes());
    ask(
        c,
        &format!(
            "SELECT u.id, u.name, u.phone_number, p.locale, u.country, p.time_zone,
               p.preferred_messaging_provider, {IS_OPEN}, u.created_at, p.programme
             {MATCHING} AND u.id > $15 ORDER BY u.id LIMIT $16"
        ),
        &q.filter,
        q.at,
        params![after, q.limit],
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
pub(crate) fn count(c: &Sql, q: &CountMatching) -> Done<AudienceCount> {
    let rows: Vec<(Option<Channel>, String, bool, u64)> = ask(
        c,
        &format!(
            "SELECT p.preferred_messaging_provider, split_part(lower(p.locale), '-', 1), {IS_OPEN},
               count(*)
             {MATCHING} GROUP BY 1, 2, 3"
        ),
        &q.filter,
        q.at,
        &[],
        |row| {
            let language = text(row, 1, "user_profiles.locale")?.to_owned();
            Ok((preferred(row, 0)?, language, row.get(2)?, row.get(3)?))
        },
    )?;
    let mut counted = AudienceCount::default();
    for (channel, language, is_open, count) in rows {
        counted.add(channel, &language, is_open, count);
    }
    Ok(counted)
}

fn preferred(row: &Row, at: usize) -> Done<Option<Channel>> {
    let found: Option<&str> = row.get(at)?;
    let place = "user_profiles.preferred_messaging_provider";
    found
        .map(|word| preference(word).ok_or_else(|| corrupt(place, "an unknown word")))
        .transpose()
}

/// See [`store::questions::Segments`].
pub(crate) fn segments(c: &Sql) -> Done<Vec<SegmentRecord>> {
    all(
        c,
        "SELECT id, name, filter, created_at, created_by, changed_at FROM segments ORDER BY name COLLATE \"C\"",
        params![],
        read_segment,
    )
}

/// A row with the columns of [`segments`], in their order.
pub(crate) fn read_segment(row: &Row) -> Done<SegmentRecord> {
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
