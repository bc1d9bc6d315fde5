//! Who goes next into a transaction.

use std::collections::VecDeque;

use tokio::sync::{mpsc, oneshot};

use super::{OpResult, WAITING_MAX};
use crate::error::StoreError;
use crate::ops::Op;

/// What one caller asks for, and where they wait for the answer.
pub(super) struct Submission {
    pub(super) ops: Vec<Op>,
    pub(super) reply: oneshot::Sender<Vec<OpResult>>,
}

impl Submission {
    /// How much of a transaction it takes.
    fn weight(&self) -> usize {
        self.ops.iter().map(weight_of).sum()
    }

    /// Whether it brings many things as one. Many small operations, as the begins of a go, are none: others go along with them.
    fn is_large(&self, batch_max: usize) -> bool {
        self.ops.iter().any(|op| weight_of(op) > batch_max / 2)
    }

    /// Whether a provider waits for the answer.
    fn is_webhook(&self) -> bool {
        matches!(
            self.ops.first().map(Op::plain),
            Some(Op::Receipt(_) | Op::RecordInbound(_) | Op::ChangeConsent(_))
        )
    }

    fn refuse(self, error: &StoreError) {
        let _ = self
            .reply
            .send(self.ops.iter().map(|_| Err(error.clone())).collect());
    }
}

/// How much of a transaction an operation takes.
fn weight_of(op: &Op) -> usize {
    match op.plain() {
        Op::Accept(accept) => accept.messages.len().max(1),
        Op::MakeBroadcast(make) => make.messages.len().max(1),
        Op::CreateMembers(create) => create.members.len().max(1),
        _ => 1,
    }
}

/// What waits, seen by the writing thread: a provider's webhooks go before our own work, because the
/// provider gives up on an answer after seconds and our own work can wait. What fills more than half of a transaction
/// has one of its own, and takes turns with everything else: who brings one thing waits for
/// one caller with many at most, and for half a transaction (docs/decisions/0046).
#[derive(Default)]
pub(super) struct Queue {
    webhooks: VecDeque<Submission>,
    others: VecDeque<Submission>,
    large: VecDeque<Submission>,
    /// Webhooks that went first since one of the others did.
    favoured: usize,
    /// Whether a large one waited when the last transaction was filled with others.
    large_is_next: bool,
}

impl Queue {
    /// Takes over what has arrived, no more than it may hold itself.
    pub(super) fn take_in(&mut self, arrived: &mut mpsc::Receiver<Submission>, batch_max: usize) {
        while self.len() < WAITING_MAX
            && let Ok(submission) = arrived.try_recv()
        {
            self.put(submission, batch_max);
        }
    }

    /// Takes over one.
    pub(super) fn put(&mut self, submission: Submission, batch_max: usize) {
        let line = if submission.is_webhook() {
            &mut self.webhooks
        } else if submission.is_large(batch_max) {
            &mut self.large
        } else {
            &mut self.others
        };
        line.push_back(submission);
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.webhooks.len() + self.others.len() + self.large.len()
    }

    /// Answers everybody who waits with this error.
    pub(super) fn refuse(&mut self, error: &StoreError) {
        self.favoured = 0;
        self.large_is_next = false;
        let lines = [&mut self.webhooks, &mut self.others, &mut self.large];
        for submission in lines.into_iter().flat_map(|line| line.drain(..)) {
            submission.refuse(error);
        }
    }

    /// Puts who goes into the next transaction into `batch`, and answers how much that is.
    pub(super) fn fill(&mut self, batch: &mut Vec<Submission>, batch_max: usize) -> usize {
        let mut weight = 0;
        // Who waits for a large one and for the rest of a full transaction would wait for long.
        let room = if self.large.is_empty() {
            batch_max
        } else {
            batch_max / 2
        };
        if !self.large_is_next {
            while weight < room
                && let Some(next) = self.next_small(batch_max)
            {
                weight += next.weight();
                batch.push(next);
            }
        }
        if batch.is_empty()
            && let Some(large) = self.large.pop_front()
        {
            weight = large.weight();
            batch.push(large);
            self.large_is_next = false;
        } else {
            self.large_is_next = !self.large.is_empty();
        }
        weight
    }

