//! Accepting messages: checked, stored with their places and keys in one transaction, then
//! acknowledged (G1, G2). Also what a caller may do with an accepted one: cancel it, retry it, or
//! wait for the provider's answer.

use std::time::Duration;

use domain::{MessageId, Timestamp};
use policy::admission::{Proposal, Refusal, check};
use store::ops::{
    Accept, AcceptAnswer, AcceptRefusal, Accepted, Cancel, CancelAnswer, Retry, RetryAnswer,
};
use store::records::{Idempotency, NewMessage};

use crate::audit::Note;
use crate::in_flight::LOOK_EVERY;
use crate::{Draft, Engine, EngineError, together};

/// What came of a call that accepts several.
#[derive(Debug)]
pub struct Acceptance {
    /// One for each draft, in order.
    pub results: Vec<Result<Accepted, EngineError>>,
    /// Whether an earlier call with the same key is answered again.
    pub replayed: bool,
}

/// The same, where each may be several messages.
#[derive(Debug)]
pub struct AcceptanceOfEach {
    /// One for each that was asked for, in order: its messages, the first one first.
    pub results: Vec<Result<Vec<Accepted>, EngineError>>,
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

    /// Accepts what a caller wants said on several channels at once, one message for each, all or none.
    pub async fn accept_together(
        &self,
        drafts: Vec<Draft>,
        key: Option<Idempotency>,
    ) -> Result<Acceptance, EngineError> {
        let AcceptanceOfEach { results, replayed } = self.accept_each(vec![drafts], key).await?;
        let accepted: Result<Vec<Vec<Accepted>>, EngineError> = results.into_iter().collect();
        let results = accepted?.into_iter().flatten().map(Ok).collect();
        Ok(Acceptance { results, replayed })
    }

    /// Whether each may be accepted.
    pub(crate) fn judge_drafts(&self, drafts: &[Draft]) -> Vec<Result<(), Refusal>> {
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
        let each = drafts.into_iter().map(|draft| vec![draft]).collect();
        let AcceptanceOfEach { results, replayed } = self.accept_each(each, key).await?;
        let first = |accepted: Vec<Accepted>| accepted.into_iter().next();
        let results = results
            .into_iter()
            .map(|result| result.and_then(|one| first(one).ok_or(EngineError::UnknownMessage)))
            .collect();
        Ok(Acceptance { results, replayed })
    }

    /// The same, where each may be several messages that go on several channels at once: those of one stand or fall
    /// together.
    pub async fn accept_each(
        &self,
        mut each: Vec<Vec<Draft>>,
        key: Option<Idempotency>,
    ) -> Result<AcceptanceOfEach, EngineError> {
        self.refuse_while_draining()?;
        let now = self.inner.clock.now();
        for drafts in &mut each {
            together::in_lanes(drafts);
        }
        let sizes: Vec<usize> = each.iter().map(Vec::len).collect();
        let drafts: Vec<Draft> = each.into_iter().flatten().collect();
        let mut judged = self.judge_drafts(&drafts).into_iter();
        let mut drafts = drafts.into_iter();
        let mut refused = Vec::with_capacity(sizes.len());
        let mut messages = Vec::with_capacity(drafts.len());
        for size in &sizes {
            let verdicts = judged.by_ref().take(*size);
            let refusal = verdicts
                .filter_map(Result::err)
                .reduce(|first, _other| first);
            let own: Vec<Draft> = drafts.by_ref().take(*size).collect();
            if refusal.is_none() {
                let own = own.into_iter().map(|draft| self.new_message(draft));
                messages.extend(together::linked(own));
            }
            refused.push(refusal);
        }
        if refused.iter().any(Option::is_some)
            && let Some(results) = self.earlier_answer(&sizes, key.as_ref()).await?
        {
            return Ok(AcceptanceOfEach {
                results,
                replayed: true,
            });
        }
        let (stored, replayed) = if messages.is_empty() {
            (Vec::new(), false)
        } else {
            self.store(messages, key, now).await?
        };
        let mut stored = stored.into_iter();
        let results = refused
            .into_iter()
            .zip(sizes)
            .map(|(refused, size)| match refused {
                Some(refusal) => Err(EngineError::Refused(refusal)),
                None => next_of(&mut stored, size),
            })
            .collect();
        Ok(AcceptanceOfEach { results, replayed })
    }

    /// Stores messages, and says how each was taken, and whether that was said before.
    async fn store(
        &self,
        messages: Vec<NewMessage>,
        idempotency: Option<Idempotency>,
        at: Timestamp,
    ) -> Result<(Vec<Result<Accepted, AcceptRefusal>>, bool), EngineError> {
        let accept = Accept {
            messages,
            idempotency,
            at,
        };
        match self.inner.committer.submit(accept).await? {
            AcceptAnswer::KeyReused => Err(EngineError::KeyReused),
            AcceptAnswer::Accepted { results, replayed } => Ok((results, replayed)),
        }
    }

    /// What was fit to be accepted the first time may not be any more (it has expired meanwhile): a
    /// repeated call is answered as it was then, not judged again (G2).
    async fn earlier_answer(
        &self,
        sizes: &[usize],
        key: Option<&Idempotency>,
    ) -> Result<Option<Vec<Result<Vec<Accepted>, EngineError>>>, EngineError> {
        let Some(key) = key else { return Ok(None) };
        let (stored, replayed) = self
            .store(Vec::new(), Some(key.clone()), self.now())
            .await?;
        let as_many = stored.len() == sizes.iter().sum::<usize>();
        let mut stored = stored.into_iter();
        Ok((replayed && as_many).then(|| {
            let results = sizes.iter().map(|size| next_of(&mut stored, *size));
            results.collect()
        }))
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
        let at = self.now();
        let note = || Note::of("message.cancel", id.to_string());
        Ok(self.submit(Cancel { id, at }, note).await?)
    }

    /// Puts a message that ended badly back into its lane: a new attempt through the planner.
    pub async fn retry(&self, id: MessageId) -> Result<RetryAnswer, EngineError> {
        self.refuse_while_draining()?;
        let at = self.now();
        let note = || Note::of("message.retry", id.to_string());
        Ok(self.submit(Retry { id, at }, note).await?)
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

/// The next results, as callers hear them: all were stored, or the first that was not says why.
fn next_of(
    stored: &mut impl Iterator<Item = Result<Accepted, AcceptRefusal>>,
    size: usize,
) -> Result<Vec<Accepted>, EngineError> {
    let own: Vec<_> = stored.by_ref().take(size).map(told).collect();
    own.into_iter().collect()
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
