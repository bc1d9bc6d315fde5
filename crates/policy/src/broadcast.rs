//! The same words to many: what may happen to a broadcast and when, when a message of it goes, and whether a stage went
//! well enough for the next one (docs/decisions/0032).

use domain::broadcast::{Past, Stages, When};
use domain::{BroadcastState as State, Seconds, Timestamp};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// What happens to a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody changes what it is to be.
    Edit,
    /// Somebody starts it; it is due now, or later.
    Start {
        /// Whether its time has come.
        is_due: bool,
    },
    /// Its time has come.
    Due,
    /// All messages of a stage that is not the last are made.
    StageMade,
    /// The next stage begins: somebody said so, or its time has come.
    GoOn,
    /// Everything is made, and nothing waits any more.
    Over,
    /// It is to stop for now.
    Pause,
    /// It is to go on.
    Resume,
    /// Somebody takes it back.
    Cancel,
}

impl Event {
    /// What is asked for, as a verb.
    const fn verb(self) -> &'static str {
        match self {
            Self::Edit => "edited",
            Self::Start { .. } | Self::Due => "started",
            Self::StageMade | Self::GoOn => "taken to its next stage",
            Self::Over => "finished",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Cancel => "cancelled",
        }
    }
}

/// Why something does not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a broadcast that is {state} cannot be {}", event.verb())]
pub struct Refused {
    /// How it stands.
    pub state: State,
    /// What was asked for.
    pub event: Event,
}

/// How a broadcast stands after an event. `held` is what a pause goes back to.
pub fn after(state: State, held: Option<State>, event: Event) -> Result<State, Refused> {
    use State::{Cancelled, Draft, Finished, Paused, Running, Scheduled, Waiting};
    Ok(match (state, event) {
        (Draft, Event::Edit) => Draft,
        (Draft, Event::Start { is_due: false }) => Scheduled,
        (Draft, Event::Start { is_due: true })
        | (Scheduled, Event::Due)
        | (Waiting, Event::GoOn) => Running,
        (Running, Event::StageMade) => Waiting,
        (Running, Event::Over) => Finished,
        (Scheduled | Running | Waiting, Event::Pause) => Paused,
        (Paused, Event::Resume) => held.unwrap_or(Running),
        (Draft | Scheduled | Running | Waiting | Paused, Event::Cancel) => Cancelled,
        (Draft | Scheduled | Running | Waiting | Paused | Finished | Cancelled, event) => {
            return Err(Refused { state, event });
        }
    })
}

/// How late a message may be made for a local time and still count as in time: taking the audience takes a while.
const LATE: Seconds = Seconds::new(3_600);

/// The first place on earth where a day begins: fourteen hours before UTC.
fn earliest(time: DateTime) -> Option<Timestamp> {
    let zone = TimeZone::fixed(Offset::constant(14));
    let at = time.to_zoned(zone).ok()?;
    Some(Timestamp::from_jiff(at.timestamp()))
}

/// When the first message of a broadcast that is started now may be made.
pub fn starts_at(when: &When, now: Timestamp) -> Timestamp {
    match when {
        When::Now => now,
        When::At(at) => (*at).max(now),
        When::Local { time, .. } => earliest(*time).unwrap_or(now).max(now),
    }
}

/// When the message for one member goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// At once.
    Now,
    /// Not before this instant.
    At(Timestamp),
    /// It does not: its time is over where they live.
    Not,
}

/// When the message for somebody in this time zone goes that is made now. A time that the clocks jump over is taken as
/// after the jump, one that comes twice as the first (RFC 5545 3.3.5).
pub fn goes(when: &When, zone: &TimeZone, now: Timestamp) -> Goes {
    let When::Local { time, past } = when else {
        return Goes::Now;
    };
    let Ok(at) = time.to_zoned(zone.clone()) else {
        return Goes::Now;
    };
    let at = Timestamp::from_jiff(at.timestamp());
    match past {
        _ if at > now => Goes::At(at),
        Past::Skip if now > at + LATE => Goes::Not,
        Past::Skip | Past::Send => Goes::Now,
    }
}

/// What came of a stage so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageCounts {
    /// How many members it has.
    pub members: u64,
    /// Their message failed, or was not delivered.
    pub failed: u64,
    /// Their message was suppressed, or there was none for them.
    pub suppressed: u64,
    /// They answered with a stop.
    pub stops: u64,
}

impl StageCounts {
    /// Those that ended badly, each once as far as counts can tell.
    pub fn bad(&self) -> u64 {
        (self.failed + self.suppressed + self.stops).min(self.members)
    }
}

