//! Amounts of money: exact, with their currency, never a float.

use std::fmt;
use std::str::FromStr;

/// How many of our units make one unit of the currency: six digits after the point, one more than the
/// finest price a provider is known to write (`-0.00750`, facts/twilio.md 12).
const UNIT: i64 = 1_000_000;

/// Digits after the point.
const DIGITS: usize = 6;

/// A currency by ISO 4217: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollars, which rate cards here are written in.
    pub const USD: Self = Self(*b"USD");

    /// Its three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads three letters of any case: Twilio documents `usd` and sends `USD`.
impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let letters: [u8; 3] = text
            .as_bytes()
            .try_into()
            .map_err(|_| MoneyError::Currency)?;
        if letters.iter().all(u8::is_ascii_alphabetic) {
            Ok(Self(letters.map(|letter| letter.to_ascii_uppercase())))
        } else {
            Err(MoneyError::Currency)
        }
    }
}

/// An amount in one currency; it may be negative, as a difference is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    micros: i64,
    currency: Currency,
}

/// Why a text is no amount of money.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum MoneyError {
    /// Not a plain decimal.
    #[error("an amount is digits with at most one point among them, such as `0.0113`")]
    NotDecimal,
    /// Finer or larger than what is kept.
    #[error("an amount has at most six digits after the point and twelve before it")]
    OutOfRange,
    /// Not a currency.
    #[error("a currency is three letters, such as `USD`")]
    Currency,
}

impl Money {
    /// From millionths of the currency's unit.
    pub const fn from_micros(micros: i64, currency: Currency) -> Self {
        Self { micros, currency }
    }

    /// Reads a decimal such as `0.0113` or `-0.00750`, exactly.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let digits = amount.strip_prefix('-').unwrap_or(amount);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(part) || whole.len() + part.len() == 0 {
            return Err(MoneyError::NotDecimal);
        }
        let part = part.trim_end_matches('0');
        if part.len() > DIGITS || whole.len() > 12 {
            return Err(MoneyError::OutOfRange);
        }
        let whole: i64 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| MoneyError::OutOfRange)?
        };
        let part: i64 = format!("{part:0<DIGITS$}")
            .parse()
            .map_err(|_| MoneyError::OutOfRange)?;
        let micros = whole * UNIT + part;
        Ok(Self {
            micros: if digits.len() == amount.len() {
                micros
            } else {
                -micros
            },
            currency,
        })
    }

    /// Millionths of the currency's unit.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The same with the other sign: Twilio writes what it charged as a negative number.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self {
            micros: self.micros.saturating_neg(),
            currency: self.currency,
        }
    }

    /// This many times; `None` where it grows too large.
    pub const fn times(self, count: u16) -> Option<Self> {
        match self.micros.checked_mul(count as i64) {
            Some(micros) => Some(Self { micros, ..self }),
            None => None,
        }
    }

    /// Both together; `None` for two currencies, which nobody here converts.
    pub fn plus(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Some(Self {
            micros: self.micros.checked_add(other.micros)?,
            ..self
        })
    }

    /// What is more than `other`; `None` for two currencies.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }

    /// The amount alone, exact, with at least four digits after the point: `0.0113`, `-0.0030`.
    pub fn amount(self) -> String {
        let sign = if self.micros < 0 { "-" } else { "" };
        let micros = self.micros.unsigned_abs();
        let unit = UNIT.unsigned_abs();
        let (whole, part) = (micros / unit, micros % unit);
        let mut digits = format!("{part:0>DIGITS$}");
        while digits.len() > 4 && digits.ends_with('0') {
            digits.pop();
        }
        format!("{sign}{whole}.{digits}")
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `0.0113 USD`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(amount: &str) -> Result<Money, MoneyError> {
        Money::parse(amount, Currency::USD)
    }

    #[test]
    fn amounts_are_read_exactly_and_written_back() {
        for (text, micros, written) in [
            ("0.0113", 11_300, "0.0113"),
            ("-0.00750", -7_500, "-0.0075"),
            ("0.000001", 1, "0.000001"),
            ("12", 12_000_000, "12.0000"),
            (".5", 500_000, "0.5000"),
            ("7.", 7_000_000, "7.0000"),
            ("0.0260000000", 26_000, "0.0260"),
            (
                "999999999999.999999",
                999_999_999_999_999_999,
                "999999999999.999999",
            ),
        ] {
            let money = usd(text).unwrap();
            assert_eq!(money.micros(), micros, "{text}");
            assert_eq!(money.amount(), written, "{text}");
            assert_eq!(usd(&money.amount()), Ok(money), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "", "-", ".", "1,5", "1e3", "+1", "0.1.2", " 1", "NaN", "--1",
        ] {
            assert_eq!(usd(text), Err(MoneyError::NotDecimal), "{text}");
        }
        assert_eq!(usd("0.0000001"), Err(MoneyError::OutOfRange));
        assert_eq!(usd("1000000000000"), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn currencies_are_three_letters_of_any_case_and_do_not_mix() {
        assert_eq!("usd".parse(), Ok(Currency::USD));
        assert_eq!("US".parse::<Currency>(), Err(MoneyError::Currency));
        assert_eq!("U$D".parse::<Currency>(), Err(MoneyError::Currency));
        let (dollar, euro) = (usd("1").unwrap(), Money::parse("1", "EUR".parse().unwrap()));
        assert_eq!(dollar.plus(euro.unwrap()), None);
        assert_eq!(dollar.minus(usd("1.5").unwrap()), usd("-0.5").ok());
        assert_eq!(dollar.times(3), usd("3").ok());
        assert_eq!(usd("999999999999").unwrap().times(u16::MAX), None);
        assert_eq!(dollar.to_string(), "1.0000 USD");
    }
}
