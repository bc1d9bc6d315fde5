//! The rows a transaction works on, kept in memory while it lasts: read once for a whole batch, changed
//! there, and written with one statement for each table.
//!
//! What it holds is locked against other nodes, so it cannot be out of date. A statement that goes past it
//! ([`crate::tx::Tx::run`]) first writes what is pending, and what was read is then forgotten.

mod flush;
mod heard;
mod joining;
mod keys;
mod load;
mod messages;
#[cfg(test)]
mod plans;
mod prefetch;
mod queries;
mod rows;

use std::collections::VecDeque;

use domain::{Channel, DeliveryStatus, MemberId, MessageId, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use store::ops::WatchDelivery;

use crate::fault::Done;
use crate::tx::Tx;
use crate::write::place::Place;

pub(crate) use heard::InboundRow;
pub(crate) use joining::{Claim, NewLine, NewUser};
pub(crate) use keys::Looked;
pub(crate) use messages::{Carried, MessageRow, Segments};
pub(crate) use rows::{
    AttemptRow, EventRow, LaneNoticeRow, NewAttempt, NewOutbound, NewPlace, PlaceRow, ReceiptRow,
};

/// How much of a row was changed since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Changed {
    Nothing,
    /// What changes most often: of a place where it stands, of an attempt its status.
    Part,
    All,
}

/// A row that is there, and how much of it was changed since it was read.
#[derive(Clone, Debug)]
struct Kept<T> {
    row: T,
    changed: Changed,
}

impl<T> Kept<T> {
    fn new(row: T) -> Self {
        Self {
            row,
            changed: Changed::Nothing,
        }
    }

    fn is_changed(&self) -> bool {
        self.changed > Changed::Nothing
    }
}

/// Rows by their key; one that is not there is known to be missing.
type Rows<T> = FxHashMap<i64, Option<Kept<T>>>;

/// The rows.
#[derive(Debug, Default)]
pub(crate) struct Work {
    messages: Rows<MessageRow>,
    /// Numbers of messages by their ids.
    seqs: FxHashMap<MessageId, Option<i64>>,
    places: Rows<PlaceRow>,
    attempts: Rows<AttemptRow>,
    /// Receipts listed under an attempt, in their order.
    receipts: FxHashMap<i64, Vec<ReceiptRow>>,
    /// Whether a member is there and not erased.
    members: FxHashMap<MemberId, bool>,
    /// Members whose consents nobody else changes until this transaction ends.
    steady: FxHashSet<MemberId>,
    /// Versions of consents for everything.
    consents: FxHashMap<Channel, FxHashMap<String, u32>>,
    /// When windows end, by address and sender.
    windows: FxHashMap<(String, String), Option<i64>>,
    /// Messages that took an occasion of a member's.
    occasions: FxHashMap<(MemberId, String), Option<MessageId>>,
    /// Numbers for new messages, drawn and not yet given.
    numbers: VecDeque<i64>,
    new_messages: Vec<NewOutbound>,
    new_places: Vec<NewPlace>,
    new_attempts: Vec<NewAttempt>,
    new_receipts: Vec<ReceiptRow>,
    /// What is known of the inbound messages.
    heard: heard::Heard,
    new_inbound: Vec<InboundRow>,
    /// Who joins.
    joining: joining::Joining,
    /// Keys of those who make members.
    keys: keys::Keys,
    /// Ends of windows that moved, by address and sender.
    new_windows: FxHashMap<(String, String), i64>,
    new_occasions: Vec<(MemberId, String, MessageId)>,
    new_events: Vec<EventRow>,
    new_notices: Vec<LaneNoticeRow>,
    /// When deliveries are to be looked at; `None` for those nobody needs to.
    new_watches: FxHashMap<MessageId, Option<i64>>,
    /// Messages that enter the list of those that ended badly, how and when; `None` for those that leave it.
    new_dead: FxHashMap<i64, Option<(DeliveryStatus, i64)>>,
    gone_places: Vec<i64>,
    /// Whether anything is to be written.
    pending: bool,
}

impl Work {
    /// Forgets what was read; nothing may be pending.
    fn forget(&mut self) {
        self.messages.clear();
        self.seqs.clear();
        self.places.clear();
        self.attempts.clear();
        self.receipts.clear();
        self.members.clear();
        self.steady.clear();
        self.consents.clear();
        self.windows.clear();
        self.occasions.clear();
        self.heard.forget();
        self.joining.forget();
        self.keys.forget();
    }
}

