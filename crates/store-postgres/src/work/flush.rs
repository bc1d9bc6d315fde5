//! Writing what is pending: one statement for each table, rows as arrays.

mod activity;
mod costs;
mod dead_letters;
mod joining;
mod outbound;

use domain::{Channel, DeliveryStatus, MemberId, MessageId, Timestamp};

use super::{
    AttemptRow, Changed, EventRow, Kept, LaneNoticeRow, NewAttempt, NewPlace, PlaceRow, ReceiptRow,
    Rows, Work, messages,
};
use crate::columns::lane_in;
use crate::fault::Done;
use crate::sql::{AsValue as _, Query, Value};
use crate::tx::Tx;
use crate::unheard::Witness;

impl Tx<'_> {
    /// Writes what is pending.
    pub(crate) fn flush(&self) -> Done<()> {
        let mut work = self.work();
        if work.pending {
            let columns = work.columns();
            self.sql.pipeline(&queries(&columns))?;
            drop(columns);
            work.is_written();
        }
        Ok(())
    }

    /// Writes what is pending and forgets what was read.
    pub(crate) fn flush_and_forget(&self) -> Done<()> {
        self.flush()?;
        self.work().forget();
        Ok(())
    }

    /// What will be there if this transaction commits and else not, if there is anything that is still
    /// pending.
    pub(crate) fn witness(&self) -> Option<Witness> {
        let work = self.work();
        let event = work.new_events.first().cloned().map(Witness::Event);
        event.or_else(|| {
            let attempt = work.new_attempts.first();
            attempt.map(|attempt| Witness::Attempt(attempt.key))
        })
    }

    /// Writes what is pending, and by how much the counters changed, and commits.
    pub(crate) fn finish(self) -> Done<()> {
        let node = self.memory.ownership.epoch().0;
        let mut counts: Vec<_> = self.memory.counts.drain().collect();
        counts.retain(|(_, by)| *by != 0);
        counts.sort_unstable();
        let topics: Vec<_> = counts.iter().map(|((topic, _), _)| topic.value()).collect();
        let words: Vec<_> = counts.iter().map(|((_, word), _)| word.value()).collect();
        let changes: Vec<_> = counts.iter().map(|(_, by)| *by).collect();
        let moved = self.memory.costs.take();
        let costs = self::columns(costs::COSTS, moved.iter().map(costs::cost));
        let happened = self.memory.activity.take();
        let activity = self::columns(activity::ACTIVITY, happened.iter().map(activity::happening));
        let work = self.work.into_inner();
        let columns = work.columns();
        let mut queries = queries(&columns);
        for (text, lists) in [&costs, &activity].into_iter().flatten() {
            let mut values = vec![Value::Int(node)];
            values.extend(lists.iter().map(|list| Value::List(list)));
            queries.push(Query::new(text, &values));
        }
        if !counts.is_empty() {
            let values = [
                Value::Int(node),
                Value::List(&topics),
                Value::List(&words),
                Value::Ints(&changes),
            ];
            queries.push(Query::new(COUNTERS, &values));
        }
        queries.push(Query::new("COMMIT", &[]));
        self.sql.pipeline(&queries)?;
        Ok(())
    }
}

/// A statement, and its parameters as columns.
pub(super) type Columns<'a> = (&'static str, Vec<Vec<Value<'a>>>);

