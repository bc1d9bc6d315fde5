//! Fallback chains (GUARANTEES 2.7): a message that does not arrive is followed by another one, which says the same on
//! the next channel, and is planned like any other.
//!
//! A message that could go on is watched from before its request, so that no crash forgets it. A leg is
//! bound to the first message of its chain by its occasion, which a member has once: two nodes that look at the
//! same instant make one leg.

use std::collections::HashMap;

use domain::{Channel, DeliveryStatus, Kind, MessageId, PlaceState, Seconds, Timestamp};
pub use policy::fallback::Why;
use policy::fallback::{self, LEGS_MAX, Next, Rule, Watched};
use policy::outbound::{Chain, Decision, Judgement, Reason};
use serde_json::{Value, json};
use store::StoreError;
use store::ops::{Accept, AcceptAnswer, Operation as _, WatchDelivery};
use store::questions::{AsAccepted, ByOccasion, DueWatches, MessageById};
use store::records::{MessageDetail, MessageFacts, NewMessage};

use crate::explain::readable;
use crate::{Engine, EngineError, journal};

/// The most messages one round looks at.
const ROUND: u32 = 500;

/// How long one rests that could not be looked at.
const REST: Seconds = Seconds::new(60);

/// Which leg of which chain a message is: from 2, because the first one is the message itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leg {
    root: MessageId,
    number: u8,
}

impl Leg {
    fn of(message: &NewMessage) -> Self {
        let own = || {
            let (root, number) = message
                .occasion
                .as_deref()?
                .strip_prefix("leg:")?
                .rsplit_once(':')?;
            Some(Self {
                root: root.parse().ok()?,
                number: number.parse().ok()?,
            })
        };
        own().unwrap_or(Self {
            root: message.id,
            number: 1,
        })
    }

    fn occasion(self) -> String {
        format!("leg:{}:{}", self.root, self.number)
    }

    /// The legs of the chain from the second one on.
    fn occasions(root: MessageId) -> Vec<String> {
        (2..=LEGS_MAX)
            .map(|number| Self { root, number }.occasion())
            .collect()
    }
}

/// The first message of the chain that a message belongs to; itself where it stands alone.
pub(crate) fn root_of(message: &NewMessage) -> MessageId {
    Leg::of(message).root
}

/// Why a message is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looking {
    /// Its time has come: its watch must move, or end.
    ItIsTime,
    /// Something bad was heard of it: a watch, if it has one, stays.
    Heard,
}

/// What went before a leg.
#[derive(Debug, Default)]
pub(crate) struct Before {
    tried: Vec<Channel>,
    arrived: bool,
}

impl Before {
    pub(crate) fn chain(&self) -> Chain<'_> {
        Chain {
            tried: &self.tried,
            arrived: self.arrived,
        }
    }

    fn of(chain: &[MessageDetail]) -> Self {
        let mut before = Self::default();
        for detail in chain {
            before.note(detail);
        }
        before
    }

    fn note(&mut self, detail: &MessageDetail) {
        self.arrived |= detail.record.status.has_arrived();
        self.tried
            .extend(detail.attempts.iter().map(|attempt| attempt.channel));
    }
}

/// One message of a chain, for people.
#[derive(Clone, Debug)]
pub struct LegView {
    /// The message.
    pub id: MessageId,
    /// On which channel it went or would go.
    pub channel: Option<Channel>,
    /// How far it came.
    pub status: DeliveryStatus,
    /// Why it followed the one before it; `None` for the first.
    pub because: Option<Why>,
}

impl Engine {
    /// When a message that is begun now is looked at again, if it is to go on by another channel.
    pub(crate) fn watch_for(&self, facts: &MessageFacts, now: Timestamp) -> Option<WatchDelivery> {
        let message = &facts.message;
        let rules = &self.inner.settings.planner.fallback;
        let patience = fallback::first_look(rules.of(message.kind, message.critical))?;
        (Leg::of(message).number < LEGS_MAX).then_some(WatchDelivery {
            message: message.id,
            due: Some(now + patience),
        })
    }

    /// When silence makes another channel take over from a message that is begun now.
    pub(crate) fn passes_on_at(&self, facts: &MessageFacts, now: Timestamp) -> Option<Timestamp> {
        let message = &facts.message;
        let rules = &self.inner.settings.planner.fallback;
        match rules.of(message.kind, message.critical) {
            Rule::After(patience) => Some(now + patience),
            Rule::OnFailure | Rule::Never => None,
        }
    }

