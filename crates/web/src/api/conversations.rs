//! `GET /api/v1/conversations`, `POST /api/v1/members/{id}/conversation/take`, `…/hand-back`,
//! `POST /api/v1/messages/{id}/dismiss`: who answers a member, and what waits for whom.

use axum::response::Response;
use domain::{Channel, MemberId};
use engine::conversations::{ConversationFilter, ConversationState, NeedRecord};
use engine::{Engine, EngineError};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::records::{ConversationRecord, KeeperRecord};
use utoipa::{IntoParams, ToSchema};

use crate::State;
use crate::auth::Caller;
use crate::cursor;
use crate::json::{Sent, answer, json_body};
use crate::path::{MemberInPath, MessageInPath};
use crate::problem::{Faults, Problem};
use crate::query::{Asked, limit};

/// The longest name or reason, in characters.
const WORDS_MAX: usize = 100;

/// Which conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// `unanswered` (something waits for an answer), `needs_person` (something waits for a person, and nobody keeps it),
    /// `with_person` (a person keeps it), `failed` (something we sent did not arrive) or `all`; `all` if missing.
    #[param(example = "needs_person")]
    state: Option<String>,
    /// Only those whose words, or what did not arrive, went by this channel: `sms`, `whatsapp`, `web`.
    #[param(example = "whatsapp")]
    channel: Option<String>,
    /// Only with members who speak this: `pt` means `pt-BR` too.
    #[param(example = "pt")]
    language: Option<String>,
    /// Only with members who follow this programme.
    #[param(example = "strength")]
    programme: Option<String>,
    /// 1 to 200, 50 if missing.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The person who keeps a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeeperAnswer {
    /// As they call themselves.
    #[schema(example = "Joana")]
    name: String,
    since: String,
    /// Until when, unless they answer something meanwhile or hand it back.
    until: String,
}

impl From<&KeeperRecord> for KeeperAnswer {
    fn from(keeper: &KeeperRecord) -> Self {
        Self {
            name: keeper.name.clone(),
            since: keeper.since.to_string(),
            until: keeper.until.to_string(),
        }
    }
}

/// Something that waits for a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NeedAnswer {
    /// `crisis`, `eating_disorder`, `injury`, `question`, `not_understood`; `left_waiting`: a hand-over ended before it was
    /// answered; or why a language model did not answer: `model_handed_over`, `model_timeout`, `model_no_answer`,
    /// `model_malformed`, `model_unfit`, `model_budget`, `model_busy`.
    #[schema(example = "injury")]
    why: String,
    /// What they wrote: `msg_…`.
    message_id: String,
    since: String,
}

impl From<&NeedRecord> for NeedAnswer {
    fn from(need: &NeedRecord) -> Self {
        Self {
            why: need.why.clone(),
            message_id: need.message.to_string(),
            since: need.since.to_string(),
        }
    }
}

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationAnswer {
    /// With whom: `mem_…`.
    member_id: String,
    #[schema(example = "Maria Souza")]
    name: String,
    /// When they last wrote.
    last_heard_at: Option<String>,
    /// When they were last written to.
    last_said_at: Option<String>,
    /// How many of their messages wait for an answer.
    #[schema(example = 1)]
    waiting: u32,
    /// Since when the oldest of these waits.
    waiting_since: Option<String>,
    /// How long that is.
    #[schema(example = 340.5)]
    waiting_seconds: f64,
    /// What waits for a person, the oldest first, at most 20.
    needs: Vec<NeedAnswer>,
    /// The person who keeps it; `null` while the coach's rules answer.
    keeper: Option<KeeperAnswer>,
}

