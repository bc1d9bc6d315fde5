//! Reading rows in, one or many with the same statement, and asking for what was read.

use std::cell::RefMut;

use domain::{Channel, MemberId, MessageId, Timestamp};

use super::{AttemptRow, Kept, MessageRow, PlaceRow, ReceiptRow, Work};
use crate::columns::{member_id, word, word_opt};
use crate::fault::{Done, corrupt};
use crate::sql::{Value, params};
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
        self.read_messages(&[seq], &[])
    }

    /// Holds the message with this id; its number.
    pub(crate) fn hold_id(&self, id: MessageId) -> Done<Option<i64>> {
        if let Some(seq) = self.work().seqs.get(&id) {
            return Ok(*seq);
        }
        self.read_messages(&[], &[id])?;
        Ok(self.work().seqs.get(&id).copied().flatten())
    }

    /// Locks messages in the order of their numbers, and reads them as they are once they are locked.
    pub(super) fn read_messages(&self, seqs: &[i64], ids: &[MessageId]) -> Done<()> {
        let id_values: Vec<Value<'_>> = ids.iter().map(|id| Value::Bytes(id.as_bytes())).collect();
        let statement = [
            "SELECT ",
            MessageRow::COLUMNS,
            " FROM messages WHERE seq = ANY($1::bigint[]) OR id = ANY($2::uuid[])
              ORDER BY seq FOR NO KEY UPDATE",
        ]
        .concat();
        let found = self.sql.all(
            &statement,
            &[Value::Ints(seqs), Value::List(&id_values)],
            MessageRow::read,
        )?;
        let mut work = self.work();
        for seq in seqs {
            work.messages.insert(*seq, None);
        }
        for id in ids {
            work.seqs.insert(*id, None);
        }
        for (seq, message) in found {
            work.seqs.insert(message.id, Some(seq));
            work.messages.insert(seq, Some(Kept::new(message)));
        }
        Ok(())
    }

    pub(super) fn load_place(&self, seq: i64) -> Done<()> {
        self.hold(seq)?;
        if self.work().places.contains_key(&seq) {
            return Ok(());
        }
        self.read_places(&[seq])
    }

    /// Reads places of messages that are held.
    pub(super) fn read_places(&self, seqs: &[i64]) -> Done<()> {
        let statement = [
            "SELECT ",
            PlaceRow::COLUMNS,
            " FROM message_queues WHERE sequence_number = ANY($1::bigint[])",
        ]
        .concat();
        let found = self.sql.all(&statement, params![seqs], PlaceRow::read)?;
        let mut work = self.work();
        for seq in seqs {
            work.places.insert(*seq, None);
        }
        for place in found {
            work.places.insert(place.place.seq, Some(Kept::new(place)));
        }
        Ok(())
    }

    pub(super) fn load_attempt(&self, key: i64) -> Done<()> {
        self.hold(key >> 8)?;
        if self.work().attempts.contains_key(&key) {
            return Ok(());
        }
        self.read_attempts(&[key])
    }

    /// Reads attempts of messages that are held.
    pub(super) fn read_attempts(&self, keys: &[i64]) -> Done<()> {
        let statement = [
            "SELECT ",
            AttemptRow::COLUMNS,
            " FROM attempts WHERE id = ANY($1::bigint[])",
        ]
        .concat();
        let found = self.sql.all(&statement, params![keys], AttemptRow::read)?;
        let mut work = self.work();
        for key in keys {
            work.attempts.insert(*key, None);
        }
        for (key, attempt) in found {
            work.attempts.insert(key, Some(Kept::new(attempt)));
        }
        Ok(())
    }

    /// Reads the receipts of attempts whose messages are held.
    pub(super) fn read_receipts(&self, attempts: &[i64]) -> Done<()> {
        let found = self.sql.all(
            "SELECT r.id, r.word, r.status, r.error_code, r.received_at
             FROM unnest($1::bigint[]) AS of(attempt)
             JOIN receipts r ON r.id BETWEEN of.attempt * 256 AND of.attempt * 256 + 255
             ORDER BY r.id",
            params![attempts],
            |row| {
                Ok(ReceiptRow {
                    id: row.get(0)?,
                    word: row.get(1)?,
                    status: word_opt(row, 2, "receipts.status")?,
                    error_code: row.get(3)?,
                    at: row.get(4)?,
                })
            },
        )?;
        let mut work = self.work();
        for attempt in attempts {
            work.receipts.insert(*attempt, Vec::new());
        }
        for receipt in found {
            work.receipts
                .entry(receipt.id >> 8)
                .or_default()
                .push(receipt);
        }
        Ok(())
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

    pub(super) fn read_members(&self, members: &[MemberId]) -> Done<()> {
        let found = self.sql.all(
            "SELECT id FROM users WHERE id = ANY($1::uuid[]) AND erased_at IS NULL",
            &[Value::List(&uuids(members))],
            |row| member_id(row, 0, "users.id"),
        )?;
        let mut work = self.work();
        for member in members {
            work.members.insert(*member, false);
        }
        for member in found {
            work.members.insert(member, true);
        }
        Ok(())
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
        self.sql.run(
            "SELECT 1 FROM users WHERE id = ANY($1::uuid[]) ORDER BY id FOR KEY SHARE",
            &[Value::List(&uuids(&missing))],
        )?;
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

    pub(super) fn read_consents(&self, of: &[(Channel, &str)]) -> Done<()> {
        let channels: Vec<Value<'_>> = of.iter().map(|(c, _)| Value::Text(c.as_str())).collect();
        let addresses: Vec<Value<'_>> = of.iter().map(|(_, a)| Value::Text(a)).collect();
        let found = self.sql.all(
            "SELECT c.channel, c.address, c.version
             FROM unnest($1::text[], $2::text[]) AS of(channel, address)
             JOIN consents c ON c.channel = of.channel AND c.address = of.address
               AND c.purpose = 'all'",
            &[Value::List(&channels), Value::List(&addresses)],
            |row| {
                let channel: Channel = word(row, 0, "consents.channel")?;
                Ok((channel, row.get::<String>(1)?, row.get::<u32>(2)?))
            },
        )?;
        let mut work = self.work();
        for (channel, address) in of {
            let versions = work.consents.entry(*channel).or_default();
            versions.insert((*address).to_owned(), 0);
        }
        for (channel, address, version) in found {
            let versions = work.consents.entry(channel).or_default();
            versions.insert(address, version);
        }
        Ok(())
    }

    /// When the window of an address with a sender of ours ends.
    pub(crate) fn window_ends_at(&self, address: &str, sender: &str) -> Done<Option<Timestamp>> {
        let key = (address.to_owned(), sender.to_owned());
        if !self.work().windows.contains_key(&key) {
            self.read_windows(&[(address, sender)])?;
        }
        let ends_at = self.work().windows.get(&key).copied().flatten();
        Ok(ends_at.map(Timestamp::from_micros))
    }

    pub(super) fn read_windows(&self, of: &[(&str, &str)]) -> Done<()> {
        let addresses: Vec<Value<'_>> = of.iter().map(|(a, _)| Value::Text(a)).collect();
        let senders: Vec<Value<'_>> = of.iter().map(|(_, s)| Value::Text(s)).collect();
        let found = self.sql.all(
            "SELECT w.address, w.sender, w.ends_at
             FROM unnest($1::text[], $2::text[]) AS of(address, sender)
             JOIN session_windows w ON w.address = of.address AND w.sender = of.sender",
            &[Value::List(&addresses), Value::List(&senders)],
            |row| {
                let key: (String, String) = (row.get(0)?, row.get(1)?);
                Ok((key, row.get::<i64>(2)?))
            },
        )?;
        let mut work = self.work();
        for (address, sender) in of {
            let key = ((*address).to_owned(), (*sender).to_owned());
            work.windows.insert(key, None);
        }
        for (key, ends_at) in found {
            work.windows.insert(key, Some(ends_at));
        }
        Ok(())
    }

    /// A number for a new message.
    pub(crate) fn next_seq(&self) -> Done<i64> {
        if self.work().numbers.is_empty() {
            self.draw_numbers(1)?;
        }
        let number = self.work().numbers.pop_front();
        number.ok_or_else(|| corrupt("messages.seq", "no number was given"))
    }

    pub(super) fn draw_numbers(&self, count: usize) -> Done<()> {
        let numbers = self.sql.all(
            "SELECT nextval('messages_seq') FROM generate_series(1, $1::bigint)",
            params![i64::try_from(count).unwrap_or(0)],
            |row| row.get::<i64>(0),
        )?;
        self.work().numbers.extend(numbers);
        Ok(())
    }
}

fn uuids(members: &[MemberId]) -> Vec<Value<'_>> {
    members
        .iter()
        .map(|member| Value::Bytes(member.as_bytes()))
        .collect()
}
