//! Room for people who are about to be reached outside a session window, taken before their attempts begin.

use std::collections::HashMap;

use domain::{Channel, Handle, Timestamp};
use policy::outbound::{Decision, Form, SendPlan};
use rustc_hash::FxHashSet;
use store::ops::ReachPeople;
use store::records::MessageFacts;
use store::{Seq, StoreError};

use crate::Engine;
use crate::facts::Standing;
use crate::legs::Before;
use crate::limits::Used;

impl Engine {
    /// Takes room for the people that these messages reach, and answers for which there is none. Only with a
    /// limit of people is anything looked at or asked.
    pub(crate) async fn take_room(
        &self,
        facts: &[Option<MessageFacts>],
        before: &HashMap<domain::MessageId, Before>,
        (standing, used): (&Standing, &Used),
        now: Timestamp,
    ) -> Result<FxHashSet<Seq>, StoreError> {
        let rule = self.inner.limits.people().rule(now);
        let Some((max, since)) = rule else {
            return Ok(FxHashSet::default());
        };
        let wanted = self.who_is_reached(facts, before, (standing, used), now);
        if wanted.is_empty() {
            return Ok(FxHashSet::default());
        }
        let asked = ReachPeople {
            channel: Channel::Whatsapp,
            handles: wanted.iter().map(|(_, handle)| handle.clone()).collect(),
            max,
            since,
            at: now,
        };
        let may = self.inner.committer.submit(asked).await?;
        let mut people = self.inner.limits.people();
        let mut no_room = FxHashSet::default();
        for ((seq, handle), may) in wanted.iter().zip(may) {
            if may {
                people.reach(handle, now);
            } else {
                no_room.insert(*seq);
            }
        }
        Ok(no_room)
    }

    fn who_is_reached(
        &self,
        facts: &[Option<MessageFacts>],
        before: &HashMap<domain::MessageId, Before>,
        (standing, used): (&Standing, &Used),
        now: Timestamp,
    ) -> Vec<(Seq, Handle)> {
        let around = self.surroundings(standing, used, now);
        let mut wanted = Vec::new();
        for facts in facts.iter().flatten() {
            let chain = before.get(&facts.message.id);
            let chain = chain.map(Before::chain).unwrap_or_default();
            if let Decision::Send(plan) = self.judge(facts, &around, chain, now).decision
                && self.is_outside_window(facts, &plan, now)
            {
                wanted.push((facts.seq, plan.to.handle));
            }
        }
        wanted
    }

    fn is_outside_window(&self, facts: &MessageFacts, plan: &SendPlan, now: Timestamp) -> bool {
        plan.channel == Channel::Whatsapp
            && matches!(plan.form, Form::Template { .. })
            && self
                .window_of(facts, &plan.to)
                .is_none_or(|window| window.ends_at <= now)
    }
}
