//! What recurs: the workout of the day at the member's hour, the weekly question on Sunday. The key
//! is the occasion (kind and local date), unique per member: however often and from wherever this
//! runs, each occurrence is enqueued once (G26). One without a message ends, too, and why is kept.

pub(crate) mod checked;
mod missed;
pub mod outcome;
mod round;

use std::collections::BTreeMap;

use domain::{Kind, MemberId, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use policy::programme::day::DayOf;
use policy::schedule::{GRACE, Outlook, Recurrence, outlook, zone};
use store::ops::{Accept, AcceptAnswer, NoteOccurrences};
use store::questions::{ByOccasion, DueMembers, MadeAt, RecursFrom, TimeZones, TrainingOf};
use store::records::{DuePage, Member, OccurrenceEnd};
use store::{Shard, Shards};

use crate::audit::Note;
use crate::subscriptions::NO_SUBSCRIPTION;
use crate::training::Today;
use crate::{Draft, Engine, EngineError};
use round::{Happens, Round, daily};

/// How many members share one transaction.
const PAGE: u32 = 500;

/// Among how many members of a time zone they are looked for in one question.
const AMONG: u32 = 20_000;

/// How many ends of one member are looked through for that of an occasion.
const ENDS: u32 = 30;

/// What recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// The workout of the day.
    Daily,
    /// The weekly question.
    Weekly,
}

impl Schedule {
    /// The kind of its messages.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Daily => Kind::DailyWorkout,
            Self::Weekly => Kind::WeeklyCheckin,
        }
    }

    /// When it recurs for somebody who chose this hour.
    const fn at(self, hour: u8) -> Recurrence {
        match self {
            Self::Daily => Recurrence::Daily { hour },
            Self::Weekly => Recurrence::Weekly,
        }
    }

    /// Why a day brings none of it, as a code. A holiday is one from questions, too; a day of rest is not.
    const fn why_not(self, today: &Today) -> Option<&'static str> {
        match (self, today.day) {
            (Self::Weekly, DayOf::Paused { .. }) | (Self::Daily, _) => today.why_not(),
            (Self::Weekly, _) => None,
        }
    }

    /// The hours whose members share an occurrence; `None` where all do.
    fn hours(self) -> Vec<Option<(u8, u8)>> {
        match self {
            Self::Daily => (0..24).map(|hour| Some((hour, hour))).collect(),
            Self::Weekly => vec![None],
        }
    }

    /// The word of its occurrence on a local date: nobody has two messages of one.
    fn occasion(self, date: Date) -> String {
        match self {
            Self::Daily => format!("{}:{date}", self.kind()),
            Self::Weekly => {
                let week = date.iso_week_date();
                format!("{}:{}-W{:02}", self.kind(), week.year(), week.week())
            }
        }
    }
}

/// Whose occurrences a run looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's: somebody asked for it.
    Everybodys,
    /// Those of the members whose lanes are this process's: each process looks after its own.
    Ours,
    /// Those of one member.
    Of(MemberId),
}

/// What a run is asked to do.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Of what.
    pub schedule: Schedule,
    /// For whom.
    pub whose: Whose,
    /// Today's occurrence though its hour has not come, or is over. Each is still made once, on days that have one.
    pub forced: bool,
    /// Nothing is made: what would be is told.
    pub dry_run: bool,
}

impl Order {
    /// What is due.
    pub const fn due(schedule: Schedule, whose: Whose) -> Self {
        Self {
            schedule,
            whose,
            forced: false,
            dry_run: false,
        }
    }
}

/// What one run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct RecurringReport {
    /// Members whose occurrence is due and was not enqueued before.
    pub due: u32,
    /// Messages enqueued; in a dry run, those that would be.
    pub enqueued: u32,
    /// Members without a message: a day of rest, a holiday, the end of their programme.
    pub without: u32,
    /// Members whose message could not be made; the log says why.
    pub failed: u32,
    /// Why members have no message: the code, and how many. Of one member also `already`, when the occurrence was
    /// enqueued before, and `not_due`.
    pub why: BTreeMap<String, u32>,
    /// When the next one is due, for one member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due_at: Option<String>,
}

