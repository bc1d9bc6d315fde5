//! `GET /api/v1/messages/{id}`

use axum::response::Response;
use engine::legs::{LegView, Why};
use engine::together::BesideView;
use engine::waiting::WaitsFor;
use http::StatusCode;
use serde::Serialize;
use store::questions::{MessageById, TurnOf};
use store::records::{InboundStanding, MessageDetail, TurnRecord};
use utoipa::ToSchema;

use super::answer::{AttemptAnswer, MessageAnswer, ReceiptAnswer};
use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::json::answer;
use crate::path::MessageInPath;
use crate::problem::Problem;

/// A message with everything that happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DetailAnswer {
    #[serde(flatten)]
    message: MessageAnswer,
    /// `msg_…`, the same as `id`.
    message_id: String,
    /// The latest decision about it, with its reasons and the alternatives that were considered.
    #[schema(value_type = Option<Object>)]
    decision: Option<serde_json::Value>,
    /// Decisions that sent nothing, first to last.
    decisions: Vec<DecisionAnswer>,
    /// Attempts, first to last.
    attempts: Vec<AttemptAnswer>,
    /// What the provider told, in the order heard.
    receipts: Vec<ReceiptAnswer>,
    /// Linked messages: the template that asks for a held text, that text, a reply.
    linked: Vec<String>,
    /// The messages that say the same one after the other, where it did not arrive by one channel: first to
    /// last, itself included; empty where it stands alone.
    chain: Vec<LegAnswer>,
    /// The messages of one request that go on several channels at once (`channels`), in the order in which those were named,
    /// itself included; empty where it stands alone.
    together: Vec<BesideAnswer>,
    /// What a message that is `waiting` waits for: an earlier message of its queue, or the pace of our number.
    waits_for: Option<WaitsForAnswer>,
    /// What follows by another channel, should it not arrive, as things stand now: `state` is `waits` (until the instant
    /// `until`), `goes_on`, `nowhere` (with the reasons and every channel that was considered), or `stays` where its kind
    /// does not go on. `null` where that is no question.
    #[schema(value_type = Option<Object>)]
    onward: Option<serde_json::Value>,
    /// How it stands, where the member wrote it; `null` for what was sent to them.
    answer: Option<StandingAnswer>,
    /// How a language model was asked about it: with what a member wrote first of a burst, and with the answer to it.
    model: Option<ModelAnswer>,
    /// What its attempts cost together: `estimated` when they were planned, `actual` once the provider has told,
    /// the `difference`, and the `currency`; decimals as texts. What is `null` is not known, and `unknown` says why
    /// where there is no estimate. `null` while nothing was sent.
    #[schema(value_type = Option<Object>)]
    cost: Option<serde_json::Value>,
}

/// How a message stands that a member wrote.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandingAnswer {
    /// `waits`, `needs_person` (it waits for a person), `answered`, `dismissed`, or `none` where it wants no answer.
    #[schema(example = "answered")]
    state: &'static str,
    /// Why it was left to a person, where it was: `injury`, `question`, `model_timeout`, …
    left_to_person_for: Option<String>,
    /// When it was answered or dismissed.
    at: Option<String>,
    /// The person who did; `null` where the coach's rules did.
    by: Option<String>,
    /// The reply it got: `msg_…`. What waits for a person may have one that says so.
    message_id: Option<String>,
}

impl From<&InboundStanding> for StandingAnswer {
    fn from(standing: &InboundStanding) -> Self {
        Self {
            state: match (standing.waits, standing.answered_at, &standing.answer) {
                (true, _, _) if standing.left_to.is_some() => "needs_person",
                (true, _, _) => "waits",
                (false, Some(_), Some(_)) => "answered",
                (false, Some(_), None) => "dismissed",
                (false, None, _) => "none",
            },
            left_to_person_for: standing.left_to.clone(),
            at: standing.answered_at.map(|at| at.to_string()),
            by: standing.answered_by.clone(),
            message_id: standing.answer.map(|id| id.to_string()),
        }
    }
}

/// How a language model was asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelAnswer {
    /// `answered`; or why a person has to look: `handed_over`, `timeout`, `no_answer`, `malformed`, `unfit`; `overtaken`
    /// where a person was faster, `lost` where a process ended meanwhile; `null` while it is being asked.
    #[schema(example = "answered")]
    outcome: Option<String>,
    /// The version of the prompt: its name and what its words hash to.
    #[schema(example = "coach-1-9f2c41d0")]
    prompt: Option<String>,
    /// The model.
    model: Option<String>,
    /// When it was asked last, and how often.
    at: String,
    asked: u32,
    /// Tokens it read and wrote.
    tokens_in: u64,
    tokens_out: u64,
    /// How many milliseconds it took.
    millis: u64,
}

impl From<TurnRecord> for ModelAnswer {
    fn from(turn: TurnRecord) -> Self {
        Self {
            outcome: turn.outcome,
            prompt: turn.prompt,
            model: turn.model,
            at: turn.began_at.to_string(),
            asked: turn.asked,
            tokens_in: turn.tokens_in,
            tokens_out: turn.tokens_out,
            millis: turn.millis,
        }
    }
}

