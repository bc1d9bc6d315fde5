//! Rate cards, and finding a rate in them.

use std::sync::{Arc, LazyLock};

use domain::{Channel, Money, Timestamp};

use super::{Estimate, NoPrice, read};

/// The cards this version was shipped with; their file says where they come from.
static SHIPPED: LazyLock<Arc<RateCards>> =
    LazyLock::new(|| Arc::new(RateCards::parse(read::SHIPPED).unwrap_or_default()));

/// What is charged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// One SMS segment.
    Segment,
    /// One MMS.
    Mms,
    /// A WhatsApp template that counts as marketing.
    Marketing,
    /// One that counts as utility.
    Utility,
    /// The same while the session window is open.
    UtilityInWindow,
    /// One that counts as authentication.
    Authentication,
    /// Anything but a template, within the session window.
    Service,
    /// What the carrier adds to each WhatsApp message.
    CarrierFee,
}

impl Item {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Segment,
        Self::Mms,
        Self::Marketing,
        Self::Utility,
        Self::UtilityInWindow,
        Self::Authentication,
        Self::Service,
        Self::CarrierFee,
    ];

    /// Its word in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Segment => "segment",
            Self::Mms => "mms",
            Self::Marketing => "marketing",
            Self::Utility => "utility",
            Self::UtilityInWindow => "utility_in_window",
            Self::Authentication => "authentication",
            Self::Service => "service",
            Self::CarrierFee => "carrier_fee",
        }
    }

    /// The channel it is charged on.
    pub const fn channel(self) -> Channel {
        match self {
            Self::Segment | Self::Mms => Channel::Sms,
            Self::Marketing
            | Self::Utility
            | Self::UtilityInWindow
            | Self::Authentication
            | Self::Service
            | Self::CarrierFee => Channel::Whatsapp,
        }
    }
}

/// What an item costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// This.
    Is(Money),
    /// What another item costs.
    As(Item),
}

/// One line of a card, to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is charged for.
    pub item: Item,
    /// The country or market; `*` is everywhere.
    pub area: Box<str>,
    /// The amount as it is written: a decimal, or `=` and an item.
    pub amount: Box<str>,
    /// The currency as it is written.
    pub currency: Box<str>,
    /// Midnight, UTC, of its day.
    pub as_of: Timestamp,
    /// Where it comes from.
    pub source: Box<str>,
}

/// The rates of one area, the newest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates(pub(super) Vec<(Item, Timestamp, Amount)>);

impl Rates {
    fn at(&self, item: Item, now: Timestamp) -> Option<(Timestamp, Amount)> {
        self.0
            .iter()
            .find(|(of, from, _)| *of == item && *from <= now)
            .map(|(_, from, amount)| (*from, *amount))
    }
}

/// Where a WhatsApp rate holds.
#[derive(Clone, Debug)]
pub(super) struct Market {
    pub(super) name: Box<str>,
    /// Only these of the countries that share its codes; empty is all.
    pub(super) countries: Vec<Box<str>>,
    pub(super) rates: Rates,
}

/// Rate cards in force. The default ones hold nothing: every price is unknown.
#[derive(Clone, Debug, Default)]
pub struct RateCards {
    /// By country, in order.
    pub(super) sms: Vec<(Box<str>, Rates)>,
    pub(super) sms_anywhere: Rates,
    pub(super) markets: Vec<Market>,
    /// Calling codes with the market they belong to, in order.
    pub(super) codes: Vec<(u32, usize)>,
    /// The market of all other codes.
    pub(super) other: Option<usize>,
    pub(super) whatsapp_anywhere: Rates,
    pub(super) lines: Vec<Line>,
}

impl RateCards {
    /// Those this version was shipped with.
    pub fn shipped() -> Arc<Self> {
        Arc::clone(&SHIPPED)
    }

    /// All lines, as they stand in the file.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// An SMS of so many segments, to a country.
    pub fn sms(&self, country: Option<&str>, segments: u16, now: Timestamp) -> Estimate {
        self.by_country(country, Item::Segment, segments, now)
    }

    /// An MMS to a country, whatever it holds.
    pub fn mms(&self, country: Option<&str>, now: Timestamp) -> Estimate {
        self.by_country(country, Item::Mms, 1, now)
    }

