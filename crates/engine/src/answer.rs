//! Answering what members write. Every inbound message that needs an answer is stored as such and
//! stays so until it is answered, dismissed with a reason or left to a person, where it goes on waiting: none is
//! forgotten over a crash, none is answered twice (G24). Of several nodes the one that has the member's lanes answers
//! them: what an answer does before it is written is done by nobody else. What belongs together is answered together
//! (`policy::burst`); what the answer is, and what it does, stands in `choosing`.

use std::time::Duration;

use domain::{Channel, MemberId, MessageId, Timestamp};
use policy::burst::{First, Heard, first};
use store::ops::{AnswerInbound, AnswerTo, BeginTurn, EndHandOvers, ForAnswerAs, Operation};
use store::questions::{AnswerDue, Unanswered};
use store::records::UnansweredInbound;
use store::{Shard, Shards, StoreError};

use crate::Engine;
use crate::choosing::Answering;
use crate::coach::Asking;

/// How many are looked at in one go.
const BATCH: u32 = 256;

/// Answering is woken by each inbound message; this is for the case that the wake-up was lost.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// However far the next one is, the clock may be moved meanwhile: with something to come it is looked this often.
const LOOK_SOON: Duration = Duration::from_millis(100);

/// How long it rests when the store could not be asked.
const STORE_REST: Duration = Duration::from_secs(1);

/// What was submitted for a burst.
enum Pending {
    /// The answer to this message.
    Answer(MessageId),
    /// The beginning of a turn.
    Turn(Asking),
}

impl Engine {
    pub(crate) async fn answer_loop(&self) {
        let mut rest = LOOK_EVERY;
        loop {
            tokio::select! {
                () = self.inner.answering.notified() => {}
                () = tokio::time::sleep(rest) => {}
                () = self.inner.stop.cancelled() => return,
            }
            rest = match self.answer_due().await {
                Ok(rest) => rest,
                Err(error) => {
                    tracing::warn!(%error, "members could not be answered; trying again soon");
                    STORE_REST
                }
            };
        }
    }

    /// Answers all that is due, and says how long to rest.
    async fn answer_due(&self) -> Result<Duration, StoreError> {
        if self.held().is_some() {
            return Ok(LOOK_EVERY);
        }
        loop {
            let shards = self.inner.ownership.shards();
            if shards == Shards::NONE {
                return Ok(LOOK_EVERY); // nobody's answers are ours to give
            }
            let mut due = self.ask().question(AnswerDue { shards }).await?;
            // One of all nodes does it for all.
            if !self.inner.ownership.has_the_first() {
                due.hand_over_end = None;
            }
            let now = self.now();
            let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
            if is_due(due.hand_over_end) {
                self.inner
                    .committer
                    .submit(EndHandOvers { at: now })
                    .await?;
            }
            let answered = if is_due(due.answer) {
                self.answer_some(now).await?
            } else {
                0
            };
            if self.inner.stop.is_cancelled() {
                return Ok(LOOK_EVERY);
            }
            if answered == 0 {
                let next = [due.answer, due.hand_over_end].into_iter().flatten().min();
                // One that is due and was not answered is a burst that goes on.
                return Ok(match next {
                    Some(at) if at > now => at.since(now).to_duration().min(LOOK_SOON),
                    Some(_) => LOOK_SOON,
                    None => LOOK_EVERY,
                });
            }
        }
    }

