//! What recurs: the workout of the day at the member's hour, the weekly question on Sunday. The key
//! is the occasion (kind and local date), unique per member: however often and from wherever this
//! runs, each occurrence is enqueued once (G26). One without a message ends, too, and why is kept.

pub(crate) mod missed;

use domain::content::{ContentError, Rich};
use domain::{Content, Kind, MemberId, Timestamp};
use jiff::civil::Date;
use policy::schedule::{Recurrence, outlook, zone};
use store::ops::{Accept, AcceptAnswer, NoteOccurrences};
use store::questions::{DueMembers, TimeZones};
use store::records::{Member, OccurrenceEnd, Rhythm};
use store::{Shard, Shards};

use crate::programmes::Library;
use crate::subscriptions::NO_SUBSCRIPTION;
use crate::training::{Workout, today};
use crate::{Draft, Engine, EngineError};

/// How many members share one transaction.
const PAGE: u32 = 500;

/// Whose occurrences a run looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's: somebody asked for it.
    Everybodys,
    /// Those of the members whose lanes are this process's: each process looks after its own.
    Ours,
}

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct RecurringReport {
    /// Members whose occurrence is due and was not enqueued before.
    pub due: u32,
    /// Messages enqueued.
    pub enqueued: u32,
    /// Members without a message: a day of rest, a holiday, the end of their programme.
    pub without: u32,
    /// Members whose message could not be made; the log says why.
    pub failed: u32,
}

impl Engine {
    /// The shards whose members [`Whose::Ours`] means right now.
    pub fn shards(&self) -> Shards {
        self.inner.ownership.shards()
    }

    /// Enqueues the workout of the day for everybody whose hour has come.
    pub async fn run_daily(&self, whose: Whose) -> Result<RecurringReport, EngineError> {
        self.refuse_while_draining()?;
        self.refuse_while_held()?;
        let now = self.now();
        let mut report = RecurringReport::default();
        let library = self.programmes().await?;
        for name in self.ask().question(TimeZones).await? {
            let Ok(time_zone) = zone(&name) else {
                tracing::error!(
                    time_zone = name,
                    "members live in a time zone that is unknown"
                );
                continue;
            };
            for hour in 0..24 {
                if let Some(due) = outlook(Recurrence::Daily { hour }, &time_zone, now, None).due {
                    let occasion = format!("{}:{}", Kind::DailyWorkout, due.date);
                    let end = end_of(due.date, &time_zone);
                    let run = Run {
                        library: &library,
                        whose,
                        kind: Kind::DailyWorkout,
                        date: due.date,
                        due_at: due.due_at,
                        occasion,
                        expires_at: end,
                    };
                    self.enqueue_due(&name, Some((hour, hour)), &run, &mut report)
                        .await?;
                }
            }
        }
        Ok(report)
    }

    /// Enqueues the weekly question for everybody whose Sunday has come to five.
    pub async fn run_weekly(&self, whose: Whose) -> Result<RecurringReport, EngineError> {
        self.refuse_while_draining()?;
        self.refuse_while_held()?;
        let now = self.now();
        let mut report = RecurringReport::default();
        let library = self.programmes().await?;
        for name in self.ask().question(TimeZones).await? {
            let Ok(time_zone) = zone(&name) else { continue };
            if let Some(due) = outlook(Recurrence::Weekly, &time_zone, now, None).due {
                let week = due.date.iso_week_date();
                let occasion = format!(
                    "{}:{}-W{:02}",
                    Kind::WeeklyCheckin,
                    week.year(),
                    week.week()
                );
                let end = end_of(due.date, &time_zone);
                let run = Run {
                    library: &library,
                    whose,
                    kind: Kind::WeeklyCheckin,
                    date: due.date,
                    due_at: due.due_at,
                    occasion,
                    expires_at: end,
                };
                self.enqueue_due(&name, None, &run, &mut report).await?;
            }
        }
        Ok(report)
    }