    /// What went before those of these messages that are legs.
    pub(crate) async fn before_all(
        &self,
        facts: &[Option<MessageFacts>],
    ) -> Result<HashMap<MessageId, Before>, StoreError> {
        let mut all = HashMap::new();
        for facts in facts.iter().flatten() {
            let leg = Leg::of(&facts.message);
            if leg.number > 1 {
                let chain = self.chain(&facts.message, leg.root).await?;
                let mut before = Before::default();
                for detail in &chain {
                    if detail.record.id != facts.message.id {
                        before.note(detail);
                    }
                }
                all.insert(facts.message.id, before);
            }
        }
        Ok(all)
    }

    /// All messages of a chain, first to last.
    async fn chain(
        &self,
        message: &NewMessage,
        root: MessageId,
    ) -> Result<Vec<MessageDetail>, StoreError> {
        let legs = ByOccasion {
            member: message.member,
            occasions: Leg::occasions(root),
        };
        let legs = self.ask().question(legs).await?;
        let mut chain = Vec::new();
        for id in std::iter::once(root).chain(legs.into_iter().flatten()) {
            chain.extend(self.ask().question(MessageById { id }).await?);
        }
        Ok(chain)
    }

    /// The chain a message belongs to, first to last; empty where it stands alone.
    pub async fn legs(&self, id: MessageId) -> Result<Vec<LegView>, EngineError> {
        let Some(message) = self.ask().question(AsAccepted { id }).await? else {
            return Ok(Vec::new());
        };
        let chain = self.chain(&message, Leg::of(&message).root).await?;
        if chain.len() < 2 {
            return Ok(Vec::new());
        }
        let before = std::iter::once(None).chain(chain.iter().map(Some));
        let views = before.zip(&chain).map(|(before, detail)| LegView {
            id: detail.record.id,
            channel: detail.record.channel,
            status: detail.record.status,
            because: before.map(|before| {
                let created = detail.record.created_at;
                fallback::followed_because(before.record.status, failed_at(before), created)
            }),
        });
        Ok(views.collect())
    }

    /// What follows by another channel if a message does not arrive, or why nothing does, as things stand
    /// now; `None` where that is no question: it arrived, was not to be sent, is on its way by itself, or was followed.
    pub async fn onward(&self, id: MessageId) -> Result<Option<Value>, EngineError> {
        let message = self.ask().question(AsAccepted { id }).await?;
        let detail = self.ask().question(MessageById { id }).await?;
        let (Some(message), Some(detail)) = (message, detail) else {
            return Ok(None);
        };
        let watched = self.watched(&message, &detail);
        if watched.rule == Rule::Never {
            let stays = detail.record.status.has_ended_badly() && !detail.attempts.is_empty();
            return Ok(stays.then(|| {
                json!({"state": "stays", "sentence": "messages of this kind do not go on by another channel"})
            }));
        }
        let (state, until, why) = match fallback::next(&watched, self.now()) {
            Next::Done => return Ok(None),
            // What still has its place goes on by itself.
            Next::Look(_)
                if detail.record.place != Some(PlaceState::AwaitingReceipt)
                    && detail.record.place.is_some() =>
            {
                return Ok(None);
            }
            Next::Look(at) => ("waits", Some(at), Why::Silence),
            Next::Leg(why) => ("goes_on", None, why),
        };
        let at = Leg::of(&message);
        let chain = self.chain(&message, at.root).await?;
        let before = Before::of(&chain);
        if before.arrived || at.number >= LEGS_MAX || chain.len() > usize::from(at.number) {
            return Ok(None);
        }
        let (_, judgement) = self.leg_after(&message, at, &before).await?;
        let mut value = readable(&journal::write(&judgement));
        if let Some(object) = value.as_object_mut() {
            let nowhere = matches!(judgement.decision, Decision::Suppress { .. });
            let state = if nowhere { "nowhere" } else { state };
            object.insert("state".into(), json!(state));
            object.insert("until".into(), json!(until.map(|at| at.to_string())));
            object.insert("because".into(), json!(why.code()));
        }
        Ok(Some(value))
    }

    /// Looks at the messages whose patience is over.
    pub(crate) async fn look_at_deliveries(&self) -> Result<(), EngineError> {
        let due = DueWatches {
            at: self.now(),
            limit: ROUND,
        };
        for id in self.ask().question(due).await? {
            if let Err(error) = self.look_at_delivery(id, Looking::ItIsTime).await {
                tracing::warn!(message.id = %id, %error, "whether a message goes on by another channel could not be decided; it is looked at again");
                self.watch(id, Some(self.now() + REST)).await?;
            }
        }
        Ok(())
    }

