//! Back from WhatsApp to SMS, and forth again: one kill switch of its own kind (decision 0020). What it
//! would do can be asked first; what waits is planned again at once, and nobody's preference changes.

use std::collections::BTreeMap;

use crate::facts::whom_and_what;
use domain::{Channel, Currency, Kind, Money, PlaceState, Timestamp};
use policy::outbound::{Decision, Finding, Judgement};
use policy::pricing::Estimate;
use store::ops::Replan;
use store::questions::{FactsOf, Places, StatsNow};
use store::records::{MessageFacts, SwitchRecord};
use store::{Seq, StoreError};

use crate::facts::{Standing, Surroundings};
use crate::legs::Before;
use crate::{Engine, EngineError};

/// The switch.
pub const SCOPE: &str = "rollback:sms";

/// How many places are looked at in one go.
const LOOK: u32 = 256;

/// How many places a preview looks at: past it, it says that it has not seen all.
const LOOKS_MAX: u32 = 50_000;

/// How many places are put back in one transaction: a STOP that comes in meanwhile waits no longer than that.
const REPLAN_AT_ONCE: u32 = 200;

/// What is held for a reason of WhatsApp alone: planned again without it.
const WHATSAPPS_OWN: &[&str] = &[
    "behind_knock",
    "window_closed",
    "template_not_approved",
    "people_limit",
    "new_people_paused",
    "marketing_capped",
];

/// What may be held for a reason of WhatsApp. What is held for another channel's is only looked at early.
const PERHAPS_WHATSAPPS: &[&str] = &[
    "behind_knock",
    "window_closed",
    "template_not_approved",
    "people_limit",
    "new_people_paused",
    "marketing_capped",
    "pair_too_fast",
    "channel_switched_off",
    "sender_stopped",
    "sender_throttled",
    "no_sender",
];

/// What waits for the way back.
const ROLLED_BACK: &[&str] = &["rolled_back"];

/// What a change would do to what waits now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Messages that wait and were looked at.
    pub waiting: u64,
    /// Whether there are more than were looked at.
    pub more: bool,
    /// Those that would go by the other channel, by kind.
    pub moves: BTreeMap<&'static str, u64>,
    /// Those that would be held: the other channel cannot take them, mostly for want of consent.
    pub held: u64,
    /// Those that would end unsent.
    pub suppressed: u64,
    /// What those that move are estimated to cost as it is.
    pub cost_now: Sum,
    /// And then.
    pub cost_then: Sum,
}

/// Estimated costs together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// By currency.
    pub known: BTreeMap<Currency, Money>,
    /// How many have no price.
    pub unknown: u64,
}

impl Sum {
    fn add(&mut self, price: Option<Estimate>) {
        match price {
            Some(Estimate::Known { amount, .. }) => {
                let sum = self.known.entry(amount.currency());
                sum.and_modify(|sum| *sum = sum.plus(amount).unwrap_or(*sum))
                    .or_insert(amount);
            }
            Some(Estimate::Unknown(_)) | None => self.unknown += 1,
        }
    }
}

/// A preview with how things stand.
#[derive(Clone, Debug)]
pub struct Rollback {
    /// The switch, while it is on.
    pub on: Option<SwitchRecord>,
    /// What turning it would do; `None` where it stands so already.
    pub preview: Option<Preview>,
}

impl Engine {
    /// How it stands, and what going to `to` would do now. Nothing is changed.
    pub async fn rollback_preview(&self, to: Channel) -> Result<Rollback, EngineError> {
        let on = self.rolled_back().await?;
        let wanted = to == Channel::Sms;
        let preview = if on.is_some() == wanted {
            None
        } else {
            Some(self.preview_of(wanted).await?)
        };
        Ok(Rollback { on, preview })
    }

    /// Goes to SMS, or back to WhatsApp. What waits is planned again before this returns; what is being sent
    /// at this moment goes out as it was begun.
    pub async fn roll_back(
        &self,
        to: Channel,
        reason: &str,
        actor: &str,
    ) -> Result<Rollback, EngineError> {
        self.set_switch(SCOPE, to == Channel::Sms, reason, actor)
            .await?;
        Ok(Rollback {
            on: self.rolled_back().await?,
            preview: None,
        })
    }

    /// The switch, while it is on.
    async fn rolled_back(&self) -> Result<Option<SwitchRecord>, EngineError> {
        let switches = self.switches().await?;
        Ok(switches.into_iter().find(|one| one.scope == SCOPE))
    }

    /// After the switch was turned: whatever waits for it is planned again.
    pub(crate) async fn replan_after(&self, on: bool) -> Result<u32, StoreError> {
        self.replan(if on { PERHAPS_WHATSAPPS } else { ROLLED_BACK })
            .await
    }

