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
    /// `ok`, `starting` or `draining`
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
    let (code, status) = match state.engine().health() {
        Health::Ready => (StatusCode::OK, "ok"),
        Health::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        Health::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
    };
    answer(code, &HealthAnswer { status })
}
