//! Up to when the occurrences of our shards were looked through for missed ones: what was kept of it, and which dates are
//! open since (docs/decisions/0043). Nothing is asked and nothing written here.

use std::collections::BTreeMap;

use domain::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use policy::schedule::GRACE;
use store::{Epoch, Shard, Shards};

/// How many days back it is looked for missed ones.
const DAYS_BACK: i32 = 7;

/// Where a date ends last.
const LAST_ZONE: Offset = Offset::constant(-12);

/// What this process knows of the shards it has. That everything which was over at an instant was looked through stays
/// true whoever has a shard meanwhile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked {
    epoch: Option<Epoch>,
    /// `None`: never.
    to: BTreeMap<Shard, Option<Timestamp>>,
}

impl Checked {
    /// Those of our shards of which it is not known; the others are forgotten.
    pub(super) fn unknown(&mut self, epoch: Epoch, ours: Shards) -> Shards {
        if self.epoch.replace(epoch) != Some(epoch) {
            self.to.clear();
        }
        self.to.retain(|shard, _| ours.contains(*shard));
        let unknown = ours.iter().filter(|shard| !self.to.contains_key(shard));
        unknown.fold(Shards::NONE, Shards::with)
    }

    /// Those of which it is known.
    pub(super) fn known(&self) -> Shards {
        self.to.keys().copied().fold(Shards::NONE, Shards::with)
    }

    /// What was kept of these; of whom nothing was is looked at for the first time.
    pub(super) fn learn(&mut self, shards: Shards, kept: &[(Shard, Timestamp)]) {
        for shard in shards.iter() {
            let found = kept.iter().find(|(kept, _)| *kept == shard);
            self.to.insert(shard, found.map(|(_, to)| *to));
        }
    }

    /// These were looked through.
    pub(super) fn are_through(&mut self, shards: Shards, to: Timestamp) {
        self.to.extend(shards.iter().map(|shard| (shard, Some(to))));
    }

    /// The dates of a zone that are over and were not looked through, each with the shards of which they were not.
    pub(super) fn open(&self, time_zone: &TimeZone, now: Timestamp) -> BTreeMap<Date, Shards> {
        let mut since: BTreeMap<Option<Timestamp>, Shards> = BTreeMap::new();
        for (shard, to) in &self.to {
            // An instant to come is of a clock that was set back: it is not believed. Within the grace it does no harm,
            // as whoever joined meanwhile has nothing that was over then.
            let to = to.filter(|to| *to <= now + GRACE);
            let shards = since.entry(to).or_default();
            *shards = shards.with(*shard);
        }
        let mut open: BTreeMap<Date, Shards> = BTreeMap::new();
        for (since, shards) in since {
            for date in open_since(time_zone, since, now) {
                let of_date = open.entry(date).or_default();
                *of_date = of_date.and(shards);
            }
        }
        open
    }
}

/// The dates that came to be over since an instant: each once when it is over in its zone, and once more when it is over
/// everywhere. By then nobody can bring an occurrence of it along from a zone where it lasted longer.
fn open_since(
    time_zone: &TimeZone,
    since: Option<Timestamp>,
    now: Timestamp,
) -> impl Iterator<Item = Date> {
    let everywhere = TimeZone::fixed(LAST_ZONE);
    let (last, last_everywhere) = (last_over(time_zone, now), last_over(&everywhere, now));
    let back = (0..DAYS_BACK).rev();
    let dates = back.filter_map(move |days| last?.checked_sub(days.days()).ok());
    let looked = since.map(|since| (last_over(time_zone, since), last_over(&everywhere, since)));
    dates.filter(move |date| {
        looked.is_none_or(|(here, everywhere)| {
            let date = Some(*date);
            date > here || (date > everywhere && date <= last_everywhere)
        })
    })
}

/// The last local date whose latest occurrence is too old to be caught up.
fn last_over(time_zone: &TimeZone, now: Timestamp) -> Option<Date> {
    let over = (now - GRACE).to_jiff().to_zoned(time_zone.clone()).date();
    over.yesterday().ok()
}

#[cfg(test)]
mod tests {
    use domain::{Seconds, Timestamp};
    use jiff::civil::Date;
    use jiff::tz::TimeZone;
    use policy::schedule::zone;
    use store::{Epoch, Shard, Shards};

    use super::{Checked, open_since};

    const HOUR: u32 = 3_600;
    const DAY: u32 = 24 * HOUR;

    /// A Thursday, 26 November 2026, at this hour UTC.
    fn thursday(hour: u32) -> Timestamp {
        Timestamp::from_seconds(1_795_651_200) + Seconds::new(hour * HOUR)
    }

    fn november(day: i8) -> Date {
        jiff::civil::date(2026, 11, day)
    }

    fn in_zone(name: &str) -> TimeZone {
        zone(name).expect("a zone")
    }

    fn days(time_zone: &str, since: Option<Timestamp>, now: Timestamp) -> Vec<i8> {
        open_since(&in_zone(time_zone), since, now)
            .map(Date::day)
            .collect()
    }

