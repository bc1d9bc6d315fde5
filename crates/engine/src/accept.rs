//! Accepting messages: checked, stored with their places and keys in one transaction, then
//! acknowledged (G1, G2). Also what a caller may do with an accepted one: cancel it, retry it, or
//! wait for the provider's answer.

use std::time::Duration;

use domain::{Channel, MessageId, QueueName, Timestamp};
use policy::admission::{Proposal, Refusal, check};
use store::ops::{
    Accept, AcceptAnswer, AcceptRefusal, Accepted, Cancel, CancelAnswer, Retry, RetryAnswer,
};
use store::records::{Idempotency, NewMessage};

use crate::in_flight::LOOK_EVERY;
use crate::{Draft, Engine, EngineError};

/// What came of a call that accepts several.
#[derive(Debug)]
pub struct Acceptance {
    /// One for each draft, in order.
    pub results: Vec<Result<Accepted, EngineError>>,
    /// Whether an earlier call with the same key is answered again.
    pub replayed: bool,
}

impl Engine {
    /// Accepts one message; it is durable when this returns.
    pub async fn accept(
        &self,
        draft: Draft,
        key: Option<Idempotency>,
    ) -> Result<Accepted, EngineError> {
        let mut acceptance = self.accept_all(vec![draft], key).await?;
        acceptance
            .results
            .pop()
            .unwrap_or(Err(EngineError::UnknownMessage))
    }

    /// Accepts one message for each channel it is to go on at once, all or none. Each but the first has a lane of
    /// its own, so that none waits for another to arrive.
    pub async fn accept_together(
        &self,
        mut drafts: Vec<Draft>,
        key: Option<Idempotency>,
    ) -> Result<Acceptance, EngineError> {
        if let Some((_, others)) = drafts.split_first_mut() {
            for draft in others {
                if let Some(channel) = draft.channel {
                    draft.queue = beside(&draft.queue, channel);
                }
            }
        }
        // Where one is refused, nothing may be stored; what was stored by an earlier call is answered again.
        if let Some(refusal) = self.judge_drafts(&drafts).into_iter().find_map(Result::err) {
            return match self.earlier_answer(drafts.len(), key.as_ref()).await? {
                Some(earlier) => Ok(earlier),
                None => Err(EngineError::Refused(refusal)),
            };
        }
        self.accept_all(drafts, key).await
    }

    /// Whether each may be accepted.
    fn judge_drafts(&self, drafts: &[Draft]) -> Vec<Result<(), Refusal>> {
        let now = self.now();
        let registry = self.registry();
        // Most messages name no template: then there is nothing to be judged against.
        let templates = if drafts
            .iter()
            .any(|draft| draft.content.template().is_some())
        {
            registry.facts()
        } else {
            Vec::new()
        };
        drafts
            .iter()
            .map(|draft| {
                let proposal = Proposal {
                    kind: draft.kind,
                    content: &draft.content,
                    channel_wish: draft.channel,
                    not_before: draft.not_before,
                    expires_at: draft.expires_at,
                };
                check(&proposal, &templates, now)
            })
            .collect()
    }

    /// Accepts many: each stands or falls for itself, all that stand share one transaction.
    pub async fn accept_all(
        &self,
        drafts: Vec<Draft>,
        key: Option<Idempotency>,
    ) -> Result<Acceptance, EngineError> {
        self.refuse_while_draining()?;
        let now = self.inner.clock.now();
        let mut results = Vec::with_capacity(drafts.len());
        let mut messages = Vec::with_capacity(drafts.len());
        for (judged, draft) in self.judge_drafts(&drafts).into_iter().zip(drafts) {
            match judged {
                Ok(()) => {
                    messages.push(self.new_message(draft));
                    results.push(None);
                }
                Err(refusal) => results.push(Some(Err(EngineError::Refused(refusal)))),
            }
        }
        let refused_some = results.iter().any(Option::is_some);
        if refused_some
            && let Some(earlier) = self.earlier_answer(results.len(), key.as_ref()).await?
        {
            return Ok(earlier);
        }
        if messages.is_empty() {
            return Ok(Acceptance {
                results: results.into_iter().flatten().collect(),
                replayed: false,
            });
        }
        let accept = Accept {
            messages,
            idempotency: key,
            at: now,
        };
        match self.inner.committer.submit(accept).await? {
            AcceptAnswer::KeyReused => Err(EngineError::KeyReused),
            AcceptAnswer::Accepted {
                results: stored,
                replayed,
            } => {
                let mut stored = stored.into_iter().map(told);
                let results = results
                    .into_iter()
                    .filter_map(|slot| slot.or_else(|| stored.next()))
                    .collect();
                Ok(Acceptance { results, replayed })
            }
        }
    }

