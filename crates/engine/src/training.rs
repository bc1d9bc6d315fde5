//! A member's programme, day by day: what a local date brings, holidays, and beginning another programme.

use domain::{MediaUrl, MemberId, Timestamp};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use policy::programme::compose::{Whose, message};
use policy::programme::day::day_of;
pub use policy::programme::day::{DayOf, Enrolment, Pause};
use policy::programme::{Days, Programme};
use policy::schedule::{Recurrence, occurrence, outlook, zone};
use store::StoreError;
use store::ops::{Enrol, SetPauses};
use store::questions::{MemberById, RhythmsOf, TrainingOf};
use store::records::{Member, Rhythm, TrainingRecord};

use crate::audit::Note;
use crate::programmes::{Library, Offered};
use crate::{Engine, EngineError};

/// The most holidays of a member.
pub const PAUSES_MAX: usize = 50;

/// What a local date brings a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Today {
    /// Which day of the programme.
    pub day: DayOf,
    /// What there is to do.
    pub workout: Option<Workout>,
}

/// What there is to do on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workout {
    /// A few words.
    pub title: String,
    /// The message.
    pub text: String,
    /// A picture of it.
    pub media: Option<MediaUrl>,
}

impl Today {
    /// Why there is no workout, as a code.
    pub const fn why_not(&self) -> Option<&'static str> {
        match self.day {
            DayOf::Session { .. } => None,
            DayOf::Rest { .. } => Some("rest_day"),
            DayOf::Paused { .. } => Some("paused"),
            DayOf::Finished => Some("programme_finished"),
            DayOf::NotBegun => Some("not_begun"),
        }
    }
}

/// What a member does in a programme.
#[derive(Clone, Debug)]
pub struct Training {
    /// What they follow.
    pub programme: String,
    /// Its version.
    pub version: u32,
    /// Its name in their language.
    pub name: String,
    /// Since when, and their holidays.
    pub enrolment: Enrolment,
    /// The days from today on.
    pub days: Vec<Ahead>,
    /// When the next weekly question is due.
    pub next_checkin_at: Option<Timestamp>,
    /// What is on record.
    pub record: TrainingRecord,
}

/// A day to come.
#[derive(Clone, Debug)]
pub struct Ahead {
    /// Their local date.
    pub date: Date,
    /// When what it brings is due; `None` for a date that their time zone leaves out.
    pub due_at: Option<Timestamp>,
    /// What it brings.
    pub today: Today,
}

/// Since when a member follows their programme. Who never changed it began on the day they joined.
pub(crate) fn enrolment(member: &Member, rhythm: &Rhythm) -> Enrolment {
    let started_on = rhythm.enrolment.as_ref().map_or_else(
        || {
            let zone = zone(&member.profile.time_zone).unwrap_or(TimeZone::UTC);
            member.created_at.to_jiff().to_zoned(zone).date()
        },
        |(_, started_on)| *started_on,
    );
    let pauses = rhythm.pauses.iter().map(|(from, until)| Pause {
        from: *from,
        until: *until,
    });
    Enrolment {
        started_on,
        pauses: pauses.collect(),
    }
}

/// What a date brings a member. `None` when there is no programme at all.
pub(crate) fn today(
    library: &Library,
    member: &Member,
    rhythm: &Rhythm,
    date: Date,
) -> Option<Today> {
    let profile = &member.profile;
    let Offered { programme, .. } = library.followed(&profile.programme)?;
    let day = day_of(programme, &enrolment(member, rhythm), date);
    let DayOf::Session { week, day: number } = day else {
        return Some(Today { day, workout: None });
    };
    let whose = (profile.name.as_str(), &*profile.locale);
    let workout = workout(programme, whose, (week, number))?;
    Some(Today {
        day,
        workout: Some(workout),
    })
}

/// What there is to do on a day of a programme, for somebody of this name and language; `None` on a day of rest.
pub(crate) fn workout(
    programme: &Programme,
    (name, locale): (&str, &str),
    (week, day): (usize, usize),
) -> Option<Workout> {
    let (language, course) = programme.course(locale)?;
    let session = course.session(week, day)?;
    // Where a week comes again and again, its number says nothing.
    let tells = programme.days == Days::Counted || course.weeks.len() > 1;
    let whose = Whose {
        name,
        language,
        position: tells.then_some((week, day)),
    };
    Some(Workout {
        title: session.title.clone(),
        text: message(session, &whose),
        media: session.media.as_deref().and_then(|url| url.parse().ok()),
    })
}

impl Engine {
    /// What members follow, in the order asked.
    pub(crate) async fn rhythms(&self, members: &[Member]) -> Result<Vec<Rhythm>, StoreError> {
        let members = members.iter().map(|member| member.profile.id).collect();
        self.ask().question(RhythmsOf { members }).await
    }

