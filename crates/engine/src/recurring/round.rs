//! One occurrence for many members: what comes of it for each.

use domain::content::{ContentError, Rich};
use domain::{Content, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use policy::schedule::is_too_soon;
use store::records::{Member, OccurrenceEnd, Rhythm};

use super::{Order, Schedule, end_of};
use crate::Draft;
use crate::programmes::Library;
use crate::training::{Workout, today};

/// Why there is no message: it was due before this home was the database's, and may have been sent from another.
pub(super) const BEFORE_TAKEOVER: &str = "before_takeover";

/// Whether an occurrence was due before what recurs was this home's.
pub(super) fn is_before(due_at: Timestamp, from: Option<Timestamp>) -> bool {
    from.is_some_and(|from| due_at < from)
}

/// What comes of an occurrence.
pub(super) enum Happens {
    Message(Box<Draft>),
    /// Nothing, and why, as a code.
    Nothing(&'static str),
    Failed,
}

/// The occurrence of one local date in one time zone.
pub(super) struct Round<'a> {
    pub(super) order: Order,
    pub(super) date: Date,
    pub(super) due_at: Timestamp,
    pub(super) occasion: String,
    /// Whether whoever served this history before may have sent it.
    is_anothers: bool,
    library: &'a Library,
    expires_at: Option<Timestamp>,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        order: Order,
        library: &'a Library,
        time_zone: &TimeZone,
        date: Date,
        due_at: Timestamp,
    ) -> Self {
        Self {
            order,
            date,
            due_at,
            occasion: order.schedule.occasion(date),
            is_anothers: false,
            library,
            expires_at: end_of(date, time_zone),
        }
    }

    /// Since when what recurs is this home's.
    pub(super) fn from(self, from: Option<Timestamp>) -> Self {
        Self {
            is_anothers: is_before(self.due_at, from),
            ..self
        }
    }

    /// For one member, whose last one was made at an instant.
    pub(super) fn occurrence(
        &self,
        member: &Member,
        rhythm: &Rhythm,
        last: Option<Timestamp>,
    ) -> Happens {
        let Some(today) = today(self.library, member, rhythm, self.date) else {
            return Happens::Failed;
        };
        let schedule = self.order.schedule;
        let recurrence = schedule.at(member.profile.preferred_send_hour);
        let is_too_soon = last.is_some_and(|last| is_too_soon(recurrence, last, self.due_at));
        if let Some(why) = schedule.why_not(&today) {
            return Happens::Nothing(why);
        }
        if self.is_anothers {
            return Happens::Nothing(BEFORE_TAKEOVER);
        }
        let draft = match (schedule, today.workout) {
            (Schedule::Weekly, _) => weekly(member),
            (Schedule::Daily, Some(_)) if is_too_soon => return Happens::Nothing("too_soon"),
            (Schedule::Daily, Some(workout)) => daily(member, workout),
            (Schedule::Daily, None) => return Happens::Nothing("rest_day"),
        };
        draft.map_or(Happens::Failed, |mut draft| {
            draft.occasion = Some(self.occasion.clone());
            draft.expires_at = self.expires_at;
            Happens::Message(Box::new(draft))
        })
    }

    /// That a member's has no message.
    pub(super) fn end(&self, member: &Member, why: &str) -> OccurrenceEnd {
        OccurrenceEnd {
            member: member.profile.id,
            occasion: self.occasion.clone(),
            due_at: self.due_at,
            why: why.to_owned(),
        }
    }
}

/// A workout as a draft.
pub(super) fn daily(member: &Member, workout: Workout) -> Option<Draft> {
    let media = workout.media.into_iter().map(Into::into).collect();
    let content = Content::of(workout.text.into(), media, None, Rich::default());
    draft(member, Schedule::Daily, content)
}

fn weekly(member: &Member) -> Option<Draft> {
    let profile = &member.profile;
    let text = policy::letters::weekly_checkin(profile.name.as_str(), &profile.locale);
    draft(member, Schedule::Weekly, Content::text_only(&text))
}

fn draft(
    member: &Member,
    schedule: Schedule,
    content: Result<Content, ContentError>,
) -> Option<Draft> {
    let id = member.profile.id;
    match content {
        Ok(content) => {
            let mut draft = Draft::new(id, content);
            draft.kind = schedule.kind();
            draft.queue = "daily".parse().unwrap_or_default();
            Some(draft)
        }
        Err(error) => {
            tracing::error!(member.id = %id, %error, "a recurring message could not be made");
            None
        }
    }
}
