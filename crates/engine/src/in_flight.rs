//! Attempts that are open in this process, and who waits for them: STOP's answer (G14) and callers
//! of the immediate endpoint.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{AttemptId, DeliveryStatus, MessageId};
use store::questions::MessageById;
use store::records::AttemptRecord;
use tokio::sync::{Notify, oneshot};

use crate::Engine;

/// How often the store is asked about attempts of other processes.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(25);

#[derive(Default)]
pub(crate) struct InFlight {
    open: Mutex<HashSet<AttemptId>>,
    closed: Notify,
    watched: Mutex<HashMap<MessageId, Vec<oneshot::Sender<()>>>>,
}

impl InFlight {
    /// An attempt is about to be begun.
    pub(crate) fn open(&self, attempt: AttemptId) {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(attempt);
    }

    /// It is settled, or was not begun after all.
    pub(crate) fn close(&self, attempt: AttemptId) {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&attempt);
        self.closed.notify_waiters();
    }

    fn any_open(&self, attempts: &[AttemptId]) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.iter().any(|attempt| open.contains(attempt))
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Resolves when the message was handed over, held or suppressed.
    pub(crate) fn decided(&self, message: MessageId) -> impl Future<Output = ()> + use<> {
        let (sender, receiver) = oneshot::channel();
        self.watched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(message)
            .or_default()
            .push(sender);
        async move { drop(receiver.await) }
    }

    /// Tells those who wait for this message.
    pub(crate) fn tell_decided(&self, message: MessageId) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if watched.is_empty() {
            return;
        }
        if let Entry::Occupied(entry) = watched.entry(message) {
            for waiter in entry.remove() {
                // One that stopped waiting needs no word.
                let _ = waiter.send(());
            }
        }
    }
}

impl Engine {
    /// Waits until none of these attempts is open, at most G: later than that none may start.
    pub(crate) async fn wait_for_begun(&self, attempts: &[AttemptId]) {
        let wait = async {
            loop {
                let closed = self.inner.in_flight.closed.notified();
                tokio::pin!(closed);
                closed.as_mut().enable();
                if !self.inner.in_flight.any_open(attempts) {
                    return;
                }
                closed.await;
            }
        };
        let others = self.wait_for_others(attempts);
        let grace = self.inner.settings.start_grace.to_duration() + Duration::from_millis(50);
        // After G a begun attempt that has not started must not start any more.
        let _ = tokio::time::timeout(grace, futures_util::future::join(wait, others)).await;
    }

    /// Waits until what other processes have begun of these is settled.
    async fn wait_for_others(&self, attempts: &[AttemptId]) {
        if !self.inner.ownership.is_shared() {
            return;
        }
        for attempt in attempts {
            if self.inner.in_flight.any_open(std::slice::from_ref(attempt)) {
                continue; // our own
            }
            while self.is_begun(*attempt).await {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }

    /// Whether an attempt may still be about to start, as far as the store can tell.
    async fn is_begun(&self, id: AttemptId) -> bool {
        let question = MessageById { id: id.message };
        let Ok(found) = self.ask().question(question).await else {
            return true;
        };
        found.is_some_and(|detail| {
            let begun = |attempt: &AttemptRecord| {
                attempt.number == id.number && attempt.status == DeliveryStatus::Pending
            };
            detail.attempts.iter().any(begun)
        })
    }
}
