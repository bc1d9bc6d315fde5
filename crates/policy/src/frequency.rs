//! Frequency caps: how many messages of a kind a member gets within a moving span of time (DESIGN 4.1). What answers the
//! member is never capped, and what is urgent goes in spite of it. A message that goes on by another channel was
//! counted with the first of its chain (docs/decisions/0026).

use std::fmt;
use std::str::FromStr;

use domain::{Kind, Seconds, Timestamp};

const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

/// The longest span; stores keep what was counted a little longer.
pub const LONGEST: Seconds = Seconds::new(31 * DAY);

/// So many within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// How many, at least one.
    pub most: u32,
    /// Within how long.
    pub within: Seconds,
}

impl Cap {
    /// Within how many hours.
    pub fn hours(self) -> u32 {
        let hours = self.within.as_micros() / Seconds::new(HOUR).as_micros();
        u32::try_from(hours).unwrap_or(u32::MAX)
    }
}

/// The caps of all kinds. A kind may have several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    of: Vec<(Kind, Cap)>,
}

impl Caps {
    /// None.
    pub const OFF: Self = Self { of: Vec::new() };

    /// Whether any kind has one.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Those of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = Cap> {
        let of = self.of.iter().filter(move |(capped, _)| *capped == kind);
        of.map(|(_, cap)| *cap)
    }

    /// Since when messages of this kind count; `None` where it has no cap.
    pub fn since(&self, kind: Kind, now: Timestamp) -> Option<Timestamp> {
        self.of(kind).map(|cap| now - cap.within).min()
    }

    /// When there is room for one more of this kind, where there is none now. `counted` are the instants at which others
    /// of it went to the member, in any order.
    pub fn room_at(&self, kind: Kind, counted: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
        self.of(kind)
            .filter_map(|cap| {
                let mut within: Vec<Timestamp> = counted
                    .iter()
                    .copied()
                    .filter(|at| *at > now - cap.within)
                    .collect();
                let most = usize::try_from(cap.most).unwrap_or(usize::MAX);
                // As many have to grow old as are there beyond one less than the most.
                let old = within.len().checked_sub(most)?;
                within.sort_unstable();
                within.get(old).map(|at| *at + cap.within)
            })
            .max()
    }
}

/// Whether messages of this kind can be capped: those that nobody is waiting for and that say something of their own.
pub const fn may_be_capped(kind: Kind) -> bool {
    match kind {
        Kind::DailyWorkout
        | Kind::WeeklyCheckin
        | Kind::Welcome
        | Kind::SubscriptionReminder
        | Kind::System
        | Kind::Broadcast => true,
        Kind::ChatReply
        | Kind::KeywordReply
        | Kind::LoginCode
        | Kind::ConsentRequest
        | Kind::Knock => false,
    }
}

/// What somebody wrote is no cap.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCap {
    /// Not of the form `kind:count/span`.
    #[error("`{0}` is no cap")]
    Form(String),
    /// The kind is never capped.
    #[error("messages of kind {0} are never capped")]
    Kind(Kind),
}

impl FromStr for Caps {
    type Err = NoCap;

    /// `broadcast:4/1d, daily_workout:2/1d`, or `off`. A span is whole hours (`12h`) or days (`7d`), at most 31 days.
    fn from_str(text: &str) -> Result<Self, NoCap> {
        let mut caps = Self::OFF;
        if text.trim().eq_ignore_ascii_case("off") {
            return Ok(caps);
        }
        for part in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let (kind, cap) =
                read(part).ok_or_else(|| NoCap::Form(part.chars().take(40).collect()))?;
            if !may_be_capped(kind) {
                return Err(NoCap::Kind(kind));
            }
            caps.of.push((kind, cap));
        }
        Ok(caps)
    }
}

