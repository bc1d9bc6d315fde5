//! Reading a file of rate cards. Its first lines say what it may hold.

use domain::{Channel, Currency, Money, MoneyError, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::rates::{Amount, Item, Line, Market, RateCards, Rates};

/// The file that is shipped, as it is.
pub const SHIPPED: &str = include_str!("../../rates/rates.csv");

/// The longest calling code a market may be told by: `1` and an area code.
pub(super) const CODE_DIGITS_MAX: usize = 4;

/// The most lines of a file; Meta's card has some two hundred rates for each date.
const LINES_MAX: usize = 20_000;

/// What is wrong with a file of rate cards.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line} of the rate cards: {fault}")]
pub struct RatesError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: String,
}

impl RateCards {
    /// Reads a file. The first fault refuses all of it: half a card would give half the prices.
    pub fn parse(text: &str) -> Result<Self, RatesError> {
        let mut cards = Self::default();
        let mut currencies: Vec<(Channel, Currency)> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let fault = |fault: String| RatesError {
                line: at + 1,
                fault,
            };
            if at >= LINES_MAX {
                return Err(fault(format!("there are more than {LINES_MAX} lines")));
            }
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut fields = line.split(',').map(str::trim);
            let what = fields.next();
            let fields: Vec<&str> = fields.collect();
            match (what, fields.as_slice()) {
                (Some("market"), [name, codes, countries]) => {
                    cards.add_market(name, codes, countries).map_err(fault)?;
                }
                (Some("rate"), [channel, area, item, amount, currency, day, source]) => {
                    let rate = [*area, *item, *amount, *currency, *day, *source];
                    cards
                        .add_rate(channel, rate, &mut currencies)
                        .map_err(fault)?;
                }
                (Some("market"), _) => {
                    return Err(fault("a market has a name, its calling codes and its countries: three fields after `market`".into()));
                }
                (Some("rate"), _) => {
                    return Err(fault("a rate has seven fields after `rate`: channel, area, item, amount, currency, date, source".into()));
                }
                (other, _) => {
                    let other = other.unwrap_or_default();
                    return Err(fault(format!(
                        "it begins with `{other}`; a line begins with `market`, `rate` or `#`"
                    )));
                }
            }
        }
        cards.put_in_order();
        Ok(cards)
    }

    fn add_market(&mut self, name: &str, codes: &str, countries: &str) -> Result<(), String> {
        if name.is_empty() || name == "*" {
            return Err("a market has a name".into());
        }
        if self.markets.iter().any(|market| *market.name == *name) {
            return Err(format!("the market `{name}` stands here twice"));
        }
        let at = self.markets.len();
        if codes == "*" {
            if self.other.is_some() {
                return Err("two markets are everywhere else".into());
            }
            self.other = Some(at);
        } else {
            for code in codes.split_whitespace() {
                let number = code
                    .parse()
                    .ok()
                    .filter(|_| code.len() <= CODE_DIGITS_MAX && !code.starts_with(['0', '+']));
                let number = number.ok_or_else(|| {
                    format!("`{code}` is no calling code: it has 1 to {CODE_DIGITS_MAX} digits")
                })?;
                self.codes.push((number, at));
            }
        }
        let listed = if countries == "*" { "" } else { countries };
        let countries = listed
            .split_whitespace()
            .map(|country| {
                is_country(country)
                    .then(|| country.into())
                    .ok_or_else(|| format!("`{country}` is no country: two capital letters"))
            })
            .collect::<Result<_, _>>()?;
        self.markets.push(Market {
            name: name.into(),
            countries,
            rates: Rates::default(),
        });
        Ok(())
    }

    fn add_rate(
        &mut self,
        channel: &str,
        [area, item, amount, currency, on, source]: [&str; 6],
        currencies: &mut Vec<(Channel, Currency)>,
    ) -> Result<(), String> {
        let item = word(item)?;
        if item.channel().as_str() != channel {
            return Err(format!("`{}` is no rate of `{channel}`", item.as_str()));
        }
        let money = |error: MoneyError| error.to_string();
        let code: Currency = currency.parse().map_err(money)?;
        match currencies.iter().find(|(of, _)| *of == item.channel()) {
            Some((_, first)) if *first != code => {
                return Err(format!(
                    "it is in {code}, and others of this channel are in {first}: nobody converts here"
                ));
            }
            Some(_) => {}
            None => currencies.push((item.channel(), code)),
        }
        let read = match amount.strip_prefix('=') {
            Some(other) => Amount::As(word(other)?),
            None => Amount::Is(Money::parse(amount, code).map_err(money)?),
        };
        match read {
            Amount::Is(money) if money.micros() < 0 => {
                return Err("a rate is not negative".into());
            }
            Amount::As(other) if other == item || other.channel() != item.channel() => {
                return Err("it names itself, or an item of another channel".into());
            }
            Amount::Is(_) | Amount::As(_) => {}
        }
        let as_of = day(on).ok_or_else(|| format!("`{on}` is no day such as `2026-10-01`"))?;
        let rates = self.area(item.channel(), area)?;
        if rates.0.iter().any(|one| (one.0, one.1) == (item, as_of)) {
            return Err("the same rate of the same day stands here before".into());
        }
        rates.0.push((item, as_of, read));
        self.lines.push(Line {
            item,
            area: area.into(),
            amount: amount.into(),
            currency: code.as_str().into(),
            as_of,
            source: source.into(),
        });
        Ok(())
    }

    fn area(&mut self, channel: Channel, area: &str) -> Result<&mut Rates, String> {
        match (channel, area) {
            (Channel::Sms, "*") => Ok(&mut self.sms_anywhere),
            (Channel::Sms, country) if is_country(country) => {
                let known = self.sms.iter().position(|(one, _)| **one == *country);
                let at = known.unwrap_or_else(|| {
                    self.sms.push((country.into(), Rates::default()));
                    self.sms.len() - 1
                });
                let found = self.sms.get_mut(at).map(|(_, rates)| rates);
                found.ok_or_else(|| "no such country".into())
            }
            (Channel::Sms, other) => Err(format!("`{other}` is no country: two capital letters")),
            (_, "*") => Ok(&mut self.whatsapp_anywhere),
            (_, name) => {
                let known = self.markets.iter_mut().find(|one| *one.name == *name);
                known.map(|market| &mut market.rates).ok_or_else(|| {
                    format!("no line before this one says where the market `{name}` is")
                })
            }
        }
    }

    fn put_in_order(&mut self) {
        self.sms.sort_by(|one, other| one.0.cmp(&other.0));
        self.codes.sort_unstable();
        let of_countries = self.sms.iter_mut().map(|(_, rates)| rates);
        let of_markets = self.markets.iter_mut().map(|market| &mut market.rates);
        let anywhere = [&mut self.sms_anywhere, &mut self.whatsapp_anywhere];
        for rates in of_countries.chain(of_markets).chain(anywhere) {
            rates.0.sort_by_key(|(_, from, _)| std::cmp::Reverse(*from));
        }
    }
}

fn word(text: &str) -> Result<Item, String> {
    let known = Item::ALL.into_iter().find(|item| item.as_str() == text);
    known.ok_or_else(|| {
        let all: Vec<_> = Item::ALL.iter().map(|item| item.as_str()).collect();
        format!("`{text}` is none of {}", all.join(", "))
    })
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_uppercase())
}

/// Midnight, UTC, of a day.
pub(super) fn day(text: &str) -> Option<Timestamp> {
    let date: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let zoned = date.to_zoned(TimeZone::UTC).ok()?;
    Some(Timestamp::from_jiff(zoned.timestamp()))
}