    /// While nothing goes by WhatsApp, nothing waits for it: after a start with `WHATSAPP_ENABLED=false`, and where
    /// whoever turned the switch died over it.
    pub(crate) async fn replan_without_whatsapp(&self, first: bool) -> Result<u32, StoreError> {
        let rolled_back = self.standing().is_rolled_back();
        // Without WhatsApp nothing comes to wait for it later: most services have none, and look once.
        let may_wait = rolled_back || (first && !self.inner.settings.planner.whatsapp_enabled);
        if !may_wait || self.ask().question(StatsNow { at: self.now() }).await?.held == 0 {
            return Ok(0);
        }
        self.replan(if first {
            PERHAPS_WHATSAPPS
        } else {
            WHATSAPPS_OWN
        })
        .await
    }

    /// Puts what is held for these reasons back into its lanes, in steps.
    async fn replan(&self, whys: &[&str]) -> Result<u32, StoreError> {
        let mut after = Seq(0);
        let mut all = 0;
        loop {
            let replan = Replan {
                whys: whys.iter().map(|why| (*why).to_owned()).collect(),
                after,
                limit: REPLAN_AT_ONCE,
            };
            let replanned = self.inner.committer.submit(replan).await?;
            all += replanned.count;
            match replanned.last {
                Some(last) => after = last,
                None => return Ok(all),
            }
        }
    }

    async fn preview_of(&self, on: bool) -> Result<Preview, EngineError> {
        let standing = self.standing();
        let turned = standing.with_rollback(on);
        let mut preview = Preview::default();
        let (mut after, mut looked) = (Seq(0), 0);
        while looked < LOOKS_MAX {
            let places = Places { after, limit: LOOK };
            let places = self.ask().question(places).await?;
            let Some(last) = places.last() else {
                return Ok(preview);
            };
            after = last.seq;
            looked += LOOK;
            let seqs = places
                .iter()
                .filter(|place| matches!(place.state, PlaceState::Waiting | PlaceState::Held))
                .map(|place| place.seq)
                .collect();
            let facts = self.ask().question(FactsOf { seqs }).await?;
            let before = self.before_all(&facts).await?;
            let now = self.now();
            let used = self.used(whom_and_what(&facts), now).await?;
            let (as_it_is, then) = (
                self.surroundings(&standing, &used, now),
                self.surroundings(&turned, &used, now),
            );
            for facts in facts.iter().flatten() {
                let before = before.get(&facts.message.id);
                self.compare(facts, before, (&as_it_is, &then), now, &mut preview);
            }
        }
        preview.more = true;
        Ok(preview)
    }

    /// What becomes of one message, as it is and then.
    fn compare(
        &self,
        facts: &MessageFacts,
        before: Option<&Before>,
        (as_it_is, then): (&Surroundings<'_>, &Surroundings<'_>),
        now: Timestamp,
        preview: &mut Preview,
    ) {
        preview.waiting += 1;
        // What waits for its time is judged at its time.
        let at = facts.message.not_before.map_or(now, |from| from.max(now));
        let judge = |around: &Surroundings<'_>| {
            let chain = before.map(Before::chain).unwrap_or_default();
            self.judge(facts, around, chain, at)
        };
        let (is, would) = (judge(as_it_is), judge(then));
        let (goes, would_go) = (way(&is), way(&would));
        if goes.map(|(channel, _)| channel) == would_go.map(|(channel, _)| channel) {
            return;
        }
        match (would_go, &would.decision) {
            (Some((_, price)), _) => {
                let kind: Kind = facts.message.kind;
                *preview.moves.entry(kind.as_str()).or_default() += 1;
                preview.cost_now.add(goes.and_then(|(_, price)| price));
                preview.cost_then.add(price);
            }
            (None, Decision::Suppress { .. }) => preview.suppressed += 1,
            (None, Decision::Send(_) | Decision::Hold { .. }) => preview.held += 1,
        }
    }
}

/// The channel that carries it, now or once it may, and at what price.
fn way(judgement: &Judgement) -> Option<(Channel, Option<Estimate>)> {
    judgement
        .considered
        .iter()
        .find(|one| matches!(one.finding, Finding::Chosen | Finding::Later(_)))
        .map(|one| (one.channel, one.price))
}

impl Standing {
    /// Whether nothing goes by WhatsApp by an operator's will.
    pub(crate) fn is_rolled_back(&self) -> bool {
        self.switches.rolled_back
    }

    /// The same with that switch turned.
    fn with_rollback(&self, on: bool) -> Self {
        let mut turned = self.clone();
        let mut switches = (*turned.switches).clone();
        switches.rolled_back = on;
        turned.switches = std::sync::Arc::new(switches);
        turned
    }
}
