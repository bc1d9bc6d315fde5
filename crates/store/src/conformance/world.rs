//! What the stories stand on: a store that is open, and a clock held still.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use domain::{Clock, Ids, ManualClock, Seconds, Timestamp};

use crate::committer::{Committer, NoticeSink};
use crate::error::StoreError;
use crate::lane::Epoch;
use crate::notice::Notice;
use crate::ops::Operation;
use crate::questions::{Ask, BoxFuture, Question};

/// A store that is open.
#[derive(Debug)]
pub struct Opened {
    /// The way in.
    pub committer: Committer,
    /// The writing thread, to wait for its end.
    pub thread: JoinHandle<()>,
    /// The reading side.
    pub ask: Arc<dyn Ask>,
    /// The fence.
    pub epoch: Epoch,
}

/// A database of its own that can be opened, closed and opened again.
pub trait Harness: Send + Sync + Debug {
    /// Opens it; everything opened before has been dropped.
    fn open(&self, sink: NoticeSink) -> BoxFuture<'_, Result<Opened, StoreError>>;
}

/// Our sender in all stories.
pub(crate) const SENDER: &str = "+14155550000";

/// An open store with people in it.
#[derive(Debug)]
pub(crate) struct World {
    harness: Box<dyn Harness>,
    opened: Option<Opened>,
    notices: Arc<Mutex<Vec<Notice>>>,
    used: Mutex<BTreeSet<&'static str>>,
    clock: Arc<ManualClock>,
    ids: Ids,
    pub(super) people: Mutex<u32>,
}

impl World {
    pub(crate) async fn open(harness: Box<dyn Harness>) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_795_000_000)));
        let mut world = Self {
            harness,
            opened: None,
            notices: Arc::default(),
            used: Mutex::default(),
            ids: Ids::new(clock.clone(), 11),
            clock,
            people: Mutex::new(0),
        };
        world.open_again().await;
        world
    }

    async fn open_again(&mut self) {
        let notices = Arc::clone(&self.notices);
        let sink: NoticeSink = Arc::new(move |new| {
            notices
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend_from_slice(new);
        });
        self.opened = Some(self.harness.open(sink).await.expect("the store opens"));
    }

    /// Closes the store and opens the same database again.
    pub(crate) async fn reopen(&mut self) {
        self.close_now();
        self.open_again().await;
    }

    /// Closes the store.
    pub(crate) fn close(mut self) {
        self.close_now();
    }

    fn close_now(&mut self) {
        if let Some(opened) = self.opened.take() {
            drop(opened.committer);
            drop(opened.ask);
            opened.thread.join().expect("the writer ends in peace");
        }
    }

    fn opened(&self) -> &Opened {
        self.opened.as_ref().expect("the store is open")
    }

    pub(crate) fn committer(&self) -> Committer {
        self.opened().committer.clone()
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.opened().epoch
    }

    pub(crate) fn has_used(&self, name: &str) -> bool {
        self.used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(name)
    }

    pub(crate) fn note_use(&self, name: &'static str) {
        self.used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name);
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: u32) {
        self.clock.advance(Seconds::new(seconds));
    }

    /// An instant from now.
    pub(crate) fn after(&self, seconds: u32) -> Timestamp {
        self.now() + Seconds::new(seconds)
    }

    pub(crate) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// What the scheduler was told since the last time.
    pub(crate) async fn notices(&self) -> Vec<Notice> {
        // They follow the answers: once a later submission is answered, all earlier ones are here.
        let barrier = self.committer().submit_all(Vec::new()).await;
        barrier.expect("the store works");
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Submits an operation, which must not fail.
    pub(crate) async fn submit<O: Operation>(&self, operation: O) -> O::Answer {
        self.try_submit(operation).await.expect("the store works")
    }

    /// Submits an operation.
    pub(crate) async fn try_submit<O: Operation>(
        &self,
        operation: O,
    ) -> Result<O::Answer, StoreError> {
        let op = operation.into_op();
        self.note_use(op.name());
        let mut answers = self.committer().submit_all(vec![op]).await?;
        let answer = answers.pop().expect("one answer")?;
        Ok(O::from_answer(answer).expect("an answer of the same kind"))
    }

    /// Asks a question, which must not fail.
    pub(crate) async fn ask<Q: Question + Send>(&self, question: Q) -> Q::Reply {
        let request = question.into_request();
        self.note_use(request.name());
        let reply = self
            .opened()
            .ask
            .ask(request)
            .await
            .expect("the store answers");
        Q::from_reply(reply).expect("a reply of the same kind")
    }

    /// Asks again while others write too: what is newest may be shown only once their transactions are over,
    /// those of other databases on the same server among them.
    pub(crate) async fn ask_until<Q: Question + Clone + Send>(
        &self,
        question: Q,
        shown: impl Fn(&Q::Reply) -> bool + Send,
    ) -> Q::Reply {
        for _ in 0..10_000 {
            let reply = self.ask(question.clone()).await;
            if shown(&reply) {
                return reply;
            }
        }
        self.ask(question).await
    }
}
