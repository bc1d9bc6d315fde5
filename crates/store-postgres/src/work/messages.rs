//! Rows of `messages`: what the operations look at, what they change, and the statements that write it. Each
//! column of a statement costs something for every row (docs/decisions/0041), so what is not looked at is not
//! read, and most changes, which are of the status alone, write nothing else.

use domain::{Channel, DeliveryStatus, Kind, MemberId, MessageId};
use store::records::ErrorNote;

use super::flush::{Columns, channel, columns, status};
use super::{Kept, Rows};
use crate::columns::{member_id, message_id, word, word_opt};
use crate::fault::Done;
use crate::sql::{AsValue as _, Row, Value};

/// What is looked at, and what was changed since it was read.
#[derive(Clone, Debug)]
pub(crate) struct MessageRow {
    pub(crate) id: MessageId,
    pub(crate) member: MemberId,
    pub(crate) kind: Option<Kind>,
    pub(crate) status: DeliveryStatus,
    pub(crate) channel_used: Option<Channel>,
    pub(crate) attempts: u8,
    news: News,
}

/// What is to be written beside what is looked at.
#[derive(Clone, Debug, Default)]
struct News {
    /// The status is another.
    status: bool,
    ended: Option<Ended>,
    carried: Option<Carried>,
    error: Option<Error>,
}

/// How its place was left.
#[derive(Clone, Debug, Default)]
struct Ended {
    /// The reason, unless that stays.
    why: Option<String>,
    /// What was sent may repeat something.
    possible_repeat: bool,
}

/// Who carried it last, in the plan's columns.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    pub(crate) channel: Channel,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) provider: String,
    /// The provider's id, unless that stays.
    pub(crate) provider_message_id: Option<String>,
    pub(crate) segments: Segments,
    pub(crate) at: i64,
}

/// SMS segments of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Segments {
    /// As many as were known.
    Stay,
    /// So many, or nobody knows.
    Are(Option<u16>),
}

impl Segments {
    fn value(self) -> Value<'static> {
        match self {
            Self::Stay => Value::Int(-1),
            Self::Are(None) => Value::Null,
            Self::Are(Some(segments)) => Value::Int(segments.into()),
        }
    }
}

/// Its error.
#[derive(Clone, Debug)]
struct Error {
    code: Option<u32>,
    meaning: String,
    /// Whether the one it had stays, where it had one.
    first_stays: bool,
}

impl MessageRow {
    pub(super) fn new(id: MessageId, member: MemberId, kind: Kind) -> Self {
        Self {
            id,
            member,
            kind: Some(kind),
            status: DeliveryStatus::Pending,
            channel_used: None,
            attempts: 0,
            news: News::default(),
        }
    }

    pub(super) fn read(row: &Row) -> Done<(i64, Self)> {
        let message = Self {
            id: message_id(row, 1, "messages.id")?,
            member: member_id(row, 2, "messages.client_id")?,
            kind: word_opt(row, 3, "messages.kind")?,
            status: word(row, 4, "messages.delivery_status")?,
            channel_used: word_opt(row, 5, "messages.channel_used")?,
            attempts: row.get(6)?,
            news: News::default(),
        };
        Ok((row.get(0)?, message))
    }

    /// Its status is this.
    pub(crate) fn advance(&mut self, status: DeliveryStatus) {
        self.news.status |= status != self.status;
        self.status = status;
    }

    /// So many attempts were begun.
    pub(crate) fn begun(&mut self, attempts: u8) {
        if attempts != self.attempts {
            self.attempts = attempts;
            self.news.ended.get_or_insert_default();
        }
    }

    /// Why its place ended.
    pub(crate) fn ended(&mut self, why: &str) {
        self.news.ended.get_or_insert_default().why = Some(why.to_owned());
    }

    /// What was sent may repeat something.
    pub(crate) fn may_repeat(&mut self) {
        self.news.ended.get_or_insert_default().possible_repeat = true;
    }

    /// Who carried it.
    pub(crate) fn carried(&mut self, mut by: Carried) {
        if let Some(before) = self.news.carried.take() {
            by.provider_message_id = by.provider_message_id.or(before.provider_message_id);
            if let Segments::Stay = by.segments {
                by.segments = before.segments;
            }
        }
        self.channel_used = Some(by.channel);
        self.news.carried = Some(by);
    }

    /// Its error is this one, whatever it was.
    pub(crate) fn failed(&mut self, error: &ErrorNote) {
        self.news.error = Some(Error {
            code: error.code,
            meaning: error.meaning.clone(),
            first_stays: false,
        });
    }

