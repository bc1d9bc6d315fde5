//! Receipts whose message is not known yet: kept, bounded, and applied once it is (G23).

use crate::sql::params;
use domain::{DeliveryStatus, Purpose};
use store::ops::{AddressEffects, OnFailure, Receipt, ReceiptAnswer};
use store::records::ErrorNote;

use crate::columns::{instant, word_opt};
use crate::fault::{Done, Fault, corrupt};
use crate::tx::Tx;
use crate::write::receipt::receive;
use crate::write::standing;

/// How many receipts may be parked; past it the oldest goes.
const PARKED_MAX: i64 = 10_000;

/// How many of the newest are looked at with each beat of a node.
const LOOKED_AT_MAX: i64 = 1_000;

/// Keeps a receipt until its message is known.
pub(crate) fn park(tx: &mut Tx<'_>, op: &Receipt) -> Done<ReceiptAnswer> {
    let known = tx.one(
        "SELECT 1 FROM parked_receipts WHERE provider_message_id = $1 AND provider = $2
           AND word = $3 AND error_code IS NOT DISTINCT FROM $4",
        params![
            op.provider_message_id,
            op.provider.as_str(),
            op.word,
            op.error.as_ref().and_then(|error| error.code)
        ],
        |_| Ok(()),
    )?;
    if known.is_some() {
        return Ok(ReceiptAnswer::Repeated);
    }
    tx.run(
        "DELETE FROM parked_receipts WHERE id <= (SELECT id FROM parked_receipts
           ORDER BY id DESC OFFSET $1 LIMIT 1)",
        params![PARKED_MAX - 1],
    )?;
    let opted_out = op.effects.opted_out.as_ref();
    tx.run(
        "INSERT INTO parked_receipts (provider, provider_message_id, word, status, error_code,
           error_class, error, received_at, opted_out, opted_out_source)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            op.provider.as_str(),
            op.provider_message_id,
            op.word,
            op.status.map(DeliveryStatus::as_str),
            op.error.as_ref().and_then(|error| error.code),
            op.error
                .as_ref()
                .and_then(|error| error.class)
                .map(domain::ErrorClass::as_str),
            op.error.as_ref().map(|error| error.meaning.as_str()),
            op.at.as_micros(),
            opted_out.map(|(purpose, _)| purpose.as_str()),
            opted_out.map(|(_, source)| source.as_str())
        ],
    )?;
    tx.memory.any_parked = true;
    Ok(ReceiptAnswer::Parked)
}

/// Applies what is parked of attempts that this node knows: it came to a node that did not, or while this one was
/// just being told the provider's id. Other nodes do the same with theirs.
pub(crate) fn look_again(tx: &mut Tx<'_>) -> Done<()> {
    if !tx.memory.any_parked {
        return Ok(());
    }
    // The newest each time: which of them commits later than its neighbours nobody knows.
    let newest: Vec<(String, String)> = tx.apart().all(
        "SELECT DISTINCT provider, provider_message_id
         FROM (SELECT provider, provider_message_id FROM parked_receipts ORDER BY id DESC LIMIT $1) AS newest",
        params![LOOKED_AT_MAX],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (provider, provider_message_id) in newest {
        let Some(key) = tx.memory.recent.find(&provider_message_id) else {
            continue;
        };
        let Some((message, attempt)) = standing::attempt_by_key(tx, key)? else {
            continue;
        };
        let is_it = attempt.provider == provider
            && attempt.provider_message_id.as_deref() == Some(&*provider_message_id);
        if is_it {
            unpark(tx, key, &provider_message_id, message.status)?;
        }
    }
    Ok(())
}

/// Applies what was parked for an attempt whose provider id is known.
pub(crate) fn unpark(
    tx: &mut Tx<'_>,
    key: i64,
    provider_message_id: &str,
    status: DeliveryStatus,
) -> Done<DeliveryStatus> {
    let Some((_, known)) = standing::attempt_by_key(tx, key)? else {
        return Ok(status);
    };
    let parked = tx.all(
        "SELECT word, status, error_code, error_class, error, received_at, opted_out,
           opted_out_source FROM parked_receipts
         WHERE provider_message_id = $1 AND provider = $2 ORDER BY id",
        params![provider_message_id, known.provider],
        |row| {
            let error: Option<String> = row.get(4)?;
            Ok(Receipt {
                attempt: None,
                provider_message_id: provider_message_id.to_owned(),
                provider: known
                    .provider
                    .parse()
                    .map_err(|_| corrupt("attempts.provider", "an unknown word"))?,
                word: row.get(0)?,
                status: word_opt(row, 1, "parked_receipts.status")?,
                error: error
                    .map(|meaning| {
                        Ok::<_, Fault>(ErrorNote {
                            code: row.get(2)?,
                            class: word_opt(row, 3, "parked_receipts.error_class")?,
                            meaning,
                        })
                    })
                    .transpose()?,
                effects: AddressEffects {
                    opted_out: word_opt::<Purpose>(row, 6, "parked_receipts.opted_out")?
                        .zip(row.get(7)?),
                    ..AddressEffects::default()
                },
                on_failure: OnFailure::End,
                at: instant(row, 5)?,
            })
        },
    )?;
    let mut now = status;
    for receipt in &parked {
        if let ReceiptAnswer::Applied(_, status) = receive(tx, receipt)? {
            now = status;
        }
    }
    if !parked.is_empty() {
        tx.run(
            "DELETE FROM parked_receipts WHERE provider_message_id = $1 AND provider = $2",
            params![provider_message_id, known.provider],
        )?;
    }
    Ok(now)
}
