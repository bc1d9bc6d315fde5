//! The worker's loop: takes in notices, claims heads of free lanes while calls may be opened, and
//! runs timers. Thin on purpose: what is claimed is dispatched in tasks of its own.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{Seconds, Timestamp};
use store::questions::Places;
use store::{LaneKey, Notice, Seq, StoreError};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use crate::Engine;
use crate::scheduler::Scheduler;

/// The most heads one dispatch plans together: enough to share a commit, few enough to keep the
/// first from waiting for the last.
const BATCH_MAX: usize = 64;

/// While more heads are ready than there is room for, room for a quarter of all calls is waited for, but no
/// longer than this: heads that are planned together share what is read for them, and a commit.
const GATHER: Duration = Duration::from_millis(5);

/// How many attempts may be open for each call that may be: those that are answered and not settled yet are
/// open too, but need no connection.
const OPEN_PER_CALL: usize = 4;

/// Rows read at once by the first scan.
const SCAN: u32 = 10_000;

/// However far the next timer is, the clock may be moved meanwhile: look again this often.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What dispatchers tell the worker; unlike notices, none of it is kept anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Word {
    /// A claimed head goes back, until an instant.
    GiveBack(LaneKey, Seq, Option<Timestamp>),
    /// A claimed place turned out to be over.
    Gone(LaneKey, Seq),
    /// An elapsed place could not be looked at yet.
    WatchAgain(LaneKey, Seq, Timestamp),
    /// A call has ended: there is room for another.
    Room,
}

/// What the worker reads.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) notices: mpsc::UnboundedReceiver<Vec<Notice>>,
    pub(crate) words: mpsc::UnboundedReceiver<Word>,
}

impl Engine {
    /// Reads the lanes, then starts the worker, the sweeps and the answering. Calling it twice does
    /// nothing more.
    pub async fn start(&self) -> Result<(), StoreError> {
        self.start_with(None).await
    }