fn read(part: &str) -> Option<(Kind, Cap)> {
    let (kind, rule) = part.split_once(':')?;
    let (most, span) = rule.split_once('/')?;
    let span = span.trim();
    let (count, unit) = span.split_at_checked(span.len().checked_sub(1)?)?;
    let unit = match unit {
        "h" => HOUR,
        "d" => DAY,
        _ => return None,
    };
    let within = Seconds::new(count.parse::<u32>().ok()?.checked_mul(unit)?);
    let most = most.trim().parse().ok().filter(|most| *most > 0)?;
    let fits = within > Seconds::new(0) && within <= LONGEST;
    fits.then_some(())?;
    Some((kind.trim().parse().ok()?, Cap { most, within }))
}

impl fmt::Display for Caps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of.is_empty() {
            return f.write_str("off");
        }
        for (at, (kind, cap)) in self.of.iter().enumerate() {
            let (most, hours) = (cap.most, cap.hours());
            let comma = if at == 0 { "" } else { ", " };
            if hours % 24 == 0 {
                write!(f, "{comma}{kind}:{most}/{}d", hours / 24)?;
            } else {
                write!(f, "{comma}{kind}:{most}/{hours}h")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

    fn ago(hours: &[u32]) -> Vec<Timestamp> {
        let at = |hours: &u32| NOW - Seconds::new(hours * HOUR);
        hours.iter().map(at).collect()
    }

    #[test]
    fn caps_are_read_and_written_alike() {
        for (text, written) in [
            ("off", "off"),
            ("", "off"),
            (" Off ", "off"),
            ("broadcast:4/1d", "broadcast:4/1d"),
            (
                "broadcast: 4 / 24h,broadcast:9/7d ,welcome:1/5h",
                "broadcast:4/1d, broadcast:9/7d, welcome:1/5h",
            ),
        ] {
            assert_eq!(text.parse::<Caps>().unwrap().to_string(), written, "{text}");
        }
        for text in [
            "4/1d",
            "broadcast",
            "broadcast:4",
            "broadcast:/1d",
            "broadcast:0/1d",
            "broadcast:4/0d",
            "broadcast:4/32d",
            "broadcast:4/d",
            "broadcast:4/",
            "broadcast:-1/1d",
            "broadcast:4/1w",
            "nobody:4/1d",
            "broadcast:4/1é",
            "broadcast:4/99999999999d",
        ] {
            assert!(
                matches!(text.parse::<Caps>(), Err(NoCap::Form(_))),
                "{text}"
            );
        }
        for kind in Kind::ALL.iter().filter(|kind| !may_be_capped(**kind)) {
            assert_eq!(
                format!("{kind}:4/1d").parse::<Caps>(),
                Err(NoCap::Kind(*kind))
            );
        }
    }

    #[test]
    fn room_is_there_when_enough_of_them_are_old() {
        let caps: Caps = "broadcast:2/1d, broadcast:3/7d".parse().unwrap();
        let room = |hours: &[u32]| caps.room_at(Kind::Broadcast, &ago(hours), NOW);
        let in_hours = |hours: u32| Some(NOW + Seconds::new(hours * HOUR));
        assert_eq!(room(&[]), None);
        assert_eq!(room(&[1]), None);
        assert_eq!(room(&[1, 24]), None, "a day ago is over");
        assert_eq!(room(&[1, 23]), in_hours(1));
        assert_eq!(room(&[23, 1]), in_hours(1), "in any order");
        // More than the cap, as when it was lowered: all but one must be old.
        assert_eq!(room(&[1, 2, 23]), in_hours(6 * 24 + 1));
        // The week's cap is the later one.
        assert_eq!(room(&[1, 23, 100]), in_hours(7 * 24 - 100));
        assert_eq!(room(&[30, 40, 100]), in_hours(7 * 24 - 100));
        assert_eq!(
            caps.room_at(Kind::DailyWorkout, &ago(&[1, 1, 1]), NOW),
            None
        );
        assert_eq!(
            caps.since(Kind::Broadcast, NOW),
            Some(NOW - Seconds::new(7 * DAY))
        );
        assert_eq!(caps.since(Kind::Welcome, NOW), None);
    }
}
