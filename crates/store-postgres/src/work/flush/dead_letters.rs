//! The list of messages that ended badly: who enters it, and who leaves.

use super::super::Work;
use crate::sql::Value;

pub(super) const ENTER: &str = "INSERT INTO dead_letters (seq, status, ended_at)
     SELECT unnest($1::bigint[]), unnest($2::text[]), unnest($3::timestamptz[])
     ON CONFLICT (seq) DO UPDATE SET status = excluded.status, ended_at = excluded.ended_at,
       left_at = NULL";

pub(super) const LEAVE: &str = "DELETE FROM dead_letters WHERE seq = ANY($1::bigint[])";

impl Work {
    pub(super) fn dead(&self) -> impl Iterator<Item = [Value<'_>; 3]> {
        let mut all: Vec<_> = self
            .new_dead
            .iter()
            .filter_map(|(seq, ended)| Some((*seq, (*ended)?)))
            .collect();
        all.sort_unstable_by_key(|(seq, _)| *seq);
        all.into_iter().map(|(seq, (status, at))| {
            [
                Value::Int(seq),
                Value::Text(status.as_str()),
                Value::Int(at),
            ]
        })
    }

    pub(super) fn no_longer_dead(&self) -> impl Iterator<Item = [Value<'_>; 1]> {
        let gone = self.new_dead.iter().filter(|(_, ended)| ended.is_none());
        let mut all: Vec<i64> = gone.map(|(seq, _)| *seq).collect();
        all.sort_unstable();
        all.into_iter().map(|seq| [Value::Int(seq)])
    }
}