fn queries<'a>(columns: &'a [Columns<'a>]) -> Vec<Query<'a>> {
    columns
        .iter()
        .map(|(text, lists)| {
            let lists: Vec<_> = lists.iter().map(|list| Value::List(list)).collect();
            Query::new(text, &lists)
        })
        .collect()
}

impl Work {
    /// What is pending. New rows come before changed ones: what is new may have been changed since.
    fn columns(&self) -> Vec<Columns<'_>> {
        let gone = self.gone_places.iter().map(|seq| [Value::Int(*seq)]);
        let [users, profiles, consents, ledger, audits] = joining::new(&self.joining);
        let keys = joining::keys(&self.keys.new);
        let [plain, others, blocks] = outbound::new(&self.new_messages);
        let [advanced, ended, carried, failed] = messages::changed(&self.messages);
        let all = [
            users,
            profiles,
            consents,
            ledger,
            audits,
            keys,
            plain,
            others,
            blocks,
            columns(NEW_INBOUND, self.inbound_of_members()),
            columns(NEW_STRANGERS, self.inbound_of_strangers()),
            columns(WINDOWS, self.windows_in_order()),
            columns(NEW_PLACES, self.new_places.iter().map(new_place)),
            columns(NEW_ATTEMPTS, self.new_attempts.iter().map(new_attempt)),
            columns(NEW_RECEIPTS, self.new_receipts.iter().map(receipt)),
            advanced,
            ended,
            carried,
            failed,
            changed(PLACES, &self.places, Changed::All, place),
            changed(MOVED_PLACES, &self.places, Changed::Part, moved_place),
            changed(ATTEMPTS, &self.attempts, Changed::All, attempt),
            changed(
                ADVANCED_ATTEMPTS,
                &self.attempts,
                Changed::Part,
                advanced_attempt,
            ),
            columns(GONE_PLACES, gone),
            columns(OCCASIONS, self.occasions_in_order().map(occasion)),
            columns(EVENTS, self.new_events.iter().map(event)),
            columns(LANE_NOTICES, self.new_notices.iter().map(lane_notice)),
            columns(WATCHES, self.watches()),
            columns(GONE_WATCHES, self.gone_watches()),
            columns(dead_letters::ENTER, self.dead()),
            columns(dead_letters::LEAVE, self.no_longer_dead()),
        ];
        all.into_iter().flatten().collect()
    }

    fn inbound_of_members(&self) -> impl Iterator<Item = [Value<'_>; 16]> {
        self.new_inbound.iter().filter_map(|row| {
            let (seq, member, unanswered) = row.of_member.as_ref()?;
            let inbound = &row.inbound;
            Some([
                Value::Int(*seq),
                Value::Bytes(inbound.id.as_bytes()),
                Value::Bytes(member.as_bytes()),
                channel(Some(inbound.channel)),
                Value::Text(inbound.from.as_str()),
                Value::Text(inbound.to.as_str()),
                Value::Text(inbound.provider.as_str()),
                inbound.provider_message_id.value(),
                Value::Int(inbound.received_at.as_micros()),
                if *unanswered {
                    Value::Bool(true)
                } else {
                    Value::Null
                },
                inbound.account.value(),
                inbound.button.value(),
                row.media.value(),
                inbound.metadata.value(),
                Value::Text(inbound.text.as_str()),
                instant(row.answer_from),
            ])
        })
    }

    fn inbound_of_strangers(&self) -> impl Iterator<Item = [Value<'_>; 12]> {
        let strangers = self
            .new_inbound
            .iter()
            .filter(|row| row.of_member.is_none());
        strangers.map(|row| {
            let inbound = &row.inbound;
            [
                Value::Bytes(inbound.id.as_bytes()),
                Value::Text(inbound.provider.as_str()),
                inbound.account.value(),
                inbound.provider_message_id.value(),
                channel(Some(inbound.channel)),
                Value::Text(inbound.from.as_str()),
                Value::Text(inbound.to.as_str()),
                inbound.button.value(),
                row.media.value(),
                inbound.metadata.value(),
                Value::Text(inbound.text.as_str()),
                Value::Int(inbound.received_at.as_micros()),
            ]
        })
    }

    /// In the order of their keys, as those of [`Self::occasions_in_order`].
    fn watches(&self) -> impl Iterator<Item = [Value<'_>; 2]> {
        let mut all: Vec<_> = self
            .new_watches
            .iter()
            .filter_map(|(message, due)| Some((message, (*due)?)))
            .collect();
        all.sort_unstable();
        all.into_iter()
            .map(|(message, due)| [Value::Bytes(message.as_bytes()), Value::Int(due)])
    }

    fn gone_watches(&self) -> impl Iterator<Item = [Value<'_>; 1]> {
        let mut all: Vec<_> = self
            .new_watches
            .iter()
            .filter_map(|(message, due)| due.is_none().then_some(message))
            .collect();
        all.sort_unstable();
        all.into_iter()
            .map(|message| [Value::Bytes(message.as_bytes())])
    }

    /// In the order of their keys, as those of [`Self::occasions_in_order`].
    fn windows_in_order(&self) -> impl Iterator<Item = [Value<'_>; 3]> {
        let mut all: Vec<_> = self.new_windows.iter().collect();
        all.sort_unstable();
        all.into_iter().map(|((address, sender), ends_at)| {
            [address.value(), sender.value(), Value::Int(*ends_at)]
        })
    }

    /// In the order of their keys: two nodes that take the same ones wait for each other in one order.
    fn occasions_in_order(&self) -> impl Iterator<Item = &(MemberId, String, MessageId)> {
        let mut all: Vec<_> = self.new_occasions.iter().collect();
        all.sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        all.into_iter()
    }

    /// Nothing is pending any more.
    fn is_written(&mut self) {
        self.new_messages.clear();
        self.new_places.clear();
        self.new_attempts.clear();
        self.new_receipts.clear();
        self.gone_places.clear();
        self.new_inbound.clear();
        self.new_windows.clear();
        self.new_occasions.clear();
        self.new_events.clear();
        self.new_notices.clear();
        self.new_watches.clear();
        self.new_dead.clear();
        self.joining.is_written();
        self.keys.new.clear();
        messages::are_written(&mut self.messages);
        unchanged(&mut self.places);
        unchanged(&mut self.attempts);
        self.pending = false;
    }
}

