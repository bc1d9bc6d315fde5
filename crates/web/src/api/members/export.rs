//! `GET /api/v1/members/{id}/export`: everything that is kept of a member (G39), as one JSON document.
//!
//! It is read and sent page by page, so that a long history costs a page of memory. Where the store fails
//! midway the answer is cut, which a client sees; a whole one ends with `"complete": true`.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::MemberId;
use futures_util::stream;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;
use store::Seq;
use store::questions::{MessageById, Messages};
use store::records::{AuditRecord, FormerAddress, MemberNote, SessionRecord};
use utoipa::ToSchema;

use super::answer::MemberAnswer;
use super::certificate::{CertifiedConsent, certified_of};
use super::subscription::SubscriptionAnswer;
use super::training::TrainingAnswer;
use crate::State;
use crate::api::conversations::ConversationAnswer;
use crate::api::messages::read::{Around, DetailAnswer};
use crate::auth::Caller;
use crate::code::Code;
use crate::path::MemberInPath;
use crate::problem::Problem;

/// How many messages are read before they are sent on.
const PAGE: u32 = 100;

/// Everything that is kept of a member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportAnswer {
    /// Always `gymtext-member`.
    #[schema(example = "gymtext-member")]
    format: &'static str,
    /// Counts changes of this format that readers have to know of.
    #[schema(example = 1)]
    format_version: u8,
    /// When this was made, RFC 3339, UTC.
    made_at: String,
    member: MemberAnswer,
    /// Each address and purpose, and all that led there.
    consents: Vec<CertifiedConsent>,
    /// What they follow and followed, holidays, what they logged, and the days without a message, all of them.
    training: TrainingAnswer,
    /// How they stand, and what they pay for.
    subscription: SubscriptionAnswer,
    /// Who answers them, and what waits for an answer.
    conversation: ConversationAnswer,
    /// What the coach's team noted about them, the newest first.
    notes: Vec<NoteAnswer>,
    /// Who of the coach's team looked at their pages as they see them, the newest first.
    looks: Vec<LookAnswer>,
    /// Where they are logged in, the newest first. What their browser keeps is nowhere.
    sessions: Vec<SessionAnswer>,
    /// Addresses that were theirs, the newest first; what they had agreed to for them stands with the consents.
    former_addresses: Vec<FormerAddressAnswer>,
    /// Everything they sent and were sent, the newest first.
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "described; written page by page")]
    messages: Vec<DetailAnswer>,
    /// `true` at the end of a whole document.
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "described; written last")]
    complete: bool,
}

/// A browser in which they are logged in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionAnswer {
    /// Since when, RFC 3339, UTC.
    begun_at: String,
    /// When it was used last, to the hour or so.
    last_used_at: String,
    /// Until when at most.
    until: String,
}

impl From<&SessionRecord> for SessionAnswer {
    fn from(session: &SessionRecord) -> Self {
        Self {
            begun_at: session.opened_at.to_string(),
            last_used_at: session.used_at.to_string(),
            until: session.expires_at.to_string(),
        }
    }
}

/// A note of the coach's team.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoteAnswer {
    /// When, RFC 3339, UTC.
    at: String,
    /// Who wrote it.
    #[schema(example = "Joana")]
    author: String,
    text: String,
}

impl From<&MemberNote> for NoteAnswer {
    fn from(note: &MemberNote) -> Self {
        Self {
            at: note.at.to_string(),
            author: note.author.clone(),
            text: note.text.as_str().to_owned(),
        }
    }
}

/// Somebody of the coach's team looked at their pages as they see them, and changed nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LookAnswer {
    /// When, RFC 3339, UTC.
    at: String,
    /// Who.
    #[schema(example = "Joana")]
    by: String,
    /// Why, in their words.
    #[schema(example = "She asked where her workouts are")]
    why: String,
}

impl From<&AuditRecord> for LookAnswer {
    fn from(look: &AuditRecord) -> Self {
        Self {
            at: look.at.to_string(),
            by: look.entry.actor.clone(),
            why: look.entry.after.clone(),
        }
    }
}

/// An address that was theirs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FormerAddressAnswer {
    /// `sms`, `whatsapp`, `email` or `web`.
    #[schema(example = "sms")]
    channel: &'static str,
    /// Which.
    #[schema(example = "+14155550123")]
    address: String,
    /// Until when, RFC 3339, UTC.
    until: String,
}

