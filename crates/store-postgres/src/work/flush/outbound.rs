//! New outbound messages.

use domain::Kind;

use super::super::NewOutbound;
use super::{Columns, channel, columns, message_id};
use crate::sql::{AsValue as _, Value};

/// The statements that store these, and their values.
pub(super) fn new(messages: &[NewOutbound]) -> [Option<Columns<'_>>; 3] {
    let plain = messages.iter().filter(|new| new.is_plain());
    let others = messages.iter().filter(|new| !new.is_plain());
    [
        columns(NEW_PLAIN, plain.map(new_plain)),
        columns(NEW_MESSAGES, others.map(new_message)),
        columns(BLOCKS, messages.iter().filter_map(blocks)),
    ]
}

const NEW_MESSAGES: &str = "INSERT INTO messages (seq, id, client_id, direction, kind, queue_name,
       channel, created_at, critical, attempts_max, not_before, expires_at, in_reply_to, knocks_for,
       occasion, template, variables, media, content)
     SELECT seq, id, client_id, 'outbound', kind, queue_name, channel, created_at, critical,
       attempts_max, not_before, expires_at, in_reply_to, knocks_for, occasion, template, variables,
       media, content
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::uuid[]) AS id,
       unnest($3::uuid[]) AS client_id, unnest($4::text[]) AS kind,
       unnest($5::text[]) AS queue_name, unnest($6::text[]) AS channel,
       unnest($7::timestamptz[]) AS created_at, unnest($8::boolean[]) AS critical,
       unnest($9::integer[]) AS attempts_max, unnest($10::timestamptz[]) AS not_before,
       unnest($11::timestamptz[]) AS expires_at, unnest($12::uuid[]) AS in_reply_to,
       unnest($13::uuid[]) AS knocks_for, unnest($14::text[]) AS occasion,
       unnest($15::text[]) AS template, unnest($16::text[]) AS variables,
       unnest($17::text[]) AS media, unnest($18::text[]) AS content) AS new";

/// The same for those of which these columns have nothing: most messages, and a column costs even then.
const NEW_PLAIN: &str =
    "INSERT INTO messages (seq, id, client_id, direction, kind, queue_name, channel,
       created_at, critical, attempts_max, expires_at, content)
     SELECT seq, id, client_id, 'outbound', kind, queue_name, channel, created_at, critical,
       attempts_max, expires_at, content
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::uuid[]) AS id,
       unnest($3::uuid[]) AS client_id, unnest($4::text[]) AS kind,
       unnest($5::text[]) AS queue_name, unnest($6::text[]) AS channel,
       unnest($7::timestamptz[]) AS created_at, unnest($8::boolean[]) AS critical,
       unnest($9::integer[]) AS attempts_max, unnest($10::timestamptz[]) AS expires_at,
       unnest($11::text[]) AS content) AS new";

fn new_plain(new: &NewOutbound) -> [Value<'_>; 11] {
    [
        new.seq.value(),
        Value::Bytes(new.id.as_bytes()),
        Value::Bytes(new.member.as_bytes()),
        Value::Text(Kind::as_str(new.kind)),
        new.queue.value(),
        channel(new.channel),
        new.created_at.value(),
        new.critical.value(),
        new.attempts_max.value(),
        new.expires_at.value(),
        new.content.value(),
    ]
}

/// A statement of its own, so that messages without blocks do not pay for those with them.
pub(super) const BLOCKS: &str = "UPDATE messages SET blocks = new.blocks
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::text[]) AS blocks) AS new
     WHERE messages.seq = ANY(ARRAY[new.seq])";

fn blocks(new: &NewOutbound) -> Option<[Value<'_>; 2]> {
    let blocks = new.blocks.as_ref()?;
    Some([new.seq.value(), Value::Text(blocks)])
}

fn new_message(new: &NewOutbound) -> [Value<'_>; 18] {
    [
        new.seq.value(),
        Value::Bytes(new.id.as_bytes()),
        Value::Bytes(new.member.as_bytes()),
        Value::Text(Kind::as_str(new.kind)),
        new.queue.value(),
        channel(new.channel),
        new.created_at.value(),
        new.critical.value(),
        new.attempts_max.value(),
        new.not_before.value(),
        new.expires_at.value(),
        message_id(new.in_reply_to.as_ref()),
        message_id(new.knocks_for.as_ref()),
        new.occasion.value(),
        new.template.value(),
        new.variables.value(),
        new.media.value(),
        new.content.value(),
    ]
}
