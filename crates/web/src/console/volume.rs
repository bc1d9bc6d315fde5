//! What was sent, what it cost, or what became of it, day by day: as a picture for those who look and a table for those who
//! read.

use domain::{Channel, Currency, Money, UtcDay};
use store::activity::{ActivityKey, Happening};
use store::costs::{CostKey, CostSums};

use super::shown;

/// How many days are shown, today included.
pub(super) const DAYS: i64 = 14;

/// The picture's height, and the width of a day in it, in its own units.
const HEIGHT: i64 = 96;
const STEP: i64 = 24;
const BAR: i64 = 16;

/// A part of each bar: its class, and what it is called.
type Part = (&'static str, &'static str);

/// A piece of a bar: one part on one day.
pub(super) struct Piece {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) height: i64,
    pub(super) class: &'static str,
}

/// A day as a line of the table.
pub(super) struct Day {
    pub(super) date: String,
    /// In the order of the parts.
    pub(super) cells: Vec<String>,
}

/// Messages of the last days.
pub(super) struct Volume {
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) bar: i64,
    pub(super) pieces: Vec<Piece>,
    pub(super) days: Vec<Day>,
    /// Parts that occur.
    pub(super) parts: Vec<Part>,
    pub(super) most: i64,
}

/// Every channel is a part.
fn by_channel() -> Vec<(Channel, Part)> {
    let all = Channel::ALL.iter().copied();
    all.map(|one| (one, (one.as_str(), shown::channel(one))))
        .collect()
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
    stacked(&by_channel(), sent, |count| count.to_string(), today, days)
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
    stacked(&by_channel(), sum, write, today, days)
}

/// Counts what arrived and was read, what only arrived, and what failed on each of the last days.
pub(super) fn outcomes(activity: &[(ActivityKey, i64)], today: UtcDay, days: i64) -> Volume {
    let happened = |day: UtcDay, what: Happening| -> i64 {
        activity
            .iter()
            .filter(|(key, _)| key.what == what && key.hour.div_euclid(24) == day.number())
            .map(|(_, count)| count)
            .sum()
    };
    let count = |day: UtcDay, what: Happening| match what {
        // What is read today may have arrived yesterday.
        Happening::Arrived => (happened(day, what) - happened(day, Happening::Read)).max(0),
        other => happened(day, other),
    };
    let parts = [
        (Happening::Read, ("read", "Read")),
        (Happening::Arrived, ("arrived", "Arrived, not read")),
        (Happening::Failed, ("failed", "Failed")),
    ];
    stacked(&parts, count, |count| count.to_string(), today, days)
}

/// Counts what members wrote on each of the last days, by channel.
pub(super) fn heard(activity: &[(ActivityKey, i64)], today: UtcDay, days: i64) -> Volume {
    let count = |day: UtcDay, channel: Channel| -> i64 {
        activity
            .iter()
            .filter(|(key, _)| key.what == Happening::Heard && key.channel == Some(channel))
            .filter(|(key, _)| key.hour.div_euclid(24) == day.number())
            .map(|(_, count)| count)
            .sum()
    };
    stacked(&by_channel(), count, |count| count.to_string(), today, days)
}

/// A bar for each of the last days, of a piece for each part.
fn stacked<T: Copy>(
    parts: &[(T, Part)],
    count: impl Fn(UtcDay, T) -> i64,
    write: impl Fn(i64) -> String,
    today: UtcDay,
    span: i64,
) -> Volume {
    let days: Vec<UtcDay> = (0..span)
        .map(|n| UtcDay::from_number(today.number() - (span - 1) + n))
        .collect();
    let counts: Vec<Vec<i64>> = days
        .iter()
        .map(|day| parts.iter().map(|(key, _)| count(*day, *key)).collect())
        .collect();
    let occurs = |at: usize| counts.iter().any(|day| day.get(at) > Some(&0));
    let used: Vec<(usize, Part)> = parts
        .iter()
        .enumerate()
        .filter(|(at, _)| occurs(*at))
        .map(|(at, (_, part))| (at, *part))
        .collect();
    let most = counts.iter().map(|day| day.iter().sum()).max().unwrap_or(0);
    let mut pieces = Vec::new();
    let mut lines = Vec::with_capacity(days.len());
    let mut x = 0;
    for (day, counts) in days.iter().zip(&counts) {
        let mut y = HEIGHT;
        let mut cells = Vec::with_capacity(used.len());
        for (at, (class, _)) in &used {
            let count = counts.get(*at).copied().unwrap_or(0);
            cells.push(write(count));
            if count <= 0 {
                continue;
            }
            // One message is seen, too.
            let height = (count.saturating_mul(HEIGHT) / most.max(1)).max(1);
            y -= height;
            pieces.push(Piece {
                x,
                y: y.max(0),
                height,
                class,
            });
        }
        lines.push(Day {
            date: day.to_string(),
            cells,
        });
        x += STEP;
    }
    Volume {
        width: STEP * span,
        height: HEIGHT,
        bar: BAR,
        pieces,
        days: lines,
        parts: used.into_iter().map(|(_, part)| part).collect(),
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
        assert_eq!(volume.parts, [("sms", "SMS"), ("whatsapp", "WhatsApp")]);
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
    fn what_is_read_is_not_counted_again_as_arrived() {
        let of = |hour, what, count| {
            let key = ActivityKey {
                hour,
                channel: Some(Channel::Sms),
                what,
            };
            (key, count)
        };
        let activity = [
            of(2_400, Happening::Arrived, 5),
            of(2_401, Happening::Read, 3),
            of(2_423, Happening::Failed, 1),
            of(2_424, Happening::Read, 2),
            of(2_399, Happening::Heard, 7),
        ];
        let outcomes = outcomes(&activity, UtcDay::from_number(101), 3);
        let cells: Vec<String> = outcomes
            .days
            .iter()
            .map(|day| day.cells.join(" "))
            .collect();
        assert_eq!(cells, ["0 0 0", "3 2 1", "2 0 0"]);
        assert_eq!(outcomes.most, 6);
        let heard = heard(&activity, UtcDay::from_number(101), 3);
        assert_eq!(heard.most, 7);
    }

    #[test]
    fn nothing_sent_is_an_empty_picture() {
        let volume = volume(&[], UtcDay::from_number(100), DAYS);
        assert!(volume.pieces.is_empty() && volume.parts.is_empty());
    }
}
