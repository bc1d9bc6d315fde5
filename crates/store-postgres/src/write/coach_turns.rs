//! A model that is asked about what a member wrote: the claim of one process, what was decided, and its end.

use domain::{MessageId, Seconds, Timestamp};
use store::ops::{ASKED_MAX, AnswerInbound, BeginTurn, BeginTurnAnswer, KeepTurn};

use crate::fault::Done;
use crate::sql::params;
use crate::tx::Tx;
use crate::write::conversations::{alone, heard, keeper};

/// How long after its end a claim that nobody took up again is forgotten.
const FORGOTTEN_AFTER: Seconds = Seconds::new(24 * 3600);

/// See [`store::Op::BeginTurn`].
pub(crate) fn begin(tx: &mut Tx<'_>, op: &BeginTurn) -> Done<BeginTurnAnswer> {
    // Differs because another node may begin at the same time.
    if !alone(tx, op.member)? || !is_for_rules(tx, op.message)? {
        return Ok(BeginTurnAnswer::Elsewhere);
    }
    let (member, channel) = (op.member.as_bytes(), op.channel.as_str());
    let asking = tx.one(
        "SELECT 1 FROM coach_turns WHERE user_id = $1 AND channel = $2 AND until > $3",
        params![member, channel, op.at.as_micros()],
        |_| Ok(()),
    )?;
    if asking.is_some() {
        return Ok(BeginTurnAnswer::Elsewhere);
    }
    let known = tx.one(
        "SELECT asked, decision FROM coach_turns WHERE message_id = $1",
        params![op.message.as_bytes()],
        |row| Ok((row.get::<u32>(0)?, row.get::<Option<String>>(1)?)),
    )?;
    let (asked, decision) = known.unwrap_or_default();
    if let Some(decision) = decision {
        tx.run(
            "UPDATE coach_turns SET until = $2 WHERE message_id = $1",
            params![op.message.as_bytes(), op.until.as_micros()],
        )?;
        return Ok(BeginTurnAnswer::Decided(decision));
    }
    let today: i64 = tx
        .one(
            "SELECT coalesce(sum(asked), 0) FROM coach_turns WHERE user_id = $1 AND on_date = $2",
            params![member, op.on_date.to_string()],
            |row| row.get(0),
        )?
        .unwrap_or(0);
    if today >= i64::from(op.most) || asked >= ASKED_MAX {
        return Ok(BeginTurnAnswer::Spent);
    }
    tx.run(
        "UPDATE coach_turns SET until = NULL, outcome = coalesce(outcome, 'lost')
         WHERE user_id = $1 AND channel = $2 AND until IS NOT NULL",
        params![member, channel],
    )?;
    tx.run(
        "INSERT INTO coach_turns (message_id, user_id, channel, on_date, asked, began_at, until)
         VALUES ($1, $2, $3, $4, 1, $5, $6)
         ON CONFLICT (message_id) DO UPDATE SET asked = coach_turns.asked + 1, began_at = excluded.began_at,
           until = excluded.until, outcome = NULL",
        params![
            op.message.as_bytes(),
            member,
            channel,
            op.on_date.to_string(),
            op.at.as_micros(),
            op.until.as_micros()
        ],
    )?;
    Ok(BeginTurnAnswer::Begun { time: asked + 1 })
}

/// See [`store::Op::KeepTurn`].
pub(crate) fn keep(tx: &mut Tx<'_>, op: &KeepTurn) -> Done<bool> {
    let is_for_rules = is_for_rules(tx, op.message)?;
    let (until, decision, outcome) = if is_for_rules {
        (
            Some(op.until.as_micros()),
            Some(&op.decision),
            op.outcome.as_str(),
        )
    } else {
        (None, None, OVERTAKEN)
    };
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let kept = tx.run(
        "UPDATE coach_turns SET until = $3, decision = $4, outcome = $5, prompt = $6, model = $7,
           tokens_in = $8, tokens_out = $9, millis = $10
         WHERE message_id = $1 AND asked = $2 AND until IS NOT NULL AND decision IS NULL",
        params![
            op.message.as_bytes(),
            i64::from(op.time),
            until,
            decision,
            outcome,
            op.prompt,
            op.model,
            number(op.tokens_in),
            number(op.tokens_out),
            number(op.millis)
        ],
    )?;
    Ok(kept > 0 && is_for_rules)
}

/// What became of a turn that a person was faster than.
const OVERTAKEN: &str = "overtaken";

/// Ends the turn that an answer names; what was to be said is gone, or said.
pub(super) fn end(tx: &Tx<'_>, op: &AnswerInbound, answered: bool) -> Done<()> {
    let Some(turn) = op.turn else {
        return Ok(());
    };
    tx.run(
        "UPDATE coach_turns SET until = NULL, decision = NULL,
           outcome = CASE WHEN $3::boolean THEN outcome ELSE $4 END,
           answer_id = CASE WHEN $3::boolean THEN (SELECT answer_id FROM messages WHERE id = $2) END
         WHERE message_id = $1 AND until IS NOT NULL",
        params![turn.as_bytes(), op.inbound.as_bytes(), answered, OVERTAKEN],
    )?;
    Ok(())
}

/// Forgets what was to be said in turns that ended with their process, where nobody took them up again.
pub(super) fn tidy(tx: &Tx<'_>, at: Timestamp) -> Done<u32> {
    let forgotten = tx.run(
        "UPDATE coach_turns SET until = NULL, decision = NULL, outcome = coalesce(outcome, 'lost')
         WHERE until < $1",
        params![(at - FORGOTTEN_AFTER).as_micros()],
    )?;
    Ok(u32::try_from(forgotten).unwrap_or(u32::MAX))
}

/// Whether a message waits, and for the rules.
fn is_for_rules(tx: &Tx<'_>, message: MessageId) -> Done<bool> {
    let Some(heard) = heard(tx, message)? else {
        return Ok(false);
    };
    let waits = heard.waits && heard.left_to.is_none() && !heard.is_answered;
    Ok(waits && keeper(tx, heard.member)?.is_none())
}
