//! A day of a programme as phones show it.

use domain::segments::Encoding;
use engine::EngineError;
use engine::programmes::{Look, Programme, WEEK};

use crate::State;

/// Whose phone it is.
const NAME: &str = "Ana";

/// Which day is looked at, as it was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) language: String,
    pub(super) week: String,
    pub(super) day: String,
}

/// The day, and what there is to choose from.
pub(super) struct DayShown {
    pub(super) languages: Vec<String>,
    pub(super) language: String,
    pub(super) weeks: usize,
    pub(super) week: usize,
    pub(super) day: usize,
    /// Nothing on a day of rest.
    pub(super) phone: Option<Phone>,
}

/// As it shows.
pub(super) struct Phone {
    pub(super) text: String,
    pub(super) media: Option<String>,
    pub(super) segments: String,
    pub(super) is_dear: bool,
    /// What asks first while the window is closed, and its buttons.
    pub(super) knock: Option<(String, Vec<String>)>,
}

/// The day somebody wants to look at, or the first one with something to do.
pub(super) async fn look(
    state: &State,
    programme: &Programme,
    wanted: &Wanted,
) -> Result<DayShown, EngineError> {
    let languages: Vec<String> = programme.courses.keys().cloned().collect();
    let named = languages.iter().find(|one| **one == wanted.language);
    let english = || {
        programme
            .course("en")
            .map(|(language, _)| language.to_owned())
    };
    let language = named.cloned().or_else(english).unwrap_or_default();
    let weeks = programme
        .courses
        .values()
        .next()
        .map_or(&[][..], |course| &course.weeks);
    let first = || {
        let days = weeks.iter().enumerate().find_map(|(week, one)| {
            let day = one.days.iter().position(Option::is_some)?;
            Some((week + 1, day + 1))
        });
        days.unwrap_or((1, 1))
    };
    let typed = (wanted.week.parse().ok(), wanted.day.parse().ok());
    let (week, day) = match typed {
        (Some(week), Some(day)) => (week, day),
        _ => first(),
    };
    let week = week.clamp(1, weeks.len().max(1));
    let day = day.clamp(1, WEEK);
    let engine = state.engine();
    let looked = engine.look_at_day(programme, (NAME, &language), (week, day));
    Ok(DayShown {
        weeks: weeks.len(),
        languages,
        week,
        day,
        phone: looked.await?.map(phone),
        language,
    })
}

fn phone(look: Look) -> Phone {
    let segments = look.segments;
    let encoding = match segments.encoding {
        Encoding::Gsm7 => "GSM-7",
        Encoding::Ucs2 => "UCS-2",
    };
    let plural = if segments.count == 1 { "" } else { "s" };
    Phone {
        text: look.workout.text,
        media: look.workout.media.map(|url| url.as_str().to_owned()),
        segments: format!("{} segment{plural}, {encoding}", segments.count),
        is_dear: segments.encoding == Encoding::Ucs2 || segments.count > 3,
        knock: look.knock.map(|knock| (knock.words, knock.buttons)),
    }
}
