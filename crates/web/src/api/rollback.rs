//! `GET /api/v1/rollback`, `POST /api/v1/rollback`: everything by SMS instead of WhatsApp, and back; asked about
//! first.

use std::collections::BTreeMap;

use axum::response::Response;
use domain::Channel;
use engine::rollback::{Preview, Rollback, Sum};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::switches::{SwitchAnswer, reason_of};
use crate::State;
use crate::auth::Caller;
use crate::json::{Sent, answer, json_body};
use crate::problem::Problem;
use crate::query::Asked;

/// How it stands, and what a change would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RollbackAnswer {
    /// `whatsapp` as usual, `sms` while everything goes by SMS.
    #[schema(example = "whatsapp")]
    now: &'static str,
    /// Why, by whom and since when; null as usual.
    rolled_back: Option<SwitchAnswer>,
    /// What it would do, asked with `to`; null where that is so already, and after it was done.
    preview: Option<PreviewAnswer>,
}

/// What it would do to the messages that wait at this moment. Nobody is changed: who joins later, or is written
/// to later, goes the same way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewAnswer {
    /// Messages that wait.
    waiting: u64,
    /// Whether more wait than were looked at.
    more: bool,
    /// How many would go by the other channel.
    moves: u64,
    /// The same by kind.
    moves_by_kind: BTreeMap<&'static str, u64>,
    /// How many would be held until it is undone, or expire: their members have agreed to nothing else.
    held: u64,
    /// How many would end unsent.
    suppressed: u64,
    /// What those that move are estimated to cost as it is.
    cost_now: SumAnswer,
    /// And then.
    cost_then: SumAnswer,
}

/// Estimated costs together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SumAnswer {
    /// By currency.
    #[schema(example = json!({"USD": "1.2450"}))]
    known: BTreeMap<String, String>,
    /// How many messages have no price, and are not in it.
    unknown: u64,
}

impl From<Sum> for SumAnswer {
    fn from(sum: Sum) -> Self {
        Self {
            known: sum
                .known
                .iter()
                .map(|(currency, money)| (currency.as_str().to_owned(), money.amount()))
                .collect(),
            unknown: sum.unknown,
        }
    }
}

impl From<Preview> for PreviewAnswer {
    fn from(preview: Preview) -> Self {
        Self {
            waiting: preview.waiting,
            more: preview.more,
            moves: preview.moves.values().sum(),
            moves_by_kind: preview.moves,
            held: preview.held,
            suppressed: preview.suppressed,
            cost_now: preview.cost_now.into(),
            cost_then: preview.cost_then.into(),
        }
    }
}

impl From<Rollback> for RollbackAnswer {
    fn from(rollback: Rollback) -> Self {
        Self {
            now: if rollback.on.is_some() {
                "sms"
            } else {
                "whatsapp"
            },
            rolled_back: rollback.on.map(SwitchAnswer::from),
            preview: rollback.preview.map(PreviewAnswer::from),
        }
    }
}

/// Which way is asked about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Way {
    to: String,
}

/// Which way, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "sms", "reason": "WhatsApp delivers late today"}))]
pub(crate) struct RollBack {
    /// `sms`, or `whatsapp` to undo it.
    to: String,
    /// Why; needed for `sms`.
    #[serde(default)]
    reason: String,
}
json_body!(RollBack);

/// Ask what a rollback would do
///
/// What going to `to` would do to the messages that wait now. Nothing is changed.
#[utoipa::path(
    get, path = "/api/v1/rollback", tag = "Service", operation_id = "preview_rollback",
    params(("to" = String, Query, description = "`sms` or `whatsapp`", example = "sms")),
    responses(
        (status = 200, description = "How it stands, and what would change", body = RollbackAnswer),
        (status = 422, description = "No such way", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn preview(
    state: State,
    _caller: Caller,
    asked: Asked<Way>,
) -> Result<Response, Problem> {
    let to = way(&asked.0.to)?;
    let rollback = state.engine().rollback_preview(to).await?;
    Ok(answer(StatusCode::OK, &RollbackAnswer::from(rollback)))
}

/// Roll back to SMS, or undo it
///
/// `sms`: nothing goes by WhatsApp any more, whoever asked for it; what waits for it is planned again at once and
/// goes by SMS where the member has agreed to that, and is held otherwise. `whatsapp`: as it was before. The
/// same switch as `rollback:sms` of the kill switches, so asking for it twice does no harm.
#[utoipa::path(
    post, path = "/api/v1/rollback", tag = "Service", operation_id = "roll_back",
    request_body = RollBack,
    responses(
        (status = 200, description = "How it stands now", body = RollbackAnswer),
        (status = 422, description = "No such way, or no reason", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn roll_back(state: State, sent: Sent<RollBack>) -> Result<Response, Problem> {
    let to = way(&sent.body.to)?;
    let reason = reason_of(&sent.body.reason, to == Channel::Sms)?;
    let rollback = state
        .engine()
        .roll_back(to, reason, &sent.caller.actor())
        .await?;
    Ok(answer(StatusCode::OK, &RollbackAnswer::from(rollback)))
}

fn way(to: &str) -> Result<Channel, Problem> {
    match to.parse() {
        Ok(to @ (Channel::Sms | Channel::Whatsapp)) => Ok(to),
        Ok(Channel::Email | Channel::Web) | Err(_) => Err(Problem::field(
            "to",
            "a rollback goes to `sms`, or back to `whatsapp`",
        )),
    }
}
