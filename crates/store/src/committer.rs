//! Group commit: many waiting operations share one transaction and one flush; each caller is
//! answered after the commit (G1). There is no artificial delay: whatever is waiting when the writer
//! is free goes in together, so a lone caller pays for a lone transaction only.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use domain::failpoint::{self, Point};
use tokio::sync::{mpsc, oneshot};

use crate::error::StoreError;
use crate::notice::Notice;
use crate::ops::{Answer, Op, Operation};

/// The most operations that share a transaction: past it a batch holds others up more than it saves.
/// A caller waits for the batch that is being written and for its own.
pub const BATCH_MAX: usize = 256;

/// How many submissions may wait. Past it callers are told to come back (G29).
pub const WAITING_MAX: usize = 16_384;

/// What one operation came to.
pub type OpResult = Result<Answer, StoreError>;

/// A store as its writing thread sees it.
pub trait Apply: Send {
    /// Applies all in one transaction, in order, and commits it durably. An operation that fails
    /// must not fail its neighbours; an error of the whole means that nothing was written, or that nobody
    /// can tell. Without operations it proves that it could write. `notices` is filled in commit order.
    fn apply(&mut self, ops: &[Op], notices: &mut Vec<Notice>)
    -> Result<Vec<OpResult>, StoreError>;
}

/// Where notices go after a commit.
pub type NoticeSink = Arc<dyn Fn(&[Notice]) + Send + Sync>;

struct Submission {
    ops: Vec<Op>,
    reply: oneshot::Sender<Vec<OpResult>>,
}

impl Submission {
    fn refuse(self, error: &StoreError) {
        let _ = self
            .reply
            .send(self.ops.iter().map(|_| Err(error.clone())).collect());
    }
}

/// The way in to the writing thread. Cheap to clone. When the last one is dropped the thread ends
/// after it has written what was waiting.
#[derive(Clone)]
pub struct Committer {
    submissions: mpsc::Sender<Submission>,
    trouble: Trouble,
}

/// Why the last transaction failed as a whole; `None` when it did not.
type Trouble = Arc<Mutex<Option<StoreError>>>;

impl std::fmt::Debug for Committer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Committer")
    }
}

impl Committer {
    /// Starts the writing thread. `sink` is called on that thread after each commit and must not
    /// block.
    pub fn start(
        store: Box<dyn Apply>,
        sink: NoticeSink,
    ) -> std::io::Result<(Self, thread::JoinHandle<()>)> {
        let (submissions, waiting) = mpsc::channel::<Submission>(WAITING_MAX);
        let trouble = Trouble::default();
        let known = Arc::clone(&trouble);
        let thread = thread::Builder::new()
            .name("committer".into())
            .spawn(move || {
                let mut writing = Writing {
                    store,
                    waiting,
                    queue: Queue::default(),
                    trouble: known,
                    notices: Vec::new(),
                };
                writing.run(&sink);
            })?;
        Ok((
            Self {
                submissions,
                trouble,
            },
            thread,
        ))
    }

    /// Why the last transaction failed as a whole; `None` when it did not.
    pub fn trouble(&self) -> Option<StoreError> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Proves that the store can write, by a transaction that changes nothing.
    pub async fn prove(&self) -> Result<(), StoreError> {
        self.submit_all(Vec::new()).await?;
        self.trouble().map_or(Ok(()), Err)
    }

    /// Submits one operation and waits until it is durable.
    pub async fn submit<O: Operation>(&self, operation: O) -> Result<O::Answer, StoreError> {
        let mut answers = self.submit_all(vec![operation.into_op()]).await?;
        let answer = answers
            .pop()
            .ok_or_else(|| StoreError::Corrupt("no answer to an operation".into()))??;
        O::from_answer(answer)
            .ok_or_else(|| StoreError::Corrupt("an answer of another kind".into()))
    }

    /// Submits several that need not share a fate, in order, and waits until all are durable.
    pub async fn submit_all(&self, ops: Vec<Op>) -> Result<Vec<OpResult>, StoreError> {
        let (reply, answers) = oneshot::channel();
        self.submissions
            .try_send(Submission { ops, reply })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => StoreError::Busy,
                mpsc::error::TrySendError::Closed(_) => {
                    StoreError::Unavailable("the writer has stopped".into())
                }
            })?;
        answers
            .await
            .map_err(|_| StoreError::Unavailable("the writer has stopped".into()))
    }
}

/// What waits, seen by the writing thread: a provider's webhooks go before our own work, because the
/// provider gives up on an answer after seconds and our own work can wait.
#[derive(Default)]
struct Queue {
    webhooks: VecDeque<Submission>,
    others: VecDeque<Submission>,
    /// Webhooks that went first since one of the others did.
    favoured: usize,
}

impl Queue {
    /// Takes over what has arrived, no more than it may hold itself.
    fn take_in(&mut self, arrived: &mut mpsc::Receiver<Submission>) {
        while self.webhooks.len() + self.others.len() < WAITING_MAX
            && let Ok(submission) = arrived.try_recv()
        {
            let is_webhook = matches!(
                submission.ops.first(),
                Some(Op::Receipt(_) | Op::RecordInbound(_) | Op::ChangeConsent(_))
            );
            if is_webhook {
                self.webhooks.push_back(submission);
            } else {
                self.others.push_back(submission);
            }
        }
    }

    /// Answers everybody who waits with this error.
    fn refuse(&mut self, error: &StoreError) {
        self.favoured = 0;
        for submission in self.webhooks.drain(..).chain(self.others.drain(..)) {
            submission.refuse(error);
        }
    }