impl From<&FormerAddress> for FormerAddressAnswer {
    fn from(former: &FormerAddress) -> Self {
        Self {
            channel: former.channel.as_str(),
            address: former.handle.as_str().to_owned(),
            until: former.left_at.to_string(),
        }
    }
}

/// Export a member
///
/// All that is kept of them and nothing of anybody else: what they told, what they agreed to and when,
/// what they were sent and why, what they wrote. Media are named by their addresses.
#[utoipa::path(
    get, path = "/api/v1/members/{id}/export", tag = "Members", operation_id = "export_member",
    params(("id" = String, Path, description = "`mem_…`")),
    responses(
        (status = 200, description = "The document", body = ExportAnswer),
        (status = 404, description = "No such member", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn export(
    state: State,
    _caller: Caller,
    id: MemberInPath,
) -> Result<Response, Problem> {
    let engine = state.engine();
    let view = engine.member(id.0).await?;
    let certificate = engine.certificate(id.0).await?;
    let training = engine.training(id.0, 0, u32::MAX).await?;
    let subscription = engine.subscriptions(id.0).await?;
    let conversation = engine.conversation(id.0).await?;
    let notes = engine.notes(id.0).await?;
    let looks = engine.looks_at(id.0).await?;
    let account = engine.account(id.0).await?;
    let head = ExportAnswer {
        format: "gymtext-member",
        format_version: 1,
        made_at: certificate.at.to_string(),
        member: MemberAnswer::from(&view),
        consents: certified_of(&certificate),
        training: training.into(),
        subscription: SubscriptionAnswer::from(&subscription),
        conversation: ConversationAnswer::new(&conversation, certificate.at),
        notes: notes.iter().map(Into::into).collect(),
        looks: looks.iter().map(Into::into).collect(),
        sessions: account.sessions.iter().map(Into::into).collect(),
        former_addresses: account.former.iter().map(Into::into).collect(),
        messages: Vec::new(),
        complete: true,
    };
    let head = serde_json::to_vec(&head).map_err(|error| {
        tracing::error!(%error, "an export could not be written as JSON");
        Problem::of(Code::Internal)
    })?;
    let pages = Pages {
        state,
        member: id.0,
        next: Next::Head(head),
        is_first: true,
    };
    let body = stream::try_unfold(pages, |mut pages| async move {
        let page = pages.page().await?;
        io::Result::Ok(page.map(|page| (page, pages)))
    });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"member.json\""),
    );
    Ok(response)
}

/// What is still to be sent.
struct Pages {
    state: State,
    member: MemberId,
    next: Next,
    is_first: bool,
}

enum Next {
    /// All but the messages.
    Head(Vec<u8>),
    /// Messages older than this one.
    Messages(Option<Seq>),
    /// Nothing.
    Over,
}

impl Pages {
    async fn page(&mut self) -> io::Result<Option<Bytes>> {
        match std::mem::replace(&mut self.next, Next::Over) {
            Next::Head(mut head) => {
                // The object goes on with what is read in pages.
                head.pop();
                head.extend_from_slice(b",\"messages\":[");
                self.next = Next::Messages(None);
                Ok(Some(head.into()))
            }
            Next::Messages(before) => self.messages(before).await.map(Some),
            Next::Over => Ok(None),
        }
    }

    async fn messages(&mut self, before: Option<Seq>) -> io::Result<Bytes> {
        let ask = self.state.engine().ask();
        let question = Messages {
            member: Some(self.member),
            before,
            limit: PAGE,
            ..Messages::default()
        };
        let messages = ask.question(question).await.map_err(io::Error::other)?;
        let mut page = Vec::new();
        for record in &messages {
            let id = record.id;
            let detail = ask.question(MessageById { id }).await;
            // Erased while this is read: gone from here too.
            let Some(detail) = detail.map_err(io::Error::other)? else {
                continue;
            };
            if !std::mem::take(&mut self.is_first) {
                page.push(b',');
            }
            let message = DetailAnswer::new(&detail, Around::default());
            serde_json::to_writer(&mut page, &message).map_err(io::Error::other)?;
        }
        match messages.last().filter(|_| messages.len() == PAGE as usize) {
            Some(last) => self.next = Next::Messages(Some(last.seq)),
            None => page.extend_from_slice(b"],\"complete\":true}\n"),
        }
        Ok(page.into())
    }
}
