//! What Stripe tells, and what it is asked. An event is heard once, and only says which subscription to ask about: what
//! is kept is always an answer to a question of ours, and of two answers the one that was asked for later. So events may
//! come late, twice, in any order and in any version (G25).

use std::time::Duration;

use domain::{MemberId, Seconds};
use policy::subscription::letter;
use providers::stripe::{Event, StripeError, Subscription};
use store::ops::{
    HearBilling, KeepSubscription, KeepSubscriptionAnswer, RemindRenewal, SettleBilling,
};
use store::questions::{BillingToDo, MemberById, SubscriptionsOf};
use store::records::{BillingNeed, BillingTask, SubscriptionRecord};

use crate::{Engine, EngineError};

use super::{Billing, plan_of};

/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(500);

/// How much is asked in one round, one after the other.
const ROUND_MAX: u32 = 50;

/// Before something is asked a second time; twice as long passes before each further time.
const FIRST_WAIT: Seconds = Seconds::new(2);

/// The longest time between two.
const LONGEST_WAIT: Seconds = Seconds::new(3_600);

/// How often an answer is judged again that something else was kept beside.
const TURNS: u32 = 5;

impl Engine {
    /// Takes in an event whose signature was verified; whether it was new and is about a subscription.
    pub async fn hear_billing(&self, event: Event) -> Result<bool, EngineError> {
        self.refuse_while_draining()?;
        let Some(subscription) = event.subscription else {
            return Ok(false);
        };
        let hear = HearBilling {
            event: Some(event.id),
            kind: event.kind,
            subscription,
            at: self.now(),
        };
        Ok(self.inner.committer.submit(hear).await?)
    }

    pub(crate) async fn billing_loop(&self) {
        let Some(billing) = self.inner.billing.clone() else {
            return;
        };
        while self.round_of_the_first(PAUSE).await {
            if let Err(error) = self.billing_round(&billing).await {
                tracing::warn!(%error, "what there is to ask about subscriptions could not be looked at; it is looked at again");
            }
        }
    }

    async fn billing_round(&self, billing: &Billing) -> Result<(), EngineError> {
        let at = self.now();
        let to_do = BillingToDo {
            at,
            remind_before: at + billing.remind,
            limit: ROUND_MAX,
        };
        let due = self.ask().question(to_do).await?;
        for need in due.needs {
            if self.inner.stop.is_cancelled() {
                return Ok(());
            }
            self.meet(billing, need).await?;
        }
        for one in due.renewals {
            self.remind(billing, &one).await?;
        }
        Ok(())
    }

    /// Asks; without an answer it is asked again, ever later and without an end: whoever was erased must not go on paying.
    async fn meet(&self, billing: &Billing, need: BillingNeed) -> Result<(), EngineError> {
        let id = &need.subscription;
        let met = match need.task {
            BillingTask::Read => self.read_subscription(billing, id, Some(need.turn)).await,
            BillingTask::Cancel => billing.stripe.cancel(id).await.map_err(Into::into),
        };
        let again = match met {
            Ok(()) if need.task == BillingTask::Read => return Ok(()),
            Ok(()) => None,
            Err(EngineError::Payment(error)) => {
                said(&error, need.asked);
                Some((self.now() + wait(need.asked), need.asked.saturating_add(1)))
            }
            Err(error) => return Err(error),
        };
        let settle = SettleBilling {
            task: need.task,
            subscription: need.subscription,
            turn: need.turn,
            again,
            at: self.now(),
        };
        self.inner.committer.submit(settle).await?;
        Ok(())
    }

    /// Asks how a subscription stands, and keeps it with what follows from it.
    pub(super) async fn read_subscription(
        &self,
        billing: &Billing,
        id: &str,
        answers: Option<u32>,
    ) -> Result<(), EngineError> {
        for _ in 0..TURNS {
            let told_at = self.now();
            let told = billing.stripe.subscription(id).await?;
            let Some((told, member)) = told.and_then(|told| {
                let member: MemberId = told.member.as_deref()?.parse().ok()?;
                Some((told, member))
            }) else {
                tracing::info!("an event is about a subscription that was not begun here");
                return self.nobodys(id, answers).await;
            };
            if self.keep(billing, told, member, told_at, answers).await? {
                return Ok(());
            }
        }
        Err(store::StoreError::Busy.into())
    }

