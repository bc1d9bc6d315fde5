//! Group commit: many waiting operations share one transaction and one flush; each caller is
//! answered after the commit (G1). Whatever is waiting when the writer is free goes in together, so a lone
//! caller pays for a lone transaction only. Only after a transaction with many operations a store may rest
//! for a moment ([`Apply::rest`]).

mod queue;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use domain::failpoint::{self, Point};
use tokio::sync::{mpsc, oneshot};

use crate::error::StoreError;
use crate::notice::Notice;
use crate::ops::{Answer, Op, Operation};
use queue::{Queue, Submission};

/// The most operations that share a transaction: past it a batch holds others up more than it saves.
/// A caller waits for the batch that is being written and for its own. Each message that is made, and each member, counts as
/// one: who brings many has a transaction alone.
pub const BATCH_MAX: usize = 256;

/// From so many operations in a transaction on there is work enough for a store to rest before the next one,
/// unless so many wait for it already.
const BUSY: usize = 32;

/// How many submissions may wait. Past it callers are told to come back (G29).
pub const WAITING_MAX: usize = 16_384;

/// What one operation came to.
pub type OpResult = Result<Answer, StoreError>;

/// A store as its writing thread sees it.
pub trait Apply: Send {
    /// Applies all in one transaction, in order, and commits it durably. An operation that fails
    /// must not fail its neighbours; an error of the whole means that nothing was written, or that nobody
    /// can tell. Without operations it proves that it could write. `notices` is filled in commit order, also beside an error of
    /// the whole: where operations were applied one by one, what one of them committed before (other nodes' notices, which are
    /// handed over once) stands.
    fn apply(&mut self, ops: &[Op], notices: &mut Vec<Notice>)
    -> Result<Vec<OpResult>, StoreError>;

    /// How many operations go into one transaction at most, [`BATCH_MAX`] or fewer: for stores where much of it takes long.
    fn batch_max(&self) -> usize {
        BATCH_MAX
    }

    /// How long to wait after a transaction with many operations, so that the next one has many too: for
    /// stores where a transaction costs much, however little it does.
    fn rest(&self) -> Duration {
        Duration::ZERO
    }
}

