//! What an engine is told about a member's words: what was said before, and what there is to do. Never who they are: no
//! number, no address, no id, and of their name the first word only.

use domain::{Channel, Direction, Kind, Timestamp};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use policy::coach::model::told;
use policy::conversation::Intent;
use policy::language::{Language, given};
use policy::programme::Exercise;
use policy::programme::day::Pause;
use policy::safety::topic;
use store::questions::{Messages, RhythmsOf};
use store::records::{Member, MessageRecord, Rhythm};
use store::{Ask, Seq, StoreError};

use crate::coaching::exercises;
use crate::programmes::Library;
use crate::training::{Workout, today};

/// How many days are told.
const DAYS_TOLD: i32 = 7;

/// How many messages are looked through for what was said before.
const LOOKED_BACK: u32 = 40;

/// How much of what was said before is told: so many messages, of so many characters each, and all together.
const LINES_MAX: usize = 12;
const LINE_CHARS_MAX: usize = 700;
const CHARS_MAX: usize = 4_000;

/// The most that is told of what they write now.
const WORDS_CHARS_MAX: usize = 2_000;

/// Something that was said before.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// Whether the member said it; else we did.
    pub by_member: bool,
    /// What.
    pub text: String,
}

/// A member's words, and what may be known to answer them.
#[derive(Clone)]
pub struct Turn {
    /// What they write now.
    pub words: String,
    /// What the rules take it for.
    pub intent: Intent,
    /// Their first name; may be empty.
    pub name: String,
    /// Their locale.
    pub locale: String,
    /// Their local time.
    pub local: DateTime,
    /// What their programme is called.
    pub programme: String,
    /// Whether they are on holiday.
    pub is_paused: bool,
    /// The days from today on, with what there is to do.
    pub days: Vec<(Date, Option<Workout>)>,
    /// How exercises are done.
    pub exercises: Vec<Exercise>,
    /// What was said before, the oldest first.
    pub said: Vec<Line>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line")
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn")
            .field("intent", &self.intent)
            .field("said", &self.said.len())
            .finish_non_exhaustive()
    }
}

impl Turn {
    /// The language they are written to in.
    pub fn language(&self) -> Language {
        Language::of(&self.locale)
    }
}

/// Which words a turn is about.
#[derive(Debug)]
pub(super) struct About<'a> {
    /// Whose.
    pub(super) member: &'a Member,
    /// On which channel.
    pub(super) channel: Channel,
    /// Before this message something may have been said.
    pub(super) first: Seq,
    /// What.
    pub(super) words: &'a str,
    /// What the rules take it for.
    pub(super) intent: Intent,
    /// The instant they are answered at.
    pub(super) at: Timestamp,
}

/// Reads what an engine is told.
pub(super) async fn gather(
    ask: &(dyn Ask + 'static),
    library: &Library,
    about: About<'_>,
) -> Result<Turn, StoreError> {
    let member = about.member;
    let profile = &member.profile;
    let zone = policy::schedule::zone(&profile.time_zone).unwrap_or(TimeZone::UTC);
    let local = about.at.to_jiff().to_zoned(zone).datetime();
    let date = local.date();
    let members = vec![profile.id];
    let rhythms = ask.question(RhythmsOf { members }).await?;
    let rhythm = rhythms.into_iter().next().unwrap_or_default();
    let days = (0..DAYS_TOLD).filter_map(|n| date.checked_add(n.days()).ok());
    let days = days.map(|date| {
        let today = today(library, member, &rhythm, date);
        (date, today.and_then(|today| today.workout))
    });
    let followed = library.followed(&profile.programme);
    let course = followed.and_then(|one| one.programme.course(&profile.locale));
    let before = ask
        .question(Messages {
            member: Some(profile.id),
            channel: Some(about.channel),
            before: Some(about.first),
            limit: LOOKED_BACK,
            ..Messages::default()
        })
        .await?;
    Ok(Turn {
        words: cut(&told(about.words), WORDS_CHARS_MAX),
        intent: about.intent,
        name: given(profile.name.as_str()).unwrap_or_default().to_owned(),
        locale: profile.locale.clone(),
        local,
        programme: course.map_or_else(String::new, |(_, course)| course.name.clone()),
        is_paused: is_paused(&rhythm, date),
        days: days.collect(),
        exercises: exercises(library, member),
        said: lines(&before),
    })
}

fn is_paused(rhythm: &Rhythm, date: Date) -> bool {
    rhythm.pauses.iter().any(|(from, until)| {
        let pause = Pause {
            from: *from,
            until: *until,
        };
        pause.holds(date)
    })
}

/// What was said before, the newest first on the way in. What a person has to see is told to nobody else, ever.
fn lines(newest_first: &[MessageRecord]) -> Vec<Line> {
    let said = newest_first.iter().filter(|record| is_said(record));
    let mut room = CHARS_MAX;
    let mut lines: Vec<Line> = Vec::new();
    for record in said.take(LINES_MAX) {
        let by_member = record.direction == Direction::Inbound;
        let text = record.text.as_str();
        let text = if by_member {
            told(text)
        } else {
            text.to_owned()
        };
        let text = cut(text.trim(), LINE_CHARS_MAX);
        let Some(left) = room.checked_sub(text.chars().count()) else {
            break;
        };
        room = left;
        lines.push(Line { by_member, text });
    }
    lines.reverse();
    lines
}

fn is_said(record: &MessageRecord) -> bool {
    use domain::DeliveryStatus::{
        Accepted, Cancelled, Delivered, Expired, Failed, Pending, Played, Read, Sent, Suppressed,
        Unconfirmed, Undelivered,
    };
    let is_talk = match record.direction {
        Direction::Inbound => true,
        Direction::Outbound => record
            .kind
            .is_some_and(|kind| !matches!(kind, Kind::KeywordReply | Kind::System | Kind::Knock)),
    };
    let arrived = match record.status {
        Accepted | Sent | Delivered | Read | Played | Unconfirmed => true,
        Pending | Undelivered | Failed | Suppressed | Expired | Cancelled => false,
    };
    let text = record.text.as_str();
    is_talk && arrived && !text.trim().is_empty() && topic(text).is_none()
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use jiff::civil::date;

    /// A Wednesday morning of Maria's, with squats to do.
    pub(crate) fn turn(words: &str) -> Turn {
        let workout = Workout {
            title: "Legs".into(),
            text: "Legs\n- Squats 4x5".into(),
            media: None,
        };
        let squats = Exercise {
            name: "Squats".into(),
            how: "Feet apart, chest up.".into(),
            easier: Some("to a chair".into()),
            ..Exercise::default()
        };
        Turn {
            words: words.into(),
            intent: Intent::Question,
            name: "Maria".into(),
            locale: "en".into(),
            local: date(2026, 11, 18).at(7, 0, 0, 0),
            programme: "Full body".into(),
            is_paused: false,
            days: vec![
                (date(2026, 11, 18), Some(workout)),
                (date(2026, 11, 19), None),
            ],
            exercises: vec![squats],
            said: Vec::new(),
        }
    }
}
