//! What a model may ask for and want done: the same that the rules do, by name, with arguments that are read strictly. A wrong one
//! is refused with a sentence the model can mend it by. Nothing is done here: what is wanted is collected, and done with the
//! answer or not at all.

use domain::work::{Each, Weight, WeightUnit, Work};
use jiff::ToSpan as _;
use jiff::civil::Date;
use policy::coach::{About, exercise_named, replies, sets};
use policy::conversation::Speaker;
use policy::conversation::choosing::{Outcome, told};
use policy::language::Language;
use providers::openai::{Tool, ToolCall};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Act, LoggedSets, Turn};

/// The longest holiday that is taken by a model, in days.
const PAUSE_DAYS_MAX: i32 = 366;

/// The most hours a workout is put off by: it would be another day's.
const LATER_HOURS_MAX: u8 = 12;

/// The most sets of exercises in one call.
const LOGGED_MAX: usize = 10;

/// What a call comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Called {
    /// Something to know.
    Told(String),
    /// Something to do, and what the member may be told of it.
    Does(Act, String),
    /// A person has to look.
    HandedOver,
}

/// All tools there are.
pub(super) fn all() -> Vec<Tool> {
    let nothing = || json!({"type": "object", "properties": {}, "additionalProperties": false});
    let object = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let exercise = || {
        object(
            json!({"exercise": {"type": "string", "description": "Its name in the programme"}}),
            &["exercise"],
        )
    };
    let tool = |name, description, parameters| Tool {
        name,
        description,
        parameters,
    };
    vec![
        tool("todays_workout", "What there is to do today.", nothing()),
        tool("tomorrow", "What there is to do tomorrow.", nothing()),
        tool(
            "this_week",
            "What there is to do on the next seven days, by title.",
            nothing(),
        ),
        tool(
            "how_to",
            "How an exercise is done, as its coach wrote it.",
            exercise(),
        ),
        tool("swap", "What to do in place of an exercise.", exercise()),
        tool("easier", "An easier form of an exercise.", exercise()),
        tool("harder", "A harder form of an exercise.", exercise()),
        tool(
            "log_sets",
            "Keeps sets the member says they did. Only what they said: never guess a number.",
            object(
                json!({"sets": {"type": "array", "minItems": 1, "maxItems": LOGGED_MAX, "items": object(json!({
                    "exercise": {"type": "string", "description": "Its name in the programme; empty when they did not say"},
                    "sets": {"type": "integer", "minimum": 1},
                    "reps": {"type": "integer", "minimum": 1, "description": "Repetitions of each set; or else seconds"},
                    "seconds": {"type": "integer", "minimum": 1},
                    "weight": {"type": "number", "description": "Only where they said one"},
                    "unit": {"type": "string", "enum": ["kg", "lb"], "description": "Only where they said it"},
                }), &["sets"])}}),
                &["sets"],
            ),
        ),
        tool("skip_today", "Today's workout is not sent.", nothing()),
        tool(
            "later",
            "Today's workout is sent so many hours from now.",
            object(
                json!({"hours": {"type": "integer", "minimum": 1, "maximum": LATER_HOURS_MAX}}),
                &["hours"],
            ),
        ),
        tool(
            "pause",
            "A holiday from training, from today on.",
            object(
                json!({"until": {"type": "string", "description": "The day they go on, YYYY-MM-DD; left out when they did not say"}}),
                &[],
            ),
        ),
        tool("resume", "Ends a holiday.", nothing()),
        tool(
            "hour",
            "The workout comes at another hour from now on.",
            object(
                json!({"hour": {"type": "integer", "minimum": 0, "maximum": 23}}),
                &["hour"],
            ),
        ),
        tool(
            "language",
            "They are written to in another language from now on.",
            object(
                json!({"language": {"type": "string", "enum": ["en", "es", "pt"]}}),
                &["language"],
            ),
        ),
        tool(
            "hand_to_person",
            "A person of the team has to answer: anything about pain, health, food or medicine, money, a complaint, another person, or what you do not know.",
            object(
                json!({"reason": {"type": "string", "enum": ["health", "money", "complaint", "asks_for_person", "not_known"]}}),
                &["reason"],
            ),
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfExercise {
    exercise: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sets {
    sets: Vec<OneOfSets>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneOfSets {
    #[serde(default)]
    exercise: String,
    sets: u32,
    #[serde(default)]
    reps: Option<u32>,
    #[serde(default)]
    seconds: Option<u32>,
    #[serde(default)]
    weight: Option<f64>,
    #[serde(default)]
    unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    hours: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Until {
    #[serde(default)]
    until: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hour {
    hour: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spoken {
    language: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: HandOver,
}

/// Why a model gives something to a person.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HandOver {
    Health,
    Money,
    Complaint,
    AsksForPerson,
    NotKnown,
}

/// What a call comes to; or what is wrong with it, for the model.
pub(super) fn called(call: &ToolCall, turn: &Turn) -> Result<Called, String> {
    let (name, locale) = (turn.name.as_str(), turn.locale.as_str());
    let speaker = Speaker { name, locale };
    let nothing = |text: String| read::<Nothing>(call).map(|Nothing {}| Called::Told(text));
    match call.name.as_str() {
        "todays_workout" => nothing(workout(turn, 0)),
        "tomorrow" => nothing(workout(turn, 1)),
        "this_week" => {
            let days = turn.days.iter().map(|(date, workout)| {
                (
                    *date,
                    workout.as_ref().map(|workout| workout.title.as_str()),
                )
            });
            nothing(replies::week(days, locale))
        }
        "how_to" => about(call, turn, About::How),
        "swap" => about(call, turn, About::Instead),
        "easier" => about(call, turn, About::Easier),
        "harder" => about(call, turn, About::Harder),
        "log_sets" => log_sets(call, turn),
        "skip_today" => {
            let Nothing {} = read(call)?;
            Ok(Called::Does(
                Act::SkipToday,
                told(Outcome::Skipped, &speaker),
            ))
        }
        "later" => {
            let Hours { hours } = read(call)?;
            if !(1..=LATER_HOURS_MAX).contains(&hours) {
                return Err(format!("hours is from 1 to {LATER_HOURS_MAX}"));
            }
            Ok(Called::Does(
                Act::Later { hours },
                told(Outcome::Moved { hours }, &speaker),
            ))
        }
        "pause" => {
            let Until { until } = read(call)?;
            let date = until
                .as_deref()
                .map(|until| day_to_go_on(until, turn))
                .transpose()?;
            Ok(Called::Does(
                Act::Pause { until },
                replies::paused(date, name, locale),
            ))
        }
        "resume" => {
            let Nothing {} = read(call)?;
            Ok(Called::Does(
                Act::Resume,
                replies::resumed(turn.is_paused, name, locale),
            ))
        }
        "hour" => {
            let Hour { hour } = read(call)?;
            if hour > 23 {
                return Err("hour is from 0 to 23".into());
            }
            Ok(Called::Does(
                Act::Hour { hour },
                replies::hour(hour, name, locale),
            ))
        }
        "language" => {
            let Spoken { language } = read(call)?;
            let spoken = spoken(&language).ok_or("language is en, es or pt")?;
            Ok(Called::Does(
                Act::Language { language },
                replies::speaks(spoken, name),
            ))
        }
        "hand_to_person" => {
            let Reason { reason } = read(call)?;
            tracing::debug!(?reason, "a model gives a turn to a person");
            Ok(Called::HandedOver)
        }
        _ => Err("there is no such tool".into()),
    }
}

/// The language of a tag that a tool takes.
pub(super) fn spoken(tag: &str) -> Option<Language> {
    let all = [Language::English, Language::Spanish, Language::Portuguese];
    all.into_iter().find(|language| language.tag() == tag)
}

/// What was logged, as it is kept; `None` where it is no set at all.
pub(super) fn work(set: &LoggedSets) -> Option<Work> {
    let each = match (set.reps, set.seconds) {
        (Some(reps), None) => Each::Reps(reps),
        (None, Some(seconds)) => Each::Seconds(seconds),
        _ => return None,
    };
    let weight = set.weight_hundredths.map(|hundredths| Weight {
        hundredths,
        unit: set.unit.as_deref().and_then(WeightUnit::from_word),
    });
    let work = Work {
        exercise: set.exercise.clone(),
        sets: set.sets,
        each,
        weight,
    };
    sets::is_plausible(&work).then_some(work)
}

fn read<T: DeserializeOwned>(call: &ToolCall) -> Result<T, String> {
    let arguments = call.arguments.trim();
    let arguments = if arguments.is_empty() {
        "{}"
    } else {
        arguments
    };
    serde_json::from_str(arguments).map_err(|error| format!("the arguments are wrong: {error}"))
}

fn workout(turn: &Turn, ahead: usize) -> String {
    let day = turn
        .days
        .get(ahead)
        .and_then(|(_, workout)| workout.as_ref());
    day.map_or_else(
        || "There is no workout on that day.".to_owned(),
        |workout| workout.text.clone(),
    )
}

fn about(call: &ToolCall, turn: &Turn, about: About) -> Result<Called, String> {
    let OfExercise { exercise } = read(call)?;
    let exercise = exercise_named(&exercise, &turn.exercises).ok_or_else(|| no_exercise(turn))?;
    let told = replies::about(about, exercise, &turn.locale);
    Ok(Called::Told(told.unwrap_or_else(|| {
        "Their coach wrote nothing about that.".to_owned()
    })))
}

fn no_exercise(turn: &Turn) -> String {
    let names: Vec<&str> = turn.exercises.iter().map(|one| one.name.as_str()).collect();
    format!(
        "no such exercise in the programme; there are: {}",
        names.join(", ")
    )
}

fn log_sets(call: &ToolCall, turn: &Turn) -> Result<Called, String> {
    let Sets { sets } = read(call)?;
    if sets.is_empty() || sets.len() > LOGGED_MAX {
        return Err(format!("sets holds 1 to {LOGGED_MAX} exercises"));
    }
    let mut kept = Vec::with_capacity(sets.len());
    let mut works = Vec::with_capacity(sets.len());
    for one in sets {
        let exercise = match one.exercise.trim() {
            "" => String::new(),
            name => exercise_named(name, &turn.exercises)
                .map(|exercise| exercise.name.clone())
                .ok_or_else(|| no_exercise(turn))?,
        };
        if one
            .unit
            .as_deref()
            .is_some_and(|unit| WeightUnit::from_word(unit).is_none())
        {
            return Err("unit is kg or lb".into());
        }
        let set = LoggedSets {
            exercise,
            sets: one.sets,
            reps: one.reps,
            seconds: one.seconds,
            weight_hundredths: one.weight.map(hundredths).transpose()?,
            unit: one.unit,
        };
        let work = work(&set).ok_or(
            "each has reps or seconds, not both: 1 to 50 sets of 1 to 1000 reps or 1 to 7200 seconds",
        )?;
        works.push((work, None));
        kept.push(set);
    }
    let text = replies::logged(&works, &turn.name, &turn.locale);
    Ok(Called::Does(Act::LogSets { sets: kept }, text))
}

fn hundredths(weight: f64) -> Result<u32, String> {
    // Judged by its text: what a number with two places is does not hang on how it is kept.
    let wrong = || "weight is from 0.25 to 1000".to_owned();
    if !(0.25..=1_000.0).contains(&weight) {
        return Err(wrong());
    }
    let text = format!("{weight:.2}").replace('.', "");
    text.parse().map_err(|_| wrong())
}

fn day_to_go_on(until: &str, turn: &Turn) -> Result<Date, String> {
    let today = turn.local.date();
    let date: Date = until
        .parse()
        .map_err(|_| format!("until is a day, YYYY-MM-DD; today is {today}"))?;
    let last = today.checked_add(PAUSE_DAYS_MAX.days()).unwrap_or(today);
    if date <= today || date > last {
        return Err(format!("until is after today, {today}, and within a year"));
    }
    Ok(date)
}

#[cfg(test)]
mod tests;
