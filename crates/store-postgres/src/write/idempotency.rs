//! Callers' keys and the answers they had (G2): a tag, then 24 bytes for each result.

use crate::sql::params;
use domain::{MessageId, Timestamp};
use store::Seq;
use store::ops::{AcceptRefusal, Accepted};
use store::records::Idempotency;

use crate::fault::{Done, corrupt};
use crate::tx::Tx;
use crate::work::Looked;

/// What is known of a key.
#[derive(Debug)]
pub(crate) enum Key {
    /// Nothing.
    New,
    /// It was used with another body.
    Reused,
    /// It was used with the same body; the answer.
    Known(Vec<u8>),
}

const PLACE: &str = "idempotency_keys.answer";

/// Looks a key up.
pub(crate) fn look_up(tx: &Tx<'_>, key: &Idempotency) -> Done<Key> {
    let found = match tx.known_key(key)? {
        Looked::Used(fingerprint, answer) => Some((fingerprint == key.fingerprint, answer)),
        Looked::Free => None,
        Looked::Nowhere => tx.apart().one(
            "SELECT fingerprint, answer FROM idempotency_keys WHERE scope = $1 AND key = $2",
            params![key.scope, key.key],
            |row| {
                let same = row.get::<&[u8]>(0)? == key.fingerprint;
                Ok((same, row.get::<&[u8]>(1)?.to_vec()))
            },
        )?,
    };
    Ok(match found {
        None => Key::New,
        Some((false, _)) => Key::Reused,
        Some((true, answer)) => Key::Known(answer),
    })
}

/// Keeps a key with its answer. Whoever keeps the same at the same time on another node fails, tries
/// again, and finds this one.
pub(crate) fn keep(tx: &Tx<'_>, key: &Idempotency, answer: &[u8], at: Timestamp) -> Done<()> {
    let now = at.as_micros();
    if tx.add_key(key, answer, now) {
        return Ok(());
    }
    let values = params![key.scope, key.key, key.fingerprint, answer, now];
    let replaced = tx.apart().run(
        "UPDATE idempotency_keys SET fingerprint = $3, answer = $4, created_at = $5
         WHERE scope = $1 AND key = $2",
        values,
    )?;
    if replaced == 0 {
        tx.apart().run(
            "INSERT INTO idempotency_keys (scope, key, fingerprint, answer, created_at)
             VALUES ($1, $2, $3, $4, $5)",
            values,
        )?;
    }
    Ok(())
}

/// Results as bytes.
pub(crate) fn packed(results: &[Result<Accepted, AcceptRefusal>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(results.len() * 25);
    for result in results {
        let (tag, id, seq) = match result {
            Ok(accepted) => (0, *accepted.id.as_bytes(), accepted.seq.0),
            Err(AcceptRefusal::UnknownMember) => (1, [0; 16], 0),
            Err(AcceptRefusal::OccasionTaken(id)) => (2, *id.as_bytes(), 0),
        };
        bytes.push(tag);
        bytes.extend_from_slice(&id);
        bytes.extend_from_slice(&seq.to_be_bytes());
    }
    bytes
}

/// And back.
pub(crate) fn results(bytes: &[u8]) -> Done<Vec<Result<Accepted, AcceptRefusal>>> {
    let (chunks, rest) = bytes.as_chunks::<25>();
    if !rest.is_empty() {
        return Err(corrupt(PLACE, "cut short"));
    }
    chunks
        .iter()
        .map(|[tag, rest @ ..]| {
            let id: [u8; 16] = rest
                .first_chunk()
                .copied()
                .ok_or_else(|| corrupt(PLACE, "cut short"))?;
            let seq: [u8; 8] = rest
                .last_chunk()
                .copied()
                .ok_or_else(|| corrupt(PLACE, "cut short"))?;
            let id = MessageId::from_bytes(id);
            match tag {
                0 => Ok(Ok(Accepted {
                    id,
                    seq: Seq(i64::from_be_bytes(seq)),
                })),
                1 => Ok(Err(AcceptRefusal::UnknownMember)),
                2 => Ok(Err(AcceptRefusal::OccasionTaken(id))),
                _ => Err(corrupt(PLACE, "an unknown result")),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_read_back_as_written() {
        let id = MessageId::from_bytes([7; 16]);
        let written = [
            Ok(Accepted { id, seq: Seq(9) }),
            Err(AcceptRefusal::UnknownMember),
            Err(AcceptRefusal::OccasionTaken(id)),
        ];
        assert_eq!(results(&packed(&written)).unwrap(), written);
        assert!(results(&[0; 24]).is_err());
    }
}
