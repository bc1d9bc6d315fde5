//! Notes of the team about a member: between the messages of the conversation, and on the member's page.

use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{MemberId, NoteId, Role, Text, Timestamp};
use engine::EngineError;
use engine::notes::{MemberNote, NOTE_CHARS_MAX};
use http::StatusCode;
use serde::Deserialize;

use super::guard::Posted;
use super::thread::Bubble;
use super::{refused, trouble};
use crate::State;
use crate::path::MemberInPath;
use crate::people::instant;

/// A note as the member's page shows it.
pub(super) struct NoteShown {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) meta: String,
}

/// The notes of a member's page.
pub(super) fn shown(notes: &[MemberNote], zone: &str) -> Vec<NoteShown> {
    let all = notes.iter().map(|note| NoteShown {
        id: note.id.to_string(),
        text: note.text.as_str().to_owned(),
        meta: meta(note, zone),
    });
    all.collect()
}

fn meta(note: &MemberNote, zone: &str) -> String {
    let at = instant(note.at, zone, engine::joining::Language::English);
    format!("{} · {at}", note.author)
}

/// Messages, oldest first, with the notes of their time between them. Where older messages are on another page, older notes
/// are there, too.
pub(super) fn among(
    messages: Vec<(Timestamp, Bubble)>,
    notes: &[MemberNote],
    zone: &str,
    has_older: bool,
) -> Vec<Bubble> {
    let from = messages.first().filter(|_| has_older).map(|(at, _)| *at);
    let mut all = messages;
    for note in notes
        .iter()
        .filter(|note| from.is_none_or(|from| note.at >= from))
    {
        all.push((note.at, bubble(note, zone)));
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, bubble)| bubble).collect()
}

fn bubble(note: &MemberNote, zone: &str) -> Bubble {
    Bubble {
        id: note.id.to_string(),
        is_note: true,
        ours: false,
        text: note.text.as_str().to_owned(),
        is_gone: false,
        media: Vec::new(),
        choices: Vec::new(),
        meta: meta(note, zone),
        status: String::new(),
        tone: "",
        ticks: "",
        is_read: false,
        need: String::new(),
    }
}

/// What somebody notes, or which note goes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Noted {
    text: String,
    /// A note to take away.
    remove: String,
    /// `member` leads back to the member's page, anything else to the conversation.
    back: String,
}

fn back(member: MemberId, noted: &Noted) -> String {
    if noted.back == "member" {
        format!("/admin/members/{member}")
    } else {
        format!("/admin/conversations/{member}?state=all")
    }
}

/// Keeps a note, or takes one away.
pub(super) async fn change(state: State, id: MemberInPath, posted: Posted<Noted>) -> Response {
    let back = back(id.0, &posted.form);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let engine = posted.on_duty.engine(&state);
    let done = if posted.form.remove.is_empty() {
        let text = posted.form.text.trim();
        let fits = (1..=NOTE_CHARS_MAX).contains(&text.chars().count());
        if !fits || text.contains('\0') {
            return refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "A note has 1 to 2,000 characters.",
                "Nothing was noted. Go back: your words are still there.",
                &back,
            );
        }
        let author = posted.on_duty.operator().name.clone();
        engine
            .keep_note(id.0, author, Text::from(text))
            .await
            .map(drop)
    } else {
        match posted.form.remove.parse::<NoteId>() {
            Ok(note) => engine.remove_note(id.0, note).await.map(drop),
            Err(_) => Err(EngineError::UnknownMember),
        }
    };
    match done {
        Ok(()) => Redirect::to(&back).into_response(),
        Err(error) => trouble(error, &back),
    }
}
