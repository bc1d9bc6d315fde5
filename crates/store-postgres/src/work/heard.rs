//! What members write, for many inbound messages at once: whether each is new, who wrote it, what waits for
//! their reply, and the rows it adds.

use std::collections::hash_map::Entry;

use domain::{Channel, MemberId, PlaceState, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use store::Op;
use store::records::NewInbound;

use super::Work;
use super::queries::texts;
use crate::columns::{member_id, word};
use crate::fault::Done;
use crate::sql::{Query, Row, Value, without_nul};
use crate::tx::Tx;
use crate::write::consent;

/// A provider's id of an inbound message, with its account and the provider.
type Key = (String, String, &'static str);

/// What is known of the inbound messages of a transaction.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Keys that were asked for at the beginning; `true` until the message that is new has been stored. They
    /// are written already: other than the rest, this is never forgotten before the transaction ends.
    keys: FxHashMap<Key, bool>,
    /// Who is at an address.
    people: FxHashMap<(Channel, String), Vec<MemberId>>,
    /// Whether an address is known to be unreachable.
    unreachable: FxHashMap<(Channel, String), bool>,
    /// Places that were held until their member writes.
    held: FxHashMap<MemberId, Vec<i64>>,
}

impl Heard {
    /// Forgets what may have been changed.
    pub(super) fn forget(&mut self) {
        self.people.clear();
        self.unreachable.clear();
        self.held.clear();
    }

    /// Somebody is at this address now who was not when it was asked for.
    pub(super) fn somebody_came(&mut self, address: &str) {
        if !self.people.is_empty() {
            self.people.retain(|(_, known), _| known != address);
        }
    }
}

/// A new inbound message.
#[derive(Debug)]
pub(crate) struct InboundRow {
    pub(crate) inbound: NewInbound,
    /// Addresses and types of media, as JSON.
    pub(crate) media: Option<String>,
    /// From when on the coach's rules look at it.
    pub(crate) answer_from: Option<Timestamp>,
    /// Its number, its member and whether somebody must answer, unless it is a stranger's.
    pub(crate) of_member: Option<(i64, MemberId, bool)>,
}

/// The inbound messages of a batch.
#[derive(Debug, Default)]
pub(super) struct Asked<'a> {
    inbound: Vec<&'a NewInbound>,
    providers: Vec<Value<'a>>,
    accounts: Vec<Value<'a>>,
    ids: Vec<Value<'a>>,
    channels: Vec<Value<'a>>,
    received: Vec<Value<'a>>,
    addresses: Vec<Value<'a>>,
}

impl<'a> Asked<'a> {
    pub(super) fn of(ops: &'a [Op]) -> Self {
        let mut inbound: Vec<&NewInbound> = ops
            .iter()
            .filter_map(|op| match op {
                Op::RecordInbound(op) => Some(&op.inbound),
                _ => None,
            })
            .collect();
        // Two nodes that store the same ones wait for each other in one order.
        inbound.sort_by(|one, other| one.provider_message_id.cmp(&other.provider_message_id));
        let channel = |one: &&NewInbound| Value::Text(one.channel.as_str());
        Self {
            providers: texts(inbound.iter().map(|one| one.provider.as_str())),
            accounts: texts(inbound.iter().map(|one| one.account.as_str())),
            ids: texts(inbound.iter().map(|one| one.provider_message_id.as_str())),
            channels: inbound.iter().map(channel).collect(),
            received: inbound
                .iter()
                .map(|one| Value::Int(one.received_at.as_micros()))
                .collect(),
            addresses: texts(inbound.iter().map(|one| one.from.as_str())),
            inbound,
        }
    }