impl Tx<'_> {
    /// Changes a message's row; one that is not there stays so.
    pub(crate) fn change_message(
        &self,
        seq: i64,
        change: impl FnOnce(&mut MessageRow),
    ) -> Done<()> {
        self.hold(seq)?;
        let mut work = self.work();
        if let Some(Some(kept)) = work.messages.get_mut(&seq) {
            change(&mut kept.row);
            kept.changed = Changed::All;
            work.pending = true;
        }
        Ok(())
    }

    /// Changes a place's row; one that is over stays so.
    pub(crate) fn change_place(&self, seq: i64, change: impl FnOnce(&mut PlaceRow)) -> Done<()> {
        self.load_place(seq)?;
        let mut work = self.work();
        if let Some(Some(kept)) = work.places.get_mut(&seq) {
            change(&mut kept.row);
            kept.changed = Changed::All;
            work.pending = true;
        }
        Ok(())
    }

    /// Changes where a place stands: its state, its timer, the attempts begun and by which epoch. It is not held
    /// any more.
    pub(crate) fn move_place(&self, seq: i64, change: impl FnOnce(&mut Place)) -> Done<()> {
        self.load_place(seq)?;
        let mut work = self.work();
        if let Some(Some(kept)) = work.places.get_mut(&seq) {
            change(&mut kept.row.place);
            kept.row.held_why = None;
            kept.changed = kept.changed.max(Changed::Part);
            work.pending = true;
        }
        Ok(())
    }

    /// Changes an attempt's row; one that is not there stays so.
    pub(crate) fn change_attempt(
        &self,
        key: i64,
        change: impl FnOnce(&mut AttemptRow),
    ) -> Done<()> {
        self.load_attempt(key)?;
        let mut work = self.work();
        if let Some(Some(kept)) = work.attempts.get_mut(&key) {
            change(&mut kept.row);
            kept.changed = Changed::All;
            work.pending = true;
        }
        Ok(())
    }

    /// Changes the status of an attempt and nothing else; one that is not there stays so.
    pub(crate) fn advance_attempt(&self, key: i64, status: DeliveryStatus) -> Done<()> {
        self.load_attempt(key)?;
        let mut work = self.work();
        if let Some(Some(kept)) = work.attempts.get_mut(&key) {
            kept.row.status = status;
            kept.changed = kept.changed.max(Changed::Part);
            work.pending = true;
        }
        Ok(())
    }

    /// Removes a place.
    pub(crate) fn drop_place(&self, seq: i64) {
        let mut work = self.work();
        work.places.insert(seq, None);
        work.gone_places.push(seq);
        work.pending = true;
    }

    /// Adds an outbound message and its place.
    pub(crate) fn add_outbound(&self, message: NewOutbound, place: NewPlace) {
        let mut work = self.work();
        let seq = message.seq;
        work.seqs.insert(message.id, Some(seq));
        work.messages.insert(seq, Some(Kept::new(message.row())));
        work.places.insert(seq, Some(Kept::new(place.row())));
        work.new_messages.push(message);
        work.new_places.push(place);
        work.pending = true;
    }

    /// Adds an attempt.
    pub(crate) fn add_attempt(&self, attempt: NewAttempt) {
        let mut work = self.work();
        let row = Kept::new(attempt.row());
        work.attempts.insert(attempt.key, Some(row));
        work.receipts.insert(attempt.key, Vec::new());
        work.new_attempts.push(attempt);
        work.pending = true;
    }

    /// Adds a receipt to its attempt, whose receipts have been read.
    pub(crate) fn add_receipt(&self, attempt: i64, receipt: ReceiptRow) {
        let mut work = self.work();
        work.receipts
            .entry(attempt)
            .or_default()
            .push(receipt.clone());
        work.new_receipts.push(receipt);
        work.pending = true;
    }

    /// Takes an occasion for a message.
    pub(crate) fn add_occasion(&self, member: MemberId, occasion: &str, message: MessageId) {
        let mut work = self.work();
        let key = (member, occasion.to_owned());
        work.occasions.insert(key, Some(message));
        work.new_occasions
            .push((member, occasion.to_owned(), message));
        work.pending = true;
    }

    /// Adds a row to the outbox.
    pub(crate) fn add_event(&self, event: EventRow) {
        let mut work = self.work();
        work.new_events.push(event);
        work.pending = true;
    }

    /// Notes when a delivery is to be looked at, or that nobody needs to.
    pub(crate) fn watch(&self, watch: &WatchDelivery) {
        let mut work = self.work();
        let due = watch.due.map(Timestamp::as_micros);
        work.new_watches.insert(watch.message, due);
        work.pending = true;
    }

    /// Puts a message into the list of those that ended badly, or takes it off.
    pub(crate) fn list_dead(&self, seq: i64, ended: Option<(DeliveryStatus, Timestamp)>) {
        let mut work = self.work();
        let ended = ended.map(|(status, at)| (status, at.as_micros()));
        work.new_dead.insert(seq, ended);
        work.pending = true;
    }

    /// Adds a notice for another node.
    pub(crate) fn add_lane_notice(&self, notice: LaneNoticeRow) {
        let mut work = self.work();
        work.new_notices.push(notice);
        work.pending = true;
    }
}
