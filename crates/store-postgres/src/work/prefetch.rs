//! What the operations of a batch are going to look at, read with one statement for each table.
//! It is only a head start: what is not read here is read when it is asked for.

use domain::{Channel, MemberId, MessageId};
use store::Op;

use crate::columns::{attempt_key, member_id};
use crate::fault::Done;
use crate::sql::params;
use crate::tx::Tx;

/// What a batch will ask for.
#[derive(Debug, Default)]
struct Wanted<'a> {
    /// Messages by number.
    seqs: Vec<i64>,
    /// Of these, those that an attempt is to begin for.
    beginning: Vec<i64>,
    /// Messages by id, and the number of the attempt.
    ids: Vec<(MessageId, u8)>,
    /// Attempts by number.
    attempts: Vec<i64>,
    /// Attempts a receipt is about, by number.
    heard: Vec<i64>,
    consents: Vec<(Channel, &'a str)>,
    windows: Vec<(&'a str, &'a str)>,
    members: Vec<MemberId>,
    /// How many messages are to be stored.
    messages: usize,
}

impl<'a> Wanted<'a> {
    fn of(tx: &Tx<'_>, ops: &'a [Op]) -> Self {
        let mut wanted = Self::default();
        for op in ops {
            match op {
                Op::Accept(op) => {
                    wanted.messages += op.messages.len();
                    wanted
                        .members
                        .extend(op.messages.iter().map(|one| one.member));
                }
                Op::Begin(op) => {
                    wanted.seqs.push(op.seq.0);
                    wanted.beginning.push(op.seq.0);
                    wanted.consents.push((op.channel, op.to.as_str()));
                    if op.expected.window_ends_at.is_some() {
                        wanted.windows.push((op.to.as_str(), op.from.as_str()));
                    }
                }
                Op::Settle(op) => {
                    wanted.seqs.push(op.seq.0);
                    let key = attempt_key(op.seq.0, op.attempt.number);
                    wanted.attempts.push(key);
                }
                Op::Hold(op) => wanted.seqs.push(op.seq.0),
                Op::Suppress(op) => wanted.seqs.push(op.seq.0),
                Op::Elapse(op) => wanted.seqs.push(op.seq.0),
                Op::Receipt(op) => match op.attempt {
                    Some(id) => wanted.ids.push((id.message, id.number)),
                    None => {
                        if let Some(key) = tx.memory.recent.find(&op.provider_message_id) {
                            wanted.seqs.push(key >> 8);
                            wanted.heard.push(key);
                        }
                    }
                },
                Op::CreateMember(_)
                | Op::UpdateMember(_)
                | Op::EraseMember(_)
                | Op::ChangeConsent(_)
                | Op::RecordInbound(_)
                | Op::AnswerInbound(_)
                | Op::Cancel(_)
                | Op::Retry(_)
                | Op::SetSwitch(_)
                | Op::Tidy(_)
                | Op::Beat(_) => {}
            }
        }
        wanted
    }
}

impl Tx<'_> {
    /// Reads what these operations will ask for. Members are locked before messages, as by whoever
    /// changes a consent.
    pub(crate) fn prefetch(&self, ops: &[Op]) -> Done<()> {
        let mut wanted = Wanted::of(self, ops);
        if !wanted.beginning.is_empty() {
            let mut members = self.sql.all(
                "SELECT DISTINCT client_id FROM message_queues
                 WHERE sequence_number = ANY($1::bigint[])",
                params![wanted.beginning.as_slice()],
                |row| member_id(row, 0, "message_queues.client_id"),
            )?;
            members.sort_unstable();
            self.hold_steady(&members)?;
        }
        if !wanted.seqs.is_empty() || !wanted.ids.is_empty() {
            let ids: Vec<MessageId> = wanted.ids.iter().map(|(id, _)| *id).collect();
            self.read_messages(&wanted.seqs, &ids)?;
            for (id, number) in &wanted.ids {
                if let Some(Some(seq)) = self.work().seqs.get(id) {
                    wanted.seqs.push(*seq);
                    wanted.heard.push(attempt_key(*seq, *number));
                }
            }
            self.read_places(&wanted.seqs)?;
        }
        wanted.heard.sort_unstable();
        wanted.heard.dedup();
        wanted.attempts.extend(&wanted.heard);
        if !wanted.attempts.is_empty() {
            self.read_attempts(&wanted.attempts)?;
        }
        if !wanted.heard.is_empty() {
            self.read_receipts(&wanted.heard)?;
        }
        if !wanted.consents.is_empty() {
            self.read_consents(&wanted.consents)?;
        }
        if !wanted.windows.is_empty() {
            self.read_windows(&wanted.windows)?;
        }
        if !wanted.members.is_empty() {
            self.read_members(&wanted.members)?;
        }
        if wanted.messages > 0 {
            self.draw_numbers(wanted.messages)?;
        }
        Ok(())
    }
}
