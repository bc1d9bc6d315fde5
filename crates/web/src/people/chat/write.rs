//! `POST /me/chat`: a member writes, or taps a choice. A form of a page without scripts is answered by the page; a
//! script says that it wants JSON.

use askama::Template as _;
use axum::Json;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{MessageId, Text};
use engine::EngineError;
use engine::chat::{KEY_BYTES_MAX, LETTERS_MAX, Written, Wrote};
use http::header::{ACCEPT, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bubble::{Bubble, Eyes};
use super::{SHOWN_MAX, Unsent, whole};
use crate::State;
use crate::people::guard::{LoggedIn, Sent};
use crate::people::words::{Words, words};
use crate::people::{filled, trouble};

/// What they sent: a text with a key, or a choice of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    token: String,
    key: String,
    text: String,
    /// The message that offers choices.
    offer: String,
    /// Which of them was tapped, from 0.
    tap: String,
}

/// Takes it in. It is in the store when this answers.
pub(crate) async fn write(state: State, headers: HeaderMap, Sent(form): Sent<Form>) -> Response {
    let is_script = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|wanted| wanted.starts_with("application/json"));
    let logged_in = match LoggedIn::of(&state, &headers).await {
        Ok(Some(logged_in)) => logged_in,
        Ok(None) if is_script => return StatusCode::UNAUTHORIZED.into_response(),
        Ok(None) => return Redirect::to("/me").into_response(),
        Err(response) => return response,
    };
    let w = words(logged_in.language());
    let refused = match take_in(&state, &logged_in, &form, w).await {
        Ok(Ok(key)) if is_script => return stored(&state, &logged_in, &key).await,
        Ok(Ok(_)) => return Redirect::to("/me/chat#newest").into_response(),
        Ok(Err(refused)) => refused,
        Err(error) => return trouble(&state, logged_in.language(), error),
    };
    let (status, _) = refused;
    let mut response = if is_script {
        (status, Json(json!({"fault": refused.1}))).into_response()
    } else {
        let unsent = Unsent {
            key: form.key,
            text: form.text,
            fault: Some(refused),
        };
        whole(&state, &logged_in, unsent).await
    };
    if status == StatusCode::TOO_MANY_REQUESTS {
        let later = HeaderValue::from_static("60");
        response.headers_mut().insert(RETRY_AFTER, later);
    }
    response
}

type Refused = (StatusCode, String);

/// The key it is stored under, or what is wrong with it.
async fn take_in(
    state: &State,
    logged_in: &LoggedIn,
    form: &Form,
    w: &'static Words,
) -> Result<Result<String, Refused>, EngineError> {
    let refuse = |words: &str| Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, words.to_owned())));
    if !logged_in.is_theirs(&form.token) {
        return Ok(Err((StatusCode::FORBIDDEN, w.foreign_do.to_owned())));
    }
    let member = logged_in.session.member.profile.id;
    let written = if form.offer.is_empty() {
        let text = form.text.trim();
        let letters = text.chars().count();
        if letters == 0 {
            return refuse(w.chat_blank);
        }
        if letters > LETTERS_MAX {
            let count = letters.to_string();
            return refuse(&filled(w.chat_too_long, &[("count", &count)]));
        }
        if !is_key(&form.key) {
            return refuse(w.foreign_do);
        }
        Written {
            key: form.key.clone(),
            text: Text::from(text),
            choice: None,
        }
    } else {
        match tapped(state, logged_in, form).await? {
            Some(written) => written,
            None => return refuse(w.chat_gone),
        }
    };
    let key = written.key.clone();
    Ok(match state.engine().write_in_chat(member, written).await? {
        Wrote::Stored => Ok(key),
        Wrote::TooMany => Err((StatusCode::TOO_MANY_REQUESTS, w.chat_too_many.to_owned())),
    })
}

fn is_key(key: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (8..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(fits)
}

/// What was tapped, as we offered it: neither its id nor its title is taken from the browser. Each can be tapped once.
async fn tapped(
    state: &State,
    logged_in: &LoggedIn,
    form: &Form,
) -> Result<Option<Written>, EngineError> {
    let member = logged_in.session.member.profile.id;
    let (Ok(offer), Ok(at)) = (form.offer.parse::<MessageId>(), form.tap.parse::<usize>()) else {
        return Ok(None);
    };
    let records = state.engine().chat_of(member, SHOWN_MAX).await?;
    let record = records.iter().find(|one| one.id == offer);
    let choice = record.and_then(|one| one.blocks.as_ref()?.choices.as_ref()?.all().get(at));
    Ok(choice.map(|choice| Written {
        key: format!("{offer}:{at}"),
        text: Text::from(choice.title()),
        choice: Some(Text::from(choice.id())),
    }))
}

/// Tells a script what was stored, so that it need not wait for the line.
async fn stored(state: &State, logged_in: &LoggedIn, key: &str) -> Response {
    let member = logged_in.session.member.profile.id;
    let records = match state.engine().chat_of(member, SHOWN_MAX).await {
        Ok(records) => records,
        Err(error) => return trouble(state, logged_in.language(), error),
    };
    let eyes = Eyes::of(state, logged_in);
    let stored = records
        .iter()
        .find(|one| one.provider_message_id.as_deref() == Some(key));
    Json(stored.map_or_else(|| json!({}), |one| told(&eyes.see(one)))).into_response()
}

/// A message for a script.
pub(super) fn told(bubble: &Bubble) -> Value {
    json!({
        "id": bubble.id.to_string(),
        "seq": bubble.seq,
        "mark": bubble.mark,
        "html": bubble.render().unwrap_or_default(),
    })
}