    async fn nobodys(&self, id: &str, answers: Option<u32>) -> Result<(), EngineError> {
        let settle = SettleBilling {
            task: BillingTask::Read,
            subscription: id.to_owned(),
            turn: answers.unwrap_or_default(),
            // One we have and they have not would be asked about at once again.
            again: (answers == Some(0)).then(|| (self.now() + LONGEST_WAIT, 0)),
            at: self.now(),
        };
        self.inner.committer.submit(settle).await?;
        Ok(())
    }

    /// Whether it is done; else something else was kept meanwhile, and it is to be asked again.
    async fn keep(
        &self,
        billing: &Billing,
        told: Subscription,
        id: MemberId,
        told_at: domain::Timestamp,
        answers: Option<u32>,
    ) -> Result<bool, EngineError> {
        let members = vec![id];
        let known = self.ask().question(SubscriptionsOf { members }).await?;
        let before = known
            .into_iter()
            .flatten()
            .find(|record| record.id == told.id);
        let subscription = record_of(told, id, told_at);
        let was = before.as_ref().map(plan_of);
        let letter = letter(was.as_ref(), &plan_of(&subscription));
        let member = self.ask().question(MemberById { id }).await?;
        let notice = match (letter, &member) {
            (Some(letter), Some(member)) => {
                Some(self.letter(billing, letter, member, &subscription).await?)
            }
            _ => None,
        };
        let keep = KeepSubscription {
            subscription,
            expected: before.map(|record| record.told_at),
            answers,
            notice,
            at: self.now(),
        };
        match self.inner.committer.submit(keep).await? {
            KeepSubscriptionAnswer::Kept => {
                // Once, by its occasion, and only whom a plan serves.
                self.welcome_after_yes(id).await;
                Ok(true)
            }
            KeepSubscriptionAnswer::Older => Ok(true),
            KeepSubscriptionAnswer::Moved => Ok(false),
            KeepSubscriptionAnswer::Nobody => {
                tracing::warn!("a subscription names a member who is not in this database");
                Ok(true)
            }
            KeepSubscriptionAnswer::Erased => {
                tracing::info!("a subscription of an erased member is going to be ended");
                Ok(true)
            }
        }
    }

    async fn remind(&self, billing: &Billing, one: &SubscriptionRecord) -> Result<(), EngineError> {
        let id = one.member;
        let Some(member) = self.ask().question(MemberById { id }).await? else {
            return Ok(());
        };
        let notice = self.renewal(billing, &member, one)?;
        let remind = RemindRenewal {
            subscription: one.id.clone(),
            period_end: one.period_end,
            notice,
            at: self.now(),
        };
        self.inner.committer.submit(remind).await?;
        Ok(())
    }
}

fn record_of(
    told: Subscription,
    member: MemberId,
    told_at: domain::Timestamp,
) -> SubscriptionRecord {
    let (period_start, period_end) = told.period;
    SubscriptionRecord {
        id: told.id,
        member,
        customer: told.customer,
        state: told.state,
        period_start,
        period_end,
        cancels: told.cancels,
        made_at: told.made_at,
        told_at,
        reminded_for: None,
    }
}

/// How long until it is asked again.
fn wait(asked: u8) -> Seconds {
    let factor = 2_i64.saturating_pow(u32::from(asked));
    let wait = FIRST_WAIT.as_micros().saturating_mul(factor);
    Seconds::from_micros(wait.min(LONGEST_WAIT.as_micros()))
}

fn said(error: &StripeError, asked: u8) {
    if asked < 3 {
        tracing::debug!(%error, "whoever takes payments is asked again");
    } else {
        tracing::warn!(%error, asked, "whoever takes payments gives no answer; it is asked again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_answered_is_asked_again_at_least_hourly() {
        let waits: Vec<i64> = (0..14)
            .map(|asked| wait(asked).as_micros() / 1_000_000)
            .collect();
        assert_eq!(
            waits,
            [
                2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600, 3_600
            ]
        );
        assert_eq!(wait(u8::MAX), LONGEST_WAIT);
    }
}
