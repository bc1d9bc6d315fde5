//! Lists of messages, newest first.

use domain::{Channel, Direction, Kind, MemberId, PlaceState};
use rusqlite::types::ToSql;
use rusqlite::{Connection, Row};
use store::Seq;
use store::questions::Messages;
use store::records::MessageRecord;

use crate::columns::{
    handle_opt, instant, instant_opt, member_id, message_id, message_id_opt, private, word,
    word_opt,
};
use crate::fault::Done;
use crate::read::{all, one, outbound};

/// The most of one list.
const LIMIT_MAX: u32 = 1_000;

/// The columns [`read_record`] reads, from `messages m` and its place `q`.
pub(crate) const RECORD: &str = "m.seq, m.id, m.client_id, m.direction, m.kind, m.queue_name, \
    coalesce(m.channel_used, m.channel), m.content, m.media, m.template, m.variables, \
    m.phone_from, m.phone_to, m.provider, m.provider_message_id, m.delivery_status, q.status, \
    coalesce(q.held_why, m.reason), q.due, m.error_code, m.segments, \
    max(coalesce(q.attempts, 0), m.delivery_attempts), \
    max(coalesce(q.possible_repeat, 0), m.possible_repeat), m.in_reply_to, m.created_at, \
    m.not_before, m.expires_at, m.channel_used, m.blocks, m.button, m.redacted_at";

/// How many those are.
pub(crate) const RECORD_COLUMNS: usize = 31;

/// A row with [`RECORD`]'s columns.
pub(crate) fn read_record(row: &Row<'_>) -> Done<MessageRecord> {
    let carried: Option<Channel> = word_opt(row, 27, "messages.channel_used")?;
    let place: Option<PlaceState> = word_opt(row, 16, "message_queues.status")?;
    Ok(MessageRecord {
        seq: Seq(row.get(0)?),
        id: message_id(row, 1, "messages.id")?,
        member: member_id(row, 2, "messages.client_id")?,
        direction: word(row, 3, "messages.direction")?,
        kind: word_opt(row, 4, "messages.kind")?,
        queue: word_opt(row, 5, "messages.queue_name")?,
        channel: word_opt(row, 6, "messages.channel")?,
        text: private(row, 7, "messages.content")?,
        media: outbound::media(row, 8)?,
        blocks: outbound::blocks(row, 28)?,
        button: row.get(29)?,
        redacted_at: instant_opt(row, 30)?,
        template: row.get(9)?,
        variables: outbound::variables(row, 10)?,
        from: handle_opt(row, 11, "messages.phone_from")?,
        to: handle_opt(row, 12, "messages.phone_to")?,
        // The plan's column has a default; it means something once somebody carried the message.
        provider: match carried {
            Some(_) => Some(word(row, 13, "messages.provider")?),
            None => None,
        },
        provider_message_id: row.get(14)?,
        status: outbound::status(row, 15, "messages.delivery_status")?,
        place,
        reason: row.get(17)?,
        due: match place {
            Some(PlaceState::Held | PlaceState::Waiting) => instant_opt(row, 18)?,
            _ => None,
        },
        error_code: row.get(19)?,
        segments: row.get(20)?,
        attempts: row.get(21)?,
        possible_repeat: row.get(22)?,
        in_reply_to: message_id_opt(row, 23, "messages.in_reply_to")?,
        created_at: instant(row, 24)?,
        not_before: instant_opt(row, 25)?,
        expires_at: instant_opt(row, 26)?,
    })
}

/// The state of a place behind a status word of the API.
fn place_word(word: &str) -> Option<PlaceState> {
    match word {
        "queued" | "waiting" => Some(PlaceState::Waiting),
        "held" => Some(PlaceState::Held),
        "sending" | "begun" => Some(PlaceState::Begun),
        "awaiting_receipt" => Some(PlaceState::AwaitingReceipt),
        "awaiting_evidence" => Some(PlaceState::Unconfirmed),
        _ => None,
    }
}

/// See [`store::questions::Messages`].
pub(crate) fn messages(c: &Connection, q: &Messages) -> Done<Vec<MessageRecord>> {
    // No table is ordered by kinds: of one that was never sent all messages would be read in vain.
    if let Some(kind) = q.kind
        && !was_ever_sent(c, kind)?
    {
        return Ok(Vec::new());
    }
    let mut wheres = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut add = |condition: &str, value: Box<dyn ToSql>| {
        values.push(value);
        wheres.push(condition.replace('?', &format!("?{}", values.len())));
    };
    let state = q.status.as_deref().and_then(place_word);
    let mut order = "m.seq";
    let mut join = "LEFT JOIN";
    if let Some(state) = state {
        // The places are few beside the messages: they lead.
        order = "q.sequence_number";
        join = "JOIN";
        add("q.status = ?", Box::new(state.as_str()));
    } else if let Some(status) = &q.status {
        add("m.delivery_status = ?", Box::new(status.clone()));
    }
    if let Some(member) = q.member {
        order = "m.seq";
        add(
            "m.client_id = ?",
            Box::new(MemberId::as_bytes(&member).to_vec()),
        );
    }
    if let Some(channel) = q.channel {
        add(
            "coalesce(m.channel_used, m.channel) = ?",
            Box::new(channel.as_str()),
        );
    }
    if let Some(kind) = q.kind {
        add("m.kind = ?", Box::new(Kind::as_str(kind)));
    }
    if let Some(reason) = &q.reason {
        // Of places their own column tells it, without a look at their messages.
        let column = if state.is_some() {
            "q.held_why = ?"
        } else {
            "coalesce(q.held_why, m.reason) = ?"
        };
        add(column, Box::new(reason.clone()));
    }
    if let Some(direction) = q.direction {
        add("m.direction = ?", Box::new(Direction::as_str(direction)));
    }
    if let Some(before) = q.before {
        add(&format!("{order} < ?"), Box::new(before.0));
    }
    let wheres = if wheres.is_empty() {
        "1".to_owned()
    } else {
        wheres.join(" AND ")
    };
    let limit = q.limit.min(LIMIT_MAX);
    let sql = format!(
        "SELECT {RECORD} FROM messages m {join} message_queues q ON q.sequence_number = m.seq
         WHERE {wheres} ORDER BY {order} DESC LIMIT {limit}"
    );
    all(
        c,
        &sql,
        rusqlite::params_from_iter(values.iter().map(|value| &**value)),
        read_record,
    )
}

fn was_ever_sent(c: &Connection, kind: Kind) -> Done<bool> {
    let count = one(
        c,
        "SELECT value FROM counters WHERE topic = 'kind' AND word = ?1",
        [kind.as_str()],
        |row| Ok(row.get::<_, i64>(0)?),
    )?;
    Ok(count.is_some_and(|count| count > 0))
}
