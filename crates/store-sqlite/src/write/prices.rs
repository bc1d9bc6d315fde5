//! What providers charged (facts/twilio.md 12): the newest word counts, and a change is told of.

use domain::{Money, Timestamp};
use rusqlite::params;
use store::costs::CountedAttempt;
use store::ops::{PriceTold, RecordPrices};

use crate::columns::{instant, member_id, money_opt, word};
use crate::fault::Done;
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
            "INSERT INTO price_marks (event_id) VALUES (?1) ON CONFLICT DO NOTHING",
            [asked_to],
        )?;
        tx.run("DELETE FROM price_marks WHERE event_id < ?1", [asked_to])?;
    }
    Ok(changed)
}

/// Keeps what was told of one attempt; whether its price is new or another.
fn one(tx: &mut Tx<'_>, told: &PriceTold, at: Timestamp) -> Done<bool> {
    let id = told.attempt;
    let found = tx.one(
        "SELECT a.id, m.client_id, p.amount, p.currency, a.channel, a.begun_at, a.estimate_amount,
           a.estimate_currency
         FROM messages m JOIN attempts a ON a.id = m.seq * 256 + ?2
           LEFT JOIN attempt_prices p ON p.id = a.id WHERE m.id = ?1",
        params![id.message.as_bytes(), i64::from(id.number)],
        |row| {
            let currency: Option<String> = row.get(3)?;
            Ok((
                row.get::<_, i64>(0)?,
                member_id(row, 1, "messages.client_id")?,
                money_opt(row.get(2)?, currency.as_deref())?,
                CountedAttempt {
                    channel: word(row, 4, "attempts.channel")?,
                    begun_at: instant(row, 5)?,
                    counted: counted(row, 6)?,
                },
            ))
        },
    )?;
    let Some((key, member, before, attempt)) = found else {
        return Ok(false);
    };
    let price = told.price.or(before);
    tx.run(
        "INSERT INTO attempt_prices (id, amount, currency, told_at, asked, ask_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, currency = excluded.currency,
           told_at = coalesce(excluded.told_at, attempt_prices.told_at), asked = excluded.asked,
           ask_at = excluded.ask_at",
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
    })?;
    Ok(true)
}
