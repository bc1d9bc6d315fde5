//! What one message is estimated to cost, by rate cards that are data with a date.
//!
//! Pure: the cards are handed in, the day is an instant. What has no rate is unknown, and says why; it
//! is never counted as nothing. Deliberately not here: what the provider charged in the end, and
//! converting currencies.

mod rates;
mod read;

use std::fmt;

use domain::{Money, Timestamp};

pub use rates::{Item, Line, RateCards};
pub use read::{RatesError, SHIPPED};

/// What a message will cost, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimate {
    /// This much, by a card of this date: the oldest of those that were used.
    Known {
        /// How much.
        amount: Money,
        /// Midnight, UTC, of the day the rate holds from or was read on.
        as_of: Timestamp,
    },
    /// Nobody can tell.
    Unknown(NoPrice),
}

impl Estimate {
    /// The amount, where it is known.
    pub const fn amount(self) -> Option<Money> {
        match self {
            Self::Known { amount, as_of: _ } => Some(amount),
            Self::Unknown(_) => None,
        }
    }
}

/// Why a price is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPrice {
    /// The cards in force hold no such rate.
    NoRate,
    /// Nobody knows which country the number belongs to.
    CountryUnknown,
    /// The provider has not said as what it counts the template.
    CategoryUnknown,
}

impl NoPrice {
    /// All.
    pub const ALL: [Self; 3] = [Self::NoRate, Self::CountryUnknown, Self::CategoryUnknown];

    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoRate => "no_rate",
            Self::CountryUnknown => "country_unknown",
            Self::CategoryUnknown => "category_unknown",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.code() == code)
    }
}

impl fmt::Display for NoPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRate => "the rate cards in force hold no price for this",
            Self::CountryUnknown => "the country of the number is not known, and with it its price",
            Self::CategoryUnknown => {
                "the provider has not said as what it counts the template, and with it its price"
            }
        })
    }
}

/// Compact, as it is kept with a decision: `0.0113 USD 2026-01-19`, or `unknown no_rate`.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known { amount, as_of } => {
                write!(f, "{amount} {}", as_of.to_jiff().strftime("%Y-%m-%d"))
            }
            Self::Unknown(why) => write!(f, "unknown {}", why.code()),
        }
    }
}

/// Reads what `Display` wrote.
impl std::str::FromStr for Estimate {
    type Err = UnreadableEstimate;
    fn from_str(text: &str) -> Result<Self, UnreadableEstimate> {
        let mut words = text.split(' ');
        let read = match (words.next(), words.next(), words.next(), words.next()) {
            (Some("unknown"), Some(code), None, None) => {
                NoPrice::from_code(code).map(Self::Unknown)
            }
            (Some(amount), Some(currency), Some(day), None) => {
                let amount = currency
                    .parse()
                    .and_then(|currency| Money::parse(amount, currency));
                amount
                    .ok()
                    .zip(read::day(day))
                    .map(|(amount, as_of)| Self::Known { amount, as_of })
            }
            _ => None,
        };
        read.ok_or(UnreadableEstimate)
    }
}

/// Not what an [`Estimate`] writes.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("this is no estimate of a price")]
pub struct UnreadableEstimate;

#[cfg(test)]
mod tests;
