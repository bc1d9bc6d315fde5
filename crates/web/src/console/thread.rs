//! One conversation: what was said, and what somebody of the team does in it.

use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Channel, Direction, Kind, MemberId, MessageId, Role};
use engine::conversations::Answers;
use engine::explain::status_word;
use engine::{Draft, EngineError};
use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use store::records::{Idempotency, MessageRecord, NeedRecord};

use super::guard::Posted;
use super::plan::Proposed;
use super::{refused, shown, trouble};
use crate::State;
use crate::path::{MemberInPath, MessageInPath};
use crate::people::instant;

/// The longest reason of a dismissal, in characters.
const REASON_MAX: usize = 100;

/// The longest id of a form.
const ONCE_MAX: usize = 64;

/// A message in the thread.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is shown in its own way, and any of them together"
)]
pub(super) struct Bubble {
    pub(super) id: String,
    /// A note of the team, which nobody was sent.
    pub(super) is_note: bool,
    pub(super) ours: bool,
    pub(super) text: String,
    pub(super) is_gone: bool,
    pub(super) media: Vec<String>,
    pub(super) choices: Vec<String>,
    pub(super) meta: String,
    pub(super) status: String,
    pub(super) tone: &'static str,
    pub(super) ticks: &'static str,
    pub(super) is_read: bool,
    /// Why it waits for a person; empty where it does not.
    pub(super) need: String,
}

/// How a message is shown.
pub(super) fn bubble(record: &MessageRecord, zone: &str, needs: &[NeedRecord]) -> Bubble {
    let ours = record.direction == Direction::Outbound;
    let english = engine::joining::Language::English;
    let status = if ours {
        status_word(record.status, record.place)
    } else {
        ""
    };
    let (ticks, is_read) = shown::ticks(record.status);
    let mut meta: Vec<String> = Vec::new();
    meta.extend(record.channel.map(|one| shown::channel(one).to_owned()));
    if ours {
        meta.push(shown::kind(record.kind));
    }
    meta.push(instant(record.created_at, zone, english));
    let choices = record
        .blocks
        .as_ref()
        .and_then(|rich| rich.choices.as_ref());
    Bubble {
        id: record.id.to_string(),
        is_note: false,
        ours,
        text: match (record.redacted_at, record.kind) {
            (Some(_), _) => "Its words were taken out because of their age.".to_owned(),
            (None, Some(Kind::Knock)) if record.text.as_str().is_empty() => {
                "A template that asks them to answer, so that what waits may go.".to_owned()
            }
            (None, Some(Kind::LoginCode)) => "A code to log in.".to_owned(),
            (None, _) => record.text.as_str().to_owned(),
        },
        is_gone: record.redacted_at.is_some(),
        media: record.media.clone(),
        choices: choices.map_or_else(Vec::new, |choices| {
            choices
                .all()
                .iter()
                .map(|one| one.title().to_owned())
                .collect()
        }),
        meta: meta.join(" · "),
        tone: shown::tone(status),
        status: shown::words(status),
        ticks: if ours { ticks } else { "" },
        is_read,
        need: needs
            .iter()
            .find(|need| need.message == record.id)
            .map_or_else(String::new, |need| shown::need(&need.why).to_owned()),
    }
}

fn thread(member: MemberId) -> String {
    format!("/admin/conversations/{member}?state=all")
}

/// How a conversation is taken.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Take {
    take_over: String,
}

/// Takes it over from the coach's rules.
pub(super) async fn take(state: State, id: MemberInPath, posted: Posted<Take>) -> Response {
    let back = thread(id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let engine = posted.on_duty.engine(&state);
    let name = posted.on_duty.operator().name.clone();
    let takes_over = posted.form.take_over == "yes";
    match engine.take_conversation(id.0, name, takes_over).await {
        Ok(_) => Redirect::to(&back).into_response(),
        Err(error) => trouble(error, &back),
    }
}

/// Nothing but the token.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// Gives it back to the rules.
pub(super) async fn hand_back(state: State, id: MemberInPath, posted: Posted<Nothing>) -> Response {
    let back = thread(id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let engine = posted.on_duty.engine(&state);
    let name = posted.on_duty.operator().name.clone();
    match engine.hand_back(id.0, name).await {
        Ok(_) => Redirect::to(&back).into_response(),
        Err(error) => trouble(error, &back),
    }
}

/// Says something: by the planner, like every message.
pub(super) async fn say(state: State, id: MemberInPath, posted: Posted<Proposed>) -> Response {
    let back = thread(id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let said = &posted.form;
    let content = match said.content() {
        Ok(content) => content,
        Err(why) => {
            return refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                &why,
                "Nothing was sent. Go back: your words are still there.",
                &back,
            );
        }
    };
    let inbound: Result<Vec<MessageId>, _> =
        said.answers.split_whitespace().map(str::parse).collect();
    let Ok(inbound) = inbound else {
        return trouble(EngineError::UnknownMessage, &back);
    };
    let engine = posted.on_duty.engine(&state);
    let mut draft = Draft::new(id.0, content);
    draft.kind = Kind::ChatReply;
    draft.channel = said.channel.parse::<Channel>().ok();
    let key = (!said.once.is_empty()).then(|| once(said, id.0));
    let answers = Answers {
        inbound,
        by: posted.on_duty.operator().name.clone(),
        anyway: false,
    };
    match engine.answer_as_person(draft, answers, key).await {
        Ok(_) => Redirect::to(&back).into_response(),
        Err(error) => trouble(error, &back),
    }
}

/// What makes the same form with the same words, sent twice, one message.
fn once(said: &Proposed, member: MemberId) -> Idempotency {
    let mut digest = Sha256::new();
    let mut part = |text: &str| {
        digest.update(text.as_bytes());
        digest.update([0]);
    };
    part(&member.to_string());
    for field in [&said.text, &said.channel, &said.answers, &said.template] {
        part(field);
    }
    for (name, value) in said
        .rest
        .iter()
        .filter(|(name, _)| name.starts_with("value."))
    {
        part(name);
        part(value);
    }
    let fingerprint: [u8; 32] = digest.finalize().into();
    let beginning = fingerprint.first_chunk().copied().unwrap_or_default();
    let words = u64::from_be_bytes(beginning);
    let form: String = said.once.chars().take(ONCE_MAX).collect();
    Idempotency {
        scope: "console".to_owned(),
        key: format!("{form}:{words:016x}"),
        fingerprint,
    }
}

/// Why a message gets no answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Dismissal {
    member: String,
    reason: String,
}

/// Dismisses a message.
pub(super) async fn dismiss(
    state: State,
    id: MessageInPath,
    posted: Posted<Dismissal>,
) -> Response {
    let back = match posted.form.member.parse::<MemberId>() {
        Ok(member) => thread(member),
        Err(_) => "/admin/conversations".to_owned(),
    };
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let reason = posted.form.reason.trim();
    let fits = (1..=REASON_MAX).contains(&reason.chars().count());
    if !fits || reason.chars().any(char::is_control) {
        return refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "A reason has 1 to 100 characters.",
            "The message still waits.",
            &back,
        );
    }
    let engine = posted.on_duty.engine(&state);
    let name = posted.on_duty.operator().name.clone();
    match engine.dismiss(id.0, name, reason.to_owned()).await {
        Ok(()) => Redirect::to(&back).into_response(),
        Err(error) => trouble(error, &back),
    }
}
