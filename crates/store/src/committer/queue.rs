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
    /// How much of a batch it takes.
    pub(super) fn weight(&self) -> usize {
        let weigh = |op: &Op| match op.plain() {
            Op::Accept(accept) => accept.messages.len().max(1),
            Op::CreateMembers(create) => create.members.len().max(1),
            _ => 1,
        };
        self.ops.iter().map(weigh).sum()
    }

    pub(super) fn refuse(self, error: &StoreError) {
        let _ = self
            .reply
            .send(self.ops.iter().map(|_| Err(error.clone())).collect());
    }
}

/// What waits, seen by the writing thread: a provider's webhooks go before our own work, because the
/// provider gives up on an answer after seconds and our own work can wait.
#[derive(Default)]
pub(super) struct Queue {
    webhooks: VecDeque<Submission>,
    others: VecDeque<Submission>,
    /// Webhooks that went first since one of the others did.
    favoured: usize,
}

impl Queue {
    /// Takes over what has arrived, no more than it may hold itself.
    pub(super) fn take_in(&mut self, arrived: &mut mpsc::Receiver<Submission>) {
        while self.len() < WAITING_MAX
            && let Ok(submission) = arrived.try_recv()
        {
            let is_webhook = matches!(
                submission.ops.first().map(Op::plain),
                Some(Op::Receipt(_) | Op::RecordInbound(_) | Op::ChangeConsent(_))
            );
            if is_webhook {
                self.webhooks.push_back(submission);
            } else {
                self.others.push_back(submission);
            }
        }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.webhooks.len() + self.others.len()
    }

    /// Answers everybody who waits with this error.
    pub(super) fn refuse(&mut self, error: &StoreError) {
        self.favoured = 0;
        for submission in self.webhooks.drain(..).chain(self.others.drain(..)) {
            submission.refuse(error);
        }
    }

    /// Who goes next. However many webhooks come, the others go on after at most a transaction of them.
    pub(super) fn next(&mut self, batch_max: usize) -> Option<Submission> {
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
    use crate::ops::{Operation as _, Tidy};
    use domain::Timestamp;

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

    #[test]
    fn after_a_transaction_of_webhooks_the_others_go_on() {
        let mut queue = Queue::default();
        let (arrive, mut arrived) = mpsc::channel(8);
        for op in [tidy(), webhook(), webhook(), webhook()] {
            let (reply, _) = oneshot::channel();
            let ops = vec![op];
            assert!(arrive.try_send(Submission { ops, reply }).is_ok());
        }
        queue.take_in(&mut arrived);
        let order: Vec<_> = std::iter::from_fn(|| queue.next(2))
            .filter_map(|next| next.ops.first().map(Op::name))
            .collect();
        assert_eq!(order, ["Receipt", "Receipt", "Tidy", "Receipt"]);
    }
}
