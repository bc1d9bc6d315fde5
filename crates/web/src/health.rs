//! `GET /api/health`: whether to send us requests. Asks nobody else, tells nothing else.

use axum::response::Response;
use engine::Health;
use http::StatusCode;
use serde::Serialize;
use store::home::Held;
use utoipa::ToSchema;

use crate::State;
use crate::json::answer;

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthAnswer {
    /// `ok`, `starting`, `draining`; `clock_off`: it takes requests, but this machine's clock differs
    /// from the database's by so much that nothing is sent from here; or `held`, the same because the
    /// database may be a copy
    #[schema(example = "ok")]
    status: &'static str,
    /// Why nothing is sent though requests are taken, and what to do about it
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

/// Check its health
///
/// 200 when it takes requests, 503 while it starts or shuts down. `held`: it takes requests and sends
/// nothing, because its database was confirmed at another home and this may be a copy.
#[utoipa::path(
    get, path = "/api/health", tag = "Service", operation_id = "health",
    responses(
        (status = 200, description = "It takes requests", body = HealthAnswer),
        (status = 503, description = "It starts or shuts down", body = HealthAnswer),
    ),
)]
pub(crate) async fn health(state: State) -> Response {
    let (code, status) = of(state.engine().health());
    let why = state.engine().held().map(Held::sentence);
    answer(code, &HealthAnswer { status, why })
}

/// The code and the word of a state of health.
pub(crate) const fn of(health: Health) -> (StatusCode, &'static str) {
    match health {
        Health::Ready => (StatusCode::OK, "ok"),
        Health::ClockOff => (StatusCode::OK, "clock_off"),
        Health::Held => (StatusCode::OK, "held"),
        Health::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        Health::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
    }
}
