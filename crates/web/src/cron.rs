//! `/api/cron/…`: the plan's routes for an outside scheduler. The built-in one needs none of them,
//! and both together enqueue each occurrence once.

use axum::response::Response;
use engine::recurring::{Order, Schedule, Whose};
use http::StatusCode;

use crate::State;
use crate::auth::CronCaller;
use crate::json::answer;
use crate::problem::Problem;

/// Send daily workouts
///
/// Enqueues the workout of the day for everybody whose hour has come. GET does the same.
#[utoipa::path(
    method(get, post), path = "/api/cron/daily-messages", tag = "Cron", operation_id = "daily_messages",
    responses(
        (status = 200, description = "What was done", body = serde_json::Value),
        (status = 401, description = "The secret is missing or wrong", body = Problem),
        (status = 403, description = "No secret is set up", body = Problem),
    ),
    security(("cron" = [])),
)]
pub(crate) async fn daily(state: State, _caller: CronCaller) -> Result<Response, Problem> {
    Ok(answer(
        StatusCode::OK,
        &state
            .engine()
            .run_schedule(Order::due(Schedule::Daily, Whose::Everybodys))
            .await?,
    ))
}

/// Send weekly check-ins
///
/// Enqueues the weekly question for everybody whose Sunday has come to its hour. GET does the same.
#[utoipa::path(
    method(get, post), path = "/api/cron/weekly-messages", tag = "Cron", operation_id = "weekly_messages",
    responses(
        (status = 200, description = "What was done", body = serde_json::Value),
        (status = 401, description = "The secret is missing or wrong", body = Problem),
        (status = 403, description = "No secret is set up", body = Problem),
    ),
    security(("cron" = [])),
)]
pub(crate) async fn weekly(state: State, _caller: CronCaller) -> Result<Response, Problem> {
    Ok(answer(
        StatusCode::OK,
        &state
            .engine()
            .run_schedule(Order::due(Schedule::Weekly, Whose::Everybodys))
            .await?,
    ))
}

/// Check stalled queues
///
/// Fetches what the provider has and we have not, and says how things stand. GET does the same.
#[utoipa::path(
    method(get, post), path = "/api/cron/check-stalled-queues", tag = "Cron", operation_id = "check_stalled_queues",
    responses(
        (status = 200, description = "How things stand", body = serde_json::Value),
        (status = 401, description = "The secret is missing or wrong", body = Problem),
        (status = 403, description = "No secret is set up", body = Problem),
    ),
    security(("cron" = [])),
)]
pub(crate) async fn stalled(state: State, _caller: CronCaller) -> Result<Response, Problem> {
    Ok(answer(
        StatusCode::OK,
        &state.engine().check_stalled().await?,
    ))
}
