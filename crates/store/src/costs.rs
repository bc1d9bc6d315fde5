//! What messages cost so far, counted as they are begun and as prices are told, so that asking reads no
//! message. Both stores count alike, by what stands here; sums of several nodes are added.
//!
//! An attempt is counted on the UTC day it was begun, whenever its price is told.

use std::collections::BTreeMap;

use domain::{Channel, Currency, Money, Timestamp, UtcDay};

use crate::error::StoreError;

/// What is counted apart from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CostKey {
    /// The day the attempts were begun.
    pub day: UtcDay,
    /// Their channel.
    pub channel: Channel,
    /// The currency; `None` for attempts whose cost nobody could estimate.
    pub currency: Option<Currency>,
}

/// Sums of one key, or by how much they change. Amounts are millionths of the currency's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CostSums {
    /// What all attempts were estimated to cost.
    pub estimated: i64,
    /// Of that, what was estimated for those whose price is not told yet.
    pub awaiting: i64,
    /// How many those are.
    pub awaiting_attempts: i64,
    /// What providers charged.
    pub charged: i64,
    /// For how many attempts.
    pub charged_attempts: i64,
}

impl CostSums {
    /// How many attempts they are of.
    pub const fn attempts(&self) -> i64 {
        self.awaiting_attempts + self.charged_attempts
    }

    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        for (sum, by) in [
            (&mut self.estimated, other.estimated),
            (&mut self.awaiting, other.awaiting),
            (&mut self.awaiting_attempts, other.awaiting_attempts),
            (&mut self.charged, other.charged),
            (&mut self.charged_attempts, other.charged_attempts),
        ] {
            *sum = sum.saturating_add(by);
        }
    }
}

/// As what an attempt was counted when it was begun: its estimate, or that there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted(pub Option<Money>);

impl Counted {
    /// From the columns of an attempt: no currency where it is not counted, an empty one where there was no
    /// estimate.
    pub fn from_columns(
        amount: Option<i64>,
        currency: Option<&str>,
    ) -> Result<Option<Self>, StoreError> {
        let Some(word) = currency else {
            return Ok(None);
        };
        let money = currency_of(word)?
            .zip(amount)
            .map(|(currency, amount)| Money::from_micros(amount, currency));
        Ok(Some(Self(money)))
    }

    /// As it is kept: the amount, and the currency's letters.
    pub fn to_columns(self) -> (Option<i64>, String) {
        let letters = self
            .0
            .map_or_else(String::new, |money| money.currency().to_string());
        (self.0.map(Money::micros), letters)
    }
}

/// A currency as it is kept here, where an empty word means that there is none.
pub fn currency_of(word: &str) -> Result<Option<Currency>, StoreError> {
    if word.is_empty() {
        return Ok(None);
    }
    let currency = word.parse();
    currency
        .map(Some)
        .map_err(|_| StoreError::Corrupt("a currency of counted costs: not three letters".into()))
}

/// An attempt, as far as counting looks at it.
#[derive(Clone, Copy, Debug)]
pub struct CountedAttempt {
    /// Its channel.
    pub channel: Channel,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// As what it is counted; `None` where it is not: it was refused, or begun before there were counters.
    pub counted: Option<Counted>,
}

/// By how much the sums change in one transaction.
#[derive(Debug, Default)]
pub struct CostChanges(BTreeMap<CostKey, CostSums>);

impl CostChanges {
    /// An attempt is begun: it may cost what it is estimated to cost.
    pub fn begun(&mut self, channel: Channel, at: Timestamp, counted: Counted) {
        self.waits(channel, at, counted, 1);
    }

    /// The provider refused it, or never had it: it costs nothing. Whoever calls this also forgets as what the
    /// attempt was counted.
    pub fn refused(&mut self, attempt: CountedAttempt) {
        if let Some(counted) = attempt.counted {
            self.waits(attempt.channel, attempt.begun_at, counted, -1);
            self.change(attempt.channel, attempt.begun_at, counted.0)
                .estimated -= counted.0.map_or(0, Money::micros);
        }
    }

