//! `/me/chat`: the conversation of whoever is logged in, on all channels, and a place to write on channel `web`
//! (docs/decisions/0030).
//!
//! The page works without scripts: a form that is sent, and a page that is read again. `chat.js` keeps it up to date.
//! Absent on purpose: anything that is true only while a page is open. What was said, shown and seen is in the store.

mod bubble;
mod doors;
mod live;
mod seen;
mod write;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::DeliveryStatus;
use engine::EngineError;
use http::{HeaderMap, StatusCode};
use ui::Page;

use super::guard::LoggedIn;
use super::words::{Words, words};
use super::{filled, html, html_as, page, service, trouble};
use crate::State;
use crate::docs::asset;
use bubble::{Bubble, Eyes};

pub(crate) use doors::Doors;
pub(super) use live::live;
pub(super) use seen::seen;
pub(super) use write::write;

/// How many messages are shown.
const SHOWN_MAX: u32 = 50;

#[derive(Template)]
#[template(path = "chat.html")]
struct Chat {
    page: Page,
    w: &'static Words,
    title: String,
    token: String,
    /// What keeps a second sending of the same text from being a second message.
    key: String,
    text: String,
    fault: String,
    is_stopped: bool,
    bubbles: Vec<Bubble>,
    /// The number of the newest message, after which the live part goes on.
    newest: i64,
}

/// What stands in the field to write in.
#[derive(Debug, Default)]
struct Unsent {
    key: String,
    text: String,
    fault: Option<(StatusCode, String)>,
}

/// The page; who is not logged in is asked to.
pub(super) async fn show(state: State, headers: HeaderMap) -> Response {
    match LoggedIn::or_looking(&state, &headers).await {
        Ok(Some(logged_in)) => whole(&state, &logged_in, Unsent::default()).await,
        Ok(None) => Redirect::to("/me").into_response(),
        Err(response) => response,
    }
}

async fn whole(state: &State, logged_in: &LoggedIn, unsent: Unsent) -> Response {
    let status = unsent.fault.as_ref().map(|(status, _)| *status);
    match template(state, logged_in, unsent).await {
        Ok(template) => match status {
            None => html(&template),
            Some(status) => html_as(status, &template),
        },
        Err(error) => trouble(state, logged_in.language(), error),
    }
}

async fn template(
    state: &State,
    logged_in: &LoggedIn,
    unsent: Unsent,
) -> Result<Chat, EngineError> {
    let engine = state.engine();
    let language = logged_in.language();
    let w = words(language);
    let member = &logged_in.session.member;
    let id = member.profile.id;
    let mut records = engine.chat_of(id, SHOWN_MAX).await?;
    let looks = logged_in.banner.is_some();
    if !looks {
        // Whoever opens the page has them before their eyes, whether a script says so or not.
        let shown: Vec<_> = records.iter().map(|one| one.id).collect();
        engine
            .shown_in_chat(id, &shown, DeliveryStatus::Delivered)
            .await?;
    }
    records.reverse();
    let eyes = Eyes::of(state, logged_in);
    let mut page = page(state, w.chat_title, language).with_style(asset("chat.css"));
    if !looks {
        // It tells what was shown and seen, and only the member's eyes count.
        page = page.with_script(asset("chat.js"));
    }
    page.nav = Vec::new();
    page.banner.clone_from(&logged_in.banner);
    page.fills_window = true;
    Ok(Chat {
        title: filled(w.chat_title, &[("service", service(state))]),
        page,
        w,
        token: logged_in.token(),
        key: if unsent.key.is_empty() {
            engine.ids().message().to_string()
        } else {
            unsent.key
        },
        text: unsent.text,
        fault: unsent.fault.map_or(String::new(), |(_, fault)| fault),
        is_stopped: engine.is_chat_stopped(member).await?,
        newest: records.last().map_or(0, |one| one.seq.0),
        bubbles: records.iter().map(|one| eyes.see(one)).collect(),
    })
}
