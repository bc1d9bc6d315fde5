//! Paying: the last step of joining, the way to a page to pay or to manage on, and back from it.
//!
//! They are addresses rather than forms: from our own pages a browser sends no form to another site, and follows no
//! redirect of one there. What they cause is a page that nobody has to use.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use engine::EngineError;
use engine::joining::Language;
use http::StatusCode;
use ui::{Link, Page};

use super::guard::{LoggedIn, Reads};
use super::words::{Words, words};
use super::{filled, html, page, service, trouble};
use crate::State;

#[derive(Template)]
#[template(path = "pay.html")]
struct Pay {
    page: Page,
    w: &'static Words,
    lead: String,
}

/// What is left to do: to pay.
pub(super) async fn ask(state: State, logged_in: LoggedIn) -> Response {
    match state.engine().is_served(&logged_in.session.member).await {
        Ok(false) => {}
        Ok(true) => return Redirect::to("/me").into_response(),
        Err(error) => return trouble(&state, logged_in.language(), error),
    }
    let language = logged_in.language();
    let w = words(language);
    let mut page = page(&state, w.pay_title, language);
    page.nav = Vec::new();
    html(&Pay {
        page,
        w,
        lead: filled(w.pay_lead, &[("service", service(&state))]),
    })
}

/// To the page to pay on.
pub(super) async fn checkout(state: State, logged_in: LoggedIn) -> Response {
    let id = logged_in.session.member.profile.id;
    match state.engine().checkout(id).await {
        Ok(url) => Redirect::to(&url).into_response(),
        Err(EngineError::Subscribed | EngineError::NoSubscriptions) => {
            Redirect::to("/me#plan").into_response()
        }
        Err(error) => trouble(&state, logged_in.language(), error),
    }
}

/// To the page to manage on.
pub(super) async fn portal(state: State, logged_in: LoggedIn) -> Response {
    match state.engine().portal(&logged_in.session.member).await {
        Ok(url) => Redirect::to(&url).into_response(),
        Err(EngineError::NeverSubscribed | EngineError::NoSubscriptions) => {
            Redirect::to("/me#plan").into_response()
        }
        Err(error) => trouble(&state, logged_in.language(), error),
    }
}

/// Back from the page to pay on. What came of it is asked at once; if that does not work, it is told later.
pub(super) async fn paid(state: State, logged_in: LoggedIn, uri: http::Uri) -> Response {
    let session = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "session_id")
        .map(|(_, id)| id.into_owned());
    if let Some(session) = session
        && let Err(error) = state.engine().came_back(&session).await
    {
        tracing::info!(member.id = %logged_in.session.record.member, %error, "what somebody paid is not known yet");
    }
    Redirect::to("/me?told=paid").into_response()
}

/// A link of a message that begins a plan. Whoever opens it is asked to pay and shown nothing.
pub(super) async fn by_link(
    state: State,
    Reads(language): Reads,
    Path(token): Path<String>,
) -> Response {
    let is_token = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = if is_token {
        state.engine().checkout_by(&token).await
    } else {
        Ok(None)
    };
    match found {
        Ok(Some(url)) => Redirect::to(&url).into_response(),
        Ok(None) | Err(EngineError::NoSubscriptions) => over(&state, language),
        Err(error) => trouble(&state, language, error),
    }
}

fn over(state: &State, language: Language) -> Response {
    let w = words(language);
    ui::error_page(
        StatusCode::NOT_FOUND,
        page(state, w.link_over_title, language),
        w.link_over,
        w.link_over_do,
        Link::new(w.log_in, format!("/me?lang={}", language.tag())),
    )
}