impl ConversationAnswer {
    pub(crate) fn new(record: &ConversationRecord, now: domain::Timestamp) -> Self {
        Self {
            member_id: record.member.profile.id.to_string(),
            name: record.member.profile.name.as_str().to_owned(),
            last_heard_at: record.heard_at.map(|at| at.to_string()),
            last_said_at: record.said_at.map(|at| at.to_string()),
            waiting: record.waiting,
            waiting_since: record.waiting_since.map(|at| at.to_string()),
            waiting_seconds: record
                .waiting_since
                .map_or(0.0, |at| now.since(at).as_f64()),
            needs: record.needs.iter().map(Into::into).collect(),
            keeper: record.keeper.as_ref().map(Into::into),
        }
    }
}

/// A page of conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationPage {
    items: Vec<ConversationAnswer>,
    /// Where the list goes on; `null` on the last page.
    next_cursor: Option<String>,
}

/// Who takes a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"as": "Joana"}))]
pub(crate) struct TakeRequest {
    /// As whom: a name that others see.
    #[serde(rename = "as")]
    by: String,
    /// Whether to take it from another person who keeps it.
    #[serde(default)]
    take_over: bool,
}
json_body!(TakeRequest);

/// Who hands a conversation back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"as": "Joana"}))]
pub(crate) struct HandBackRequest {
    /// As whom.
    #[serde(rename = "as")]
    by: String,
}
json_body!(HandBackRequest);

/// What came of handing a conversation back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HandBackAnswer {
    /// Whether a person kept it.
    was_kept: bool,
    /// How many messages the coach's rules answer now.
    #[schema(example = 1)]
    to_rules: u32,
    /// Messages that count as looked at by this: their members had been told that a person will.
    closed: Vec<String>,
}

/// Why a message gets no answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"as": "Joana", "reason": "answered by phone"}))]
pub(crate) struct DismissRequest {
    /// Who says so.
    #[serde(rename = "as")]
    by: String,
    /// Why, in a few words.
    reason: String,
}
json_body!(DismissRequest);

/// A message that gets no answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DismissAnswer {
    message_id: String,
    #[schema(example = "answered by phone")]
    reason: String,
}

/// A name or a reason: something, and not too much of it.
pub(crate) fn words(faults: &mut Faults, field: &str, text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > WORDS_MAX || text.chars().any(char::is_control) {
        faults.add(field, format!("write 1 to {WORDS_MAX} characters"));
    }
    text.to_owned()
}

/// List conversations
///
/// Who waits for an answer, and who answers. `all` begins with the newest words, the others with what has waited longest.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "Conversations", operation_id = "list_conversations",
    params(Which),
    responses((status = 200, description = "A page", body = ConversationPage), (status = 422, body = Problem, description = "A filter cannot be read")),
    security(("key" = [])),
)]
pub(crate) async fn list(
    state: State,
    _caller: Caller,
    which: Asked<Which>,
) -> Result<Response, Problem> {
    let which = which.0;
    let mut faults = Faults::default();
    let limit = limit(&mut faults, which.limit.as_deref());
    let after: Option<(i64, MemberId)> = which
        .cursor
        .as_deref()
        .and_then(|text| faults.keep("cursor", cursor::read(text)));
    let of = match which.state.as_deref() {
        None | Some("all") => ConversationState::All,
        Some("unanswered") => ConversationState::Unanswered,
        Some("needs_person") => ConversationState::NeedsPerson,
        Some("with_person") => ConversationState::WithPerson,
        Some("failed") => ConversationState::Failed,
        Some(_) => {
            faults.add(
                "state",
                "a state is `unanswered`, `needs_person`, `with_person`, `failed` or `all`",
            );
            ConversationState::All
        }
    };
    let channel: Option<Channel> = faults.parse("channel", which.channel.as_deref());
    faults.into_result()?;
    let only = ConversationFilter {
        channel,
        language: which.language,
        programmes: which.programme.into_iter().collect(),
    };
    let engine = state.engine();
    let (found, next) = conversations_page(engine, of, only, after, limit).await?;
    let next_cursor = next.map(|next| cursor::write(&next));
    let now = engine.clock().now();
    let page = ConversationPage {
        items: found
            .iter()
            .map(|record| ConversationAnswer::new(record, now))
            .collect(),
        next_cursor,
    };
    Ok(answer(StatusCode::OK, &page))
}