    /// What was fit to be accepted the first time may not be any more (it has expired meanwhile): a
    /// repeated call is answered as it was then, not judged again (G2).
    async fn earlier_answer(
        &self,
        drafts: usize,
        key: Option<&Idempotency>,
    ) -> Result<Option<Acceptance>, EngineError> {
        let Some(key) = key else { return Ok(None) };
        let ask = Accept {
            messages: Vec::new(),
            idempotency: Some(key.clone()),
            at: self.now(),
        };
        match self.inner.committer.submit(ask).await? {
            AcceptAnswer::KeyReused => Err(EngineError::KeyReused),
            AcceptAnswer::Accepted {
                results,
                replayed: true,
            } if results.len() == drafts => Ok(Some(Acceptance {
                results: results.into_iter().map(told).collect(),
                replayed: true,
            })),
            AcceptAnswer::Accepted { .. } => Ok(None),
        }
    }

    /// Accepts one and waits until it was handed to the provider, held or suppressed, at most the
    /// provider's deadline and a little more. Read the message afterwards: it tells how far it came.
    pub async fn accept_and_wait(
        &self,
        draft: Draft,
        key: Option<Idempotency>,
    ) -> Result<Accepted, EngineError> {
        let accepted = self.accept(draft, key).await?;
        let settled = self.inner.in_flight.decided(accepted.id);
        let settings = &self.inner.settings;
        let patience = settings.planner.provider_deadline + settings.start_grace;
        // Away from home nobody would decide, unless another node does.
        let somebody_decides = self.held().is_none() || self.inner.ownership.is_shared();
        if somebody_decides && self.is_undecided(accepted.id).await? {
            // Out of patience is an answer too: the message goes on by itself.
            let decided = async {
                tokio::select! {
                    () = settled => {}
                    () = self.decided_elsewhere(accepted.id) => {}
                }
            };
            let _ = tokio::time::timeout(patience.to_duration() + Duration::from_secs(1), decided)
                .await;
        }
        Ok(accepted)
    }

    /// Resolves when another process has decided about a message of its lanes; never, where there is
    /// no other.
    async fn decided_elsewhere(&self, id: MessageId) {
        if !self.inner.ownership.is_shared() {
            return std::future::pending().await;
        }
        while !matches!(self.is_undecided(id).await, Ok(false)) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn is_undecided(&self, id: MessageId) -> Result<bool, EngineError> {
        let detail = self
            .ask()
            .question(store::questions::MessageById { id })
            .await?;
        Ok(detail.is_some_and(|detail| {
            detail.record.status == domain::DeliveryStatus::Pending
                && detail.record.place != Some(domain::PlaceState::Held)
        }))
    }

    /// Takes a message back, if it has not left.
    pub async fn cancel(&self, id: MessageId) -> Result<CancelAnswer, EngineError> {
        Ok(self
            .inner
            .committer
            .submit(Cancel {
                id,
                at: self.inner.clock.now(),
            })
            .await?)
    }

    /// Puts a message that ended badly back into its lane: a new attempt through the planner.
    pub async fn retry(&self, id: MessageId) -> Result<RetryAnswer, EngineError> {
        self.refuse_while_draining()?;
        Ok(self
            .inner
            .committer
            .submit(Retry {
                id,
                at: self.inner.clock.now(),
            })
            .await?)
    }

    pub(crate) fn new_message(&self, draft: Draft) -> NewMessage {
        let lifetime = policy::admission::lifetime(draft.kind);
        let from = draft
            .not_before
            .unwrap_or_else(|| self.now())
            .max(self.now());
        NewMessage {
            id: self.inner.ids.message(),
            member: draft.member,
            kind: draft.kind,
            queue: draft.queue,
            channel: draft.channel,
            critical: draft.critical,
            content: draft.content,
            not_before: draft.not_before,
            expires_at: draft.expires_at.or(Some(from + lifetime)),
            in_reply_to: draft.in_reply_to,
            occasion: draft.occasion,
            knocks_for: None,
            attempts_max: self.inner.settings.attempts_max,
        }
    }

    pub(crate) fn refuse_while_draining(&self) -> Result<(), EngineError> {
        if self
            .inner
            .draining
            .load(std::sync::atomic::Ordering::Acquire)
        {
            return Err(EngineError::Draining);
        }
        Ok(())
    }

    /// What would send, or make something to send, is not done away from home (G33).
    pub(crate) fn refuse_while_held(&self) -> Result<(), EngineError> {
        self.held()
            .map_or(Ok(()), |why| Err(EngineError::Held(why)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}

/// The queue of a message that goes on a channel beside others.
fn beside(queue: &QueueName, channel: Channel) -> QueueName {
    let name = format!("{}:{}", queue.as_str(), channel.as_str());
    // Where that is too long for a name, the channel alone is one.
    name.parse()
        .or_else(|_| channel.as_str().parse())
        .unwrap_or_default()
}

/// A stored result as callers hear it.
fn told(result: Result<Accepted, AcceptRefusal>) -> Result<Accepted, EngineError> {
    match result {
        Ok(accepted) => Ok(accepted),
        Err(AcceptRefusal::UnknownMember) => Err(EngineError::UnknownMember),
        // The occasion has its message: asking again is answered with it.
        Err(AcceptRefusal::OccasionTaken(id)) => Ok(Accepted {
            id,
            seq: store::Seq(0),
        }),
    }
}
