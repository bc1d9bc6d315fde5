//! Money that a batch is about to spend. What the store has counted says what is left; what is planned and not counted
//! yet, by this batch or by others of this process that run beside it, is kept here, so that together they do not spend
//! the same money twice. Other nodes' are known once they are counted: a batch of each may come on top.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::Money;
use policy::budget::{self, Purse};
use policy::outbound::{Decision, Judgement};
use policy::pricing::Estimate;
use store::records::MessageFacts;

/// What batches of this process have planned so far and, of that, what has been written or given up since: in millionths
/// of the budget's currency, since the process began.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    planned: AtomicI64,
    over: AtomicI64,
}

/// What one batch plans.
#[derive(Debug)]
pub(crate) struct Spending<'a> {
    all: &'a Planned,
    /// What was over when this batch began: the store has counted that, and whatever else was planned, then or since, it
    /// may not have.
    counted: i64,
    own: i64,
}

impl Planned {
    /// Begins a batch. What is left of the budget is to be asked after this.
    pub(crate) fn begin(&self) -> Spending<'_> {
        Spending {
            all: self,
            counted: self.over.load(Ordering::SeqCst),
            own: 0,
        }
    }
}

impl Spending<'_> {
    /// Whether what is left pays for this message beside what is planned already. If not, it is to be asked about again
    /// once that is counted.
    pub(crate) fn pays(
        &mut self,
        facts: &MessageFacts,
        judgement: &Judgement,
        purses: &[Purse],
    ) -> bool {
        let message = &facts.message;
        let is_sent = matches!(judgement.decision, Decision::Send(_));
        if purses.is_empty() || !is_sent || !budget::holds(message.kind, message.critical) {
            return true;
        }
        let price = judgement.price().and_then(Estimate::amount);
        price.is_none_or(|price| self.takes(price, purses))
    }

    fn takes(&mut self, price: Money, purses: &[Purse]) -> bool {
        let currency = price.currency();
        let is_paid_of_them = purses.iter().any(|purse| purse.left.currency() == currency);
        if price.micros() <= 0 || !is_paid_of_them {
            return true;
        }
        let before = self.all.planned.fetch_add(price.micros(), Ordering::SeqCst);
        self.own = self.own.saturating_add(price.micros());
        let together = before
            .saturating_sub(self.counted)
            .saturating_add(price.micros());
        let together = Money::from_micros(together, currency);
        let fits = budget::refilled_at(purses, Some(together)).is_none();
        if !fits {
            self.all.planned.fetch_sub(price.micros(), Ordering::SeqCst);
            self.own = self.own.saturating_sub(price.micros());
        }
        fits
    }
}

impl Drop for Spending<'_> {
    fn drop(&mut self) {
        self.all.over.fetch_add(self.own, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Currency, Timestamp};
    use policy::budget::Period;

    fn usd(micros: i64) -> Money {
        Money::from_micros(micros, Currency::USD)
    }

    fn left(micros: i64) -> [Purse; 1] {
        [Purse {
            period: Period::Day,
            left: usd(micros),
            until: Timestamp::from_micros(0),
        }]
    }

    #[test]
    fn a_batch_spends_what_is_left_and_no_more() {
        let all = Planned::default();
        let mut batch = all.begin();
        let took: Vec<bool> = (0..4).map(|_| batch.takes(usd(3), &left(9))).collect();
        assert_eq!(took, [true, true, true, false]);
        // What was refused takes nothing from a smaller one.
        assert!(!batch.takes(usd(1), &left(9)));
        assert!(batch.takes(usd(1), &left(10)));
    }

    #[test]
    fn what_is_free_or_paid_of_another_purse_is_not_counted() {
        let all = Planned::default();
        let mut batch = all.begin();
        assert!(batch.takes(usd(0), &left(0)));
        assert!(batch.takes(Money::from_micros(9, "EUR".parse().unwrap()), &left(0)));
        assert!(batch.takes(usd(5), &left(5)));
    }

    #[test]
    fn two_batches_do_not_spend_the_same_money() {
        let all = Planned::default();
        // Both asked when five were left.
        let (mut one, mut other) = (all.begin(), all.begin());
        assert!(one.takes(usd(5), &left(5)));
        assert!(!other.takes(usd(5), &left(5)));
        // Written meanwhile, after the other one asked.
        drop(one);
        assert!(!other.takes(usd(5), &left(5)));
        drop(other);
        // Who asks now is told what was counted, and counts it once.
        let mut next = all.begin();
        assert!(!next.takes(usd(5), &left(0)));
        assert!(next.takes(usd(5), &left(5)));
    }
}
