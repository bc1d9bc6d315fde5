//! A budget of money: what all messages together may cost in a day or a month of UTC, by which costs are counted (DESIGN
//! 4.1). What somebody waits for goes in spite of it: answers, codes, what is urgent. What nobody can price counts as
//! nothing, and so does what is in another currency: neither is held (docs/decisions/0026).

use std::fmt;
use std::str::FromStr;

use domain::{Kind, Money, MoneyError, Timestamp, UtcDay};

/// Over how long money is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A day of UTC.
    Day,
    /// A month of UTC.
    Month,
}

impl Period {
    /// A stable word for machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The first day of the one that this instant is in.
    pub fn first_day(self, now: Timestamp) -> UtcDay {
        let today = UtcDay::of(now);
        match self {
            Self::Day => today,
            Self::Month => today.first_of_month(),
        }
    }

    /// When the next one begins.
    pub fn ends(self, now: Timestamp) -> Timestamp {
        let today = UtcDay::of(now);
        let next = match self {
            Self::Day => today.next(),
            Self::Month => today.first_of_next_month(),
        };
        next.begins()
    }
}

/// What may be spent, in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// In a day.
    pub per_day: Option<Money>,
    /// In a month.
    pub per_month: Option<Money>,
}

impl Budget {
    /// As much as messages cost.
    pub const OFF: Self = Self {
        per_day: None,
        per_month: None,
    };

    /// What is set.
    pub fn limits(self) -> impl Iterator<Item = (Period, Money)> {
        let both = [(Period::Day, self.per_day), (Period::Month, self.per_month)];
        both.into_iter()
            .filter_map(|(period, limit)| Some((period, limit?)))
    }
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    /// Of which.
    pub period: Period,
    /// May be less than nothing: prices are known for certain only afterwards.
    pub left: Money,
    /// When it is filled again.
    pub until: Timestamp,
}

/// Until when a message of this price waits, because a purse has not enough for it.
pub fn refilled_at(purses: &[Purse], price: Option<Money>) -> Option<Timestamp> {
    let price = price.filter(|price| price.micros() > 0)?;
    purses
        .iter()
        .filter(|purse| purse.left.currency() == price.currency())
        .filter(|purse| purse.left.micros() < price.micros())
        .map(|purse| purse.until)
        .max()
}

/// Whether a message of this kind is held when the budget is spent.
pub const fn holds(kind: Kind, critical: bool) -> bool {
    match kind {
        Kind::ChatReply | Kind::KeywordReply | Kind::LoginCode => false,
        Kind::DailyWorkout
        | Kind::WeeklyCheckin
        | Kind::Welcome
        | Kind::SubscriptionReminder
        | Kind::System
        | Kind::ConsentRequest
        | Kind::Broadcast
        | Kind::Knock => !critical,
    }
}

/// What somebody wrote is no budget.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBudget {
    /// Not of the form `20 USD/day`.
    #[error("`{0}` is no budget")]
    Form(String),
    /// The amount is none.
    #[error("{0}")]
    Amount(MoneyError),
    /// Money of two countries.
    #[error("the budgets are in two currencies")]
    Currencies,
    /// Said twice.
    #[error("there are two budgets for a {0}")]
    Twice(&'static str),
}

impl FromStr for Budget {
    type Err = NoBudget;

