//! `POST /api/v1/schedules/run`: what recurs, for one member or all, when it is due or now; asked about first with a
//! dry run.

use std::collections::BTreeMap;

use axum::response::Response;
use engine::recurring::{Order, RecurringReport, Schedule, Whose};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::State;
use crate::json::{Sent, answer, json_body};
use crate::problem::{Faults, Problem};

/// What to run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"schedule": "daily", "member_id": "mem_01JD0000000000000000000000", "dry_run": true}))]
pub(crate) struct RunSchedule {
    /// `daily`: the workout of the day. `weekly`: the question on Sunday.
    schedule: String,
    /// For one member; for everybody when it is left out.
    #[serde(default)]
    member_id: Option<String>,
    /// Today's, though its hour has not come or is over. Nobody gets one twice, none is made on a day of rest or a
    /// holiday, and the night of a member stays quiet.
    #[serde(default)]
    forced: bool,
    /// Only say what would be made.
    #[serde(default)]
    dry_run: bool,
}
json_body!(RunSchedule);

/// What was made, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunAnswer {
    #[schema(example = "daily")]
    schedule: String,
    dry_run: bool,
    forced: bool,
    /// Members whose occurrence is due and had no end before.
    due: u32,
    /// Messages that were made; in a dry run, that would be.
    enqueued: u32,
    /// Members without a message, whose occurrence has ended so.
    without: u32,
    /// Members whose message could not be made; the log says why.
    failed: u32,
    /// Why there was none, and for how many: `rest_day`, `paused`, `not_begun`, `programme_finished`,
    /// `no_subscription`, `too_soon` (the last one is less than 12 hours ago), `before_takeover` (due before this service took over,
    /// and perhaps sent before). For one member also `already` and `not_due`.
    #[schema(example = json!({"rest_day": 1}))]
    why: BTreeMap<String, u32>,
    /// For one member: when the next one is due after this. RFC 3339, UTC.
    next_due_at: Option<String>,
}

impl RunAnswer {
    fn of(order: Order, schedule: String, report: RecurringReport) -> Self {
        Self {
            schedule,
            dry_run: order.dry_run,
            forced: order.forced,
            due: report.due,
            enqueued: report.enqueued,
            without: report.without,
            failed: report.failed,
            why: report.why,
            next_due_at: report.next_due_at,
        }
    }
}

/// Run a schedule
///
/// What the built-in scheduler does each minute, for one member or all: what is due, or today's at once. The same
/// occurrence is made once, however often and from wherever this is asked.
#[utoipa::path(
    post, path = "/api/v1/schedules/run", tag = "Service", operation_id = "run_schedule",
    request_body = RunSchedule,
    responses(
        (status = 200, description = "What was made, or would be", body = RunAnswer),
        (status = 404, description = "No such member", body = Problem),
        (status = 422, description = "No such schedule", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn run(state: State, sent: Sent<RunSchedule>) -> Result<Response, Problem> {
    let RunSchedule {
        schedule: word,
        member_id,
        forced,
        dry_run,
    } = sent.body;
    let mut faults = Faults::default();
    let schedule = match word.as_str() {
        "daily" => Ok(Schedule::Daily),
        "weekly" => Ok(Schedule::Weekly),
        _ => Err("there are `daily` and `weekly`"),
    };
    let schedule = faults.keep("schedule", schedule);
    let member = member_id.map(|id| faults.keep("member_id", id.parse()));
    faults.into_result()?;
    let (Some(schedule), Some(whose)) = (
        schedule,
        member.map_or(Some(Whose::Everybodys), |member| member.map(Whose::Of)),
    ) else {
        return Err(Problem::field("schedule", "there are `daily` and `weekly`"));
    };
    let order = Order {
        schedule,
        whose,
        forced,
        dry_run,
    };
    let report = state.engine().run_schedule(order).await?;
    Ok(answer(StatusCode::OK, &RunAnswer::of(order, word, report)))
}
