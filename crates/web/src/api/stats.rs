//! `GET /api/v1/stats`

mod costs;

use std::collections::BTreeMap;

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use store::records::Stats;
use utoipa::ToSchema;

use self::costs::CostsAnswer;
use crate::State;
use crate::auth::Caller;
use crate::json::answer;
use crate::problem::Problem;

/// How full things are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatsAnswer {
    /// Outbound messages by delivery status.
    #[schema(example = json!({"delivered": 1204, "pending": 3}))]
    by_status: BTreeMap<&'static str, u64>,
    /// Outbound messages by channel used.
    by_channel: BTreeMap<&'static str, u64>,
    /// Outbound messages by kind.
    by_kind: BTreeMap<&'static str, u64>,
    /// Places that wait for their turn.
    waiting: u64,
    /// Places that are held for a reason.
    held: u64,
    /// Attempts that went out and were never answered.
    unconfirmed: u64,
    /// How long the oldest waiting place has waited; 0 when none does.
    oldest_waiting_seconds: f64,
    /// Members.
    members: u64,
    /// Inbound messages that wait for an answer.
    unanswered: u64,
    /// Inbound messages that wait for a person.
    left_to_people: u64,
    /// Copies of messages of erased members that providers have not deleted yet.
    provider_copies: u64,
    /// What messages cost so far.
    costs: CostsAnswer,
}

impl From<Stats> for StatsAnswer {
    fn from(stats: Stats) -> Self {
        Self {
            by_status: stats
                .by_status
                .iter()
                .map(|(status, count)| (status.as_str(), *count))
                .collect(),
            by_channel: stats
                .by_channel
                .iter()
                .map(|(channel, count)| (channel.as_str(), *count))
                .collect(),
            by_kind: stats
                .by_kind
                .iter()
                .map(|(kind, count)| (kind.as_str(), *count))
                .collect(),
            waiting: stats.waiting,
            held: stats.held,
            unconfirmed: stats.unconfirmed,
            oldest_waiting_seconds: stats.oldest_waiting.map_or(0.0, domain::Seconds::as_f64),
            members: stats.members,
            unanswered: stats.unanswered,
            left_to_people: stats.left_to_people,
            provider_copies: stats.provider_copies,
            costs: CostsAnswer::new(&stats),
        }
    }
}

/// Count
///
/// Messages by status, channel and kind, what waits, and what messages cost today and this month.
#[utoipa::path(
    get, path = "/api/v1/stats", tag = "Service", operation_id = "stats",
    responses((status = 200, description = "Counts", body = StatsAnswer)),
    security(("key" = [])),
)]
pub(crate) async fn stats(state: State, _caller: Caller) -> Result<Response, Problem> {
    let stats = state.engine().stats().await?;
    Ok(answer(StatusCode::OK, &StatsAnswer::from(stats)))
}
