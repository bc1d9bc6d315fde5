//! Programmes, who follows which, and occurrences without a message.

use std::collections::BTreeMap;

use domain::MemberId;
use domain::work::{Each, Weight, WeightUnit, Work};
use jiff::civil::Date;
use rustc_hash::FxHashMap;
use store::questions::{Programmes, RhythmsOf, TrainingOf};
use store::records::{
    EnrolmentRecord, LoggedWork, OccurrenceEnd, ProgrammeRecord, ProgrammesKept, Rhythm,
    TrainingRecord,
};

use super::all;
use crate::columns::{instant, instant_opt, member_id, message_id, text};
use crate::fault::{Done, corrupt};
use crate::sql::{AsValue as _, Row, Sql, Value, params};

/// See [`store::questions::Programmes`].
pub(crate) fn programmes(c: &Sql, q: Programmes) -> Done<ProgrammesKept> {
    let stamps = all(
        c,
        "SELECT coalesce(max(change), 0) FROM programme_versions",
        params![],
        |row| row.get(0),
    )?;
    let stamp: i64 = stamps.into_iter().next().unwrap_or(0);
    if q.known == Some(stamp) {
        return Ok(ProgrammesKept {
            stamp,
            programmes: None,
        });
    }
    let programmes = all(
        c,
        "SELECT slug, version, files::text, saved_by, saved_at, published_at, change
         FROM programme_versions AS kept
         WHERE version = (SELECT max(version) FROM programme_versions AS one WHERE one.slug = kept.slug)
           OR version = (SELECT max(version) FROM programme_versions AS one
                WHERE one.slug = kept.slug AND one.published_at IS NOT NULL)
         ORDER BY slug, version",
        params![],
        programme,
    )?;
    Ok(ProgrammesKept {
        stamp,
        programmes: Some(programmes),
    })
}

/// A row with the columns of [`programmes`], in their order.
pub(crate) fn programme(row: &Row) -> Done<ProgrammeRecord> {
    let files: BTreeMap<String, String> =
        serde_json::from_str(text(row, 2, "programme_versions.files")?)
            .map_err(|_| corrupt("programme_versions.files", "no texts"))?;
    Ok(ProgrammeRecord {
        slug: row.get(0)?,
        version: row.get(1)?,
        files,
        saved_by: row.get(3)?,
        saved_at: instant(row, 4)?,
        published_at: instant_opt(row, 5)?,
        revision: row.get(6)?,
    })
}

/// See [`store::questions::RhythmsOf`].
pub(crate) fn rhythms_of(c: &Sql, q: &RhythmsOf) -> Done<Vec<Rhythm>> {
    let ids: Vec<Value<'_>> = q
        .members
        .iter()
        .map(|member| member.as_bytes().value())
        .collect();
    let mut found: FxHashMap<MemberId, Rhythm> = FxHashMap::default();
    let enrolments = all(
        c,
        "SELECT user_id, programme, started_on FROM enrolments
         WHERE user_id = ANY($1::uuid[]) AND ended_at IS NULL",
        &[Value::List(&ids)],
        |row| {
            let member = member_id(row, 0, "enrolments.user_id")?;
            Ok((member, row.get(1)?, date(row, 2, "enrolments.started_on")?))
        },
    )?;
    for (member, programme, started_on) in enrolments {
        found.entry(member).or_default().enrolment = Some((programme, started_on));
    }
    let pauses = all(
        c,
        "SELECT user_id, from_date, until_date FROM pauses WHERE user_id = ANY($1::uuid[])
         ORDER BY user_id, from_date",
        &[Value::List(&ids)],
        |row| {
            let member = member_id(row, 0, "pauses.user_id")?;
            let from = date(row, 1, "pauses.from_date")?;
            Ok((member, from, date_opt(row, 2, "pauses.until_date")?))
        },
    )?;
    for (member, from, until) in pauses {
        found.entry(member).or_default().pauses.push((from, until));
    }
    let of = |member| found.get(member).cloned().unwrap_or_default();
    Ok(q.members.iter().map(of).collect())
}

/// See [`store::questions::TrainingOf`].
pub(crate) fn training_of(c: &Sql, q: TrainingOf) -> Done<TrainingRecord> {
    let id = q.member.as_bytes();
    let enrolments = all(
        c,
        "SELECT programme, started_on, began_at, ended_at FROM enrolments WHERE user_id = $1
         ORDER BY began_at DESC",
        params![id],
        |row| {
            Ok(EnrolmentRecord {
                programme: row.get(0)?,
                started_on: date(row, 1, "enrolments.started_on")?,
                began_at: instant(row, 2)?,
                ended_at: instant_opt(row, 3)?,
            })
        },
    )?;
    let occurrences = all(
        c,
        "SELECT occasion, due_at, why FROM occurrences WHERE user_id = $1
         ORDER BY due_at DESC, occasion LIMIT $2",
        params![id, q.limit],
        |row| {
            Ok(OccurrenceEnd {
                member: q.member,
                occasion: row.get(0)?,
                due_at: instant(row, 1)?,
                why: row.get(2)?,
            })
        },
    )?;
    let logged = all(
        c,
        "SELECT message_id, done_on, exercise, sets, reps, seconds, weight, unit, logged_at FROM logged_sets
         WHERE user_id = $1 ORDER BY logged_at DESC, message_id, position LIMIT $2",
        params![id, q.limit],
        logged_work,
    )?;
    let rhythm = rhythms_of(
        c,
        &RhythmsOf {
            members: vec![q.member],
        },
    )?;
    let pauses = rhythm.into_iter().next().unwrap_or_default().pauses;
    Ok(TrainingRecord {
        enrolments,
        pauses,
        occurrences,
        logged,
    })
}

fn logged_work(row: &Row) -> Done<LoggedWork> {
    let (reps, seconds): (Option<u32>, Option<u32>) = (row.get(4)?, row.get(5)?);
    let each = match (reps, seconds) {
        (Some(reps), None) => Each::Reps(reps),
        (None, Some(seconds)) => Each::Seconds(seconds),
        _ => return Err(corrupt("logged_sets.reps", "neither or both")),
    };
    let unit: Option<String> = row.get(7)?;
    let unit = unit.map(|word| {
        WeightUnit::from_word(&word).ok_or_else(|| corrupt("logged_sets.unit", "no unit"))
    });
    let unit = unit.transpose()?;
    let hundredths: Option<u32> = row.get(6)?;
    Ok(LoggedWork {
        message: message_id(row, 0, "logged_sets.message_id")?,
        done_on: date(row, 1, "logged_sets.done_on")?,
        work: Work {
            exercise: row.get(2)?,
            sets: row.get(3)?,
            each,
            weight: hundredths.map(|hundredths| Weight { hundredths, unit }),
        },
        logged_at: instant(row, 8)?,
    })
}

fn date(row: &Row, at: usize, place: &str) -> Done<Date> {
    text(row, at, place)?
        .parse()
        .map_err(|_| corrupt(place, "no date"))
}

fn date_opt(row: &Row, at: usize, place: &str) -> Done<Option<Date>> {
    let written: Option<String> = row.get(at)?;
    written
        .map(|written| written.parse().map_err(|_| corrupt(place, "no date")))
        .transpose()
}
