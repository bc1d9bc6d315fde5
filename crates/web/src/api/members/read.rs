//! `GET /api/v1/members/{id}`

use axum::response::Response;
use http::StatusCode;

use super::answer::MemberAnswer;
use crate::State;
use crate::auth::Caller;
use crate::json::answer;
use crate::path::MemberInPath;
use crate::problem::Problem;

/// Read a member
///
/// With consents and session windows.
#[utoipa::path(
    get, path = "/api/v1/members/{id}", tag = "Members", operation_id = "read_member",
    params(("id" = String, Path, description = "`mem_…`")),
    responses(
        (status = 200, description = "The member", body = MemberAnswer),
        (status = 404, description = "No such member", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn read(
    state: State,
    _caller: Caller,
    id: MemberInPath,
) -> Result<Response, Problem> {
    let view = state.engine().member(id.0).await?;
    Ok(answer(StatusCode::OK, &MemberAnswer::from(&view)))
}