/// The columns of these rows, if there are any.
pub(super) fn columns<'a, const N: usize>(
    statement: &'static str,
    rows: impl Iterator<Item = [Value<'a>; N]>,
) -> Option<Columns<'a>> {
    let mut columns: Vec<Vec<Value<'a>>> = vec![Vec::with_capacity(rows.size_hint().0); N];
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let any = columns.first().is_some_and(|column| !column.is_empty());
    any.then_some((statement, columns))
}

/// The columns of the rows of which so much was changed, in the order of their keys.
fn changed<'a, T, const N: usize>(
    statement: &'static str,
    rows: &'a Rows<T>,
    how_much: Changed,
    values: impl Fn(i64, &'a T) -> [Value<'a>; N],
) -> Option<Columns<'a>> {
    let mut changed: Vec<(i64, &T)> = rows
        .iter()
        .filter_map(|(key, kept)| kept.as_ref().map(|kept| (*key, kept)))
        .filter(|(_, kept)| kept.changed == how_much)
        .map(|(key, kept)| (key, &kept.row))
        .collect();
    changed.sort_unstable_by_key(|(key, _)| *key);
    let rows = changed.into_iter().map(|(key, row)| values(key, row));
    columns(statement, rows)
}

fn unchanged<T>(rows: &mut Rows<T>) {
    for Kept { changed, .. } in rows.values_mut().flatten() {
        *changed = Changed::Nothing;
    }
}

const GONE_PLACES: &str = "DELETE FROM message_queues WHERE sequence_number = ANY($1::bigint[])";

const WATCHES: &str = "INSERT INTO delivery_watches (message_id, due)
     SELECT unnest($1::uuid[]), unnest($2::timestamptz[])
     ON CONFLICT (message_id) DO UPDATE SET due = excluded.due";

const GONE_WATCHES: &str = "DELETE FROM delivery_watches WHERE message_id = ANY($1::uuid[])";

const COUNTERS: &str = "INSERT INTO counters (node, topic, word, value)
     SELECT $1, topic, word, by
     FROM (SELECT unnest($2::text[]) AS topic, unnest($3::text[]) AS word,
       unnest($4::bigint[]) AS by) AS changed
     ON CONFLICT (topic, word, node) DO UPDATE SET value = counters.value + excluded.value";

const NEW_INBOUND: &str = "INSERT INTO messages (seq, id, client_id, direction, delivery_status,
       channel_used, phone_from, phone_to, provider, provider_message_id, created_at, unanswered,
       account, button, media, metadata, content, answer_from)
     SELECT seq, id, client_id, 'inbound', 'delivered', channel, phone_from, phone_to, provider,
       provider_message_id, at, unanswered, account, button, media, metadata, content, answer_from
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::uuid[]) AS id,
       unnest($3::uuid[]) AS client_id, unnest($4::text[]) AS channel,
       unnest($5::text[]) AS phone_from, unnest($6::text[]) AS phone_to,
       unnest($7::text[]) AS provider, unnest($8::text[]) AS provider_message_id,
       unnest($9::timestamptz[]) AS at, unnest($10::boolean[]) AS unanswered,
       unnest($11::text[]) AS account, unnest($12::text[]) AS button,
       unnest($13::text[]) AS media, unnest($14::jsonb[]) AS metadata,
       unnest($15::text[]) AS content, unnest($16::timestamptz[]) AS answer_from) AS new";

const NEW_STRANGERS: &str = "INSERT INTO stranger_messages (id, provider, account,
       provider_message_id, channel, address, sender, button, media, metadata, content, received_at)
     SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]),
       unnest($5::text[]), unnest($6::text[]), unnest($7::text[]), unnest($8::text[]),
       unnest($9::text[]), unnest($10::text[]), unnest($11::text[]),
       unnest($12::timestamptz[])";

const WINDOWS: &str = "INSERT INTO session_windows (address, sender, ends_at)
     SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::timestamptz[])
     ON CONFLICT (address, sender) DO UPDATE SET ends_at = excluded.ends_at
     WHERE excluded.ends_at > session_windows.ends_at";