impl RecurringReport {
    fn says(&mut self, why: &str) {
        *self.why.entry(why.to_owned()).or_default() += 1;
    }
}

impl Engine {
    /// The shards whose members [`Whose::Ours`] means right now.
    pub fn shards(&self) -> Shards {
        self.inner.ownership.shards()
    }

    /// Enqueues what is due, or what is asked for.
    pub async fn run_schedule(&self, order: Order) -> Result<RecurringReport, EngineError> {
        self.refuse_while_draining()?;
        self.refuse_while_held()?;
        let mut report = RecurringReport::default();
        if let Whose::Of(member) = order.whose {
            self.run_for_one(member, order, &mut report).await?;
            return Ok(report);
        }
        let now = self.now();
        let library = self.programmes().await?;
        let from = self.recurs_from().await?;
        for name in self.ask().question(TimeZones).await? {
            let Ok(time_zone) = zone(&name) else {
                tracing::error!(
                    time_zone = name,
                    "members live in a time zone that is unknown"
                );
                continue;
            };
            if order.forced {
                let today = now.to_jiff().to_zoned(time_zone.clone()).date();
                let round = Round::new(order, &library, &time_zone, today, now);
                self.enqueue_due(&name, None, &round, &mut report).await?;
                continue;
            }
            for hours in order.schedule.hours() {
                let recurrence = order.schedule.at(hours.map_or(0, |(hour, _)| hour));
                if let Some(due) = outlook(recurrence, &time_zone, now, None).due {
                    let round =
                        Round::new(order, &library, &time_zone, due.date, due.due_at).from(from);
                    self.enqueue_due(&name, hours, &round, &mut report).await?;
                }
            }
        }
        Ok(report)
    }

    async fn run_for_one(
        &self,
        id: MemberId,
        order: Order,
        report: &mut RecurringReport,
    ) -> Result<(), EngineError> {
        let member = self.known_member(id).await?;
        let time_zone = zone(&member.profile.time_zone).unwrap_or(TimeZone::UTC);
        let now = self.now();
        let recurrence = order.schedule.at(member.profile.preferred_send_hour);
        let Outlook { due, next } = outlook(recurrence, &time_zone, now, None);
        report.next_due_at = next.map(|next| next.due_at.to_string());
        let (date, due_at) = match due {
            _ if order.forced => (now.to_jiff().to_zoned(time_zone.clone()).date(), now),
            Some(due) if member.created_at <= due.due_at => (due.date, due.due_at),
            Some(_) | None => {
                report.says("not_due");
                return Ok(());
            }
        };
        let library = self.programmes().await?;
        let round =
            Round::new(order, &library, &time_zone, date, due_at).from(self.recurs_from().await?);
        if let Some(why) = self.end_of_occasion(id, &round.occasion).await? {
            report.says(&why);
            return Ok(());
        }
        self.make(&[member], &round, report).await
    }

    /// Since when what recurs is this home's (docs/decisions/0044). An instant further ahead than the grace is not believed: some clock
    /// was wrong, and members would wait for nothing.
    async fn recurs_from(&self) -> Result<Option<Timestamp>, EngineError> {
        let latest = self.now() + GRACE;
        let from = self.ask().question(RecursFrom).await?;
        Ok(from.filter(|from| *from <= latest))
    }

    /// How an occurrence of a member has ended: `already` enqueued, or why there was no message.
    async fn end_of_occasion(
        &self,
        member: MemberId,
        occasion: &str,
    ) -> Result<Option<String>, EngineError> {
        let made = ByOccasion {
            member,
            occasions: vec![occasion.to_owned()],
        };
        if self.ask().question(made).await?.iter().any(Option::is_some) {
            return Ok(Some("already".to_owned()));
        }
        let limit = ENDS;
        let record = self.ask().question(TrainingOf { member, limit }).await?;
        let mut ends = record.occurrences.into_iter();
        let end = ends.find(|end| end.occasion == occasion);
        Ok(end.map(|end| end.why))
    }

