//! `GET /api/health`: whether to send us requests. Asks nobody else, tells nothing else.

use axum::response::Response;
use engine::Health;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::State;
use crate::json::answer;

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthAnswer {
    /// `ok`, `starting`, `draining`, or `clock_off`: it takes requests, but this machine's clock differs
    /// from the database's by so much that nothing is sent from here
    #[schema(example = "ok")]
    status: &'static str,
}

/// Check its health
///
/// 200 when it takes requests, 503 while it starts or shuts down.
#[utoipa::path(
    get, path = "/api/health", tag = "Service", operation_id = "health",
    responses(
        (status = 200, description = "It takes requests", body = HealthAnswer),
        (status = 503, description = "It starts or shuts down", body = HealthAnswer),
    ),
)]
pub(crate) async fn health(state: State) -> Response {
    let (code, status) = of(state.engine().health());
    answer(code, &HealthAnswer { status })
}

/// The code and the word of a state of health.
pub(crate) const fn of(health: Health) -> (StatusCode, &'static str) {
    match health {
        Health::Ready => (StatusCode::OK, "ok"),
        Health::ClockOff => (StatusCode::OK, "clock_off"),
        Health::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        Health::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
    }
}