    /// The questions: which are new, who is there, who was unreachable, what waits for a reply.
    pub(super) fn queries(&self) -> Vec<Query<'_>> {
        if self.inbound.is_empty() {
            return Vec::new();
        }
        self.all_queries()
    }

    /// As they are asked, for whatever messages.
    pub(super) fn all_queries(&self) -> Vec<Query<'_>> {
        vec![
            Query::new(
                // One without an account was there when the database was taken over.
                "INSERT INTO inbound_keys (provider, account, provider_message_id, channel, received_at)
                 SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
                   AS new(provider, account, id, channel, received_at)
                 WHERE NOT EXISTS (SELECT 1 FROM inbound_keys k WHERE k.provider_message_id = new.id
                   AND k.account = '' AND k.provider = new.provider)
                 ON CONFLICT DO NOTHING RETURNING provider_message_id, account, provider",
                &[
                    Value::List(&self.providers),
                    Value::List(&self.accounts),
                    Value::List(&self.ids),
                    Value::List(&self.channels),
                    Value::List(&self.received),
                ],
            ),
            Query::new(
                // The same people as `consent::members_at` finds one by one.
                "SELECT of.channel, of.address, found.id
                 FROM unnest($1::text[], $2::text[]) AS of(channel, address)
                 JOIN LATERAL (
                   SELECT id FROM users WHERE of.channel = 'sms' AND phone_number = of.address
                   UNION
                   SELECT user_id FROM user_profiles
                   WHERE of.channel = 'whatsapp' AND whatsapp_number = of.address
                   UNION
                   SELECT u.id FROM users u JOIN user_profiles p ON p.user_id = ANY(ARRAY[u.id])
                   WHERE of.channel = 'whatsapp' AND u.phone_number = of.address
                     AND p.whatsapp_number IS NULL
                   UNION
                   SELECT id FROM users WHERE of.channel = 'email' AND email = of.address
                 ) AS found ON true",
                &[
                    Value::List(&self.channels),
                    Value::List(&self.addresses),
                ],
            ),
            Query::new(
                "SELECT u.channel, u.address
                 FROM unnest($1::text[], $2::text[]) AS of(channel, address)
                 CROSS JOIN LATERAL (SELECT channel, address FROM unreachable_addresses
                   WHERE channel = of.channel AND address = of.address OFFSET 0) AS u",
                &[
                    Value::List(&self.channels),
                    Value::List(&self.addresses),
                ],
            ),
            Query::new(
                "SELECT m.client_id, q.sequence_number
                 FROM unnest($1::text[]) AS of(address)
                 JOIN LATERAL (
                   SELECT user_id AS id FROM user_profiles WHERE whatsapp_number = of.address
                   UNION SELECT id FROM users WHERE phone_number = of.address
                 ) AS found ON true
                 JOIN messages m ON m.client_id = ANY(ARRAY[found.id])
                   AND m.seq >= (SELECT coalesce(min(sequence_number), 0) FROM message_queues)
                 JOIN message_queues q ON q.sequence_number = ANY(ARRAY[m.seq])
                   AND q.status = 'held' AND q.released_by_reply",
                &[Value::List(&self.addresses)],
            ),
        ]
    }

    pub(super) fn take(&self, work: &mut Work, answers: &[Vec<Row>]) -> Done<()> {
        let [keys, people, unreachable, held] = answers else {
            return Ok(());
        };
        let mut new = FxHashSet::default();
        for row in keys {
            let (id, account): (String, String) = (row.get(0)?, row.get(1)?);
            new.insert((id, account, row.get::<String>(2)?));
        }
        let heard = &mut work.heard;
        for one in &self.inbound {
            let key = key(one);
            let stored = (key.0.clone(), key.1.clone(), key.2.to_owned());
            heard.keys.insert(key, new.contains(&stored));
            heard.people.insert(address(one), Vec::new());
            heard.unreachable.insert(address(one), false);
        }
        for row in people {
            let address = (word(row, 0, "a channel")?, row.get(1)?);
            let member = member_id(row, 2, "users.id")?;
            let there = heard.people.entry(address).or_default();
            if !there.contains(&member) {
                there.push(member);
            }
        }
        for row in unreachable {
            let address = (word(row, 0, "unreachable_addresses.channel")?, row.get(1)?);
            heard.unreachable.insert(address, true);
        }
        for member in heard.people.values().flatten() {
            heard.held.insert(*member, Vec::new());
        }
        for row in held {
            let member = member_id(row, 0, "messages.client_id")?;
            if let Entry::Occupied(mut of_member) = heard.held.entry(member) {
                of_member.get_mut().push(row.get(1)?);
            }
        }
        Ok(())
    }
}

