//! What recurs: the workout of the day at the member's hour, the weekly question on Sunday. The key
//! is the occasion (kind and local date), unique per member: however often and from wherever this
//! runs, each occurrence is enqueued once (G26).

use domain::{Content, Kind, MemberId, Timestamp};
use jiff::civil::Date;
use policy::schedule::{Recurrence, outlook, zone};
use store::ops::{Accept, AcceptAnswer};
use store::questions::{DueMembers, TimeZones};
use store::records::Member;
use store::{Shard, Shards};

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
        run: &Run,
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
            let messages: Vec<_> = members
                .iter()
                .filter_map(|member| run.draft(member))
                .map(|draft| self.new_message(draft))
                .collect();
            report.failed += u32::try_from(members.len() - messages.len()).unwrap_or(u32::MAX);
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

    /// The workout of a member's present day as a draft, outside of any schedule.
    pub fn workout_of_today(&self, member: &Member) -> Option<Draft> {
        let date = self.local_date(&member.profile.time_zone);
        let time_zone = zone(&member.profile.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let run = Run {
            whose: Whose::Everybodys,
            kind: Kind::DailyWorkout,
            date,
            due_at: self.now(),
            occasion: String::new(),
            expires_at: end_of(date, &time_zone),
        };
        let mut draft = run.draft(member)?;
        draft.occasion = None;
        Some(draft)
    }
}

struct Run {
    whose: Whose,
    kind: Kind,
    date: Date,
    due_at: Timestamp,
    occasion: String,
    expires_at: Option<Timestamp>,
}

impl Run {
    fn draft(&self, member: &Member) -> Option<Draft> {
        let profile = &member.profile;
        let text = if self.kind == Kind::WeeklyCheckin {
            policy::programme::weekly_checkin(profile.name.as_str(), &profile.locale)
        } else {
            policy::programme::workout(self.date, &profile.locale)
                .text
                .to_owned()
        };
        let content = match Content::text_only(&text) {
            Ok(content) => content,
            Err(error) => {
                tracing::error!(member.id = %profile.id, %error, "a recurring message could not be made");
                return None;
            }
        };
        let mut draft = Draft::new(profile.id, content);
        draft.kind = self.kind;
        draft.queue = "daily".parse().unwrap_or_default();
        draft.occasion = Some(self.occasion.clone());
        draft.expires_at = self.expires_at;
        Some(draft)
    }
}

/// The end of a local date: a workout expires with its day.
pub(crate) fn end_of(date: Date, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let next = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_jiff(next.timestamp()))
}