    /// The provider told its price; `before` is what it had told earlier. The sums move by the difference: from what was
    /// estimated, or was told before, to this.
    pub fn told(&mut self, attempt: CountedAttempt, before: Option<Money>, price: Money) {
        let CountedAttempt {
            channel,
            begun_at,
            counted,
        } = attempt;
        if let Some(before) = before {
            let sums = self.change(channel, begun_at, Some(before));
            sums.charged -= before.micros();
            sums.charged_attempts -= 1;
        } else if let Some(counted) = counted {
            self.waits(channel, begun_at, counted, -1);
        }
        let sums = self.change(channel, begun_at, Some(price));
        sums.charged += price.micros();
        sums.charged_attempts += 1;
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All changes, in the order of their keys; none is left.
    pub fn take(&mut self) -> Vec<(CostKey, CostSums)> {
        let mut changes: Vec<_> = std::mem::take(&mut self.0).into_iter().collect();
        changes.retain(|(_, sums)| *sums != CostSums::default());
        changes
    }

    fn waits(&mut self, channel: Channel, at: Timestamp, counted: Counted, by: i64) {
        let sums = self.change(channel, at, counted.0);
        let amount = counted.0.map_or(0, Money::micros);
        sums.awaiting += amount * by;
        sums.awaiting_attempts += by;
        if by > 0 {
            sums.estimated += amount;
        }
    }

    fn change(&mut self, channel: Channel, at: Timestamp, money: Option<Money>) -> &mut CostSums {
        let key = CostKey {
            day: UtcDay::of(at),
            channel,
            currency: money.map(Money::currency),
        };
        self.0.entry(key).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(43_200);

    fn usd(micros: i64) -> Money {
        Money::from_micros(micros, Currency::USD)
    }

    fn attempt(counted: Option<Counted>) -> CountedAttempt {
        CountedAttempt {
            channel: Channel::Sms,
            begun_at: NOON,
            counted,
        }
    }

    #[test]
    fn what_is_told_replaces_what_was_estimated() {
        let mut changes = CostChanges::default();
        let counted = Counted(Some(usd(8_300)));
        changes.begun(Channel::Sms, NOON, counted);
        changes.begun(Channel::Sms, NOON, counted);
        changes.told(attempt(Some(counted)), None, usd(7_500));
        changes.told(attempt(Some(counted)), Some(usd(7_500)), usd(7_000));
        let found = changes.take();
        let wanted = CostSums {
            estimated: 16_600,
            awaiting: 8_300,
            awaiting_attempts: 1,
            charged: 7_000,
            charged_attempts: 1,
        };
        assert_eq!(found.iter().map(|one| one.1).collect::<Vec<_>>(), [wanted]);
        assert!(changes.is_empty());
    }

    #[test]
    fn a_refusal_takes_all_back_and_what_was_never_counted_takes_nothing() {
        let mut changes = CostChanges::default();
        for counted in [Counted(Some(usd(8_300))), Counted(None)] {
            changes.begun(Channel::Sms, NOON, counted);
            changes.refused(attempt(Some(counted)));
        }
        changes.refused(attempt(None));
        assert_eq!(changes.take(), []);
    }

    #[test]
    fn two_currencies_are_never_added() {
        let mut changes = CostChanges::default();
        let unknown = Counted(None);
        let euro = Money::from_micros(5_000, "EUR".parse().unwrap());
        changes.begun(Channel::Sms, NOON, unknown);
        changes.told(attempt(Some(unknown)), None, usd(9_000));
        changes.told(attempt(None), None, euro);
        let found: Vec<_> = changes
            .take()
            .into_iter()
            .map(|(key, sums)| (key.currency.map(|one| one.to_string()), sums.charged))
            .collect();
        let wanted = [
            (Some("EUR".to_owned()), 5_000),
            (Some("USD".to_owned()), 9_000),
        ];
        assert_eq!(found, wanted);
    }
}