    /// Who goes next. However many webhooks come, the others go on.
    fn next(&mut self) -> Option<Submission> {
        if self.favoured < BATCH_MAX
            && let Some(webhook) = self.webhooks.pop_front()
        {
            self.favoured += 1;
            return Some(webhook);
        }
        self.favoured = 0;
        self.others
            .pop_front()
            .or_else(|| self.webhooks.pop_front())
    }
}

/// The writing thread.
struct Writing {
    store: Box<dyn Apply>,
    waiting: mpsc::Receiver<Submission>,
    queue: Queue,
    trouble: Trouble,
    notices: Vec<Notice>,
}

impl Writing {
    /// Until nobody can submit any more and nothing waits.
    fn run(&mut self, sink: &NoticeSink) {
        let mut batch: Vec<Submission> = Vec::new();
        while let Some(first) = self.queue.next().or_else(|| self.waiting.blocking_recv()) {
            let mut count = first.ops.len();
            batch.push(first);
            self.queue.take_in(&mut self.waiting);
            while count < BATCH_MAX {
                let Some(next) = self.queue.next() else { break };
                count += next.ops.len();
                batch.push(next);
            }
            self.commit(&mut batch, count);
            if !self.notices.is_empty() {
                sink(&self.notices);
                self.notices.clear();
            }
        }
    }

    /// One transaction for all in the batch; notices follow in the same order.
    fn commit(&mut self, batch: &mut Vec<Submission>, count: usize) {
        let mut replies = Vec::with_capacity(batch.len());
        let mut ops = Vec::with_capacity(count);
        for submission in batch.drain(..) {
            replies.push((submission.ops.len(), submission.reply));
            ops.extend(submission.ops);
        }
        pass_points(&ops, Point::AcceptBeforeCommit, Point::WebhookBeforeCommit);
        let applied = self.store.apply(&ops, &mut self.notices);
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) =
            applied.as_ref().err().cloned();
        match applied {
            Ok(answers) => {
                pass_points(&ops, Point::AcceptAfterCommit, Point::WebhookAfterCommit);
                let mut answers = answers.into_iter();
                for (length, reply) in replies {
                    let mine: Vec<OpResult> = answers.by_ref().take(length).collect();
                    // A caller that has gone away needs no answer; its work is done all the same.
                    let _ = reply.send(mine);
                }
            }
            Err(error) => {
                self.notices.clear();
                // Who has waited until now would only hear the same, later. Who comes again after this
                // answer is tried again.
                self.queue.take_in(&mut self.waiting);
                for (length, reply) in replies {
                    let _ = reply.send((0..length).map(|_| Err(error.clone())).collect());
                }
                self.queue.refuse(&error);
            }
        }
    }
}

fn pass_points(ops: &[Op], accept: Point, webhook: Point) {
    if !failpoint::is_armed() {
        return;
    }
    for op in ops {
        match op {
            Op::Accept(_) => failpoint::pass(accept),
            Op::RecordInbound(_) | Op::Receipt(_) => failpoint::pass(webhook),
            Op::EraseMember(_) => failpoint::pass(Point::Erasure),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;
    use crate::ops::Tidy;
    use domain::Timestamp;

    /// Answers each batch with what it is told, when it is told.
    struct Told(Sender<usize>, Receiver<Result<(), StoreError>>);

    impl Apply for Told {
        fn apply(&mut self, ops: &[Op], _: &mut Vec<Notice>) -> Result<Vec<OpResult>, StoreError> {
            self.0.send(ops.len()).unwrap();
            self.1.recv().unwrap()?;
            Ok(ops.iter().map(|_| Ok(Answer::Tidy(Box::new(0)))).collect())
        }
    }

    fn away() -> StoreError {
        StoreError::Unavailable("it is away".into())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_waits_while_the_store_goes_away_is_told_with_the_first() {
        let ((seen, batches), (tell, told)) = (channel(), channel());
        let (committer, _thread) =
            Committer::start(Box::new(Told(seen, told)), Arc::new(|_| ())).unwrap();
        let tidy = Tidy {
            at: Timestamp::from_micros(0),
        };
        let submit = || {
            let (committer, ops) = (committer.clone(), vec![tidy.clone().into_op(); BATCH_MAX]);
            tokio::spawn(async move { committer.submit_all(ops).await })
        };
        let mut submitted = vec![submit()];
        assert_eq!(batches.recv().unwrap(), BATCH_MAX);
        submitted.extend([submit(), submit()]);
        while committer.submissions.capacity() > WAITING_MAX - 2 {
            tokio::task::yield_now().await;
        }
        tell.send(Err(away())).unwrap();
        for one in submitted {
            let answers = one.await.unwrap().unwrap();
            assert!(answers.iter().all(Result::is_err), "none was written");
        }
        assert!(
            batches.try_recv().is_err(),
            "one batch was tried, not three"
        );
        assert!(committer.trouble().is_some());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn trouble_is_over_with_the_next_transaction_that_works() {
        let ((seen, _batches), (tell, told)) = (channel(), channel());
        let (committer, _thread) =
            Committer::start(Box::new(Told(seen, told)), Arc::new(|_| ())).unwrap();
        tell.send(Err(away())).unwrap();
        assert!(committer.prove().await.is_err());
        assert!(committer.trouble().is_some());
        tell.send(Ok(())).unwrap();
        committer.prove().await.unwrap();
        assert!(committer.trouble().is_none());
    }
}
