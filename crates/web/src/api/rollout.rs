//! `GET /api/v1/rollout`, `PUT /api/v1/rollout`: whom WhatsApp is on for, changed while the service runs; asked about first.

use axum::response::Response;
use engine::rollout::{COHORTS_MAX, PERCENT_MAX, Rollout, RolloutPreview, RolloutStanding};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::members::cohort;
use crate::State;
use crate::auth::Caller;
use crate::json::{Sent, answer, json_body};
use crate::problem::Problem;
use crate::query::Asked;

/// Whom WhatsApp is on for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhomAnswer {
    /// Percentage of members, 0 to 100: always the same ones, and a higher one only adds some.
    #[schema(example = 25)]
    percent: u8,
    /// Groups that have it whatever the percentage.
    #[schema(example = json!(["team"]))]
    cohorts: Vec<String>,
}

/// How it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutAnswer {
    /// What is in force.
    now: WhomAnswer,
    /// What the settings say, which is in force until somebody changes it.
    settings: WhomAnswer,
    /// Who changed it; null while the settings are in force.
    changed_by: Option<String>,
    /// When.
    changed_at: Option<String>,
    /// What the change that was asked about would do; null where none was.
    preview: Option<RolloutPreviewAnswer>,
}

/// What a change would do, counted over the members who agreed to WhatsApp.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutPreviewAnswer {
    /// Members who agreed to WhatsApp and were looked at.
    members: u64,
    /// Whether there are more than were looked at.
    more: bool,
    /// For how many it is on now.
    on_now: u64,
    /// And then.
    on_then: u64,
    /// For how many it would be switched on.
    starts: u64,
    /// How many of those get SMS now and would get WhatsApp.
    leave_sms: u64,
    /// For how many it would be switched off.
    stops: u64,
}

impl From<Rollout> for WhomAnswer {
    fn from(rollout: Rollout) -> Self {
        Self {
            percent: rollout.percent,
            cohorts: rollout.cohorts.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<RolloutPreview> for RolloutPreviewAnswer {
    fn from(preview: RolloutPreview) -> Self {
        Self {
            members: preview.members,
            more: preview.more,
            on_now: preview.on_now,
            on_then: preview.on_then,
            starts: preview.starts,
            leave_sms: preview.leave_sms,
            stops: preview.stops,
        }
    }
}

fn said(standing: RolloutStanding, preview: Option<RolloutPreview>) -> RolloutAnswer {
    let (changed_by, changed_at) = standing
        .changed
        .map(|record| (record.actor, record.since.to_string()))
        .unzip();
    RolloutAnswer {
        now: standing.now.into(),
        settings: standing.settings.into(),
        changed_by,
        changed_at,
        preview: preview.map(Into::into),
    }
}

/// Which change is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AskedAbout {
    /// The percentage; left out, it stays.
    #[param(value_type = Option<u8>, example = 25)]
    percent: Option<String>,
    /// The groups, separated by commas; left out, they stay.
    #[param(example = "team")]
    cohorts: Option<String>,
}

/// Whom WhatsApp is to be on for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"percent": 25}))]
pub(crate) struct ChangeRollout {
    /// The percentage, 0 to 100; left out, it stays.
    #[serde(default)]
    percent: Option<u8>,
    /// The groups that have it whatever the percentage; left out, they stay.
    #[serde(default)]
    cohorts: Option<Vec<String>>,
    /// Goes back to what the settings say.
    #[serde(default)]
    as_settings: bool,
}
json_body!(ChangeRollout);

/// Ask about the rollout of WhatsApp
///
/// Whom WhatsApp is on for; with a `percent` or `cohorts`, what that would change. Nothing is changed.
#[utoipa::path(
    get, path = "/api/v1/rollout", tag = "Service", operation_id = "rollout",
    params(AskedAbout),
    responses(
        (status = 200, description = "How it stands", body = RolloutAnswer),
        (status = 422, description = "No percentage, or no group", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn show(
    state: State,
    _caller: Caller,
    asked: Asked<AskedAbout>,
) -> Result<Response, Problem> {
    let engine = state.engine();
    let standing = engine.rollout().await?;
    let AskedAbout { percent, cohorts } = asked.0;
    let preview = if percent.is_some() || cohorts.is_some() {
        let percent = percent.as_deref().map(percent_of).transpose()?;
        let cohorts = cohorts.map(|text| text.split(',').map(str::to_owned).collect());
        let wanted = wanted(percent, cohorts, &standing.now)?;
        Some(engine.rollout_preview(&wanted).await?)
    } else {
        None
    };
    Ok(answer(StatusCode::OK, &said(standing, preview)))
}

/// Change the rollout of WhatsApp
///
/// From then on, on every node: what was decided and has not begun is decided again. What has gone has gone, and nobody's
/// consent or preference changes.
#[utoipa::path(
    put, path = "/api/v1/rollout", tag = "Service", operation_id = "change_rollout",
    request_body = ChangeRollout,
    responses(
        (status = 200, description = "How it stands now", body = RolloutAnswer),
        (status = 422, description = "No percentage, no group, or nothing to change", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn change(state: State, sent: Sent<ChangeRollout>) -> Result<Response, Problem> {
    let engine = state.engine();
    let ChangeRollout {
        percent,
        cohorts,
        as_settings,
    } = sent.body;
    let wanted = match (percent.is_some() || cohorts.is_some(), as_settings) {
        (true, false) => {
            let now = engine.rollout().await?.now;
            let percent = percent
                .map(|percent| percent_of(&percent.to_string()))
                .transpose()?;
            Some(wanted(percent, cohorts, &now)?)
        }
        (false, true) => None,
        (false, false) | (true, true) => {
            return Err(Problem::field(
                "percent",
                "say a percentage, groups, or `as_settings`",
            ));
        }
    };
    let standing = engine.set_rollout(wanted, &sent.caller.actor()).await?;
    Ok(answer(StatusCode::OK, &said(standing, None)))
}

/// A percentage as people write it.
pub(crate) fn percent_of(text: &str) -> Result<u8, Problem> {
    match text.trim().parse() {
        Ok(percent) if percent <= PERCENT_MAX => Ok(percent),
        Ok(_) | Err(_) => Err(Problem::field("percent", "a percentage is 0 to 100")),
    }
}

/// What is to be in force: what is not said stays as it is.
pub(crate) fn wanted(
    percent: Option<u8>,
    cohorts: Option<Vec<String>>,
    now: &Rollout,
) -> Result<Rollout, Problem> {
    let cohorts = match cohorts {
        None => now.cohorts.clone(),
        Some(texts) => groups(&texts)?,
    };
    Ok(Rollout {
        percent: percent.unwrap_or(now.percent),
        cohorts,
    })
}

fn groups(texts: &[String]) -> Result<Vec<Box<str>>, Problem> {
    let mut groups: Vec<Box<str>> = Vec::new();
    for text in texts.iter().map(|text| text.trim()) {
        if text.is_empty() {
            continue;
        }
        let group = cohort(text).map_err(|why| Problem::field("cohorts", why))?;
        if !groups.iter().any(|known| **known == *group) {
            groups.push(group.into());
        }
    }
    if groups.len() > COHORTS_MAX {
        return Err(Problem::field(
            "cohorts",
            format!("there are at most {COHORTS_MAX} groups"),
        ));
    }
    Ok(groups)
}
