//! `PUT /api/v1/members/{id}/consents/{channel}`

use axum::extract::FromRequestParts;
use axum::response::Response;
use domain::{Channel, ConsentEvent, Purpose};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use store::records::{ConsentEntry, Proof};
use utoipa::ToSchema;

use super::answer::ConsentAnswer;
use super::create::event;
use super::fields;
use crate::State;
use crate::code::Code;
use crate::json::{Sent, answer, json_body};
use crate::path::{MemberInPath, parameter};
use crate::problem::{Faults, Problem};

/// What somebody has agreed to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "opted_in", "source": "settings_page", "wording": "Yes, text me my workouts by SMS."}))]
pub(crate) struct ChangeConsent {
    /// `opted_in` or `opted_out`.
    state: String,
    /// Where it came from.
    source: String,
    /// The text the person saw. Opting in again after a STOP needs it: the person's own fresh
    /// agreement to this wording is the proof.
    wording: Option<String>,
    /// Which version of it, as you count them.
    wording_version: Option<String>,
    /// Where the proof can be looked up, such as the id of a form.
    evidence: Option<String>,
}
json_body!(ChangeConsent);

/// The ledger's entry, and what it stopped.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsentChanged {
    #[serde(flatten)]
    consent: ConsentAnswer,
    /// Messages that ended as suppressed by it.
    suppressed: Vec<String>,
}

/// The channel in the path.
#[derive(Debug)]
pub(crate) struct ChannelInPath(Channel);

impl FromRequestParts<State> for ChannelInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let text = parameter(parts, state, "channel").await;
        text.parse()
            .map(Self)
            .map_err(|error: domain::channel::UnknownWord| {
                Problem::new(
                    Code::NotFound,
                    format!("There is no such channel: {error}."),
                )
            })
    }
}

/// Record a consent
///
/// What a member has agreed to on a channel. After an opt-out nothing to that address
/// starts any more.
#[utoipa::path(
    put, path = "/api/v1/members/{id}/consents/{channel}", tag = "Members", operation_id = "change_consent",
    params(
        ("id" = String, Path, description = "`mem_…`"),
        ("channel" = String, Path, description = "`sms`, `whatsapp`, `email` or `web`"),
    ),
    request_body = ChangeConsent,
    responses(
        (status = 200, description = "The consent now", body = ConsentChanged),
        (status = 404, description = "No such member or channel", body = Problem),
        (status = 422, description = "Some fields cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn change(
    state: State,
    id: MemberInPath,
    channel: ChannelInPath,
    sent: Sent<ChangeConsent>,
) -> Result<Response, Problem> {
    let (body, channel) = (sent.body, channel.0);
    let mut faults = Faults::default();
    let event = faults.keep("state", event(&body.state, &body.source));
    let source = faults.keep("source", fields::source(&body.source));
    let wording = body
        .wording
        .as_deref()
        .and_then(|text| faults.keep("wording", fields::wording(text)));
    let proof = Proof {
        wording_version: body
            .wording_version
            .as_deref()
            .and_then(|text| faults.keep("wording_version", fields::proof(text))),
        evidence: body
            .evidence
            .as_deref()
            .and_then(|text| faults.keep("evidence", fields::proof(text))),
        said_at: None,
    };
    faults.into_result()?;
    let (Some(event), Some(source)) = (event, source) else {
        return Err(Problem::field(
            "body",
            "a consent needs a state and a source",
        ));
    };
    let view = state.engine().member(id.0).await?;
    let handle = view.member.handle(channel).ok_or_else(|| {
        Problem::field(
            "channel",
            format!("the member has no address on `{channel}`"),
        )
    })?;
    let entry = ConsentEntry {
        channel,
        handle,
        purpose: Purpose::All,
        event,
        own_act: event == ConsentEvent::OptIn && wording.is_some(),
        source,
        wording,
        actor: sent.caller.actor(),
        proof,
        opens: None,
    };
    let change = state.engine().change_consent(&view.member, entry).await?;
    let changed = ConsentChanged {
        consent: (&change.record).into(),
        suppressed: change.suppressed.iter().map(ToString::to_string).collect(),
    };
    Ok(answer(StatusCode::OK, &changed))
}
