//! At which hours of which days something happens.

use domain::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use store::activity::{ActivityKey, Happening, hour_of};

/// How many hours are looked back: whole weeks, so that each day of the week counts alike.
const LOOKED_BACK: i64 = 28 * 24;

/// How many shades there are, besides none.
const SHADES: i64 = 5;

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Mon"),
    (Weekday::Tuesday, "Tue"),
    (Weekday::Wednesday, "Wed"),
    (Weekday::Thursday, "Thu"),
    (Weekday::Friday, "Fri"),
    (Weekday::Saturday, "Sat"),
    (Weekday::Sunday, "Sun"),
];

/// An hour of a day of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) count: i64,
    /// 0 is nothing, 5 the fullest.
    pub(super) level: i64,
}

/// A day of the week.
pub(super) struct Day {
    pub(super) name: &'static str,
    pub(super) cells: [Cell; 24],
}

/// A week of hours.
pub(super) struct Map {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) most: i64,
    pub(super) days: Vec<Day>,
}

/// The last four weeks of something, by the hours of a time zone.
pub(super) fn map(
    activity: &[(ActivityKey, i64)],
    what: Happening,
    id: &'static str,
    now: Timestamp,
    zone: &TimeZone,
) -> Map {
    let first = hour_of(now) - LOOKED_BACK;
    let mut days: Vec<Day> = DAYS
        .iter()
        .map(|(_, name)| Day {
            name,
            cells: [Cell::default(); 24],
        })
        .collect();
    for (key, count) in activity.iter().filter(|(key, _)| key.what == what) {
        if key.hour <= first {
            continue;
        }
        let at = Timestamp::from_seconds(key.hour * 3_600).to_jiff();
        let local = at.to_zoned(zone.clone());
        let day = DAYS.iter().position(|(day, _)| *day == local.weekday());
        let hour = usize::try_from(local.hour()).unwrap_or(0);
        let day = day.and_then(|at| days.get_mut(at));
        if let Some(cell) = day.and_then(|day| day.cells.get_mut(hour)) {
            cell.count += count;
        }
    }
    let cells = days.iter().flat_map(|day| &day.cells);
    let most = cells.map(|cell| cell.count).max().unwrap_or(0);
    for cell in days.iter_mut().flat_map(|day| &mut day.cells) {
        // The least that happened is seen, too.
        cell.level = ((cell.count * SHADES + most - 1) / most.max(1)).max(0);
    }
    Map {
        id,
        title: match what {
            Happening::Heard => "When members write",
            Happening::Read => "When messages are read",
            Happening::Arrived => "When messages arrive",
            Happening::Failed => "When messages fail",
            Happening::Withheld => "When messages are withheld",
        },
        most,
        days,
    }
}

#[cfg(test)]
mod tests {
    use domain::Channel;

    use super::*;

    fn at(time: &str) -> Timestamp {
        let at: jiff::Timestamp = time.parse().unwrap();
        Timestamp::from_seconds(at.as_second())
    }

    fn heard(time: &str, count: i64) -> (ActivityKey, i64) {
        let key = ActivityKey {
            hour: hour_of(at(time)),
            channel: Some(Channel::Sms),
            what: Happening::Heard,
        };
        (key, count)
    }

    #[test]
    fn hours_are_those_of_the_zone_and_only_four_weeks_count() {
        let activity = [
            heard("2026-11-23T05:00:00Z", 9),
            heard("2026-11-16T05:00:00Z", 1),
            heard("2026-11-24T13:00:00Z", 1),
            heard("2026-10-01T13:00:00Z", 50),
        ];
        let chicago = TimeZone::get("America/Chicago").unwrap();
        let now = at("2026-11-28T12:00:00Z");
        let map = map(&activity, Happening::Heard, "hours", now, &chicago);
        assert_eq!(map.most, 10);
        let cell = |day: usize, hour: usize| map.days[day].cells[hour];
        // Five in the morning in UTC on a Monday is eleven on Sunday night in Chicago.
        assert_eq!(
            (map.days[6].name, cell(6, 23).count, cell(6, 23).level),
            ("Sun", 10, 5)
        );
        assert_eq!((cell(1, 7).count, cell(1, 7).level), (1, 1));
        assert_eq!(cell(0, 5), Cell::default());
    }

    #[test]
    fn nothing_has_no_shade() {
        let map = map(
            &[],
            Happening::Read,
            "hours",
            at("2026-11-28T12:00:00Z"),
            &TimeZone::UTC,
        );
        assert_eq!(map.most, 0);
        assert!(
            map.days
                .iter()
                .flat_map(|day| &day.cells)
                .all(|cell| cell.level == 0)
        );
    }
}
