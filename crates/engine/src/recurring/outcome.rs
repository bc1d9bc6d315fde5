//! What became of a member's workout of today: the first thing a coach is asked.

use domain::{MessageId, Timestamp};
use jiff::civil::Date;
use store::questions::ByOccasion;
use store::records::Member;

use super::Schedule;
use crate::training::Training;
use crate::{Engine, EngineError};

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a message: that one tells the rest.
    Made(MessageId),
    /// There will be none, for this reason, a code.
    None(String),
    /// It is made at that instant, if nothing changes.
    Due(Timestamp),
    /// Its time is over, and it is not made yet.
    Late(Timestamp),
}

/// Today's workout of a member.
#[derive(Clone, Debug)]
pub struct TodaysWorkout {
    /// Their local date.
    pub date: Date,
    /// What there is to do, in a few words; `None` on a day without.
    pub title: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
}

impl Engine {
    /// What became of today's workout; `None` where no programme says what today is.
    pub async fn todays_outcome(
        &self,
        member: &Member,
        training: &Training,
    ) -> Result<Option<TodaysWorkout>, EngineError> {
        let Some(ahead) = training.days.first() else {
            return Ok(None);
        };
        let occasion = Schedule::Daily.occasion(ahead.date);
        let asked = ByOccasion {
            member: member.profile.id,
            occasions: vec![occasion.clone()],
        };
        let made = self
            .ask()
            .question(asked)
            .await?
            .into_iter()
            .flatten()
            .next();
        let mut ends = training.record.occurrences.iter();
        let ended = ends.find(|end| end.occasion == occasion);
        let outcome = match (made, ended, ahead.today.why_not(), ahead.due_at) {
            (Some(message), ..) => Outcome::Made(message),
            (None, Some(end), ..) => Outcome::None(end.why.clone()),
            (None, None, Some(why), _) => Outcome::None(why.to_owned()),
            (None, None, None, Some(due)) if due > self.now() => Outcome::Due(due),
            (None, None, None, Some(due)) => Outcome::Late(due),
            (None, None, None, None) => Outcome::None("no_such_hour".to_owned()),
        };
        Ok(Some(TodaysWorkout {
            date: ahead.date,
            title: ahead
                .today
                .workout
                .as_ref()
                .map(|workout| workout.title.clone()),
            outcome,
        }))
    }
}
