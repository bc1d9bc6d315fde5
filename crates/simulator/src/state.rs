//! Everything the sandbox remembers, behind one lock that is held only for short computations.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::Timestamp;
use rustc_hash::FxHashMap;

use crate::chance::{Chance, Thing};
use crate::config::Config;
use crate::contents::Contents;
use crate::faults::Faults;
use crate::limits::Meter;
use crate::log::Log;
use crate::mail::Letters;
use crate::numbers::Numbers;
use crate::observe::{Alert, Change, Counts, LedgerLine, Request};
use crate::phones::{Phone, Phones};
use crate::record::{Direction, Record, Status};
use crate::ring::Ring;
use crate::sid::Sid;

/// The sandbox's memory.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) chance: Chance,
    pub(crate) log: Log,
    pub(crate) letters: Letters,
    pub(crate) phones: Phones,
    /// The phones that are there again after a reset.
    pub(crate) first_phones: Vec<Phone>,
    pub(crate) numbers: Numbers,
    pub(crate) contents: Contents,
    pub(crate) faults: Faults,
    pub(crate) meter: Meter,
    pub(crate) requests: Ring<Request>,
    pub(crate) alerts: Ring<Alert>,
    pub(crate) ledger: Ring<LedgerLine>,
    pub(crate) changes: Ring<Change>,
    pub(crate) counts: Counts,
    /// Scheduled messages by their time.
    pub(crate) schedule: BTreeSet<(Timestamp, u64)>,
    /// Which message a piece of media belongs to.
    pub(crate) media: FxHashMap<u128, u64>,
}

impl State {
    pub(crate) fn new(config: &Config) -> Self {
        let mut chance = Chance::new(config.seed);
        let now = config.clock.now();
        Self {
            log: Log::new(config.messages_max),
            letters: Letters::default(),
            phones: Phones::new(config.phones_max),
            first_phones: Vec::new(),
            numbers: Numbers::new(&config.numbers, &mut chance, now),
            contents: Contents::default(),
            faults: Faults::default(),
            meter: Meter::default(),
            requests: Ring::new(config.recent_max),
            alerts: Ring::new(config.recent_max),
            ledger: Ring::new(config.ledger_max),
            changes: Ring::new(config.recent_max),
            counts: Counts::default(),
            schedule: BTreeSet::new(),
            media: FxHashMap::default(),
            chance,
        }
    }

    /// Forgets messages, letters, phones, faults and observations. Numbers, services and templates stay,
    /// and ids go on, so that nothing old is taken for something new.
    pub(crate) fn reset(&mut self, config: &Config) {
        self.log = Log::starting_at(config.messages_max, self.log.next());
        self.letters.clear();
        let before = std::mem::replace(&mut self.phones, Phones::new(config.phones_max));
        for first in &self.first_phones {
            if let Some(phone) = self.phones.add(&first.number) {
                *phone = first.clone();
                // Whoever shares these phones with the sandbox has windows and STOP on record.
                if let Some(old) = before.get(&first.number) {
                    phone.wrote.clone_from(&old.wrote);
                    phone.stopped.clone_from(&old.stopped);
                }
            }
        }
        self.faults = Faults::default();
        self.meter = Meter::default();
        self.requests.clear();
        self.alerts.clear();
        self.ledger.clear();
        self.changes.clear();
        self.counts = Counts::default();
        self.schedule.clear();
        self.media.clear();
        self.changes.push(Change::Reset);
    }

    /// A new sid of this kind.
    pub(crate) fn sid(&mut self, kind: [u8; 2]) -> Sid {
        Sid::new(kind, self.chance.id(Thing::Sid))
    }

    /// Adds a message to the log and to its handset's thread. An unknown person's handset appears,
    /// as long as there is room.
    pub(crate) fn add(&mut self, record: Record) {
        let seq = record.seq;
        let base = self.log.base();
        for media in &record.media {
            self.media.insert(media.sid.id(), seq);
        }
        let known = self.phones.get(record.handset()).is_some();
        if let Some(phone) = self.phones.add(record.handset()) {
            if !known {
                phone.appeared = true;
                self.changes.push(Change::Phone(Arc::clone(&phone.number)));
            }
            while phone.thread.front().is_some_and(|old| *old < base) {
                phone.thread.pop_front();
            }
            phone.thread.push_back(seq);
        }
        if record.direction == Direction::Inbound {
            self.counts.inbound += 1;
        } else {
            self.counts.created += 1;
        }
        for forgotten in self.log.push(record) {
            self.media.remove(&forgotten.id());
        }
        self.changes.push(Change::Message(seq));
    }

    /// What is on a phone, each with its time: messages in their order, then letters in theirs.
    pub(crate) fn on(&self, phone: &Phone) -> Vec<(Timestamp, serde_json::Value)> {
        let messages = phone.thread.iter().filter_map(|seq| self.log.get(*seq));
        let mut all: Vec<_> = messages
            .map(|record| (record.created, record.on_handset()))
            .collect();
        if let Some(address) = &phone.email {
            let letters = self.letters.iter().filter(|letter| letter.is_to(address));
            all.extend(letters.map(|letter| (letter.at(), letter.show(Some(&phone.number)))));
        }
        all
    }

    /// Moves a message on, unless it has ended already; a delivered one may still be read. Says
    /// whether it did.
    pub(crate) fn advance(
        &mut self,
        seq: u64,
        status: Status,
        error: Option<u32>,
        now: Timestamp,
    ) -> bool {
        let Some(record) = self.log.get_mut(seq) else {
            return false;
        };
        if record.status.is_final()
            && !(record.status == Status::Delivered && status == Status::Read)
        {
            return false;
        }
        record.status = status;
        record.error = error;
        record.updated = now;
        if matches!(status, Status::Sent | Status::Delivered) && record.sent.is_none() {
            record.sent = Some(now);
        }
        if status.is_final() && record.ended.is_none() {
            record.ended = Some(now);
        }
        self.changes.push(Change::Status(seq, status, error));
        true
    }
}
