//! What members log: the sets they did, by text. A message logs once, whatever happens between.

use domain::work::Work;
use jiff::civil::Date;
use policy::coach::replies;
use store::StoreError;
use store::ops::LogWork;
use store::questions::TrainingOf;
use store::records::UnansweredInbound;

use crate::Engine;

/// How far back it is looked for the last time of an exercise, in sets of exercises.
const LOOKED_BACK: u32 = 200;

impl Engine {
    /// Keeps the sets that a message tells, and answers with what was done the last time.
    pub(crate) async fn log_work(
        &self,
        inbound: &UnansweredInbound,
        work: Vec<Work>,
        done_on: Date,
    ) -> Result<String, StoreError> {
        let profile = &inbound.member.profile;
        let record = self
            .ask()
            .question(TrainingOf {
                member: profile.id,
                limit: LOOKED_BACK,
            })
            .await?;
        let before = |work: &Work| {
            let mut logged = record.logged.iter();
            let is_earlier = |exercise: &str| {
                !work.exercise.is_empty() && exercise.eq_ignore_ascii_case(&work.exercise)
            };
            let found =
                logged.find(|one| one.message != inbound.id && is_earlier(&one.work.exercise));
            found.map(|one| one.work.clone())
        };
        let told: Vec<(Work, Option<Work>)> =
            work.iter().map(|one| (one.clone(), before(one))).collect();
        self.for_answer(LogWork {
            member: profile.id,
            message: inbound.id,
            done_on,
            work,
            at: self.now(),
        })
        .await?;
        Ok(replies::logged(
            &told,
            profile.name.as_str(),
            &profile.locale,
        ))
    }
}