    /// Answers a batch of what is due; how many were answered, or are being considered from now on. One that cannot be answered stays
    /// visibly waiting and holds up nobody else.
    async fn answer_some(&self, now: Timestamp) -> Result<usize, StoreError> {
        let waiting = self
            .ask()
            .question(Unanswered {
                at: now,
                limit: BATCH,
                shards: self.inner.ownership.shards(),
            })
            .await?;
        let mut operations = Vec::new();
        let mut pending = Vec::new();
        for burst in bursts(&waiting, self.inner.settings.burst, now) {
            let answering = match self.answering(&burst).answer_to(&burst).await {
                Err(StoreError::Fenced) => continue, // answered by whoever has the member's lanes by now
                other => other?,
            };
            match answering {
                Answering::Now(answer) => {
                    pending.push(Pending::Answer(answer.inbound));
                    operations.push((*answer).into_op());
                }
                Answering::Asks(asking) => {
                    if let Some(begin) = self.begin_turn(&asking) {
                        operations.push(begin.into_op());
                        pending.push(Pending::Turn(asking));
                    }
                }
            }
        }
        let answers = self.inner.committer.submit_all(operations).await?;
        let mut answered = 0;
        for (pending, answer) in pending.into_iter().zip(answers) {
            answered += usize::from(match (pending, answer) {
                (Pending::Answer(_), Ok(answer)) => {
                    AnswerInbound::from_answer(answer) == Some(true)
                }
                (Pending::Turn(asking), Ok(answer)) => match BeginTurn::from_answer(answer) {
                    Some(begun) => self.takes_turn(asking, begun).await,
                    None => false,
                },
                (Pending::Answer(inbound), Err(error)) => {
                    tracing::error!(message.id = %inbound, %error, "a member could not be answered");
                    false
                }
                (Pending::Turn(asking), Err(error)) => {
                    tracing::error!(message.id = %asking.first(), %error, "a model could not be asked");
                    false
                }
            });
        }
        Ok(answered)
    }

    /// The same engine for the answer to a burst: what is done for it through this handle is done only while it waits, and the
    /// lanes of its member are ours.
    fn answering(&self, burst: &[&UnansweredInbound]) -> Self {
        let whose = burst.first().map(|inbound| AnswerTo {
            member: inbound.member.profile.id,
            inbound: inbound.id,
        });
        Self {
            inner: std::sync::Arc::clone(&self.inner),
            actor: None,
            answering: whose,
        }
    }

    /// Does something a member asked for; refused as [`StoreError::Fenced`] where it is done for an answer that is not ours to
    /// give any more.
    pub(crate) async fn for_answer<O: Operation>(
        &self,
        operation: O,
    ) -> Result<O::Answer, StoreError> {
        let Some(whose) = self.answering else {
            return self.inner.committer.submit(operation).await;
        };
        if !self.inner.ownership.owns(Shard::of(whose.member)) {
            return Err(StoreError::Fenced);
        }
        let done = ForAnswerAs { operation, whose };
        let answer = self.inner.committer.submit(done).await?;
        answer.ok_or(StoreError::Fenced)
    }

    /// The member's local date; a zone that is unknown by now counts as UTC.
    pub(crate) fn local_date(&self, time_zone: &str) -> jiff::civil::Date {
        let zone = policy::schedule::zone(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        self.now().to_jiff().to_zoned(zone).date()
    }
}

/// The first burst that is closed of each member on each channel; what a person keeps waits for nothing.
fn bursts(
    waiting: &[UnansweredInbound],
    pace: policy::burst::Pace,
    now: Timestamp,
) -> Vec<Vec<&UnansweredInbound>> {
    let mut conversations: Vec<((MemberId, Channel), Vec<&UnansweredInbound>)> = Vec::new();
    for inbound in waiting {
        let key = (inbound.member.profile.id, inbound.channel);
        match conversations.iter_mut().find(|(known, _)| *known == key) {
            Some((_, all)) => all.push(inbound),
            None => conversations.push((key, vec![inbound])),
        }
    }
    let closed = conversations.into_iter().filter_map(|(_, mut all)| {
        if all.iter().any(|inbound| inbound.keeper.is_some()) {
            return Some(all);
        }
        let heard: Vec<Heard> = all
            .iter()
            .map(|inbound| Heard {
                at: inbound.received_at,
                tapped: inbound.button.is_some(),
            })
            .collect();
        match first(&heard, pace, now)? {
            First::Closed(count) => {
                all.truncate(count);
                Some(all)
            }
            First::Open { .. } => None,
        }
    });
    closed.collect()
}