    fn by_country(
        &self,
        country: Option<&str>,
        item: Item,
        count: u16,
        now: Timestamp,
    ) -> Estimate {
        let Some(country) = country else {
            return Estimate::Unknown(NoPrice::CountryUnknown);
        };
        let found = self
            .sms
            .binary_search_by(|(one, _)| (**one).cmp(country))
            .ok()
            .and_then(|at| self.sms.get(at));
        let rates = found.map(|(_, rates)| rates);
        rate(rates, &self.sms_anywhere, item, now)
            .and_then(|(one, as_of)| Some((one.times(count)?, as_of)))
            .map_or(Estimate::Unknown(NoPrice::NoRate), |(amount, as_of)| {
                Estimate::Known { amount, as_of }
            })
    }

    /// A WhatsApp message to a number (`+` and digits): Meta's charge and the carrier's fee together.
    pub fn whatsapp(
        &self,
        number: &str,
        country: Option<&str>,
        item: Item,
        now: Timestamp,
    ) -> Estimate {
        let market = self.market(number, country).map(|market| &market.rates);
        let meta = rate(market, &self.whatsapp_anywhere, item, now);
        let fee = rate(market, &self.whatsapp_anywhere, Item::CarrierFee, now);
        let both = meta.zip(fee).and_then(|((meta, one), (fee, other))| {
            Some(Estimate::Known {
                amount: meta.plus(fee)?,
                as_of: one.min(other),
            })
        });
        both.unwrap_or(Estimate::Unknown(NoPrice::NoRate))
    }

    /// A WhatsApp message within a free entry point, template or not: Meta charges nothing (facts/whatsapp.md 1.2), the carrier
    /// its fee.
    pub fn whatsapp_free_entry(
        &self,
        number: &str,
        country: Option<&str>,
        now: Timestamp,
    ) -> Estimate {
        let market = self.market(number, country).map(|market| &market.rates);
        rate(market, &self.whatsapp_anywhere, Item::CarrierFee, now)
            .map_or(Estimate::Unknown(NoPrice::NoRate), |(amount, as_of)| {
                Estimate::Known { amount, as_of }
            })
    }

    /// The market with the longest calling code that begins the number (facts/whatsapp.md 2.2).
    fn market(&self, number: &str, country: Option<&str>) -> Option<&Market> {
        let mut digits = number.bytes().filter(u8::is_ascii_digit);
        let mut code = 0_u32;
        let mut best = None;
        for _ in 0..read::CODE_DIGITS_MAX {
            let Some(digit) = digits.next() else { break };
            code = code * 10 + u32::from(digit - b'0');
            let first = self.codes.partition_point(|(one, _)| *one < code);
            let here = self
                .codes
                .get(first..)
                .unwrap_or_default()
                .iter()
                .take_while(|(one, _)| *one == code)
                .filter_map(|(_, at)| self.markets.get(*at))
                .find(|market| market.has(country));
            best = here.or(best);
        }
        best.or_else(|| self.markets.get(self.other?))
    }
}

impl Market {
    /// Whether it is the country's. A number whose country is not known is taken for one of it.
    fn has(&self, country: Option<&str>) -> bool {
        self.countries.is_empty()
            || country.is_none_or(|country| self.countries.iter().any(|one| **one == *country))
    }
}

/// The newest rate that holds, the area's own before that of everywhere.
fn rate(
    own: Option<&Rates>,
    anywhere: &Rates,
    item: Item,
    now: Timestamp,
) -> Option<(Money, Timestamp)> {
    let find = |item| {
        let (own, anywhere) = (
            own.and_then(|rates| rates.at(item, now)),
            anywhere.at(item, now),
        );
        match (own, anywhere) {
            (Some(own), Some(anywhere)) if anywhere.0 > own.0 => Some(anywhere),
            (Some(own), _) => Some(own),
            (None, anywhere) => anywhere,
        }
    };
    let (as_of, amount) = find(item)?;
    match amount {
        Amount::Is(money) => Some((money, as_of)),
        // One step: a rate that names another names one that stands by itself.
        Amount::As(other) => match find(other)? {
            (of_other, Amount::Is(money)) => Some((money, as_of.min(of_other))),
            (_, Amount::As(_)) => None,
        },
    }
}
