//! Occurrences that nobody looked at in their time: the process was down, or the database away. What can still
//! be caught up is sent by the ordinary run (G27); of the rest it is kept that they were missed, so that
//! every occurrence has an end (G26).

use std::sync::{Arc, PoisonError};

use domain::failpoint::{self, Point};
use domain::{MemberId, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use policy::schedule::{occurrence, zone};
use store::ops::NoteChecked;
use store::questions::{CheckedTo, DueMembers, TimeZones};
use store::records::{DuePage, Member, OccurrenceEnd, Rhythm};
use store::{Epoch, Shard, Shards};

use super::checked::Checked;
use super::round::{BEFORE_TAKEOVER, is_before};
use super::{AMONG, PAGE, Schedule};
use crate::programmes::Library;
use crate::subscriptions::NO_SUBSCRIPTION;
use crate::training::today;
use crate::{Engine, EngineError};

/// One look for what was missed.
struct Look {
    now: Timestamp,
    epoch: Epoch,
    /// The shards that have been ours from its beginning.
    ours: Shards,
    library: Arc<Library>,
    /// Since when what recurs is this home's.
    from: Option<Timestamp>,
    /// How many dates of time zones were looked at.
    dates: u32,
    noted: u32,
}

impl Look {
    /// What is ours right now. What was lost in between was not looked through by us, though it came back.
    fn goes_on_with(&mut self, shards: Shards) {
        self.ours = self.ours.within(shards);
    }

    /// Whether a member is one of those this look is about.
    fn is_about(&self, member: MemberId, over: Shards) -> bool {
        over.within(self.ours).contains(Shard::of(member))
    }
}

/// One date of a time zone, for some shards.
struct Over<'a> {
    name: &'a str,
    time_zone: &'a TimeZone,
    date: Date,
    shards: Shards,
}

impl Engine {
    /// Notes the occurrences of our members that are over and have no end; how many there were. What was looked through
    /// before, by whomever, is not again: up to when is kept for each shard.
    pub async fn note_missed(&self) -> Result<u32, EngineError> {
        self.refuse_while_held()?;
        let epoch = self.inner.ownership.epoch();
        let mut look = Look {
            now: self.now(),
            epoch,
            ours: self.shards(),
            library: self.programmes().await?,
            from: self.recurs_from().await?,
            dates: 0,
            noted: 0,
        };
        let checked = self.what_was_checked(&mut look).await?;
        for name in self.ask().question(TimeZones).await? {
            let Ok(time_zone) = zone(&name) else { continue };
            for (date, shards) in checked.open(&time_zone, look.now) {
                look.dates += 1;
                let over = Over {
                    name: &name,
                    time_zone: &time_zone,
                    date,
                    shards,
                };
                for schedule in [Schedule::Daily, Schedule::Weekly] {
                    self.note_missed_on(schedule, &over, &mut look).await?;
                }
            }
        }
        if look.dates > 0 {
            self.keep_checked(&mut look).await?;
        }
        tracing::debug!(
            dates = look.dates,
            shards = look.ours.count(),
            noted = look.noted,
            "looked for missed occurrences"
        );
        Ok(look.noted)
    }

    fn checked(&self) -> std::sync::MutexGuard<'_, Checked> {
        self.inner
            .checked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to when our shards were looked through. What was kept is read for those that have come to be ours.
    async fn what_was_checked(&self, look: &mut Look) -> Result<Checked, EngineError> {
        let unknown = self.checked().unknown(look.epoch, look.ours);
        if unknown != Shards::NONE {
            let kept = self.ask().question(CheckedTo).await?;
            self.checked().learn(unknown, &kept);
        }
        let checked = self.checked().clone();
        look.goes_on_with(checked.known());
        Ok(checked)
    }

    /// Keeps that a look came to its end, for the shards that were ours all the while.
    async fn keep_checked(&self, look: &mut Look) -> Result<(), EngineError> {
        look.goes_on_with(self.shards());
        let note = NoteChecked {
            shards: look.ours,
            epoch: look.epoch,
            to: look.now,
        };
        let kept = self.inner.committer.submit(note).await?;
        self.checked().are_through(kept, look.now);
        Ok(())
    }

