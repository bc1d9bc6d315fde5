//! What members ask their coach for and get by rule: how an exercise is done and what to do in place of it, the days
//! to come, a holiday, another hour, another language, sets that are logged. What is changed is changed before the message counts as
//! answered: a crash between does it again, to the same end.

use domain::{Kind, MemberId};
use jiff::ToSpan as _;
use jiff::civil::Date;
use policy::coach::{Wish, replies};
use policy::language::Language;
use policy::programme::Exercise;
use policy::programme::day::Pause;
use policy::programme::shipped;
use store::StoreError;
use store::ops::{SetPauses, UpdateMember};
use store::questions::{ByOccasion, MemberById};
use store::records::{Member, MemberChanges, UnansweredInbound};

use crate::Engine;
use crate::programmes::Library;
use crate::training::today;

/// How many days “this week” tells.
const DAYS_TOLD: i32 = 7;

/// What somebody is answered.
pub(crate) struct Coached {
    /// In these words.
    pub(crate) text: String,
    /// Whether today's workout is not sent any more, where it still waits.
    pub(crate) skips_today: bool,
}

impl Coached {
    fn says(text: String) -> Self {
        Self {
            text,
            skips_today: false,
        }
    }
}

impl Engine {
    /// Does what is wished for. `None` where there is nothing to say about it.
    pub(crate) async fn coach(
        &self,
        inbound: &UnansweredInbound,
        wish: Wish<'_>,
        library: &Library,
        date: Date,
    ) -> Result<Option<Coached>, StoreError> {
        let member = &inbound.member;
        let (name, locale) = (member.profile.name.as_str(), member.profile.locale.as_str());
        tracing::debug!(message.id = %inbound.id, wish = wish.code(), "a wish was understood");
        let text = match wish {
            Wish::Exercise(about, exercise) => {
                return Ok(replies::about(about, exercise, locale).map(Coached::says));
            }
            Wish::Week => {
                let rhythm = self.rhythm(member).await?;
                let days = (0..DAYS_TOLD).filter_map(|n| date.checked_add(n.days()).ok());
                let days: Vec<_> = days
                    .map(|date| {
                        let workout =
                            today(library, member, &rhythm, date).and_then(|today| today.workout);
                        (date, workout.map(|workout| workout.title))
                    })
                    .collect();
                replies::week(
                    days.iter().map(|(date, title)| (*date, title.as_deref())),
                    locale,
                )
            }
            Wish::Tomorrow => {
                let rhythm = self.rhythm(member).await?;
                let workout = date
                    .tomorrow()
                    .ok()
                    .and_then(|date| today(library, member, &rhythm, date)?.workout);
                replies::tomorrow(
                    workout.as_ref().map(|workout| workout.text.as_str()),
                    locale,
                )
            }
            Wish::Pause { until } => {
                self.begin_holiday(member, date, until).await?;
                let text = replies::paused(until, name, locale);
                return Ok(Some(Coached {
                    text,
                    skips_today: true,
                }));
            }
            Wish::Resume => {
                let was_paused = self.end_holiday(member).await?;
                replies::resumed(was_paused, name, locale)
            }
            Wish::Hour(hour) => {
                let preferred_send_hour = Some(hour);
                let changes = MemberChanges {
                    preferred_send_hour,
                    ..MemberChanges::default()
                };
                self.change(member.profile.id, changes).await?;
                replies::hour(hour, name, locale)
            }
            Wish::Speak(language) => {
                if Language::of(locale) != language {
                    let locale = Some(language.tag().to_owned());
                    let changes = MemberChanges {
                        locale,
                        ..MemberChanges::default()
                    };
                    self.change(member.profile.id, changes).await?;
                }
                replies::speaks(language, name)
            }
        };
        Ok(Some(Coached::says(text)))
    }

    /// From today on; from tomorrow, when today's workout has been made: it is not done twice.
    pub async fn begin_holiday(
        &self,
        member: &Member,
        date: Date,
        until: Option<Date>,
    ) -> Result<(), StoreError> {
        let made = self
            .ask()
            .question(ByOccasion {
                member: member.profile.id,
                occasions: vec![format!("{}:{date}", Kind::DailyWorkout)],
            })
            .await?;
        let is_made = made.iter().any(Option::is_some);
        let from = if is_made {
            date.tomorrow().unwrap_or(date)
        } else {
            date
        };
        let mut pauses = until_now(self.rhythm(member).await?.pauses, date);
        if until.is_none_or(|until| until > from) {
            pauses.push((from, until));
        }
        self.keep_pauses(member.profile.id, pauses).await
    }

    /// Whether there was one.
    pub async fn end_holiday(&self, member: &Member) -> Result<bool, StoreError> {
        let date = self.local_date(&member.profile.time_zone);
        let before = self.rhythm(member).await?.pauses;
        let is_open = |(from, until): &(Date, Option<Date>)| {
            let pause = Pause {
                from: *from,
                until: *until,
            };
            pause.holds(date) || pause.from > date
        };
        if !before.iter().any(is_open) {
            return Ok(false);
        }
        self.keep_pauses(member.profile.id, until_now(before, date))
            .await?;
        Ok(true)
    }

    /// START means all of it: workouts come again.
    pub(crate) async fn start_ends_holiday(&self, member: MemberId) {
        let ended = async {
            match self.ask().question(MemberById { id: member }).await? {
                Some(member) => self.end_holiday(&member).await,
                None => Ok(false),
            }
        };
        if let Err(error) = ended.await {
            tracing::error!(member.id = %member, %error, "a holiday goes on after START: it could not be ended");
        }
    }

    async fn keep_pauses(
        &self,
        member: MemberId,
        pauses: Vec<(Date, Option<Date>)>,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.for_answer(SetPauses { member, pauses, at }).await?;
        Ok(())
    }

    pub(crate) async fn change(
        &self,
        id: MemberId,
        changes: MemberChanges,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.for_answer(UpdateMember {
            id,
            changes,
            proved: None,
            at,
        })
        .await?;
        Ok(())
    }
}

/// Holidays as far as they are over; the one that is not ends today, and those to come are gone.
fn until_now(pauses: Vec<(Date, Option<Date>)>, date: Date) -> Vec<(Date, Option<Date>)> {
    let begun = pauses.into_iter().filter(|(from, _)| *from < date);
    begun
        .map(|(from, until)| (from, Some(until.map_or(date, |until| until.min(date)))))
        .collect()
}

/// Those of their programme, and of the one that comes with every service: people ask for squats whatever they
/// follow. Their own come last: of two of one name the last one counts.
pub(crate) fn exercises(library: &Library, member: &Member) -> Vec<Exercise> {
    let profile = &member.profile;
    let of = |slug: &str| {
        let offered = library.followed(slug)?;
        offered.programme.course(&profile.locale)
    };
    let (common, own) = (of(shipped::DEFAULT), of(&profile.programme));
    let courses = [common, own].into_iter().flatten();
    courses
        .flat_map(|(_, course)| course.exercises.iter().cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_is_over_stays_and_what_is_not_ends_today() {
        let day = |day| date(2026, 11, day);
        let pauses = vec![
            (day(1), Some(day(5))),
            (day(20), None),
            (day(22), Some(day(29))),
            (day(28), Some(day(30))),
        ];
        assert_eq!(
            until_now(pauses, day(27)),
            [
                (day(1), Some(day(5))),
                (day(20), Some(day(27))),
                (day(22), Some(day(27))),
            ]
        );
    }
}