/// Why a stage is not followed by the next one by itself; `None` when it went well enough.
pub fn trouble(stages: &Stages, counts: StageCounts) -> Option<String> {
    let bad = counts.bad();
    let is_bad = bad * 100 > counts.members * u64::from(stages.bad_percent_max);
    is_bad.then(|| {
        format!(
            "{bad} of the {} of this stage ended badly, more than {} %: {} failed, {} were suppressed, {} said stop",
            counts.members, stages.bad_percent_max, counts.failed, counts.suppressed, counts.stops
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_happen_to_a_broadcast() {
        use State::{Cancelled, Draft, Finished, Paused, Running, Scheduled, Waiting};
        let now = Event::Start { is_due: true };
        let later = Event::Start { is_due: false };
        let table: &[(State, Event, Option<State>)] = &[
            (Draft, Event::Edit, Some(Draft)),
            (Draft, now, Some(Running)),
            (Draft, later, Some(Scheduled)),
            (Draft, Event::Pause, None),
            (Draft, Event::Cancel, Some(Cancelled)),
            (Scheduled, Event::Edit, None),
            (Scheduled, now, None),
            (Scheduled, Event::Due, Some(Running)),
            (Scheduled, Event::Pause, Some(Paused)),
            (Scheduled, Event::Cancel, Some(Cancelled)),
            (Running, Event::Edit, None),
            (Running, Event::StageMade, Some(Waiting)),
            (Running, Event::GoOn, None),
            (Running, Event::Pause, Some(Paused)),
            (Running, Event::Over, Some(Finished)),
            (Running, Event::Cancel, Some(Cancelled)),
            (Waiting, Event::GoOn, Some(Running)),
            (Waiting, Event::Over, None),
            (Waiting, Event::Pause, Some(Paused)),
            (Waiting, Event::Cancel, Some(Cancelled)),
            (Paused, Event::Pause, None),
            (Paused, Event::GoOn, None),
            (Paused, Event::Due, None),
            (Paused, Event::Resume, Some(Waiting)),
            (Paused, Event::Cancel, Some(Cancelled)),
            (Finished, Event::Cancel, None),
            (Finished, Event::Resume, None),
            (Cancelled, Event::Cancel, None),
            (Cancelled, now, None),
        ];
        for (state, event, expected) in table {
            let became = after(*state, Some(Waiting), *event).ok();
            assert_eq!(became, *expected, "{state} {event:?}");
        }
        let refused = after(Running, None, Event::Edit).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a broadcast that is running cannot be edited"
        );
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_jiff(text.parse().unwrap())
    }

    fn local(past: Past) -> When {
        When::Local {
            time: "2026-12-24T09:00:00".parse().unwrap(),
            past,
        }
    }

    #[test]
    fn a_local_time_is_each_members_own() {
        let zone = |name| TimeZone::get(name).unwrap();
        let when = local(Past::Skip);
        let made = at("2026-12-23T19:00:00Z");
        assert_eq!(starts_at(&when, at("2026-12-01T00:00:00Z")), made);
        for (name, goes_at) in [
            ("America/New_York", "2026-12-24T14:00:00Z"),
            ("Europe/Lisbon", "2026-12-24T09:00:00Z"),
            ("Asia/Tokyo", "2026-12-24T00:00:00Z"),
        ] {
            assert_eq!(goes(&when, &zone(name), made), Goes::At(at(goes_at)));
        }
        let noon = at("2026-12-24T12:00:00Z");
        for (past, name, expected) in [
            (Past::Skip, "Europe/Lisbon", Goes::Not),
            (Past::Send, "Europe/Lisbon", Goes::Now),
            (
                Past::Skip,
                "America/New_York",
                Goes::At(at("2026-12-24T14:00:00Z")),
            ),
        ] {
            assert_eq!(goes(&local(past), &zone(name), noon), expected, "{name}");
        }
        let just_over = at("2026-12-24T09:30:00Z");
        assert_eq!(goes(&when, &zone("Europe/Lisbon"), just_over), Goes::Now);
        assert_eq!(goes(&When::Now, &zone("Europe/Lisbon"), noon), Goes::Now);
    }

    #[test]
    fn a_stage_that_went_badly_says_how() {
        let stages = Stages::default();
        let fine = StageCounts {
            members: 100,
            failed: 3,
            suppressed: 1,
            stops: 1,
        };
        assert_eq!(trouble(&stages, fine), None);
        let bad = StageCounts { stops: 2, ..fine };
        let why = trouble(&stages, bad).unwrap();
        assert!(why.starts_with("6 of the 100 of this stage ended badly, more than 5 %"));
        assert_eq!(trouble(&stages, StageCounts::default()), None);
    }
}