const NEW_PLACES: &str = "INSERT INTO message_queues (sequence_number, id, message_id, client_id,
       lane, priority, due, attempts, retry_count, max_retries, possible_repeat, created_at,
       queue_name, shard)
     SELECT seq, message_id, message_id, client_id, lane, priority, due, attempts, retry_count,
       max_retries, possible_repeat, created_at, queue_name, shard
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::uuid[]) AS message_id,
       unnest($3::uuid[]) AS client_id, unnest($4::bigint[]) AS lane,
       unnest($5::integer[]) AS priority, unnest($6::timestamptz[]) AS due,
       unnest($7::integer[]) AS attempts, unnest($8::integer[]) AS retry_count,
       unnest($9::integer[]) AS max_retries, unnest($10::boolean[]) AS possible_repeat,
       unnest($11::timestamptz[]) AS created_at, unnest($12::text[]) AS queue_name,
       unnest($13::integer[]) AS shard) AS new";

fn new_place(new: &NewPlace) -> [Value<'_>; 13] {
    let place = &new.place;
    [
        place.seq.value(),
        Value::Bytes(place.message.as_bytes()),
        Value::Bytes(place.member.as_bytes()),
        Value::Int(lane_in(place.lane)),
        Value::Int((place.priority as u8).into()),
        instant(place.due),
        place.begun.value(),
        place.counted.value(),
        place.max.value(),
        place.possible_repeat.value(),
        new.created_at.value(),
        new.queue.value(),
        Value::Int(place.lane.shard().number().into()),
    ]
}

const NEW_ATTEMPTS: &str = "INSERT INTO attempts (id, status, channel, provider, sender, address,
       template, segments, begun_at, decision, estimate_amount, estimate_currency)
     SELECT id, 'pending', channel, provider, sender, address, template, segments, begun_at, decision,
       estimate_amount, estimate_currency
     FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS channel,
       unnest($3::text[]) AS provider, unnest($4::text[]) AS sender,
       unnest($5::text[]) AS address, unnest($6::text[]) AS template,
       unnest($7::integer[]) AS segments, unnest($8::timestamptz[]) AS begun_at,
       unnest($9::text[]) AS decision, unnest($10::bigint[]) AS estimate_amount,
       unnest($11::text[]) AS estimate_currency) AS new";

fn new_attempt(new: &NewAttempt) -> [Value<'_>; 11] {
    [
        new.key.value(),
        channel(Some(new.channel)),
        new.provider.value(),
        new.sender.value(),
        new.address.value(),
        new.template.value(),
        new.segments.value(),
        new.begun_at.value(),
        new.decision.value(),
        new.estimate.0.value(),
        new.estimate.1.value(),
    ]
}

const NEW_RECEIPTS: &str = "INSERT INTO receipts (id, word, status, error_code, received_at)
     SELECT unnest($1::bigint[]), unnest($2::text[]), unnest($3::text[]),
       unnest($4::bigint[]), unnest($5::timestamptz[])";

fn receipt(new: &ReceiptRow) -> [Value<'_>; 5] {
    [
        new.id.value(),
        new.word.value(),
        new.status
            .map_or(Value::Null, |status| Value::Text(status.as_str())),
        new.error_code.value(),
        new.at.value(),
    ]
}

const PLACES: &str = "UPDATE message_queues q SET status = v.status, due = v.due,
       attempts = v.attempts, retry_count = v.retry_count, epoch = v.epoch, held_why = v.held_why,
       possible_repeat = v.possible_repeat, released_by_reply = v.released_by_reply
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::text[]) AS status,
       unnest($3::timestamptz[]) AS due, unnest($4::integer[]) AS attempts,
       unnest($5::integer[]) AS retry_count, unnest($6::bigint[]) AS epoch,
       unnest($7::text[]) AS held_why, unnest($8::boolean[]) AS possible_repeat,
       unnest($9::boolean[]) AS released_by_reply) AS v
     WHERE q.sequence_number = ANY(ARRAY[v.seq])";

fn place(seq: i64, row: &PlaceRow) -> [Value<'_>; 9] {
    let place = &row.place;
    [
        Value::Int(seq),
        Value::Text(place.state.as_str()),
        instant(place.due),
        place.begun.value(),
        place.counted.value(),
        place.epoch.value(),
        row.held_why.value(),
        place.possible_repeat.value(),
        row.released_by_reply.value(),
    ]
}