/// A decision that sent nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionAnswer {
    at: String,
    /// What was decided, and why.
    #[schema(value_type = Object)]
    decision: serde_json::Value,
}

/// What goes before a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitsForAnswer {
    /// `earlier_message`, `pair_pace` or `sender_pace`.
    #[schema(example = "sender_pace")]
    code: &'static str,
    /// The same as a sentence.
    sentence: &'static str,
    /// The earlier message.
    message_id: Option<String>,
    /// The earliest that it may go, where that is known.
    until: Option<String>,
}

impl From<WaitsFor> for WaitsForAnswer {
    fn from(what: WaitsFor) -> Self {
        Self {
            code: what.code(),
            sentence: what.sentence(),
            message_id: match what {
                WaitsFor::Earlier(id) => Some(id.to_string()),
                WaitsFor::PairPace(_) | WaitsFor::SenderPace(_) => None,
            },
            until: what.until().map(|at| at.to_string()),
        }
    }
}

/// One message of a fallback chain.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LegAnswer {
    /// `msg_…`
    message_id: String,
    /// `sms`, `whatsapp`, `email` or `web`, once one is chosen or asked for.
    channel: Option<&'static str>,
    /// How far it has come.
    status: &'static str,
    /// Why it followed the one before it: `failed`, `unconfirmed` or `silence`; `null` for the first.
    because: Option<&'static str>,
    /// The same as a sentence.
    sentence: Option<String>,
}

/// One message of several that go on several channels at once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BesideAnswer {
    /// `msg_…`
    message_id: String,
    /// Its channel.
    #[schema(example = "sms")]
    channel: Option<&'static str>,
    /// How far it has come.
    status: &'static str,
}

impl From<&BesideView> for BesideAnswer {
    fn from(one: &BesideView) -> Self {
        Self {
            message_id: one.id.to_string(),
            channel: one.channel.map(domain::Channel::as_str),
            status: one.status.as_str(),
        }
    }
}

/// What is not the message's own, and asked about as things stand.
#[derive(Debug, Default)]
pub(crate) struct Around {
    pub(crate) legs: Vec<LegView>,
    pub(crate) together: Vec<BesideView>,
    pub(crate) onward: Option<serde_json::Value>,
    pub(crate) waits_for: Option<WaitsFor>,
    pub(crate) turn: Option<TurnRecord>,
}

impl DetailAnswer {
    pub(crate) fn new(detail: &MessageDetail, around: Around) -> Self {
        let attempts: Vec<_> = detail
            .attempts
            .iter()
            .map(|attempt| AttemptAnswer::new(detail.record.id, attempt))
            .collect();
        let last_held = detail.decisions.last();
        let last_begun = detail.attempts.last();
        let latest = match (last_held, last_begun) {
            (Some(held), Some(begun)) if held.at > begun.begun_at => Some(&held.decision),
            (_, Some(begun)) => Some(&begun.decision),
            (Some(held), None) => Some(&held.decision),
            (None, None) => None,
        };
        Self {
            message: (&detail.record).into(),
            message_id: detail.record.id.to_string(),
            decision: latest.map(|decision| engine::explain::readable(decision)),
            decisions: detail
                .decisions
                .iter()
                .map(|record| DecisionAnswer {
                    at: record.at.to_string(),
                    decision: engine::explain::readable(&record.decision),
                })
                .collect(),
            attempts,
            receipts: detail.receipts.iter().map(Into::into).collect(),
            linked: detail.linked.iter().map(ToString::to_string).collect(),
            chain: around
                .legs
                .iter()
                .map(|leg| LegAnswer {
                    message_id: leg.id.to_string(),
                    channel: leg.channel.map(domain::Channel::as_str),
                    status: leg.status.as_str(),
                    because: leg.because.map(Why::code),
                    sentence: leg.because.as_ref().map(ToString::to_string),
                })
                .collect(),
            together: around.together.iter().map(Into::into).collect(),
            waits_for: around.waits_for.map(Into::into),
            onward: around.onward,
            answer: detail.standing.as_ref().map(Into::into),
            model: around.turn.map(Into::into),
            cost: Some(engine::costs::of(detail)).filter(|cost| !cost.is_null()),
        }
    }
}

/// Read a message
///
/// How far it has come, why it was sent this way, every attempt and receipt.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}", tag = "Messages", operation_id = "read_message",
    params(("id" = String, Path, description = "`msg_…`")),
    responses(
        (status = 200, description = "The message", body = DetailAnswer),
        (status = 404, description = "No such message", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn read(
    state: State,
    _caller: Caller,
    id: MessageInPath,
) -> Result<Response, Problem> {
    let detail = state
        .engine()
        .ask()
        .question(MessageById { id: id.0 })
        .await?;
    let detail = detail.ok_or_else(|| Problem::of(Code::UnknownMessage))?;
    let engine = state.engine();
    let around = Around {
        legs: engine.legs(id.0).await?,
        together: engine.together(id.0).await?,
        onward: engine.onward(id.0).await?,
        waits_for: engine.waits_for(&detail).await?,
        turn: engine.ask().question(TurnOf { message: id.0 }).await?,
    };
    Ok(answer(StatusCode::OK, &DetailAnswer::new(&detail, around)))
}