/// Some conversations, and where the list goes on.
pub(crate) async fn conversations_page(
    engine: &Engine,
    state: ConversationState,
    only: ConversationFilter,
    after: Option<(i64, MemberId)>,
    limit: u32,
) -> Result<(Vec<ConversationRecord>, Option<(i64, MemberId)>), EngineError> {
    let page = engine.conversations(state, only, after, limit + 1).await?;
    let mut found = page.found;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|last| last.cursor);
    Ok((found, last.or(page.further)))
}

/// Take a conversation over
///
/// The coach's rules are silent from then on; STOP, START and HELP are obeyed as always. What the member writes waits.
/// It ends by itself some time after the person's last answer (a setting, 12 hours).
#[utoipa::path(
    post, path = "/api/v1/members/{id}/conversation/take", tag = "Conversations", operation_id = "take_conversation",
    params(("id" = String, Path, description = "`mem_…`")),
    request_body = TakeRequest,
    responses(
        (status = 200, description = "Theirs", body = KeeperAnswer),
        (status = 404, description = "No such member", body = Problem),
        (status = 409, description = "Another person keeps it", body = Problem),
        (status = 422, description = "No name", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn take(
    state: State,
    id: MemberInPath,
    sent: Sent<TakeRequest>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let by = words(&mut faults, "as", &sent.body.by);
    faults.into_result()?;
    let keeper = state
        .engine()
        .take_conversation(id.0, by, sent.body.take_over)
        .await?;
    Ok(answer(StatusCode::OK, &KeeperAnswer::from(&keeper)))
}

/// Hand a conversation back
///
/// The coach's rules go on. They answer what was written meanwhile and not answered; what they had passed on to a person
/// counts as looked at. What was left waiting by a hand-over that ended by itself stays, until somebody answers or
/// dismisses it.
#[utoipa::path(
    post, path = "/api/v1/members/{id}/conversation/hand-back", tag = "Conversations", operation_id = "hand_back_conversation",
    params(("id" = String, Path, description = "`mem_…`")),
    request_body = HandBackRequest,
    responses(
        (status = 200, description = "The rules'", body = HandBackAnswer),
        (status = 404, description = "No such member", body = Problem),
        (status = 422, description = "No name", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn hand_back(
    state: State,
    id: MemberInPath,
    sent: Sent<HandBackRequest>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let by = words(&mut faults, "as", &sent.body.by);
    faults.into_result()?;
    let done = state.engine().hand_back(id.0, by).await?;
    Ok(answer(
        StatusCode::OK,
        &HandBackAnswer {
            was_kept: done.was_kept,
            to_rules: done.to_rules,
            closed: done.closed.iter().map(ToString::to_string).collect(),
        },
    ))
}

/// Dismiss a message
///
/// It gets no answer, and says why. To answer it, name it in `answers` of `POST /messages`.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/dismiss", tag = "Conversations", operation_id = "dismiss_message",
    params(("id" = String, Path, description = "`msg_…`, a message that a member wrote")),
    request_body = DismissRequest,
    responses(
        (status = 200, description = "Dismissed", body = DismissAnswer),
        (status = 404, description = "No such message", body = Problem),
        (status = 409, description = "It is answered already, or another person keeps the conversation", body = Problem),
        (status = 422, description = "No name or no reason", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn dismiss(
    state: State,
    id: MessageInPath,
    sent: Sent<DismissRequest>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let by = words(&mut faults, "as", &sent.body.by);
    let reason = words(&mut faults, "reason", &sent.body.reason);
    faults.into_result()?;
    state.engine().dismiss(id.0, by, reason.clone()).await?;
    Ok(answer(
        StatusCode::OK,
        &DismissAnswer {
            message_id: id.0.to_string(),
            reason,
        },
    ))
}
