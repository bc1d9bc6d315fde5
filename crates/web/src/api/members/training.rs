//! `GET /api/v1/members/{id}/training`, `PUT …/enrolment`, `PUT …/pauses`: what a member does and when.

use axum::response::Response;
use domain::work::Each;
use engine::training::{Ahead, DayOf, PAUSES_MAX, Pause, Training};
use http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::records::LoggedWork;
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::json::{Sent, answer, json_body};
use crate::path::MemberInPath;
use crate::problem::{Faults, Problem};

/// How many days are told.
const DAYS_AHEAD: i32 = 14;

/// How many occurrences without a message, and how many logged sets, are told.
const TOLD: u32 = 60;

/// A day of a member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayAnswer {
    /// Their local date.
    #[schema(example = "2026-11-30")]
    date: String,
    /// When its message is due. RFC 3339, UTC; null on a date that their time zone leaves out.
    #[schema(example = "2026-11-30T12:00:00Z")]
    due_at: Option<String>,
    /// `workout`, `rest_day`, `paused`, `not_begun` or `programme_finished`
    #[schema(example = "workout")]
    what: &'static str,
    /// Which week of the programme, from 1.
    week: Option<usize>,
    /// Which day of it, from 1.
    day: Option<usize>,
    /// What there is to do, in a few words.
    #[schema(example = "Strength A")]
    title: Option<String>,
    /// The message of that day.
    text: Option<String>,
}

/// A programme somebody follows or followed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolmentAnswer {
    #[schema(example = "beginner-strength")]
    programme: String,
    /// The local date of its first day.
    #[schema(example = "2026-11-30")]
    started_on: String,
    /// RFC 3339, UTC.
    began_at: String,
    ended_at: Option<String>,
}

/// A holiday.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-12-20", "until": "2027-01-04"}))]
pub(crate) struct PauseBody {
    /// Its first day, a local date.
    from: String,
    /// The day they go on; left out until they say so.
    #[serde(default)]
    until: Option<String>,
}

/// An occurrence without a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OccurrenceAnswer {
    /// Which: the kind and the local date.
    #[schema(example = "daily_workout:2026-11-29")]
    occasion: String,
    /// RFC 3339, UTC.
    due_at: String,
    /// `rest_day`, `paused`, `not_begun`, `programme_finished`, `no_subscription`, `too_soon` (the last one was less
    /// than 12 hours before), `before_takeover` (due before this service took over, and perhaps sent before) or `missed`
    #[schema(example = "rest_day")]
    why: String,
}

/// Sets that a member logged by text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoggedAnswer {
    /// Their local date.
    #[schema(example = "2026-11-30")]
    done_on: String,
    /// As the programme or the member calls it; empty when they did not say.
    #[schema(example = "Squats")]
    exercise: String,
    sets: u32,
    /// Repetitions of each set.
    reps: Option<u32>,
    /// Or its seconds.
    seconds: Option<u32>,
    /// As it was told.
    #[schema(example = "77.5 kg")]
    weight: Option<String>,
    /// By which message, `msg_…`.
    message_id: String,
}

impl From<LoggedWork> for LoggedAnswer {
    fn from(logged: LoggedWork) -> Self {
        let (reps, seconds) = match logged.work.each {
            Each::Reps(reps) => (Some(reps), None),
            Each::Seconds(seconds) => (None, Some(seconds)),
        };
        Self {
            done_on: logged.done_on.to_string(),
            exercise: logged.work.exercise,
            sets: logged.work.sets,
            reps,
            seconds,
            weight: logged.work.weight.map(|weight| weight.to_string()),
            message_id: logged.message.to_string(),
        }
    }
}

/// What a member does and when.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrainingAnswer {
    /// What they follow.
    #[schema(example = "beginner-strength")]
    programme: String,
    /// Its name in their language.
    name: String,
    /// Its version.
    version: u32,
    /// The local date of its first day.
    #[schema(example = "2026-11-30")]
    started_on: String,
    /// From today on.
    days: Vec<DayAnswer>,
    /// When the next weekly question is due. RFC 3339, UTC.
    next_checkin_at: Option<String>,
    pauses: Vec<PauseBody>,
    /// Those they changed to, the newest first.
    enrolments: Vec<EnrolmentAnswer>,
    /// What they logged, the newest first, at most 60.
    logged: Vec<LoggedAnswer>,
    /// Why there was no message, the newest first, at most 60.
    without_message: Vec<OccurrenceAnswer>,
}

impl From<Ahead> for DayAnswer {
    fn from(ahead: Ahead) -> Self {
        let Ahead {
            date,
            due_at,
            today,
        } = ahead;
        let (week, day) = match today.day {
            DayOf::Session { week, day } | DayOf::Rest { week, day } => (Some(week), Some(day)),
            DayOf::NotBegun | DayOf::Paused { .. } | DayOf::Finished => (None, None),
        };
        let what = today.why_not().unwrap_or("workout");
        let (title, text) = today
            .workout
            .map(|workout| (workout.title, workout.text))
            .unzip();
        Self {
            date: date.to_string(),
            due_at: due_at.map(|at| at.to_string()),
            what,
            week,
            day,
            title,
            text,
        }
    }
}

