//! What stands for another message, and what is to be looked at again.

use domain::{MemberId, MessageId, Timestamp};
use rustc_hash::FxHashMap;
use store::questions::{AsAccepted, ByOccasion, DueWatches, MadeAt};
use store::records::NewMessage;

use super::{all, keyed, one, outbound};
use crate::columns::{instant, member_id, message_id};
use crate::fault::Done;
use crate::sql::{AsValue as _, Sql, Value, params};

/// See [`store::questions::AsAccepted`].
pub(crate) fn as_accepted(c: &Sql, q: AsAccepted) -> Done<Option<NewMessage>> {
    one(
        c,
        "SELECT m.id, m.client_id, m.kind, m.queue_name, m.channel, m.critical, m.content, m.media,
           m.template, m.variables, m.not_before, m.expires_at, m.in_reply_to, m.occasion,
           m.knocks_for, m.attempts_max, m.blocks
         FROM messages m WHERE m.id = $1 AND m.direction = 'outbound' AND m.kind IS NOT NULL",
        params![q.id.as_bytes()],
        |row| outbound::read(row, 0),
    )
}

/// See [`store::questions::ByOccasion`].
pub(crate) fn by_occasion(c: &Sql, q: &ByOccasion) -> Done<Vec<Option<MessageId>>> {
    q.occasions
        .iter()
        .map(|occasion| {
            one(
                c,
                "SELECT message_id FROM occasions WHERE client_id = $1 AND occasion = $2",
                params![q.member.as_bytes(), occasion],
                |row| message_id(row, 0, "occasions.message_id"),
            )
        })
        .collect()
}

/// See [`store::questions::MadeAt`].
pub(crate) fn made_at(c: &Sql, q: &MadeAt) -> Done<Vec<Option<Timestamp>>> {
    let ids: Vec<Value<'_>> = q
        .members
        .iter()
        .map(|member| member.as_bytes().value())
        .collect();
    let made: FxHashMap<MemberId, Timestamp> = keyed(
        c,
        "SELECT o.client_id, m.created_at FROM occasions o JOIN messages m ON m.id = o.message_id
         WHERE o.client_id = ANY($1::uuid[]) AND o.occasion = $2",
        &[Value::List(&ids), q.occasion.value()],
        |row| Ok((member_id(row, 0, "occasions.client_id")?, instant(row, 1)?)),
    )?;
    let of = |member| made.get(member).copied();
    Ok(q.members.iter().map(of).collect())
}

/// See [`store::questions::DueWatches`].
pub(crate) fn due(c: &Sql, q: DueWatches) -> Done<Vec<MessageId>> {
    all(
        c,
        "SELECT message_id FROM delivery_watches WHERE due <= $1 ORDER BY due LIMIT $2",
        params![q.at.as_micros(), q.limit],
        |row| message_id(row, 0, "delivery_watches.message_id"),
    )
}
