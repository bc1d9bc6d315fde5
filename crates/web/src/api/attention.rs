//! `GET /api/v1/attention`, `POST /api/v1/attention/{id}`: messages that may mean stop, and what a
//! person makes of them; and what is wrong with our own numbers.

use axum::response::Response;
use engine::consents::Decided;
use engine::conversations::{ConversationFilter, ConversationState};
use engine::numbers::{NumberTrouble, Trouble};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::records::Attention;
use utoipa::ToSchema;

use super::conversations::ConversationAnswer;
use super::limits::BudgetAnswer;
use super::members::answer::ConsentAnswer;
use crate::State;
use crate::auth::Caller;
use crate::json::{Sent, answer, json_body};
use crate::path::MessageInPath;
use crate::problem::Problem;

/// The most that are listed; the oldest come first.
const LISTED_MAX: u32 = 500;

/// The most conversations that are listed beside them.
const CONVERSATIONS_MAX: u32 = 100;

/// A message that may mean stop. Until somebody decides, or the member writes STOP or START, nothing
/// but replies goes to its address.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttentionAnswer {
    /// The message: `msg_…`.
    message_id: Option<String>,
    /// Who wrote it.
    member_id: String,
    #[schema(example = "sms")]
    channel: &'static str,
    #[schema(example = "+14155550123")]
    address: String,
    /// `perhaps_stop`, `perhaps_pause`, `perhaps_cancel_plan` or `perhaps_wrong_number`
    #[schema(example = "perhaps_stop")]
    why: String,
    /// What they wrote.
    #[schema(example = "too many texts")]
    text: String,
    /// Their consent meanwhile.
    #[schema(example = "opted_in")]
    state: &'static str,
    /// Since when it waits.
    since: String,
}

impl From<Attention> for AttentionAnswer {
    fn from(item: Attention) -> Self {
        Self {
            message_id: item.doubt.message.map(|id| id.to_string()),
            member_id: item.member.to_string(),
            channel: item.channel.as_str(),
            address: item.handle.as_str().to_owned(),
            why: item.doubt.why,
            text: item.text.as_str().to_owned(),
            state: item.state.as_str(),
            since: item.doubt.since.to_string(),
        }
    }
}

/// One of our numbers, and something that is wrong with it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberAnswer {
    #[schema(example = "whatsapp")]
    channel: &'static str,
    /// The number.
    #[schema(example = "+14155550100")]
    sender: String,
    /// `offline`, `low_quality`, `fewer_people` than the setting says, or `nobody_more`: the day's people are reached.
    #[schema(example = "offline")]
    code: &'static str,
    /// The same as a sentence.
    what: String,
    /// What it does to messages now.
    effect: &'static str,
    /// What to do about it.
    remedy: &'static str,
    /// Since when it is so, where that is known.
    since: Option<String>,
    /// When it passes by itself, where that is known.
    until: Option<String>,
}

impl From<NumberTrouble> for NumberAnswer {
    fn from(number: NumberTrouble) -> Self {
        let until = match number.trouble {
            Trouble::NobodyMore { more_at, .. } => more_at,
            Trouble::Offline | Trouble::LowQuality | Trouble::FewerPeople { .. } => None,
        };
        Self {
            channel: number.channel.as_str(),
            sender: number.sender.as_str().to_owned(),
            code: number.code(),
            what: number.what(),
            effect: number.effect(),
            remedy: number.remedy(),
            since: number.since.map(|at| at.to_string()),
            until: until.map(|at| at.to_string()),
        }
    }
}

/// What waits for a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttentionList {
    /// At most 500, the oldest first.
    items: Vec<AttentionAnswer>,
    /// Always null: deciding about these makes room for the next.
    next_cursor: Option<String>,
    /// What is wrong with our own numbers now; nobody decides about it here.
    numbers: Vec<NumberAnswer>,
    /// Conversations in which something waits for a person and nobody keeps them, at most 100, the longest waiting first;
    /// `GET /conversations?state=needs_person` lists all.
    conversations: Vec<ConversationAnswer>,
    /// Budgets that are spent, or nearly so.
    budget: Vec<BudgetAnswer>,
}

/// What a person decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"decision": "stop"}))]
pub(crate) struct Decision {
    /// `stop` or `no_stop`.
    decision: String,
}
json_body!(Decision);

/// List what needs a person
///
/// Messages that may mean stop: what a keyword list cannot decide. Their addresses get nothing but replies
/// meanwhile. And what is wrong with our own numbers: offline, of low quality, or at their limit; and a budget that is
/// spent, or nearly so.
#[utoipa::path(
    get, path = "/api/v1/attention", tag = "Consent", operation_id = "list_attention",
    responses((status = 200, description = "What waits, the oldest first", body = AttentionList)),
    security(("key" = [])),
)]
pub(crate) async fn list(state: State, _caller: Caller) -> Result<Response, Problem> {
    let items = state.engine().attention(LISTED_MAX).await?;
    let items = items.into_iter().map(AttentionAnswer::from).collect();
    let numbers = state.engine().numbers_in_trouble().await?;
    let waiting = state
        .engine()
        .conversations(
            ConversationState::NeedsPerson,
            ConversationFilter::default(),
            None,
            CONVERSATIONS_MAX,
        )
        .await?
        .found;
    let now = state.engine().clock().now();
    let budget = state.engine().budget().await?.into_iter();
    let budget = budget.filter(|one| one.trouble().is_some());
    Ok(answer(
        StatusCode::OK,
        &AttentionList {
            items,
            next_cursor: None,
            budget: budget.map(BudgetAnswer::from).collect(),
            numbers: numbers.into_iter().map(NumberAnswer::from).collect(),
            conversations: waiting
                .iter()
                .map(|record| ConversationAnswer::new(record, now))
                .collect(),
        },
    ))
}

/// Decide whether a message meant stop
///
/// `stop` opts the address out, like a STOP; `no_stop` lets what waits go on. The member is told
/// nothing by it.
#[utoipa::path(
    post, path = "/api/v1/attention/{id}", tag = "Consent", operation_id = "decide_attention",
    params(("id" = String, Path, description = "`msg_…`, the message")),
    request_body = Decision,
    responses(
        (status = 200, description = "The consent now", body = ConsentAnswer),
        (status = 404, description = "No such message", body = Problem),
        (status = 409, description = "It waits for no decision, or for none any more", body = Problem),
        (status = 422, description = "No such decision", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn decide(
    state: State,
    id: MessageInPath,
    sent: Sent<Decision>,
) -> Result<Response, Problem> {
    let decided = match sent.body.decision.as_str() {
        "stop" => Decided::Stop,
        "no_stop" => Decided::NoStop,
        _ => {
            return Err(Problem::field(
                "decision",
                "a decision is `stop` or `no_stop`",
            ));
        }
    };
    let record = state
        .engine()
        .decide_doubt(id.0, decided, sent.caller.actor())
        .await?;
    Ok(answer(StatusCode::OK, &ConsentAnswer::from(&record)))
}