    async fn enqueue_due(
        &self,
        time_zone: &str,
        hours: Option<(u8, u8)>,
        round: &Round<'_>,
        report: &mut RecurringReport,
    ) -> Result<(), EngineError> {
        let mut after: Option<MemberId> = None;
        loop {
            let DuePage { members, next } = self
                .ask()
                .question(DueMembers {
                    time_zone: time_zone.into(),
                    hours,
                    occasion: round.occasion.clone(),
                    // Whoever joined after the hour begins with the next one: nothing was missed.
                    joined_by: round.due_at,
                    after,
                    limit: PAGE,
                    among: AMONG,
                })
                .await?;
            let shards = match round.order.whose {
                Whose::Ours => self.inner.ownership.shards(),
                Whose::Everybodys | Whose::Of(_) => Shards::ALL,
            };
            let members: Vec<_> = members
                .into_iter()
                .filter(|member| shards.contains(Shard::of(member.profile.id)))
                .collect();
            if !members.is_empty() {
                self.make(&members, round, report).await?;
            }
            match next {
                Some(_) => after = next,
                None => return Ok(()),
            }
        }
    }

    /// Makes the messages of these members, and keeps why some have none.
    async fn make(
        &self,
        members: &[Member],
        round: &Round<'_>,
        report: &mut RecurringReport,
    ) -> Result<(), EngineError> {
        report.due += u32::try_from(members.len()).unwrap_or(u32::MAX);
        let rhythms = self.rhythms(members).await?;
        let last = self.last_made(members, round).await?;
        let (mut messages, mut ends) = (Vec::new(), Vec::new());
        let served = self.served(members).await?;
        let members = members.iter().zip(&rhythms).zip(last).zip(served);
        for (((member, rhythm), last), is_served) in members {
            if !is_served {
                report.says(NO_SUBSCRIPTION);
                ends.push(round.end(member, NO_SUBSCRIPTION));
                continue;
            }
            match round.occurrence(member, rhythm, last) {
                Happens::Message(draft) => messages.push(self.new_message(*draft)),
                Happens::Nothing(why) => {
                    report.says(why);
                    ends.push(round.end(member, why));
                }
                Happens::Failed => report.failed += 1,
            }
        }
        if round.order.dry_run {
            let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
            report.enqueued += count(messages.len());
            report.without += count(ends.len());
            return Ok(());
        }
        report.without += self.note_ends(ends).await?;
        if messages.is_empty() {
            return Ok(());
        }
        domain::failpoint::pass(domain::failpoint::Point::Occurrence);
        let accept = Accept {
            messages,
            idempotency: None,
            at: self.now(),
        };
        let count = accept.messages.len();
        let note = || Note::of("schedule.run", format!("{count} messages"));
        if let AcceptAnswer::Accepted { results, .. } = self.submit(accept, note).await? {
            let stored = results.iter().filter(|result| result.is_ok()).count();
            report.enqueued += u32::try_from(stored).unwrap_or(u32::MAX);
        }
        Ok(())
    }

    /// When the message of the day before was made: who chose another hour, or went east, does not get two within
    /// half a day.
    async fn last_made(
        &self,
        members: &[Member],
        round: &Round<'_>,
    ) -> Result<Vec<Option<Timestamp>>, EngineError> {
        let before = match round.order.schedule {
            Schedule::Daily => round.date.yesterday().ok(),
            Schedule::Weekly => None,
        };
        let Some(before) = before else {
            return Ok(vec![None; members.len()]);
        };
        let made = MadeAt {
            members: members.iter().map(|member| member.profile.id).collect(),
            occasion: round.order.schedule.occasion(before),
        };
        Ok(self.ask().question(made).await?)
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
        let time_zone = zone(&member.profile.time_zone).unwrap_or(TimeZone::UTC);
        let date = self.local_date(&member.profile.time_zone);
        let draft = workout.and_then(|workout| daily(member, workout));
        Ok(draft.map(|mut draft| {
            draft.expires_at = end_of(date, &time_zone);
            draft
        }))
    }
}

/// The end of a local date: a workout expires with its day.
pub(crate) fn end_of(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_jiff(next.timestamp()))
}
