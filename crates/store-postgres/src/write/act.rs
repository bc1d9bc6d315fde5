//! What a member's choice does to what waits for them: it is skipped, goes now, or goes later. A place
//! whose attempt is begun is past it.

use domain::{DeliveryStatus, MemberId, PlaceState, Timestamp};
use store::ops::{Act, ActWhat};

use crate::columns::instant_opt;
use crate::fault::Done;
use crate::sql::params;
use crate::tx::{Event, Tx};
use crate::write::consent::places_of;
use crate::write::place::{Place, end_place, keep_decision, subject_of, wait_again};

/// Does it, and answers how many places it was done to.
pub(crate) fn act(tx: &mut Tx<'_>, member: MemberId, act: &Act, at: Timestamp) -> Done<u32> {
    let mut done = 0;
    for (seq, kind, _) in places_of(tx, member)? {
        if kind != Some(act.kind) || not_before(tx, seq)?.is_some_and(|from| from >= act.before) {
            continue;
        }
        let Some(place) = tx.place(seq)? else {
            continue;
        };
        if !matches!(place.state, PlaceState::Waiting | PlaceState::Held) {
            continue;
        }
        do_to(tx, &place, &act.what, at)?;
        done += 1;
    }
    Ok(done)
}

fn not_before(tx: &Tx<'_>, seq: i64) -> Done<Option<Timestamp>> {
    let found = tx.one(
        "SELECT not_before FROM messages WHERE seq = $1",
        params![seq],
        |row| instant_opt(row, 0),
    )?;
    Ok(found.flatten())
}

fn do_to(tx: &mut Tx<'_>, place: &Place, what: &ActWhat, at: Timestamp) -> Done<()> {
    match what {
        ActWhat::Skip { why } => {
            let message = subject_of(tx, place)?;
            let decision = serde_json::json!({"decision": "suppress", "reason": why});
            keep_decision(tx, place.seq, at, &decision.to_string())?;
            end_place(
                tx,
                place,
                &message,
                DeliveryStatus::Suppressed,
                Some(why),
                at,
            )?;
        }
        ActWhat::Release => {
            tx.run(
                "UPDATE messages SET not_before = NULL WHERE seq = $1",
                params![place.seq],
            )?;
            wait_again(tx, place, None, place.counted, None)?;
        }
        ActWhat::Move { to, until, why } => {
            tx.run(
                "UPDATE messages SET not_before = $2, expires_at =
                   CASE WHEN expires_at < $3 THEN $3 ELSE expires_at END
                 WHERE seq = $1",
                params![place.seq, to.as_micros(), until.as_micros()],
            )?;
            wait_again(tx, place, Some(*to), place.counted, Some(why))?;
            tx.event(&Event {
                at,
                kind: "message.held",
                member: Some(place.member),
                message: Some(place.message),
                detail: why,
            });
        }
    }
    Ok(())
}