    async fn note_missed_on(
        &self,
        schedule: Schedule,
        over: &Over<'_>,
        look: &mut Look,
    ) -> Result<(), EngineError> {
        let occasion = schedule.occasion(over.date);
        // The last hour at which it may have been due. A week has one occurrence, on its Sunday.
        let Some(latest) = occurrence(schedule.at(23), over.time_zone, over.date) else {
            return Ok(());
        };
        let mut after: Option<MemberId> = None;
        loop {
            let DuePage { members, next } = self
                .ask()
                .question(DueMembers {
                    time_zone: over.name.into(),
                    hours: None,
                    occasion: occasion.clone(),
                    joined_by: latest.due_at,
                    after,
                    limit: PAGE,
                    among: AMONG,
                })
                .await?;
            look.goes_on_with(self.shards());
            let members: Vec<_> = members
                .into_iter()
                .filter(|member| look.is_about(member.profile.id, over.shards))
                .collect();
            look.noted += self.note_missed_of(schedule, &members, over, look).await?;
            match next {
                Some(_) => after = next,
                None => return Ok(()),
            }
        }
    }

    async fn note_missed_of(
        &self,
        schedule: Schedule,
        members: &[Member],
        over: &Over<'_>,
        look: &Look,
    ) -> Result<u32, EngineError> {
        if members.is_empty() {
            return Ok(0);
        }
        let occasion = schedule.occasion(over.date);
        let rhythms = self.rhythms(members).await?;
        let served = self.served(members).await?;
        let members = members.iter().zip(&rhythms).zip(served);
        let ends = members.filter_map(|((member, rhythm), is_served)| {
            let recurrence = schedule.at(member.profile.preferred_send_hour);
            let due_at = occurrence(recurrence, over.time_zone, over.date)?.due_at;
            let why = || {
                if !is_served {
                    return NO_SUBSCRIPTION;
                }
                match why_not(schedule, &look.library, member, rhythm, over.date) {
                    Some(why) => why,
                    None if is_before(due_at, look.from) => BEFORE_TAKEOVER,
                    None => "missed",
                }
            };
            (member.created_at <= due_at).then(|| OccurrenceEnd {
                member: member.profile.id,
                occasion: occasion.clone(),
                due_at,
                why: why().to_owned(),
            })
        });
        let ends: Vec<OccurrenceEnd> = ends.collect();
        if !ends.is_empty() {
            failpoint::pass(Point::Missed);
        }
        self.note_ends(ends).await
    }
}

/// Why there would have been no message; `None` where there would.
fn why_not(
    schedule: Schedule,
    library: &Library,
    member: &Member,
    rhythm: &Rhythm,
    date: Date,
) -> Option<&'static str> {
    let today = today(library, member, rhythm, date)?;
    schedule.why_not(&today)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{MemberId, Timestamp};
    use store::{Epoch, Shard, Shards};

    use super::Look;
    use crate::programmes::Library;

    #[test]
    fn what_was_lost_in_the_middle_of_a_look_is_not_noted_though_it_came_back() {
        let member = MemberId::from_bytes([7; 16]);
        let theirs = Shards::NONE.with(Shard::of(member));
        let mut look = Look {
            now: Timestamp::from_seconds(1_795_651_200),
            epoch: Epoch(3),
            ours: Shards::ALL,
            library: Arc::new(Library::default()),
            from: None,
            dates: 1,
            noted: 0,
        };
        assert!(look.is_about(member, Shards::ALL));
        assert!(!look.is_about(member, Shards::ALL.without(theirs)));
        look.goes_on_with(Shards::ALL.without(theirs));
        look.goes_on_with(Shards::ALL);
        assert!(!look.is_about(member, Shards::ALL));
        assert_eq!(look.ours, Shards::ALL.without(theirs));
    }
}
