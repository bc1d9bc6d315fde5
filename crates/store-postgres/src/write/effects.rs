//! What an answer or receipt tells about the address it concerned.

use crate::sql::params;
use domain::{ConsentEvent, Handle, Timestamp};
use store::ops::AddressEffects;
use store::records::{ConsentEntry, Proof};

use crate::columns::ERASED;
use crate::fault::{Done, corrupt};
use crate::tx::Tx;
use crate::write::consent;
use crate::write::receipt::Attempt;

/// Applies them to the attempt's address.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    effects: &AddressEffects,
    attempt: &Attempt,
    at: Timestamp,
) -> Done<()> {
    if attempt.address == ERASED {
        return Ok(());
    }
    if let Some((purpose, source)) = &effects.opted_out {
        let handle: Handle = attempt
            .address
            .parse()
            .map_err(|_| corrupt("attempts.address", "not an address"))?;
        let entry = ConsentEntry {
            channel: attempt.channel,
            handle,
            purpose: *purpose,
            event: ConsentEvent::OptOut,
            own_act: false,
            source: source.clone(),
            wording: None,
            actor: "provider".into(),
            proof: Proof {
                evidence: attempt.evidence(),
                ..Proof::default()
            },
            opens: None,
        };
        consent::change(tx, &entry, at)?;
    }
    if effects.window_closed {
        // `session_windows` is read into what is worked on: written past it, and read again.
        tx.run(
            "UPDATE session_windows SET ends_at = $3
             WHERE address = $1 AND sender = $2 AND ends_at > $3",
            params![attempt.address, attempt.sender, at.as_micros()],
        )?;
    }
    if let Some(until) = effects.free_until {
        tx.run(
            "UPDATE session_windows SET free_until = greatest(free_until, $3), entry_until = NULL
             WHERE address = $1 AND sender = $2 AND entry_until IS NOT NULL",
            params![attempt.address, attempt.sender, until.as_micros()],
        )?;
    }
    if effects.unreachable {
        tx.apart().run(
            "INSERT INTO unreachable_addresses (channel, address, at) VALUES ($1, $2, $3)
             ON CONFLICT (channel, address) DO UPDATE
               SET earlier_at = unreachable_addresses.at, at = excluded.at",
            params![attempt.channel.as_str(), attempt.address, at.as_micros()],
        )?;
        tx.note_unreachable(attempt.channel, &attempt.address);
    }
    Ok(())
}
