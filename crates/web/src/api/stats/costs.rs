//! What messages cost so far, as `GET /api/v1/stats` tells it. Currencies are never added.

use std::collections::BTreeMap;

use domain::{Currency, Money, UtcDay};
use engine::costs::{Line, month, today};
use serde::Serialize;
use store::costs::CostSums;
use store::records::Stats;
use utoipa::ToSchema;

/// What messages cost that were sent today and this month. Days begin at midnight UTC, and a message counts on the
/// day it was sent, whenever its price is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostsAnswer {
    today: PeriodAnswer,
    this_month: PeriodAnswer,
}

/// Costs of some days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeriodAnswer {
    /// The first day, in UTC.
    #[schema(example = "2026-11-01")]
    from: String,
    /// All channels together, one entry for each currency.
    in_all: Vec<SumsAnswer>,
    /// The same by channel.
    by_channel: Vec<ChannelSumsAnswer>,
    /// How many requests of each channel have neither an estimate nor a price that was told; they are in none of the sums.
    #[schema(example = json!({"email": 12}))]
    unpriced: BTreeMap<&'static str, i64>,
}

/// Sums in one currency: decimals as texts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SumsAnswer {
    #[schema(example = "USD")]
    currency: String,
    /// The best that is known: what was charged, and the estimate of what was not charged yet.
    #[schema(example = "12.0310")]
    total: String,
    /// What providers have charged.
    charged: String,
    /// For how many requests.
    charged_messages: i64,
    /// What was estimated for those whose price was not told yet.
    awaiting: String,
    /// How many those are.
    awaiting_messages: i64,
    /// What was estimated for all of them, charged or not, when they were sent.
    estimated: String,
}

/// Sums of one channel in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelSumsAnswer {
    /// `sms`, `whatsapp`, `email` or `web`
    channel: &'static str,
    #[serde(flatten)]
    sums: SumsAnswer,
}

impl CostsAnswer {
    pub(super) fn new(stats: &Stats) -> Self {
        let day = UtcDay::of(stats.at);
        Self {
            today: PeriodAnswer::new(day, &today(stats)),
            this_month: PeriodAnswer::new(day.first_of_month(), &month(stats)),
        }
    }
}

impl PeriodAnswer {
    fn new(from: UtcDay, lines: &[Line]) -> Self {
        let mut in_all: BTreeMap<Currency, CostSums> = BTreeMap::new();
        let mut by_channel = Vec::new();
        let mut unpriced = BTreeMap::new();
        for line in lines {
            match line.currency {
                Some(currency) => {
                    in_all.entry(currency).or_default().add(line.sums);
                    by_channel.push(ChannelSumsAnswer {
                        channel: line.channel.as_str(),
                        sums: SumsAnswer::new(currency, line.sums),
                    });
                }
                None => {
                    unpriced.insert(line.channel.as_str(), line.sums.awaiting_attempts);
                }
            }
        }
        Self {
            from: from.to_string(),
            in_all: in_all
                .into_iter()
                .map(|(currency, sums)| SumsAnswer::new(currency, sums))
                .collect(),
            by_channel,
            unpriced,
        }
    }
}

impl SumsAnswer {
    fn new(currency: Currency, sums: CostSums) -> Self {
        let amount = |micros| Money::from_micros(micros, currency).amount();
        Self {
            currency: currency.to_string(),
            total: amount(sums.charged.saturating_add(sums.awaiting)),
            charged: amount(sums.charged),
            charged_messages: sums.charged_attempts,
            awaiting: amount(sums.awaiting),
            awaiting_messages: sums.awaiting_attempts,
            estimated: amount(sums.estimated),
        }
    }
}