    /// The same, with the worker and all calls of providers on another runtime.
    pub async fn start_with(&self, sending: Option<&Handle>) -> Result<(), StoreError> {
        let Some(mut inbox) = self
            .inner
            .from_parts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take()
        else {
            return Ok(());
        };
        self.load_switches()
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        self.read_limits().await?;
        self.begin_lists().await?;
        // On a shared database lanes are taken up beat by beat, and told of place by place.
        let mut scheduler = if self.inner.ownership.is_shared() {
            Scheduler::default()
        } else {
            self.first_scan(&mut inbox).await?
        };
        self.inner.started.store(true, Ordering::Release);
        let engine = self.clone();
        let work = async move { engine.work(&mut scheduler, inbox).await };
        match sending {
            Some(elsewhere) => self.inner.tasks.spawn_on(work, elsewhere),
            None => self.inner.tasks.spawn(work),
        };
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.sweep_loop().await });
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.template_loop().await });
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.price_loop().await });
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.broadcast_loop().await });
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.copies_loop().await });
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.billing_loop().await });
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.answer_loop().await });
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.limits_loop().await });
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.webhooks_loop().await });
        if self.inner.ownership.is_shared() || self.held().is_some() {
            let engine = self.clone();
            self.inner
                .tasks
                .spawn(async move { engine.beat_loop().await });
        }
        self.inner.answering.notify_one();
        Ok(())
    }

    /// Stops taking new work, lets open calls end and settle, and returns when all is quiet or
    /// `deadline` has passed; the flag says which (G31).
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        self.inner.draining.store(true, Ordering::Release);
        self.inner.stop.cancel();
        self.inner.tasks.close();
        tokio::time::timeout(deadline, self.inner.tasks.wait())
            .await
            .is_ok()
    }

    async fn first_scan(&self, inbox: &mut Inbox) -> Result<Scheduler, StoreError> {
        let mut scheduler = Scheduler::default();
        let (now, mut after) = (self.now(), Seq(0));
        loop {
            let places = self.ask().question(Places { after, limit: SCAN }).await?;
            let Some(last) = places.last() else { break };
            after = last.seq;
            for place in places {
                use domain::PlaceState::{
                    AwaitingReceipt, Begun, Ended, Held, Unconfirmed, Waiting,
                };
                let (lane, seq) = (place.lane, place.seq);
                match place.state {
                    Waiting | Held => {
                        let notice = Notice::Waiting {
                            lane,
                            seq,
                            priority: place.priority,
                            due: place.due,
                        };
                        scheduler.note(&notice, now);
                    }
                    // Left begun by an earlier process: look at it at once.
                    Begun => scheduler.note(
                        &Notice::Occupied {
                            lane,
                            seq,
                            until: Some(now),
                        },
                        now,
                    ),
                    Unconfirmed | AwaitingReceipt => {
                        let until = place.due.or(Some(now));
                        scheduler.note(&Notice::Occupied { lane, seq, until }, now);
                    }
                    Ended => {}
                }
            }
        }
        // What was committed while the scan ran is in it or follows here; both is harmless.
        while let Ok(notices) = inbox.notices.try_recv() {
            self.take_in(&mut scheduler, &notices);
        }
        tracing::info!(lanes = scheduler.lane_count(), "the lanes are read");
        Ok(scheduler)
    }

    fn take_in(&self, scheduler: &mut Scheduler, notices: &[Notice]) {
        let now = self.now();
        let mut events = false;
        for notice in notices {
            match notice {
                Notice::Events => events = true,
                Notice::Inbound => self.inner.answering.notify_one(),
                Notice::Switches => self.reload_switches_soon(),
                Notice::Waiting { .. }
                | Notice::Occupied { .. }
                | Notice::Freed { .. }
                | Notice::Lost(_) => {
                    scheduler.note(notice, now);
                }
            }
        }
        if events {
            self.inner
                .outbox
                .send_modify(|changes| *changes = changes.wrapping_add(1));
        }
    }

    async fn work(&self, scheduler: &mut Scheduler, mut inbox: Inbox) {
        let calls_max = self.inner.settings.calls_max;
        let room = Arc::new(Semaphore::new(calls_max));
        let worthwhile = (calls_max / 4).clamp(1, BATCH_MAX);
        let mut short_since: Option<Instant> = None;
        let mut claimed = Vec::with_capacity(BATCH_MAX);
        let mut many = Vec::with_capacity(256);
        let mut words = Vec::with_capacity(256);
        loop {
            let now = self.now();
            // Away from home nothing is claimed and no timer is run; what waits is only known (G33).
            let held = self.held().is_some();
            let elapsed = if held {
                Vec::new()
            } else {
                scheduler.wake(now).elapsed
            };
            for (lane, seq) in elapsed {
                let engine = self.clone();
                self.inner
                    .tasks
                    .spawn(async move { engine.elapse(lane, seq).await });
            }
            let mut gathering = LOOK_EVERY;
            while !held && scheduler.has_ready() && !self.inner.stop.is_cancelled() {
                let open_max = calls_max.saturating_mul(OPEN_PER_CALL);
                let most = room
                    .available_permits()
                    .min(open_max.saturating_sub(self.inner.in_flight.count()))
                    .min(BATCH_MAX);
                if most == 0 {
                    break;
                }
                if most < worthwhile && most < scheduler.ready_count() {
                    let since = short_since.get_or_insert_with(Instant::now);
                    if let Some(left) = GATHER.checked_sub(since.elapsed()) {
                        gathering = left;
                        break;
                    }
                }
                short_since = None;
                scheduler.claim(most, &mut claimed);
                let Ok(permits) = Arc::clone(&room)
                    .try_acquire_many_owned(u32::try_from(claimed.len()).unwrap_or(1))
                else {
                    for (lane, seq) in claimed.drain(..) {
                        scheduler.give_back(lane, seq, None);
                    }
                    break;
                };
                let heads = std::mem::replace(&mut claimed, Vec::with_capacity(BATCH_MAX));
                let engine = self.clone();
                self.inner
                    .tasks
                    .spawn(async move { engine.dispatch(heads, permits).await });
            }
            let wait = scheduler
                .next_timer()
                .filter(|_| !held)
                .map_or(LOOK_EVERY, |at| until(now, at).min(LOOK_EVERY))
                .min(gathering);
            tokio::select! {
                biased;
                count = inbox.notices.recv_many(&mut many, 256) => {
                    if count == 0 {
                        return; // the committer is gone
                    }
                    for notices in many.drain(..) {
                        self.take_in(scheduler, &notices);
                    }
                }
                _ = inbox.words.recv_many(&mut words, 256) => {}
                () = tokio::time::sleep(wait) => {}
                () = self.inner.stop.cancelled() => {
                    if self.inner.in_flight.count() == 0 {
                        return;
                    }
                    // Calls in flight still tell of themselves; what they free is not claimed.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            while words.len() < 4_096 {
                match inbox.words.try_recv() {
                    Ok(word) => words.push(word),
                    Err(_) => break,
                }
            }
            for word in words.drain(..) {
                match word {
                    Word::GiveBack(lane, seq, due) => scheduler.give_back(lane, seq, due),
                    Word::Gone(lane, seq) => scheduler.gone(lane, seq),
                    Word::WatchAgain(lane, seq, at) => scheduler.watch_again(lane, seq, at),
                    Word::Room => {}
                }
            }
        }
    }

    /// Tells the worker; it outlives everybody who tells it something.
    pub(crate) fn tell(&self, word: Word) {
        let _ = self.inner.to_worker.send(word);
    }
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    let span: Seconds = at.since(now);
    span.to_duration() + Duration::from_millis(1)
}