    async fn enqueue_due(
        &self,
        time_zone: &str,
        hours: Option<(u8, u8)>,
        run: &Run<'_>,
        report: &mut RecurringReport,
    ) -> Result<(), EngineError> {
        let mut after: Option<MemberId> = None;
        loop {
            let members = self
                .ask()
                .question(DueMembers {
                    time_zone: time_zone.into(),
                    hours,
                    occasion: run.occasion.clone(),
                    after,
                    limit: PAGE,
                })
                .await?;
            let Some(last) = members.last() else {
                return Ok(());
            };
            after = Some(last.profile.id);
            // Whoever joined after the hour begins with the next one: nothing was missed.
            let shards = match run.whose {
                Whose::Everybodys => Shards::ALL,
                Whose::Ours => self.inner.ownership.shards(),
            };
            let members: Vec<_> = members
                .into_iter()
                .filter(|member| member.created_at <= run.due_at)
                .filter(|member| shards.contains(Shard::of(member.profile.id)))
                .collect();
            report.due += u32::try_from(members.len()).unwrap_or(u32::MAX);
            let rhythms = self.rhythms(&members).await?;
            let (mut messages, mut ends) = (Vec::new(), Vec::new());
            let served = self.served(&members).await?;
            for ((member, rhythm), is_served) in members.iter().zip(&rhythms).zip(served) {
                if !is_served {
                    ends.push(run.end(member, NO_SUBSCRIPTION));
                    continue;
                }
                match run.occurrence(member, rhythm) {
                    Happens::Message(draft) => messages.push(self.new_message(*draft)),
                    Happens::Nothing(why) => ends.push(run.end(member, why)),
                    Happens::Failed => report.failed += 1,
                }
            }
            report.without += self.note_ends(ends).await?;
            if messages.is_empty() {
                continue;
            }
            domain::failpoint::pass(domain::failpoint::Point::Occurrence);
            let accept = Accept {
                messages,
                idempotency: None,
                at: self.now(),
            };
            if let AcceptAnswer::Accepted { results, .. } =
                self.inner.committer.submit(accept).await?
            {
                let stored = results.iter().filter(|result| result.is_ok()).count();
                report.enqueued += u32::try_from(stored).unwrap_or(u32::MAX);
            }
        }
    }

    /// Keeps why occurrences have no message; how many had no end before.
    async fn note_ends(&self, ends: Vec<OccurrenceEnd>) -> Result<u32, EngineError> {
        if ends.is_empty() {
            return Ok(0);
        }
        let note = NoteOccurrences {
            ends,
            at: self.now(),
        };
        Ok(self.inner.committer.submit(note).await?)
    }

    /// The workout of a member's present day as a draft, outside of any schedule. `None` on a day without.
    pub async fn workout_of_today(&self, member: &Member) -> Result<Option<Draft>, EngineError> {
        let workout = self
            .todays_training(member)
            .await?
            .and_then(|today| today.workout);
        let time_zone = zone(&member.profile.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let date = self.local_date(&member.profile.time_zone);
        let draft = workout.and_then(|workout| daily(member, workout));
        Ok(draft.map(|mut draft| {
            draft.expires_at = end_of(date, &time_zone);
            draft
        }))
    }
}

/// What comes of an occurrence.
enum Happens {
    Message(Box<Draft>),
    /// Nothing, and why, as a code.
    Nothing(&'static str),
    Failed,
}

struct Run<'a> {
    library: &'a Library,
    whose: Whose,
    kind: Kind,
    date: Date,
    due_at: Timestamp,
    occasion: String,
    expires_at: Option<Timestamp>,
}

impl Run<'_> {
    fn occurrence(&self, member: &Member, rhythm: &Rhythm) -> Happens {
        let Some(today) = today(self.library, member, rhythm, self.date) else {
            return Happens::Failed;
        };
        let draft = if self.kind == Kind::WeeklyCheckin {
            if matches!(today.day, policy::programme::day::DayOf::Paused { .. }) {
                return Happens::Nothing("paused");
            }
            weekly(member)
        } else {
            match (today.why_not(), today.workout) {
                (None, Some(workout)) => daily(member, workout),
                (why, _) => return Happens::Nothing(why.unwrap_or("rest_day")),
            }
        };
        draft.map_or(Happens::Failed, |mut draft| {
            draft.occasion = Some(self.occasion.clone());
            draft.expires_at = self.expires_at;
            Happens::Message(Box::new(draft))
        })
    }

    fn end(&self, member: &Member, why: &str) -> OccurrenceEnd {
        OccurrenceEnd {
            member: member.profile.id,
            occasion: self.occasion.clone(),
            due_at: self.due_at,
            why: why.to_owned(),
        }
    }
}

fn daily(member: &Member, workout: Workout) -> Option<Draft> {
    let media = workout.media.into_iter().map(Into::into).collect();
    let content = Content::of(workout.text.into(), media, None, Rich::default());
    draft(member, Kind::DailyWorkout, content)
}

fn weekly(member: &Member) -> Option<Draft> {
    let profile = &member.profile;
    let text = policy::letters::weekly_checkin(profile.name.as_str(), &profile.locale);
    draft(member, Kind::WeeklyCheckin, Content::text_only(&text))
}

fn draft(member: &Member, kind: Kind, content: Result<Content, ContentError>) -> Option<Draft> {
    let id = member.profile.id;
    match content {
        Ok(content) => {
            let mut draft = Draft::new(id, content);
            draft.kind = kind;
            draft.queue = "daily".parse().unwrap_or_default();
            Some(draft)
        }
        Err(error) => {
            tracing::error!(member.id = %id, %error, "a recurring message could not be made");
            None
        }
    }
}

/// The end of a local date: a workout expires with its day.
pub(crate) fn end_of(date: Date, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let next = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_jiff(next.timestamp()))
}
