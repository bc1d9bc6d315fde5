//! Quiet hours: the span of a member's local day in which nothing goes out that they did not ask for a moment ago
//! (DESIGN 4.1). Spans are data, one for everybody and one for each country that wants another. Which law wants which is
//! a question for a lawyer; the usual one is what the United States allow least of (docs/decisions/0025).

use std::fmt;
use std::str::FromStr;

use domain::{Kind, Timestamp};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use crate::schedule::{first_instant, zone};

/// Who chose an hour from this one on gets up then; an earlier one is the end of somebody's evening.
const UP_FROM: u8 = 4;

/// A span of the local day in whole hours, over midnight where it ends before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    from: u8,
    until: u8,
}

impl Span {
    /// From an hour, 0 to 23, to another one, not included. `None` where that is no span, or the whole day.
    pub fn new(from: u8, until: u8) -> Option<Self> {
        (from < 24 && until < 24 && from != until).then_some(Self { from, until })
    }

    const fn holds(self, hour: u8) -> bool {
        if self.from < self.until {
            self.from <= hour && hour < self.until
        } else {
            self.from <= hour || hour < self.until
        }
    }

    /// Whether an hour is quiet for somebody who chose to be written to at another one: the chosen one is not, and
    /// who chose one of the morning is up from then on.
    const fn is_quiet(self, hour: u8, chosen: Option<u8>) -> bool {
        let Some(chosen) = chosen else {
            return self.holds(hour);
        };
        let is_up = UP_FROM <= chosen && chosen < 12 && chosen < self.until;
        let morning = is_up && chosen <= hour && hour < self.until;
        self.holds(hour) && hour != chosen && !morning
    }
}

/// When it is quiet, for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuietHours {
    usual: Option<Span>,
    countries: Vec<([u8; 2], Option<Span>)>,
}

impl QuietHours {
    /// Never.
    pub const OFF: Self = Self {
        usual: None,
        countries: Vec::new(),
    };

    /// When a quiet hour that it is now ends; `None` when it is not quiet. A country is that of the member's number,
    /// by ISO 3166; an unknown time zone counts as UTC.
    pub fn end(
        &self,
        country: Option<&str>,
        time_zone: &str,
        chosen: Option<u8>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let span = self.of(country)?;
        let zone = zone(time_zone).unwrap_or(TimeZone::UTC);
        let local = zone.to_datetime(now.to_jiff());
        let is_quiet = |hour: i8| span.is_quiet(u8::try_from(hour).unwrap_or(0), chosen);
        if !is_quiet(local.hour()) {
            return None;
        }
        // Two days, for dates that a zone leaves out.
        let whole = local.date().at(local.hour(), 0, 0, 0);
        (1..=48).find_map(|hours| {
            let wall = whole.checked_add(hours.hours()).ok()?;
            let at = Timestamp::from_jiff(first_instant(&zone, wall)?);
            (at > now && !is_quiet(zone.to_datetime(at.to_jiff()).hour())).then_some(at)
        })
    }

    fn of(&self, country: Option<&str>) -> Option<Span> {
        let own = country.and_then(|country| {
            let mut countries = self.countries.iter();
            countries.find(|(one, _)| country.as_bytes() == one)
        });
        own.map_or(self.usual, |(_, span)| *span)
    }
}

/// Whether a message of this kind waits for the end of quiet hours. What answers the member, lets them in, or tells
/// what has just happened does not; neither does what is urgent.
pub const fn keeps(kind: Kind, critical: bool) -> bool {
    match kind {
        Kind::ChatReply | Kind::KeywordReply | Kind::LoginCode | Kind::Welcome | Kind::System => {
            false
        }
        Kind::DailyWorkout
        | Kind::WeeklyCheckin
        | Kind::SubscriptionReminder
        | Kind::ConsentRequest
        | Kind::Broadcast
        | Kind::Knock => !critical,
    }
}

/// Whether the hour a member chose is an hour for messages of this kind: it is for their workout, and for the knock
/// before it.
pub const fn comes_at_the_chosen_hour(kind: Kind) -> bool {
    matches!(kind, Kind::DailyWorkout | Kind::Knock)
}

/// What somebody wrote is no quiet hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{what}` is no span of hours")]
pub struct NoSpan {
    /// The part that cannot be understood, at most 40 characters of it.
    pub what: String,
}

impl NoSpan {
    fn of(text: &str) -> Self {
        let what = text.chars().take(40).collect();
        Self { what }
    }
}

impl FromStr for QuietHours {
    type Err = NoSpan;

    /// `21-8`, or `21-8, FR:20-10, BR:off`, or `off`.
    fn from_str(text: &str) -> Result<Self, NoSpan> {
        let mut quiet = Self::OFF;
        for part in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            match part.split_once(':') {
                None => quiet.usual = span(part)?,
                Some((country, written)) => {
                    let country = country.trim().to_ascii_uppercase();
                    let letters = country.as_bytes().try_into().ok();
                    let letters: [u8; 2] = letters
                        .filter(|letters: &[u8; 2]| letters.iter().all(u8::is_ascii_uppercase))
                        .ok_or_else(|| NoSpan::of(part))?;
                    let span = span(written.trim())?;
                    quiet.countries.retain(|(one, _)| *one != letters);
                    quiet.countries.push((letters, span));
                }
            }
        }
        Ok(quiet)
    }
}

/// What is written for one country or for everybody.
fn span(text: &str) -> Result<Option<Span>, NoSpan> {
    if text.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    let hours = text.split_once('-').and_then(|(from, until)| {
        let hour = |text: &str| text.trim().parse::<u8>().ok();
        Span::new(hour(from)?, hour(until)?)
    });
    hours.map(Some).ok_or_else(|| NoSpan::of(text))
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |span: Option<Span>| match span {
            Some(Span { from, until }) => format!("{from}-{until}"),
            None => "off".into(),
        };
        f.write_str(&words(self.usual))?;
        for (country, span) in &self.countries {
            let country = String::from_utf8_lossy(country);
            write!(f, ", {country}:{}", words(*span))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