    /// What one member follows.
    pub(crate) async fn rhythm(&self, member: &Member) -> Result<Rhythm, StoreError> {
        let rhythms = self.rhythms(std::slice::from_ref(member)).await?;
        Ok(rhythms.into_iter().next().unwrap_or_default())
    }

    /// What their local date brings a member.
    pub async fn todays_training(&self, member: &Member) -> Result<Option<Today>, StoreError> {
        let library = self.programmes().await?;
        let rhythm = self.rhythm(member).await?;
        let date = self.local_date(&member.profile.time_zone);
        Ok(today(&library, member, &rhythm, date))
    }

    /// What a member does, did and will do: this many days ahead, and at most `told` of what is on record of each sort.
    pub async fn training(
        &self,
        id: MemberId,
        days: i32,
        told: u32,
    ) -> Result<Training, EngineError> {
        let member = self.known_member(id).await?;
        let library = self.programmes().await?;
        let asked = TrainingOf {
            member: id,
            limit: told,
        };
        let record = self.ask().question(asked).await?;
        let current = record.enrolments.iter().find(|one| one.ended_at.is_none());
        let rhythm = Rhythm {
            enrolment: current.map(|one| (one.programme.clone(), one.started_on)),
            pauses: record.pauses.clone(),
        };
        let date = self.local_date(&member.profile.time_zone);
        let followed = library.followed(&member.profile.programme);
        let time_zone = zone(&member.profile.time_zone).unwrap_or(TimeZone::UTC);
        let hour = member.profile.preferred_send_hour;
        let ahead = (0..days).filter_map(|n| {
            let date = date.checked_add(n.days()).ok()?;
            let due = occurrence(Recurrence::Daily { hour }, &time_zone, date);
            Some(Ahead {
                date,
                due_at: due.map(|due| due.due_at),
                today: today(&library, &member, &rhythm, date)?,
            })
        });
        let next_checkin = outlook(Recurrence::Weekly, &time_zone, self.now(), None).next;
        let course = followed.and_then(|one| one.programme.course(&member.profile.locale));
        Ok(Training {
            programme: followed.map_or(String::new(), |one| one.programme.slug.clone()),
            version: followed.map_or(0, |one| one.version),
            name: course.map_or(String::new(), |(_, course)| course.name.clone()),
            enrolment: enrolment(&member, &rhythm),
            days: ahead.collect(),
            next_checkin_at: next_checkin.map(|next| next.due_at),
            record,
        })
    }

    /// Refuses what is no programme.
    pub async fn known_programme(&self, slug: &str) -> Result<(), EngineError> {
        offered(&*self.programmes().await?, slug).map(drop)
    }

    /// Enrols a member; without a date they begin today.
    pub async fn enrol(
        &self,
        id: MemberId,
        slug: &str,
        started_on: Option<Date>,
    ) -> Result<(), EngineError> {
        self.refuse_while_draining()?;
        let member = self.known_member(id).await?;
        let library = self.programmes().await?;
        let offered = offered(&library, slug)?;
        let today = self.local_date(&member.profile.time_zone);
        let enrol = Enrol {
            member: id,
            programme: offered.programme.slug.clone(),
            started_on: started_on.unwrap_or(today),
            at: self.now(),
        };
        let after = format!("{} from {}", enrol.programme, enrol.started_on);
        let note = || Note::of_member("member.enrol", id).after(after);
        Self::known_to(self.submit(enrol, note).await?)
    }

    /// Says when a member is on holiday, in place of what was said before.
    pub async fn set_pauses(
        &self,
        id: MemberId,
        mut pauses: Vec<Pause>,
    ) -> Result<(), EngineError> {
        self.refuse_while_draining()?;
        pauses.sort_by_key(|pause| pause.from);
        pauses.dedup_by_key(|pause| pause.from);
        let pauses = pauses
            .into_iter()
            .map(|pause| (pause.from, pause.until))
            .collect();
        let set = SetPauses {
            member: id,
            pauses,
            at: self.now(),
        };
        let note = || Note::of_member("member.pauses", id);
        Self::known_to(self.submit(set, note).await?)
    }

    pub(crate) async fn known_member(&self, id: MemberId) -> Result<Member, EngineError> {
        self.ask()
            .question(MemberById { id })
            .await?
            .ok_or(EngineError::UnknownMember)
    }

    fn known_to(is_known: bool) -> Result<(), EngineError> {
        if is_known {
            Ok(())
        } else {
            Err(EngineError::UnknownMember)
        }
    }
}

fn offered<'a>(library: &'a Library, slug: &str) -> Result<&'a Offered, EngineError> {
    let unknown = || EngineError::UnknownProgramme(slug.chars().take(60).collect());
    library.get(slug).ok_or_else(unknown)
}
