//! A day of a programme as phones would show it, before anybody follows it: the same functions that make the messages of
//! members make this one.

use domain::Kind;
use domain::segments::{Segments, segments};
use jiff::ToSpan as _;
use jiff::civil::Date;
use policy::language::weekday;
use policy::templates::ours;
use policy::templates::placeholders::filled;

use super::{Days, Programme, WEEK};
use crate::training::{Workout, workout};
use crate::{Engine, EngineError};

/// A day, looked at.
#[derive(Clone, Debug)]
pub struct Look {
    /// What there is to do.
    pub workout: Workout,
    /// What it takes by SMS.
    pub segments: Segments,
    /// What asks first on WhatsApp while the window is closed; `None` where nothing may.
    pub knock: Option<KnockLook>,
}

/// The template that asks first.
#[derive(Clone, Debug)]
pub struct KnockLook {
    /// Its language.
    pub language: String,
    /// Its words, filled.
    pub words: String,
    /// What stands on its buttons.
    pub buttons: Vec<String>,
}

impl Engine {
    /// A day of a programme as somebody of this name and language would get it; `None` for a day of rest.
    pub async fn look_at_day(
        &self,
        programme: &Programme,
        (name, locale): (&str, &str),
        (week, day): (usize, usize),
    ) -> Result<Option<Look>, EngineError> {
        let Some(workout) = workout(programme, (name, locale), (week, day)) else {
            return Ok(None);
        };
        Ok(Some(Look {
            segments: segments(&workout.text, false),
            knock: self
                .knock_look(name, locale, self.day_shown(programme, day))
                .await?,
            workout,
        }))
    }

    /// The next date on which this day of a programme comes, where its days are those of the week; else today's.
    fn day_shown(&self, programme: &Programme, day: usize) -> Date {
        let today = self.local_date("UTC");
        if programme.days != Days::OfTheWeek {
            return today;
        }
        let mut dates = today.series(1.day()).take(WEEK);
        let monday_is_one = |date: &Date| usize::try_from(date.weekday().to_monday_one_offset());
        dates
            .find(|date| monday_is_one(date) == Ok(day))
            .unwrap_or(today)
    }

    async fn knock_look(
        &self,
        name: &str,
        locale: &str,
        date: Date,
    ) -> Result<Option<KnockLook>, EngineError> {
        let offered = self.templates_offered(locale).await?;
        let kind = Kind::DailyWorkout.as_str();
        let Some(template) = offered.into_iter().find(|one| one.name == kind) else {
            return Ok(None);
        };
        let values = ours::DailyWorkout {
            name,
            day: weekday(date, &template.language),
        }
        .values();
        let words = filled(&template.body, |number| {
            let number = match number {
                "name" => "1",
                "day" => "2",
                number => number,
            };
            values.get(number).map(domain::Text::as_str)
        });
        Ok(words.map(|words| KnockLook {
            buttons: self.buttons_of(kind, &template.language),
            language: template.language,
            words,
        }))
    }

    /// What stands on the buttons of a template of ours.
    fn buttons_of(&self, name: &str, language: &str) -> Vec<String> {
        let templates = self.inner.catalog.iter();
        let wordings = templates
            .filter(|one| *one.name == *name)
            .flat_map(|one| &one.wordings);
        let mut fitting = wordings.filter(|one| *one.language == *language);
        let buttons = fitting.next().map(|one| one.buttons.iter());
        buttons
            .into_iter()
            .flatten()
            .map(|button| button.title.to_string())
            .collect()
    }
}
