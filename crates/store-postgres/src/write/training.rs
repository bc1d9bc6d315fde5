//! Sets that members logged.

use domain::work::{Each, WeightUnit};
use store::ops::LogWork;

use crate::fault::Done;
use crate::sql::params;
use crate::tx::{Event, Tx};
use crate::write::members;

/// See [`store::Op::LogWork`].
pub(crate) fn log(tx: &mut Tx<'_>, op: &LogWork) -> Done<bool> {
    if members::read(tx, op.member)?.is_none() {
        return Ok(false);
    }
    let mut logged = 0;
    for (position, work) in op.work.iter().enumerate() {
        let (reps, seconds) = match work.each {
            Each::Reps(reps) => (Some(reps), None),
            Each::Seconds(seconds) => (None, Some(seconds)),
        };
        logged += tx.run(
            "INSERT INTO logged_sets (user_id, message_id, position, done_on, exercise, sets, reps, seconds,
               weight, unit, logged_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (user_id, message_id, position) DO NOTHING",
            params![
                op.member.as_bytes(),
                op.message.as_bytes(),
                i64::try_from(position).unwrap_or(i64::MAX),
                op.done_on.to_string(),
                work.exercise,
                work.sets,
                reps,
                seconds,
                work.weight.map(|weight| weight.hundredths),
                work.weight.and_then(|weight| weight.unit).map(WeightUnit::as_str),
                op.at.as_micros(),
            ],
        )?;
    }
    if logged > 0 {
        tx.event(&Event {
            at: op.at,
            kind: "training.logged",
            member: Some(op.member),
            message: Some(op.message),
            detail: "",
        });
    }
    Ok(true)
}