    /// Who goes next of those who share a transaction. However many webhooks come, the others go on after at most a
    /// transaction of them.
    fn next_small(&mut self, batch_max: usize) -> Option<Submission> {
        if self.favoured < batch_max
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{Accept, Operation as _, Tidy};
    use domain::{MemberId, MessageId, Timestamp};

    fn tidy() -> Op {
        let at = Timestamp::from_micros(0);
        Tidy { at }.into_op()
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

    /// As many messages as so many operations.
    fn messages(count: usize) -> Op {
        let message = crate::records::NewMessage {
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
            messages: vec![message; count],
            idempotency: None,
            at: Timestamp::from_micros(0),
        };
        accept.into_op()
    }

    /// Somebody comes.
    fn arrives(queue: &mut Queue, op: Op) {
        let (reply, _) = oneshot::channel();
        let ops = vec![op];
        queue.put(Submission { ops, reply }, FULL);
    }

    /// Who goes into the next transaction.
    fn next_of(queue: &mut Queue) -> Vec<&'static str> {
        let mut batch = Vec::new();
        queue.fill(&mut batch, FULL);
        let ops = batch.iter().flat_map(|one| &one.ops);
        ops.map(Op::name).collect()
    }

    const FULL: usize = 4;

    #[test]
    fn after_a_transaction_of_webhooks_the_others_go_on() {
        let mut queue = Queue::default();
        for _ in 0..2 {
            arrives(&mut queue, tidy());
        }
        for _ in 0..FULL + 2 {
            arrives(&mut queue, webhook());
        }
        assert_eq!(next_of(&mut queue), ["Receipt"; FULL]);
        assert_eq!(next_of(&mut queue), ["Tidy", "Receipt", "Receipt", "Tidy"]);
    }

    #[test]
    fn who_brings_one_thing_waits_for_one_caller_with_many_at_most() {
        let mut queue = Queue::default();
        for _ in 0..3 {
            arrives(&mut queue, messages(10 * FULL));
        }
        arrives(&mut queue, tidy());
        arrives(&mut queue, webhook());
        assert_eq!(next_of(&mut queue), ["Receipt", "Tidy"], "small ones first");
        arrives(&mut queue, webhook());
        assert_eq!(next_of(&mut queue), ["Accept"], "with nobody else");
        assert_eq!(next_of(&mut queue), ["Receipt"]);
        assert_eq!(next_of(&mut queue), ["Accept"]);
        assert_eq!(next_of(&mut queue), ["Accept"], "nobody else waits");
        assert!(next_of(&mut queue).is_empty());
    }

    #[test]
    fn who_brings_many_things_waits_for_one_transaction_of_others_at_most() {
        let mut queue = Queue::default();
        arrives(&mut queue, messages(FULL));
        for _ in 0..3 * FULL {
            arrives(&mut queue, webhook());
            arrives(&mut queue, tidy());
        }
        assert_eq!(
            next_of(&mut queue),
            ["Receipt"; FULL / 2],
            "which is half full"
        );
        assert_eq!(next_of(&mut queue), ["Accept"]);
        assert_eq!(next_of(&mut queue).len(), FULL);
    }

    #[test]
    fn many_small_operations_of_one_caller_go_beside_others() {
        let mut queue = Queue::default();
        arrives(&mut queue, messages(FULL));
        let (reply, _) = oneshot::channel();
        let ops = vec![tidy(); FULL];
        queue.put(Submission { ops, reply }, FULL);
        arrives(&mut queue, webhook());
        let next = next_of(&mut queue);
        assert_eq!(next, ["Receipt", "Tidy", "Tidy", "Tidy", "Tidy"]);
    }

    #[test]
    fn a_few_messages_share_a_transaction() {
        let mut queue = Queue::default();
        for count in [FULL / 2, 1, 1] {
            arrives(&mut queue, messages(count));
        }
        assert_eq!(next_of(&mut queue), ["Accept"; 3]);
    }
}
