//! Asking for rows: what is not there yet is read.

use std::cell::RefMut;

use domain::{Channel, MemberId, MessageId, Timestamp};

use super::queries::{
    attempts, channels, consents, members, messages, numbers, numbers_of, occasions, places,
    receipts, steady, texts, uuids, windows,
};
use super::{Kept, ReceiptRow, Work};
use crate::fault::{Done, corrupt};
use crate::sql::Value;
use crate::tx::Tx;
use crate::write::place::{Place, Subject};
use crate::write::receipt::Attempt;

impl Tx<'_> {
    pub(super) fn work(&self) -> RefMut<'_, Work> {
        self.work.borrow_mut()
    }

    /// Holds a message against other nodes until this transaction ends: whoever changes it, its place,
    /// its attempts or their receipts asks here first, and looks at them only afterwards.
    pub(crate) fn hold(&self, seq: i64) -> Done<()> {
        if self.work().messages.contains_key(&seq) {
            return Ok(());
        }
        self.read_messages(&[seq])
    }

    /// Holds the message with this id; its number.
    pub(crate) fn hold_id(&self, id: MessageId) -> Done<Option<i64>> {
        if let Some(seq) = self.work().seqs.get(&id) {
            return Ok(*seq);
        }
        let rows = self.sql.ask(&numbers_of(&[Value::Bytes(id.as_bytes())]))?;
        match rows.first() {
            Some(row) => self.hold(row.get(1)?)?,
            None => {
                self.work().seqs.insert(id, None);
            }
        }
        Ok(self.work().seqs.get(&id).copied().flatten())
    }

    fn read_messages(&self, seqs: &[i64]) -> Done<()> {
        let rows = self.sql.ask(&messages(seqs))?;
        self.work().take_messages(seqs, &rows)
    }

    pub(super) fn load_place(&self, seq: i64) -> Done<()> {
        self.hold(seq)?;
        if self.work().places.contains_key(&seq) {
            return Ok(());
        }
        self.read_places(&[seq])
    }

    fn read_places(&self, seqs: &[i64]) -> Done<()> {
        let rows = self.sql.ask(&places(seqs))?;
        self.work().take_places(seqs, &rows)
    }

    pub(super) fn load_attempt(&self, key: i64) -> Done<()> {
        self.hold(key >> 8)?;
        if self.work().attempts.contains_key(&key) {
            return Ok(());
        }
        self.read_attempts(&[key])
    }

    fn read_attempts(&self, keys: &[i64]) -> Done<()> {
        let rows = self.sql.ask(&attempts(keys))?;
        self.work().take_attempts(keys, &rows)
    }

    fn read_receipts(&self, of: &[i64]) -> Done<()> {
        let rows = self.sql.ask(&receipts(of))?;
        self.work().take_receipts(of, &rows)
    }

    /// The receipts listed under an attempt, in their order.
    pub(crate) fn receipts<T>(
        &self,
        attempt: i64,
        look: impl FnOnce(&[ReceiptRow]) -> T,
    ) -> Done<T> {
        if !self.work().receipts.contains_key(&attempt) {
            self.read_receipts(&[attempt])?;
        }
        Ok(look(
            self.work()
                .receipts
                .get(&attempt)
                .map_or(&[], Vec::as_slice),
        ))
    }

    /// The place with this number, unless it is over; its message is held.
    pub(crate) fn place(&self, seq: i64) -> Done<Option<Place>> {
        self.load_place(seq)?;
        let work = self.work();
        let found = work.places.get(&seq).and_then(Option::as_ref);
        Ok(found.map(|kept| kept.row.place.clone()))
    }

    /// The message with this number, held.
    pub(crate) fn subject(&self, seq: i64) -> Done<Option<Subject>> {
        self.hold(seq)?;
        let work = self.work();
        let found = work.messages.get(&seq).and_then(Option::as_ref);
        Ok(found.map(|Kept { row, .. }| Subject {
            seq,
            id: row.id,
            member: row.member,
            status: row.status,
            channel_used: row.channel_used,
            kind: row.kind,
            attempts: row.attempts,
        }))
    }

    /// The attempt with this number; its message is held.
    pub(crate) fn attempt(&self, key: i64) -> Done<Option<Attempt>> {
        self.load_attempt(key)?;
        let work = self.work();
        let found = work.attempts.get(&key).and_then(Option::as_ref);
        Ok(found.map(|Kept { row, .. }| Attempt {
            key,
            status: row.status,
            channel: row.channel,
            provider: row.provider.clone(),
            sender: row.sender.clone(),
            address: row.address.clone(),
            settled: row.settled_at.is_some(),
            provider_message_id: row.provider_message_id.clone(),
            segments: row.segments,
        }))
    }

    /// Whether a member is there and not erased.
    pub(crate) fn is_member(&self, member: MemberId) -> Done<bool> {
        if let Some(known) = self.work().members.get(&member) {
            return Ok(*known);
        }
        self.read_members(&[member])?;
        Ok(self.work().members.get(&member) == Some(&true))
    }

    fn read_members(&self, of: &[MemberId]) -> Done<()> {
        let ids = uuids(of, MemberId::as_bytes);
        let rows = self.sql.ask(&members(&ids))?;
        self.work().take_members(of, &rows)
    }

    /// Holds members against changes of their consents. Whoever makes one holds the row against us,
    /// or waits until we commit and then finds what we have begun (G14).
    pub(crate) fn hold_steady(&self, members: &[MemberId]) -> Done<()> {
        let missing: Vec<MemberId> = {
            let work = self.work();
            let missing = members.iter().filter(|one| !work.steady.contains(one));
            missing.copied().collect()
        };
        if missing.is_empty() {
            return Ok(());
        }
        self.sql
            .ask(&steady(&uuids(&missing, MemberId::as_bytes)))?;
        self.work().steady.extend(missing);
        Ok(())
    }

    /// The version of an address's consent for everything; 0 when there is none. Its member is held
    /// steady.
    pub(crate) fn consent_version(&self, channel: Channel, address: &str) -> Done<u32> {
        let known = |work: &Work| {
            let versions = work.consents.get(&channel)?;
            versions.get(address).copied()
        };
        if let Some(version) = known(&self.work()) {
            return Ok(version);
        }
        self.read_consents(&[(channel, address)])?;
        Ok(known(&self.work()).unwrap_or(0))
    }

    fn read_consents(&self, of: &[(Channel, &str)]) -> Done<()> {
        let (channels, addresses) = (channels(of), texts(of.iter().map(|(_, address)| *address)));
        let rows = self.sql.ask(&consents(&channels, &addresses))?;
        self.work().take_consents(of, &rows)
    }

    /// When the window of an address with a sender of ours ends.
    pub(crate) fn window_ends_at(&self, address: &str, sender: &str) -> Done<Option<Timestamp>> {
        let key = (address.to_owned(), sender.to_owned());
        if !self.work().windows.contains_key(&key) {
            // One that was moved and not read is there once it is written.
            self.flush()?;
            self.read_windows(&[(address, sender)])?;
        }
        let ends_at = self.work().windows.get(&key).copied().flatten();
        Ok(ends_at.map(Timestamp::from_micros))
    }

    fn read_windows(&self, of: &[(&str, &str)]) -> Done<()> {
        let addresses = texts(of.iter().map(|(address, _)| *address));
        let senders = texts(of.iter().map(|(_, sender)| *sender));
        let rows = self.sql.ask(&windows(&addresses, &senders))?;
        self.work().take_windows(of, &rows)
    }

    /// The message that took this occasion of a member's, if one has.
    pub(crate) fn occasion(&self, member: MemberId, occasion: &str) -> Done<Option<MessageId>> {
        let key = (member, occasion.to_owned());
        if !self.work().occasions.contains_key(&key) {
            let ids = [Value::Bytes(member.as_bytes())];
            let names = [Value::Text(occasion)];
            let rows = self.sql.ask(&occasions(&ids, &names))?;
            self.work().take_occasions(&[(member, occasion)], &rows)?;
        }
        Ok(self.work().occasions.get(&key).copied().flatten())
    }

    /// A number for a new message.
    pub(crate) fn next_seq(&self) -> Done<i64> {
        if self.work().numbers.is_empty() {
            self.draw_numbers(1)?;
        }
        let number = self.work().numbers.pop_front();
        number.ok_or_else(|| corrupt("messages.seq", "no number was given"))
    }

    fn draw_numbers(&self, count: usize) -> Done<()> {
        let rows = self.sql.ask(&numbers(count))?;
        self.work().take_numbers(&rows)
    }
}