/// Where they stand, and nothing else.
const MOVED_PLACES: &str = "UPDATE message_queues q SET status = v.status, due = v.due,
       attempts = v.attempts, epoch = v.epoch, held_why = NULL
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::text[]) AS status,
       unnest($3::timestamptz[]) AS due, unnest($4::integer[]) AS attempts,
       unnest($5::bigint[]) AS epoch) AS v
     WHERE q.sequence_number = ANY(ARRAY[v.seq])";

fn moved_place(seq: i64, row: &PlaceRow) -> [Value<'_>; 5] {
    let place = &row.place;
    [
        Value::Int(seq),
        Value::Text(place.state.as_str()),
        instant(place.due),
        place.begun.value(),
        place.epoch.value(),
    ]
}

const ADVANCED_ATTEMPTS: &str = "UPDATE attempts a SET status = v.status
     FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS status) AS v
     WHERE a.id = ANY(ARRAY[v.id])";

fn advanced_attempt(key: i64, row: &AttemptRow) -> [Value<'_>; 2] {
    [Value::Int(key), status(row.status)]
}

const ATTEMPTS: &str = "UPDATE attempts a SET status = v.status, settled_at = v.settled_at,
       provider_message_id = v.provider_message_id, segments = v.segments,
       error_code = v.error_code, error = v.error, conflict = v.conflict
     FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS status,
       unnest($3::timestamptz[]) AS settled_at,
       unnest($4::text[]) AS provider_message_id, unnest($5::integer[]) AS segments,
       unnest($6::bigint[]) AS error_code, unnest($7::text[]) AS error,
       unnest($8::boolean[]) AS conflict) AS v
     WHERE a.id = ANY(ARRAY[v.id])";

fn attempt(key: i64, row: &AttemptRow) -> [Value<'_>; 8] {
    [
        Value::Int(key),
        status(row.status),
        row.settled_at.value(),
        row.provider_message_id.value(),
        row.segments.value(),
        row.error_code.value(),
        row.error.value(),
        row.conflict.value(),
    ]
}

const OCCASIONS: &str = "INSERT INTO occasions (client_id, occasion, message_id)
     SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::uuid[])";

fn occasion((member, name, message): &(MemberId, String, MessageId)) -> [Value<'_>; 3] {
    [
        Value::Bytes(member.as_bytes()),
        name.value(),
        Value::Bytes(message.as_bytes()),
    ]
}

const EVENTS: &str = "INSERT INTO events (id, at, kind, client_id, message_id, detail)
     SELECT unnest($1::bigint[]), unnest($2::timestamptz[]), unnest($3::text[]),
       unnest($4::uuid[]), unnest($5::uuid[]), unnest($6::text[])";

fn event(new: &EventRow) -> [Value<'_>; 6] {
    [
        new.id.value(),
        new.at.value(),
        new.kind.value(),
        new.member
            .as_ref()
            .map(MemberId::as_bytes)
            .map_or(Value::Null, |id| Value::Bytes(id)),
        message_id(new.message.as_ref()),
        new.detail.value(),
    ]
}

const LANE_NOTICES: &str = "INSERT INTO lane_notices (shard, what, lane, seq, priority, due)
     SELECT unnest($1::integer[]), unnest($2::text[]), unnest($3::bigint[]),
       unnest($4::bigint[]), unnest($5::integer[]), unnest($6::timestamptz[])";

fn lane_notice(new: &LaneNoticeRow) -> [Value<'_>; 6] {
    [
        new.shard.value(),
        new.what.value(),
        new.lane.value(),
        new.seq.value(),
        new.priority.value(),
        new.due.value(),
    ]
}

pub(super) fn status(status: DeliveryStatus) -> Value<'static> {
    Value::Text(status.as_str())
}

pub(super) fn channel(channel: Option<Channel>) -> Value<'static> {
    channel.map_or(Value::Null, |channel| Value::Text(channel.as_str()))
}

fn instant(at: Option<Timestamp>) -> Value<'static> {
    at.map_or(Value::Null, |at| Value::Int(at.as_micros()))
}

fn message_id(id: Option<&MessageId>) -> Value<'_> {
    id.map_or(Value::Null, |id| Value::Bytes(id.as_bytes()))
}

/// The statements that change or remove rows, for whoever looks at their plans.
#[cfg(test)]
pub(super) const CHANGING: [&str; 8] = [
    outbound::BLOCKS,
    PLACES,
    MOVED_PLACES,
    ATTEMPTS,
    ADVANCED_ATTEMPTS,
    GONE_PLACES,
    GONE_WATCHES,
    dead_letters::LEAVE,
];
