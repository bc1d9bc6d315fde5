//! Every message, by number and by sid, as many as fit; the oldest are forgotten first.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::record::Record;
use crate::sid::Sid;

/// The messages.
#[derive(Debug)]
pub(crate) struct Log {
    records: VecDeque<Record>,
    by_sid: FxHashMap<u128, u64>,
    /// The sequence number of the first record.
    base: u64,
    max: usize,
}

impl Log {
    pub(crate) fn new(max: usize) -> Self {
        Self::starting_at(max, 0)
    }

    /// An empty log whose first record will have this sequence number.
    pub(crate) fn starting_at(max: usize, base: u64) -> Self {
        Self {
            records: VecDeque::new(),
            by_sid: FxHashMap::default(),
            base,
            max: max.max(1),
        }
    }

    /// The sequence number the next record gets.
    pub(crate) fn next(&self) -> u64 {
        self.base + self.records.len() as u64
    }

    /// The first sequence number that is still known.
    pub(crate) const fn base(&self) -> u64 {
        self.base
    }

    /// Adds a record whose `seq` is [`Log::next`]; returns the media that are forgotten with the
    /// oldest one.
    pub(crate) fn push(&mut self, record: Record) -> Vec<Sid> {
        let mut forgotten = Vec::new();
        debug_assert_eq!(record.seq, self.next(), "records are numbered in order");
        if self.records.len() >= self.max
            && let Some(oldest) = self.records.pop_front()
        {
            self.base += 1;
            self.by_sid.remove(&oldest.sid.id());
            forgotten.extend(oldest.media.iter().map(|media| media.sid));
        }
        self.by_sid.insert(record.sid.id(), record.seq);
        self.records.push_back(record);
        forgotten
    }

    fn place(&self, seq: u64) -> Option<usize> {
        usize::try_from(seq.checked_sub(self.base)?).ok()
    }

    pub(crate) fn get(&self, seq: u64) -> Option<&Record> {
        self.records.get(self.place(seq)?)
    }

    pub(crate) fn get_mut(&mut self, seq: u64) -> Option<&mut Record> {
        let place = self.place(seq)?;
        self.records.get_mut(place)
    }

    pub(crate) fn seq_of(&self, sid: Sid) -> Option<u64> {
        let seq = *self.by_sid.get(&sid.id())?;
        (self.get(seq)?.sid == sid).then_some(seq)
    }

    pub(crate) fn find(&self, sid: Sid) -> Option<&Record> {
        self.get(self.seq_of(sid)?)
    }

    /// Deleted by the API: it cannot be found by its sid any more; its place stays.
    pub(crate) fn forget(&mut self, sid: Sid) {
        self.by_sid.remove(&sid.id());
    }

    pub(crate) fn is_listed(&self, record: &Record) -> bool {
        self.by_sid.contains_key(&record.sid.id())
    }

    pub(crate) fn len(&self) -> usize {
        self.by_sid.len()
    }
}