    /// `20 USD/day, 400 USD/month`, either or both; or `off`.
    fn from_str(text: &str) -> Result<Self, NoBudget> {
        let mut budget = Self::OFF;
        if text.trim().eq_ignore_ascii_case("off") {
            return Ok(budget);
        }
        for part in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let no_form = || NoBudget::Form(part.chars().take(40).collect());
            let (money, period) = part.split_once('/').ok_or_else(no_form)?;
            let (amount, currency) = money
                .trim()
                .split_once(char::is_whitespace)
                .ok_or_else(no_form)?;
            let currency = currency.trim().parse().map_err(NoBudget::Amount)?;
            let amount = Money::parse(amount, currency).map_err(NoBudget::Amount)?;
            if amount.micros() < 0 {
                return Err(no_form());
            }
            let (place, word) = match period.trim() {
                "day" => (&mut budget.per_day, "day"),
                "month" => (&mut budget.per_month, "month"),
                _ => return Err(no_form()),
            };
            if place.replace(amount).is_some() {
                return Err(NoBudget::Twice(word));
            }
        }
        if let (Some(day), Some(month)) = (budget.per_day, budget.per_month)
            && day.currency() != month.currency()
        {
            return Err(NoBudget::Currencies);
        }
        Ok(budget)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (period, limit) in self.limits() {
            let (amount, currency) = (limit.amount(), limit.currency());
            let amount = amount.trim_end_matches('0').trim_end_matches('.');
            write!(f, "{separator}{amount} {currency}/{}", period.as_str())?;
            separator = ", ";
        }
        if separator.is_empty() {
            return f.write_str("off");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Currency;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_jiff(text.parse().unwrap())
    }

    fn usd(amount: &str) -> Money {
        Money::parse(amount, Currency::USD).unwrap()
    }

    #[test]
    fn budgets_are_read_and_written_alike() {
        for (text, written) in [
            ("off", "off"),
            ("", "off"),
            ("20 USD/day", "20 USD/day"),
            (
                "20.50  usd / day , 400 USD/month",
                "20.5 USD/day, 400 USD/month",
            ),
            ("400 EUR/month", "400 EUR/month"),
            ("0 USD/day", "0 USD/day"),
        ] {
            let read = text.parse::<Budget>().unwrap();
            assert_eq!(read.to_string().parse::<Budget>(), Ok(read), "{text}");
            assert_eq!(read.to_string(), written, "{text}");
        }
        for text in [
            "20",
            "20 USD",
            "20/day",
            "USD 20/day",
            "20 USD/week",
            "-1 USD/day",
            "20 USDX/day",
            "1 USD/day, 2 USD/day",
            "1 USD/day, 2 EUR/month",
        ] {
            assert!(text.parse::<Budget>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_period_ends_at_midnight_utc() {
        for (now, day, month) in [
            (
                "2026-11-28T23:59:59Z",
                "2026-11-29T00:00:00Z",
                "2026-12-01T00:00:00Z",
            ),
            (
                "2026-12-31T00:00:00Z",
                "2027-01-01T00:00:00Z",
                "2027-01-01T00:00:00Z",
            ),
            (
                "2028-02-01T12:00:00Z",
                "2028-02-02T00:00:00Z",
                "2028-03-01T00:00:00Z",
            ),
        ] {
            assert_eq!(Period::Day.ends(at(now)), at(day));
            assert_eq!(Period::Month.ends(at(now)), at(month));
        }
    }

    #[test]
    fn the_purse_that_is_filled_last_counts() {
        let now = at("2026-11-28T12:00:00Z");
        let purse = |period: Period, left| Purse {
            period,
            left,
            until: period.ends(now),
        };
        let day = purse(Period::Day, usd("0.01"));
        let month = purse(Period::Month, usd("0.005"));
        let price = |amount| Some(usd(amount));
        assert_eq!(refilled_at(&[], price("9")), None);
        assert_eq!(refilled_at(&[day], price("0.01")), None, "exactly enough");
        assert_eq!(refilled_at(&[day], price("0.010001")), Some(day.until));
        assert_eq!(
            refilled_at(&[day, month], price("0.008")),
            Some(month.until)
        );
        assert_eq!(refilled_at(&[day, month], price("0.02")), Some(month.until));
        assert_eq!(
            refilled_at(&[purse(Period::Day, usd("-1"))], price("0")),
            None,
            "what is free goes"
        );
        assert_eq!(
            refilled_at(&[day], None),
            None,
            "what nobody can price goes"
        );
        let euros = Money::parse("9", "EUR".parse().unwrap()).unwrap();
        assert_eq!(refilled_at(&[day], Some(euros)), None);
    }
}
