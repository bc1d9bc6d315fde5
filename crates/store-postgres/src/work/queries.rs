//! How rows are read, one or many with the same statement.

use domain::{Channel, MemberId};

use super::{AttemptRow, Kept, MessageRow, PlaceRow, ReceiptRow, Work};
use crate::columns::{member_id, message_id, word, word_opt};
use crate::fault::Done;
use crate::sql::{Query, Row, Value};

/// Locks messages in the order of their numbers, and reads them as they are once they are locked.
pub(super) fn messages(seqs: &[i64]) -> Query<'_> {
    Query::new(
        "SELECT seq, id, client_id, kind, delivery_status, channel_used, delivery_attempts
         FROM messages WHERE seq = ANY($1::bigint[]) ORDER BY seq FOR NO KEY UPDATE",
        &[Value::Ints(seqs)],
    )
}

/// The numbers of messages, which never change, by their ids.
pub(super) fn numbers_of<'a>(ids: &'a [Value<'a>]) -> Query<'a> {
    Query::new(
        "SELECT id, seq FROM messages WHERE id = ANY($1::uuid[])",
        &[Value::List(ids)],
    )
}

/// Places of messages that are held.
pub(super) fn places(seqs: &[i64]) -> Query<'_> {
    Query::new(
        "SELECT sequence_number, message_id, client_id, lane, priority, status, due, attempts,
           retry_count, max_retries, epoch, cancel_requested, possible_repeat, held_why,
           released_by_reply
         FROM message_queues WHERE sequence_number = ANY($1::bigint[])",
        &[Value::Ints(seqs)],
    )
}

/// Attempts of messages that are held.
pub(super) fn attempts(keys: &[i64]) -> Query<'_> {
    Query::new(
        "SELECT id, status, channel, provider, sender, address, settled_at, provider_message_id,
           segments, error_code, error, conflict
         FROM attempts WHERE id = ANY($1::bigint[])",
        &[Value::Ints(keys)],
    )
}

/// The receipts of attempts whose messages are held, those of each in their order.
pub(super) fn receipts(of: &[i64]) -> Query<'_> {
    Query::new(
        "SELECT r.id, r.word, r.status, r.error_code, r.received_at
         FROM (SELECT unnest($1::bigint[]) AS attempt) AS of
         CROSS JOIN LATERAL (SELECT id, word, status, error_code, received_at FROM receipts
           WHERE id BETWEEN of.attempt * 256 AND of.attempt * 256 + 255 ORDER BY id OFFSET 0) AS r",
        &[Value::Ints(of)],
    )
}

/// Which of these are members.
pub(super) fn members<'a>(ids: &'a [Value<'a>]) -> Query<'a> {
    Query::new(
        "SELECT id FROM users WHERE id = ANY($1::uuid[]) AND erased_at IS NULL",
        &[Value::List(ids)],
    )
}

/// Holds the members whose places these are against changes of their consents.
pub(super) fn steady_of_places(seqs: &[i64]) -> Query<'_> {
    Query::new(
        "SELECT id FROM users WHERE id = ANY(ARRAY(SELECT client_id FROM message_queues
           WHERE sequence_number = ANY($1::bigint[]))) ORDER BY id FOR KEY SHARE",
        &[Value::Ints(seqs)],
    )
}

