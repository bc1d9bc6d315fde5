//! What waits, what ended badly, and notes of the team.

use domain::{NoteId, PlaceState};
use store::Seq;
use store::questions::{DeadCounts, DeadLetters, NotesOf, WaitingNow};
use store::records::{DeadCount, DeadGroup, DeadLetter, MemberNote, Waiting, WaitingGroup};

use crate::columns::{bytes, instant, instant_opt, member_id, private, text, word};
use crate::fault::Done;
use crate::read::all;
use crate::read::messages::{RECORD, RECORD_COLUMNS, read_record};
use crate::sql::{Sql, params};

/// See [`store::questions::WaitingNow`].
pub(crate) fn waiting(c: &Sql, q: WaitingNow) -> Done<Waiting> {
    let by_state = all(
        c,
        "SELECT word, sum(value)::bigint FROM counters WHERE topic = 'place' GROUP BY word
           HAVING sum(value) > 0 ORDER BY word",
        params![],
        |row| {
            let count = u64::try_from(row.get::<i64>(1)?).unwrap_or(0);
            let state: PlaceState = word(row, 0, "counters.word")?;
            Ok((state, count))
        },
    )?;
    let groups = all(
        c,
        "SELECT status, held_why, is_later, count(*), count(DISTINCT lane), min(sequence_number),
           min(created_at), min(due), max(due)
         FROM (SELECT status, held_why, lane, sequence_number, created_at, due,
             coalesce(status = 'waiting' AND due > $1, false) AS is_later
           FROM message_queues ORDER BY sequence_number LIMIT $2) oldest
         GROUP BY status, held_why, is_later ORDER BY min(sequence_number)",
        params![q.at.as_micros(), q.limit],
        |row| {
            let count =
                |at: usize| -> Done<u64> { Ok(u64::try_from(row.get::<i64>(at)?).unwrap_or(0)) };
            Ok(WaitingGroup {
                state: word(row, 0, "message_queues.status")?,
                why: row.get(1)?,
                is_later: row.get(2)?,
                places: count(3)?,
                lanes: count(4)?,
                first: Seq(row.get(5)?),
                since: instant(row, 6)?,
                due_first: instant_opt(row, 7)?,
                due_last: instant_opt(row, 8)?,
            })
        },
    )?;
    Ok(Waiting {
        by_state,
        looked_at: groups.iter().map(|group| group.places).sum(),
        groups,
    })
}

/// See [`store::questions::DeadCounts`].
pub(crate) fn dead_counts(c: &Sql, q: DeadCounts) -> Done<Vec<DeadCount>> {
    all(
        c,
        "SELECT d.status, m.reason,
           CASE WHEN d.status IN ('failed', 'undelivered') THEN m.error_code END AS code, count(*),
           max(d.ended_at)
         FROM (SELECT seq, status, ended_at FROM dead_letters
           WHERE ended_at >= $1 AND left_at IS NULL ORDER BY ended_at DESC LIMIT $2) d
         JOIN messages m ON m.seq = d.seq
         GROUP BY d.status, m.reason, code ORDER BY max(d.ended_at) DESC",
        params![q.since.as_micros(), q.limit],
        |row| {
            Ok(DeadCount {
                group: DeadGroup {
                    status: word(row, 0, "dead_letters.status")?,
                    reason: row.get(1)?,
                    error_code: row.get(2)?,
                },
                count: u64::try_from(row.get::<i64>(3)?).unwrap_or(0),
                newest: instant(row, 4)?,
            })
        },
    )
}

/// See [`store::questions::DeadLetters`].
pub(crate) fn dead_letters(c: &Sql, q: &DeadLetters) -> Done<Vec<DeadLetter>> {
    let group = &q.group;
    let before = q.before.map_or(i64::MAX, |seq| seq.0);
    let sql = format!(
        "SELECT {RECORD}, d.ended_at
         FROM (SELECT seq, status, ended_at FROM dead_letters
           WHERE ended_at BETWEEN $2 AND $3 AND left_at IS NULL AND seq < $1
           ORDER BY ended_at DESC LIMIT $8) d
         JOIN messages m ON m.seq = d.seq
         LEFT JOIN message_queues q ON q.sequence_number = m.seq
         WHERE d.status = $4 AND m.reason IS NOT DISTINCT FROM $5::text AND CASE WHEN d.status IN ('failed', 'undelivered') THEN m.error_code END
             IS NOT DISTINCT FROM $6::integer
         ORDER BY d.seq DESC LIMIT $7"
    );
    all(
        c,
        &sql,
        params![
            before,
            q.since.as_micros(),
            q.until.as_micros(),
            group.status.as_str(),
            group.reason,
            group.error_code,
            q.limit,
            q.look_at
        ],
        |row| {
            Ok(DeadLetter {
                message: read_record(row)?,
                ended_at: instant(row, RECORD_COLUMNS)?,
            })
        },
    )
}

/// See [`store::questions::NotesOf`].
pub(crate) fn notes(c: &Sql, q: NotesOf) -> Done<Vec<MemberNote>> {
    all(
        c,
        "SELECT id, user_id, author, text, written_at FROM member_notes
         WHERE user_id = $1 AND deleted_at IS NULL ORDER BY written_at DESC, id DESC LIMIT $2",
        params![q.member.as_bytes(), q.limit],
        |row| {
            Ok(MemberNote {
                id: NoteId::from_bytes(bytes(row, 0, "member_notes.id")?),
                member: member_id(row, 1, "member_notes.user_id")?,
                author: text(row, 2, "member_notes.author")?.to_owned(),
                text: private(row, 3, "member_notes.text")?,
                at: instant(row, 4)?,
            })
        },
    )
}