/// Where notices go after a commit.
pub type NoticeSink = Arc<dyn Fn(&[Notice]) + Send + Sync>;

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
        for op in &ops {
            tracing::trace!(name = op.name(), "submitted");
        }
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
        while self.wait() {
            let weight = self.queue.fill(&mut batch, self.store.batch_max());
            self.commit(&mut batch);
            if !self.notices.is_empty() {
                sink(&self.notices);
                self.notices.clear();
            }
            self.take_in();
            if weight >= BUSY && self.queue.len() < BUSY {
                thread::sleep(self.store.rest());
            }
        }
    }

    /// Takes over what has arrived.
    fn take_in(&mut self) {
        self.queue
            .take_in(&mut self.waiting, self.store.batch_max());
    }

    /// Until somebody waits; false once nobody can come any more.
    fn wait(&mut self) -> bool {
        self.take_in();
        if self.queue.len() == 0
            && let Some(first) = self.waiting.blocking_recv()
        {
            self.queue.put(first, self.store.batch_max());
            self.take_in();
        }
        self.queue.len() > 0
    }

    /// One transaction for all in the batch; notices follow in the same order.
    fn commit(&mut self, batch: &mut Vec<Submission>) {
        let mut replies = Vec::with_capacity(batch.len());
        let mut ops = Vec::with_capacity(batch.iter().map(|one| one.ops.len()).sum());
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
                // Who has waited until now would only hear the same, later. Who comes again after this
                // answer is tried again.
                self.take_in();
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
        // What is written down with who did it is the same work.
        match op.plain() {
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
    use crate::ops::{Accept, Tidy};
    use crate::records::NewMessage;
    use domain::{MemberId, MessageId, Timestamp};

    /// Answers each batch with what it is told, when it is told; rests for long.
    struct Told(Sender<usize>, Receiver<Result<(), StoreError>>);

    impl Apply for Told {
        fn apply(&mut self, ops: &[Op], _: &mut Vec<Notice>) -> Result<Vec<OpResult>, StoreError> {
            self.0.send(ops.len()).unwrap();
            self.1.recv().unwrap()?;
            Ok(ops.iter().map(|_| Ok(Answer::Tidy(Box::new(0)))).collect())
        }

        fn batch_max(&self) -> usize {
            FEWER
        }

        fn rest(&self) -> Duration {
            Duration::from_millis(200)
        }
    }

    /// How much this store takes at once.
    const FEWER: usize = BATCH_MAX / 4;

    fn tidy() -> Op {
        let at = Timestamp::from_micros(0);
        Tidy { at }.into_op()
    }

    /// As many messages as two batches hold.
    fn many_messages() -> Op {
        let message = NewMessage {
            id: MessageId::from_bytes([1; 16]),
            member: MemberId::from_bytes([2; 16]),
            kind: domain::Kind::System,
            queue: domain::QueueName::default(),
            channel: None,
            critical: false,
            content: domain::Content::text_only("Warm up").unwrap(),
            not_before: None,
            expires_at: None,
            in_reply_to: None,
            occasion: None,
            knocks_for: None,
            attempts_max: 3,
        };
        let accept = Accept {
            messages: vec![message; 2 * BATCH_MAX],
            idempotency: None,
            at: Timestamp::from_micros(0),
        };
        accept.into_op()
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

    /// Has handed over what another node left, and then fails as a whole.
    struct HandsOver;

    impl Apply for HandsOver {
        fn apply(
            &mut self,
            _: &[Op],
            notices: &mut Vec<Notice>,
        ) -> Result<Vec<OpResult>, StoreError> {
            notices.push(Notice::Inbound);
            Err(away())
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_handed_over_before_a_failure_is_told() {
        let (tell, told) = channel();
        let sink: NoticeSink = Arc::new(move |notices| tell.send(notices.len()).unwrap());
        let (committer, _thread) = Committer::start(Box::new(HandsOver), sink).unwrap();
        let answers = committer.submit_all(vec![tidy()]).await.unwrap();
        assert!(answers.iter().all(Result::is_err));
        drop(committer);
        assert_eq!(told.recv(), Ok(1));
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

    /// While a first transaction is being written these are submitted, one after the other: how many operations
    /// each further transaction has.
    async fn batches_of(submissions: Vec<Op>) -> Vec<usize> {
        let ((seen, batches), (tell, told)) = (channel(), channel());
        let (committer, _thread) =
            Committer::start(Box::new(Told(seen, told)), Arc::new(|_| ())).unwrap();
        let submit = |op: Op| {
            let committer = committer.clone();
            tokio::spawn(async move { committer.submit_all(vec![op]).await })
        };
        let mut submitted = vec![submit(tidy())];
        assert_eq!(batches.recv().unwrap(), 1);
        for op in submissions {
            let waiting = submitted.len();
            submitted.push(submit(op));
            while committer.submissions.capacity() > WAITING_MAX - waiting {
                tokio::task::yield_now().await;
            }
        }
        for _ in 0..submitted.len() {
            tell.send(Ok(())).unwrap();
        }
        for one in submitted {
            one.await.unwrap().unwrap();
        }
        batches.try_iter().collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn callers_who_bring_many_messages_do_not_share_a_transaction() {
        let batches = batches_of(vec![many_messages(), many_messages()]).await;
        assert_eq!(batches, [1, 1]);
        let batches = batches_of(vec![tidy(), many_messages(), many_messages()]).await;
        assert_eq!(batches, [1, 1, 1], "nor does a small one with them");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_store_is_given_no_more_at_once_than_it_takes() {
        let batches = batches_of(vec![tidy(); FEWER + 1]).await;
        assert_eq!(batches, [FEWER, 1]);
    }

    fn webhook() -> Op {
        Op::Receipt(Box::new(crate::ops::Receipt {
            attempt: None,
            provider_message_id: "SM1".into(),
            provider: domain::ProviderName::Twilio,
            word: "sent".into(),
            status: None,
            error: None,
            effects: crate::ops::AddressEffects::default(),
            on_failure: crate::ops::OnFailure::End,
            at: Timestamp::from_micros(0),
        }))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_webhook_goes_before_messages_that_came_first() {
        let batches = batches_of(vec![many_messages(), many_messages(), webhook()]).await;
        assert_eq!(batches, [1, 1, 1], "the webhook, then one after the other");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn after_a_transaction_with_many_operations_a_store_rests_and_others_gather() {
        let ((seen, batches), (tell, told)) = (channel(), channel());
        let (committer, _thread) =
            Committer::start(Box::new(Told(seen, told)), Arc::new(|_| ())).unwrap();
        for _ in 0..3 {
            tell.send(Ok(())).unwrap();
        }
        committer.submit_all(vec![tidy(); BUSY]).await.unwrap();
        let (one, other) = tokio::join!(
            committer.submit_all(vec![tidy()]),
            committer.submit_all(vec![tidy()])
        );
        assert!(one.is_ok() && other.is_ok());
        let batches: Vec<usize> = batches.try_iter().collect();
        assert_eq!(batches, [BUSY, 2]);
    }
}