    fn first(count: u8) -> Shards {
        (0..count)
            .filter_map(Shard::new)
            .fold(Shards::NONE, Shards::with)
    }

    #[test]
    fn what_was_never_looked_at_is_for_a_week() {
        let none: [i8; 0] = [];
        assert_eq!(days("UTC", None, thursday(4)), [19, 20, 21, 22, 23, 24, 25]);
        assert_eq!(days("UTC", None, thursday(3)), [18, 19, 20, 21, 22, 23, 24]);
        // Ten days away are a week, too.
        let long_ago = thursday(5) - Seconds::new(10 * DAY);
        assert_eq!(days("UTC", Some(long_ago), thursday(5)).len(), 7);
        assert_eq!(days("UTC", Some(thursday(5)), thursday(6)), none);
    }

    #[test]
    fn a_date_is_open_when_it_is_over_in_its_zone_and_again_when_it_is_everywhere() {
        for (time_zone, over_at) in [
            ("Pacific/Kiritimati", 14),
            ("Asia/Tokyo", 19),
            ("UTC", 28),
            ("America/New_York", 33),
        ] {
            let (before, after) = (thursday(over_at - 1), thursday(over_at));
            assert!(!days(time_zone, Some(before - Seconds::new(HOUR)), before).contains(&26));
            assert_eq!(days(time_zone, Some(before), after), [26], "{time_zone}");
            assert!(!days(time_zone, Some(after), after + Seconds::new(HOUR)).contains(&26));
            // Thursday has its end in the last zone at noon of Friday, UTC.
            assert_eq!(
                days(time_zone, Some(thursday(39)), thursday(40)),
                [26],
                "{time_zone}"
            );
        }
        assert_eq!(days("Etc/GMT+12", Some(thursday(39)), thursday(40)), [26]);
    }

    #[test]
    fn whoever_goes_east_over_a_date_is_found_where_they_are_now() {
        // Thursday afternoon in Honolulu, and Friday morning in Tokyo: Thursday is over there, and was looked through.
        let moved = thursday(24);
        assert!(days("Asia/Tokyo", Some(thursday(10)), moved).contains(&26));
        let until = moved + Seconds::new(16 * HOUR);
        assert!(days("Asia/Tokyo", Some(moved), until).contains(&26));
    }

    #[test]
    fn whoever_goes_west_has_their_date_looked_through_when_it_is_over_there() {
        let moved = thursday(24);
        let over_there = thursday(24 + 10 + 4);
        assert!(days("Pacific/Honolulu", Some(moved), over_there).contains(&26));
    }

    #[test]
    fn each_shard_is_open_since_it_was_looked_through() {
        let mut checked = Checked::default();
        assert_eq!(checked.unknown(Epoch(1), first(3)), first(3));
        let kept = [
            (Shard::new(0).expect("a shard"), thursday(5)),
            (
                Shard::new(1).expect("a shard"),
                thursday(5) - Seconds::new(DAY),
            ),
        ];
        checked.learn(first(3), &kept);
        let utc = in_zone("UTC");
        let open = checked.open(&utc, thursday(6));
        assert_eq!(open.len(), 7);
        assert_eq!(open.get(&november(25)), Some(&first(3).without(first(1))));
        // It was over everywhere meanwhile.
        assert_eq!(open.get(&november(24)), Some(&first(3).without(first(1))));
        assert_eq!(open.get(&november(23)), Some(&first(3).without(first(2))));
        checked.are_through(first(3), thursday(6));
        assert_eq!(checked.open(&utc, thursday(7)).len(), 0);
    }

    #[test]
    fn what_is_somebody_elses_is_forgotten_and_another_life_knows_nothing() {
        let mut checked = Checked::default();
        checked.unknown(Epoch(1), first(3));
        checked.are_through(first(3), thursday(5));
        assert_eq!(checked.unknown(Epoch(1), first(2)), Shards::NONE);
        assert_eq!(
            checked.unknown(Epoch(1), first(3)),
            first(3).without(first(2))
        );
        assert_eq!(checked.unknown(Epoch(2), first(3)), first(3));
    }

    #[test]
    fn an_instant_far_ahead_is_not_believed_and_one_within_the_grace_is() {
        let utc = in_zone("UTC");
        for (ahead, open) in [(4 * HOUR, 0), (4 * HOUR + 1, 7), (400 * DAY, 7)] {
            let mut checked = Checked::default();
            checked.unknown(Epoch(1), first(1));
            checked.learn(
                first(1),
                &[(
                    Shard::new(0).expect("a shard"),
                    thursday(6) + Seconds::new(ahead),
                )],
            );
            assert_eq!(checked.open(&utc, thursday(6)).len(), open, "{ahead}");
            // Once looked through, it is again.
            checked.are_through(first(1), thursday(6));
            assert_eq!(checked.open(&utc, thursday(6)).len(), 0);
        }
    }
}
