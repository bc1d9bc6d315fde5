//! What was sent, or what it cost, day by day: as a picture for those who look and a table for those who read.

use domain::{Channel, Currency, Money, UtcDay};
use store::costs::{CostKey, CostSums};

use super::shown;

/// How many days are shown, today included.
pub(super) const DAYS: i64 = 14;

/// The picture's height, and the width of a day in it, in its own units.
const HEIGHT: i64 = 96;
const STEP: i64 = 24;
const BAR: i64 = 16;

/// A piece of a bar: one channel on one day.
pub(super) struct Piece {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) height: i64,
    pub(super) channel: &'static str,
}

/// A day as a line of the table.
pub(super) struct Day {
    pub(super) date: String,
    /// In the order of the channels.
    pub(super) cells: Vec<String>,
}

/// Messages of the last days.
pub(super) struct Volume {
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) bar: i64,
    pub(super) pieces: Vec<Piece>,
    pub(super) days: Vec<Day>,
    /// Channels that were used: a class and a name.
    pub(super) channels: Vec<(&'static str, &'static str)>,
    pub(super) most: i64,
}

/// Counts what was sent on each of the last days.
pub(super) fn volume(costs: &[(CostKey, CostSums)], today: UtcDay, days: i64) -> Volume {
    let sent = |day: UtcDay, channel: Channel| -> i64 {
        costs
            .iter()
            .filter(|(key, _)| key.day == day && key.channel == channel)
            .map(|(_, sums)| sums.attempts())
            .sum()
    };
    stacked(sent, |count| count.to_string(), today, days)
}

/// Adds up what was spent in a currency on each of the last days, in millionths: what was charged, or is estimated where
/// nothing was told yet.
pub(super) fn spent(
    costs: &[(CostKey, CostSums)],
    currency: Currency,
    today: UtcDay,
    days: i64,
) -> Volume {
    let sum = |day: UtcDay, channel: Channel| -> i64 {
        costs
            .iter()
            .filter(|(key, _)| {
                key.day == day && key.channel == channel && key.currency == Some(currency)
            })
            .map(|(_, sums)| sums.charged + sums.awaiting)
            .sum()
    };
    let write = |micros| Money::from_micros(micros, currency).amount();
    stacked(sum, write, today, days)
}

/// A bar for each of the last days, of a piece for each channel.
fn stacked(
    sent: impl Fn(UtcDay, Channel) -> i64,
    write: impl Fn(i64) -> String,
    today: UtcDay,
    span: i64,
) -> Volume {
    let days: Vec<UtcDay> = (0..span)
        .map(|n| UtcDay::from_number(today.number() - (span - 1) + n))
        .collect();
    let used: Vec<Channel> = Channel::ALL
        .iter()
        .copied()
        .filter(|channel| days.iter().any(|day| sent(*day, *channel) > 0))
        .collect();
    let total = |day: &UtcDay| -> i64 { used.iter().map(|channel| sent(*day, *channel)).sum() };
    let most = days.iter().map(total).max().unwrap_or(0);
    let mut pieces = Vec::new();
    let mut x = 0;
    for day in &days {
        let mut y = HEIGHT;
        for channel in &used {
            let count = sent(*day, *channel);
            // One message is seen, too.
            let height = if count == 0 {
                0
            } else {
                (count.saturating_mul(HEIGHT) / most.max(1)).max(1)
            };
            y -= height;
            if height > 0 {
                pieces.push(Piece {
                    x,
                    y: y.max(0),
                    height,
                    channel: channel.as_str(),
                });
            }
        }
        x += STEP;
    }
    Volume {
        width: STEP * span,
        height: HEIGHT,
        bar: BAR,
        pieces,
        days: days
            .iter()
            .map(|day| {
                let counts = used.iter().map(|channel| sent(*day, *channel));
                Day {
                    date: day.to_string(),
                    cells: counts.map(&write).collect(),
                }
            })
            .collect(),
        channels: used
            .iter()
            .map(|channel| (channel.as_str(), shown::channel(*channel)))
            .collect(),
        most,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(day: i64, channel: Channel, count: i64) -> (CostKey, CostSums) {
        let key = CostKey {
            day: UtcDay::from_number(day),
            channel,
            currency: None,
        };
        let sums = CostSums {
            awaiting_attempts: count,
            ..CostSums::default()
        };
        (key, sums)
    }

    #[test]
    fn the_fullest_day_fills_the_height_and_one_message_is_seen() {
        let costs = [
            of(100, Channel::Sms, 600),
            of(100, Channel::Whatsapp, 400),
            of(99, Channel::Sms, 1),
            of(80, Channel::Email, 9),
        ];
        let volume = volume(&costs, UtcDay::from_number(100), DAYS);
        assert_eq!(volume.most, 1_000);
        assert_eq!(volume.days.len(), 14);
        assert_eq!(volume.channels, [("sms", "SMS"), ("whatsapp", "WhatsApp")]);
        let heights: Vec<i64> = volume.pieces.iter().map(|piece| piece.height).collect();
        assert_eq!(heights, [1, 57, 38]);
        let last = volume.days.last().map(|day| day.cells.join(" "));
        assert_eq!(last.as_deref(), Some("600 400"));
    }

    #[test]
    fn what_is_spent_is_told_apart_by_currency_and_counts_what_is_not_charged_yet() {
        let dollars = |charged: i64, awaiting: i64| {
            let (mut key, mut sums) = of(100, Channel::Sms, 1);
            key.currency = Some(Currency::USD);
            sums.charged = charged;
            sums.awaiting = awaiting;
            (key, sums)
        };
        let costs = [
            dollars(7_500, 0),
            dollars(0, 8_300),
            of(100, Channel::Sms, 9),
        ];
        let today = UtcDay::from_number(100);
        let spent = spent(&costs, Currency::USD, today, 30);
        assert_eq!((spent.most, spent.days.len()), (15_800, 30));
    }

    #[test]
    fn nothing_sent_is_an_empty_picture() {
        let volume = volume(&[], UtcDay::from_number(100), DAYS);
        assert!(volume.pieces.is_empty() && volume.channels.is_empty());
    }
}