    /// Its error is this one, unless it has one.
    pub(crate) fn failed_first(&mut self, error: &ErrorNote) {
        let known = self.news.error.get_or_insert_with(|| Error {
            code: None,
            meaning: error.meaning.clone(),
            first_stays: true,
        });
        known.code = known.code.or(error.code);
    }
}

const ADVANCED: &str = "UPDATE messages m SET delivery_status = v.status
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::text[]) AS status) AS v
     WHERE m.seq = ANY(ARRAY[v.seq])";

const ENDED: &str = "UPDATE messages m SET delivery_status = v.status,
       delivery_attempts = v.attempts, reason = coalesce(v.why, m.reason),
       possible_repeat = m.possible_repeat OR v.possible_repeat
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::text[]) AS status,
       unnest($3::integer[]) AS attempts, unnest($4::text[]) AS why,
       unnest($5::boolean[]) AS possible_repeat) AS v
     WHERE m.seq = ANY(ARRAY[v.seq])";

/// Segments that are -1 stay.
const CARRIED: &str = "UPDATE messages m SET delivery_status = v.status,
       delivery_attempts = v.attempts, channel_used = v.channel_used, phone_from = v.phone_from,
       phone_to = v.phone_to, provider = v.provider,
       provider_message_id = coalesce(v.provider_message_id, m.provider_message_id),
       segments = CASE WHEN v.segments = -1 THEN m.segments ELSE v.segments END,
       last_delivery_attempt_at = v.at
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::text[]) AS status,
       unnest($3::integer[]) AS attempts, unnest($4::text[]) AS channel_used,
       unnest($5::text[]) AS phone_from, unnest($6::text[]) AS phone_to,
       unnest($7::text[]) AS provider, unnest($8::text[]) AS provider_message_id,
       unnest($9::integer[]) AS segments, unnest($10::timestamptz[]) AS at) AS v
     WHERE m.seq = ANY(ARRAY[v.seq])";

const FAILED: &str = "UPDATE messages m SET
       error_code = CASE WHEN v.first_stays THEN coalesce(m.error_code, v.code) ELSE v.code END,
       delivery_error = CASE WHEN v.first_stays THEN coalesce(m.delivery_error, v.meaning)
         ELSE v.meaning END
     FROM (SELECT unnest($1::bigint[]) AS seq, unnest($2::bigint[]) AS code,
       unnest($3::text[]) AS meaning, unnest($4::boolean[]) AS first_stays) AS v
     WHERE m.seq = ANY(ARRAY[v.seq])";

/// The statements that write what was changed.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 4] = [ADVANCED, ENDED, CARRIED, FAILED];

/// What was changed, in the order of the numbers. A row stands in more than one of them where it ended as
/// well as was carried, or failed.
pub(super) fn changed(rows: &Rows<MessageRow>) -> [Option<Columns<'_>>; 4] {
    let mut changed: Vec<(i64, &MessageRow)> = rows
        .iter()
        .filter_map(|(seq, kept)| Some((*seq, kept.as_ref()?)))
        .filter(|(_, kept)| kept.is_changed())
        .map(|(seq, kept)| (seq, &kept.row))
        .collect();
    changed.sort_unstable_by_key(|(seq, _)| *seq);
    let all = || changed.iter().copied();
    [
        columns(
            ADVANCED,
            all().filter_map(|(seq, row)| {
                let News {
                    status: true,
                    ended: None,
                    carried: None,
                    ..
                } = &row.news
                else {
                    return None;
                };
                Some([Value::Int(seq), status(row.status)])
            }),
        ),
        columns(
            ENDED,
            all().filter_map(|(seq, row)| {
                let ended = row.news.ended.as_ref()?;
                Some([
                    Value::Int(seq),
                    status(row.status),
                    row.attempts.value(),
                    ended.why.value(),
                    ended.possible_repeat.value(),
                ])
            }),
        ),
        columns(
            CARRIED,
            all().filter_map(|(seq, row)| {
                let by = row.news.carried.as_ref()?;
                Some([
                    Value::Int(seq),
                    status(row.status),
                    row.attempts.value(),
                    channel(Some(by.channel)),
                    by.from.value(),
                    by.to.value(),
                    by.provider.value(),
                    by.provider_message_id.value(),
                    by.segments.value(),
                    by.at.value(),
                ])
            }),
        ),
        columns(
            FAILED,
            all().filter_map(|(seq, row)| {
                let error = row.news.error.as_ref()?;
                Some([
                    Value::Int(seq),
                    error.code.value(),
                    error.meaning.value(),
                    error.first_stays.value(),
                ])
            }),
        ),
    ]
}

/// What was changed is written.
pub(super) fn are_written(rows: &mut Rows<MessageRow>) {
    for Kept { row, changed } in rows.values_mut().flatten() {
        row.news = News::default();
        *changed = super::Changed::Nothing;
    }
}
