//! Ids in the path. What is no id belongs to nobody: 404, like an id that nobody has.

use axum::extract::{FromRequestParts, RawPathParams};
use domain::{MemberId, MessageId};
use http::request::Parts;

use crate::State;
use crate::code::Code;
use crate::problem::Problem;

/// The member a path names.
#[derive(Debug)]
pub(crate) struct MemberInPath(pub(crate) MemberId);

/// The message a path names.
#[derive(Debug)]
pub(crate) struct MessageInPath(pub(crate) MessageId);

impl FromRequestParts<State> for MemberInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let text = parameter(parts, state, "id").await;
        text.parse().map(Self).map_err(|error| {
            Problem::new(
                Code::UnknownMember,
                format!("There is no such member: {error}."),
            )
        })
    }
}

impl FromRequestParts<State> for MessageInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let text = parameter(parts, state, "id").await;
        text.parse().map(Self).map_err(|error| {
            Problem::new(
                Code::UnknownMessage,
                format!("There is no such message: {error}."),
            )
        })
    }
}

/// A part of the path by its name; empty when it is no text.
pub(crate) async fn parameter(parts: &mut Parts, state: &State, name: &str) -> String {
    match RawPathParams::from_request_parts(parts, state).await {
        Ok(params) => params
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
            .to_owned(),
        Err(_) => String::new(),
    }
}
