//! Whom WhatsApp is on for: how it stands, what a change would do, and the change.

use axum::response::{IntoResponse as _, Redirect, Response};
use engine::rollout::{Rollout, RolloutPreview, RolloutStanding};
use engine::{Engine, EngineError};
use http::StatusCode;
use serde::Deserialize;

use super::super::guard::Posted;
use super::super::{refused, shown, trouble};
use super::{BACK, Wanted};
use crate::State;
use crate::api::rollout::{percent_of, wanted};

/// Whom WhatsApp is on for.
pub(super) struct Whom {
    pub(super) said: String,
    pub(super) by: Option<(String, (String, String))>,
    pub(super) settings: String,
    pub(super) percent: u8,
    pub(super) cohorts: String,
    pub(super) is_off: bool,
    pub(super) change: Option<Change>,
}

/// A change that somebody looks at.
pub(super) struct Change {
    pub(super) percent: u8,
    pub(super) cohorts: String,
    pub(super) said: String,
    pub(super) would: Vec<String>,
    pub(super) seen: String,
}

/// Which change is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Which {
    percent: Option<String>,
    cohorts: Option<String>,
}

/// What is answered to what can be no rollout.
pub(super) fn unfit() -> Response {
    refused(
        StatusCode::UNPROCESSABLE_ENTITY,
        "A percentage is 0 to 100. Groups are letters, digits, -, _, . or :, with commas between.",
        "Nothing was changed.",
        BACK,
    )
}

/// Whom a rollout means, in words.
fn said(rollout: &Rollout) -> String {
    let percent = rollout.percent;
    if rollout.cohorts.is_empty() {
        format!("{percent} % of members")
    } else {
        format!(
            "{percent} % of members, and whoever is in {}",
            rollout.cohorts.join(", ")
        )
    }
}

/// How it stood when somebody looked: who changes it meanwhile is not overruled unseen.
fn seen(rollout: &Rollout) -> String {
    format!("{}|{}", rollout.percent, rollout.cohorts.join(","))
}

pub(super) fn whom(standing: &RolloutStanding, change: Option<Change>) -> Whom {
    let asked = change.as_ref();
    Whom {
        said: said(&standing.now),
        by: standing.changed.as_ref().map(|record| {
            let at = (shown::machine(record.since), shown::utc(record.since));
            (record.actor.clone(), at)
        }),
        settings: said(&standing.settings),
        percent: asked.map_or(standing.now.percent, |change| change.percent),
        cohorts: asked.map_or_else(
            || standing.now.cohorts.join(", "),
            |change| change.cohorts.clone(),
        ),
        is_off: !standing.is_on,
        change,
    }
}

/// What somebody wrote, as it would be in force; `Err` where it cannot be.
fn written(
    percent: Option<&str>,
    cohorts: Option<&str>,
    now: &Rollout,
) -> Result<Rollout, crate::Problem> {
    let percent = percent.map(percent_of).transpose()?;
    let cohorts = cohorts.map(|text| text.split(',').map(str::to_owned).collect());
    wanted(percent, cohorts, now)
}

/// The change that is looked at: `Ok(None)` where none is.
pub(super) async fn looked_at(
    engine: &Engine,
    standing: &RolloutStanding,
    which: &Which,
) -> Result<Result<Option<Change>, crate::Problem>, EngineError> {
    if which.percent.is_none() && which.cohorts.is_none() {
        return Ok(Ok(None));
    }
    let (percent, cohorts) = (which.percent.as_deref(), which.cohorts.as_deref());
    let wanted = match written(percent, cohorts, &standing.now) {
        Ok(wanted) => wanted,
        Err(problem) => return Ok(Err(problem)),
    };
    let preview = engine.rollout_preview(&wanted).await?;
    Ok(Ok(Some(Change {
        percent: wanted.percent,
        cohorts: wanted.cohorts.join(", "),
        said: said(&wanted),
        would: would(&preview),
        seen: seen(&standing.now),
    })))
}

fn would(preview: &RolloutPreview) -> Vec<String> {
    let RolloutPreview {
        members,
        more,
        on_now,
        on_then,
        starts,
        leave_sms,
        stops,
    } = *preview;
    let whom = if more {
        format!("the first {members} members")
    } else {
        format!("{members} members")
    };
    let mut sentences = vec![format!(
        "Of {whom} who agreed to WhatsApp it would be on for {on_then}; now it is for {on_now}."
    )];
    if starts > 0 {
        sentences.push(format!(
            "It would be switched on for {starts}: {leave_sms} of them get SMS now and would get WhatsApp."
        ));
    }
    if stops > 0 {
        sentences.push(format!(
            "It would be switched off for {stops}: they get SMS where they agreed to it, and answers where they ask."
        ));
    }
    if starts == 0 && stops == 0 {
        sentences.push("Nobody would be written to otherwise than now.".to_owned());
    }
    sentences
}

/// Does what was looked at.
pub(super) async fn roll_out(state: &State, posted: &Posted<Wanted>) -> Response {
    let form = &posted.form;
    let engine = posted.on_duty.engine(state);
    let standing = match engine.rollout().await {
        Ok(standing) => standing,
        Err(error) => return trouble(error, BACK),
    };
    if form.seen != seen(&standing.now) {
        return refused(
            StatusCode::CONFLICT,
            "Somebody changed it since you looked.",
            "Nothing was changed. Look at what it would do now.",
            BACK,
        );
    }
    let wanted = if form.act == "as_settings" {
        None
    } else {
        match written(Some(&form.percent), Some(&form.cohorts), &standing.now) {
            Ok(wanted) => Some(wanted),
            Err(_) => return unfit(),
        }
    };
    let name = &posted.on_duty.operator().name;
    match engine.set_rollout(wanted, name).await {
        Ok(_) => Redirect::to(BACK).into_response(),
        Err(error) => trouble(error, BACK),
    }
}
