//! Occurrences that nobody looked at in their time: the process was down, or the database away. What can still
//! be caught up is sent by the ordinary run (G27); of the rest it is kept that they were missed, so that
//! every occurrence has an end (G26).

use std::collections::BTreeMap;
use std::sync::PoisonError;

use domain::{MemberId, Timestamp};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use policy::schedule::{GRACE, occurrence, zone};
use store::questions::{DueMembers, TimeZones};
use store::records::{Member, OccurrenceEnd, Rhythm};
use store::{Shard, Shards};

use super::{PAGE, Schedule};
use crate::programmes::Library;
use crate::subscriptions::NO_SUBSCRIPTION;
use crate::training::today;
use crate::{Engine, EngineError};

/// How many days back it is looked for missed ones after a start.
const DAYS_BACK: i32 = 7;

/// Up to which date each time zone was looked through, and for which lanes.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    shards: Option<Shards>,
    until: BTreeMap<String, Date>,
}

impl Swept {
    /// The dates of a zone that are over and were not looked through; they count as looked through when
    /// [`Self::is_through`] says so.
    fn open(&mut self, name: &str, shards: Shards, last_over: Date) -> Vec<Date> {
        if self.shards != Some(shards) {
            self.until.clear();
            self.shards = Some(shards);
        }
        let through = self.until.get(name).copied();
        let mut dates: Vec<Date> = (0..DAYS_BACK)
            .filter_map(|n| last_over.checked_sub(n.days()).ok())
            .filter(|date| through.is_none_or(|through| *date > through))
            .collect();
        dates.reverse();
        dates
    }

    fn is_through(&mut self, name: &str, date: Date) {
        self.until.insert(name.to_owned(), date);
    }
}

impl Engine {
    /// Notes the occurrences of our members that are over and have no end; how many there were.
    pub async fn note_missed(&self) -> Result<u32, EngineError> {
        self.refuse_while_held()?;
        let now = self.now();
        let shards = self.shards();
        let library = self.programmes().await?;
        let mut noted = 0;
        for name in self.ask().question(TimeZones).await? {
            let Ok(time_zone) = zone(&name) else { continue };
            let Some(last_over) = last_over(&time_zone, now) else {
                continue;
            };
            let dates = self.swept().open(&name, shards, last_over);
            for date in dates {
                for schedule in [Schedule::Daily, Schedule::Weekly] {
                    noted += self
                        .note_missed_on(schedule, &name, &time_zone, date, &library)
                        .await?;
                }
                self.swept().is_through(&name, date);
            }
        }
        Ok(noted)
    }

    fn swept(&self) -> std::sync::MutexGuard<'_, Swept> {
        self.inner
            .swept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn note_missed_on(
        &self,
        schedule: Schedule,
        name: &str,
        time_zone: &TimeZone,
        date: Date,
        library: &Library,
    ) -> Result<u32, EngineError> {
        let occasion = schedule.occasion(date);
        // The last hour at which it may have been due. A week has one occurrence, on its Sunday.
        let Some(latest) = occurrence(schedule.at(23), time_zone, date) else {
            return Ok(0);
        };
        let (mut after, mut noted): (Option<MemberId>, u32) = (None, 0);
        loop {
            let members = self
                .ask()
                .question(DueMembers {
                    time_zone: name.into(),
                    hours: None,
                    occasion: occasion.clone(),
                    joined_by: latest.due_at,
                    after,
                    limit: PAGE,
                })
                .await?;
            let Some(last) = members.last() else {
                return Ok(noted);
            };
            after = Some(last.profile.id);
            let shards = self.shards();
            let members: Vec<_> = members
                .into_iter()
                .filter(|member| shards.contains(Shard::of(member.profile.id)))
                .collect();
            let rhythms = self.rhythms(&members).await?;
            let served = self.served(&members).await?;
            let members = members.iter().zip(&rhythms).zip(served);
            let ends = members.filter_map(|((member, rhythm), is_served)| {
                let recurrence = schedule.at(member.profile.preferred_send_hour);
                let due_at = occurrence(recurrence, time_zone, date)?.due_at;
                (member.created_at <= due_at).then(|| OccurrenceEnd {
                    member: member.profile.id,
                    occasion: occasion.clone(),
                    due_at,
                    why: if is_served {
                        why(schedule, library, member, rhythm, date).to_owned()
                    } else {
                        NO_SUBSCRIPTION.to_owned()
                    },
                })
            });
            noted += self.note_ends(ends.collect()).await?;
        }
    }
}

/// The last local date whose latest occurrence is too old to be caught up.
fn last_over(time_zone: &TimeZone, now: Timestamp) -> Option<Date> {
    let over = (now - GRACE).to_jiff().to_zoned(time_zone.clone()).date();
    over.yesterday().ok()
}

/// Missed, where there would have been a message.
fn why(
    schedule: Schedule,
    library: &Library,
    member: &Member,
    rhythm: &Rhythm,
    date: Date,
) -> &'static str {
    let today = today(library, member, rhythm, date);
    today
        .and_then(|today| schedule.why_not(&today))
        .unwrap_or("missed")
}
