//! `GET /api/v1/members`

use axum::response::Response;
use domain::{MemberId, PhoneNumber};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::questions::Members;
use utoipa::{IntoParams, ToSchema};

use super::answer::MemberAnswer;
use crate::State;
use crate::auth::Caller;
use crate::cursor;
use crate::json::answer;
use crate::problem::{Faults, Problem};
use crate::query::{Asked, limit, plus};

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only the one with this number.
    #[param(example = "+14155550123")]
    phone: Option<String>,
    /// 1 to 200, 50 if missing.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of members, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberPage {
    items: Vec<MemberAnswer>,
    /// Where the list goes on; `null` on the last page.
    next_cursor: Option<String>,
}

/// List members
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/members", tag = "Members", operation_id = "list_members",
    params(Which),
    responses((status = 200, description = "A page", body = MemberPage), (status = 422, body = Problem, description = "A filter cannot be read")),
    security(("key" = [])),
)]
pub(crate) async fn list(
    state: State,
    _caller: Caller,
    which: Asked<Which>,
) -> Result<Response, Problem> {
    let which = which.0;
    let mut faults = Faults::default();
    let limit = limit(&mut faults, which.limit.as_deref());
    let before: Option<MemberId> = which
        .cursor
        .as_deref()
        .and_then(|text| faults.keep("cursor", cursor::read(text)));
    let country = state.defaults().country.as_deref();
    let phone = which
        .phone
        .as_deref()
        .and_then(|text| faults.keep("phone", PhoneNumber::from_input(&plus(text), country)))
        .map(|phone| phone.number);
    faults.into_result()?;
    let mut members = state
        .engine()
        .ask()
        .question(Members {
            phone,
            before,
            limit: limit + 1,
        })
        .await?;
    let more = members.len() > limit as usize;
    members.truncate(limit as usize);
    let next_cursor = members
        .last()
        .filter(|_| more)
        .map(|last| cursor::write(&last.profile.id));
    let page = MemberPage {
        items: members.iter().map(Into::into).collect(),
        next_cursor,
    };
    Ok(answer(StatusCode::OK, &page))
}