/// As the table has it.
fn key(inbound: &NewInbound) -> Key {
    (
        without_nul(&inbound.provider_message_id).into_owned(),
        without_nul(&inbound.account).into_owned(),
        inbound.provider.as_str(),
    )
}

fn address(inbound: &NewInbound) -> (Channel, String) {
    (inbound.channel, inbound.from.as_str().to_owned())
}

impl Tx<'_> {
    /// Takes the key of an inbound message; `false` when it was stored before, under a member or as a
    /// stranger's. Every batch asks for its keys at its beginning; another node that was storing the same
    /// has been waited for.
    pub(crate) fn is_new_inbound(&self, inbound: &NewInbound) -> bool {
        let mut work = self.work();
        work.heard
            .keys
            .get_mut(&key(inbound))
            .is_some_and(std::mem::take)
    }

    /// Who is at the address it came from.
    pub(crate) fn people_at(&self, inbound: &NewInbound) -> Done<Vec<MemberId>> {
        // In the web chat the address is the member's id: there is nothing to look up for a whole batch.
        if inbound.channel == Channel::Web {
            return consent::members_at(self, inbound.channel, &inbound.from);
        }
        if let Some(people) = self.work().heard.people.get(&address(inbound)) {
            return Ok(people.clone());
        }
        consent::members_at(self, inbound.channel, &inbound.from)
    }

    /// Whether that address may be known as unreachable.
    pub(crate) fn may_be_unreachable(&self, inbound: &NewInbound) -> bool {
        let work = self.work();
        work.heard.unreachable.get(&address(inbound)) != Some(&false)
    }

    /// This transaction has made it so.
    pub(crate) fn note_unreachable(&self, channel: Channel, address: &str) {
        let mut work = self.work();
        let key = (channel, address.to_owned());
        work.heard.unreachable.insert(key, true);
    }

    /// The places that are held until this member writes, in their order.
    pub(crate) fn held_for_a_reply(&self, member: MemberId) -> Done<Vec<i64>> {
        let known = self.work().heard.held.get(&member).cloned();
        let mut held = match known {
            Some(held) => held,
            None => self.all(
                "SELECT q.sequence_number FROM messages m
                 JOIN message_queues q ON q.sequence_number = ANY(ARRAY[m.seq])
                 WHERE m.client_id = $1
                   AND m.seq >= (SELECT coalesce(min(sequence_number), 0) FROM message_queues)
                   AND q.status = 'held' AND q.released_by_reply",
                &[Value::Bytes(member.as_bytes())],
                |row| row.get(0),
            )?,
        };
        // And what this transaction has held itself.
        held.extend(self.work().places.values().flatten().filter_map(|kept| {
            let place = &kept.row.place;
            let is_held = place.state == PlaceState::Held && kept.row.released_by_reply;
            (place.member == member && is_held).then_some(place.seq)
        }));
        held.sort_unstable();
        held.dedup();
        Ok(held)
    }

    /// Adds an inbound message.
    pub(crate) fn add_inbound(&self, row: InboundRow) {
        let mut work = self.work();
        work.new_inbound.push(row);
        work.pending = true;
    }

    /// Moves a window's end, forward only.
    pub(crate) fn move_window(&self, address: &str, sender: &str, ends_at: Timestamp) {
        let mut work = self.work();
        let key = (address.to_owned(), sender.to_owned());
        let ends_at = ends_at.as_micros();
        if let Some(known) = work.windows.get_mut(&key) {
            *known = (*known).max(Some(ends_at));
        }
        let new = work.new_windows.entry(key).or_insert(ends_at);
        *new = (*new).max(ends_at);
        work.pending = true;
    }
}
