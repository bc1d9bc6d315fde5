//! `POST /api/v1/broadcasts/{id}/estimate`: what would come of it.

use std::collections::BTreeMap;

use axum::response::Response;
use engine::broadcasts::estimate::Estimate;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::BroadcastInPath;
use crate::State;
use crate::auth::Caller;
use crate::json::answer;
use crate::problem::Problem;

/// What would come of a broadcast if it were started now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EstimateAnswer {
    /// How many its audience has now.
    audience: u64,
    /// How many of them were planned.
    planned: u64,
    /// Whether only a random sample was planned: then the counts are scaled to the whole audience.
    is_sample: bool,
    /// Messages that would go, by channel and form.
    sent: Vec<WayCount>,
    /// Messages that would wait, by reason.
    #[schema(example = json!({"quiet_hours": 12}))]
    held: BTreeMap<&'static str, u64>,
    /// Members who would get none, by reason.
    #[schema(example = json!({"opted_out": 3}))]
    suppressed: BTreeMap<&'static str, u64>,
    /// Segments of the SMS among them.
    segments: u64,
    /// What they are estimated to cost, by currency.
    #[schema(example = json!({"USD": "12.5"}))]
    costs: BTreeMap<String, String>,
    /// How many of them nobody can price.
    unpriced: u64,
    /// What stands in its way.
    warnings: Vec<WarningAnswer>,
}

/// How many would go like this.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WayCount {
    #[schema(example = "whatsapp")]
    channel: &'static str,
    /// `text`, `template`, `buttons`, `list` or `location`.
    #[schema(example = "template")]
    form: &'static str,
    count: u64,
}

/// Something that stands in its way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WarningAnswer {
    #[schema(example = "people_limit")]
    code: &'static str,
    what: String,
}

impl From<Estimate> for EstimateAnswer {
    fn from(estimate: Estimate) -> Self {
        let is_sample = estimate.is_sample();
        let ways = estimate.sent.into_iter();
        let costs = estimate.costs.values();
        let warnings = estimate.warnings.into_iter();
        Self {
            audience: estimate.audience,
            planned: estimate.planned,
            is_sample,
            sent: ways
                .map(|((channel, form), count)| WayCount {
                    channel: channel.as_str(),
                    form,
                    count,
                })
                .collect(),
            held: estimate.held,
            suppressed: estimate.suppressed,
            segments: estimate.segments,
            costs: costs
                .map(|sum| (sum.currency().to_string(), sum.amount()))
                .collect(),
            unpriced: estimate.unpriced,
            warnings: warnings
                .map(|one| WarningAnswer {
                    code: one.code,
                    what: one.what,
                })
                .collect(),
        }
    }
}

/// Ask what would come of a broadcast
///
/// If it were started now: the planner is asked about everybody it means, or about a random sample of 2,000. Nothing is
/// written and nothing is sent.
#[utoipa::path(
    post, path = "/api/v1/broadcasts/{id}/estimate", tag = "Broadcasts", operation_id = "estimate_broadcast",
    params(("id" = String, Path, description = "`bct_…`")),
    responses(
        (status = 200, description = "What would come of it", body = EstimateAnswer),
        (status = 404, description = "No such broadcast", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn estimate(
    state: State,
    _caller: Caller,
    id: BroadcastInPath,
) -> Result<Response, Problem> {
    let estimate = state.engine().estimate_broadcast(id.0).await?;
    Ok(answer(StatusCode::OK, &EstimateAnswer::from(estimate)))
}