impl From<Training> for TrainingAnswer {
    fn from(training: Training) -> Self {
        let Training {
            programme,
            version,
            name,
            enrolment,
            days,
            next_checkin_at,
            record,
        } = training;
        Self {
            programme,
            name,
            version,
            started_on: enrolment.started_on.to_string(),
            days: days.into_iter().map(DayAnswer::from).collect(),
            next_checkin_at: next_checkin_at.map(|at| at.to_string()),
            pauses: record
                .pauses
                .iter()
                .map(|(from, until)| PauseBody {
                    from: from.to_string(),
                    until: until.map(|until| until.to_string()),
                })
                .collect(),
            enrolments: record
                .enrolments
                .into_iter()
                .map(|one| EnrolmentAnswer {
                    programme: one.programme,
                    started_on: one.started_on.to_string(),
                    began_at: one.began_at.to_string(),
                    ended_at: one.ended_at.map(|at| at.to_string()),
                })
                .collect(),
            logged: record.logged.into_iter().map(LoggedAnswer::from).collect(),
            without_message: record
                .occurrences
                .into_iter()
                .map(|one| OccurrenceAnswer {
                    occasion: one.occasion,
                    due_at: one.due_at.to_string(),
                    why: one.why,
                })
                .collect(),
        }
    }
}

/// What to follow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"programme": "five-kilometres", "started_on": "2026-12-01"}))]
pub(crate) struct PutEnrolment {
    /// What it is called by.
    programme: String,
    /// The local date of its first day; today when it is left out.
    #[serde(default)]
    started_on: Option<String>,
}
json_body!(PutEnrolment);

/// Holidays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pauses": [{"from": "2026-12-20", "until": "2027-01-04"}]}))]
pub(crate) struct PutPauses {
    /// All of them, in place of what was said before; at most 50.
    pauses: Vec<PauseBody>,
}
json_body!(PutPauses);

/// Read a member's training
///
/// What they follow, the next fourteen days, holidays, and why there was no message on a day.
#[utoipa::path(
    get, path = "/api/v1/members/{id}/training", tag = "Members", operation_id = "read_training",
    params(("id" = String, Path, description = "`mem_…`")),
    responses(
        (status = 200, description = "Their training", body = TrainingAnswer),
        (status = 404, description = "No such member", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn read(
    state: State,
    _caller: Caller,
    id: MemberInPath,
) -> Result<Response, Problem> {
    told(&state, id).await
}

async fn told(state: &State, id: MemberInPath) -> Result<Response, Problem> {
    let training = state.engine().training(id.0, DAYS_AHEAD, TOLD).await?;
    Ok(answer(StatusCode::OK, &TrainingAnswer::from(training)))
}

/// Enrol a member
///
/// In place of the programme they followed. Their next workout is of this one.
#[utoipa::path(
    put, path = "/api/v1/members/{id}/enrolment", tag = "Members", operation_id = "enrol_member",
    params(("id" = String, Path, description = "`mem_…`")),
    request_body = PutEnrolment,
    responses(
        (status = 200, description = "Their training now", body = TrainingAnswer),
        (status = 404, description = "No such member", body = Problem),
        (status = 422, description = "No such programme, or no date", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn enrol(
    state: State,
    id: MemberInPath,
    sent: Sent<PutEnrolment>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let started_on = sent.body.started_on.as_deref();
    let started_on = started_on.and_then(|text| faults.keep("started_on", date(text)));
    faults.into_result()?;
    state
        .engine()
        .enrol(id.0, &sent.body.programme, started_on)
        .await?;
    told(&state, id).await
}

/// Say when a member is on holiday
///
/// Nothing of the programme is lost: it goes on where it was.
#[utoipa::path(
    put, path = "/api/v1/members/{id}/pauses", tag = "Members", operation_id = "set_pauses",
    params(("id" = String, Path, description = "`mem_…`")),
    request_body = PutPauses,
    responses(
        (status = 200, description = "Their training now", body = TrainingAnswer),
        (status = 404, description = "No such member", body = Problem),
        (status = 422, description = "No dates, or too many", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn pause(
    state: State,
    id: MemberInPath,
    sent: Sent<PutPauses>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    if sent.body.pauses.len() > PAUSES_MAX {
        faults.add("pauses", format!("there may be {PAUSES_MAX} at most"));
    }
    let mut pauses = Vec::new();
    for (at, pause) in sent.body.pauses.iter().take(PAUSES_MAX).enumerate() {
        let from = faults.keep(&format!("pauses[{at}].from"), date(&pause.from));
        let until = pause.until.as_deref();
        let field = format!("pauses[{at}].until");
        let until = until.and_then(|text| faults.keep(&field, date(text)));
        let Some(from) = from else { continue };
        if until.is_some_and(|until| until <= from) {
            faults.add(field, "a holiday ends after it begins");
        }
        pauses.push(Pause { from, until });
    }
    faults.into_result()?;
    state.engine().set_pauses(id.0, pauses).await?;
    told(&state, id).await
}

fn date(text: &str) -> Result<Date, &'static str> {
    let date: Date = text
        .parse()
        .map_err(|_| "a date is written like `2026-11-30`")?;
    if (2000..=2999).contains(&date.year()) && text.len() == 10 {
        Ok(date)
    } else {
        Err("a date is written like `2026-11-30`")
    }
}
