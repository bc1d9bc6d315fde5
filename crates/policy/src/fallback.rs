//! Fallback chains (GUARANTEES 2.7): when a message that was sent on one channel is followed by another one on the
//! next. Which channel that is, and whether it may be used at all, is for the planner, which asks everything
//! again for that message (G17).
//!
//! Two things start the next leg: the first is known not to arrive, or nothing has been heard for as long
//! as its kind is patient. What is urgent is impatient; what answers somebody stays where they asked, unless
//! that was the web chat and an operator says when it leaves it (docs/decisions/0030); what goes to many costs too much
//! to be said twice.

use domain::{DeliveryStatus, Kind, PlaceState, Seconds, Timestamp};

/// The most messages of one chain: there are not more channels.
pub const LEGS_MAX: u8 = 4;

/// How long what is not delivered waits before the next look, where the kind does not fall back on silence.
const LOOK_AGAIN: Seconds = Seconds::new(3_600);

/// What a kind does when a message of it does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// There is one leg.
    Never,
    /// Another channel takes over when it is known not to arrive.
    OnFailure,
    /// Also when it is not known to have arrived after this time.
    After(Seconds),
}

/// The rules of all kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    critical: Seconds,
    kinds: Vec<(Kind, Rule)>,
}

impl Default for Rules {
    /// Critical messages after 5 minutes of silence; workouts after 2 hours, because a handset that is switched
    /// off at night shall not get everything twice in the morning; reminders and check-ins after 6;
    /// welcomes and notices of the service on failure; nothing else.
    fn default() -> Self {
        const HOUR: i64 = 3_600;
        let hours = |hours: i64| Rule::After(Seconds::from_micros(hours * HOUR * 1_000_000));
        Self {
            critical: Seconds::new(300),
            kinds: vec![
                (Kind::DailyWorkout, hours(2)),
                (Kind::WeeklyCheckin, hours(6)),
                (Kind::SubscriptionReminder, hours(6)),
                (Kind::Welcome, Rule::OnFailure),
                (Kind::System, Rule::OnFailure),
            ],
        }
    }
}

/// Why a text is not what `GYMTEXT_FALLBACK` takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not `kind=seconds`, `kind=failure`, `kind=never` or `critical=seconds`")]
pub struct RulesError {
    found: String,
}

impl std::str::FromStr for Rules {
    type Err = RulesError;

    /// Rules that differ from the default ones: `daily_workout=3600, broadcast=failure, critical=120`.
    fn from_str(text: &str) -> Result<Self, RulesError> {
        let mut rules = Self::default();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            rules.set(part).ok_or_else(|| RulesError {
                found: part.chars().take(40).collect(),
            })?;
        }
        Ok(rules)
    }
}

impl Rules {
    fn set(&mut self, part: &str) -> Option<()> {
        let (name, value) = part.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let seconds = || {
            let seconds: u32 = value.parse().ok().filter(|seconds| *seconds > 0)?;
            Some(Seconds::new(seconds))
        };
        if name == "critical" {
            self.critical = seconds()?;
            return Some(());
        }
        let kind: Kind = name.parse().ok().filter(|kind| !stays(*kind))?;
        let rule = match value {
            "never" => Rule::Never,
            "failure" => Rule::OnFailure,
            _ => Rule::After(seconds()?),
        };
        self.kinds.retain(|(one, _)| *one != kind);
        self.kinds.push((kind, rule));
        Some(())
    }

    /// What holds for a message.
    pub fn of(&self, kind: Kind, critical: bool) -> Rule {
        if stays(kind) {
            return Rule::Never;
        }
        if critical {
            return Rule::After(self.critical);
        }
        let own = self.kinds.iter().find(|(one, _)| *one == kind);
        own.map_or(Rule::Never, |(_, rule)| *rule)
    }
}

/// An answer to a keyword and a knock belong to their channel.
const fn stays(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::KeywordReply | Kind::Knock | Kind::ConsentRequest | Kind::LoginCode
    )
}

/// When a message that was begun now is looked at, if it is.
pub const fn first_look(rule: Rule) -> Option<Seconds> {
    match rule {
        Rule::Never => None,
        Rule::OnFailure => Some(LOOK_AGAIN),
        Rule::After(patience) => Some(patience),
    }
}

/// A message that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    /// What it is for.
    pub kind: Kind,
    /// What its kind does.
    pub rule: Rule,
    /// How far it has come.
    pub status: DeliveryStatus,
    /// Where its place is, while it has one.
    pub place: Option<PlaceState>,
    /// When its last attempt was begun.
    pub begun_at: Option<Timestamp>,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing more: it arrived, or it was not to be sent.
    Done,
    /// Look again then.
    Look(Timestamp),
    /// The next channel, for this reason.
    Leg(Why),
}

/// Why another channel takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is known not to arrive.
    Failed,
    /// Nobody can tell whether the provider has it, and its kind rather says it twice.
    Unconfirmed,
    /// It was taken, and nothing was heard since.
    Silence,
}

impl Why {
    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unconfirmed => "unconfirmed",
            Self::Silence => "silence",
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Failed => "the one before it is known not to have arrived",
            Self::Unconfirmed => "nobody can tell whether the provider has the one before it",
            Self::Silence => "nothing told in time that the one before it had arrived",
        })
    }
}

/// Why a message was followed by another one at an instant, by what is known of it now: the first proof of failure that
/// had been heard by then counts, and what came later does not.
pub fn followed_because(
    status: DeliveryStatus,
    failed_at: Option<Timestamp>,
    at: Timestamp,
) -> Why {
    match (status, failed_at) {
        (_, Some(heard)) if heard <= at => Why::Failed,
        (DeliveryStatus::Unconfirmed, _) => Why::Unconfirmed,
        _ => Why::Silence,
    }
}

/// What follows for a message now.
pub fn next(watched: &Watched, now: Timestamp) -> Next {
    let patience = match watched.rule {
        Rule::Never => return Next::Done,
        Rule::OnFailure => None,
        Rule::After(patience) => Some(patience),
    };
    let again = now + patience.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN);
    match watched.status {
        DeliveryStatus::Delivered | DeliveryStatus::Read | DeliveryStatus::Played => Next::Done,
        DeliveryStatus::Suppressed | DeliveryStatus::Cancelled | DeliveryStatus::Expired => {
            Next::Done
        }
        // A place that is still there is tried again by itself, or waits for evidence (Q).
        DeliveryStatus::Failed | DeliveryStatus::Undelivered => match watched.place {
            None | Some(PlaceState::Ended) => Next::Leg(Why::Failed),
            Some(_) => Next::Look(again),
        },
        DeliveryStatus::Unconfirmed => match watched.place {
            None | Some(PlaceState::Ended) if watched.kind.resends_when_unconfirmed() => {
                Next::Leg(Why::Unconfirmed)
            }
            None | Some(PlaceState::Ended) => Next::Done,
            Some(_) => Next::Look(again),
        },
        DeliveryStatus::Pending => match watched.place {
            None | Some(PlaceState::Ended) => Next::Done,
            Some(_) => Next::Look(again),
        },
        DeliveryStatus::Accepted | DeliveryStatus::Sent => match (patience, watched.begun_at) {
            (Some(patience), Some(begun)) if begun + patience <= now => Next::Leg(Why::Silence),
            (Some(patience), Some(begun)) => Next::Look(begun + patience),
            // A failure heard later is looked at when it is heard.
            (None, _) | (Some(_), None) => Next::Done,
        },
    }
}

#[cfg(test)]
mod tests;