    /// Something was heard of a message: looks at it without waiting for its time.
    pub(crate) fn look_at_delivery_soon(&self, id: MessageId) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            if let Err(error) = engine.look_at_delivery(id, Looking::Heard).await {
                tracing::warn!(message.id = %id, %error, "whether a message goes on by another channel could not be decided; it is looked at later");
            }
        });
    }

    /// Decides whether a message goes on by another channel, now, later or never.
    async fn look_at_delivery(&self, id: MessageId, looking: Looking) -> Result<(), EngineError> {
        let message = self.ask().question(AsAccepted { id }).await?;
        let detail = self.ask().question(MessageById { id }).await?;
        let (Some(message), Some(detail)) = (message, detail) else {
            return self.watch(id, None).await;
        };
        let watched = self.watched(&message, &detail);
        match fallback::next(&watched, self.now()) {
            Next::Done | Next::Look(_) if looking == Looking::Heard => Ok(()),
            Next::Done => self.watch(id, None).await,
            Next::Look(at) => self.watch(id, Some(at)).await,
            Next::Leg(why) => self.go_on_elsewhere(&message, why).await,
        }
    }

    fn watched(&self, message: &NewMessage, detail: &MessageDetail) -> Watched {
        let rules = &self.inner.settings.planner.fallback;
        Watched {
            kind: message.kind,
            rule: rules.of(message.kind, message.critical),
            status: detail.record.status,
            place: detail.record.place,
            begun_at: detail.attempts.last().map(|attempt| attempt.begun_at),
        }
    }

    async fn watch(&self, message: MessageId, due: Option<Timestamp>) -> Result<(), EngineError> {
        let watch = WatchDelivery { message, due };
        Ok(self.inner.committer.submit(watch).await?)
    }

    /// Makes the next leg, where there is a channel for it, and watches this one no more.
    async fn go_on_elsewhere(&self, message: &NewMessage, why: Why) -> Result<(), EngineError> {
        let at = Leg::of(message);
        let chain = self.chain(message, at.root).await?;
        let before = Before::of(&chain);
        if before.arrived || at.number >= LEGS_MAX || chain.len() > usize::from(at.number) {
            return self.watch(message.id, None).await;
        }
        let (leg, judgement) = self.leg_after(message, at, &before).await?;
        if let Decision::Suppress { why: nowhere, .. } = judgement.decision {
            tracing::info!(message.id = %message.id, ?why, nowhere = Reason::code(nowhere), "a message goes on nowhere");
            return self.watch(message.id, None).await;
        }
        tracing::info!(message.id = %message.id, leg.id = %leg.id, ?why, "a message goes on by another channel");
        let accept = Accept {
            messages: vec![leg],
            idempotency: None,
            at: self.now(),
        };
        let watch = WatchDelivery {
            message: message.id,
            due: None,
        };
        let ops = vec![accept.into_op(), watch.into_op()];
        let mut answers = self.inner.committer.submit_all(ops).await?.into_iter();
        match answers.next().transpose()?.map(Accept::from_answer) {
            Some(Some(AcceptAnswer::Accepted { .. })) => Ok(()),
            _ => Err(StoreError::Corrupt("no answer to a leg".into()).into()),
        }
    }

    /// The leg that would follow a message, and what the planner says of it now.
    async fn leg_after(
        &self,
        message: &NewMessage,
        at: Leg,
        before: &Before,
    ) -> Result<(NewMessage, Judgement), EngineError> {
        let next = Leg {
            root: at.root,
            number: at.number + 1,
        };
        let leg = NewMessage {
            id: self.inner.ids.message(),
            not_before: None,
            // An answer in the web chat was wished for there because it was asked there.
            channel: message
                .channel
                .filter(|wish| message.kind != Kind::ChatReply || *wish != Channel::Web),
            in_reply_to: None,
            occasion: Some(next.occasion()),
            ..message.clone()
        };
        let facts = self.facts_for(message.member, leg.clone()).await?;
        let standing = self.standing_now().await?;
        let now = self.now();
        let used = self
            .used([(message.member, leg.kind)].into_iter(), now)
            .await?;
        let around = self.surroundings(&standing, &used, now);
        let judgement = self.judge(&facts, &around, before.chain(), now);
        Ok((leg, judgement))
    }
}

/// When it was first known that a message did not arrive: by the provider's answer, or by a receipt.
fn failed_at(detail: &MessageDetail) -> Option<Timestamp> {
    let receipts = detail.receipts.iter().filter_map(|receipt| {
        let bad = receipt.status.is_some_and(DeliveryStatus::has_ended_badly);
        bad.then_some(receipt.received_at)
    });
    let answers = detail.attempts.iter().filter_map(|attempt| {
        let bad = attempt.status.has_ended_badly() && attempt.provider_message_id.is_none();
        bad.then_some(attempt.settled_at).flatten()
    });
    receipts.chain(answers).min()
}

#[cfg(test)]
mod tests;
