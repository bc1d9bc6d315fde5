//! The suppression list of others: each line an opt-out, whether or not we know somebody there. An
//! address of nobody is kept as it is, not as a hash: it must be exportable, and it must be met again
//! when somebody signs up with it.

use crate::sql::params;
use domain::{ConsentState, Timestamp};
use store::ops::{ImportSuppressions, ImportSuppressionsAnswer};
use store::records::ConsentEntry;

use crate::fault::{Done, corrupt};
use crate::tx::Tx;
use crate::write::consent;
use crate::write::idempotency::{self, Key};

/// See [`store::Op::ImportSuppressions`].
pub(crate) fn import(tx: &mut Tx<'_>, op: &ImportSuppressions) -> Done<ImportSuppressionsAnswer> {
    if let Some(key) = &op.idempotency {
        match idempotency::look_up(tx, key)? {
            Key::New => {}
            Key::Reused => return Ok(ImportSuppressionsAnswer::KeyReused),
            Key::Known(answer) => {
                let added = answer
                    .try_into()
                    .map_err(|_| corrupt("idempotency_keys.answer", "not 4 bytes"))?;
                return Ok(ImportSuppressionsAnswer::Listed {
                    added: u32::from_be_bytes(added),
                    begun: Vec::new(),
                    replayed: true,
                });
            }
        }
    }
    let (mut added, mut begun) = (0_u32, Vec::new());
    for (entry, since) in &op.lines {
        let now = consent::current(tx, entry.channel, &entry.handle, entry.purpose)?;
        // One of version 0 is known by its hash only: it becomes a line of the list.
        if now.state == ConsentState::OptedOut && now.version > 0 {
            continue;
        }
        begun.extend(consent::change(tx, entry, op.at)?.begun);
        backdate(tx, entry, *since)?;
        added += 1;
    }
    if let Some(key) = &op.idempotency {
        idempotency::keep(tx, key, &added.to_be_bytes(), op.at)?;
    }
    Ok(ImportSuppressionsAnswer::Listed {
        added,
        begun,
        replayed: false,
    })
}

/// The list says since when; the ledger keeps when we heard of it.
fn backdate(tx: &Tx<'_>, entry: &ConsentEntry, since: Timestamp) -> Done<()> {
    tx.run(
        "UPDATE consents SET changed_at = $4
         WHERE channel = $1 AND address = $2 AND purpose = $3",
        params![
            entry.channel.as_str(),
            entry.handle.as_str(),
            entry.purpose.as_str(),
            since.as_micros()
        ],
    )?;
    Ok(())
}
