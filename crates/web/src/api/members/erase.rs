//! `DELETE /api/v1/members/{id}`

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::State;
use crate::auth::Caller;
use crate::path::MemberInPath;
use crate::problem::Problem;

/// Erase a member
///
/// Content and identity go, what waits is never sent. Opted-out addresses stay
/// known as keyed hashes, so that signing up again does not undo a STOP.
#[utoipa::path(
    delete, path = "/api/v1/members/{id}", tag = "Members", operation_id = "erase_member",
    params(("id" = String, Path, description = "`mem_…`")),
    responses(
        (status = 204, description = "Erased"),
        (status = 404, description = "No such member", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn erase(
    state: State,
    _caller: Caller,
    id: MemberInPath,
) -> Result<Response, Problem> {
    state.engine().erase_member(id.0).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
