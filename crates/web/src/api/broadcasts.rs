//! `/api/v1/broadcasts`: the same words to many, from the draft to what came of it.

pub(crate) mod acts;
pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod drafts;
pub(crate) mod estimate;
pub(crate) mod members;

use axum::extract::FromRequestParts;
use domain::BroadcastId;
use http::request::Parts;

use crate::State;
use crate::code::Code;
use crate::path::parameter;
use crate::problem::Problem;

/// The broadcast a path names.
#[derive(Debug)]
pub(crate) struct BroadcastInPath(pub(crate) BroadcastId);

impl FromRequestParts<State> for BroadcastInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let text = parameter(parts, state, "id").await;
        text.parse().map(Self).map_err(|error| {
            Problem::new(
                Code::UnknownBroadcast,
                format!("There is no such broadcast: {error}."),
            )
        })
    }
}