/// Holds members against changes of their consents.
pub(super) fn steady<'a>(ids: &'a [Value<'a>]) -> Query<'a> {
    Query::new(
        "SELECT 1 FROM users WHERE id = ANY($1::uuid[]) ORDER BY id FOR KEY SHARE",
        &[Value::List(ids)],
    )
}

/// Versions of the consents for everything.
pub(super) fn consents<'a>(channels: &'a [Value<'a>], addresses: &'a [Value<'a>]) -> Query<'a> {
    Query::new(
        // Not a join: of one the planner may think that few consents are for everything, and read all those.
        "SELECT of.channel, of.address, coalesce((SELECT c.version FROM consents c
           WHERE c.channel = of.channel AND c.address = of.address AND c.purpose = 'all'), 0)
         FROM (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS address) AS of",
        &[Value::List(channels), Value::List(addresses)],
    )
}

/// Ends of windows.
pub(super) fn windows<'a>(addresses: &'a [Value<'a>], senders: &'a [Value<'a>]) -> Query<'a> {
    Query::new(
        "SELECT w.address, w.sender, w.ends_at
         FROM (SELECT unnest($1::text[]) AS address, unnest($2::text[]) AS sender) AS of
         CROSS JOIN LATERAL (SELECT address, sender, ends_at FROM session_windows
           WHERE address = of.address AND sender = of.sender OFFSET 0) AS w",
        &[Value::List(addresses), Value::List(senders)],
    )
}

/// Who took occasions.
pub(super) fn occasions<'a>(members: &'a [Value<'a>], names: &'a [Value<'a>]) -> Query<'a> {
    Query::new(
        "SELECT o.client_id, o.occasion, o.message_id
         FROM (SELECT unnest($1::uuid[]) AS member, unnest($2::text[]) AS name) AS of
         CROSS JOIN LATERAL (SELECT client_id, occasion, message_id FROM occasions
           WHERE client_id = of.member AND occasion = of.name OFFSET 0) AS o",
        &[Value::List(members), Value::List(names)],
    )
}

/// Numbers for new messages.
pub(super) fn numbers<'a>(count: usize) -> Query<'a> {
    Query::new(
        "SELECT nextval('messages_seq') FROM generate_series(1, $1::bigint)",
        &[Value::Int(i64::try_from(count).unwrap_or(0))],
    )
}

/// Ids as values.
pub(super) fn uuids<T>(ids: &[T], bytes: impl Fn(&T) -> &[u8; 16]) -> Vec<Value<'_>> {
    ids.iter().map(|id| Value::Bytes(bytes(id))).collect()
}

/// Texts as values.
pub(super) fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Value<'a>> {
    texts.map(Value::Text).collect()
}

/// The channels of pairs as values.
pub(super) fn channels(of: &[(Channel, &str)]) -> Vec<Value<'static>> {
    of.iter()
        .map(|(channel, _)| Value::Text(channel.as_str()))
        .collect()
}

impl Work {
    pub(super) fn take_messages(&mut self, seqs: &[i64], rows: &[Row]) -> Done<()> {
        self.messages.extend(seqs.iter().map(|seq| (*seq, None)));
        for row in rows {
            let (seq, message) = MessageRow::read(row)?;
            self.seqs.insert(message.id, Some(seq));
            self.messages.insert(seq, Some(Kept::new(message)));
        }
        Ok(())
    }

    pub(super) fn take_places(&mut self, seqs: &[i64], rows: &[Row]) -> Done<()> {
        self.places.extend(seqs.iter().map(|seq| (*seq, None)));
        for row in rows {
            let place = PlaceRow::read(row)?;
            self.places.insert(place.place.seq, Some(Kept::new(place)));
        }
        Ok(())
    }

    pub(super) fn take_attempts(&mut self, keys: &[i64], rows: &[Row]) -> Done<()> {
        self.attempts.extend(keys.iter().map(|key| (*key, None)));
        for row in rows {
            let (key, attempt) = AttemptRow::read(row)?;
            self.attempts.insert(key, Some(Kept::new(attempt)));
        }
        Ok(())
    }

    pub(super) fn take_receipts(&mut self, of: &[i64], rows: &[Row]) -> Done<()> {
        self.receipts
            .extend(of.iter().map(|key| (*key, Vec::new())));
        for row in rows {
            let receipt = ReceiptRow {
                id: row.get(0)?,
                word: row.get(1)?,
                status: word_opt(row, 2, "receipts.status")?,
                error_code: row.get(3)?,
                at: row.get(4)?,
            };
            self.receipts
                .entry(receipt.id >> 8)
                .or_default()
                .push(receipt);
        }
        Ok(())
    }

    /// Members that were held steady.
    pub(super) fn take_steady(&mut self, rows: &[Row]) -> Done<()> {
        for row in rows {
            self.steady.insert(member_id(row, 0, "users.id")?);
        }
        Ok(())
    }

    pub(super) fn take_members(&mut self, of: &[MemberId], rows: &[Row]) -> Done<()> {
        self.members.extend(of.iter().map(|id| (*id, false)));
        for row in rows {
            self.members.insert(member_id(row, 0, "users.id")?, true);
        }
        Ok(())
    }

    pub(super) fn take_consents(&mut self, of: &[(Channel, &str)], rows: &[Row]) -> Done<()> {
        for (channel, address) in of {
            let versions = self.consents.entry(*channel).or_default();
            versions.insert((*address).to_owned(), 0);
        }
        for row in rows {
            let versions = self.consents.entry(word(row, 0, "consents.channel")?);
            versions.or_default().insert(row.get(1)?, row.get(2)?);
        }
        Ok(())
    }

    pub(super) fn take_windows(&mut self, of: &[(&str, &str)], rows: &[Row]) -> Done<()> {
        for (address, sender) in of {
            let key = ((*address).to_owned(), (*sender).to_owned());
            self.windows.insert(key, None);
        }
        for row in rows {
            let key = (row.get(0)?, row.get(1)?);
            self.windows.insert(key, Some(row.get(2)?));
        }
        Ok(())
    }

    pub(super) fn take_occasions(&mut self, of: &[(MemberId, &str)], rows: &[Row]) -> Done<()> {
        for (member, name) in of {
            self.occasions.insert((*member, (*name).to_owned()), None);
        }
        for row in rows {
            let key = (member_id(row, 0, "occasions.client_id")?, row.get(1)?);
            let message = message_id(row, 2, "occasions.message_id")?;
            self.occasions.insert(key, Some(message));
        }
        Ok(())
    }

    pub(super) fn take_numbers(&mut self, rows: &[Row]) -> Done<()> {
        for row in rows {
            self.numbers.push_back(row.get(0)?);
        }
        Ok(())
    }
}
