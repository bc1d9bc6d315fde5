//! Group commit: many waiting operations share one transaction and one flush; each caller is
//! answered after the commit (G1). There is no artificial delay: whatever is waiting when the writer
//! is free goes in together, so a lone caller pays for a lone transaction only.

use std::collections::VecDeque;
use std::sync::Arc;
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
    /// must not fail its neighbours; an error of the whole means that nothing was written.
    /// `notices` is filled in commit order.
    fn apply(&mut self, ops: &[Op], notices: &mut Vec<Notice>)
    -> Result<Vec<OpResult>, StoreError>;
}

/// Where notices go after a commit.
pub type NoticeSink = Arc<dyn Fn(&[Notice]) + Send + Sync>;

struct Submission {
    ops: Vec<Op>,
    reply: oneshot::Sender<Vec<OpResult>>,
}

/// The way in to the writing thread. Cheap to clone. When the last one is dropped the thread ends
/// after it has written what was waiting.
#[derive(Clone)]
pub struct Committer {
    submissions: mpsc::Sender<Submission>,
}

impl std::fmt::Debug for Committer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Committer")
    }
}

impl Committer {
    /// Starts the writing thread. `sink` is called on that thread after each commit and must not
    /// block.
    pub fn start(
        mut store: Box<dyn Apply>,
        sink: NoticeSink,
    ) -> std::io::Result<(Self, thread::JoinHandle<()>)> {
        let (submissions, mut waiting) = mpsc::channel::<Submission>(WAITING_MAX);
        let thread = thread::Builder::new()
            .name("committer".into())
            .spawn(move || {
                let mut queue = Queue::default();
                let mut batch: Vec<Submission> = Vec::new();
                let mut notices = Vec::new();
                while let Some(first) = queue.next().or_else(|| waiting.blocking_recv()) {
                    let mut count = first.ops.len();
                    batch.push(first);
                    queue.take_in(&mut waiting);
                    while count < BATCH_MAX {
                        let Some(next) = queue.next() else { break };
                        count += next.ops.len();
                        batch.push(next);
                    }
                    commit(store.as_mut(), &mut batch, count, &mut notices);
                    if !notices.is_empty() {
                        sink(&notices);
                        notices.clear();
                    }
                }
            })?;
        Ok((Self { submissions }, thread))
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

/// One transaction for all that waits; notices follow in the same order.
fn commit(
    store: &mut dyn Apply,
    batch: &mut Vec<Submission>,
    count: usize,
    notices: &mut Vec<Notice>,
) {
    let mut replies = Vec::with_capacity(batch.len());
    let mut ops = Vec::with_capacity(count);
    for submission in batch.drain(..) {
        replies.push((submission.ops.len(), submission.reply));
        ops.extend(submission.ops);
    }
    pass_points(&ops, Point::AcceptBeforeCommit, Point::WebhookBeforeCommit);
    match store.apply(&ops, notices) {
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
            notices.clear();
            for (length, reply) in replies {
                let _ = reply.send((0..length).map(|_| Err(error.clone())).collect());
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
