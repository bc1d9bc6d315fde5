//! Who is served (docs/decisions/0024): with payments on, workouts and the weekly question are made for whom a
//! subscription or a trial serves by date. Answers, keywords, codes and notices are for everybody, and STOP never comes
//! near here (G15).

mod checkout;
mod letters;
mod told;

use domain::{MemberId, Seconds, Timestamp};
use policy::subscription::{Plan, standing};
pub use policy::subscription::{Standing, Terms};
pub use providers::stripe::{Event, EventError, signature};
use store::questions::{MemberById, SubscriptionsOf};
use store::records::{Member, SubscriptionRecord};

use crate::{Engine, EngineError};

/// Why there is no message, as occurrences keep it.
pub(crate) const NO_SUBSCRIPTION: &str = "no_subscription";

/// Who takes payments, and on what terms.
#[derive(Clone, Debug)]
pub struct Billing {
    /// Takes them.
    pub stripe: providers::Stripe,
    /// What a subscription costs, as it is called there.
    pub price: String,
    /// What the service grants.
    pub terms: Terms,
    /// How long before a renewal its member is reminded; zero is not at all.
    pub remind: Seconds,
    /// Where members reach our own pages, without a slash at its end.
    pub public_url: String,
}

/// How a member stands.
#[derive(Clone, Debug)]
pub struct Subscriptions {
    /// How they stand, by date; `None` where nobody pays.
    pub standing: Option<Standing>,
    /// Whether they are served.
    pub is_served: bool,
    /// What is known of their subscriptions, by when they were made.
    pub all: Vec<SubscriptionRecord>,
}

impl Subscriptions {
    /// Who pays, where anybody ever did.
    pub fn customer(&self) -> Option<&str> {
        self.all.last().map(|one| one.customer.as_str())
    }
}

/// What policy judges.
fn plan_of(record: &SubscriptionRecord) -> Plan {
    Plan {
        state: record.state,
        period: (record.period_start, record.period_end),
        cancels: record.cancels,
        made_at: record.made_at,
    }
}

fn standing_of(
    all: &[SubscriptionRecord],
    joined_at: Timestamp,
    terms: Terms,
    now: Timestamp,
) -> Standing {
    let plans: Vec<_> = all.iter().map(plan_of).collect();
    standing(&plans, joined_at, terms, now)
}

impl Engine {
    /// Whether members pay here.
    pub fn takes_payments(&self) -> bool {
        self.inner.billing.is_some()
    }

    fn billing(&self) -> Result<&Billing, EngineError> {
        self.inner
            .billing
            .as_ref()
            .ok_or(EngineError::NoSubscriptions)
    }

    /// How a member stands.
    pub async fn subscriptions_of(&self, member: &Member) -> Result<Subscriptions, EngineError> {
        let members = vec![member.profile.id];
        let found = self.ask().question(SubscriptionsOf { members }).await?;
        let all = found.into_iter().next().unwrap_or_default();
        let now = self.now();
        let terms = self.inner.billing.as_ref().map(|billing| billing.terms);
        let standing = terms.map(|terms| standing_of(&all, member.created_at, terms, now));
        Ok(Subscriptions {
            standing,
            is_served: standing.is_none_or(|standing| standing.is_served(now)),
            all,
        })
    }

    /// The same by id.
    pub async fn subscriptions(&self, id: MemberId) -> Result<Subscriptions, EngineError> {
        let member = self.ask().question(MemberById { id }).await?;
        self.subscriptions_of(&member.ok_or(EngineError::UnknownMember)?)
            .await
    }

    /// Whether a member is served.
    pub async fn is_served(&self, member: &Member) -> Result<bool, EngineError> {
        if !self.takes_payments() {
            return Ok(true);
        }
        Ok(self.subscriptions_of(member).await?.is_served)
    }

    /// Who of these is served, in the order given.
    pub(crate) async fn served(&self, members: &[Member]) -> Result<Vec<bool>, EngineError> {
        let joined = members
            .iter()
            .map(|member| (member.profile.id, member.created_at));
        self.served_since(joined.collect()).await
    }

    /// The same of members by when they joined.
    pub(crate) async fn served_since(
        &self,
        joined: Vec<(MemberId, Timestamp)>,
    ) -> Result<Vec<bool>, EngineError> {
        let Some(billing) = &self.inner.billing else {
            return Ok(vec![true; joined.len()]);
        };
        let members = joined.iter().map(|(member, _)| *member).collect();
        let found = self.ask().question(SubscriptionsOf { members }).await?;
        let now = self.now();
        Ok(joined
            .iter()
            .zip(&found)
            .map(|((_, at), all)| standing_of(all, *at, billing.terms, now).is_served(now))
            .collect())
    }
}
