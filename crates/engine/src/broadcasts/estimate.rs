//! What would come of a broadcast if it were started now: the real planner asked about its audience, or about a random
//! sample of a large one. Nothing is written and nothing is sent.

use std::collections::BTreeMap;

use domain::broadcast::position;
use domain::sender::{SenderQuality, SenderStatus};
use domain::{BroadcastId, Channel, Currency, Kind, MemberId, Money, Timestamp};
use jiff::tz::TimeZone;
use policy::broadcast::{Goes, goes};
use policy::outbound::{Chain, Decision, Judgement};
use policy::pricing::Estimate as Price;
use policy::schedule::zone;
use store::records::BroadcastRecord;

use super::queue_of;
use crate::audience::AudienceMember;
use crate::{Draft, Engine, EngineError};

/// How many are planned: of a larger audience a random sample.
pub const SAMPLE: u64 = 2_000;

/// How many members are read at once.
const PAGE: u32 = 1_000;

/// What would come of it. Of a sample the counts are scaled to the whole audience.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// How many the audience has now.
    pub audience: u64,
    /// How many of them were planned.
    pub planned: u64,
    /// Messages that would go, by channel and form.
    pub sent: BTreeMap<(Channel, &'static str), u64>,
    /// Messages that would wait, by reason.
    pub held: BTreeMap<&'static str, u64>,
    /// Members who would get none, by reason.
    pub suppressed: BTreeMap<&'static str, u64>,
    /// Segments of the SMS among them.
    pub segments: u64,
    /// What they are estimated to cost, by currency.
    pub costs: BTreeMap<Currency, Money>,
    /// How many of them nobody can price.
    pub unpriced: u64,
    /// What stands in its way.
    pub warnings: Vec<Warning>,
}

/// Something that stands in the way of a broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A stable word.
    pub code: &'static str,
    /// What it is, as a sentence.
    pub what: String,
}

impl Estimate {
    /// Whether only a sample was planned.
    pub const fn is_sample(&self) -> bool {
        self.planned < self.audience
    }

    fn add(&mut self, judgement: &Judgement) {
        match &judgement.decision {
            Decision::Send(plan) => {
                let way = (plan.channel, plan.form.word());
                *self.sent.entry(way).or_default() += 1;
                if let Some(segments) = &plan.segments {
                    self.segments += u64::from(segments.count);
                }
                self.pay(judgement.price());
            }
            Decision::Hold { why, .. } => *self.held.entry(why.code()).or_default() += 1,
            Decision::Suppress { why, .. } => {
                *self.suppressed.entry(why.code()).or_default() += 1;
            }
        }
    }

    fn pay(&mut self, price: Option<Price>) {
        let Some(amount) = price.and_then(Price::amount) else {
            self.unpriced += 1;
            return;
        };
        let sum = self
            .costs
            .entry(amount.currency())
            .or_insert_with(|| Money::from_micros(0, amount.currency()));
        let micros = sum.micros().saturating_add(amount.micros());
        *sum = Money::from_micros(micros, amount.currency());
    }

    /// The same for the whole audience.
    fn scaled(mut self) -> Self {
        let (whole, part) = (self.audience, self.planned);
        if part == 0 || part == whole {
            return self;
        }
        let scale = |count: u64| {
            let scaled = u128::from(count) * u128::from(whole) / u128::from(part);
            u64::try_from(scaled).unwrap_or(u64::MAX)
        };
        for count in self
            .sent
            .values_mut()
            .chain(self.held.values_mut())
            .chain(self.suppressed.values_mut())
            .chain([&mut self.segments, &mut self.unpriced])
        {
            *count = scale(*count);
        }
        for sum in self.costs.values_mut() {
            let micros = scale(u64::try_from(sum.micros()).unwrap_or(0));
            let micros = i64::try_from(micros).unwrap_or(i64::MAX);
            *sum = Money::from_micros(micros, sum.currency());
        }
        self
    }

    fn warn(&mut self, code: &'static str, what: impl Into<String>) {
        self.warnings.push(Warning {
            code,
            what: what.into(),
        });
    }
}

