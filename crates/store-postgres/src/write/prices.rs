//! What providers charged (facts/twilio.md 12): the newest word counts, and a change is told of.

use domain::{Money, Timestamp};
use store::costs::CountedAttempt;
use store::ops::{PriceTold, RecordPrices};

use crate::columns::{instant, member_id, money_opt, word};
use crate::fault::Done;
use crate::sql::params;
use crate::tx::{Event, Tx};
use crate::write::costs::counted;

/// See [`store::Op::RecordPrices`].
pub(crate) fn record(tx: &mut Tx<'_>, op: &RecordPrices) -> Done<u32> {
    let mut changed = 0;
    for told in &op.told {
        changed += u32::from(one(tx, told, op.at)?);
    }
    if let Some(asked_to) = op.asked_to {
        tx.run(
            "INSERT INTO price_marks (event_id) VALUES ($1) ON CONFLICT DO NOTHING",
            params![asked_to],
        )?;
        tx.run(
            "DELETE FROM price_marks WHERE event_id < $1",
            params![asked_to],
        )?;
    }
    Ok(changed)
}

/// Keeps what was told of one attempt; whether its price is new or another.
fn one(tx: &mut Tx<'_>, told: &PriceTold, at: Timestamp) -> Done<bool> {
    let id = told.attempt;
    let found = tx.one(
        "SELECT a.id, m.client_id, a.channel, a.begun_at, a.estimate_amount, a.estimate_currency
         FROM messages m JOIN attempts a ON a.id = ANY(ARRAY[m.seq * 256 + $2]) WHERE m.id = $1",
        params![id.message.as_bytes(), i64::from(id.number)],
        |row| {
            Ok((
                row.get::<i64>(0)?,
                member_id(row, 1, "messages.client_id")?,
                CountedAttempt {
                    channel: word(row, 2, "attempts.channel")?,
                    begun_at: instant(row, 3)?,
                    counted: counted(row, 4)?,
                },
            ))
        },
    )?;
    let Some((key, member, attempt)) = found else {
        return Ok(false);
    };
    // Two nodes that are told at once take turns, and each moves the costs by what it finds.
    tx.run(
        "INSERT INTO attempt_prices (id, asked) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING",
        params![key],
    )?;
    let before = tx.one(
        "SELECT amount, currency FROM attempt_prices WHERE id = $1 FOR UPDATE",
        params![key],
        |row| {
            let currency: Option<String> = row.get(1)?;
            money_opt(row.get(0)?, currency.as_deref())
        },
    )?;
    let before = before.flatten();
    let price = told.price.or(before);
    tx.run(
        "UPDATE attempt_prices SET amount = $2, currency = $3, told_at = coalesce($4, told_at),
           asked = $5, ask_at = $6 WHERE id = $1",
        params![
            key,
            price.map(Money::micros),
            price.map(|price| price.currency().as_str().to_owned()),
            told.price.map(|_| at.as_micros()),
            told.asked,
            told.ask_at.map(Timestamp::as_micros)
        ],
    )?;
    let Some(new) = told.price.filter(|_| price != before) else {
        return Ok(false);
    };
    tx.memory.costs.told(attempt, before, new);
    let detail = match before {
        None => new.to_string(),
        Some(before) => format!("{new}, before {before}"),
    };
    tx.event(&Event {
        at,
        kind: "message.price",
        member: Some(member),
        message: Some(id.message),
        detail: &detail,
    });
    Ok(true)
}
