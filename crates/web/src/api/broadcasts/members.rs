//! `GET /api/v1/broadcasts/{id}/members`: what came of it for each.

use axum::response::Response;
use domain::{Channel, DeliveryStatus, MemberId};
use engine::broadcasts::{BroadcastMemberRecord, PASSED_OVER, TO_COME};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::questions::BroadcastMembers;
use utoipa::ToSchema;

use super::BroadcastInPath;
use crate::State;
use crate::auth::Caller;
use crate::cursor;
use crate::json::answer;
use crate::problem::{Faults, Problem};
use crate::query::{self, Asked};

/// What came of it for one member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BroadcastMemberAnswer {
    #[schema(example = "mem_06eyq3v4k80qg2hjt8s5rbn4z0")]
    member_id: String,
    /// The stage that reached them, from 1.
    stage: Option<u8>,
    /// Their message.
    message_id: Option<String>,
    /// `to_come`, `passed_over`, `waiting`, `held`, or a delivery status.
    #[schema(example = "delivered")]
    status: String,
    /// Why, as a code.
    reason: Option<String>,
    /// The channel it went by.
    channel: Option<&'static str>,
}

/// Some of its audience.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BroadcastMembersAnswer {
    items: Vec<BroadcastMemberAnswer>,
    /// Where the list goes on.
    next_cursor: Option<String>,
}

impl From<&BroadcastMemberRecord> for BroadcastMemberAnswer {
    fn from(record: &BroadcastMemberRecord) -> Self {
        Self {
            member_id: record.member.to_string(),
            stage: record.stage.map(|stage| stage.saturating_add(1)),
            message_id: record.message.map(|id| id.to_string()),
            status: record.status.clone(),
            reason: record.reason.clone(),
            channel: record.channel.map(Channel::as_str),
        }
    }
}

/// Which of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    state: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// List whom a broadcast means
///
/// And what came of it for each, in the order in which they are reached.
#[utoipa::path(
    get, path = "/api/v1/broadcasts/{id}/members", tag = "Broadcasts", operation_id = "list_broadcast_members",
    params(
        ("id" = String, Path, description = "`bct_…`"),
        ("state" = Option<String>, Query, description = "`to_come`, `passed_over`, `waiting`, `held`, or a delivery status"),
        ("limit" = Option<u32>, Query, description = "1 to 200; 50 when left out"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "Some of them", body = BroadcastMembersAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn members(
    state: State,
    _caller: Caller,
    id: BroadcastInPath,
    asked: Asked<Which>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let limit = query::limit(&mut faults, asked.0.limit.as_deref());
    let after: Option<(i64, MemberId)> = asked
        .0
        .cursor
        .as_deref()
        .and_then(|text| faults.keep("cursor", cursor::read(text)));
    if let Some(word) = asked.0.state.as_deref()
        && ![TO_COME, PASSED_OVER, "waiting", "held"].contains(&word)
    {
        faults.keep("state", word.parse::<DeliveryStatus>());
    }
    faults.into_result()?;
    let record = state.engine().broadcast(id.0).await?;
    let page = BroadcastMembers {
        id: record.id,
        status: asked.0.state,
        after,
        limit,
    };
    let members = state.engine().broadcast_members(page).await?;
    let is_full = u32::try_from(members.len()).is_ok_and(|length| length == limit);
    let list = BroadcastMembersAnswer {
        items: members.iter().map(BroadcastMemberAnswer::from).collect(),
        next_cursor: members
            .last()
            .filter(|_| is_full)
            .map(|last| cursor::write(&(last.position, last.member))),
    };
    Ok(answer(StatusCode::OK, &list))
}
