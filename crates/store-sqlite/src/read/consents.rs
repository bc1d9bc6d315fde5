//! The consent ledger, the suppression list, and what waits for a person to decide.

use rusqlite::{Connection, Row, params};
use store::questions::{Attentions, LedgerOf, Suppressions};
use store::records::{Attention, ConsentEntry, Doubt, LedgerLine, Proof, Suppression};

use crate::columns::{
    handle, instant, instant_opt, member_id, message_id, private, private_opt, text, word,
};
use crate::fault::Done;
use crate::read::all;

/// See [`store::questions::LedgerOf`].
pub(crate) fn ledger_of(c: &Connection, q: &LedgerOf) -> Done<Vec<LedgerLine>> {
    let mut lines = Vec::new();
    for (channel, address) in &q.addresses {
        lines.extend(all(
            c,
            "SELECT id, channel, address, purpose, event, own_act, state, version, source, wording,
               actor, at, wording_version, evidence, said_at
             FROM consent_ledger WHERE address = ?2 AND channel = ?1",
            params![channel.as_str(), address.as_str()],
            line,
        )?);
    }
    lines.sort_unstable_by_key(|line| line.id);
    Ok(lines)
}

fn line(row: &Row<'_>) -> Done<LedgerLine> {
    Ok(LedgerLine {
        id: row.get(0)?,
        entry: ConsentEntry {
            channel: word(row, 1, "consent_ledger.channel")?,
            handle: handle(row, 2, "consent_ledger.address")?,
            purpose: word(row, 3, "consent_ledger.purpose")?,
            event: word(row, 4, "consent_ledger.event")?,
            own_act: row.get(5)?,
            source: row.get(8)?,
            wording: private_opt(row, 9)?,
            actor: row.get(10)?,
            proof: Proof {
                wording_version: row.get(12)?,
                evidence: row.get(13)?,
                said_at: instant_opt(row, 14)?,
            },
            opens: None,
        },
        state: word(row, 6, "consent_ledger.state")?,
        version: row.get(7)?,
        at: instant(row, 11)?,
    })
}

/// See [`store::questions::Suppressions`]. An address stands where the ledger last spoke of it.
pub(crate) fn suppressions(c: &Connection, q: &Suppressions) -> Done<Vec<Suppression>> {
    all(
        c,
        "SELECT l.id, l.channel, l.address, c.changed_at, c.source
         FROM consent_ledger l
         JOIN consents c ON c.channel = l.channel AND c.address = l.address AND c.purpose = 'all'
         WHERE l.state = 'opted_out' AND l.purpose = 'all' AND l.id > ?1 AND c.state = 'opted_out'
           AND NOT EXISTS (SELECT 1 FROM consent_ledger n
             WHERE n.address = l.address AND n.channel = l.channel AND n.purpose = 'all'
               AND n.id > l.id)
         ORDER BY l.id LIMIT ?2",
        params![q.after, q.limit],
        |row| {
            Ok(Suppression {
                id: row.get(0)?,
                channel: word(row, 1, "consent_ledger.channel")?,
                handle: handle(row, 2, "consent_ledger.address")?,
                since: instant(row, 3)?,
                source: row.get(4)?,
            })
        },
    )
}

/// See [`store::questions::Attentions`].
pub(crate) fn attentions(c: &Connection, q: Attentions) -> Done<Vec<Attention>> {
    all(
        c,
        "SELECT m.client_id, c.channel, c.address, c.state, c.doubt_since, c.doubt_why,
           c.doubt_message, m.content
         FROM consents c JOIN messages m ON m.id = c.doubt_message
         WHERE c.doubt_since IS NOT NULL ORDER BY c.doubt_since, c.doubt_message LIMIT ?1",
        [q.limit],
        |row| {
            Ok(Attention {
                member: member_id(row, 0, "messages.client_id")?,
                channel: word(row, 1, "consents.channel")?,
                handle: handle(row, 2, "consents.address")?,
                state: word(row, 3, "consents.state")?,
                doubt: Doubt {
                    since: instant(row, 4)?,
                    why: text(row, 5, "consents.doubt_why")?.to_owned(),
                    message: Some(message_id(row, 6, "consents.doubt_message")?),
                },
                text: private(row, 7, "messages.content")?,
            })
        },
    )
}
