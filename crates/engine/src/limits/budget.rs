//! How the budget stands, and what that means, for whoever runs the service.

use domain::{Money, Timestamp, UtcDay};
use policy::budget::Period;
use store::StoreError;
use store::costs::{CostKey, CostSums};
use store::questions::CostsSince;

use crate::Engine;

/// From this part of a budget on, in hundredths, somebody should know.
const NEARLY: u32 = 80;

/// How one budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetNow {
    /// Over how long it counts.
    pub period: Period,
    /// What may be spent.
    pub limit: Money,
    /// What is: charged, or estimated where the price is not told yet.
    pub spent: Money,
    /// When the next day or month of it begins.
    pub until: Timestamp,
}

impl BudgetNow {
    /// How much is spent, in hundredths of the limit; a budget of nothing is spent.
    pub fn percent(&self) -> u32 {
        let (spent, limit) = (self.spent.micros().max(0), self.limit.micros());
        if limit <= 0 {
            return 100;
        }
        u32::try_from(spent.saturating_mul(100) / limit).unwrap_or(u32::MAX)
    }

    /// A stable word for machines, where somebody should look at it.
    pub fn trouble(&self) -> Option<&'static str> {
        match self.percent() {
            100.. => Some("budget_spent"),
            NEARLY.. => Some("budget_nearly_spent"),
            _ => None,
        }
    }

    /// How it stands, as a sentence.
    pub fn what(&self) -> String {
        let (spent, limit) = (self.spent.amount(), self.limit.amount());
        let (currency, period) = (self.limit.currency(), self.period.as_str());
        let percent = self.percent();
        format!("{spent} of {limit} {currency} of this {period} are spent, {percent} %")
    }

    /// What it does to messages.
    pub fn effect(&self) -> &'static str {
        match self.percent() {
            100.. => {
                "what nobody waits for is held until the next one begins; answers, codes and what is critical go"
            }
            _ => "what costs more than is left waits, anything else goes",
        }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        "Raise GYMTEXT_BUDGET, or put off what can wait; `/api/v1/stats` tells what was spent by channel."
    }
}

impl Engine {
    /// How the budgets stand; empty where none is set.
    pub async fn budget(&self) -> Result<Vec<BudgetNow>, StoreError> {
        let now = self.now();
        let budget = self.inner.settings.budget;
        let limits: Vec<(Period, Money)> = budget.limits().collect();
        let first = limits.iter().map(|(period, _)| period.first_day(now)).min();
        let Some(day) = first else {
            return Ok(Vec::new());
        };
        let costs = self.ask().question(CostsSince { day }).await?;
        let stands = limits.into_iter().map(|(period, limit)| BudgetNow {
            period,
            limit,
            spent: spent(&costs, period.first_day(now), limit),
            until: period.ends(now),
        });
        Ok(stands.collect())
    }
}

/// What was spent since a day in the currency of a limit.
fn spent(costs: &[(CostKey, CostSums)], since: UtcDay, limit: Money) -> Money {
    let currency = limit.currency();
    let counted = costs
        .iter()
        .filter(|(key, _)| key.day >= since && key.currency == Some(currency));
    let micros = counted.fold(0_i64, |sum, (_, sums)| {
        sum.saturating_add(sums.charged)
            .saturating_add(sums.awaiting)
    });
    Money::from_micros(micros, currency)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Channel, Currency};

    #[test]
    fn what_is_charged_takes_the_place_of_what_was_estimated() {
        let key = |day, currency| CostKey {
            day: UtcDay::from_number(day),
            channel: Channel::Sms,
            currency,
        };
        let sums = |awaiting, charged| CostSums {
            estimated: 900,
            awaiting,
            charged,
            ..CostSums::default()
        };
        let costs = [
            (key(1, Some(Currency::USD)), sums(0, 70)),
            (key(2, Some(Currency::USD)), sums(20, 5)),
            (key(2, Some("EUR".parse().unwrap())), sums(1_000, 0)),
            (key(2, None), sums(1_000, 0)),
        ];
        let limit = Money::from_micros(100, Currency::USD);
        let of = |day| spent(&costs, UtcDay::from_number(day), limit).micros();
        assert_eq!((of(1), of(2), of(3)), (95, 25, 0));
    }

    #[test]
    fn a_budget_of_nothing_is_spent() {
        let percent = |limit, spent| {
            let money = |micros| Money::from_micros(micros, Currency::USD);
            let now = Timestamp::from_micros(0);
            let (period, limit, spent) = (Period::Day, money(limit), money(spent));
            BudgetNow {
                period,
                limit,
                spent,
                until: now,
            }
            .percent()
        };
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(1_000, 799), 79);
        assert_eq!(percent(1_000, -5), 0, "a refund");
        assert_eq!(percent(1_000, 2_500), 250);
    }
}