impl Engine {
    /// What would come of a broadcast if it were started now.
    pub async fn estimate_broadcast(&self, id: BroadcastId) -> Result<Estimate, EngineError> {
        let record = self.broadcast(id).await?;
        let count = self.audience_count(&record.plan.filter).await?;
        let mut estimate = Estimate {
            audience: count.total,
            ..Estimate::default()
        };
        let mut after: Option<MemberId> = None;
        loop {
            let page = self.audience(&record.plan.filter, after, PAGE).await?;
            let sample: Vec<&AudienceMember> = page
                .members
                .iter()
                .filter(|one| is_sampled(id, one.id, count.total))
                .collect();
            self.plan_for(&record, &sample, &mut estimate).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if count.total <= SAMPLE {
            // Whoever joined or left while it was read.
            estimate.audience = estimate.planned;
        }
        let mut estimate = estimate.scaled();
        self.look_at_limits(&mut estimate).await?;
        Ok(estimate)
    }

    async fn plan_for(
        &self,
        record: &BroadcastRecord,
        members: &[&AudienceMember],
        estimate: &mut Estimate,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let of = members.iter().map(|one| (one.id, Kind::Broadcast));
        let used = self.used(of, now).await?;
        let standing = self.standing();
        for one in members {
            estimate.planned += 1;
            let time_zone = zone(&one.time_zone).unwrap_or(TimeZone::UTC);
            let not_before = match goes(&record.plan.when, &time_zone, now) {
                Goes::Now => None,
                Goes::At(at) => Some(at),
                Goes::Not => {
                    *estimate.suppressed.entry("local_time_over").or_default() += 1;
                    continue;
                }
            };
            let message = self.new_message(Draft {
                kind: Kind::Broadcast,
                queue: queue_of(record.id),
                channel: record.plan.channel,
                not_before,
                ..Draft::new(one.id, record.plan.content.clone())
            });
            let facts = match self.facts_for(one.id, message).await {
                Ok(facts) => facts,
                Err(EngineError::UnknownMember) => {
                    *estimate.suppressed.entry("erased").or_default() += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            // What waits for its time is judged at its time.
            let at = not_before.map_or(now, |from: Timestamp| from.max(now));
            let around = self.surroundings(&standing, &used, now);
            estimate.add(&self.judge(&facts, &around, Chain::default(), at));
        }
        Ok(())
    }

    /// What of limits is left for it.
    async fn look_at_limits(&self, estimate: &mut Estimate) -> Result<(), EngineError> {
        let whatsapp: u64 = estimate
            .sent
            .iter()
            .filter(|((channel, _), _)| *channel == Channel::Whatsapp)
            .map(|(_, count)| count)
            .sum();
        let templates: u64 = estimate
            .sent
            .iter()
            .filter(|((channel, form), _)| *channel == Channel::Whatsapp && *form == "template")
            .map(|(_, count)| count)
            .sum();
        let people = self.inner.limits.people().told(self.now());
        if let Some(people) = people {
            let left = people.max.saturating_sub(people.reached);
            if templates > u64::from(left) {
                estimate.warn(
                    "people_limit",
                    format!(
                        "{templates} people would be reached outside a session window, and {left} of {} may be within a day; the others wait",
                        people.max
                    ),
                );
            }
        }
        if whatsapp > 0 {
            let standing = self.inner.senders.on(Channel::Whatsapp);
            let standing = standing.and_then(|sender| self.standing_of(sender));
            if let Some(standing) = standing {
                if standing.status == SenderStatus::Offline {
                    estimate.warn("sender_offline", "our WhatsApp number is offline");
                }
                if standing.quality == SenderQuality::Low {
                    estimate.warn(
                        "quality_low",
                        "people block or report our WhatsApp number: many messages at once make that worse",
                    );
                }
            }
        }
        if estimate.held.contains_key("template_not_approved")
            || estimate.suppressed.contains_key("template_not_approved")
        {
            estimate.warn(
                "template_not_approved",
                "the template is not approved at the moment, or paused",
            );
        }
        for budget in self.budget().await? {
            let cost = estimate.costs.get(&budget.limit.currency()).copied();
            let left = budget.limit.minus(budget.spent);
            if let (Some(cost), Some(left)) = (cost, left)
                && cost.micros() > left.micros()
            {
                estimate.warn(
                    "budget",
                    format!(
                        "it is estimated to cost {} {}, and {} of this {} are left; what they do not pay for waits",
                        cost.amount(),
                        cost.currency(),
                        left.amount(),
                        budget.period.as_str()
                    ),
                );
            }
        }
        Ok(())
    }
}

/// Whether somebody is among those who are planned: by their place in the broadcast's own order.
fn is_sampled(broadcast: BroadcastId, member: MemberId, audience: u64) -> bool {
    if audience <= SAMPLE {
        return true;
    }
    let place = u128::from(position(broadcast, member).unsigned_abs());
    place * u128::from(audience) < u128::from(SAMPLE) * u128::from(i64::MAX.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_scaled_to_the_whole() {
        let usd: Currency = "USD".parse().unwrap();
        let estimate = Estimate {
            audience: 10_000,
            planned: 2_000,
            sent: BTreeMap::from([((Channel::Sms, "text"), 1_500)]),
            suppressed: BTreeMap::from([("opted_out", 500)]),
            segments: 3_000,
            costs: BTreeMap::from([(usd, Money::from_micros(7_500, usd))]),
            ..Estimate::default()
        };
        assert!(estimate.is_sample());
        let whole = estimate.scaled();
        assert_eq!(whole.sent.get(&(Channel::Sms, "text")), Some(&7_500));
        assert_eq!(whole.suppressed.get("opted_out"), Some(&2_500));
        assert_eq!(whole.segments, 15_000);
        assert_eq!(
            whole.costs.get(&usd),
            Some(&Money::from_micros(37_500, usd))
        );
    }

    #[test]
    fn a_large_audience_is_sampled_and_a_small_one_is_not() {
        let broadcast = BroadcastId::from_bytes([7; 16]);
        let sampled = |audience: u64| {
            let members = (0..20_000_u32).map(|number| {
                let mut id = [0; 16];
                id[12..].copy_from_slice(&number.to_be_bytes());
                MemberId::from_bytes(id)
            });
            members
                .filter(|member| is_sampled(broadcast, *member, audience))
                .count()
        };
        assert_eq!(sampled(SAMPLE), 20_000);
        let of_ten_times = sampled(10 * SAMPLE);
        assert!((1_850..2_150).contains(&of_ten_times), "{of_ten_times}");
    }
}
